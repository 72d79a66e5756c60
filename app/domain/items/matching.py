"""Pairs: each thing on the left goes with one on the right; a share of the points for each right pair."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import Field

from app.domain.errors import InvalidInput
from app.domain.items.base import (
    Answer,
    Choice,
    Finding,
    ItemBase,
    Mark,
    OptionId,
    OptionText,
    Presentation,
    Reason,
    Review,
    Variant,
    choices_of,
    rows,
    sent,
    twins,
    unanswered,
)
from app.domain.strict import Fault, Strict


class Term(Strict):
    """One thing to be paired."""

    id: OptionId
    text: OptionText


class Matching(ItemBase):
    """`right` may hold more than `left` needs; each left has one right, given under `pairs`, and its reason under `rationales`."""

    type: Literal["matching"]
    left: Annotated[tuple[Term, ...], Field(min_length=3, max_length=8)]
    right: Annotated[tuple[Term, ...], Field(min_length=3, max_length=10)]
    pairs: Mapping[OptionId, OptionId]
    rationales: Mapping[OptionId, Reason]

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Ids twice, lefts without a pair or a reason, pairs of nothing; nothing in it can be dangerous."""
        lefts, rights = (_ids(data, side) for side in ("left", "right"))
        yield from twins(rows(data, "left"), "terms on the left")
        yield from twins(rows(data, "right"), "terms on the right")
        for field in ("pairs", "rationales"):
            given = data.get(field)
            if not isinstance(given, Mapping):
                continue
            for name in sorted(lefts - set(given)):
                yield (field,), f"{name} of the left side is missing here: add it"
            for name in sorted(set(map(str, given)) - lefts):
                yield (field, name), f"there is no {name} on the left side: correct the id, or delete it"
        pairs = data.get("pairs")
        for name, right in pairs.items() if isinstance(pairs, Mapping) else ():
            if right not in rights:
                yield ("pairs", str(name)), f"there is no {right} on the right side: correct the id"
        if data.get("critical") is True:
            yield ("critical",), "a matching item cannot be critical, since no pair in it is dangerous: set critical: false"


def _ids(data: Mapping[str, Any], side: str) -> set[str]:
    return {str(row["id"]) for row in rows(data, side) if "id" in row}


def option_ids(content: Matching) -> tuple[str, ...]:
    return tuple(t.id for t in content.right)


def _left_keys(content: Matching) -> dict[str, str]:
    """Display keys l1, l2, … in the order of the file, which tells nothing: the right side is shuffled."""
    return {f"l{n}": t.id for n, t in enumerate(content.left, start=1)}


def presentation(content: Matching, variant: Variant, answer: Answer | None) -> Presentation:
    texts = {t.id: t.text for t in content.right}
    prompts = tuple(Choice(f"l{n}", str(n), t.text) for n, t in enumerate(content.left, start=1))
    words = "Choose for each line what belongs to it. Something may be left over."
    return Presentation(
        "matching", content.scenario, content.stem, words, content.critical, content.points, choices_of(texts, variant),
        prompts=prompts,
    )  # fmt: skip


def parse_answer(content: Matching, variant: Variant, wire: object) -> dict[str, Any] | None:
    given = sent(wire, "pairs")
    if given is None or given == {}:
        return None
    lefts = _left_keys(content)
    if not isinstance(given, Mapping) or set(given) - set(lefts):
        raise InvalidInput([("answer", "Send pairs as an object: a line's key, and the key of what belongs to it.")])
    return {lefts[key]: variant.option_of(right) for key, right in sorted(given.items())}


def wire_answer(content: Matching, variant: Variant, answer: dict[str, str] | None) -> dict[str, Any]:
    if answer is None:
        return {}
    return {"pairs": {key: variant.key_of(answer[left]) for key, left in _left_keys(content).items() if left in answer}}


def answer_words(content: Matching, variant: Variant, answer: dict[str, str] | None) -> tuple[str, ...]:
    given, rights = answer or {}, {t.id: t.text for t in content.right}
    return tuple(f"{t.text}: {rights[given[t.id]]}" for t in content.left if t.id in given)


def key_answer(content: Matching) -> dict[str, Any]:
    return dict(content.pairs)


def score(content: Matching, variant: Variant, answer: dict[str, str] | None) -> Mark:
    if answer is None:
        return unanswered(content.points)
    right = [t for t in content.left if answer.get(t.id) == content.pairs[t.id]]
    points = Fraction(content.points * len(right), len(content.left))
    findings = (_finding(content, t, answer.get(t.id)) for t in content.left)
    return Mark(points, content.points, (), tuple(findings))


def _finding(content: Matching, term: Term, chosen: str | None) -> Finding:
    if chosen is None:
        return Finding("missing", f"{term.text}: nothing was chosen.", term.id)
    kind: Literal["right", "wrong"] = "right" if chosen == content.pairs[term.id] else "wrong"
    return Finding(kind, f"{term.text}: {content.rationales[term.id]}", term.id)


def review(content: Matching, variant: Variant, answer: dict[str, str] | None) -> Review:
    rights = {t.id: t.text for t in content.right}
    words = tuple(f"{t.text}: {rights[content.pairs[t.id]]}. {content.rationales[t.id]}" for t in content.left)
    return Review((), words, content.explanation, content.safe_needle_rule, content.sources)
