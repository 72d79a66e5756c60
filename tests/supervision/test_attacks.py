"""Attacks on observations: each is refused, over HTTP and, where it can say so, by the database itself."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.accounts.actions import end_role
from app.accounts.models import Membership
from app.accounts.queries import who
from app.clearances.actions import Stopping, stop_clearance
from app.database import db
from app.domain.errors import Conflict, NotAllowed
from app.domain.permissions import Actor
from app.signatures.models import Signature
from app.supervision.models import ObservationRecord
from tests.clearances.builders import GROUP, Clinic, words_of
from tests.races import at_once, statuses
from tests.supervision.test_observations import counting, fields, last_record, opened, sign


def stop_observing(clinic: Clinic, key: str) -> None:
    """Suspend somebody's right to observe the thorax."""
    with clinic.act() as session:
        director = clinic.person(session, "director")
        stop_clearance(
            session, person=clinic.person(session, key), site=clinic.site(session),
            asked=Stopping("suspend", "may_observe", GROUP, clinic.regions, "Something is being looked into."), signer=director,
            who=who(session, director, clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip


def record_of(clinic: Clinic, number: int) -> dict[str, Any]:
    """What is stored as signed."""
    with clinic.app.app_context():
        query = text("SELECT * FROM observation_record WHERE observation_id = :n")
        return dict(db.session.execute(query, {"n": number}).mappings().one())


def test_an_observer_whose_right_ended_after_the_procedure_signs_nothing(clinic: Clinic) -> None:
    number = opened(clinic)
    stop_observing(clinic, "observer1")
    with pytest.raises(NotAllowed, match="has ended since"):
        sign(clinic, number, "observer1")
    answer = clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic))
    assert (answer.status_code, clinic.count(f"observation_record WHERE observation_id = {number}")) == (403, 0)
    assert "has ended since the procedure was opened" in words_of(answer)
    assert "has ended since" in words_of(clinic.client("observer1").get(f"/observations/{number}"))
    sign(clinic, number, "observer2")


def test_an_observer_who_was_no_member_of_the_site_when_it_was_opened_signs_nothing(clinic: Clinic) -> None:
    with clinic.act() as session:
        roles = session.query(Membership).filter_by(person_id=clinic.ids["observer1"], role="supervisor").all()
        for role in roles:
            role.ended_at = clinic.clock.at
    number = opened(clinic)
    with clinic.act() as session:
        from_now = {"person_id": clinic.ids["observer1"], "role": "supervisor", "site_id": clinic.sites["north"], "external": True}
        given = {"proposed_at": clinic.clock.at, "confirmed_at": clinic.clock.at, "proposed_by_id": clinic.ids["admin"]}
        session.add(Membership(**from_now, **given, confirmed_by_id=clinic.ids["partner"]))
    clinic.clock.advance(days=2)
    with pytest.raises(NotAllowed, match="no supervisor of this site when"):
        sign(clinic, number, "observer1")


def test_a_run_that_went_badly_does_not_become_coaching(clinic: Clinic) -> None:
    number = opened(clinic)
    data = {"purpose": "coaching", "act": "sign"}
    assert (
        clinic.client("observer1").post(f"/observations/{number}", data={**fields(clinic, rating="1"), **data}).status_code == 302
    )
    assert clinic.scalar(f"SELECT purpose FROM observation WHERE id = {number}") == "assessment"
    for statement in (
        "UPDATE observation SET purpose = 'coaching'",
        "DELETE FROM observation",
        "UPDATE observation_record SET rating = 5",
    ):
        with clinic.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
            db.session.execute(text(statement))


def test_a_trainee_does_not_sign_for_themselves_in_any_way(clinic: Clinic) -> None:
    number = opened(clinic)
    trainee = clinic.client("beginner")
    assert trainee.post(f"/observations/{number}", data=fields(clinic)).status_code == 403
    assert trainee.post("/observations/code", data={"code": "ABCDEFGH"}).status_code == 403
    sign(clinic, number, "observer1")
    for change in ({"observer_id": clinic.ids["beginner"]}, {"trainee_id": clinic.ids["ready"]}):
        assert refused(clinic, opened(clinic, code=f"{len(change)}{change}"[:40]), change)


def refused(
    clinic: Clinic, number: int, change: dict[str, Any], signature: dict[str, Any] | None = None, mode: str = "normal"
) -> bool:
    """Whether the database refuses a record for an observation, made from a true one with its own signature but for a change."""
    with clinic.app.app_context():
        db.session.execute(text("UPDATE installation SET mode = :mode"), {"mode": mode})
        values = {**last_record(), "observation_id": number, **change, "signed_at": clinic.clock.at}
        body = {
            "signer_id": values["observer_id"], "printed_name": "Somebody", "meaning": "I watched this procedure", "payload": "{}",
            "subject": f"observation:{number}", "sha256": "0" * 64, "signed_at": clinic.clock.at, "time_zone": "UTC",
            "method": "password", **(signature or {}),
        }  # fmt: skip
        try:
            made = db.session.execute(insert(Signature).values(**body).returning(Signature.id)).scalar_one()
            db.session.execute(insert(ObservationRecord).values(**{**values, "signature_id": made}))
        except DBAPIError as error:
            return any(word in str(error.orig).lower() for word in ("constraint", "violates"))
        finally:
            db.session.rollback()
        return False


