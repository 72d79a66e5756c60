"""Read the question bank's folder: every file, every problem, each with file, line, field and cure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, TypeVar

from app.bank.cures import field_of, message_and_cure
from app.domain.bank_rules import Kind, Subject
from app.domain.catalogue import PACKS, Catalogue, read_packs
from app.domain.errors import InvalidInput, Problem
from app.domain.items import ItemContent, parse_item, with_scene
from app.domain.policy import Policy, parse_policy
from app.domain.quiz import Quiz, parse_quiz
from app.domain.scenes import Scene, parse_scene, scene_json
from app.formats import strict_yaml
from app.formats.file_problems import BrokenFile, FileProblem
from app.formats.visible_text import MAX_BYTES

ENDING = ".yaml"


class Identified(Protocol):
    """Anything that a file may hold under an id of its own."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Identified)


@dataclass(frozen=True, slots=True)
class Document:
    """A file of the bank: its name within the folder, its data and lines."""

    path: str
    content: strict_yaml.Document

    @property
    def data(self) -> Any:
        """The data of the file."""
        return self.content.data

    def problem(self, name: str, message: str, cure: str) -> FileProblem:
        """A problem of one field (options.0.text) of this file, at its line."""
        path = tuple(int(part) if part.isdecimal() else part for part in name.split(".") if part)
        return FileProblem(self.path, self.content.line_of(path), name, message, cure)


@dataclass(slots=True)
class BankFiles:
    """Everything that could be read, and every problem. `sha256` covers each file that was read, by name."""

    problems: list[FileProblem] = field(default_factory=list)
    items: list[ItemContent] = field(default_factory=list)
    quizzes: list[Quiz] = field(default_factory=list)
    policies: list[Policy] = field(default_factory=list)
    scenes: list[Scene] = field(default_factory=list)
    documents: dict[Subject, Document] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)
    pack: Catalogue | None = None

    @property
    def catalogue(self) -> Catalogue:
        """The reference pack; raises InvalidInput if its files are broken."""
        if self.pack is None:
            raise InvalidInput("The reference pack of the bank is broken. Run: flask --app app bank check")
        return self.pack

    def refuse(self, file: str, message: str, cure: str) -> None:
        """Keep a problem of a whole file."""
        self.problems.append(FileProblem(file, 1, "", message, cure))


def read_bank(folder: Path) -> BankFiles:
    """Read the whole folder without stopping at the first problem."""
    bank = BankFiles()
    if not folder.is_dir():
        bank.refuse(str(folder), "There is no such folder.", "Set QUESTION_BANK to the bank's folder.")
        return bank
    _read_packs(folder, bank)
    bank.quizzes = list(_read_all(folder, "quizzes", "quiz", parse_quiz, bank))
    bank.policies = list(_read_all(folder, "policies", "policy", parse_policy, bank))
    bank.scenes = list(_read_all(folder, "scenes", "scene", parse_scene, bank))
    scenes = {scene.id: scene_json(scene) for scene in bank.scenes}
    bank.items = list(_read_all(folder, "scenarios", "item", lambda data: parse_item(with_scene(data, scenes)), bank))
    return bank


def _read_packs(folder: Path, bank: BankFiles) -> None:
    names = {f"{name}{ENDING}": name for name in PACKS}
    found = {name: _document(folder, folder / file, bank) for file, name in names.items()}
    documents = {name: document for name, document in found.items() if document is not None}
    bank.pack, problems = read_packs({name: document.data for name, document in documents.items()})
    for path, said in problems:
        name, _, inner = path.partition(".")
        bank.problems.append(documents[name].problem(inner, *message_and_cure(said)))
    for stray in sorted(folder.iterdir()):
        if stray.suffix in (ENDING, ".yml") and stray.name not in names:
            bank.refuse(stray.name, "This file would not be read.", f"Rename it to one of {', '.join(names)}, or move it.")


def _read_all(folder: Path, name: str, kind: Kind, parse: Callable[[object], T], bank: BankFiles) -> Iterator[T]:
    """Every sound file of one folder; of two with the same id the first by name is kept."""
    for document in _documents(folder, name, bank):
        try:
            content = parse(document.data)
        except InvalidInput as error:
            bank.problems += _form_problems(document, error.problems)
            continue
        subject: Subject = (kind, content.id)
        bank.problems += _id_problems(document, subject, bank)
        if subject not in bank.documents:
            bank.documents[subject] = document
            yield content


def _documents(folder: Path, name: str, bank: BankFiles) -> Iterator[Document]:
    for path in sorted((folder / name).rglob("*")):
        inner = path.relative_to(folder)
        if any(part.startswith(".") for part in inner.parts) or (path.is_dir() and path.suffix != ENDING):
            continue
        if path.suffix != ENDING:
            bank.refuse(inner.as_posix(), "This file would not be read.", f"End its name in {ENDING}, or delete it.")
            continue
        document = _document(folder, path, bank)
        if document is not None:
            yield document


def _document(folder: Path, path: Path, bank: BankFiles) -> Document | None:
    name = path.relative_to(folder).as_posix()
    try:
        if path.is_symlink():
            raise OSError("a link to another place; the bank holds plain files")
        with path.open("rb") as stream:
            text = stream.read(MAX_BYTES + 1)
        bank.sha256[name] = hashlib.sha256(text).hexdigest()
        return Document(name, strict_yaml.load(text, name))
    except BrokenFile as broken:
        bank.problems += broken.file_problems
    except FileNotFoundError:
        bank.refuse(name, "The file is missing.", "Put it back; the bank cannot do without it.")
    except OSError as error:
        bank.refuse(name, f"The file cannot be read ({error.strerror or error}).", "Replace it with a readable file.")
    return None


def _form_problems(document: Document, problems: tuple[Problem, ...]) -> Iterator[FileProblem]:
    for path, said in problems:
        yield document.problem(field_of(path, said), *message_and_cure(said))


def _id_problems(document: Document, subject: Subject, bank: BankFiles) -> Iterator[FileProblem]:
    """Two files must not have one id, and a file's name is the id of what it holds."""
    found, other = subject[1], bank.documents.get(subject)
    name = document.path.rpartition("/")[2].removesuffix(ENDING)
    if other is not None:
        yield document.problem("id", f"{other.path} has the id {found} too.", "Give one of the two a new id and name.")
    elif found != name:
        yield document.problem("id", f"The id is {found} and the file is named {name}.", "Make the two the same.")
