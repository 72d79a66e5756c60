"""Good evidence never takes anything away: what was met stays met, and never for a shorter time."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.evidence import CompetencyFact, DocumentFact, Evidence, ExamFact, ObservationFact
from app.domain.policy import CompetencyRequirement, DocumentRequirement
from app.domain.requirements import Outcome, evaluate
from tests.domain.clearance_facts import NOW, POLICY, SETTING, THORAX, competency, document, exam, full_evidence, observation

REGIONS = sorted(THORAX)


@st.composite
def observations(draw: st.DrawFn, *, good: bool) -> ObservationFact:
    signed = NOW - timedelta(days=draw(st.integers(0, 800)), minutes=draw(st.integers(1, 600)))
    found = observation(
        1, id=draw(st.integers(1, 10**6)), region=draw(st.sampled_from(REGIONS)), observer_id=draw(st.integers(2, 4)),
        subject=draw(st.sampled_from(["patient", "peer"])), rating=draw(st.integers(4, 5)), signed_at=signed,
        opened_at=signed - timedelta(minutes=20),
    )  # fmt: skip
    if good:
        return found
    worse: dict[str, Any] = draw(
        st.sampled_from(
            [{}, {"rating": 2}, {"outcome": "abandoned", "rating": None}, {"auto_failed": True}, {"purpose": "coaching"}]
        )
    )
    return replace(found, **worse)


@st.composite
def papers(draw: st.DrawFn) -> DocumentFact:
    begins = date(2025, 1, 1) + timedelta(days=draw(st.integers(0, 1000)))
    ends = draw(st.none() | st.integers(0, 700).map(lambda n: begins + timedelta(days=n)))
    return document(draw(st.sampled_from(["licence", "indemnity"])), ends, id=draw(st.integers(1, 10**6)), valid_from=begins)


@st.composite
def verdicts(draw: st.DrawFn, *, good: bool) -> CompetencyFact:
    at = NOW - timedelta(days=draw(st.integers(0, 300)))
    until = None if good else draw(st.none() | st.integers(1, 500).map(lambda n: at + timedelta(days=n)))
    verdict = "met" if good else draw(st.sampled_from(["met", "not_yet"]))
    return competency(id=draw(st.integers(1, 10**6)), verdict=verdict, at=at, until=until)


@st.composite
def exams(draw: st.DrawFn, *, good: bool) -> ExamFact:
    quiz, passed = draw(st.sampled_from(["general-safety", "thorax"])), good or draw(st.booleans())
    return exam(quiz, draw(st.integers(0, 1300)), id=draw(st.integers(1, 10**6)), passed=passed)


SCRAPS = st.builds(
    Evidence,
    exams=st.lists(exams(good=False), max_size=4).map(tuple),
    observations=st.lists(observations(good=False), max_size=14).map(tuple),
    competencies=st.lists(verdicts(good=False), max_size=4).map(tuple),
    documents=st.lists(papers(), max_size=4).map(tuple),
)
HISTORIES = SCRAPS | SCRAPS.map(lambda scraps: together(full_evidence(), scraps))
"""Mostly nothing is met by scraps; beside full evidence mostly everything is."""
GOOD: dict[str, st.SearchStrategy[Any]] = {
    "exams": exams(good=True), "observations": observations(good=True), "competencies": verdicts(good=True), "documents": papers(),
}  # fmt: skip


def together(one: Evidence, other: Evidence) -> Evidence:
    return Evidence(*(getattr(one, f.name) + getattr(other, f.name) for f in fields(Evidence) if f.init))


def answers(evidence: Evidence) -> dict[str, Outcome]:
    return {r.id: evaluate(r, evidence, SETTING, at=NOW) for r in POLICY.high.requirements}


@given(evidence=HISTORIES, data=st.data())
def test_one_more_piece_of_good_evidence_takes_nothing_away(evidence: Evidence, data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(sorted(GOOD)))
    more = replace(evidence, **{kind: (*getattr(evidence, kind), data.draw(GOOD[kind]))})
    before, after = answers(evidence), answers(more)
    for name, was in before.items():
        now = after[name]
        if was.state != "met":
            continue
        assert now.state == "met", name
        assert now.until is None or (was.until is not None and now.until >= was.until), name


@given(evidence=HISTORIES, days=st.integers(0, 900))
def test_until_is_when_the_same_evidence_stops_meeting_it(evidence: Evidence, days: int) -> None:
    at = NOW + timedelta(days=days)
    later = {r.id: evaluate(r, evidence, SETTING, at=at) for r in POLICY.high.requirements}
    for name, was in answers(evidence).items():
        if was.state != "met":
            continue
        assert (later[name].state == "met") or (was.until is not None and was.until <= at), name
        if was.until is not None and name != "last-three":
            rule = next(r for r in POLICY.high.requirements if r.id == name)
            inside = was.until - timedelta(microseconds=1)
            assert evaluate(rule, evidence, SETTING, at=max(NOW, inside)).state == "met", name
            assert not was.spans.covers(was.until), name


COMPETENCIES = ("k-anatomy", "k-depth")
VARIED = st.builds(
    Evidence,
    competencies=st.lists(
        st.builds(
            lambda number, slug, verdict, by, days: competency(
                slug, id=number, verdict=verdict, approver_id=by, at=NOW - timedelta(days=days)
            ),
            st.integers(1, 99), st.sampled_from(COMPETENCIES), st.sampled_from(["met", "not_yet"]), st.integers(1, 2),
            st.sampled_from([1, 40]),
        ),
        max_size=4,
    ).map(tuple),
    documents=st.lists(
        st.builds(
            lambda kind, law, days: document(kind, date(2026, 12, 1) + timedelta(days=days), jurisdiction=law),
            st.sampled_from(["licence", "indemnity"]), st.sampled_from(["Ireland", "Elsewhere"]), st.integers(0, 3),
        ),
        max_size=4,
    ).map(tuple),
)  # fmt: skip
RULES = (
    CompetencyRequirement(kind="competency", id="critical", words="All critical ones", which="critical"),
    CompetencyRequirement(kind="competency", id="listed", words="Those that are listed", which="listed", competencies=COMPETENCIES),
    *(
        DocumentRequirement(kind="document", id=f"{kind}-{int(law)}", words="A paper", document=kind, for_jurisdiction=law)
        for kind in ("licence", "indemnity")
        for law in (True, False)
    ),
)
QUESTION = st.tuples(
    st.sampled_from(RULES), st.sampled_from([-60, -20, 0, 6, 8]), st.sampled_from(["UTC", "Pacific/Auckland"]),
    st.sampled_from(["Ireland", "Elsewhere"]), st.integers(1, 2), st.sampled_from([("k-anatomy",), ("k-depth",), COMPETENCIES]),
)  # fmt: skip


@settings(max_examples=max(400, settings().max_examples))
@given(evidence=VARIED, questions=st.lists(QUESTION, min_size=2, max_size=12))
def test_what_was_worked_out_for_one_question_never_answers_another(evidence: Evidence, questions: list[Any]) -> None:
    for rule, days, zone, law, person, critical in questions:
        setting = replace(SETTING, time_zone=zone, jurisdiction=law, person_id=person, critical_competencies=critical)
        at = NOW + timedelta(days=days)
        assert evaluate(rule, evidence, setting, at=at) == evaluate(rule, replace(evidence), setting, at=at)


def test_a_competency_that_is_listed_twice_is_asked_for_once() -> None:
    twice = CompetencyRequirement(
        kind="competency", id="twice", words="One of them twice", which="listed", competencies=("k-anatomy", "k-anatomy")
    )
    assert evaluate(twice, full_evidence(), SETTING, at=NOW).state == "met"
