"""Notice of a decision against somebody, their answers, and an appeal that somebody uninvolved decides."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.domain.adverse import APPEAL_DAYS
from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.clearances.test_stops import REASON, decide, end, stop
from tests.races import at_once, statuses

GROUNDS = "The two reports were about another person; I was on leave on both days."
FINDING = "The rota shows that the holder was not in the house on either day."


@pytest.fixture
def suspended(clinic: Clinic) -> tuple[Clinic, int]:
    """The trainee cleared by observer1 and the director, then suspended by observer1."""
    clinic.granted()
    return clinic, stop(clinic)


def appeal(clinic: Clinic, decision_id: int, key: str = "trainee", **changes: Any) -> TestResponse:
    """Appeal as a browser does."""
    return clinic.client(key).post(f"/decisions/{decision_id}/appeal", data={"grounds": GROUNDS, **changes})


def hear(clinic: Clinic, decision_id: int, key: str = "second", outcome: str = "set_aside", **changes: Any) -> TestResponse:
    """Decide an appeal as a browser does."""
    client, address = clinic.client(key), f"/decisions/{decision_id}/appeal"
    page = client.get(address)
    shown = hidden(page, "shown") if 'name="shown"' in page.get_data(as_text=True) else "0" * 64
    data = {"outcome": outcome, "reason": FINDING, "password": PASSWORD, "shown": shown, **changes}
    return client.post(f"{address}/decide", data=data)


def denied(clinic: Clinic, by: str = "director") -> int:
    """The waiting application denied; the decision's id."""
    with clinic.act() as session:
        return int(clinic.decide(session, "deny", by, reason="The practice seen was not safe enough.").id)


