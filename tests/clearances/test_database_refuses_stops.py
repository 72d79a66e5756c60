"""The database itself refuses what would end a stop wrongly, whatever program asks it: raw INSERTs, both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.database import db
from app.decisions.models import Decision
from tests.clearances.builders import Clinic
from tests.clearances.test_database_refuses import put, refuses, signature_of
from tests.clearances.test_stops import end, stop

Row = dict[str, Any]
SHARED = (
    "person_id", "site_id", "level", "group_slug", "tier", "catalogue_version_id", "regions", "limits", "policy_version_id",
    "evidence_sha256", "time_zone",
)  # fmt: skip


@pytest.fixture
def stopped(clinic: Clinic) -> tuple[Clinic, int]:
    """The clinic with its trainee cleared, then suspended by observer1."""
    clinic.granted()
    return clinic, stop(clinic)


def row(clinic: Clinic, session: Any, model_id: int, by: str, **changes: Any) -> Row:
    """A decision with the same subject as another one, signed by somebody now."""
    model = session.get(Decision, model_id)
    base: Row = {name: getattr(model, name) for name in SHARED}
    base |= {
        "signer_id": clinic.ids[by], "signature_id": signature_of(session, clinic.ids[by]), "founding": False, "reason": "",
        "occurred_at": clinic.clock.at, "recorded_at": clinic.clock.at, "effective_at": clinic.clock.at,
        "about_decision_id": model_id, "with_observer": False,
    }  # fmt: skip
    return {**base, **changes}


def lift_row(clinic: Clinic, session: Any, stop_id: int, proposal_id: int | None, by: str = "second", **changes: Any) -> Row:
    """A lift that would be right, apart from the changes."""
    proposer = session.get(Decision, proposal_id).signer_id if proposal_id else None
    found = row(clinic, session, stop_id, by, kind="lift", recommendation_id=proposal_id, recommender_id=proposer)
    return {**found, **changes}


def test_the_right_lift_is_accepted_so_that_the_refusals_below_mean_something(stopped: tuple[Clinic, int]) -> None:
    clinic, stop_id = stopped
    proposal = end(clinic, stop_id, "propose", "director")
    with clinic.act() as session:
        put(session, lift_row(clinic, session, stop_id, proposal))
    assert clinic.standing().state == "PROVISIONAL"


def test_a_lift_without_a_proposal_is_refused(stopped: tuple[Clinic, int]) -> None:
    clinic, stop_id = stopped
    with clinic.app.app_context(), refuses():
        put(db.session, lift_row(clinic, db.session, stop_id, None))
    assert clinic.standing().state == "SUSPENDED"


@pytest.mark.parametrize(
    ("by", "changes"),
    [
        ("director", {}),  # the proposer alone
        ("trainee", {}),  # the holder
        ("second", {"level": "may_observe"}),
        ("second", {"regions": '["rhomboids-levator"]'}),
        ("second", {"about_decision_id": None}),
        ("second", {"about_decision_id": 1}),
        ("second", {"recommender_id": "second"}),
    ],
)
def test_a_lift_that_does_not_repeat_its_proposal_is_refused(stopped: tuple[Clinic, int], by: str, changes: Row) -> None:
    clinic, stop_id = stopped
    proposal = end(clinic, stop_id, "propose", "director")
    changes = {k: clinic.ids[v] if k == "recommender_id" else v for k, v in changes.items()}
    with clinic.app.app_context(), refuses():
        put(db.session, lift_row(clinic, db.session, stop_id, proposal, by, **changes))
    assert clinic.standing().state == "SUSPENDED"


def test_a_proposal_serves_for_one_lift(stopped: tuple[Clinic, int]) -> None:
    clinic, stop_id = stopped
    proposal = end(clinic, stop_id, "propose", "director")
    end(clinic, stop_id, "lift", "second")
    with clinic.app.app_context(), refuses():
        put(db.session, lift_row(clinic, db.session, stop_id, proposal, "external"))


def test_the_revoker_cannot_lift_even_past_the_program(clinic: Clinic) -> None:
    clinic.granted()
    stop_id = stop(clinic, what="revoke")
    proposal = end(clinic, stop_id, "propose", "director")
    with clinic.app.app_context(), refuses():
        put(db.session, lift_row(clinic, db.session, stop_id, proposal, "observer1"))
    assert clinic.standing().state == "REVOKED"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "suspend", "effective_at": timedelta(seconds=10)},
        {"kind": "suspend", "with_observer": True},
        {"kind": "suspend", "signer_id": "trainee"},
        {"kind": "pardon"},
    ],
)
def test_a_stop_that_would_not_bite_is_refused(stopped: tuple[Clinic, int], changes: Row) -> None:
    clinic, stop_id = stopped
    with clinic.app.app_context(), refuses():
        session, wrong = db.session, dict(changes)
        if "effective_at" in wrong:
            wrong["effective_at"] = clinic.clock.at + wrong["effective_at"]
        if "signer_id" in wrong:
            wrong |= {"signer_id": clinic.ids["trainee"], "signature_id": signature_of(session, clinic.ids["trainee"])}
        put(session, {**row(clinic, session, stop_id, "director", about_decision_id=None), **wrong})


def test_only_the_signer_undoes_and_only_before_it_takes_effect(stopped: tuple[Clinic, int]) -> None:
    clinic, stop_id = stopped
    end(clinic, stop_id, "propose", "director")
    lift = end(clinic, stop_id, "lift", "second")
    with clinic.app.app_context(), refuses():
        put(db.session, row(clinic, db.session, lift, "director", kind="undo"))
    clinic.settle()
    with clinic.app.app_context(), refuses():
        put(db.session, row(clinic, db.session, lift, "second", kind="undo"))
    with clinic.app.app_context(), refuses():
        put(db.session, row(clinic, db.session, stop_id, "observer1", kind="undo"))
    assert clinic.standing().state == "PROVISIONAL"


def test_after_a_revocation_one_person_grants_nothing_at_any_tier(clinic: Clinic) -> None:
    clinic.granted()
    of = {"group_slug": "standard-limb", "tier": "standard", "regions": '["quadriceps"]', "about_decision_id": None}
    term = {"kind": "grant", "until": clinic.clock.at + timedelta(days=300)}
    any_grant = int(clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant' AND level = 'independent'"))
    with clinic.act() as session:
        put(session, {**row(clinic, session, any_grant, "director"), **of, **term})
        put(session, {**row(clinic, session, any_grant, "observer1"), **of, "kind": "revoke"})
    with clinic.app.app_context(), refuses():
        put(db.session, {**row(clinic, db.session, any_grant, "director"), **of, **term})
