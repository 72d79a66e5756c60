"""Whoever practised an item with a wrong key is told once it is corrected, and nobody else."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts.queries import who
from app.bank.models import ItemVersion
from app.bank.queries import get_item
from app.database import db
from app.regrades.actions import Plan, advance_preview, commit_regrade, propose_regrade
from app.regrades.queries import get_proposal
from tests.builders import Clinic
from tests.clock import START, FakeClock
from tests.domain.items.samples import SINGLE
from tests.practice.practising import Learner, only, publish

NAME, REASON, OLD, NEW = (
    "recalled-001",
    "The key followed an edition that its source has withdrawn.",
    "The old rule.",
    "The new rule.",
)


def turned(options: list[dict[str, object]]) -> list[dict[str, object]]:
    """The same options with the key moved to one that harms nobody."""
    others = [o for o in options if not o.get("correct") and not o.get("dangerous")]
    return [{**{k: v for k, v in o.items() if k != "correct"}, **({"correct": True} if o is others[0] else {})} for o in options]


def correct_by_two(clinic: Clinic) -> None:
    """Publish the corrected version; the director proposes to score anew, the admin commits."""
    publish(NAME, safe_needle_rule=NEW, options=turned(SINGLE["options"]))
    versions = select(ItemVersion).where(ItemVersion.item_id == NAME).order_by(ItemVersion.number)
    *earlier, newest = db.session.scalars(versions)
    director, admin = clinic.people["director"], clinic.people["admin"]
    plan = Plan(get_item(db.session, NAME), earlier, "new_key", newest, REASON, 14)
    made = propose_regrade(db.session, plan=plan, proposer=director, who=who(db.session, director, START), now=START)
    while advance_preview(db.session, made.id, now=START).phase != "ready":
        db.session.commit()
    shown = get_proposal(db.session, made.id).preview
    assert shown is not None
    assert shown.sha256 is not None
    commit_regrade(
        db.session, regrade_id=made.id, shown_sha256=shown.sha256, signer=admin, who=who(db.session, admin, START),
        need_review=False, now=START,
    )  # fmt: skip
    db.session.commit()


@pytest.mark.parametrize("reader", ["trainee", "trainee2"])
def test_a_learner_of_a_wrong_key_is_told_until_they_have_noted_it(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock, reader: str
) -> None:
    old = publish(NAME, safe_needle_rule=OLD)
    only(NAME)
    learner = Learner(clinic.client(clinic_app, "trainee"), clinic.people["trainee"].id, clock)
    learner.show(old)
    assert learner.post({"choice": "o1"}).status_code == 302
    correct_by_two(clinic)
    browser = clinic.client(clinic_app, reader)
    page = browser.get("/home").text
    told = "An item that you practised was corrected" in page
    assert told == (reader == "trainee") == (OLD in page) == (NEW in page)
    if told:
        assert REASON in page
        assert browser.post("/corrections/1/noted").status_code == 302
        assert REASON not in browser.get("/home").text