def test_a_notice_stands_on_the_first_page_until_its_holder_takes_note(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    trainee = clinic.client("trainee")
    for address in ("/home", "/clearances"):
        page = words_of(trainee.get(address))
        assert REASON in page
        assert "Read it, answer or appeal" in page
    assert trainee.post(f"/decisions/{decision}/seen").status_code == 302
    assert trainee.post(f"/decisions/{decision}/seen").status_code == 302
    assert clinic.count("decision_seen") == clinic.count("audit_event WHERE act = 'decision.seen'") == 1
    for address in ("/home", "/clearances"):
        assert "Read it, answer or appeal" not in words_of(trainee.get(address))
    assert "took note of it" in words_of(clinic.client("director").get(f"/decisions/{decision}/notice"))


def test_the_notice_names_who_what_why_and_until_when_it_can_be_appealed(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    page = words_of(clinic.client("trainee").get(f"/decisions/{decision}/notice"))
    for words in ("Olga Observer", REASON, "It can be appealed through 24 Dec 2026", "It stays in force meanwhile"):
        assert words in page


@pytest.mark.parametrize("key", ["ready", "southern", "nobody"])
def test_somebody_elses_notice_and_appeal_do_not_exist(suspended: tuple[Clinic, int], key: str) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    client = clinic.client(key)
    assert client.get(f"/decisions/{decision}/notice").status_code == 404
    assert client.get(f"/decisions/{decision}/appeal").status_code == 404
    for part in ("seen", "answer", "appeal"):
        assert client.post(f"/decisions/{decision}/{part}", data={"words": GROUNDS, "grounds": GROUNDS}).status_code == 404


def test_a_supervisor_reads_the_notice_and_cannot_answer_for_the_holder(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    director = clinic.client("director")
    assert director.get(f"/decisions/{decision}/notice").status_code == 200
    for part in ("seen", "answer", "appeal"):
        answer = director.post(f"/decisions/{decision}/{part}", data={"words": GROUNDS, "grounds": GROUNDS})
        assert answer.status_code == 404
    assert clinic.count("appeal") == clinic.count("decision_answer") == 0


def test_a_grant_has_no_notice(clinic: Clinic) -> None:
    clinic.granted()
    grant = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    assert clinic.client("trainee").get(f"/decisions/{grant}/notice").status_code == 404
    assert clinic.client("trainee").post(f"/decisions/{grant}/appeal", data={"grounds": GROUNDS}).status_code == 404


def test_an_answer_is_read_by_those_who_decide(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    trainee = clinic.client("trainee")
    assert trainee.post(f"/decisions/{decision}/answer", data={"words": "short"}).status_code == 422
    assert trainee.post(f"/decisions/{decision}/answer", data={"words": GROUNDS}).status_code == 302
    for address in (f"/stops/{decision}", f"/decisions/{decision}/notice", f"/decisions/{decision}/appeal"):
        assert GROUNDS in words_of(clinic.client("director").get(address))
    assert GROUNDS not in str(clinic.scalar("SELECT payload FROM audit_event ORDER BY id DESC LIMIT 1"))


@pytest.mark.parametrize("part", ["answer", "appeal"])
@pytest.mark.parametrize("said", ["", "   ", "short", "x" * 2001, "x" * 600_000, "before\x00after and more"])
def test_words_that_do_not_do_are_refused_and_nothing_is_kept(suspended: tuple[Clinic, int], part: str, said: str) -> None:
    clinic, decision = suspended
    trainee, events = clinic.client("trainee"), clinic.count("audit_event")
    for data in ({"words": said, "grounds": said}, {}):
        answer = trainee.post(f"/decisions/{decision}/{part}", data=data)
        assert answer.status_code in (413, 422)
        assert len(words_of(answer)) > 80
    assert clinic.count("decision_answer") == clinic.count("appeal") == 0
    assert clinic.count("audit_event") == events


def test_markup_in_an_answer_stays_words(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    clinic.client("trainee").post(f"/decisions/{decision}/answer", data={"words": "<script>alert(1)</script> and more"})
    assert "<script>alert" not in clinic.client("director").get(f"/stops/{decision}").get_data(as_text=True)


def test_an_answer_after_the_appeal_is_decided_is_refused(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    assert hear(clinic, decision).status_code == 302
    answer = clinic.client("trainee").post(f"/decisions/{decision}/answer", data={"words": GROUNDS})
    assert (answer.status_code, clinic.count("decision_answer")) == (409, 0)


def test_an_appeal_within_the_window_is_heard_by_somebody_uninvolved(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    assert appeal(clinic, decision).status_code == 302
    assert "appeals against a suspension" in words_of(clinic.client("second").get(f"/decisions/{decision}/appeal"))
    assert hear(clinic, decision, outcome="uphold").status_code == 302
    assert clinic.scalar("SELECT outcome FROM appeal_outcome") == "uphold"
    page = words_of(clinic.client("trainee").get(f"/decisions/{decision}/appeal"))
    assert FINDING in page
    assert "Suspension upheld" in page
    meaning = clinic.scalar("SELECT meaning FROM signature ORDER BY id DESC LIMIT 1")
    assert meaning.startswith("I heard the appeal of Tara Trainee and had no part in it. I uphold the suspension of ")
    assert clinic.count("audit_event WHERE act = 'appeal.decided'") == 1


@pytest.mark.parametrize(
    ("key", "status", "words"),
    [
        ("observer1", 403, "You decided about this person"),  # suspended, recommended and observed
        ("director", 403, "You decided about this person"),  # granted
        ("observer2", 403, "or observed"),  # a counted observer, and nothing else
        ("trainee", 403, ""),
        ("admin", 403, ""),
        ("southern", 404, ""),
    ],
)
def test_whoever_had_a_part_in_it_hears_no_appeal(suspended: tuple[Clinic, int], key: str, status: int, words: str) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    answer = hear(clinic, decision, key)
    assert answer.status_code == status
    assert words in words_of(answer)
    assert clinic.count("appeal_outcome") == 0


def test_who_takes_part_after_the_page_was_shown_hears_it_no_more(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    client = clinic.client("second")
    shown = hidden(client.get(f"/decisions/{decision}/appeal"), "shown")
    end(clinic, decision, "propose", "second")
    data = {"outcome": "uphold", "reason": FINDING, "password": PASSWORD, "shown": shown}
    assert client.post(f"/decisions/{decision}/appeal/decide", data=data).status_code == 403
    assert clinic.count("appeal_outcome") == 0


def test_what_the_holder_said_after_the_page_was_shown_is_read_before_it_is_decided(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    client = clinic.client("second")
    shown = hidden(client.get(f"/decisions/{decision}/appeal"), "shown")
    clinic.client("trainee").post(f"/decisions/{decision}/answer", data={"words": GROUNDS})
    data = {"outcome": "uphold", "reason": FINDING, "password": PASSWORD, "shown": shown}
    answer = client.post(f"/decisions/{decision}/appeal/decide", data=data)
    assert (answer.status_code, "said more" in words_of(answer)) == (409, True)
    assert hear(clinic, decision).status_code == 302


def test_a_suspension_that_was_set_aside_still_takes_two_to_end(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    assert hear(clinic, decision).status_code == 302
    clinic.settle()
    assert clinic.standing().state == "SUSPENDED"
    assert "An appeal set this aside" in words_of(clinic.client("director").get(f"/stops/{decision}"))
    end(clinic, decision, "propose", "second")
    assert clinic.standing().state == "SUSPENDED"
    end(clinic, decision, "lift", "director")
    clinic.settle()
    assert clinic.standing().state == "PROVISIONAL"


def test_a_denial_that_was_set_aside_opens_the_application_for_review(clinic: Clinic) -> None:
    decision = denied(clinic)
    appeal(clinic, decision)
    with clinic.act() as session:
        assert clinic.case(session).status.state == "DENIED"
    clinic.clock.advance(minutes=1)
    assert hear(clinic, decision).status_code == 302
    with clinic.act() as session:
        assert clinic.case(session).status.state == "READY"
    clinic.granted()
    assert clinic.standing().word == "CLEARED"
    assert clinic.command("clearances", "verify").exit_code == 0


def test_a_denial_that_was_upheld_stays(clinic: Clinic) -> None:
    decision = denied(clinic)
    appeal(clinic, decision)
    assert hear(clinic, decision, outcome="uphold").status_code == 302
    with clinic.act() as session:
        assert clinic.case(session).status.state == "DENIED"


def test_a_recommendation_from_before_a_denial_serves_no_grant_after_it(clinic: Clinic) -> None:
    decide(clinic, "recommend", "observer1")
    clinic.clock.advance(minutes=1)
    decision = denied(clinic)
    appeal(clinic, decision)
    clinic.clock.advance(minutes=1)
    assert hear(clinic, decision).status_code == 302
    with clinic.act() as session:
        found = clinic.case(session).status
        assert (found.state, found.recommendation) == ("READY", None)


def test_an_appeal_after_the_window_is_refused(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    clinic.clock.advance(days=APPEAL_DAYS - 1)
    assert "can be appealed through" in words_of(clinic.client("trainee").get(f"/decisions/{decision}/notice"))
    clinic.clock.advance(days=2)
    answer = appeal(clinic, decision)
    assert (answer.status_code, "The time to appeal has passed" in words_of(answer)) == (409, True)
    assert clinic.count("appeal") == 0
    page = clinic.client("trainee").get(f"/decisions/{decision}/notice")
    assert "The time to appeal has passed" in words_of(page)


def test_the_window_lasts_through_the_thirtieth_day_in_the_time_zone_of_the_site(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    made = clinic.clock.at
    clinic.clock.advance(seconds=(timedelta(days=APPEAL_DAYS)).total_seconds())
    assert clinic.clock.at.date() == (made + timedelta(days=APPEAL_DAYS)).date()
    assert appeal(clinic, decision).status_code == 302


def test_a_decision_is_appealed_once(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    assert appeal(clinic, decision).status_code == 302
    assert appeal(clinic, decision).status_code == 409


def test_two_windows_that_appeal_at_once_open_one_appeal(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    windows = [clinic.client("trainee") for _ in range(2)]
    answers = at_once(*(partial(w.post, f"/decisions/{decision}/appeal", data={"grounds": GROUNDS}) for w in windows))
    assert statuses(answers) == [302, 409]
    assert clinic.count("appeal") == clinic.count("audit_event WHERE act = 'decision.appealed'") == 1


def test_two_who_hear_at_once_decide_once(suspended: tuple[Clinic, int]) -> None:
    clinic, decision = suspended
    appeal(clinic, decision)
    clients = [clinic.client(key) for key in ("second", "external")]
    shown = hidden(clients[0].get(f"/decisions/{decision}/appeal"), "shown")
    common, address = {"reason": FINDING, "password": PASSWORD, "shown": shown}, f"/decisions/{decision}/appeal/decide"
    acts = [partial(c.post, address, data={**common, "outcome": o}) for c, o in zip(clients, ("uphold", "set_aside"), strict=True)]
    answers = at_once(*acts)
    assert statuses(answers) == [302, 409]
    assert clinic.count("appeal_outcome") == 1
