"""How many statements a standing and the pages that show it send: the same for a long history, and within their ceilings.

The person of the session and their roles are counted in each page.
"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.attempts.models import Attempt, Grade
from app.clearances.actions import make_check_code
from app.clearances.evidence import evidence_of
from app.clearances.models import Application
from app.clearances.queries import LEVELS, standings
from app.database import db
from app.decisions.models import Decision
from app.domain.canonical import digest
from app.domain.permissions import Actor
from app.records.models import DocumentVerification
from app.supervision.models import CompetencyApproval, ObservationRecord
from benchmarks.population import copy_facts, new_people
from tests.clearances.builders import GROUP, Clinic
from tests.statements import assert_at_most, counted_statements

STANDING = 6
CHECK = 10
PERSON = 36
OWN = 27
REGISTER = 15
TODAY = 13
PEOPLE = 50
CODE = "0123456789ABCDEF"


@pytest.fixture
def cleared(clinic: Clinic) -> Clinic:
    """The clinic with its trainee cleared, with a code to check that."""
    clinic.granted()
    with clinic.act() as session:
        person = clinic.person(session, "trainee")
        actor = Actor(person.id, person.printed_name)
        make_check_code(session, person=person, site=clinic.site(session), code=CODE, actor=actor, now=clinic.clock.at)
    return clinic


def grow(clinic: Clinic, times: int = 9) -> None:
    """Give the trainee copies of everything on record about them."""
    with clinic.act() as session:
        copy_facts(session, clinic.ids["trainee"], [clinic.ids["trainee"]] * times)


def fill(clinic: Clinic) -> None:
    """Let fifty people, each with the trainee's history, practise at the northern site."""
    with clinic.act() as session:
        here = "SELECT count(DISTINCT person_id) FROM membership WHERE site_id = :site"
        already = clinic.scalar(here, site=clinic.sites["north"])
        trainee = clinic.person(session, "trainee")
        ids = new_people(session, PEOPLE - already, [clinic.sites["north"]], like=trainee)
        copy_facts(session, trainee.id, ids)


def take_a_pass_away(clinic: Clinic) -> None:
    """Append a grade by which a correction took the trainee's newest pass of the group's exam away, held for a while."""
    with clinic.act() as session:
        mine = select(Attempt.id).where(Attempt.person_id == clinic.ids["trainee"], Attempt.quiz_id == GROUP)
        old = session.scalars(select(Grade).where(Grade.attempt_id.in_(mine)).order_by(Grade.id.desc())).first()
        values = {c.name: getattr(old, c.name) for c in Grade.__table__.columns if c.name != "id"}
        clinic.clock.advance(days=1)
        notice = clinic.clock.at.replace(month=12, day=30)
        new = {"run": 2, "passed": False, "graded_at": clinic.clock.at, "pass_held_until": notice}
        session.add(Grade(**{**values, **new}))


def open_a_renewal(clinic: Clinic) -> None:
    """Let the trainee's grant be about to be renewed."""
    with clinic.act() as session:
        grant = session.scalars(select(Decision).where(Decision.kind == "grant", Decision.level == "independent")).one()
        same = {c: getattr(grant, c) for c in ("person_id", "site_id", "level", "group_slug", "regions", "policy_version_id")}
        session.add(Application(**same, opened_at=clinic.clock.at, renews_decision_id=grant.id))


def statements_of(clinic: Clinic, level: str = "independent", region: str | None = None) -> tuple[list[str], str]:
    """(what one standing answer sends, of one region or of every one; the word of the first region)."""
    with clinic.act() as session:
        person, site = clinic.person(session, "trainee"), clinic.site(session)
        with counted_statements(db.engine) as seen:
            found = standings(session, [person], site, at=clinic.clock.at, now=clinic.clock.at, level=level, region=region)[0]
        assert region is None or list(found.by_region) == [region]
        return seen, found.by_region[clinic.regions[0]].word


def page(clinic: Clinic, key: str | None, path: str, status: int = 200) -> tuple[list[str], str]:
    """(what a page sends, its text), by somebody whose session has begun."""
    client = clinic.client(key)
    client.get(path)  # the first request of a process looks at the schema, too
    with clinic.app.app_context(), counted_statements(db.engine) as seen:
        answer = client.get(path)
    assert answer.status_code == status
    return seen, answer.get_data(as_text=True)


