"""What holds of every random history: a day is asked as the log is replayed, an end comes by itself, good evidence helps."""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.clearances.evidence import evidence_of
from app.clearances.queries import standings
from app.domain.evidence import CompetencyFact, DocumentFact, Evidence, ExamFact, ObservationFact
from app.domain.standing import Standing
from tests.clearances.histories import GROUPS, PEOPLE, RECORDED, Rows, Writer, empty_session, groups_and_critical, parts_of, write
from tests.clock import START

HISTORIES = int(os.environ.get("DEEP_HISTORIES", "60"))
REPLAYS = int(os.environ.get("DEEP_REPLAYS", "60"))
SEED = os.environ.get("DEEP_SEED", "1")
PARTS, EACH = parts_of(HISTORIES)
FAR = START + timedelta(days=5000)
"""Long after everything that a history holds."""
Answers = dict[tuple[int, str], Standing]


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    with empty_session() as found:
        yield found


def ask(
    session: Session, at: datetime, known: datetime, supposing: dict[int, Evidence] | None = None, region: str | None = None
) -> Answers:
    people, site = [session.get_one(Person, n) for n in PEOPLE[:2]], session.get_one(Site, 1)
    found = standings(session, people, site, at=at, now=known, as_known_at=known, supposing=supposing, region=region)
    return {(one.person.id, r): s for one in found for r, s in one.by_region.items()}


def history(session: Session, number: int, what: str) -> tuple[random.Random, Rows]:
    rng = random.Random(f"{what}-{SEED}-{number}")
    rows = Writer(rng, calm=number % 2 == 0).rows()
    write(session, rows)
    return rng, rows


def day(rng: random.Random, first: int = -500, last: int = 300) -> datetime:
    return START + timedelta(minutes=rng.randrange(first * 1440, last * 1440))


def replayed(rows: Rows, known: datetime) -> Rows:
    """The rows that were recorded by an instant, as if nothing had ever been recorded after it."""
    found = {name: [r for r in some if name not in RECORDED or r[RECORDED[name]] <= known] for name, some in rows.items()}
    decisions = {d["id"] for d in found["decision"]}
    of_decisions = ("decision_evidence", "application_decision")
    return found | {name: [r for r in found[name] if r["decision_id"] in decisions] for name in of_decisions}


def _instants(rng: random.Random, rows: Rows) -> list[datetime]:
    """Some instants, most of them soon after something was decided."""
    decided = [d["effective_at"] for d in rows["decision"] if d["person_id"] in PEOPLE[:2]] or [START]
    soon = [rng.choice(decided) + timedelta(minutes=rng.randrange(90 * 1440)) for _ in range(8)]
    return [*soon, day(rng), day(rng)]


def _cleared(session: Session, rng: random.Random, rows: Rows) -> Iterator[tuple[datetime, Answers]]:
    """Each of some instants at which somebody is cleared, with the answers that say so."""
    for at in _instants(rng, rows):
        found = {key: s for key, s in ask(session, at, at).items() if s.may_act_alone}
        if found:
            yield at, found


def test_an_answer_as_of_a_day_is_that_of_a_naive_replay_of_the_log(session: Session) -> None:
    words, differ = Counter[str](), 0
    for number in range(REPLAYS):
        rng, rows = history(session, number, "replay")
        at, known = rng.choice(_instants(rng, rows)), rng.choice(_instants(rng, rows))
        asked, in_hindsight = ask(session, at, known), ask(session, at, FAR)
        write(session, replayed(rows, known))
        found = ask(session, at, FAR)
        person, region = rng.choice(sorted(found))
        assert ask(session, at, FAR, region=region)[person, region] == found[person, region]
        assert found == asked, f"history {number} at {at} as known at {known}"
        differ += asked != in_hindsight
        words.update(s.word for s in asked.values())
    assert words["CLEARED"] > REPLAYS / 4
    assert differ > REPLAYS / 4, "what was recorded later hardly ever mattered"


