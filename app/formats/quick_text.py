"""Pasted questions → neutral drafts: `?` the question, `*` right, `!` dangerous, `-` wrong, `because:` why."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

MOST_BYTES = 200_000
MOST_ITEMS = 50
_MARKS = {"*": {"correct": True}, "!": {"dangerous": True}, "-": {}}
_BLANK = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """What could not be understood, where, and what to do."""

    line: int
    message: str


@dataclass(slots=True)
class QuickDraft:
    """One pasted question: scenario, stem and options, as far as they were understood."""

    line: int
    scenario: str = ""
    stem: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)

    def content(self) -> dict[str, Any]:
        """The parts of an item that a paste holds."""
        right = sum(bool(o.get("correct")) for o in self.options)
        kind = "multiple_response" if right > 1 else "single_best_answer"
        return {"type": kind, "scenario": self.scenario, "stem": self.stem, "options": self.options}


def parse_quick(text: str) -> tuple[list[QuickDraft], list[Diagnostic]]:
    """Read pasted text; questions are separated by blank lines. Every problem is reported with its line."""
    normal = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(normal.encode()) > MOST_BYTES:
        return [], [Diagnostic(1, "This is more than 200 kB. Paste it in parts.")]
    drafts: list[QuickDraft] = []
    diagnostics: list[Diagnostic] = []
    line = 1
    for block in _blocks(normal):
        start = line
        line = start + block.count("\n")
        if block.strip():
            drafts.append(_draft(block, start, diagnostics))
    if len(drafts) > MOST_ITEMS:
        return [], [Diagnostic(1, f"These are {len(drafts)} questions; paste at most {MOST_ITEMS} at a time.")]
    return drafts, diagnostics


def _blocks(text: str) -> list[str]:
    blocks, start = [], 0
    for gap in _BLANK.finditer(text):
        blocks.append(text[start : gap.end()])
        start = gap.end()
    return [*blocks, text[start:]]


def _draft(block: str, start: int, diagnostics: list[Diagnostic]) -> QuickDraft:
    draft = QuickDraft(start)
    for number, raw in enumerate(block.split("\n"), start=start):
        words = raw.strip()
        if words:
            _take(draft, words, number, diagnostics)
    if not draft.stem:
        diagnostics.append(Diagnostic(start, "No question was found. Begin its line with ?"))
    if not any(o.get("correct") for o in draft.options):
        diagnostics.append(Diagnostic(start, "No right answer was found. Begin its line with *"))
    return draft


def _take(draft: QuickDraft, words: str, number: int, diagnostics: list[Diagnostic]) -> None:
    if words[0] == "?":
        draft.stem = words[1:].strip()
    elif words[0] in _MARKS and len(words) > 1:
        option_id = chr(ord("a") + len(draft.options)) if len(draft.options) < 26 else "z9"
        draft.options.append({"id": option_id, "text": words[1:].strip(), **_MARKS[words[0]], "rationale": ""})
    elif words.lower().startswith("because:"):
        if draft.options:
            draft.options[-1]["rationale"] = words[len("because:") :].strip()
        else:
            diagnostics.append(
                Diagnostic(number, "This because: stands before any answer. Put it under the answer that it explains.")
            )
    elif draft.options or draft.stem:
        diagnostics.append(Diagnostic(number, "This line has no mark. Begin it with *, !, - or because:"))
    else:
        draft.scenario = f"{draft.scenario} {words}".strip()
