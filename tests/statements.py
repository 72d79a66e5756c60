"""Count the statements that a block sends to the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def counted_statements(engine: Engine) -> Iterator[list[str]]:
    """Yield a list that fills with every statement besides BEGIN, COMMIT and ROLLBACK."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.split()[0].upper() not in ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def assert_at_most(count: int, seen: list[str]) -> None:
    """Fail with the statements themselves if there were more than `count`."""
    assert len(seen) <= count, f"{len(seen)} statements, at most {count}:\n" + "\n".join(s.split("\n")[0][:140] for s in seen)
