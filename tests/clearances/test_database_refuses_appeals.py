"""The database itself refuses a hearing by somebody involved and a second signature by who covers: raw INSERTs, both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from app.database import db
from app.decisions.models import Appeal, AppealOutcome, Decision, DecisionAnswer, DecisionSeen, Delegation
from tests.clearances.builders import Clinic
from tests.clearances.test_appeals import FINDING, GROUNDS, appeal, hear
from tests.clearances.test_covers import arrange, finish
from tests.clearances.test_database_refuses import grant_row, put, recommended, refuses, signature_of
from tests.clearances.test_database_refuses_stops import lift_row
from tests.clearances.test_stops import end, stop


@pytest.fixture
def appealed(clinic: Clinic) -> tuple[Clinic, int]:
    """A suspension by observer1 that its holder appealed against; the decision's id."""
    clinic.granted()
    decision = stop(clinic)
    assert appeal(clinic, decision).status_code == 302
    return clinic, decision


def outcome_row(clinic: Clinic, session: Any, by: str, **changes: Any) -> dict[str, Any]:
    """An outcome as a bad program could write it."""
    row = {
        "appeal_id": 1, "outcome": "uphold", "reason": FINDING, "hearer_id": clinic.ids[by],
        "signature_id": signature_of(session, clinic.ids[by]), "decided_at": clinic.clock.at,
    }  # fmt: skip
    return {**row, **changes}


def test_the_right_outcome_is_accepted_so_that_the_refusals_below_mean_something(appealed: tuple[Clinic, int]) -> None:
    clinic, _ = appealed
    with clinic.act() as session:
        session.execute(insert(AppealOutcome).values(**outcome_row(clinic, session, "second")))
    assert clinic.count("appeal_outcome") == 1


@pytest.mark.parametrize("by", ["observer1", "director", "observer2", "trainee"])
def test_an_appeal_heard_by_somebody_involved_is_refused(appealed: tuple[Clinic, int], by: str) -> None:
    clinic, _ = appealed
    with clinic.app.app_context(), refuses():
        db.session.execute(insert(AppealOutcome).values(**outcome_row(clinic, db.session, by)))


@pytest.mark.parametrize(("one", "other"), [("observer1", "second"), ("second", "observer2"), ("second", "director")])
def test_an_appeal_heard_by_who_covered_for_somebody_involved_is_refused(
    appealed: tuple[Clinic, int], one: str, other: str
) -> None:
    clinic, _ = appealed
    number = arrange(clinic, one, other)
    clinic.clock.advance(hours=1)
    finish(clinic, number, one)
    clinic.clock.advance(hours=1)
    with clinic.app.app_context(), refuses():
        db.session.execute(insert(AppealOutcome).values(**outcome_row(clinic, db.session, "second")))


@pytest.mark.parametrize("changes", [{"outcome": "forgive"}, {"signature_id": 1}, {"appeal_id": 99}])
def test_an_outcome_that_does_not_fit_is_refused(appealed: tuple[Clinic, int], changes: dict[str, Any]) -> None:
    clinic, _ = appealed
    with clinic.app.app_context(), refuses():
        db.session.execute(insert(AppealOutcome).values(**outcome_row(clinic, db.session, "second", **changes)))


@pytest.mark.parametrize("by", ["director", "ready"])
def test_only_the_holder_takes_note_answers_and_appeals(clinic: Clinic, by: str) -> None:
    clinic.granted()
    common = {"decision_id": stop(clinic), "person_id": clinic.ids[by]}
    for model, more in (
        (DecisionSeen, {"at": clinic.clock.at}),
        (DecisionAnswer, {"words": GROUNDS, "at": clinic.clock.at}),
        (Appeal, {"grounds": GROUNDS, "opened_at": clinic.clock.at}),
    ):
        with clinic.app.app_context(), refuses():
            db.session.execute(insert(model).values(**common, **more))


def test_nothing_is_answered_to_a_grant_or_after_the_hearing(appealed: tuple[Clinic, int]) -> None:
    clinic, decision = appealed
    grant = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    assert hear(clinic, decision).status_code == 302
    for number in (grant, decision):
        values = {"decision_id": number, "person_id": clinic.ids["trainee"], "words": GROUNDS, "at": clinic.clock.at}
        with clinic.app.app_context(), refuses():
            db.session.execute(insert(DecisionAnswer).values(**values))


def test_an_application_is_decided_again_only_after_its_denial_was_set_aside(clinic: Clinic) -> None:
    with clinic.act() as session:
        decision = clinic.decide(session, "deny", "director", reason="The practice seen was not safe enough.").id
    appeal(clinic, decision)
    hear(clinic, decision, outcome="uphold")
    statement = (
        "INSERT INTO application_decision (decision_id, application_id, kind, round) "
        "SELECT id, :application, kind, 2 FROM decision WHERE kind = 'recommend' LIMIT 1"
    )
    with clinic.app.app_context(), refuses():
        db.session.execute(text(statement), {"application": clinic.application_id})


@pytest.mark.parametrize("other", ["observer1", "observer2", "trainee"])
def test_a_grant_by_who_covers_for_the_recommender_an_observer_or_the_holder_is_refused(clinic: Clinic, other: str) -> None:
    with clinic.act() as session:
        recommended(clinic, session)
    with clinic.act() as session:
        values = {"a": clinic.ids[other], "b": clinic.ids["director"], "site": clinic.sites["north"], "reason": "Away."}
        cover(session, clinic, values)
    clinic.clock.advance(minutes=1)
    with clinic.app.app_context(), refuses():
        model = db.session.scalars(select(Decision).where(Decision.kind == "recommend").order_by(Decision.id.desc())).first()
        put(db.session, grant_row(clinic, db.session, model, **at(clinic)))


def at(clinic: Clinic) -> dict[str, Any]:
    return {"occurred_at": clinic.clock.at, "recorded_at": clinic.clock.at, "effective_at": clinic.clock.at}


def cover(session: Any, clinic: Clinic, values: dict[str, Any]) -> None:
    """A cover as a bad program could write it, between people who could not make one."""
    row = Delegation(
        site_id=values["site"], delegator_id=values["a"], delegate_id=values["b"], reason=values["reason"],
        starts_at=clinic.clock.at, ends_at=clinic.clock.at + timedelta(days=3),
    )  # fmt: skip
    session.add(row)


def test_a_lift_by_who_covers_for_the_proposer_is_refused(clinic: Clinic) -> None:
    clinic.granted()
    decision = stop(clinic)
    proposal = end(clinic, decision, "propose", "director")
    arrange(clinic, "director", "second")
    with clinic.app.app_context(), refuses():
        put(db.session, lift_row(clinic, db.session, decision, proposal))


def test_a_proposal_by_who_covers_for_the_revoker_is_refused(clinic: Clinic) -> None:
    clinic.granted()
    decision = stop(clinic, key="director", what="revoke")
    arrange(clinic, "director", "second")
    with clinic.app.app_context(), refuses():
        changes = {"kind": "recommend", "recommendation_id": None, "recommender_id": None}
        put(db.session, lift_row(clinic, db.session, decision, None, **changes))
