"""Corrected items, proposals, previews, commits and challenges, through the product's own actions."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from flask import has_app_context
from sqlalchemy import select, text

from app.accounts.queries import who
from app.attempts.models import Grade
from app.attempts.queries import find_grade
from app.bank.actions import publish_version
from app.bank.desk import change_state
from app.bank.models import ItemVersion
from app.bank.queries import get_item
from app.database import db
from app.domain.items import parse_item
from app.domain.permissions import SYSTEM, Who
from app.regrades.actions import Plan, advance_preview, commit_regrade, make_challenge, propose_regrade
from app.regrades.models import Challenge, Regrade
from app.regrades.queries import Proposal, get_proposal, own_place
from tests.clearances.builders import Clinic

REASON = "A reader found that the key followed an old edition of its source."
WORDS = "The second answer is what my textbook says, in its chapter on the chest wall."
ITEM = "thorax-1"


def options(right: str, dangerous: Collection[str] = ("b",)) -> list[dict[str, Any]]:
    """The options of the clinic's items with another key."""
    texts = {"a": "Hold the fold between the fingers", "b": "Straight down", "c": "A longer needle"}
    rows = []
    for name, words in texts.items():
        flags = {"correct": True} if name == right else {"dangerous": True} if name in dangerous else {}
        rows.append({"id": name, "text": words, "rationale": f"Because of {name}.", **flags})
    return rows


def correct(session: Any, item_id: str = ITEM, *, at: Any, right: str = "c", dangerous: Collection[str] = ("b",), **changes: Any):
    """Publish the next version of an item with another key; `changes` replace other fields."""
    newest = versions(session, item_id)[-1]
    body = {**json.loads(newest.content), "options": options(right, dangerous), **changes}
    return publish_version(session, parse_item(body), origin="desk", author_id=None, reason="corrected", actor=SYSTEM, now=at)


def versions(session: Any, item_id: str = ITEM) -> list[ItemVersion]:
    """All versions of an item, the oldest first."""
    return list(session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number)))


def propose(
    clinic: Clinic, session: Any, key: str, item_id: str = ITEM, *, policy: str = "new_key", notice_days: int = 14,
    from_: Collection[int] | None = None, reason: str = REASON,
) -> Regrade:  # fmt: skip
    """Propose to score all older versions with the newest (or the versions of these numbers)."""
    every, at = versions(session, item_id), clinic.clock.at
    target = every[-1] if policy == "new_key" else None
    chosen = [v for v in every if (v.number in from_ if from_ is not None else v is not target)]
    plan = Plan(get_item(session, item_id), chosen, policy, target, reason, notice_days)
    person = clinic.person(session, key)
    return propose_regrade(session, plan=plan, proposer=person, who=who(session, person, at), now=at)


def preview(clinic: Clinic, session: Any, regrade_id: int) -> Proposal:
    """Take every step of a preview."""
    while advance_preview(session, regrade_id, now=clinic.clock.at).phase != "ready":
        session.commit()
    session.commit()
    return get_proposal(session, regrade_id)


def commit(clinic: Clinic, session: Any, key: str, regrade_id: int, shown: str | None = None, *, need_review: bool = False) -> Any:
    """Commit what the preview shows now."""
    found = get_proposal(session, regrade_id).preview
    person, at = clinic.person(session, key), clinic.clock.at
    return commit_regrade(
        session, regrade_id=regrade_id, shown_sha256=shown or (found.sha256 if found and found.sha256 else ""), signer=person,
        who=who(session, person, at), need_review=need_review, now=at,
    )  # fmt: skip


def regraded(
    clinic: Clinic, item_id: str = ITEM, *, right: str = "c", dangerous: Collection[str] = ("b",), policy: str = "new_key",
    notice_days: int = 14, **changes: Any,
) -> int:  # fmt: skip
    """Correct an item, propose, preview and commit; the id of the regrade."""
    with clinic.act() as session:
        if policy == "new_key":
            correct(session, item_id, at=clinic.clock.at, right=right, dangerous=dangerous, **changes)
        else:
            suspend(clinic, session, item_id)
        regrade_id = propose(clinic, session, "director", item_id, policy=policy, notice_days=notice_days).id
        preview(clinic, session, regrade_id)
        commit(clinic, session, "admin", regrade_id)
    return regrade_id


def suspend(clinic: Clinic, session: Any, item_id: str = ITEM) -> None:
    """Take an item out of new forms."""
    change_state(
        session, item=get_item(session, item_id), state="suspended", reason="Under discussion.", actor=SYSTEM, now=clinic.clock.at
    )


def challenge(clinic: Clinic, session: Any, key: str, attempt_id: int, position: int, words: str = WORDS) -> Challenge:
    """Challenge the item at a place of one's own attempt."""
    person = clinic.person(session, key)
    place = own_place(session, person.id, "-", attempt_id, position)
    return make_challenge(session, person=person, place=place, words=words, now=clinic.clock.at)


def attempt_of(clinic: Clinic, key: str = "trainee", quiz: str = "thorax") -> int:
    """The newest attempt of somebody at an exam."""
    query = "SELECT max(id) FROM attempt WHERE person_id = :p AND quiz_id = :q"
    return int(_scalar(clinic, query, p=clinic.ids[key], q=quiz))


def position_of(clinic: Clinic, attempt_id: int, item_id: str = ITEM) -> int:
    """Where an item stands in an attempt."""
    query = "SELECT position FROM attempt_item WHERE attempt_id = :a AND item_id = :i"
    return int(_scalar(clinic, query, a=attempt_id, i=item_id))


def count(clinic: Clinic, table: str) -> int:
    """How many rows a table has, as the act sees them that is going on."""
    return int(_scalar(clinic, f"SELECT count(*) FROM {table}"))


def _scalar(clinic: Clinic, query: str, **values: object) -> Any:
    """One value, by the session of the act that is going on, if any: another one would wait for it."""
    return db.session.execute(text(query), values).scalar() if has_app_context() else clinic.scalar(query, **values)


def newest_grade(attempt_id: int) -> Grade:
    """The grade that stands."""
    found = find_grade(db.session, attempt_id)
    assert found is not None
    return found


def who_is(clinic: Clinic, session: Any, key: str) -> Who:
    """Somebody's roles now."""
    return who(session, clinic.person(session, key), clinic.clock.at)
