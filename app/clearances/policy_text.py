"""Read the text of a policy: the policy, or everything that is wrong with it, each with its line and path."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.bank.cures import field_of, message_and_cure
from app.catalogue.queries import catalogue_in_force
from app.domain.bank_rules import RuleProblem
from app.domain.bank_rules.references import policy_references
from app.domain.catalogue import Catalogue
from app.domain.errors import InvalidInput
from app.domain.policy import Policy, parse_policy
from app.domain.quiz import Quiz
from app.formats import strict_yaml
from app.formats.file_problems import BrokenFile, FileProblem
from app.quizzes.queries import current_quizzes, rules_of

NAME = "policy.yaml"
LONGEST = 100_000


@dataclass(frozen=True, slots=True)
class Read:
    """A text with the policy in it, or with problems."""

    text: str
    policy: Policy | None = None
    problems: tuple[FileProblem, ...] = ()


def read_policy(session: Session, raw: bytes) -> Read:
    """Read a text against the catalogue and the exams of this installation."""
    quizzes = [rules_of(v) for v in current_quizzes(session)]
    return read_against(raw, catalogue_in_force(session).catalogue, quizzes)


def read_against(raw: bytes, catalogue: Catalogue, quizzes: Sequence[Quiz]) -> Read:
    """Read a text; never raises for what is in it, and keeps it as far as it is text."""
    text = raw.decode("utf-8", "replace")
    if len(raw) > LONGEST:
        problem = FileProblem(NAME, 1, "", "The text is longer than 100,000 bytes.", "Paste the policy alone: it is shorter.")
        return Read(text[:LONGEST], problems=(problem,))
    try:
        document = strict_yaml.load(raw.replace(b"\r\n", b"\n"), NAME)
        policy = parse_policy(document.data)
    except BrokenFile as broken:
        return Read(text, problems=broken.file_problems)
    except InvalidInput as error:
        return Read(text, problems=tuple(_form_problems(document, error)))
    problems = tuple(_placed(document, p) for p in policy_references(policy, catalogue, quizzes))
    return Read(text, policy if not problems else None, problems)


def _form_problems(document: strict_yaml.Document, error: InvalidInput) -> Iterator[FileProblem]:
    for path, said in error.problems:
        message, cure = message_and_cure(said)
        yield _placed(document, RuleProblem(None, field_of(path, said), message, cure))


def _placed(document: strict_yaml.Document, problem: RuleProblem) -> FileProblem:
    parts = tuple(int(part) if part.isdecimal() else part for part in problem.field.split(".") if part)
    return FileProblem(NAME, document.line_of(parts), problem.field, problem.message, problem.cure)