def _happens_between(rows: Rows, person: int, region: str, after: datetime, by: datetime) -> bool:
    """Whether something is going to count or to end then that no requirement tells of: an account, a membership, a decision."""
    ends = [p["deactivated_at"] for p in rows["person"] if p["id"] == person]
    ends += [m["ended_at"] for m in rows["membership"] if m["person_id"] == person]
    mine = [d for d in rows["decision"] if d["person_id"] == person and region in d["regions"]]
    ends += [d["effective_at"] for d in mine if d["recorded_at"] <= after]
    return any(instant is not None and after < instant <= by for instant in ends)


@pytest.mark.parametrize("part", PARTS)
def test_an_end_comes_by_itself_and_not_before_its_instant(session: Session, part: int) -> None:
    ended, looked_at = 0, 0
    for number in range(part * EACH, part * EACH + EACH):
        rng, rows = history(session, number, "ends")
        for at, cleared in _cleared(session, rng, rows):
            key, was = rng.choice(sorted(cleared.items(), key=lambda one: one[0]))
            assert was.cleared_until is not None
            shortly = was.cleared_until - timedelta(microseconds=1)
            before = ask(session, shortly, at, region=key[1])[key]
            looked_at += 1
            if not _happens_between(rows, *key, at, shortly):
                assert (before.word, before.cleared_until) == ("CLEARED", was.cleared_until), (number, at, key)
            if not _happens_between(rows, *key, at, was.cleared_until):
                assert not ask(session, was.cleared_until, at, region=key[1])[key].may_act_alone, (number, at, key)
                ended += 1
    assert looked_at > EACH / 4
    assert ended > 0.8 * looked_at, "something else happened too often for this to say much"


def _one_more(rng: random.Random, evidence: Evidence, at: datetime) -> Evidence:
    """The same with one more piece of good evidence, from before an instant."""
    on, number, regions = at - timedelta(minutes=rng.randrange(1, 900 * 1440)), 10**6, groups_and_critical()[0]
    kind = rng.choice(["exams", "observations", "competencies", "documents"])
    if kind == "exams":
        quiz = rng.choice(["general-safety", "complication-response", "thorax", "limb-neurovascular"])
        return replace(evidence, exams=(*evidence.exams, ExamFact(number, quiz, True, 0, on)))
    if kind == "observations":
        region = rng.choice(regions[rng.choice(list(GROUPS))])
        watched = ObservationFact(
            number, region, "assessment", "patient", "in_room", "completed", 5, False, 3, "Person 3", True,
            on - timedelta(minutes=20), on,
        )  # fmt: skip
        return replace(evidence, observations=(*evidence.observations, watched))
    if kind == "competencies":
        verdict = CompetencyFact(number, rng.choice(groups_and_critical()[1]), "met", 4, on, None)
        return replace(evidence, competencies=(*evidence.competencies, verdict))
    begins = date(2023, 6, 1) + timedelta(days=rng.randrange(1500))
    ends = rng.choice([None, begins + timedelta(days=rng.randrange(1, 2000))])
    paper = DocumentFact(number, rng.choice(["licence", "indemnity", "bls", "course"]), "Ireland", begins, ends, on)
    return replace(evidence, documents=(*evidence.documents, paper))


@pytest.mark.parametrize("part", PARTS)
def test_good_evidence_never_shortens_a_clearance(session: Session, part: int) -> None:
    cleared = Counter[bool]()
    for number in range(part * EACH, part * EACH + EACH):
        rng, rows = history(session, number, "good")
        for at, before in _cleared(session, rng, rows):
            more = {person: _one_more(rng, some, at) for person, some in evidence_of(session, PEOPLE[:2], at).items()}
            after = ask(session, at, at, supposing=more)
            for key, was in before.items():
                assert was.cleared_until is not None
                until = after[key].cleared_until
                assert until is not None, (number, at, key, after[key])
                assert until >= was.cleared_until, (number, at, key, after[key])
                assert after[key].may_act_alone
                cleared[until > was.cleared_until] += 1
    assert cleared.total() > EACH
    assert cleared[True] > EACH / 200, "nothing good ever made a difference"
