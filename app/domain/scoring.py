"""Marks → scores, critical errors, decision, and the words that say which rule decided. Fractions only; no floats."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from app.domain.items import Mark
from app.domain.quiz import LEAST_IN_A_DOMAIN, Quiz


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The mark of one item, and where it counts."""

    position: int
    domain: str
    topic: str | None
    mark: Mark
    sure_and_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """A share of points over some items."""

    name: str
    items: int
    share: Fraction
    cut: Fraction | None = None
    scored: bool = True

    @property
    def met(self) -> bool:
        """Whether the cut is reached (without a cut, yes; unscored, no)."""
        return self.cut is None or (self.scored and self.share >= self.cut)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the decision and whether it was met."""

    name: str
    words: str
    met: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of a form; not passed is the default in every field."""

    passed: bool = False
    overall: Score = Score("overall", 0, Fraction(0), Fraction(1))
    domains: tuple[Score, ...] = ()
    topics: tuple[Score, ...] = ()
    critical_errors: int = 0
    rules: tuple[Rule, ...] = ()
    words: str = "Not yet passed."

    def to_json(self) -> dict[str, Any]:
        """For storage with the grade."""
        return {
            "passed": self.passed,
            "words": self.words,
            "critical_errors": self.critical_errors,
            "overall": _score_json(self.overall),
            "domains": [_score_json(s) for s in self.domains],
            "topics": [_score_json(s) for s in self.topics],
            "rules": [{"name": r.name, "words": r.words, "met": r.met} for r in self.rules],
        }


def _score_json(score: Score) -> dict[str, Any]:
    cut = None if score.cut is None else {"num": score.cut.numerator, "den": score.cut.denominator}
    return {
        "name": score.name, "items": score.items, "num": score.share.numerator, "den": score.share.denominator,
        "percent": percent(score.share), "cut": cut, "cut_percent": None if score.cut is None else percent(score.cut),
        "scored": score.scored, "met": score.met,
    }  # fmt: skip


def percent(share: Fraction) -> int:
    """A whole percentage, rounded down, so that nothing below a cut reads as the cut."""
    return share.numerator * 100 // share.denominator


def share_of(results: Collection[ItemResult]) -> Fraction:
    """Points reached over points possible; 0 for no items."""
    possible = sum(r.mark.max_points for r in results)
    return sum((r.mark.points for r in results), Fraction(0)) / possible if possible else Fraction(0)


def decide(quiz: Quiz, results: Sequence[ItemResult]) -> Decision:
    """Pass = overall ≥ cut AND every domain and topic ≥ its cut AND critical errors ≤ allowed AND the form is whole."""
    overall = Score("overall", len(results), share_of(results), quiz.cuts.overall.fraction)
    domains = tuple(_domain_score(quiz, results, d) for d in ("anatomy", "placement", "complication"))
    topics = tuple(_topic_score(results, t.topics, t.cut.fraction) for t in quiz.cuts.topics)
    errors = sum(bool(r.mark.critical_errors) for r in results)
    rules = (
        _whole_rule(quiz, results),
        Rule("critical", f"At most {quiz.max_critical_errors} critical errors: {errors}", errors <= quiz.max_critical_errors),
        _rule(overall, "Overall"),
        *(_rule(s, s.name.capitalize()) for s in domains if s.cut is not None),
        *(_rule(s, s.name.capitalize()) for s in topics),
    )
    passed = all(rule.met for rule in rules)
    shown = tuple(s for s in domains if s.items)
    return Decision(passed, overall, shown, topics, errors, rules, _words(passed, overall, rules, errors))


def _whole_rule(quiz: Quiz, results: Sequence[ItemResult]) -> Rule:
    graded, size = len({r.position for r in results}), quiz.blueprint.size
    return Rule("whole", f"All {size} items of the form are graded: {graded}", graded == len(results) == size)


def _domain_score(quiz: Quiz, results: Sequence[ItemResult], domain: str) -> Score:
    inside = [r for r in results if r.domain == domain]
    cut = next((c.fraction for name, c in quiz.cuts.domains.items() if name == domain), None)
    return Score(domain, len(inside), share_of(inside), cut, len(inside) >= LEAST_IN_A_DOMAIN)


def _topic_score(results: Sequence[ItemResult], topics: Collection[str], cut: Fraction) -> Score:
    inside = [r for r in results if r.topic in topics]
    return Score(
        " and ".join(t.replace("-", " ") for t in topics),
        len(inside),
        share_of(inside),
        cut,
        len(inside) >= LEAST_IN_A_DOMAIN,
    )


def _rule(score: Score, name: str) -> Rule:
    cut = percent(score.cut) if score.cut is not None else 0
    words = f"{name} at least {cut} %: {percent(score.share)} %" if score.scored else f"{name}: too few items to score"
    return Rule(score.name, words, score.met)


def _words(passed: bool, overall: Score, rules: Sequence[Rule], errors: int) -> str:
    if passed:
        return f"Passed with {percent(overall.share)} %."
    broken = [r for r in rules if not r.met]
    if [r.name for r in broken] == ["critical"]:
        many = "one critical error" if errors == 1 else f"{errors} critical errors"
        return f"Not yet passed: {many}. Your score, {percent(overall.share)} %, would have passed."
    cuts = [r for r in broken if r.name != "critical"]
    many = f"{errors} critical error{'' if errors == 1 else 's'}" if len(cuts) < len(broken) else ""
    few = f"{len(cuts)} standard{'' if len(cuts) == 1 else 's'} not reached" if cuts else ""
    listed = "; ".join(r.words[0].lower() + r.words[1:] for r in broken)
    return f"Not yet passed: {' and '.join(p for p in (many, few) if p)}. What decided: {listed}."
