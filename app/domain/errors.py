"""The few named errors that the domain raises; app/web/errors.py alone turns them into answers."""

from __future__ import annotations

from collections.abc import Iterable

Problem = tuple[str, str]
"""(path of the field, message that names the cure)."""


class DomainError(Exception):
    """Something that a person asked for and that cannot be done, with words that say what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidInput(DomainError):
    """What was sent does not have the right form; `problems` lists every one of them."""

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = (("", problems),) if isinstance(problems, str) else tuple(problems)
        super().__init__("; ".join(f"{path}: {text}" if path else text for path, text in self.problems))


class NotAllowed(DomainError):
    """This person may not do this here, although they may see it."""


class NotFound(DomainError):
    """There is no such thing, or it is none of this person's business."""


class Conflict(DomainError):
    """The thing changed in between, or its state does not allow the act."""


class Gone(DomainError):
    """The thing is closed for good; what was sent too late is named."""


class TooMany(DomainError):
    """Too many tries in a short time; the message says how long to wait."""


class Unavailable(DomainError):
    """The installation cannot answer now; the message says which command mends it."""
