"""A database that came back from a backup: nothing is confirmed on any page, nothing is given, and a stop still stops."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Insert, insert, text
from sqlalchemy.exc import DBAPIError

from app.accounts.queries import who
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import nominate_observer
from app.clearances.queries import standings
from app.database import db
from app.decisions.models import Decision
from app.domain.errors import Conflict
from app.records.models import DocumentVerification
from app.supervision.models import CompetencyApproval, Observation
from tests.clearances.builders import GROUP, PASSWORD, Clinic, hidden, words_of
from tests.clearances.test_check import ask, make_code
from tests.clearances.test_database_refuses import grant_row, signature_of
from tests.clearances.test_stops import end, press_stop, stop
from tests.records.test_documents import entered, verify
from tests.supervision.test_competencies import approve
from tests.supervision.test_observations import fields, opened, sign

BANNER = "Restored from a backup, not confirmed yet."
REFUSED = "restored from a backup"


def restore(clinic: Clinic, mode: str = "restored") -> None:
    """The installation is as after a restore."""
    with clinic.act() as session:
        session.execute(text("UPDATE installation SET mode = :mode"), {"mode": mode})


@pytest.fixture
def restored(clinic: Clinic) -> Clinic:
    """The clinic with its trainee cleared, an observation open, and then restored."""
    clinic.granted()
    opened(clinic)
    restore(clinic)
    return clinic


def test_no_page_reads_as_cleared_and_each_says_why(restored: Clinic) -> None:
    trainee = restored.ids["trainee"]
    pages = {
        "director": ("/register", f"/sites/{restored.sites['north']}/today", f"/people/{trainee}", "/home", "/queue", "/observers"),
        "trainee": ("/clearances", "/home", "/practice", "/observations", "/documents", "/account"),
        "auditor": ("/register", "/audit", f"/sites/{restored.sites['north']}/today?region={restored.regions[0]}"),
        "admin": ("/admin", "/register", "/admin/people"),
    }
    for key, addresses in pages.items():
        client = restored.client(key)
        for address in addresses:
            words = words_of(client.get(address))
            assert BANNER in words, address
            said = words.replace("NOT CLEARED", "").replace("treat nobody as cleared", "").replace("Only CLEARED means", "")
            assert " CLEARED" not in said, address
            assert "may needle alone" not in said.lower() or "only cleared means" in words.lower(), address


@pytest.mark.parametrize(
    ("key", "address", "words"),
    [
        ("director", "/register", "Every standing reads CANNOT CONFIRM, for every instant"),
        ("director", "/register?as_of=2026-11-24", "Every standing reads CANNOT CONFIRM, for every instant"),
        ("director", "/sites/{site}/today", "Cannot confirm who may needle at"),
        ("director", "/sites/{site}/today", "CANNOT CONFIRM for anybody:"),
        ("trainee", "/clearances", "No clearance of yours can be confirmed now"),
        ("trainee", "/clearances", "CANNOT CONFIRM"),
        ("trainee", "/home", "This installation was restored from a backup and is not confirmed yet."),
        ("director", "/people/{trainee}", "CANNOT CONFIRM"),
    ],
)
def test_each_view_says_that_it_cannot_confirm(restored: Clinic, key: str, address: str, words: str) -> None:
    filled = address.format(site=restored.sites["north"], trainee=restored.ids["trainee"])
    assert words in words_of(restored.client(key).get(filled))


def test_nobody_is_said_to_observe_or_not_to_observe(restored: Clinic) -> None:
    page = restored.client("director").get(f"/people/{restored.ids['observer1']}").get_data(as_text=True)
    table = page.split('aria-labelledby="st"')[1].split("</section>")[0]
    assert "Cannot confirm" in table
    assert ">Yes<" not in table.replace(" ", "").replace("\n", "")


def test_the_body_map_shows_every_region_as_not_confirmed(restored: Clinic) -> None:
    page = restored.client("trainee").get("/clearances").get_data(as_text=True)
    assert set(re.findall(r'<a class="region \S+ (is-[a-z-]+)"', page)) == {"is-unknown"}


def test_the_door_cannot_confirm_and_says_that_the_records_came_from_a_backup(clinic: Clinic) -> None:
    code = make_code(clinic)
    clinic.granted()
    restore(clinic)
    for query in ("", f"?region={clinic.regions[0]}"):
        status, words = ask(clinic, code, query)
        assert status == 200
        assert "CANNOT CONFIRM" in words
        assert "restored from a backup and are not confirmed yet" in words
    restore(clinic, "normal")
    assert "backup" not in ask(clinic, code)[1]


def test_the_export_cannot_confirm_a_single_row(restored: Clinic) -> None:
    found = list(csv.DictReader(io.StringIO(restored.client("director").get("/register.csv").get_data(as_text=True))))
    people = [row["Standing"] for row in found if row["Standing"]]  # below them the file says what it is
    assert len(people) > 10
    assert set(people) == {"CANNOT CONFIRM"}


def test_both_reckonings_agree(restored: Clinic) -> None:
    answer = restored.command("clearances", "verify")
    assert answer.exit_code == 0, answer.output
    with restored.act() as session:
        people = [restored.person(session, key) for key in ("trainee", "observer1")]
        for level in ("independent", "may_observe"):
            found = standings(session, people, restored.site(session), at=restored.clock.at, now=restored.clock.at, level=level)
            assert {s.state for f in found for s in f.by_region.values()} == {"PENDING_CONFIRMATION"}


def test_it_reads_as_before_once_it_is_confirmed(restored: Clinic) -> None:
    restore(restored, "normal")
    assert restored.standing().word == "CLEARED"
    assert BANNER not in words_of(restored.client("director").get("/register"))


# --- nothing is given -------------------------------------------------------------------------------------------


def test_an_application_is_neither_recommended_nor_granted(clinic: Clinic) -> None:
    restore(clinic)
    with clinic.act() as session:
        shown = clinic.case(session).evidence_sha256
    address = f"/applications/{clinic.application_id}/decide"
    answer = clinic.client("observer1").post(address, data={"act": "recommend", "shown": shown, "password": PASSWORD})
    assert (answer.status_code, REFUSED in words_of(answer)) == (409, True)
    restore(clinic, "normal")
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    restore(clinic)
    page = clinic.client("director").get(f"/applications/{clinic.application_id}")
    data = {"act": "grant", "shown": shown, "recommendation": hidden(page, "recommendation"), "password": PASSWORD}
    assert clinic.client("director").post(address, data=data).status_code == 409
    assert clinic.count("decision WHERE kind = 'grant' AND level = 'independent'") == 0


def _lift(clinic: Clinic) -> object:
    found = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'suspend'")
    return end(clinic, found or stop(clinic), "propose", "director")


def _nominate(clinic: Clinic) -> object:
    with clinic.act() as session:
        signer = clinic.person(session, "external")
        return nominate_observer(
            session, person=clinic.person(session, "senior"), site=clinic.site(session), group=GROUP, regions=clinic.regions,
            grounds="Instructor of a course.", signer=signer, who=who(session, signer, clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip


GIVING: dict[str, Callable[[Clinic], object]] = {
    "proposing the end of a stop": _lift,
    "naming an observer": _nominate,
    "approving a competency": lambda c: approve(c, "director"),
    "verifying a document": lambda c: verify(c, entered(c), "director"),
    "opening an observation": lambda c: opened(c, code="RESTORED"),
}


@pytest.mark.parametrize("act", GIVING)
def test_nothing_that_a_clearance_rests_on_is_signed(restored: Clinic, act: str) -> None:
    with pytest.raises(Conflict, match=REFUSED):
        GIVING[act](restored)
    restore(restored, "normal")
    GIVING[act](restored)


def test_nobody_signs_an_observation_and_what_was_filled_in_can_be_signed_later(restored: Clinic) -> None:
    number, client = restored.scalar("SELECT max(id) FROM observation"), restored.client("observer1")
    answer = client.post(f"/observations/{number}", data=fields(restored))
    assert (answer.status_code, "nobody can be confirmed as an observer now" in words_of(answer)) == (403, True)
    assert restored.count(f"observation_record WHERE observation_id = {number}") == 0
    page = words_of(client.get(f"/observations/{number}"))
    assert "nobody can be confirmed as an observer now" in page
    restore(restored, "normal")
    sign(restored, number, "observer1")


def test_a_request_for_an_observation_is_refused_with_words(restored: Clinic) -> None:
    data = {"site_id": str(restored.sites["north"]), "region": restored.regions[0], "technique": "Pincer grip, 30 mm"}
    sent = {**data, "purpose": "assessment", "subject": "patient"}
    answer = restored.client("beginner").post("/observations/new", data=sent)
    assert (answer.status_code, REFUSED in words_of(answer)) == (409, True)


def test_a_stop_is_signed_and_a_competency_is_taken_back(restored: Clinic) -> None:
    assert press_stop(restored).status_code == 302
    approve(restored, "director", verdict="not_yet")
    verify(restored, entered(restored), "director", verdict="refused")
    assert restored.standing().word == "CANNOT CONFIRM"
    restore(restored, "normal")
    assert restored.standing().state == "SUSPENDED"


def test_an_application_is_returned(clinic: Clinic) -> None:
    restore(clinic)
    with clinic.act() as session:
        clinic.decide(session, "return", "observer1", reason="Two more on patients, please.")
    assert clinic.count("decision WHERE kind = 'return'") == 1


# --- the database itself ----------------------------------------------------------------------------------------


def _recommend(clinic: Clinic, session: Any) -> Insert:
    row = grant_row(clinic, session, None, kind="recommend", signer_id=clinic.ids["second"])
    return insert(Decision).values(**{**row, "signature_id": signature_of(session, clinic.ids["second"])})


def _open(clinic: Clinic, session: Any) -> Insert:
    values = {"trainee_id": clinic.ids["beginner"], "site_id": clinic.sites["north"], "region": clinic.regions[0]}
    more = {"technique": "As taught", "purpose": "assessment", "subject": "patient", "code_sha256": "0" * 64}
    return insert(Observation).values(**values, **more, opened_at=clinic.clock.at)


def _competency(clinic: Clinic, session: Any) -> Insert:
    slug, director = catalogue_in_force(session).catalogue.critical_competencies[0], clinic.ids["director"]
    values = {"person_id": clinic.ids["beginner"], "site_id": clinic.sites["north"], "competency": slug, "verdict": "met"}
    more = {"mode": "oral", "evidence": "Seen in the clinic.", "approver_id": director, "approved_at": clinic.clock.at}
    return insert(CompetencyApproval).values(**values, **more, signature_id=signature_of(session, director))


def _document(clinic: Clinic, session: Any) -> Insert:
    number, director = session.execute(text("SELECT max(id) FROM document")).scalar_one(), clinic.ids["director"]
    row = session.execute(text("SELECT holder_id, entered_by_id FROM document WHERE id = :n"), {"n": number}).mappings().one()
    values = {"document_id": number, **row, "verdict": "verified", "verified_by_id": director, "how": "Looked up."}
    signature = signature_of(session, director)
    return insert(DocumentVerification).values(**values, verified_at=clinic.clock.at, signature_id=signature)


@pytest.mark.parametrize("prepare", [_recommend, _open, _competency, _document])
def test_the_database_itself_takes_nothing_that_gives(clinic: Clinic, prepare: Callable[[Clinic, Any], Insert]) -> None:
    entered(clinic)
    for mode in ("normal", "restored"):
        with clinic.app.app_context():
            statement = prepare(clinic, db.session)
            db.session.execute(text("UPDATE installation SET mode = :mode"), {"mode": mode})
            if mode == "normal":
                db.session.execute(statement)  # taken, so that the refusal below means something
            else:
                with pytest.raises(DBAPIError, match="restored installation"):
                    db.session.execute(statement)
            db.session.rollback()
