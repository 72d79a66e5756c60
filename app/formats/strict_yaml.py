"""YAML without surprises: plain data with line numbers, or every reason why the file is refused.

One pass over the parser's events builds the data. Refused are duplicate keys, anchors, aliases, tags, directives,
several documents, control and invisible characters, and unquoted words that YAML 1.1 turns into something else
(no, 012, 1:30).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml.cyaml import CSafeLoader

from app.formats.file_problems import BrokenFile, FileProblem
from app.formats.visible_text import decode, hidden_character

MAX_DEPTH = 20
MAX_PROBLEMS = 50
"""A file with more problems than this has one cause; the rest would bury it."""

Path = tuple[str | int, ...]

_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]{0,14})\.[0-9]{1,15}")
_WORDS = {"true": True, "false": False, "null": None}
_OTHER_NUMBER = re.compile(r"[-+]?[0-9][0-9.]*[eE][-+]?[0-9]+|0o[0-7]+")  # numbers to YAML 1.2, text to 1.1
_NAMED = re.compile(r"[ -]*([a-z_][a-z0-9_-]*):")
_MEANINGS = {
    "bool": ("a yes or no", "Write true or false, or put quotes round it if it is text."),
    "int": ("another number", "Write a plain decimal number such as 12, or put quotes round it if it is text."),
    "float": ("another number", "Write a plain decimal number such as 12.5, or put quotes round it if it is text."),
    "timestamp": ("a date", "Put quotes round it."),
    "null": ("nothing", "Write null where nothing is meant, or put quotes round it if it is text."),
    "merge": ("a merge of other data", "Write the fields out, or put quotes round it if it is text."),
    "value": ("a default value", "Put quotes round it."),
}
_UNCLOSED = "found unexpected end of stream"
_SYNTAX_CURE = "Check quotes, brackets and indentation on this line and the one before it."
_SYNTAX_CURES = {
    "mapping values are not allowed": "Put quotes round a text that holds a colon followed by a space.",
    _UNCLOSED: "Close the quotes that are opened here.",
    "found unknown escape character": "In double quotes write a backslash twice, or use single quotes.",
    "did not find expected ',' or": "Put commas between entries, close the bracket, quote a text that holds either.",
}


@dataclass(frozen=True, slots=True)
class Document:
    """The data of a file, and where each part of it stands."""

    data: Any
    lines: dict[Path, int]

    def line_of(self, path: Path) -> int:
        """The line of a field, or of the nearest field around it; parts that the file does not have are passed over."""
        found: Path = ()
        for part in path:
            if (*found, part) in self.lines:
                found = (*found, part)
        return self.lines.get(found, 1)


def load(text: bytes, path: str) -> Document:
    """Read one file; raises BrokenFile with every problem. `path` is the name that the problems carry."""
    decoded = decode(text, path)
    reader = _Reader(path, decoded.split("\n"))
    try:
        for event in yaml.parse(decoded, Loader=CSafeLoader):
            reader.take(event)
    except yaml.YAMLError as error:
        reader.refuse_syntax(error)
    if not reader.problems and not reader.documents:
        reader.refuse(1, (), "The file is empty.", "Write its content, or delete the file.")
    if reader.problems:
        raise BrokenFile(reader.problems)
    return Document(reader.root, reader.lines)


def dotted(path: Path) -> str:
    """A path as problems show it: options.0.text."""
    return ".".join(str(part) for part in path)


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open; in a mapping `key` is the one whose value comes next."""

    container: Any
    path: Path
    key: str | None = None

    @property
    def wants_key(self) -> bool:
        return isinstance(self.container, dict) and self.key is None


