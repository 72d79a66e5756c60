"""Marks become scores and a decision with the rules that made it."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import Finding, Mark
from app.domain.scoring import Decision, ItemResult, decide, percent, share_of
from tests.domain.quiz_samples import make_quiz, small_quiz

DANGER = Finding("dangerous", "The needle went on.", "b")
QUIZ = make_quiz()


def result(position: int, points: Fraction | int = 1, domain: str = "complication", topic: str | None = None) -> ItemResult:
    return ItemResult(position, domain, topic, Mark(Fraction(points), 1))


def full_marks() -> list[ItemResult]:
    """Twenty right answers: 6 anatomy, 6 placement of the topics with a cut, 8 complication."""
    return [
        *(result(n, domain="anatomy") for n in range(1, 7)),
        *(result(n, domain="placement", topic="infection-control" if n % 2 else "screening-consent") for n in range(7, 13)),
        *(result(n) for n in range(13, 21)),
    ]


def missed(results: list[ItemResult], *positions: int) -> list[ItemResult]:
    """The same answers with these positions wrong."""
    return [replace(r, mark=replace(r.mark, points=Fraction(0))) if r.position in positions else r for r in results]


def unsafe(results: list[ItemResult], *positions: int) -> list[ItemResult]:
    """The same points with a critical error in these positions."""
    return [replace(r, mark=replace(r.mark, critical_errors=(DANGER,))) if r.position in positions else r for r in results]


def broken(decision: Decision) -> list[str]:
    return [rule.name for rule in decision.rules if not rule.met]


def test_full_marks_without_a_critical_error_pass() -> None:
    decision = decide(QUIZ, full_marks())
    assert (decision.passed, decision.words, broken(decision)) == (True, "Passed with 100 %.", [])
    assert (decision.overall.share, decision.overall.items, decision.critical_errors) == (1, 20, 0)
    assert [(s.name, s.items, s.share, s.cut) for s in decision.domains] == [
        ("anatomy", 6, 1, Fraction(7, 10)), ("placement", 6, 1, Fraction(7, 10)), ("complication", 8, 1, None),
    ]  # fmt: skip
    assert [(s.name, s.items, s.cut) for s in decision.topics] == [("screening consent and infection control", 6, Fraction(3, 5))]


def test_the_cut_itself_passes() -> None:
    assert decide(QUIZ, missed(full_marks(), 13, 14, 15, 16)).overall.share == QUIZ.cuts.overall.fraction
    assert decide(QUIZ, missed(full_marks(), 13, 14, 15, 16)).passed


def test_a_thousandth_of_a_point_below_the_cut_does_not() -> None:
    results = missed(full_marks(), 13, 14, 15, 16)
    results[-1] = result(20, Fraction(999, 1000))
    decision = decide(QUIZ, results)
    assert (decision.passed, broken(decision)) == (False, ["overall"])
    assert decision.words == "Not yet passed: 1 standard not reached. What decided: overall at least 80 %: 79 %."


def test_one_critical_error_fails_an_otherwise_full_score_and_the_words_say_so() -> None:
    decision = decide(QUIZ, unsafe(missed(full_marks(), 13), 13))
    assert (decision.passed, broken(decision), decision.critical_errors) == (False, ["critical"], 1)
    assert decision.words == "Not yet passed: one critical error. Your score, 95 %, would have passed."


def test_critical_errors_are_counted_by_item_and_never_averaged_in() -> None:
    decision = decide(QUIZ, unsafe(full_marks(), 13, 14))
    assert (decision.overall.share, decision.critical_errors) == (1, 2)
    assert "2 critical errors. Your score, 100 %, would have passed" in decision.words


def test_two_unsafe_picks_in_one_item_are_one_critical_error() -> None:
    results = full_marks()
    results[-1] = replace(results[-1], mark=replace(results[-1].mark, critical_errors=(DANGER, DANGER)))
    assert decide(QUIZ, results).critical_errors == 1


def test_a_domain_below_its_cut_fails_a_good_overall_score() -> None:
    decision = decide(QUIZ, missed(full_marks(), 1, 2))
    assert (decision.passed, broken(decision)) == (False, ["anatomy"])
    assert decision.words == "Not yet passed: 1 standard not reached. What decided: anatomy at least 70 %: 66 %."


def test_topics_together_have_a_cut_of_their_own() -> None:
    decision = decide(QUIZ, missed(full_marks(), 7, 8, 9))
    assert broken(decision) == ["placement", "screening consent and infection control"]


def test_a_domain_without_a_cut_decides_nothing() -> None:
    decision = decide(make_quiz(cuts={"overall": {"num": 50, "den": 100}}), missed(full_marks(), *range(13, 21)))
    assert decision.passed
    assert [s.name for s in decision.domains] == ["anatomy", "placement", "complication"]


def test_every_broken_rule_is_named() -> None:
    decision = decide(QUIZ, unsafe(missed(full_marks(), 1, 2, 7, 8, 9), 20))
    assert broken(decision) == ["critical", "overall", "anatomy", "placement", "screening consent and infection control"]
    assert decision.words.startswith("Not yet passed: 1 critical error and 4 standards not reached. What decided: at most 0 ")
    assert all(name in decision.words for name in ("overall at least 80 %: 75 %", "anatomy at least 70 %: 66 %"))


def test_a_domain_with_a_cut_and_fewer_than_six_items_is_not_scored_and_not_met() -> None:
    results = [replace(r, domain="complication") if r.position == 1 else r for r in full_marks()]
    decision = decide(QUIZ, results)
    anatomy = decision.domains[0]
    assert (anatomy.items, anatomy.scored, anatomy.met, decision.passed) == (5, False, False, False)
    assert "anatomy: too few items to score" in decision.words


def test_topics_with_a_cut_and_no_items_are_not_met() -> None:
    decision = decide(QUIZ, [replace(r, topic=None) for r in full_marks()])
    assert (decision.passed, broken(decision)) == (False, ["screening consent and infection control"])


@pytest.mark.parametrize(
    "results",
    [[], full_marks()[:19], [*full_marks()[:19], result(1)], [*full_marks(), result(21)], [*full_marks(), result(20)]],
)
def test_a_form_that_is_not_wholly_graded_is_never_passed(results: list[ItemResult]) -> None:
    decision = decide(QUIZ, results)
    assert not decision.passed
    assert "whole" in broken(decision)
    assert "all 20 items of the form are graded" in decision.words


def test_nothing_known_is_not_passed() -> None:
    assert Decision().passed is False
    assert Decision().overall.met is False
    assert Decision().words == "Not yet passed."


def test_practice_passes_with_critical_errors_up_to_the_number_allowed() -> None:
    quiz = make_quiz(mode="practice", max_critical_errors=1)
    assert decide(quiz, unsafe(full_marks(), 20)).passed
    assert not decide(quiz, unsafe(full_marks(), 19, 20)).passed
    words = decide(quiz, unsafe(missed(full_marks(), 1, 2), 20)).words
    assert "critical" not in words


def test_points_weigh_by_the_points_of_their_items() -> None:
    heavy = ItemResult(1, "anatomy", None, Mark(Fraction(3, 2), 2))
    assert share_of([heavy, result(2, 0)]) == Fraction(1, 2)
    assert share_of([]) == 0


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (Fraction(0), 0),
        (Fraction(1), 100),
        (Fraction(4, 5), 80),
        (Fraction(7999, 10000), 79),
        (Fraction(999, 1000), 99),
        (Fraction(1, 3), 33),
    ],
)
def test_a_percentage_is_rounded_down_so_that_nothing_below_a_cut_reads_as_the_cut(share: Fraction, shown: int) -> None:
    assert percent(share) == shown


def test_a_decision_can_be_stored() -> None:
    body = json.loads(json.dumps(decide(QUIZ, missed(full_marks(), 1, 2)).to_json()))
    assert (body["passed"], body["critical_errors"], body["overall"]["num"], body["overall"]["den"]) == (False, 0, 9, 10)
    assert body["domains"][0]["cut"] == {"num": 7, "den": 10}
    assert (body["domains"][0]["percent"], body["domains"][0]["cut_percent"], body["domains"][0]["met"]) == (66, 70, False)
    assert {r["name"]: r["met"] for r in body["rules"]}["anatomy"] is False


TWELFTHS = st.integers(0, 12).map(lambda n: Fraction(n, 12))
POINTS = st.lists(TWELFTHS, min_size=20, max_size=20)


def with_points(points: list[Fraction]) -> list[ItemResult]:
    return [replace(r, mark=replace(r.mark, points=p)) for r, p in zip(full_marks(), points, strict=True)]


@given(POINTS, st.frozensets(st.integers(1, 20)))
def test_passing_is_every_rule_met_as_whole_numbers_tell(points: list[Fraction], errors: frozenset[int]) -> None:
    decision = decide(QUIZ, unsafe(with_points(points), *errors))
    total, anatomy, placement = sum(points), sum(points[:6]), sum(points[6:12])
    expected = total * 100 >= 80 * 20 and anatomy * 100 >= 70 * 6 and placement * 100 >= 70 * 6 and not errors
    assert decision.passed == expected == all(rule.met for rule in decision.rules)
    assert decision.words.startswith("Passed" if expected else "Not yet passed")


@given(POINTS, st.integers(0, 19), TWELFTHS)
def test_a_better_answer_never_undoes_a_pass(points: list[Fraction], at: int, more: Fraction) -> None:
    better = [max(p, more) if n == at else p for n, p in enumerate(points)]
    assert decide(QUIZ, with_points(better)).passed >= decide(QUIZ, with_points(points)).passed


@given(POINTS, st.integers(1, 20))
def test_a_critical_error_always_fails_an_exam(points: list[Fraction], at: int) -> None:
    assert not decide(QUIZ, unsafe(with_points(points), at)).passed


@given(st.fractions(0, 1, max_denominator=1000), st.integers(1, 100))
def test_what_is_shown_and_what_is_decided_never_contradict(share: Fraction, cut: int) -> None:
    decision = decide(small_quiz({"count": 1}, cut_percent=cut), [result(1, share)])
    assert decision.passed == (share * 100 >= cut)
    assert decision.passed == (percent(share) >= cut)
