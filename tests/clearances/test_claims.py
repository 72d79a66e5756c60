"""Applications are claimed, given back, taken over when the claim is old, returned with what is missing and sent again."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.races import at_once, statuses

WHY = "Dora is ill and cannot be reached."


def post(clinic: Clinic, key: str, part: str, number: int | None = None, **data: Any) -> TestResponse:
    """Press a button of the waiting application's page, or of another one."""
    return clinic.client(key).post(f"/applications/{number or clinic.application_id}/{part}", data=data)


def state(clinic: Clinic, number: int | None = None) -> str:
    with clinic.act() as session:
        return str(clinic.case(session, number).status.state)


def decide(clinic: Clinic, key: str, act: str, number: int | None = None, **data: Any) -> TestResponse:
    """Decide as a browser does."""
    client, address = clinic.client(key), f"/applications/{number or clinic.application_id}"
    shown = hidden(client.get(address), "shown")
    return client.post(f"{address}/decide", data={"act": act, "shown": shown, "password": PASSWORD, **data})


def test_a_claim_keeps_others_from_deciding_and_is_given_back(clinic: Clinic) -> None:
    assert post(clinic, "director", "claim").status_code == 302
    assert state(clinic) == "IN_REVIEW"
    page = words_of(clinic.client("second").get(f"/applications/{clinic.application_id}"))
    assert "Claimed by Dora Director" in page
    assert "0 days ago" in page
    assert "Take over" not in page
    with clinic.act() as session, pytest.raises(Exception, match="Somebody else reviews"):
        clinic.decide(session, "recommend", "observer1")
    assert post(clinic, "second", "release").status_code == 409
    assert post(clinic, "director", "release").status_code == 302
    assert state(clinic) == "READY"
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")


def test_a_claim_is_made_once_and_by_one_person(clinic: Clinic) -> None:
    assert post(clinic, "director", "claim").status_code == 302
    assert post(clinic, "director", "claim").status_code == 409
    assert post(clinic, "second", "claim").status_code == 409
    assert clinic.count("application_event WHERE kind = 'claimed'") == 1


def test_what_somebody_claimed_is_taken_over_after_five_days_with_a_reason(clinic: Clinic) -> None:
    post(clinic, "director", "claim")
    clinic.clock.advance(days=4, hours=23)
    assert post(clinic, "second", "take-over", words=WHY).status_code == 409
    clinic.clock.advance(hours=1)
    assert "5 days ago" in words_of(clinic.client("second").get(f"/applications/{clinic.application_id}"))
    refused = post(clinic, "second", "take-over", words="ill")
    assert (refused.status_code, "10 characters or more" in words_of(refused)) == (422, True)
    assert post(clinic, "second", "take-over", words=WHY).status_code == 302
    with clinic.act() as session:
        found = clinic.case(session).status
        assert (found.state, found.claimed_by, found.claimed_at) == ("IN_REVIEW", clinic.ids["second"], clinic.clock.at)
    assert WHY in words_of(clinic.client("director").get(f"/applications/{clinic.application_id}"))
    assert post(clinic, "director", "release").status_code == 409


@pytest.mark.parametrize(("key", "status"), [("trainee", 403), ("admin", 403), ("southern", 404), ("ready", 403)])
def test_nobody_else_claims_or_takes_over(clinic: Clinic, key: str, status: int) -> None:
    assert post(clinic, key, "claim").status_code == status
    post(clinic, "director", "claim")
    clinic.clock.advance(days=6)
    assert post(clinic, key, "take-over", words=WHY).status_code == status


def test_two_who_claim_at_once_make_one_claim(clinic: Clinic) -> None:
    clients = [clinic.client(key) for key in ("director", "second")]
    answers = at_once(*(partial(c.post, f"/applications/{clinic.application_id}/claim") for c in clients))
    assert statuses(answers) == [302, 409]
    assert clinic.count("application_event WHERE kind = 'claimed'") == 1


def test_two_who_take_over_at_once_make_one_claim(clinic: Clinic) -> None:
    post(clinic, "director", "claim")
    clinic.clock.advance(days=6)
    clients = [clinic.client(key) for key in ("second", "external")]
    address = f"/applications/{clinic.application_id}/take-over"
    answers = at_once(*(partial(c.post, address, data={"words": WHY}) for c in clients))
    assert statuses(answers) == [302, 409]
    assert clinic.count("application_event WHERE kind = 'taken_over'") == 1


def test_a_recommendation_ends_the_claim_so_that_a_second_person_grants(clinic: Clinic) -> None:
    post(clinic, "observer1", "claim")
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    with clinic.act() as session:
        clinic.decide(session, "grant", "director")


def collecting(clinic: Clinic) -> tuple[int, list[str]]:
    """An application of the beginner for the neck, with the requirements that are not met."""
    data = {"site_id": str(clinic.sites["north"]), "regions": ["suboccipital"]}
    made = clinic.client("beginner").post("/clearances/neck/apply", data=data)
    assert made.status_code == 302, words_of(made)
    number = int(made.location.rsplit("/", 1)[1])
    with clinic.act() as session:
        return number, [o.requirement for o in clinic.case(session, number).gaps]


def test_a_return_says_what_is_missing_with_the_cheapest_next_step(clinic: Clinic) -> None:
    number, gaps = collecting(clinic)
    chosen = [g for g in gaps if g in ("general-safety", "licence")]
    answer = decide(clinic, "director", "return", number, reason="Begin with these two, please.", missing=chosen)
    assert answer.status_code == 302
    assert state(clinic, number) == "RETURNED"
    page = words_of(clinic.client("beginner").get(f"/applications/{number}"))
    assert "Returned: what is missing" in page
    assert page.count("STILL MISSING") == len(chosen) == 2
    assert "Add a document" in page
    assert "Go to the exam" in page
    assert '"missing":["general-safety","licence"]' in clinic.scalar("SELECT payload FROM signature ORDER BY id DESC LIMIT 1")


def test_only_what_is_missing_today_can_be_named_as_missing(clinic: Clinic) -> None:
    answer = decide(clinic, "director", "return", reason="Something is missing, I think.", missing=["licence"])
    assert (answer.status_code, "not met today" in words_of(answer)) == (422, True)
    assert state(clinic) == "READY"


def test_a_returned_application_is_sent_again_with_what_has_changed(clinic: Clinic) -> None:
    assert decide(clinic, "director", "return", reason="Tell me about the third procedure.").status_code == 302
    assert state(clinic) == "RETURNED"
    refused = post(clinic, "trainee", "send-again", words="now?")
    assert (refused.status_code, "now?" in words_of(refused)) == (422, True)
    clinic.clock.advance(minutes=1)
    said = "The third one was stopped because the patient felt faint."
    assert post(clinic, "trainee", "send-again", words=said).status_code == 302
    assert state(clinic) == "READY"
    assert said in words_of(clinic.client("director").get(f"/applications/{clinic.application_id}"))
    assert post(clinic, "trainee", "send-again", words=said).status_code == 409


def test_nobody_sends_somebody_elses_application_again(clinic: Clinic) -> None:
    decide(clinic, "director", "return", reason="Tell me about the third procedure.")
    assert post(clinic, "observer1", "send-again", words="Please look at it again.").status_code == 403
    assert post(clinic, "ready", "send-again", words="Please look at it again.").status_code == 404
