"""Every append-only table refuses to change or lose a row that it holds; each is tried with rows in it."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from app.attempts.actions import extend_attempt, open_attempt, plan_sitting, set_allowance
from app.attempts.models import Attempt, AttemptItem, Grade, GradedItem
from app.bank import desk
from app.bank.models import Item, ItemVersion
from app.bank.queries import get_item
from app.clearances.actions import (
    Away,
    Hearing,
    answer_decision,
    call_back,
    decide_appeal,
    decide_application,
    delegate_to,
    end_delegation,
    hearing_digest,
    note_event,
    open_appeal,
    take_note,
    withdraw_policy,
)
from app.clearances.queries import adverse_of, case_of, get_piece, recall_of
from app.database import app_metadata, db
from app.domain.standing import Limits
from app.domain.timing import Allowance
from app.records.queries import find_verified_licence
from app.regrades.actions import (
    Plan,
    Ruling,
    acknowledge,
    advance_preview,
    answer_challenge,
    commit_regrade,
    make_challenge,
    propose_regrade,
)
from app.regrades.queries import get_proposal, own_place
from app.supervision.models import ObservationRecord
from tests.builders import Clinic, apply, days_ago, decide, make_ready, start, submit_and_grade, verify_documents
from tests.clock import START
from tests.database.test_triggers import APPEND_ONLY
from tests.policies import newest_body, proposed, publish
from tests.practice.practising import practise_assigned


def fill_every_append_only_table(clinic: Clinic) -> None:
    """One clearance from start to grant, and the acts beside it that leave rows of their own."""
    session = clinic.session
    decide(clinic, make_ready(clinic, "trainee", "thorax"), "recommend", "observer1", days_ago(1))
    other = apply(clinic, "trainee2", "thorax", days_ago(1))
    trainee2, observer1 = clinic.people["trainee2"], clinic.people["observer1"]
    note_event(
        session, application=other, kind="withdrawn", actor=clinic.actor("trainee2"), who=clinic.who("trainee2", START), now=START
    )
    _move_a_clock(clinic)
    plan_sitting(
        session, quiz_id="thorax", site_id=clinic.site.id, starts_at=START + timedelta(days=1), candidates=[trainee2.id],
        members=[trainee2.id], supervisor=observer1, who=clinic.who("observer1", START), now=START,
    )  # fmt: skip
    for days in (60, 50):
        submit_and_grade(clinic, start(clinic, "trainee2", "thorax", days_ago(days), seed=f"{days}"), days_ago(days))
        practise_assigned(trainee2, days_ago(days - 1))
    open_attempt(
        session, person=trainee2, quiz_id="thorax", site_id=clinic.site.id, words="We went through the lung borders.",
        supervisor=observer1, who=clinic.who("observer1", START), time_zone=clinic.site.time_zone, now=START,
    )  # fmt: skip
    verify_documents(clinic, "observer1", days_ago(3), verifier="observer2")
    item = session.scalars(select(Item).where(Item.current_version_id.is_not(None)).order_by(Item.id)).first()
    assert item is not None
    desk.review_version(
        session, version=item.current_version, reviewer=observer1, who=clinic.who("observer1", START),
        verdict=desk.Verdict("accept", (START + timedelta(days=300)).date(), "Read against its sources."),
        licence=find_verified_licence(session, observer1.id, START.date()), now=START,
    )  # fmt: skip
    desk.change_state(session, item=item, state="suspended", reason="Under discussion.", actor=clinic.actor("admin"), now=START)
    _dispute_and_regrade(clinic)
    _call_back(clinic)
    _policies(clinic)
    _appeal_and_cover(clinic)
    session.commit()


def _policies(clinic: Clinic) -> None:
    """A draft that is published and one that is withdrawn."""
    session, admin, partner = clinic.session, clinic.people["admin"], clinic.people["partner"]
    publish(session, newest_body(session), admin, partner, START)
    draft = proposed(session, newest_body(session), admin, START)
    withdraw_policy(session, draft_id=draft.id, reason="A slip of the pen.", actor=admin, who=clinic.who("admin", START), now=START)


def _appeal_and_cover(clinic: Clinic) -> None:
    """An application returned for what is missing, then denied; notice, answer and appeal; a cover that ends early."""
    session, people, later = clinic.session, clinic.people, START + timedelta(minutes=1)
    observer1, trainee2 = people["observer1"], people["trainee2"]
    application = apply(clinic, "trainee2", "neck", START)
    for kind in ("return", "deny"):
        case = case_of(session, application, now=START)
        denied = decide_application(
            session, case=case, kind=kind, limits=Limits(), reason="Two requirements are not met.", signer=observer1,
            shown_sha256=case.evidence_sha256, who=clinic.who("observer1", START), now=START,
            missing=[case.gaps[0].requirement] if kind == "return" else [],
        )  # fmt: skip
    words = "Both papers are on their way; I have asked for them twice."
    take_note(session, decision_id=denied.id, person=trainee2, now=START)
    answer_decision(session, decision_id=denied.id, words=words, person=trainee2, now=START)
    open_appeal(session, decision_id=denied.id, grounds=words, person=trainee2, now=START)
    hearing = Hearing("set_aside", words, hearing_digest(adverse_of(session, denied.id)))
    decide_appeal(
        session, decision_id=denied.id, hearing=hearing, signer=people["director"], who=clinic.who("director", later), now=later
    )
    cover = delegate_to(
        session, site=clinic.site, away=Away(observer1.id, START.date() + timedelta(days=3), "On leave for three days."),
        delegate=observer1, delegator=people["observer2"], who=clinic.who("observer2", START), now=START,
    )  # fmt: skip
    end_delegation(session, delegation_id=cover.id, actor=clinic.actor("observer1"), who=clinic.who("observer1", later), now=later)


def _call_back(clinic: Clinic) -> None:
    """One piece of evidence that counts for nothing any more."""
    session, record = clinic.session, clinic.session.scalars(select(func.min(ObservationRecord.id))).one()
    pieces = [get_piece(session, "observation", record, START)]
    call_back(
        session, pieces=pieces, reason="The observer had left the room.", shown_sha256=recall_of(session, pieces, START).sha256,
        signer=clinic.people["director"], who=clinic.who("director", START), now=START,
    )  # fmt: skip


def _dispute_and_regrade(clinic: Clinic) -> None:
    """A challenge and its answer, and a regrade from proposal to commit, of an item that trainee2 missed; then its note."""
    session, trainee2, people = clinic.session, clinic.people["trainee2"], clinic.people
    attempt = session.scalars(select(Attempt).where(Attempt.person_id == trainee2.id).order_by(Attempt.id)).first()
    missed = session.execute(
        select(AttemptItem.position, AttemptItem.item_version_id)
        .join(Grade, Grade.attempt_id == AttemptItem.attempt_id)
        .join(GradedItem, (GradedItem.grade_id == Grade.id) & (GradedItem.position == AttemptItem.position))
        .where(AttemptItem.attempt_id == attempt.id, GradedItem.points_num == 0)
    ).first()
    version = session.get_one(ItemVersion, missed.item_version_id)
    place = own_place(session, trainee2.id, "-", attempt.id, missed.position)
    words = "The second answer is what my textbook says, in its chapter on the chest wall."
    challenge = make_challenge(session, person=trainee2, place=place, words=words, now=START)
    answer_challenge(
        session, challenge_id=challenge.id, ruling=Ruling("upheld", words, "suspend", None), answerer=people["director"],
        who=clinic.who("director", START), now=START,
    )  # fmt: skip
    plan = Plan(get_item(session, version.item_id), [version], "full_marks", None, words, 14)
    regrade = propose_regrade(session, plan=plan, proposer=people["director"], who=clinic.who("director", START), now=START)
    while advance_preview(session, regrade.id, now=START).phase != "ready":
        session.commit()
    commit_regrade(
        session, regrade_id=regrade.id, shown_sha256=get_proposal(session, regrade.id).preview.sha256, signer=people["admin"],
        who=clinic.who("admin", START), need_review=False, now=START,
    )  # fmt: skip
    acknowledge(session, person=trainee2, kind="challenge", reference=challenge.id, now=START)


def _move_a_clock(clinic: Clinic) -> None:
    """An exam time, and an extension of a running attempt."""
    session, trainee = clinic.session, clinic.people["trainee"]
    admin, observer = clinic.people["admin"], clinic.people["observer1"]
    who = clinic.who("admin", START)
    set_allowance(session, person=trainee, allowance=Allowance(Fraction(3, 2)), officer=admin, who=who, now=START)
    running = start(clinic, "trainee", "neck", START)
    extend_attempt(
        session, attempt_id=running.id, person_id=trainee.id, person_sites=frozenset({clinic.site.id}), minutes=5,
        reason="Fire alarm in the house", supervisor=observer, who=clinic.who("observer1", START), now=START,
    )  # fmt: skip


def test_no_row_of_an_append_only_table_can_be_changed_or_deleted_by_any_statement(clinic: Clinic, clinic_app: Flask) -> None:
    fill_every_append_only_table(clinic)
    session = db.session
    sizes = {name: session.scalar(select(func.count()).select_from(app_metadata.tables[name])) for name in APPEND_ONLY}
    assert [name for name, size in sizes.items() if not size] == []
    session.rollback()
    for name in sorted(APPEND_ONLY):
        for statement in _attacks(name):
            guards = (
                "|by constraint|only the first version" if statement.startswith("INSERT") else ""
            )  # what a table asks of a new row comes first
            with pytest.raises(DBAPIError, match=f"append-only{guards}"):
                session.execute(text(statement))
            session.rollback()
    assert sizes == {n: session.scalar(select(func.count()).select_from(app_metadata.tables[n])) for n in APPEND_ONLY}


def _attacks(name: str) -> list[str]:
    first = app_metadata.tables[name].columns.keys()[0]
    attacks = [f"UPDATE {name} SET {first} = {first}", f"DELETE FROM {name}"]
    if db.engine.dialect.name == "postgresql":
        return [*attacks, f"TRUNCATE {name} CASCADE"]
    return [*attacks, f"INSERT OR REPLACE INTO {name} SELECT * FROM {name} LIMIT 1"]
