"""Read the question bank's folder: every file, every problem, each with file, line, field and cure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from app.domain.catalogue import Catalogue, parse_catalogue
from app.domain.errors import InvalidInput
from app.domain.items import ItemContent, parse_item
from app.domain.policy import Policy, parse_policy
from app.domain.quiz import Quiz, parse_quiz
from app.formats.strict_yaml import BrokenFile, Document, FileProblem, load

T = TypeVar("T")
PACK = {
    # key of the catalogue: (file, path within the file)
    "general_rules": ("regions.yaml", ("meta", "general_rules")),
    "groups": ("regions.yaml", ("groups",)),
    "regions": ("regions.yaml", ("regions",)),
    "severity_scheme": ("complications.yaml", ("meta", "severity_scheme")),
    "complications": ("complications.yaml", ("complications",)),
    "background": ("competencies.yaml", ("meta", "background")),
    "competency_groups": ("competencies.yaml", ("groups",)),
    "observed_procedure_form": ("competencies.yaml", ("observed_procedure_form",)),
    "sources": ("sources.yaml", ("sources",)),
}
SCREENING = {
    "principles": ("meta", "principles"),
    "absolute": ("absolute",),
    "relative": ("relative",),
    "precautions": ("precautions",),
    "checks": ("checks",),
    "screening_questions": ("screening_questions",),
}
CURE = "Correct this field; docs/reference/bank.md describes it."


@dataclass(slots=True)
class BankFiles:
    """Everything that could be read, and every problem. `documents` maps an item id to its file."""

    problems: list[FileProblem] = field(default_factory=list)
    items: list[ItemContent] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    _catalogue: Catalogue | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The reference pack; raises InvalidInput if its files are broken."""
        if self._catalogue is None:
            raise InvalidInput("The reference pack of the bank is broken. Run: flask --app app bank check")
        return self._catalogue

    @property
    def has_catalogue(self) -> bool:
        """Whether the reference pack could be read."""
        return self._catalogue is not None


def read_bank(folder: Path) -> BankFiles:
    """Read the whole folder without stopping at the first problem."""
    bank = BankFiles()
    if not folder.is_dir():
        bank.problems.append(
            FileProblem(str(folder), 1, "", "There is no such folder.", "Set QUESTION_BANK to the bank's folder.")
        )
        return bank
    bank._catalogue = _read_pack(folder, bank)
    for path in sorted((folder / "scenarios").glob("**/*.yaml")):
        _read_item(folder, path, bank)
    bank.quizzes = [q for q in _parsed(folder, "quizzes", parse_quiz, bank) if q is not None]
    bank.policies = [p for p in _parsed(folder, "policies", parse_policy, bank) if p is not None]
    return bank


def _document(folder: Path, path: Path, bank: BankFiles) -> Document | None:
    name = path.relative_to(folder).as_posix()
    try:
        return load(path.read_bytes(), name)
    except BrokenFile as broken:
        bank.problems += broken.problems
    except FileNotFoundError:
        bank.problems.append(FileProblem(name, 1, "", "The file is missing.", "Put it back."))
    return None


def _note(bank: BankFiles, document: Document, error: InvalidInput) -> None:
    for path, message in error.problems:
        line = document.line_of(_path(path))
        bank.problems.append(FileProblem(document.path, line, path, message, CURE))


def _path(dotted: str) -> tuple[str | int, ...]:
    return tuple(int(p) if p.isdecimal() else p for p in dotted.split(".") if p)


def _read_item(folder: Path, path: Path, bank: BankFiles) -> None:
    document = _document(folder, path, bank)
    if document is None:
        return
    try:
        content = parse_item(document.data)
    except InvalidInput as error:
        _note(bank, document, error)
        return
    if content.id in bank.documents:
        where = bank.documents[content.id].path
        bank.problems.append(
            FileProblem(
                document.path,
                document.line_of(("id",)),
                "id",
                f"{where} has the same id.",
                "Give one of the two a new id.",
            )
        )
        return
    if content.id != path.stem:
        bank.problems.append(
            FileProblem(
                document.path,
                document.line_of(("id",)),
                "id",
                f"The id {content.id} is not the file's name.",
                "Make them equal.",
            )
        )
    bank.items.append(content)
    bank.documents[content.id] = document


def _parsed(folder: Path, name: str, parse: Callable[[object], T], bank: BankFiles) -> Iterable[T | None]:
    for path in sorted((folder / name).glob("*.yaml")):
        document = _document(folder, path, bank)
        if document is None:
            continue
        try:
            yield parse(document.data)
        except InvalidInput as error:
            _note(bank, document, error)


def _read_pack(folder: Path, bank: BankFiles) -> Catalogue | None:
    names = ("regions.yaml", "complications.yaml", "competencies.yaml", "screening.yaml", "sources.yaml")
    documents = {name: _document(folder, folder / name, bank) for name in names}
    if any(d is None for d in documents.values()):
        return None
    data: dict[str, Any] = {key: _dig(documents[name], where) for key, (name, where) in PACK.items()}
    data["screening"] = {key: _dig(documents["screening.yaml"], where) for key, where in SCREENING.items()}
    try:
        return parse_catalogue(data)
    except InvalidInput as error:
        for path, message in error.problems:
            bank.problems.append(_pack_problem(path, message, documents))
    return None


def _dig(document: Document | None, where: tuple[str, ...]) -> Any:
    value: Any = document.data if document is not None else None
    for key in where:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _pack_problem(path: str, message: str, documents: dict[str, Document | None]) -> FileProblem:
    parts = _path(path)
    head, rest = (str(parts[0]), parts[1:]) if parts else ("regions", ())
    name, where = PACK.get(head, ("screening.yaml", ()))
    if head == "screening" and rest:
        where, rest = SCREENING.get(str(rest[0]), ()), rest[1:]
    document = documents[name]
    line = document.line_of((*where, *rest)) if document is not None else 1
    return FileProblem(name, line, path, message, CURE)
