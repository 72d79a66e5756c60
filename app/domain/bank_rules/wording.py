"""Wording that gives the answer away or hides the question. A scenario may say "not"; a stem should not ask for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from app.domain.bank_rules.problem import RuleProblem
from app.domain.items import ItemContent, MultipleResponse, Ordering, SingleBestAnswer

LONGEST_KEY_SHARE = (40, 100)
"""At most this share of single-best-answer items may have the longest option as key; chance alone gives a quarter."""
LONGEST_KEY_FROM = 20
"""Fewer items say nothing about a habit."""

# "at least" counts something, and "do not needle" names an act: neither turns the question round.
_NEGATIVE = re.compile(
    r"(?<!at )\bleast\b|\bexcept\b|\bnever\b|\bincorrect\b|\buntrue\b|\b(is|are|was|were) (false|wrong)\b"
    r"|\bnot\b(?! (to )?(be )?needl)(?! today)|\b\w+n['’]t\b",
    re.IGNORECASE,
)
_GATHERING = re.compile(
    r"\b(all|none|both|neither|any|some) of (the )?(above|below|these|those|other options|other answers)\b"
    r"|\ball the above\b|\b(options?|answers?|both) [a-f] (and|or) [a-f]\b|\ball are (right|correct|true)\b",
    re.IGNORECASE,
)
_ABSOLUTE = re.compile(
    r"\b(always|never|all|none|only|every|completely|entirely|impossible|guaranteed?|certainly)\b", re.IGNORECASE
)


def wording_problems(item: ItemContent) -> Iterator[RuleProblem]:
    """A negative stem, options that gather others, absolute words."""
    found = _NEGATIVE.search(item.stem)
    if found:
        yield RuleProblem(
            ("item", item.id),
            "stem",
            f"The stem asks for the negative ({found.group()}).",
            "Ask for what is right, or for what to do.",
        )
    for path, text in _choices(item):
        yield from _option_problems(item, path, text)


def _choices(item: ItemContent) -> Iterator[tuple[str, str]]:
    """(path, text) of what a candidate weighs; the steps of an order are all right, so their words tell nothing."""
    if isinstance(item, SingleBestAnswer | MultipleResponse):
        yield from ((f"options.{n}.text", option.text) for n, option in enumerate(item.options))
    elif isinstance(item, Ordering):
        yield from ((f"distractors.{n}.text", step.text) for n, step in enumerate(item.distractors))


def _option_problems(item: ItemContent, path: str, text: str) -> Iterator[RuleProblem]:
    gathering, absolute = _GATHERING.search(text), _ABSOLUTE.search(text)
    if gathering:
        message = f"The option gathers others ({gathering.group()}), which shuffling makes nonsense."
        yield RuleProblem(("item", item.id), path, message, "Write an option that stands by itself.")
    elif absolute:
        message = f"The option holds the absolute word “{absolute.group()}”, which test-wise candidates strike out."
        yield RuleProblem(("item", item.id), path, message, "Say the same without it.")


def longest_keys(items: Sequence[ItemContent]) -> tuple[int, int]:
    """(single-best-answer items whose key is strictly the longest option, such items)."""
    single = [item for item in items if isinstance(item, SingleBestAnswer)]
    return sum(key_is_longest(item) for item in single), len(single)


def key_is_longest(item: SingleBestAnswer) -> bool:
    """Whether every other option is shorter than the key, in characters."""
    key = next(len(o.text) for o in item.options if o.correct)
    return key > max(len(o.text) for o in item.options if not o.correct)


def key_length_problems(items: Sequence[ItemContent]) -> Iterator[RuleProblem]:
    """Too often the longest option is the key. Where the key stands in the file is no matter: options are shuffled."""
    longest, total = longest_keys(items)
    num, den = LONGEST_KEY_SHARE
    if total < LONGEST_KEY_FROM or longest * den <= num * total:
        return
    surplus = longest - num * total // den
    names = [item.id for item in items if isinstance(item, SingleBestAnswer) and key_is_longest(item)]
    yield RuleProblem(
        None,
        "options",
        f"In {longest} of {total} single-best-answer items the key is the longest option (at most {num} in {den}).",
        f"Shorten the key or lengthen a distractor in at least {surplus} of: {', '.join(names)}.",
    )
