"""Cover while a supervisor is away: it adds no right, ends by itself, and makes two people count as one."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from app.accounts.queries import who
from app.clearances.actions import Away, delegate_to, end_delegation
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor
from tests.clearances.builders import Clinic, words_of
from tests.clearances.test_appeals import appeal, hear
from tests.clearances.test_claims import decide, post
from tests.clearances.test_stops import end, stop
from tests.races import at_once, statuses

WHY = "On leave for a week, back on Monday."


def arrange(clinic: Clinic, delegator: str, delegate: str, days: int = 7) -> int:
    """Let one supervisor cover for another by the product's action; the cover's id."""
    with clinic.act() as session:
        person, now = clinic.person(session, delegator), clinic.clock.at
        made = delegate_to(
            session, site=clinic.site(session), away=Away(clinic.ids[delegate], now.date() + timedelta(days=days), WHY),
            delegate=clinic.person(session, delegate), delegator=person, who=who(session, person, now), now=now,
        )  # fmt: skip
        return int(made.id)


def finish(clinic: Clinic, number: int, key: str) -> None:
    """End a cover by the product's action."""
    with clinic.act() as session:
        person, now = clinic.person(session, key), clinic.clock.at
        end_delegation(
            session, delegation_id=number, actor=Actor(person.id, person.printed_name), who=who(session, person, now), now=now
        )


def press(clinic: Clinic, key: str, **changes: Any) -> TestResponse:
    """Arrange a cover as a browser does."""
    last = (clinic.clock.at + timedelta(days=7)).date().isoformat()
    data = {"site_id": str(clinic.sites["north"]), "delegate_id": str(clinic.ids["second"]), "last_day": last, "reason": WHY}
    return clinic.client(key).post("/cover", data={**data, **changes})


def test_a_cover_is_listed_for_every_supervisor_with_its_end(clinic: Clinic) -> None:
    assert press(clinic, "director").status_code == 302
    for key in ("observer1", "admin", "auditor"):
        page = words_of(clinic.client(key).get("/cover"))
        assert "Dave Director for Dora Director" in page
        assert WHY in page
    assert "Dave Director for" not in words_of(clinic.client("southern").get("/cover"))
    assert clinic.count("audit_event WHERE act = 'delegation.made'") == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"last_day": ""}, 422),
        ({"last_day": "2020-01-01"}, 422),
        ({"last_day": "9999-12-31"}, 422),
        ({"last_day": "someday"}, 422),
        ({"reason": "away"}, 422),
        ({"delegate_id": "trainee"}, 422),
        ({"delegate_id": "director"}, 422),
        ({"delegate_id": "southern"}, 422),
        ({"site_id": "south"}, 422),
    ],
)
def test_a_cover_that_cannot_be_is_refused_with_words(clinic: Clinic, changes: dict[str, str], status: int) -> None:
    known = {**clinic.ids, **clinic.sites}
    answer = press(clinic, "director", **{k: str(known.get(v, v)) for k, v in changes.items()})
    assert answer.status_code == status
    assert "Nothing was arranged" in words_of(answer)
    assert clinic.count("delegation") == 0


def test_a_cover_lasts_90_days_at_most(clinic: Clinic) -> None:
    arrange(clinic, "director", "second", days=88)
    with pytest.raises(InvalidInput, match="within 90 days"):
        arrange(clinic, "observer1", "observer2", days=91)


def test_nobody_covers_who_is_no_supervisor_of_the_site(clinic: Clinic) -> None:
    for other in ("trainee", "southern", "admin", "director"):
        with pytest.raises(InvalidInput, match="another supervisor of this site"):
            arrange(clinic, "director", other)
    with pytest.raises(NotAllowed):
        arrange(clinic, "southern", "director")


def test_work_that_was_handed_over_is_not_handed_on(clinic: Clinic) -> None:
    arrange(clinic, "director", "second")
    for pair, words in (
        (("second", "external"), "not handed on"),
        (("director", "external"), "covers for you already"),
        (("external", "director"), "away too"),
    ):
        with pytest.raises(Conflict, match=words):
            arrange(clinic, *pair)
    arrange(clinic, "external", "second")


def test_a_cover_ends_by_itself(clinic: Clinic) -> None:
    arrange(clinic, "director", "second", days=1)
    clinic.clock.advance(days=2, hours=12)
    assert "No covers now" in words_of(clinic.client("director").get("/cover"))
    arrange(clinic, "second", "external")


def test_who_covers_takes_over_a_claim_at_once_and_without_a_reason(clinic: Clinic) -> None:
    post(clinic, "director", "claim")
    assert post(clinic, "second", "take-over").status_code == 409
    arrange(clinic, "director", "second")
    assert "You cover for Dora Director" in words_of(clinic.client("second").get(f"/applications/{clinic.application_id}"))
    assert post(clinic, "external", "take-over", words=WHY).status_code == 409
    assert post(clinic, "second", "take-over").status_code == 302


def test_a_cover_that_ended_after_the_page_was_shown_takes_nothing_over(clinic: Clinic) -> None:
    post(clinic, "director", "claim")
    number, second = arrange(clinic, "director", "second"), clinic.client("second")
    address = f"/applications/{clinic.application_id}"
    assert "You cover for Dora Director" in words_of(second.get(address))
    finish(clinic, number, "director")
    assert second.post(f"{address}/take-over").status_code == 409
    assert clinic.count("application_event WHERE kind = 'taken_over'") == 0


