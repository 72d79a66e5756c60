"""A clearance whose term ends is renewed by two people, carries on without a gap, and is never acted on alone while it waits."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.decisions.models import Decision
from app.domain.errors import NotAllowed
from app.domain.places import months_after
from tests.clearances.builders import GROUP, PASSWORD, ZONE, Clinic, words_of
from tests.clearances.test_stops import stop
from tests.clock import START
from tests.policies import newest_body, publish

MONTHS = 3
TERM_ENDS = months_after(START, MONTHS, ZONE)


@pytest.fixture
def expiring(clinic: Clinic) -> Clinic:
    """The clinic with its trainee cleared for three months, 40 days before the end."""
    with clinic.act() as session:
        body = newest_body(session)
        body["high"]["term_months"] = MONTHS
        publish(session, body, clinic.person(session, "admin"), clinic.person(session, "partner"), clinic.clock.at)
    opened = apply_again(clinic, clinic.application_id)
    decide(clinic, opened, "recommend", "observer1")
    decide(clinic, opened, "grant", "director")
    assert clinic.standing().cleared_until is None
    clinic.settle()
    assert clinic.standing().cleared_until == TERM_ENDS
    clinic.clock.at = TERM_ENDS - timedelta(days=40)
    return clinic


def apply_again(clinic: Clinic, earlier: int | None = None) -> int:
    """Withdraw what is open, and apply for the same regions over the pages; the application's id."""
    trainee = clinic.client("trainee")
    if earlier is not None:
        assert trainee.post(f"/applications/{earlier}/withdraw").status_code == 302
    data = {"site_id": str(clinic.sites["north"]), "regions": list(clinic.regions)}
    answer = trainee.post(f"/clearances/{GROUP}/apply", data=data)
    assert answer.status_code == 302, words_of(answer)
    return int(answer.location.rsplit("/", 1)[1])


def decide(clinic: Clinic, application: int, kind: str, key: str) -> None:
    """Decide by the product's action."""
    with clinic.act() as session:
        clinic.decide(session, kind, key, application_id=application)


def renew_and_take_back(clinic: Clinic) -> None:
    """Apply for a renewal, grant it by two, and undo that within its ten seconds."""
    opened = apply_again(clinic)
    decide(clinic, opened, "recommend", "observer1")
    decide(clinic, opened, "grant", "director")
    number = clinic.scalar("SELECT max(id) FROM decision")
    assert clinic.client("director").post(f"/decisions/{number}/undo").status_code == 302


def test_the_holder_is_led_to_renew_with_the_regions_chosen(expiring: Clinic) -> None:
    trainee = expiring.client("trainee")
    assert f'href="/clearances/{GROUP}/apply"' in trainee.get("/home").get_data(as_text=True)
    page = trainee.get(f"/clearances/{GROUP}/apply")
    assert "Renew: Thorax" in words_of(page)
    inputs = re.findall(r'<input[^>]*name="regions"[^>]*>', page.get_data(as_text=True))
    chosen = {m[1] for i in inputs if "checked" in i and (m := re.search(r'value="([^"]+)"', i))}
    assert chosen == set(expiring.regions)


