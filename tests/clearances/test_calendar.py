"""A private link shows a calendar program the days on which clearances end, and nothing else."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from app.accounts.models import AccessLink
from app.accounts.queries import token_sha256
from app.domain.endings import Ending, endings
from app.domain.standing import Standing
from tests.clearances.builders import LICENCE_UNTIL, Clinic, words_of
from tests.clearances.test_check import make_code
from tests.clock import START


def make_link(clinic: Clinic, key: str = "trainee") -> str:
    """A new link over the page; its path."""
    page = clinic.client(key).post("/clearances/calendar")
    assert page.status_code == 200
    found = re.search(r"/calendar/[\w-]+\.ics", page.get_data(as_text=True))
    assert found is not None
    return found.group()


def read(clinic: Clinic, path: str) -> Any:
    """What a calendar program reads there, without signing in."""
    answer = clinic.client().get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/calendar")
    assert answer.headers["Cache-Control"] == "no-store"
    return Calendar.from_ical(answer.get_data())


def events(calendar: Any) -> list[Any]:
    return list(calendar.walk("VEVENT"))


def test_each_end_is_a_whole_day_with_reminders_60_and_30_days_before(clinic: Clinic) -> None:
    clinic.granted()
    calendar = read(clinic, make_link(clinic))
    (event,) = events(calendar)
    assert event["SUMMARY"] == "Clearance ends: thorax and shoulder crest (independent)"
    assert event["DTSTART"].dt == LICENCE_UNTIL  # the last day, in the zone of the site, where it ends with midnight
    assert event["DTEND"].dt == LICENCE_UNTIL + timedelta(days=1)
    assert type(event["DTSTART"].dt) is date
    assert event["DTSTAMP"].dt == clinic.clock.at
    assert [a["TRIGGER"].dt for a in event.walk("VALARM")] == [timedelta(days=-60), timedelta(days=-30)]
    assert {a["ACTION"] for a in event.walk("VALARM")} == {"DISPLAY"}


def test_nothing_but_the_words_and_the_day_is_said(clinic: Clinic) -> None:
    clinic.granted()
    path = make_link(clinic)
    text = clinic.client().get(path).get_data(as_text=True)
    names = {line.split(":")[0].split(";")[0] for line in text.splitlines()}
    assert names == {
        "BEGIN", "END", "VERSION", "PRODID", "X-WR-CALNAME", "REFRESH-INTERVAL", "UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY",
        "TRANSP", "ACTION", "DESCRIPTION", "TRIGGER",
    }  # fmt: skip
    for private in ("Tara", "Trainee", "licence", "Licence", "North", "test.invalid"):
        assert private not in text


def test_an_end_keeps_its_uid_when_time_passes(clinic: Clinic) -> None:
    clinic.granted()
    path = make_link(clinic)
    before = [e["UID"] for e in events(read(clinic, path))]
    clinic.clock.advance(days=3)
    assert [e["UID"] for e in events(read(clinic, path))] == before


def test_somebody_who_holds_nothing_has_an_empty_calendar(clinic: Clinic) -> None:
    assert events(read(clinic, make_link(clinic, "beginner"))) == []


def test_two_days_of_one_grant_are_two_entries_whose_uids_do_not_change_with_the_days() -> None:
    def found(first: datetime) -> list[Ending]:
        cleared = [Standing(r, "may_observe", "CLEARED", "CLEARED", cleared_until=at, grant_id=7)
                   for r, at in (("a", first), ("b", START + timedelta(days=90)))]  # fmt: skip
        return endings(cleared, {"a": "g", "b": "g"}, {"g": "Group"}, level="may_observe", time_zone="Europe/Dublin")

    one, other = found(START + timedelta(days=30)), found(START + timedelta(days=40))
    assert [e.uid for e in one] == [e.uid for e in other]
    assert [e.day for e in one] == [date(2026, 12, 24), date(2027, 2, 22)]
    assert {e.words for e in one} == {"Clearance ends: group (observing)"}


def test_a_new_link_kills_the_old_one_and_an_ended_one_answers_no_more(clinic: Clinic) -> None:
    old = make_link(clinic)
    new = make_link(clinic)
    assert clinic.client().get(old).status_code == 404
    assert clinic.client().get(new).status_code == 200
    assert clinic.client("trainee").post("/clearances/calendar/end").status_code == 302
    assert clinic.client().get(new).status_code == 404
    acts = clinic.scalar("SELECT count(*) FROM audit_event WHERE act IN ('calendar_link.made', 'calendar_link.ended')")
    assert acts == 3


def test_only_the_digest_of_a_link_is_kept_and_it_is_shown_once(clinic: Clinic) -> None:
    token = make_link(clinic).removeprefix("/calendar/").removesuffix(".ics")
    assert clinic.count(f"calendar_link WHERE token_sha256 = '{token}'") == 0
    page = clinic.client("trainee").get("/clearances/calendar").get_data(as_text=True)
    assert token not in page


def test_tokens_of_another_purpose_open_no_calendar(clinic: Clinic) -> None:
    code, token = make_code(clinic), make_link(clinic).removeprefix("/calendar/").removesuffix(".ics")
    with clinic.act() as session:
        session.add(
            AccessLink(
                person_id=clinic.ids["trainee"], purpose="invite", token_sha256=token_sha256("an-invitation-of-the-trainee"),
                issued_at=clinic.clock.at, expires_at=clinic.clock.at + timedelta(days=1),
            )
        )  # fmt: skip
    for other in (code, "an-invitation-of-the-trainee"):
        assert clinic.client().get(f"/calendar/{other}.ics").status_code == 404
    assert clinic.client().get(f"/check/{token}").status_code == 404
    assert clinic.client().get(f"/invite/{token}").status_code == 404


@pytest.mark.parametrize("name", ["../register.ics", "%2e%2e%2fregister.ics", ".ics", "x%00.ics"])
def test_a_strange_address_is_not_found(clinic_of_module: Clinic, name: str) -> None:
    assert clinic_of_module.client().get(f"/calendar/{name}").status_code in (302, 404)


def test_after_forty_unknown_links_from_one_address_even_a_known_one_waits(clinic: Clinic) -> None:
    path = make_link(clinic)
    for n in range(40):
        assert clinic.client().get(f"/calendar/wrong-{n}.ics").status_code == 404
    answer = clinic.client().get(path)
    assert (answer.status_code, "15 minutes" in words_of(answer)) == (429, True)
    clinic.clock.advance(minutes=15)
    assert clinic.client().get(path).status_code == 200


def test_the_calendar_of_a_closed_account_is_not_found(clinic: Clinic) -> None:
    path = make_link(clinic)
    assert clinic.client("admin").post(f"/admin/people/{clinic.ids['trainee']}/deactivate").status_code == 302
    assert clinic.client().get(path).status_code == 404


def test_the_printed_card_has_name_site_and_picture_and_no_word_that_could_go_stale(clinic: Clinic) -> None:
    clinic.granted()
    page = clinic.client("trainee").post("/clearances/code", data={"site_id": str(clinic.sites["north"])}).get_data(as_text=True)
    card = page.split('<div class="id-card">', 1)[1].split("</section>", 1)[0]
    assert "Tara Trainee" in card
    assert "<svg" in card
    assert "proves nothing by itself" in card
    assert "cleared" not in card.lower()
    assert "id-card" not in clinic.client("trainee").get("/clearances/code").get_data(as_text=True)
