"""The database itself refuses a high-tier grant by one person, whatever program asks it: raw INSERTs, both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from secrets import token_urlsafe
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import DBAPIError

from app.accounts.models import Person
from app.accounts.queries import find_factor
from app.clearances.models import DecisionEvidence
from app.database import db
from app.decisions.models import Decision
from app.demonstration.knowing import make_known
from app.signatures.models import Signature
from tests.clearances.builders import Clinic, watch
from tests.clock import START
from tests.policies import newest_body, publish

Row = dict[str, Any]


@contextmanager
def refuses() -> Iterator[None]:
    """The database itself says no."""
    with pytest.raises(DBAPIError) as caught:
        yield
    text_ = str(caught.value.orig).lower()
    assert any(word in text_ for word in ("constraint", "violates", "high-tier", "append-only", "of its own person")), text_


def signature_of(session: Any, person_id: int) -> int:
    """A signature row of somebody whom others know, as a bad program could write it."""
    if find_factor(session, person_id) is None:
        holder, by = (session.get_one(Person, i) for i in (person_id, 2))
        make_known(session, holder=holder, by=by, tokens=token_urlsafe, at=START - timedelta(days=1))
    values = {
        "signer_id": person_id,
        "printed_name": "Somebody",
        "meaning": "I grant",
        "subject": "person:1",
        "payload": "{}",
        "sha256": "0" * 64,
        "signed_at": START,
        "time_zone": "UTC",
        "method": "password",
    }
    return int(session.execute(insert(Signature).values(**values).returning(Signature.id)).scalar_one())


def recommended(clinic: Clinic, session: Any, by: str = "observer1") -> Decision:
    """A true recommendation of the waiting application."""
    decision = clinic.decide(session, "recommend", by)
    session.flush()
    return decision


def grant_row(clinic: Clinic, session: Any, recommendation: Decision | None, by: str = "director", **changes: Any) -> Row:
    """A grant that would be right, apart from the changes."""
    columns = (
        "person_id",
        "site_id",
        "level",
        "group_slug",
        "tier",
        "catalogue_version_id",
        "regions",
        "limits",
        "policy_version_id",
        "evidence_sha256",
        "time_zone",
    )
    model = recommendation or recommended(clinic, session)
    row: Row = {name: getattr(model, name) for name in columns}
    row |= {
        "kind": "grant",
        "recommendation_id": recommendation.id if recommendation else None,
        "recommender_id": recommendation.signer_id if recommendation else None,
        "signer_id": clinic.ids[by],
        "signature_id": signature_of(session, clinic.ids[by]),
        "founding": False,
        "reason": "",
        "occurred_at": clinic.clock.at,
        "recorded_at": clinic.clock.at,
        "effective_at": clinic.clock.at,
        "until": clinic.clock.at + timedelta(days=700),
    }
    return {**row, **changes}


def put(session: Any, row: Row) -> None:
    """Insert a decision past every rule of the program."""
    session.execute(insert(Decision).values(**row))


def test_the_right_grant_is_accepted_so_that_the_refusals_below_mean_something(clinic: Clinic) -> None:
    with clinic.act() as session:
        put(session, grant_row(clinic, session, recommended(clinic, session)))
    assert clinic.standing().word == "CLEARED"


def test_a_grant_without_a_recommendation_is_refused(clinic: Clinic) -> None:
    with clinic.app.app_context(), refuses():
        row = grant_row(clinic, db.session, None)
        put(db.session, row)
    assert clinic.standing().word == "NOT CLEARED"


def test_a_renewal_without_a_recommendation_is_refused(clinic: Clinic) -> None:
    with clinic.app.app_context(), refuses():
        put(db.session, grant_row(clinic, db.session, None, kind="renew"))


CHANGES: dict[str, Callable[[Clinic, Any, Decision], Row]] = {
    "only an id": lambda c, s, r: {"recommender_id": None},
    "only a recommender": lambda c, s, r: {"recommendation_id": None},
    "another recommender": lambda c, s, r: {"recommender_id": c.ids["second"]},
    "other regions": lambda c, s, r: {"regions": f'["{c.regions[0]}"]'},
    "more regions": lambda c, s, r: {"regions": r.regions[:-1] + ',"serratus-anterior"]'},
    "other limits": lambda c, s, r: {"limits": r.limits.replace('"max_needle_mm":null', '"max_needle_mm":150')},
    "other evidence": lambda c, s, r: {"evidence_sha256": "f" * 64},
    "no evidence": lambda c, s, r: {"evidence_sha256": ""},
    "no policy": lambda c, s, r: {"policy_version_id": None},
    "another policy": lambda c, s, r: {"policy_version_id": other_policy(c, s)},
    "another site": lambda c, s, r: {"site_id": c.sites["south"]},
    "another level": lambda c, s, r: {"level": "may_observe"},
    "another person": lambda c, s, r: {"person_id": c.ids["ready"]},
    "another group of the same tier": lambda c, s, r: {"group_slug": "neck"},
    "a lied tier": lambda c, s, r: {"tier": "standard"},
    "a lied tier without a recommendation": lambda c, s, r: {
        "tier": "standard",
        "recommendation_id": None,
        "recommender_id": None,
    },
    "an unknown group": lambda c, s, r: {"group_slug": "made-up", "tier": "standard"},
    "an unknown catalogue": lambda c, s, r: {"catalogue_version_id": 99},
    "no end": lambda c, s, r: {"until": None},
    "an end before its beginning": lambda c, s, r: {"until": c.clock.at - timedelta(days=1)},
    "for oneself": lambda c, s, r: {"signer_id": c.ids["trainee"], "signature_id": signature_of(s, c.ids["trainee"])},
    "somebody else's signature": lambda c, s, r: {"signature_id": signature_of(s, c.ids["second"])},
    "a signature that was used": lambda c, s, r: {"signer_id": r.signer_id, "signature_id": r.signature_id},
    "no signature": lambda c, s, r: {"signature_id": 99999},
    "by the recommender": lambda c, s, r: {"signer_id": r.signer_id, "signature_id": signature_of(s, r.signer_id)},
    "by a counted observer": lambda c, s, r: {
        "signer_id": c.ids["observer2"],
        "signature_id": signature_of(s, c.ids["observer2"]),
    },
    "founding": lambda c, s, r: {"founding": True},
}


def other_policy(clinic: Clinic, session: Any) -> int:
    """A second version of the policy."""
    admins = [session.get_one(Person, clinic.ids[key]) for key in ("admin", "partner")]
    return publish(session, newest_body(session), *admins, clinic.clock.at).id


@pytest.mark.parametrize("change", CHANGES)
def test_a_grant_that_does_not_repeat_its_recommendation_is_refused(clinic: Clinic, change: str) -> None:
    with clinic.app.app_context():
        recommendation = recommended(clinic, db.session)
        row = grant_row(clinic, db.session, recommendation, **CHANGES[change](clinic, db.session, recommendation))
        with refuses():
            put(db.session, row)
        db.session.rollback()
    assert clinic.standing().word == "NOT CLEARED"


def test_a_grant_on_a_recommendation_for_another_kind_of_act_is_refused(clinic: Clinic) -> None:
    with clinic.app.app_context():
        returned = clinic.decide(db.session, "return", "observer1", reason="Two more on patients.")
        with refuses():
            put(db.session, grant_row(clinic, db.session, returned))


def test_a_grant_on_a_recommendation_that_names_no_counted_observation_is_refused(clinic: Clinic) -> None:
    with clinic.app.app_context():
        session = db.session
        model = grant_row(clinic, session, None)
        bare = {
            **model,
            "kind": "recommend",
            "signer_id": clinic.ids["second"],
            "until": None,
            "signature_id": signature_of(session, clinic.ids["second"]),
        }
        number = session.execute(insert(Decision).values(**bare).returning(Decision.id)).scalar_one()
        row = {**model, "recommendation_id": number, "recommender_id": clinic.ids["second"]}
        with refuses():
            put(session, row)


def test_a_recommender_cannot_be_the_applicant(clinic: Clinic) -> None:
    with clinic.app.app_context():
        row = grant_row(clinic, db.session, None)
        own = signature_of(db.session, clinic.ids["trainee"])
        with refuses():
            put(
                db.session,
                {**row, "kind": "recommend", "signer_id": clinic.ids["trainee"], "signature_id": own, "until": None},
            )


def test_evidence_cannot_name_an_observer_who_did_not_sign_the_record(clinic: Clinic) -> None:
    with clinic.app.app_context():
        recommendation = recommended(clinic, db.session)
        record_id = watch(
            db.session,
            trainee=clinic.person(db.session, "trainee"),
            site=clinic.site(db.session),
            region=clinic.regions[0],
            observer=clinic.person(db.session, "observer1"),
            code="EVIDENCE",
            at=clinic.clock.at - timedelta(days=1),
        ).id
        lie = {
            "decision_id": recommendation.id,
            "kind": "observation",
            "reference": "999",
            "sha256": "0" * 64,
            "record_id": record_id,
            "observer_id": clinic.ids["observer2"],
        }
        with refuses():
            db.session.execute(insert(DecisionEvidence).values(**lie))


@pytest.mark.parametrize("missing", ["observer_id", "record_id"])
def test_evidence_of_an_observation_names_record_and_observer(clinic: Clinic, missing: str) -> None:
    with clinic.app.app_context():
        recommendation = recommended(clinic, db.session)
        found = db.session.scalars(select(DecisionEvidence).where(DecisionEvidence.kind == "observation")).first()
        assert found is not None
        row = {
            "decision_id": recommendation.id,
            "kind": "observation",
            "reference": "998",
            "sha256": "0" * 64,
            "record_id": found.record_id,
            "observer_id": found.observer_id,
            missing: None,
        }
        with refuses():
            db.session.execute(insert(DecisionEvidence).values(**row))


def test_an_observer_is_not_made_by_one_person(clinic: Clinic) -> None:
    with clinic.app.app_context(), refuses():
        row = grant_row(clinic, db.session, None, level="may_observe", tier="standard", group_slug="standard-limb")
        put(db.session, row)


def test_evidence_cannot_be_the_observation_of_somebody_else(clinic: Clinic) -> None:
    with clinic.app.app_context():
        recommendation = recommended(clinic, db.session)
        row = {
            "decision_id": recommendation.id, "kind": "observation", "sha256": "0" * 64, "observer_id": clinic.ids["observer1"],
        }  # fmt: skip
        for code, key in (("OFANOTHER", "ready"), ("ONESOWN1", "trainee")):
            record_id = watch(
                db.session, trainee=clinic.person(db.session, key), site=clinic.site(db.session), region=clinic.regions[0],
                observer=clinic.person(db.session, "observer1"), code=code, at=clinic.clock.at - timedelta(days=1),
            ).id  # fmt: skip
            statement = insert(DecisionEvidence).values(**row, reference=code, record_id=record_id)
            if key == "trainee":
                db.session.execute(statement)
                continue
            with refuses(), db.session.begin_nested():
                db.session.execute(statement)


def test_one_recommendation_carries_one_grant(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        recommendation = db.session.get(Decision, _granted(db.session).recommendation_id)
        with refuses():
            put(db.session, grant_row(clinic, db.session, recommendation, by="second"))


def _granted(session: Any) -> Decision:
    found: Decision = session.scalars(select(Decision).where(Decision.kind == "grant", Decision.level == "independent")).one()
    return found


def _recommended_again(clinic: Clinic, session: Any, first: Decision) -> Decision:
    """A second recommendation with the same evidence, as a bad program could write it."""
    changes = {"signer_id": clinic.ids["observer2"], "signature_id": signature_of(session, clinic.ids["observer2"])}
    values = {c.name: getattr(first, c.name) for c in Decision.__table__.columns if c.name != "id"} | changes
    number = session.execute(insert(Decision).values(**values).returning(Decision.id)).scalar_one()
    for found in session.scalars(select(DecisionEvidence).where(DecisionEvidence.decision_id == first.id)).all():
        columns = {c.name: getattr(found, c.name) for c in DecisionEvidence.__table__.columns if c.name != "id"}
        session.execute(insert(DecisionEvidence).values(**columns | {"decision_id": number}))
    again: Decision = session.get(Decision, number)
    return again


def test_one_application_is_granted_once(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        recommendation = db.session.get(Decision, _granted(db.session).recommendation_id)
        assert recommendation is not None
        again = _recommended_again(clinic, db.session, recommendation)
        put(db.session, grant_row(clinic, db.session, again, by="second"))
        number = db.session.scalar(text("SELECT max(id) FROM decision"))
        for round_ in (1, 2):  # the second one only after the first was undone
            with refuses(), db.session.begin_nested():
                db.session.execute(
                    text(
                        "INSERT INTO application_decision (decision_id, application_id, kind, round) VALUES (:d, :a, 'grant', :r)"
                    ),
                    {"d": number, "a": clinic.application_id, "r": round_},
                )


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE decision SET signer_id = signer_id",
        "UPDATE decision SET tier = 'standard'",
        "DELETE FROM decision",
        "UPDATE decision_evidence SET observer_id = NULL, record_id = NULL, kind = 'x'",
        "DELETE FROM decision_evidence",
        "UPDATE signature SET printed_name = 'Somebody'",
        "DELETE FROM application_event",
        "UPDATE application SET regions = '[]'",
        "DELETE FROM application_decision",
        "UPDATE policy_version SET content = '{}'",
        "UPDATE catalogue_group SET tier = 'standard'",
        "UPDATE observation_record SET observer_id = observer_id",
        "UPDATE competency_approval SET verdict = 'met'",
        "DELETE FROM document_verification",
    ],
)
def test_signed_history_is_never_rewritten(clinic: Clinic, statement: str) -> None:
    clinic.granted()
    clinic.client("director").post(f"/applications/{clinic.senior_application_id}/claim")
    with clinic.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(statement))


def test_a_one_person_grant_of_a_standard_group_clears_no_region_of_a_high_tier_group(clinic: Clinic) -> None:
    """A standard group needs one signer; naming a high-tier region in its grant must not get round the second one."""
    with clinic.act() as session:
        row = grant_row(clinic, session, None, tier="standard", group_slug="standard-limb")
        session.execute(insert(Decision).values(**row))
    assert clinic.standing(region=clinic.regions[0]).word == "NOT CLEARED"
