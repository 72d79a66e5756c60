"""What a policy can ask besides evidence: a signer from outside, and regions that are cleared first."""

from __future__ import annotations

from typing import Any

import pytest

from app.database import db
from app.domain.errors import Conflict, NotAllowed
from config import ROOT
from tests.clearances.builders import Clinic
from tests.clearances.policy_acts import publish_as
from tests.policies import newest_body, proposed

# --- one signer from outside


def with_external(session: Any) -> dict[str, Any]:
    body = newest_body(session)
    body["high"]["external_signer"] = True
    return body


def test_where_the_policy_wants_one_signer_from_outside_two_from_the_house_do_not_grant(clinic: Clinic) -> None:
    publish_as(clinic, with_external)
    with clinic.act() as session:
        clinic.decide(session, "recommend", "second")
    with clinic.app.app_context(), pytest.raises(NotAllowed, match="one signer from outside"):
        clinic.decide(db.session, "grant", "director")
    with clinic.act() as session:
        clinic.decide(session, "grant", "external")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


def test_somebody_from_outside_who_recommends_is_the_one_from_outside(clinic: Clinic) -> None:
    publish_as(clinic, with_external)
    with clinic.act() as session:
        clinic.decide(session, "recommend", "external")
    with clinic.act() as session:
        clinic.decide(session, "grant", "director")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


# --- what is asked for first


def asking_first(session: Any) -> dict[str, Any]:
    """The high tier asks that a standard region is cleared first."""
    body = newest_body(session)
    first = {"kind": "prerequisite", "id": "first", "words": "Deltoid first", "regions": ["deltoid-rotator"], "continuing": True}
    body["high"]["requirements"].append(first)
    return body


def test_a_region_that_is_asked_for_first_blocks_while_it_is_not_cleared(clinic: Clinic) -> None:
    clinic.granted()
    publish_as(clinic, asking_first)
    found = clinic.standing()
    assert (found.state, found.limiting_cause, found.to_do[:15]) == ("BLOCKED", "first", "Get cleared for")
    assert clinic.command("clearances", "verify").exit_code == 0


def test_an_application_is_not_ready_before_what_it_asks_for_first_is_cleared(clinic: Clinic) -> None:
    publish_as(clinic, asking_first)
    clinic.client("trainee").post(f"/applications/{clinic.application_id}/withdraw")
    data = {"site_id": str(clinic.sites["north"]), "regions": list(clinic.regions)}
    opened = clinic.client("trainee").post("/clearances/thorax/apply", data=data)
    assert opened.status_code == 302
    with clinic.app.app_context():
        case = clinic.case(db.session, int(opened.location.rsplit("/", 1)[1]))
        assert [o.requirement for o in case.outcomes if o.state != "met"] == ["first"]


def test_a_policy_that_leads_in_a_circle_together_with_an_earlier_one_is_refused(clinic: Clinic) -> None:
    publish_as(clinic, asking_first, "next_renewal")

    def the_other_way(session: Any) -> dict[str, Any]:
        body = newest_body(session)
        body["high"]["requirements"].pop()
        first = {"kind": "prerequisite", "id": "other", "words": "Rhomboids first", "regions": ["rhomboids-levator"]}
        body["standard"]["requirements"].append(first)
        return body

    with clinic.act() as session:
        admin, body = clinic.person(session, "admin"), the_other_way(session)
        with pytest.raises(
            Conflict, match="circle: deltoid-rotator asks first for rhomboids-levator asks first for deltoid-rotator"
        ):
            proposed(session, body, admin, clinic.clock.at)


def test_the_first_policy_can_be_loaded_from_a_file_and_no_second_one(clinic: Clinic) -> None:
    path = str(ROOT / "question_bank/policies/school.yaml")
    assert clinic.command("policies", "check", path).exit_code == 0
    found = clinic.command("policies", "load", path)
    assert (found.exit_code, "two admins sign" in found.output) == (1, True)
    assert clinic.count("policy_version") == 1
