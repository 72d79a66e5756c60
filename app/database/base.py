"""Base class of all models, constraint names, and the instant type that refuses naive values."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Dialect, MetaData, Table
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

app_metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware instant, stored as UTC; a naive value is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A naive instant was given; instants carry their zone.")
        instant = value.astimezone(UTC)
        return instant.replace(tzinfo=None) if dialect.name == "sqlite" else instant

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], datetime | None]:
        """Instead of `process_result_value`, which costs a call more for each value: a standing reads a hundred instants."""
        stored = self.impl_instance.result_processor(dialect, coltype)
        if stored is None:
            return _aware
        return lambda value: _aware(stored(value))


def _aware(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def table_of(model: type[DeclarativeBase]) -> Table:
    """The table of a model: statements on tables give plain rows, which cost less than objects of the session."""
    return app_metadata.tables[model.__tablename__]


def connection_of(session: Session) -> Connection:
    """The connection of a session, which has written what it holds: a statement on tables does not see to that by itself."""
    session.flush()
    return session.connection()


class Base(DeclarativeBase):
    """Base of every model; `datetime` columns are UtcDateTime."""

    metadata = app_metadata
    type_annotation_map = {datetime: UtcDateTime}  # noqa: RUF012

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, 'id', '?')}>"


db: Any = SQLAlchemy(metadata=app_metadata)