@dataclass(slots=True)
class _Reader:
    """Builds the data from events and keeps every objection."""

    file: str
    text: Sequence[str]
    problems: list[FileProblem] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)
    root: Any = None
    documents: int = 0
    _frames: list[_Frame] = field(default_factory=list)

    def refuse(self, line: int, path: Path, message: str, cure: str) -> None:
        """Keep a problem; stop reading at too many."""
        self.problems.append(FileProblem(self.file, line, dotted(path), message, cure))
        if len(self.problems) >= MAX_PROBLEMS:
            raise BrokenFile(self.problems)

    def refuse_syntax(self, error: yaml.YAMLError) -> None:
        """What the parser itself objects to, with the field that it was in."""
        said = str(getattr(error, "problem", None) or "the text cannot be read")
        # An open quote is mended where it opens, not where the file ends.
        place = "context_mark" if said == _UNCLOSED else "problem_mark"
        mark = getattr(error, place, None)
        cure = next((cure for words, cure in _SYNTAX_CURES.items() if said.startswith(words)), _SYNTAX_CURE)
        line = mark.line + 1 if mark else 1
        self.refuse(line, self._named_in(line), f"This is not YAML: {said}.", cure)

    def _named_in(self, line: int) -> Path:
        """The field that a line seems to be about: what was being read, then the name that the line begins with."""
        path = self._here()
        begins = _NAMED.match(self.text[line - 1]) if line <= len(self.text) else None
        return (*path, begins[1]) if begins and begins[1] not in path else path

    def take(self, event: Any) -> None:
        """One event of the parser."""
        if isinstance(event, yaml.DocumentStartEvent):
            self._start_document(event)
        elif isinstance(event, yaml.AliasEvent):
            self._refuse_at(event, f"There is an alias (*{event.anchor}).", "Write the value out again.")
            self._place(event, None)
        elif isinstance(event, yaml.ScalarEvent):
            self._refuse_extras(event)
            self._take_scalar(event)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._refuse_extras(event)
            self._open(event, {} if isinstance(event, yaml.MappingStartEvent) else [])
        elif isinstance(event, yaml.CollectionEndEvent):
            self._frames.pop()

    def _start_document(self, event: yaml.DocumentStartEvent) -> None:
        self.documents += 1
        if event.version or event.tags:
            self._refuse_at(event, "There is a directive (a line that begins with %).", "Delete that line.")
        if self.documents > 1:
            self._refuse_at(event, "A second document begins here.", "Keep one a file: split it, or delete the ---.")
            raise BrokenFile(self.problems)

    def _refuse_at(self, event: Any, message: str, cure: str) -> None:
        self.refuse(event.start_mark.line + 1, self._here(), message, cure)

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor:
            self._refuse_at(event, f"There is an anchor (&{event.anchor}).", "Delete it; each value stands on its own.")
        if event.tag:
            self._refuse_at(event, f"There is a tag ({event.tag}).", "Delete it; quotes make a text.")

    def _here(self) -> Path:
        """The path of what comes next."""
        if not self._frames:
            return ()
        top = self._frames[-1]
        if isinstance(top.container, list):
            return (*top.path, len(top.container))
        return top.path if top.key is None else (*top.path, top.key)

    def _open(self, event: Any, container: Any) -> None:
        path = self._here()
        if self._frames and self._frames[-1].wants_key:
            self._refuse_at(event, "A list or mapping stands where a field's name belongs.", "Write a plain name.")
            self._frames[-1].key = "?"
        else:
            self._place(event, container)
        if len(self._frames) >= MAX_DEPTH:
            line = event.start_mark.line + 1
            self.refuse(line, path, f"The nesting goes deeper than {MAX_DEPTH} levels.", "Flatten the data.")
            raise BrokenFile(self.problems)
        self._frames.append(_Frame(container, path))

    def _place(self, event: Any, value: Any) -> None:
        """Put a value where it belongs and remember its line (that of the field's name, where it has one)."""
        self.lines.setdefault(self._here(), event.start_mark.line + 1)
        if not self._frames:
            self.root = value
            return
        top = self._frames[-1]
        if isinstance(top.container, list):
            top.container.append(value)
        elif top.key is None:
            top.key = "?"  # an alias as a name: refused already
        else:
            top.container[top.key] = value
            top.key = None

    def _take_scalar(self, event: yaml.ScalarEvent) -> None:
        hidden = hidden_character(event.value)  # an escape in double quotes brings it in
        if hidden:
            self._refuse_at(event, *hidden)
        value = self._resolve(event)
        if self._frames and self._frames[-1].wants_key:
            self._take_key(event, value)
        else:
            self._place(event, value)

    def _take_key(self, event: Any, value: Any) -> None:
        top, line = self._frames[-1], event.start_mark.line + 1
        top.key = event.value
        if not isinstance(value, str):
            self._refuse_at(event, f"The field's name {_short(event.value)} is not text.", "Put quotes round it.")
        elif value in top.container:
            first = self.lines[(*top.path, value)]
            self._refuse_at(event, f"The field {value} is there twice (first in line {first}).", "Keep one of the two.")
        self.lines.setdefault((*top.path, event.value), line)

    def _resolve(self, event: yaml.ScalarEvent) -> Any:
        """The value of a scalar; whatever could mean two things is refused."""
        text = event.value
        if event.style or event.tag:
            return text
        if text in _WORDS:
            return _WORDS[text]
        if _WHOLE.fullmatch(text):
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(text)
        if not text:
            self._refuse_at(event, "The value is missing.", "Write a value, or delete the field.")
        elif kind := _other_meaning(text):
            means, cure = _MEANINGS[kind]
            self._refuse_at(event, f"{_short(text)} without quotes means {means} to some readers of YAML.", cure)
        return text


def _other_meaning(text: str) -> str | None:
    """What YAML 1.1 (or 1.2) makes of an unquoted text, where that is no text."""
    if _OTHER_NUMBER.fullmatch(text):
        return "float"
    for tag, pattern in yaml.SafeLoader.yaml_implicit_resolvers.get(text[0], []):
        if pattern.match(text):
            return str(tag).rpartition(":")[2]
    return None


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
