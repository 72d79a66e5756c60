"""Observations: asked for before the procedure, signed once by somebody who could observe the region."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.accounts.queries import who
from app.catalogue.queries import catalogue_in_force
from app.clearances.evidence import evidence_of
from app.database import db
from app.domain.errors import Conflict, NotAllowed
from app.domain.requirements import counts
from app.supervision.actions import open_observation, sign_observation
from app.supervision.models import ObservationRecord
from app.supervision.queries import get_observation
from tests.clearances.builders import PASSWORD, Clinic, observation_fields, observed, watch, words_of
from tests.clock import START


def opened(clinic: Clinic, key: str = "beginner", **changes: Any) -> int:
    """An observation that waits for its signature; its id."""
    with clinic.act() as session:
        pack = catalogue_in_force(session).catalogue
        found = open_observation(
            session,
            trainee=clinic.person(session, key),
            site=clinic.site(session),
            **{
                "region": clinic.regions[0],
                "technique": "As taught",
                "purpose": "assessment",
                "subject": "patient",
                "code": "ABCDEFGH",
                "now": clinic.clock.at,
                **changes,
            },
            catalogue=pack,
        )
        clinic.clock.advance(minutes=30)
        return int(found.id)


def sign(clinic: Clinic, number: int, key: str, **changes: Any) -> None:
    """Sign by the action."""
    with clinic.act() as session:
        pack, observer = catalogue_in_force(session).catalogue, clinic.person(session, key)
        sign_observation(
            session,
            watched=get_observation(session, number, clinic.clock.at),
            form=observed(pack, **changes),
            observer=observer,
            who=who(session, observer, clinic.clock.at),
            catalogue=pack,
            now=clinic.clock.at,
        )


def fields(clinic: Clinic, **changes: str) -> dict[str, str]:
    """A filled form with the password."""
    with clinic.act() as session:
        return observation_fields(catalogue_in_force(session).catalogue, password=PASSWORD, **changes)


def counting(clinic: Clinic, key: str = "beginner") -> int:
    """How many observations of somebody count towards a number."""
    with clinic.act() as session:
        found = evidence_of(session, [clinic.ids[key]], clinic.clock.at)[clinic.ids[key]]
        return sum(counts(o, clinic.ids[key], min_rating=3, live_video=False) for o in found.observations)


def test_a_trainee_opens_it_before_the_procedure_and_the_code_finds_it(clinic: Clinic) -> None:
    data = {
        "site_id": str(clinic.sites["north"]),
        "region": clinic.regions[0],
        "technique": "Pincer grip, 30 mm",
        "purpose": "assessment",
        "subject": "patient",
    }
    page = clinic.client("beginner").post("/observations/new", data=data)
    assert page.status_code == 200
    code = shown_code(words_of(page)).replace(" ", "")
    observer = clinic.client("observer1")
    answer = observer.post("/observations/code", data={"code": code.lower()})
    assert answer.status_code == 302
    assert observer.get(f"/observations/code?code={code}").location == answer.location
    assert observer.get(answer.location).status_code == 200
    wrong = observer.post("/observations/code", data={"code": "WRONG234"})
    assert wrong.status_code == 422
    assert "No observation has this code" in words_of(wrong)


def shown_code(words: str) -> str:
    """The code as the page shows it, in two groups of four."""
    found = re.search(r"\b[A-Z0-9]{4} [A-Z0-9]{4}\b", words)
    assert found is not None, words
    return found.group()


def test_a_code_typed_as_it_is_shown_with_its_space_is_found(clinic: Clinic) -> None:
    data = {
        "site_id": str(clinic.sites["north"]),
        "region": clinic.regions[0],
        "technique": "Pincer grip, 30 mm",
        "purpose": "assessment",
        "subject": "patient",
    }
    code = shown_code(words_of(clinic.client("beginner").post("/observations/new", data=data)))
    for typed in (code, f"  {code.lower()} ", code.replace(" ", "-")):
        assert clinic.client("observer1").post("/observations/code", data={"code": typed}).status_code == 302


def test_an_eligible_observer_signs_and_it_counts(clinic: Clinic) -> None:
    number = opened(clinic)
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code == 302
    assert counting(clinic) == 1


@pytest.mark.parametrize(
    ("key", "status", "reason"),
    [
        ("director", 403, "right to observe"),
        ("external", 403, "right to observe"),
        ("newcomer", 403, "younger than 24 hours"),
        ("southern", 404, "Only a supervisor"),
        ("ready", 403, "Only a supervisor"),
        ("admin", 403, "Only a supervisor"),
        ("beginner", 403, "own record"),
    ],
)
def test_nobody_else_signs_it(clinic: Clinic, key: str, status: int, reason: str) -> None:
    number = opened(clinic)
    if key == "newcomer":
        clinic.clock.advance(minutes=-30)
    answer = clinic.client(key).post(f"/observations/{number}", data=fields(clinic))
    assert answer.status_code == status
    with pytest.raises(NotAllowed, match=reason):
        sign(clinic, number, key)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0


def test_an_observer_cannot_sign_a_region_that_they_may_not_observe(clinic: Clinic) -> None:
    number = opened(clinic, region="serratus-anterior")
    with pytest.raises(NotAllowed, match="right to observe this region"):
        sign(clinic, number, "observer1")
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code == 403


def test_an_observation_opened_before_the_right_to_observe_began_cannot_be_signed(clinic: Clinic) -> None:
    number = opened(clinic, now=START - timedelta(days=381))
    with clinic.act() as session:
        watched = get_observation(session, number, START - timedelta(days=379))
        observer, pack = clinic.person(session, "observer1"), catalogue_in_force(session).catalogue
        with pytest.raises(NotAllowed, match="when the procedure was opened"):
            sign_observation(
                session,
                watched=watched,
                form=observed(pack),
                observer=observer,
                who=who(session, observer, START),
                catalogue=pack,
                now=START - timedelta(days=379),
            )


def test_it_is_signed_once(clinic: Clinic) -> None:
    number = opened(clinic)
    sign(clinic, number, "observer1")
    with pytest.raises(Conflict, match="signed already"):
        sign(clinic, number, "observer2")
    answer = clinic.client("observer2").post(f"/observations/{number}", data=fields(clinic))
    assert answer.status_code == 409
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 1


def test_the_database_keeps_one_record_for_each_observation(clinic: Clinic) -> None:
    number = opened(clinic)
    sign(clinic, number, "observer1")
    with clinic.app.app_context():
        values = last_record()
        with pytest.raises(DBAPIError):
            db.session.execute(insert(ObservationRecord).values(**values, signed_at=clinic.clock.at))


def last_record() -> dict[str, Any]:
    """The columns of the newest signed record, but for its id and instant."""
    row = db.session.execute(text("SELECT * FROM observation_record ORDER BY id DESC LIMIT 1")).mappings().one()
    return {k: v for k, v in dict(row).items() if k not in ("id", "signed_at")}


def test_the_database_refuses_a_record_of_ones_own_procedure_and_one_with_another_trainee(clinic: Clinic) -> None:
    number, base = opened(clinic), "observation_record WHERE observation_id"
    sign(clinic, opened(clinic, code="SECOND22"), "observer1")
    for change in (
        {"observer_id": clinic.ids["beginner"]},
        {"trainee_id": clinic.ids["ready"]},
        {"signature_id": 99999},
        {"rating": 6},
        {"presence": "maybe"},
    ):
        with clinic.app.app_context():
            values = {**last_record(), "observation_id": number, **change, "signed_at": clinic.clock.at}
            with pytest.raises(DBAPIError):
                db.session.execute(insert(ObservationRecord).values(**values))
    assert clinic.count(f"{base} = {number}") == 0


def test_it_is_void_after_14_days_and_stays_visible(clinic: Clinic) -> None:
    number = opened(clinic)
    clinic.clock.advance(days=14, minutes=-31)
    with clinic.act() as session:
        assert get_observation(session, number, clinic.clock.at).state == "open"
    clinic.clock.advance(minutes=1)
    with pytest.raises(Conflict, match="14 days"):
        sign(clinic, number, "observer1")
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code == 409
    page = clinic.client("beginner").get(f"/observations/{number}")
    assert page.status_code == 200
    assert "void" in words_of(page)
    assert counting(clinic) == 0


def test_a_wrong_password_signs_nothing_and_keeps_the_draft(clinic: Clinic) -> None:
    number, client = opened(clinic), clinic.client("observer1")
    clinic.clock.advance(minutes=16)
    data = fields(clinic, done_well="Asked for consent again.")
    answer = client.post(f"/observations/{number}", data={**data, "password": "not the password"})
    assert answer.status_code == 422
    assert "Nothing was signed" in words_of(answer)
    assert "Asked for consent again." in answer.get_data(as_text=True)
    again = clinic.client("observer1").get(f"/observations/{number}")
    assert "Asked for consent again." in again.get_data(as_text=True)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0
    assert client.post(f"/observations/{number}", data=data).status_code == 302


def test_a_draft_is_kept_without_signing_and_is_its_observers_alone(clinic: Clinic) -> None:
    number = opened(clinic)
    data = fields(clinic, act="draft", done_well="Half a thought")
    assert clinic.client("observer1").post(f"/observations/{number}", data=data).status_code == 302
    assert "Half a thought" in clinic.client("observer1").get(f"/observations/{number}").get_data(as_text=True)
    for other in ("observer2", "beginner"):
        assert "Half a thought" not in clinic.client(other).get(f"/observations/{number}").get_data(as_text=True)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0


def test_somebody_who_may_not_sign_leaves_no_draft(clinic: Clinic) -> None:
    number = opened(clinic)
    clinic.client("director").post(f"/observations/{number}", data=fields(clinic, act="draft"))
    assert clinic.count("observation_draft") == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"presence": ""}, "in the room"),
        ({"outcome": "perhaps"}, "completed or abandoned"),
        ({"rating": "9"}, "how much help"),
        ({"done_well": " "}, "done well"),
        ({"to_change": ""}, "to change"),
        ({"row-0": ""}, "not marked yet"),
        ({"done_well": "x" * 501}, "500 characters"),
    ],
)
def test_an_incomplete_form_is_refused_with_what_is_missing(clinic: Clinic, change: dict[str, str], words: str) -> None:
    number = opened(clinic)
    answer = clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic, **change))
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0


@pytest.mark.parametrize(
    ("opening", "signing"),
    [
        ({"purpose": "coaching"}, {}),
        ({}, {"presence": "not_seen"}),
        ({}, {"presence": "live_video"}),
        ({}, {"outcome": "abandoned"}),
        ({}, {"rating": 2}),
    ],
)
def test_what_does_not_count_counts_zero(clinic: Clinic, opening: dict[str, Any], signing: dict[str, Any]) -> None:
    sign(clinic, opened(clinic, **opening), "observer1", **signing)
    assert counting(clinic) == 0


def test_an_automatic_failure_counts_zero(clinic: Clinic) -> None:
    with clinic.act() as session:
        fail = catalogue_in_force(session).catalogue.auto_fail[0]
    sign(clinic, opened(clinic), "observer1", auto_fail=(fail,))
    assert counting(clinic) == 0


def test_not_seen_signs_another_meaning_and_keeps_no_rating(clinic: Clinic) -> None:
    number = opened(clinic)
    sign(clinic, number, "observer1", presence="not_seen", rows={}, rating=5, done_well="", to_change="")
    assert clinic.scalar(f"SELECT rating FROM observation_record WHERE observation_id = {number}") is None
    meaning = clinic.scalar(f"SELECT meaning FROM signature WHERE subject = 'observation:{number}'")
    assert meaning == "I did not see this procedure"


def test_a_supervisor_cannot_sign_their_own_procedure(clinic: Clinic) -> None:
    number = opened(clinic, "observer1")
    with pytest.raises(NotAllowed, match="own record"):
        sign(clinic, number, "observer1")
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code == 403
    sign(clinic, number, "observer2")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"region": "left-elbow"}, "region"),
        ({"purpose": "fun"}, "purpose"),
        ({"subject": "dog"}, "subject"),
        ({"technique": "x"}, "technique"),
        ({"technique": "x" * 201}, "technique"),
        ({"site_id": "99"}, "site_id"),
    ],
)
def test_a_wrong_request_for_an_observation_is_refused_and_shown_again(clinic: Clinic, change: dict[str, str], field: str) -> None:
    data = {
        "site_id": str(clinic.sites["north"]),
        "region": clinic.regions[0],
        "technique": "Pincer grip, 30 mm",
        "purpose": "coaching",
        "subject": "patient",
        **change,
    }
    before, answer = clinic.count("observation"), clinic.client("beginner").post("/observations/new", data=data)
    assert (answer.status_code, clinic.count("observation")) == (422, before)
    assert field == "technique" or "Pincer grip, 30 mm" in answer.get_data(as_text=True)


def test_a_site_of_somebody_else_cannot_be_chosen(clinic: Clinic) -> None:
    data = {
        "site_id": str(clinic.sites["south"]),
        "region": clinic.regions[0],
        "technique": "Pincer",
        "purpose": "coaching",
        "subject": "patient",
    }
    assert clinic.client("beginner").post("/observations/new", data=data).status_code == 422


def test_people_of_other_sites_do_not_see_an_observation(clinic: Clinic) -> None:
    number = opened(clinic)
    assert clinic.client("southern").get(f"/observations/{number}").status_code == 404
    assert clinic.client("ready").get(f"/observations/{number}").status_code == 404
    assert clinic.client("auditor").get(f"/observations/{number}").status_code == 200


def test_what_an_observation_was_worth_does_not_change_when_the_right_to_observe_ends_later(clinic: Clinic) -> None:
    with clinic.act() as session:
        watch(
            session,
            trainee=clinic.person(session, "beginner"),
            site=clinic.site(session),
            region=clinic.regions[0],
            observer=clinic.person(session, "observer1"),
            code="LATER234",
            at=clinic.clock.at - timedelta(days=1),
        )
    clinic.clock.advance(days=731)
    assert counting(clinic) == 1
    with pytest.raises(NotAllowed, match="right to observe"):
        sign(clinic, opened(clinic), "observer1")
