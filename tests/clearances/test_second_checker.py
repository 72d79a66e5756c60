"""Two reckonings of standing, written apart, agree on random histories at random instants."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.clearances.queries import standings
from app.clearances.queries.rows import raw_rows
from app.domain.recheck import Verdict, recheck
from tests.clearances.builders import Clinic
from tests.clearances.histories import PEOPLE, RECORDED, Rows, Writer, empty_session, parts_of, write
from tests.clock import START
from tests.policies import newest_body, publish

HISTORIES = int(os.environ.get("DEEP_HISTORIES", "60"))
SEED = os.environ.get("DEEP_SEED", "1")
PARTS, EACH = parts_of(HISTORIES)
ASKED = 2
"""How many (at, as known at) are asked of each history, beside two that lie soon after the end of a term."""


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with empty_session() as found:
        yield found


def first(session: Session, at: datetime, known: datetime) -> dict[tuple[int, str, str], Verdict]:
    """What the product says."""
    people, site = [session.get_one(Person, n) for n in PEOPLE], session.get_one(Site, 1)
    found = {}
    for level in ("independent", "may_observe"):
        for person in standings(session, people, site, at=at, now=known, level=level, as_known_at=known):
            for region, s in person.by_region.items():
                until = s.cleared_until if s.word == "CLEARED" else None
                found[person.person.id, level, region] = Verdict(person.person.id, level, region, s.state, s.word, until)
    return found


def second(session: Session, at: datetime, known: datetime) -> dict[tuple[int, str, str], Verdict]:
    """What the second reckoning says."""
    rows = raw_rows(session, PEOPLE, known)
    site = next(r for r in rows["site"] if r["id"] == 1)
    return {(v.person_id, v.level, v.region): v for v in recheck(rows, site, rows["person"], at=at)}


def after_a_term(rng: random.Random, rows: Rows) -> datetime:
    """An instant at which whoever asked for a renewal in time may go on with an observer, if it is still open."""
    asked = {a["id"]: a["renews_decision_id"] for a in rows["application"]}
    answered = [asked[link["application_id"]] for link in rows["application_decision"]]
    ends = [d["until"] for d in rows["decision"] if d["id"] in (answered or asked.values())]
    return rng.choice(ends or [START]) + timedelta(minutes=rng.randrange(35 * 1440))


@pytest.mark.parametrize("part", PARTS)
def test_two_reckonings_of_standing_agree(session: Session, part: int) -> None:
    states: Counter[str] = Counter()
    for number in range(part * EACH, part * EACH + EACH):
        rng = random.Random(f"{SEED}-{number}")
        rows = Writer(rng, calm=number % 2 == 0).rows()
        write(session, rows)
        anytime = [START + timedelta(minutes=rng.randrange(-700 * 1440, 400 * 1440)) for _ in range(ASKED)]
        for at in (*anytime, after_a_term(rng, rows), after_a_term(rng, rows)):
            known = max(at, START) if rng.random() < 0.5 else at + timedelta(minutes=rng.randrange(-300 * 1440, 300 * 1440))
            one, other = first(session, at, known), second(session, at, known)
            states.update(v.state for v in one.values())
            wrong = [(one[key], other[key]) for key in one if one[key] != other[key]]
            assert not wrong, f"history {SEED}-{number} at {at} as known at {known}: {wrong[:3]}"
    assert {"CLEARED", "NOT_HELD", "REVOKED", "SUSPENDED", "ON_HOLD", "BLOCKED", "EXPIRED", "PROVISIONAL"} <= set(states), states
    assert states["CLEARED"] > 4 * EACH, states


UNKNOWN_YET = {"observation", "appeal"}
"""Tables whose rows say nothing by themselves; the record of one and the outcome of the other are left out."""


def test_the_second_reckoning_is_given_nothing_that_was_recorded_later(session: Session) -> None:
    left_out = Counter[str]()
    for number in range(12):
        rng = random.Random(f"later-{number}")
        rows = Writer(rng, calm=number % 2 == 0).rows()
        write(session, rows)
        known = START - timedelta(days=rng.randrange(600))
        found = raw_rows(session, PEOPLE, known)
        for name in RECORDED.keys() - UNKNOWN_YET:
            assert [r for r in found[name] if r[RECORDED[name]] > known] == [], name
            left_out[name] += len(rows[name]) - len(found[name])
    assert all(left_out[name] > 0 for name in RECORDED.keys() - UNKNOWN_YET), left_out


def test_the_command_finds_no_difference_in_the_clinic(clinic: Clinic) -> None:
    clinic.granted()
    found = clinic.command("clearances", "verify")
    assert found.exit_code == 0, found.output
    assert "about 15 people, 0 differences" in found.output


def test_what_the_second_reckoning_has_no_records_for_is_said_and_not_verified(clinic: Clinic) -> None:
    with clinic.act() as session:
        body = newest_body(session)
        asked = {
            "kind": "currency",
            "id": "currency",
            "words": "3 procedures in 6 months",
            "number": 3,
            "window_months": 6,
            "continuing": True,
        }
        body["high"]["requirements"].append(asked)
        publish(session, body, clinic.person(session, "admin"), clinic.person(session, "partner"), clinic.clock.at)
    clinic.granted()
    found = clinic.command("clearances", "verify")
    assert (found.exit_code, "Nothing is verified" in found.output) == (1, True)


def test_the_command_names_a_difference_and_exits_with_1(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic.granted()
    monkeypatch.setattr("app.domain.standing.states._blocked", lambda question: None)
    monkeypatch.setattr("app.domain.recheck.still_met", lambda *arguments: False)
    found = clinic.command("clearances", "verify")
    assert found.exit_code == 1
    assert "CLEARED (CLEARED, until" in found.output
    assert "NOT CLEARED (BLOCKED)" in found.output