@pytest.mark.parametrize("level", LEVELS)
def test_a_standing_is_answered_within_its_statements_whatever_the_history(cleared: Clinic, level: str) -> None:
    few, word = statements_of(cleared, level)
    grow(cleared)
    many, later = statements_of(cleared, level)
    assert (word, later) == (("CLEARED", "CLEARED") if level == "independent" else ("NOT CLEARED", "NOT CLEARED"))
    assert len(many) == len(few)
    assert_at_most(STANDING, many)


def test_one_region_is_answered_as_among_all_of_them(cleared: Clinic) -> None:
    every, among = statements_of(cleared)
    one, alone = statements_of(cleared, region=cleared.regions[0])
    assert (alone, len(one)) == (among, len(every))


def test_a_digest_of_a_piece_is_that_of_its_canonical_bytes(cleared: Clinic) -> None:
    with cleared.act() as session:
        found = evidence_of(session, [cleared.ids["trainee"]], cleared.clock.at)[cleared.ids["trainee"]]
        approval = session.get_one(CompetencyApproval, found.competencies[0].id)
        assert found.competencies[0].sha256 == digest({"approval": approval.id, "signature": approval.signature_id})
        grade = session.scalars(select(Grade).where(Grade.attempt_id == found.exams[0].id)).one()
        assert found.exams[0].sha256 == digest({"attempt": found.exams[0].id, "grade": grade.id})
        record = session.get_one(ObservationRecord, found.observations[0].id)
        assert found.observations[0].sha256 == digest({"record": record.id, "signature": record.signature_id})
        paper = found.documents[0]
        look = session.scalars(select(DocumentVerification).where(DocumentVerification.document_id == paper.id)).one()
        assert paper.sha256 == digest({"document": paper.id, "verification": look.signature_id})


def test_a_pass_that_a_correction_took_away_asks_no_statement_more(cleared: Clinic) -> None:
    take_a_pass_away(cleared)
    seen, word = statements_of(cleared)
    assert word == "CLEARED", "the notice of the correction goes on"
    assert_at_most(STANDING, seen)


def test_an_open_renewal_asks_no_statement_more(cleared: Clinic) -> None:
    open_a_renewal(cleared)
    seen, word = statements_of(cleared)
    assert word == "CLEARED"
    assert_at_most(STANDING, seen)


def test_a_check_stays_within_its_statements_whatever_the_history(cleared: Clinic) -> None:
    few, text = page(cleared, None, f"/check/{CODE}")
    grow(cleared)
    many, _ = page(cleared, None, f"/check/{CODE}")
    assert "CLEARED" in text
    assert len(many) == len(few)
    assert_at_most(CHECK, many)


@pytest.mark.parametrize(("reader", "path", "most"), [("director", "/people/{id}", PERSON), ("trainee", "/clearances", OWN)])
def test_the_page_of_one_person_stays_within_its_statements_whatever_the_history(
    cleared: Clinic, reader: str, path: str, most: int
) -> None:
    path = path.format(id=cleared.ids["trainee"])
    few, _ = page(cleared, reader, path)
    grow(cleared)
    many, _ = page(cleared, reader, path)
    assert len(many) == len(few)
    assert_at_most(most, many)


@pytest.mark.parametrize(("path", "most"), [("/register", REGISTER), ("/register.csv", REGISTER), ("/sites/{site}/today", TODAY)])
def test_fifty_people_of_a_site_stay_within_the_statements_of_ten(cleared: Clinic, path: str, most: int) -> None:
    path = path.format(site=cleared.sites["north"])
    few, _ = page(cleared, "director", path)
    fill(cleared)
    many, text = page(cleared, "director", path)
    assert f"Practitioner {max_id(cleared):06d}" in text
    assert len(many) == len(few)
    assert_at_most(most, many)


def max_id(clinic: Clinic) -> Any:
    """The id of the newest person."""
    return clinic.scalar("SELECT max(id) FROM person")
