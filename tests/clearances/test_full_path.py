"""From evidence to CLEARED, and out of it again at the exact instant."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from app.clearances.views import check
from app.domain.standing import Limits
from tests.clearances.builders import GROUP, LICENCE_ENDS, Clinic, hidden, words_of
from tests.clock import START


def apply_over_http(clinic: Clinic, key: str) -> int:
    """Apply for the thorax as somebody; the id of the application."""
    data = {"site_id": str(clinic.sites["north"]), "regions": list(clinic.regions)}
    answer = clinic.client(key).post(f"/clearances/{GROUP}/apply", data=data)
    assert answer.status_code == 302, words_of(answer)
    return int(answer.location.rsplit("/", 1)[1])


def decide_over_http(clinic: Clinic, key: str, act: str, application_id: int, **fields: str) -> object:
    """Open the page as a supervisor and press a button on it."""
    client = clinic.client(key)
    shown = hidden(client.get(f"/applications/{application_id}"), "shown")
    return client.post(f"/applications/{application_id}/decide", data={"act": act, "shown": shown, **fields})


@pytest.fixture
def cleared(clinic: Clinic) -> Clinic:
    """The waiting application, recommended with limits and granted."""
    clinic.granted(Limits(max_needle_mm=40, adults_only=True))
    return clinic


def test_a_trainee_with_all_evidence_is_cleared_by_two_people_over_the_pages(clinic: Clinic) -> None:
    opened = apply_over_http(clinic, "ready")
    assert clinic.standing("ready").word == "NOT CLEARED"
    first = decide_over_http(clinic, "observer1", "recommend", opened, max_needle_mm="40", adults_only="y")
    assert first.status_code == 302  # type: ignore[attr-defined]
    assert clinic.standing("ready").word == "NOT CLEARED"
    second = decide_over_http(clinic, "director", "grant", opened)
    clinic.settle()
    assert second.status_code == 302  # type: ignore[attr-defined]
    found = clinic.standing("ready")
    assert (found.word, found.limiting_cause, found.cleared_until) == ("CLEARED", "licence", LICENCE_ENDS)
    assert found.limits == ("needle at most 40 mm", "adults only")


def test_the_pages_of_the_practitioner_and_the_register_show_limits_until_and_cause(cleared: Clinic) -> None:
    mine = words_of(cleared.client("trainee").get("/clearances"))
    register = words_of(cleared.client("director").get("/register"))
    for page in (mine, register):
        assert "CLEARED" in page.upper()
        assert "40 mm" in page
        assert "adults only" in page.lower()
        assert "1 Jul 2027" in page or "30 Jun 2027" in page
        assert "icence" in page


def test_the_check_page_says_cleared_with_limits_and_until(cleared: Clinic) -> None:
    client = cleared.client("trainee")
    page = client.post("/clearances/code", data={"site_id": str(cleared.sites["north"])}).get_data(as_text=True)
    code = page.split("/check/", 1)[1][:16]
    shown = words_of(cleared.client().get(f"/check/{code}?region={cleared.regions[0]}"))
    assert "CLEARED" in shown
    assert "NOT CLEARED" not in shown
    assert "needle at most 40 mm, adults only" in shown
    assert "1 Jul 2027, 00:00" in shown


def test_the_command_prints_the_same_standing(cleared: Clinic) -> None:
    region = cleared.regions[0]
    rows = json.loads(cleared.command("clearances", "standing", "trainee@test.invalid", "--region", region, "--json").output)
    assert [r["level"] for r in rows] == ["independent", "may_observe"]
    assert rows[0] | {"at": "", "reasons": []} == {
        "site": cleared.sites["north"],
        "region": cleared.regions[0],
        "level": "independent",
        "at": "",
        "state": "CLEARED",
        "word": "CLEARED",
        "limits": ["needle at most 40 mm", "adults only"],
        "cleared_until": LICENCE_ENDS.isoformat(),
        "limiting_cause": "licence",
        "reasons": [],
    }
    assert rows[1]["word"] == "NOT CLEARED"


@pytest.mark.parametrize(
    ("when", "word"),
    [
        ("2027-06-30", "CLEARED"),
        ("2027-07-01", "NOT CLEARED"),
        ("2027-06-30T23:59:59+01:00", "CLEARED"),
        ("2027-07-01T00:00:00+01:00", "NOT CLEARED"),
        ("2026-11-23", "NOT CLEARED"),
    ],
)
def test_the_command_reads_a_day_as_its_first_instant_in_the_sites_zone(cleared: Clinic, when: str, word: str) -> None:
    person, region = str(cleared.ids["trainee"]), cleared.regions[0]
    answer = cleared.command("clearances", "standing", person, "--region", region, "--at", when, "--json")
    assert json.loads(answer.output)[0]["word"] == word


@pytest.mark.parametrize("arguments", [["nobody@nowhere.invalid"], ["999999"], ["trainee@test.invalid", "--at", "soon"]])
def test_the_command_says_what_is_wrong_and_exits_1(cleared: Clinic, arguments: list[str]) -> None:
    result = cleared.command("clearances", "standing", *arguments)
    assert result.exit_code == 1
    assert result.output.strip()
    assert "Traceback" not in result.output


def test_a_licence_ends_a_clearance_at_the_first_instant_of_the_next_day_without_any_job(cleared: Clinic) -> None:
    cleared.clock.at = LICENCE_ENDS - timedelta(microseconds=1)
    assert cleared.standing().word == "CLEARED"
    cleared.clock.at = LICENCE_ENDS
    found = cleared.standing()
    assert (found.state, found.word, found.limiting_cause) == ("BLOCKED", "NOT CLEARED", "licence")


def test_the_register_a_day_before_the_grant_shows_nobody_cleared(cleared: Clinic) -> None:
    client = cleared.client("director")
    before = client.get("/register.csv?as_of=2026-11-23").get_data(as_text=True)
    after = client.get("/register.csv?as_of=2026-11-25").get_data(as_text=True)
    assert ",CLEARED," not in before
    assert after.count(",CLEARED,") == 2


def test_an_instant_with_its_offset_is_accepted_even_where_a_browser_turned_plus_into_a_space(cleared: Clinic) -> None:
    client, after = cleared.client("director"), START + timedelta(minutes=1)
    for text in (after.isoformat(), after.isoformat().replace("+", " ")):
        answer = client.get("/register.csv", query_string={"as_of": text})
        assert answer.get_data(as_text=True).count(",CLEARED,") == 2


@pytest.mark.parametrize(
    "wrong", ["yesterday", "2027-02-30", "2027-03-03T10:00:00", "0", "2027-13-01", "x" * 5000, "2027-03-03T25:00:00+00:00"]
)
@pytest.mark.parametrize("path", ["/register", "/register.csv"])
def test_a_bad_as_of_is_refused_with_words(cleared: Clinic, path: str, wrong: str) -> None:
    answer = cleared.client("director").get(path, query_string={"as_of": wrong})
    assert answer.status_code == 422
    assert "2027-03-03" in words_of(answer)


@pytest.mark.parametrize("extreme", ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_an_as_of_at_the_ends_of_the_calendar_is_no_fault(cleared: Clinic, extreme: str) -> None:
    answer = cleared.client("director").get("/register", query_string={"as_of": extreme})
    assert answer.status_code in (200, 422)


def test_a_site_that_is_not_ones_own_is_not_found_in_the_register(cleared: Clinic) -> None:
    assert cleared.client("southern").get(f"/register?site={cleared.sites['north']}").status_code == 404
    assert cleared.client("director").get("/register?site=99999").status_code == 404


@pytest.mark.parametrize("gone", ["deactivated", "left"])
def test_whoever_has_gone_reads_as_cleared_nowhere(cleared: Clinic, gone: str) -> None:
    """The register, its file and the command say what the check says."""
    admin, person = cleared.client("admin"), cleared.ids["trainee"]
    number = cleared.scalar(f"SELECT id FROM membership WHERE person_id = {person}")
    address = f"/admin/people/{person}/deactivate" if gone == "deactivated" else f"/admin/roles/{number}/end"
    assert admin.post(address).status_code == 302
    assert cleared.standing().word == "NOT CLEARED"
    rows = json.loads(
        cleared.command("clearances", "standing", str(person), "--site", str(cleared.sites["north"]), "--json").output
    )
    assert {r["word"] for r in rows} == {"NOT CLEARED"}
    file = cleared.client("director").get("/register.csv").get_data(as_text=True)
    assert [line for line in file.splitlines() if "Tara Trainee" in line and ",CLEARED," in line] == []


def test_a_check_that_cannot_be_answered_confirms_nobody(cleared: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    page = cleared.client("trainee").post("/clearances/code", data={"site_id": str(cleared.sites["north"])}).text
    code = page.split("/check/", 1)[1][:16]

    def broken(*_args: object, **_more: object) -> None:
        raise OverflowError("date value out of range")

    monkeypatch.setattr(check, "standings", broken)
    answer = cleared.client().get(f"/check/{code}")
    assert answer.status_code == 503
    assert "CANNOT CONFIRM" in words_of(answer)
