"""Who may propose a policy, and who may be the second person that publishes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from app.domain.permissions.who import Answer, Who, may_sign, no


def may_propose_policy(who: Who, *, at: datetime) -> Answer:
    """Whether `who` may propose a policy: an admin of the whole installation, since it holds for every site."""
    everywhere = replace(who, roles=tuple(r for r in who.roles if r.role == "admin" and r.site_id is None))
    if who.active and not everywhere.roles:
        return no("Only an admin of the whole installation signs a policy.")
    return may_sign(everywhere, "admin", None, at=at)


def may_publish_policy(who: Who, author_id: int, *, at: datetime) -> Answer:
    """Whether `who` may be the second person of a policy: an admin too, and not its author."""
    if who.person_id == author_id:
        return no("You proposed this policy. Another admin reads it and publishes it.")
    return may_propose_policy(who, at=at)
