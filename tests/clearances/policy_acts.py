"""Acts on policies as tests do them, by the product's actions and by its pages."""

from __future__ import annotations

from datetime import date
from typing import Any

from werkzeug.test import TestResponse

from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.policies import newest_body, proposed, publish

NEW = "/admin/policies/new"


def stricter(session: Any) -> dict[str, Any]:
    """The policy in force with one more paper that nobody in the clinic has for acting alone."""
    body = newest_body(session)
    body["high"]["requirements"] = [r for r in body["high"]["requirements"] if r["id"] != "listed"]
    body["high"]["requirements"].append(
        {
            "kind": "competency", "id": "listed", "words": "Something that nobody was taught", "which": "listed",
            "competencies": ["nobody-was-taught"], "initial": True, "continuing": True,
        }
    )  # fmt: skip
    return body


def publish_as(clinic: Clinic, body: Any, roll_out: str = "immediate", day: date | None = None, author: str = "admin") -> int:
    """Publish as admin and partner; the id of the version."""
    with clinic.act() as session:
        people = [clinic.person(session, key) for key in (author, "partner")]
        found = publish(session, body(session), *people, clinic.clock.at, roll_out=roll_out, day=day)
        return found.id


def propose_as(clinic: Clinic, body: Any, roll_out: str = "immediate", day: date | None = None) -> int:
    with clinic.act() as session:
        return proposed(session, body(session), clinic.person(session, "admin"), clinic.clock.at, roll_out=roll_out, day=day).id


def sign_page(clinic: Clinic, draft_id: int, key: str, **fields: str) -> TestResponse:
    """Open the page of a draft as somebody and press Publish."""
    client = clinic.client(key)
    shown = fields.pop("shown", None) or hidden(client.get(f"/admin/policies/drafts/{draft_id}"), "shown")
    sent = {"shown": shown, "password": PASSWORD, **fields}
    return client.post(f"/admin/policies/drafts/{draft_id}/publish", data=sent)


def propose_page(clinic: Clinic, source: str, key: str = "admin", **fields: str) -> TestResponse:
    """Check a text, then sign it."""
    client = clinic.client(key)
    sent = {"source": source, "roll_out": "immediate", "reason": "We ask for less paper from now on.", **fields}
    checked = client.post(NEW, data={**sent, "act": "check"})
    assert checked.status_code == 200, words_of(checked)[:600]
    return client.post(NEW, data={**sent, "act": "propose", "shown": hidden(checked, "shown"), "password": PASSWORD})
