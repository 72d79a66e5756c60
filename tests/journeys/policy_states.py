"""Policies in every state, for the museum: published for later, drafted, begun, withdrawn."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app.accounts.queries import who
from app.clearances.actions import withdraw_policy
from tests.policies import newest_body, proposed, publish


def policies_of(curator: Any) -> dict[str, Any]:
    """A draft whose preview is ready, one whose preview has only begun, a published version and a withdrawn draft."""
    session, now = curator.session, curator.now
    admin, partner = curator.people["admin"], curator.people["partner"]
    stricter = newest_body(session)
    stricter["title"], stricter["high"]["term_months"] = "Shorter terms at the high tier", 12
    stricter["high"]["requirements"][0]["continuing"] = True
    coming = publish(session, stricter, admin, partner, now, roll_out="by_date", day=(now + timedelta(days=60)).date())
    withdrawn = proposed(session, newest_body(session), partner, now)
    withdraw_policy(
        session, draft_id=withdrawn.id, reason="The wrong file was taken.", actor=partner, who=who(session, partner, now), now=now
    )
    begun = proposed(session, newest_body(session), partner, now, roll_out="next_renewal", steps=1)
    harder = newest_body(session)
    harder["title"] = "More eyes on high-hazard groups"
    harder["high"]["requirements"][3].update(
        per_group=10, observers=4, continuing=True, words="10 observed procedures by 4 observers"
    )
    return {
        "policy_coming": coming.id, "policy_begun": begun.id, "policy_withdrawn": withdrawn.id,
        "policy_draft": proposed(session, harder, admin, now).id,
    }  # fmt: skip
