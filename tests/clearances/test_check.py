"""The treatment room's page: one word for each region, no cause, and CANNOT CONFIRM in doubt."""

from __future__ import annotations

import re

import pytest

from app.accounts.models import Installation
from app.domain.standing import Limits
from tests.clearances.builders import LICENCE_ENDS, Clinic, words_of


def make_code(clinic: Clinic, key: str = "trainee") -> str:
    """A new check code over the page."""
    page = clinic.client(key).post("/clearances/code", data={"site_id": str(clinic.sites["north"])})
    assert page.status_code == 200
    found = re.search(r"/check/([A-Z0-9]{16})", page.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def ask(clinic: Clinic, code: str, query: str = "") -> tuple[int, str]:
    """Status and words of the page, without signing in."""
    answer = clinic.client().get(f"/check/{code}{query}")
    return answer.status_code, words_of(answer)


def test_an_unknown_code_cannot_be_confirmed(clinic: Clinic) -> None:
    status, words = ask(clinic, "NOSUCHCODE234567")
    assert (status, "CANNOT CONFIRM" in words) == (404, True)


def test_somebody_without_any_grant_reads_as_not_cleared_everywhere(clinic: Clinic) -> None:
    status, words = ask(clinic, make_code(clinic))
    assert status == 200
    assert "NOT CLEARED" in words
    assert "CLEARED" not in words.replace("NOT CLEARED", "").replace("Only CLEARED means", "")


def test_after_forty_unknown_codes_from_one_address_even_a_known_one_waits(clinic: Clinic) -> None:
    code = make_code(clinic)
    for n in range(40):
        assert ask(clinic, f"WRONG{n}")[0] == 404
    status, words = ask(clinic, code)
    assert (status, "15 minutes" in words) == (429, True)
    clinic.clock.advance(minutes=15)
    assert ask(clinic, code)[0] == 200


def test_a_code_that_was_replaced_stops_at_once(clinic: Clinic) -> None:
    old = make_code(clinic)
    new = make_code(clinic)
    assert ask(clinic, old)[0] == 404
    assert ask(clinic, new)[0] == 200
    assert clinic.count("check_code WHERE ended_at IS NULL") == 1


def test_a_code_is_read_in_either_case_and_only_its_digest_is_stored(clinic: Clinic) -> None:
    code = make_code(clinic)
    assert ask(clinic, code.lower())[0] == 200
    assert clinic.count(f"check_code WHERE code_sha256 = '{code}'") == 0


def test_the_code_typed_as_it_is_shown_in_groups_of_four_is_known(clinic: Clinic) -> None:
    code = make_code(clinic)
    grouped = " ".join(code[n : n + 4] for n in range(0, 16, 4))
    assert ask(clinic, grouped)[0] == 200


@pytest.mark.parametrize("why", ["licence", "none"])
def test_no_cause_is_shown(clinic: Clinic, why: str) -> None:
    code = make_code(clinic)
    if why != "none":
        clinic.granted(Limits(max_needle_mm=40))
    if why == "licence":
        clinic.clock.at = LICENCE_ENDS
    status, words = ask(clinic, code)
    assert status == 200
    for cause in ("icence", "ndemnity", "xpired", "locked", "uspended", "revoked", "olicy", "exam", "granted"):
        assert cause not in words.replace("Not a licence, certification", "").replace("policy", "")


def test_cleared_carries_limits_and_until_and_its_region_alone_can_be_asked(clinic: Clinic) -> None:
    code = make_code(clinic)
    clinic.granted(Limits(max_needle_mm=40))
    status, words = ask(clinic, code, f"?region={clinic.regions[0]}")
    assert status == 200
    assert "NOT CLEARED" not in words
    assert "Limits: needle at most 40 mm. Until 1 Jul 2027, 00:00." in words
    assert "NOT CLEARED" in ask(clinic, code, "?region=calf")[1]
    assert ask(clinic, code, "?region=left-elbow")[0] == 404
    assert "CANNOT CONFIRM" in ask(clinic, code, "?region=left-elbow")[1]


def test_the_page_is_neither_stored_nor_indexed(clinic: Clinic) -> None:
    for code in (make_code(clinic), "NOSUCHCODE234567"):
        answer = clinic.client().get(f"/check/{code}")
        assert answer.headers["Cache-Control"] == "no-store"
        assert 'name="robots" content="noindex"' in answer.get_data(as_text=True)


def test_somebody_deactivated_is_not_cleared_at_once(clinic: Clinic) -> None:
    code = make_code(clinic)
    clinic.granted()
    assert clinic.client("admin").post(f"/admin/people/{clinic.ids['trainee']}/deactivate").status_code == 302
    status, words = ask(clinic, code, f"?region={clinic.regions[0]}")
    assert (status, "NOT CLEARED" in words) == (200, True)


def test_somebody_who_left_the_site_is_not_cleared_there(clinic: Clinic) -> None:
    code = make_code(clinic)
    clinic.granted()
    number = clinic.scalar(f"SELECT id FROM membership WHERE person_id = {clinic.ids['trainee']}")
    assert clinic.client("admin").post(f"/admin/roles/{number}/end").status_code == 302
    assert "NOT CLEARED" in ask(clinic, code, f"?region={clinic.regions[0]}")[1]


def test_a_restored_installation_confirms_nothing(clinic: Clinic) -> None:
    code = make_code(clinic)
    clinic.granted()
    with clinic.act() as session:
        session.get(Installation, 1).mode = "restored"
    status, words = ask(clinic, code, f"?region={clinic.regions[0]}")
    assert (status, "CANNOT CONFIRM" in words) == (200, True)
    assert " CLEARED" not in words.replace("NOT CLEARED", "")
    assert clinic.standing().word == "CANNOT CONFIRM"
    assert ",CLEARED," not in clinic.client("director").get("/register.csv").get_data(as_text=True)


def test_a_code_for_a_site_that_is_not_ones_own_is_not_made(clinic: Clinic) -> None:
    answer = clinic.client("trainee").post("/clearances/code", data={"site_id": str(clinic.sites["south"])})
    assert answer.status_code == 422
    assert clinic.count("check_code") == 0