def test_the_database_takes_a_record_only_of_an_observer_with_a_signature_of_its_own(clinic: Clinic) -> None:
    sign(clinic, opened(clinic), "observer1")
    number, other = opened(clinic, code="SECOND22"), opened(clinic, code="THIRD333")
    assert not refused(clinic, number, {}), "the right one is taken, so that the refusals below mean something"
    assert refused(clinic, number, {}, mode="restored")
    assert refused(clinic, number, {"observer_id": clinic.ids["director"]})
    assert refused(clinic, number, {"observer_id": clinic.ids["external"]})
    assert refused(clinic, number, {}, {"subject": f"observation:{other}"})
    assert refused(clinic, number, {}, {"signer_id": clinic.ids["observer2"]})
    assert refused(clinic, number, {"rating": None})
    assert refused(clinic, number, {"presence": "not_seen"})
    assert refused(clinic, opened(clinic, code="FOURTH44", region="serratus-anterior"), {})


def test_the_code_of_another_site_leads_nowhere_and_tells_nothing(clinic: Clinic) -> None:
    opened(clinic)
    client = clinic.client("southern")
    there, nowhere = (client.post("/observations/code", data={"code": code}) for code in ("ABCDEFGH", "ABCDEFGJ"))
    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert words_of(there) == words_of(nowhere)
    assert client.get("/observations/code?code=ABCDEFGH").status_code == 200


def test_the_code_of_another_trainees_observation_gives_an_observer_no_right_of_their_own_trainees(clinic: Clinic) -> None:
    number = opened(clinic, "ready", code="READYONE")
    answer = clinic.client("observer1").post("/observations/code", data={"code": "readyone"})
    assert answer.location == f"/observations/{number}"
    sign(clinic, number, "observer1")
    assert record_of(clinic, number)["trainee_id"] == clinic.ids["ready"]
    assert counting(clinic, "beginner") == 0


def test_two_observers_who_sign_at_once_leave_one_record(clinic: Clinic) -> None:
    number, data = opened(clinic), fields(clinic)
    clients = [clinic.client(key) for key in ("observer1", "observer2")]
    answers = at_once(*(partial(client.post, f"/observations/{number}", data=data) for client in clients))
    assert statuses(answers) == [302, 409]
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 1
    assert clinic.count(f"signature WHERE subject = 'observation:{number}'") == 1
    assert clinic.count("audit_event WHERE act = 'observation.signed'") == clinic.count("observation_record")


def test_pressing_sign_twice_at_once_signs_once_and_tells_both(clinic: Clinic) -> None:
    number, data = opened(clinic), fields(clinic)
    windows = [clinic.client("observer1") for _ in range(3)]
    answers = at_once(*(partial(window.post, f"/observations/{number}", data=data) for window in windows))
    assert statuses(answers) == [302, 302, 302]
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 1
    assert clinic.count(f"signature WHERE subject = 'observation:{number}'") == 1
    assert clinic.count("observation_draft") == 0


def test_a_signed_rating_is_not_edited_by_sending_the_form_again(clinic: Clinic) -> None:
    number, client = opened(clinic), clinic.client("observer1")
    assert client.post(f"/observations/{number}", data=fields(clinic, rating="2")).status_code == 302
    before, events = record_of(clinic, number), clinic.count("audit_event")
    assert client.post(f"/observations/{number}", data=fields(clinic, rating="2")).status_code == 302
    for change in (
        {"rating": "5"},
        {"done_well": "Better than I said."},
        {"fail-0": "1"},
        {"row-0": "0"},
        {"outcome": "abandoned"},
    ):
        assert client.post(f"/observations/{number}", data=fields(clinic, **{"rating": "2", **change})).status_code == 409
    assert client.post(f"/observations/{number}", data=fields(clinic, act="draft", rating="5")).status_code == 403
    assert (record_of(clinic, number), clinic.count("audit_event"), clinic.count("observation_draft")) == (before, events, 0)


def test_a_form_of_other_rows_is_not_signed_for_todays(clinic: Clinic) -> None:
    number, client = opened(clinic), clinic.client("observer1")
    for version in ("0" * 64, ""):
        answer = client.post(f"/observations/{number}", data=fields(clinic, version=version))
        assert (answer.status_code, "mark the rows once more" in words_of(answer)) == (409, True)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0


