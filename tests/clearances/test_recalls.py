"""Evidence is called back by one, counts for nothing from then on, and takes with it what rests on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.clearances.queries import get_piece, signed_by, standings
from app.domain.errors import NotFound
from tests.clearances.builders import PASSWORD, Clinic, hidden, watch, words_of

REASON = "The observer was not in the room for several of these."


@pytest.fixture
def cleared(clinic: Clinic) -> Clinic:
    """The clinic with its trainee cleared in the thorax."""
    clinic.granted()
    return clinic


def record_of(clinic: Clinic, observer: str = "observer1", of: str = "trainee") -> int:
    """The first observation of the trainee that somebody signed."""
    query = f"SELECT min(id) FROM observation_record WHERE trainee_id = {clinic.ids[of]} AND observer_id = {clinic.ids[observer]}"
    return int(clinic.scalar(query))


def press(clinic: Clinic, address: str, key: str = "director", **changes: Any) -> TestResponse:
    """Read the page and post its form."""
    client = clinic.client(key)
    page = client.get(address)
    shown = hidden(page, "shown") if page.status_code == 200 and 'name="shown"' in page.get_data(as_text=True) else "0" * 64
    return client.post(address, data={"shown": shown, "reason": REASON, "password": PASSWORD, **changes})


def test_all_that_an_observer_signed_is_called_back_and_the_clearance_is_put_on_hold(cleared: Clinic) -> None:
    address = f"/people/{cleared.ids['observer1']}/recall"
    page = words_of(cleared.client("director").get(address))
    assert "Tara Trainee" in page
    assert "fall below the bar" in page or "falls below the bar" in page
    answer = press(cleared, address)
    assert answer.status_code == 302, words_of(answer)
    assert (cleared.standing().state, cleared.standing().word) == ("ON_HOLD", "NOT CLEARED")
    voided = cleared.count("evidence_void")
    assert voided >= 3
    assert cleared.count("audit_event WHERE act = 'evidence.voided'") == voided
    assert cleared.count("signature WHERE meaning LIKE 'I call back this evidence%'") == voided
    assert "There is nothing to call back" in words_of(cleared.client("director").get(address))


def test_one_observation_of_more_than_are_needed_holds_nothing(cleared: Clinic) -> None:
    with cleared.act() as session:
        for n, observer in enumerate(("observer1", "observer2") * 2):
            watch(
                session, trainee=cleared.person(session, "trainee"), site=cleared.site(session), region=cleared.regions[n // 2],
                observer=cleared.person(session, observer), code=f"MORE{n}", at=cleared.clock.at + timedelta(hours=n),
            )  # fmt: skip
    cleared.clock.advance(days=1)
    answer = press(cleared, f"/evidence/observation/{record_of(cleared)}/recall")
    assert answer.status_code == 302
    assert cleared.standing().word == "CLEARED"
    with cleared.act() as session:
        assert cleared.count("evidence_void") == 1
        assert signed_by(session, cleared.ids["observer1"], [cleared.sites["north"]])


def test_a_document_that_is_called_back_blocks_and_holds(cleared: Clinic) -> None:
    paper = cleared.scalar(f"SELECT id FROM document WHERE holder_id = {cleared.ids['trainee']} AND kind = 'licence'")
    assert press(cleared, f"/evidence/document/{paper}/recall").status_code == 302
    assert cleared.standing().state == "ON_HOLD"


def test_an_exam_that_is_called_back_holds_what_was_granted_on_it(cleared: Clinic) -> None:
    attempt = cleared.scalar(f"SELECT id FROM attempt WHERE person_id = {cleared.ids['trainee']} AND quiz_id = 'thorax'")
    assert press(cleared, f"/evidence/exam/{attempt}/recall").status_code == 302
    assert cleared.standing().state == "ON_HOLD"


def test_what_was_known_then_is_still_told(cleared: Clinic) -> None:
    before = cleared.clock.at
    cleared.clock.advance(days=1)
    press(cleared, f"/people/{cleared.ids['observer1']}/recall")
    with cleared.act() as session:
        person, site = cleared.person(session, "trainee"), cleared.site(session)
        then = standings(session, [person], site, at=before, now=cleared.clock.at, as_known_at=before)
        assert then[0].by_region[cleared.regions[0]].word == "CLEARED"
    assert cleared.command("clearances", "verify").exit_code == 0


def test_what_went_badly_is_not_wiped_out_by_calling_it_back(clinic: Clinic) -> None:
    with clinic.act() as session:
        bad = watch(
            session, trainee=clinic.person(session, "trainee"), site=clinic.site(session), region=clinic.regions[0],
            observer=clinic.person(session, "observer2"), code="BADONE", at=clinic.clock.at, rating=1,
        ).id  # fmt: skip
    clinic.clock.advance(hours=2)
    with clinic.act() as session:
        assert not clinic.case(session).ready
    assert press(clinic, f"/evidence/observation/{bad}/recall").status_code == 302
    with clinic.act() as session:
        assert not clinic.case(session).ready


@pytest.mark.parametrize(
    ("key", "status"), [("trainee", 403), ("admin", 403), ("auditor", 403), ("southern", 404), ("newcomer", 403), ("ready", 403)]
)
def test_nobody_else_calls_back(cleared: Clinic, key: str, status: int) -> None:
    assert press(cleared, f"/evidence/observation/{record_of(cleared)}/recall", key).status_code == status
    assert cleared.count("evidence_void") == 0


def test_nobody_calls_back_evidence_of_their_own(cleared: Clinic) -> None:
    own = record_of(cleared, of="senior")
    answer = press(cleared, f"/evidence/observation/{own}/recall", "senior")
    assert answer.status_code == 403
    assert cleared.count("evidence_void") == 0


@pytest.mark.parametrize(("changes", "status"), [({"reason": "short"}, 422), ({"shown": "0" * 64}, 409), ({"shown": ""}, 422)])
def test_bad_input_and_an_old_page_call_nothing_back(cleared: Clinic, changes: dict[str, str], status: int) -> None:
    assert press(cleared, f"/people/{cleared.ids['observer1']}/recall", **changes).status_code == status
    assert cleared.count("evidence_void") == 0
    assert cleared.standing().word == "CLEARED"


def test_evidence_is_called_back_once(cleared: Clinic) -> None:
    address = f"/evidence/observation/{record_of(cleared)}/recall"
    assert press(cleared, address).status_code == 302
    assert cleared.client("director").get(address).status_code == 404
    with cleared.act() as session, pytest.raises(NotFound):
        get_piece(session, "observation", record_of(cleared), cleared.clock.at)


@pytest.mark.parametrize(
    "address", ["/evidence/rumour/1/recall", "/evidence/observation/999999/recall", "/evidence/competency/999999/recall"]
)
def test_what_is_no_evidence_is_not_found(clinic: Clinic, address: str) -> None:
    assert clinic.client("director").get(address).status_code == 404


def test_a_page_that_was_shown_before_another_grant_is_refused(clinic: Clinic) -> None:
    client, address = clinic.client("director"), f"/people/{clinic.ids['observer1']}/recall"
    shown = hidden(client.get(address), "shown")
    clinic.granted()
    answer = client.post(address, data={"shown": shown, "reason": REASON, "password": PASSWORD})
    assert answer.status_code == 409