def test_who_covers_for_somebody_who_lost_the_role_takes_nothing_over(clinic: Clinic) -> None:
    post(clinic, "director", "claim")
    arrange(clinic, "director", "second")
    clinic.clock.advance(minutes=1)
    with clinic.act() as session:
        statement = text("UPDATE membership SET ended_at = :at, ended_by_id = :by WHERE person_id = :who AND role = 'supervisor'")
        session.execute(
            statement, {"at": str(clinic.clock.at.replace(tzinfo=None)), "by": clinic.ids["admin"], "who": clinic.ids["director"]}
        )
    assert post(clinic, "second", "take-over").status_code == 409


@pytest.mark.parametrize(("delegator", "delegate"), [("observer1", "director"), ("director", "observer1")])
def test_who_covers_for_the_recommender_does_not_grant(clinic: Clinic, delegator: str, delegate: str) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    arrange(clinic, delegator, delegate)
    with pytest.raises(NotAllowed, match="count as one person"), clinic.act() as session:
        clinic.decide(session, "grant", "director")
    answer = decide(clinic, "director", "grant")
    assert (answer.status_code, clinic.standing().word) == (403, "NOT CLEARED")
    with clinic.act() as session:
        clinic.decide(session, "grant", "second")


def test_ending_the_cover_before_the_second_signature_opens_nothing(clinic: Clinic) -> None:
    number = arrange(clinic, "observer1", "director")
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    clinic.clock.advance(hours=1)
    finish(clinic, number, "observer1")
    clinic.clock.advance(hours=1)
    with pytest.raises(NotAllowed, match="count as one person"), clinic.act() as session:
        clinic.decide(session, "grant", "director")


def test_a_cover_that_ended_before_the_recommendation_bars_nobody(clinic: Clinic) -> None:
    number = arrange(clinic, "observer1", "director")
    clinic.clock.advance(hours=1)
    finish(clinic, number, "director")
    clinic.granted()
    assert clinic.standing().word == "CLEARED"


def test_who_covers_for_a_counted_observer_grants_nothing_that_rests_on_it(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    arrange(clinic, "observer2", "director")
    with pytest.raises(NotAllowed, match="signed a counted observation"), clinic.act() as session:
        clinic.decide(session, "grant", "director")


def test_who_covers_for_the_applicant_decides_nothing_of_theirs(clinic: Clinic) -> None:
    arrange(clinic, "senior", "second")
    with pytest.raises(NotAllowed, match="own record"), clinic.act() as session:
        clinic.decide(session, "recommend", "second", application_id=clinic.senior_application_id)


def test_who_covers_for_the_proposer_does_not_lift(clinic: Clinic) -> None:
    clinic.granted()
    decision = stop(clinic)
    end(clinic, decision, "propose", "director")
    arrange(clinic, "director", "second")
    with pytest.raises(NotAllowed, match="count as one person"):
        end(clinic, decision, "lift", "second")
    end(clinic, decision, "lift", "external")


def test_who_covers_for_the_revoker_has_no_part_in_ending_it(clinic: Clinic) -> None:
    clinic.granted()
    decision = stop(clinic, what="revoke", key="director")
    arrange(clinic, "director", "second")
    with pytest.raises(NotAllowed, match="revoked this"):
        end(clinic, decision, "propose", "second")


def test_who_covers_for_the_suspender_hears_no_appeal(clinic: Clinic) -> None:
    clinic.granted()
    decision = stop(clinic)
    arrange(clinic, "observer1", "second")
    appeal(clinic, decision)
    answer = hear(clinic, decision, "second")
    assert (answer.status_code, "count as one person" in words_of(answer)) == (403, True)
    assert hear(clinic, decision, "external").status_code == 302


@pytest.mark.parametrize(
    ("key", "status"), [("observer1", 403), ("southern", 404), ("trainee", 403), ("director", 302), ("second", 302)]
)
def test_either_of_the_two_ends_a_cover_and_nobody_else(clinic: Clinic, key: str, status: int) -> None:
    number = arrange(clinic, "director", "second")
    assert clinic.client(key).post(f"/cover/{number}/end").status_code == status
    assert clinic.count("delegation_end") == (status == 302)


def test_a_cover_ends_once(clinic: Clinic) -> None:
    number = arrange(clinic, "director", "second")
    clients = [clinic.client(key) for key in ("director", "second")]
    answers = at_once(*(partial(c.post, f"/cover/{number}/end") for c in clients))
    assert statuses(answers) == [302, 409]


def test_two_who_hand_over_to_each_other_at_once_make_one_cover(clinic: Clinic) -> None:
    acts = (partial(press, clinic, "director"), partial(press, clinic, "second", delegate_id=str(clinic.ids["director"])))
    assert statuses(at_once(*acts)) == [302, 409]
    assert clinic.count("delegation") == 1


def test_the_database_itself_refuses_a_chain_and_a_long_cover(clinic: Clinic) -> None:
    number = arrange(clinic, "director", "second")
    insert = "INSERT INTO delegation (site_id, delegator_id, delegate_id, reason, starts_at, ends_at) "
    insert += "SELECT site_id, :a, :b, reason, "
    same, of = "starts_at, ends_at FROM delegation WHERE id = :id", {"id": number}
    late = {"sqlite": "'2099-01-01 00:00:00.000000'", "postgresql": "TIMESTAMPTZ '2099-01-01'"}
    for values, words, a, b in ((same, "not handed on", "second", "external"), ("", "within 90 days", "observer1", "observer2")):
        with clinic.app.app_context():
            end_at = late[db.engine.dialect.name]
            values = values or f"starts_at, {end_at} FROM delegation WHERE id = :id"
            with pytest.raises(DBAPIError, match=words):
                db.session.execute(text(insert + values), {"a": clinic.ids[a], "b": clinic.ids[b], **of})
            db.session.rollback()