def test_what_was_not_seen_is_signed_without_rows_or_rating_whatever_was_sent(clinic: Clinic) -> None:
    number = opened(clinic)
    client = clinic.client("observer1")
    assert client.post(f"/observations/{number}", data=fields(clinic, presence="not_seen")).status_code == 302
    found = record_of(clinic, number)
    assert (found["rating"], found["rows"]) == (None, "{}")
    payload = clinic.scalar(f"SELECT payload FROM signature WHERE subject = 'observation:{number}'")
    assert '"rating":null' in payload.replace(" ", "")


def test_coaching_is_seen_by_its_trainee_and_its_observer_alone(clinic: Clinic) -> None:
    number = opened(clinic, purpose="coaching")
    sign(clinic, number, "observer1", done_well="A private word.")
    reads = {key: clinic.client(key).get(f"/observations/{number}").status_code for key in ("beginner", "observer1")}
    others = {k: clinic.client(k).get(f"/observations/{number}").status_code for k in ("observer2", "director", "admin", "auditor")}
    assert (set(reads.values()), set(others.values())) == ({200}, {404})
    address = f"/people/{clinic.ids['beginner']}"
    link = f"/observations/{number}"
    assert link in clinic.client("observer1").get(address).get_data(as_text=True)
    assert link not in clinic.client("director").get(address).get_data(as_text=True)
    assert link in clinic.client("beginner").get("/observations").get_data(as_text=True)


def test_the_draft_of_one_observer_is_shown_to_no_other(clinic: Clinic) -> None:
    number = opened(clinic)
    clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic, act="draft", done_well="Half a thought"))
    for other in ("observer2", "director", "admin", "auditor", "beginner"):
        assert "Half a thought" not in clinic.client(other).get(f"/observations/{number}").get_data(as_text=True)
    sign(clinic, number, "observer1")
    assert clinic.count("observation_draft") == 0


def test_asked_for_once_it_never_drops_out_of_the_count(clinic: Clinic) -> None:
    number = opened(clinic)
    clinic.clock.advance(days=15)
    page = words_of(clinic.client("director").get(f"/people/{clinic.ids['beginner']}"))
    assert "1 asked for: 0 signed, 0 waiting, 1 void." in page
    assert "Void, not signed in time" in page
    with pytest.raises(Conflict, match="void"):
        sign(clinic, number, "observer1")


def test_void_comes_at_the_same_time_of_day_by_the_clock_of_the_site(clinic: Clinic) -> None:
    clinic.clock.advance(days=116)  # 20 March 2027: summer time comes on the 28th
    number, client = opened(clinic), clinic.client("observer1")
    clinic.clock.advance(days=14, minutes=-91)
    assert "To be signed before" in words_of(client.get(f"/observations/{number}"))
    clinic.clock.advance(minutes=1)
    words = words_of(client.get(f"/observations/{number}"))
    assert "void since 3 Apr 2027" in words
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code == 409


def test_two_who_watched_in_turn_are_named_to_deciders_and_to_nobody_else(clinic: Clinic) -> None:
    sign(clinic, opened(clinic, "observer2", code="TURNONE2"), "observer1")
    assert "Watched in turn" not in words_of(clinic.client("director").get(f"/people/{clinic.ids['observer2']}"))
    sign(clinic, opened(clinic, "observer1", code="TURNTWO2"), "observer2")
    words = words_of(clinic.client("director").get(f"/people/{clinic.ids['observer2']}"))
    assert "Olga Observer watched 1 of their procedures and they watched 1 of Olga Observer" in words
    assert "Watched in turn" not in words_of(clinic.client("observer2").get(f"/people/{clinic.ids['observer2']}"))


def test_the_application_page_tells_the_denominator_and_names_who_watched_in_turn(clinic: Clinic) -> None:
    sign(clinic, opened(clinic, "trainee", code="WORSE234"), "observer1", rating=2)
    opened(clinic, "trainee", code="WAITING2")
    address = f"/applications/{clinic.application_id}"
    words = words_of(clinic.client("director").get(address))
    assert "1 rated below 3; 1 waiting for a signature." in words
    assert "Watched in turn" not in words
    sign(clinic, opened(clinic, "observer1", code="INTURN22"), "observer2")
    assert "Watched in turn" not in words_of(clinic.client("director").get(address)), "the applicant watched nobody"


def test_an_ended_role_signs_nothing(clinic: Clinic) -> None:
    number = opened(clinic)
    with clinic.act() as session:
        role = session.query(Membership).filter_by(person_id=clinic.ids["observer1"], role="supervisor").one()
        admin = clinic.person(session, "admin")
        end_role(
            session, membership=role, actor=Actor(admin.id, admin.printed_name), who=who(session, admin, clinic.clock.at),
            now=clinic.clock.at,
        )  # fmt: skip
    assert clinic.client("observer1").post(f"/observations/{number}", data=fields(clinic)).status_code in (403, 404)
    assert clinic.count(f"observation_record WHERE observation_id = {number}") == 0
