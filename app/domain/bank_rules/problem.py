"""One problem of the bank, named by the thing that has it, not by a file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal

Kind = Literal["item", "quiz", "policy", "scene"]
Subject = tuple[Kind, str]


@dataclass(frozen=True, slots=True)
class RuleProblem:
    """What is wrong with an item, a quiz, a policy or a scene (or with the bank as a whole: no subject), and what to do."""

    subject: Subject | None
    field: str
    message: str
    cure: str


def unknown(subject: Subject, field: str, what: str, slug: str, known: Iterable[str], file: str) -> RuleProblem:
    """A slug that leads nowhere, with the nearest one that exists."""
    near = get_close_matches(slug, list(known), n=1)
    cure = f"Did you mean {near[0]}? The known ones are in {file}." if near else f"Use one that is in {file}."
    return RuleProblem(subject, field, f"There is no {what} {slug}.", cure)