def test_two_people_renew_and_the_new_term_begins_at_the_old_end(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    page = words_of(expiring.client("director").get(f"/applications/{opened}"))
    assert "The clearance that ends" in page
    decide(expiring, opened, "recommend", "observer1")
    decide(expiring, opened, "grant", "director")
    with expiring.act() as session:
        renewed = session.scalars(select(Decision).order_by(Decision.id.desc())).first()
        assert (renewed.kind, renewed.until) == ("renew", months_after(TERM_ENDS, MONTHS, ZONE))
        assert renewed.about_decision_id is not None
    expiring.settle()
    assert expiring.standing().cleared_until == months_after(TERM_ENDS, MONTHS, ZONE)
    assert expiring.standing(at=TERM_ENDS).word == "CLEARED"


def test_a_renewal_takes_two_and_no_counted_observer_like_a_first_grant(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    with pytest.raises(NotAllowed, match="two people"):
        decide(expiring, opened, "grant", "director")
    decide(expiring, opened, "recommend", "director")
    with pytest.raises(NotAllowed, match="You recommended"):
        decide(expiring, opened, "grant", "director")
    with pytest.raises(NotAllowed, match="counted observation"):
        decide(expiring, opened, "grant", "observer1")


def test_a_renewal_can_be_taken_back_and_the_old_term_goes_on(expiring: Clinic) -> None:
    renew_and_take_back(expiring)
    expiring.settle()
    assert expiring.standing().cleared_until == TERM_ENDS


def test_while_an_open_renewal_waits_past_the_end_an_observer_must_be_present(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    expiring.clock.at = TERM_ENDS
    assert (expiring.standing().state, expiring.standing().word) == ("EXPIRED", "ONLY WITH AN OBSERVER")
    assert expiring.standing().in_grace
    assert expiring.standing(at=TERM_ENDS - timedelta(seconds=1)).word == "CLEARED"
    expiring.clock.advance(days=31)
    assert expiring.standing().word == "NOT CLEARED"
    expiring.clock.at = TERM_ENDS + timedelta(days=2)
    assert expiring.client("trainee").post(f"/applications/{opened}/withdraw").status_code == 302
    assert expiring.standing().word == "NOT CLEARED"


def test_after_a_renewal_was_denied_the_end_is_the_end(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    with expiring.act() as session:
        expiring.decide(session, "deny", "director", application_id=opened, reason="Too few procedures this year.")
    expiring.clock.at = TERM_ENDS
    assert (expiring.standing().word, expiring.standing().in_grace) == ("NOT CLEARED", False)


def test_a_renewal_that_was_taken_back_waits_past_the_end_again(expiring: Clinic) -> None:
    renew_and_take_back(expiring)
    expiring.clock.at = TERM_ENDS
    assert (expiring.standing().word, expiring.standing().in_grace) == ("ONLY WITH AN OBSERVER", True)


def test_without_a_renewal_the_end_is_the_end(expiring: Clinic) -> None:
    expiring.clock.at = TERM_ENDS
    assert expiring.standing().word == "NOT CLEARED"
    opened = apply_again(expiring)  # too late to be a renewal: it is an application of its own
    assert expiring.scalar(f"SELECT renews_decision_id FROM application WHERE id = {opened}") is None
    assert expiring.standing().word == "NOT CLEARED"


def test_a_renewal_decided_late_begins_with_the_decision(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    expiring.clock.at = TERM_ENDS + timedelta(days=5)
    decide(expiring, opened, "recommend", "observer1")
    decide(expiring, opened, "grant", "director")
    expiring.settle()
    assert expiring.standing().cleared_until == months_after(TERM_ENDS + timedelta(days=5), MONTHS, ZONE)


def test_a_stopped_clearance_is_not_renewed(expiring: Clinic) -> None:
    stop(expiring)
    data = {"site_id": str(expiring.sites["north"]), "regions": list(expiring.regions)}
    answer = expiring.client("trainee").post(f"/clearances/{GROUP}/apply", data=data)
    assert (answer.status_code, "end the stop first" in words_of(answer)) == (409, True)


def test_a_suspension_during_a_renewal_stays_when_it_is_renewed(expiring: Clinic) -> None:
    opened = apply_again(expiring)
    stop(expiring)
    decide(expiring, opened, "recommend", "observer1")
    decide(expiring, opened, "grant", "director")
    expiring.settle()
    assert expiring.standing().state == "SUSPENDED"


def test_the_check_in_the_room_says_only_with_an_observer_and_no_cause(expiring: Clinic) -> None:
    apply_again(expiring)
    made = expiring.client("trainee").post("/clearances/code", data={"site_id": expiring.sites["north"]}).get_data(as_text=True)
    address = "/check/" + made.split("/check/")[1].split("<")[0].split('"')[0]
    expiring.clock.at = TERM_ENDS
    words = words_of(expiring.client().get(f"{address}?region={expiring.regions[0]}"))
    assert "ONLY WITH AN OBSERVER" in words
    assert "renew" not in words.lower()
    assert PASSWORD not in words
