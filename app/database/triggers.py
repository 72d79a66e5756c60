"""Triggers that keep history as it was: append-only tables and columns that are set once.

A table says what it needs in its `info`: `append_only: True` refuses UPDATE and DELETE; `set_once: (columns)` refuses
DELETE and every UPDATE but NULL → value in these columns; `guards: {name: (sqlite, postgresql)}` are its own triggers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from sqlalchemy import Connection, MetaData, Table, inspect, text

REFUSAL = "this table is append-only: history is never rewritten"
RESTORED = "by constraint: nothing is given while a restored installation is not confirmed"
_IS_RESTORED = "EXISTS (SELECT 1 FROM installation WHERE mode = 'restored')"
Guard = tuple[str, str, str, str]
"""(act, condition on SQLite, condition on PostgreSQL, words of the refusal)."""


def unless_restored(condition: str = "") -> Guard:
    """Refuse the rows for which a condition holds while the installation waits for its confirmation after a restore."""
    whole = f"{condition} AND {_IS_RESTORED}" if condition else _IS_RESTORED
    return ("INSERT", whole, whole, RESTORED)


def _sqlite(name: str, table: str, act: str, when: str, words: str) -> str:
    clause = f" WHEN {when}" if when else ""
    return f"CREATE TRIGGER {name} BEFORE {act} ON {table}{clause} BEGIN SELECT RAISE(ABORT, '{words}'); END"


def _postgres(name: str, table: str, act: str, when: str, words: str) -> str:
    condition = when or "TRUE"
    back = "OLD" if act == "DELETE" else "NEW"
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN "
        f"RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN {back}; END $$;"
        f"CREATE TRIGGER {name} BEFORE {act} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
    )


def _no_truncate(table: str) -> str:
    name = f"{table}_no_truncate"
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$;"
        f"CREATE TRIGGER {name} BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {name}()"
    )


def _changed(columns: list[str], dialect: str) -> str:
    differs = "IS NOT" if dialect == "sqlite" else "IS DISTINCT FROM"
    return " OR ".join(f"NEW.{c} {differs} OLD.{c}" for c in columns)


def _rewritten(columns: tuple[str, ...], dialect: str) -> str:
    return " OR ".join(f"(OLD.{c} IS NOT NULL AND {_changed([c], dialect)})" for c in columns)


def statements_for(table: Table, dialect: str) -> Iterator[tuple[str, str]]:
    """Yield (trigger name, DDL) for one table on one kind of database."""
    make = _sqlite if dialect == "sqlite" else _postgres
    set_once: tuple[str, ...] = tuple(table.info.get("set_once", ()))
    if table.info.get("append_only") or set_once:
        yield f"{table.name}_no_delete", make(f"{table.name}_no_delete", table.name, "DELETE", "", REFUSAL)
        if dialect == "postgresql":
            yield f"{table.name}_no_truncate", _no_truncate(table.name)
    if table.info.get("append_only"):
        yield f"{table.name}_no_update", make(f"{table.name}_no_update", table.name, "UPDATE", "", REFUSAL)
    if set_once:
        fixed = [c.name for c in table.columns if c.name not in set_once]
        when = f"{_changed(fixed, dialect)} OR {_rewritten(set_once, dialect)}"
        yield f"{table.name}_set_once", make(f"{table.name}_set_once", table.name, "UPDATE", when, REFUSAL)
    for name, (act, when_sqlite, when_postgres, words) in table.info.get("guards", {}).items():
        yield name, make(name, table.name, act, when_sqlite if dialect == "sqlite" else when_postgres, words)


def required_triggers(metadata: MetaData, dialect: str) -> dict[str, str]:
    """Every trigger that the models ask for: name → DDL."""
    return {name: ddl for table in metadata.sorted_tables for name, ddl in statements_for(table, dialect)}


def present_triggers(connection: Connection) -> set[str]:
    """The names of the triggers that the database really has."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if connection.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
    )
    return set(connection.execute(text(query)).scalars())


def create_triggers(connection: Connection, metadata: MetaData) -> None:
    """Create those that are missing; a table that Alembic rebuilt on SQLite loses its own.

    Tables of later migrations wait, and so does what reads a column or a table that only a later migration adds.
    """
    present, live = present_triggers(connection), inspect(connection)
    tables = set(live.get_table_names())
    for table in metadata.sorted_tables:
        if table.name not in tables:
            continue
        whole = {c.name for c in table.columns} <= {c["name"] for c in live.get_columns(table.name)}
        for name, ddl in statements_for(table, connection.dialect.name):
            known = (whole and not _reads_more(ddl, set(metadata.tables) - tables)) or name in _of_every_revision(table.name)
            if name not in present and known:
                connection.exec_driver_sql(ddl)


def _of_every_revision(table: str) -> tuple[str, ...]:
    """The triggers of a table that read no column."""
    return (f"{table}_no_delete", f"{table}_no_update", f"{table}_no_truncate")


def _reads_more(ddl: str, absent: set[str]) -> bool:
    """Whether a trigger looks into a table that the database does not have yet."""
    return bool(set(re.findall(r"(?:FROM|JOIN) (\w+)", ddl)) & absent)


def missing_triggers(connection: Connection, metadata: MetaData) -> list[str]:
    """Names that the models ask for and the database lacks."""
    return sorted(set(required_triggers(metadata, connection.dialect.name)) - present_triggers(connection))
