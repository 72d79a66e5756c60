"""Is the database what this code expects?"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData

from app.database.triggers import missing_triggers
from app.domain.errors import Unavailable

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"


@lru_cache(maxsize=1)
def expected_revision() -> str:
    """The newest migration that this code ships."""
    config = AlembicConfig()
    config.set_main_option("script_location", str(MIGRATIONS))
    head = ScriptDirectory.from_config(config).get_current_head()
    if head is None:
        raise Unavailable("This copy of the program has no migrations. Install it again.")
    return head


def schema_faults(engine: Engine, metadata: MetaData) -> list[str]:
    """Everything about the schema that would make answers untrustworthy, each with the command that mends it."""
    with engine.connect() as connection:
        present = MigrationContext.configure(connection).get_current_revision()
        if present != expected_revision():
            return [
                f"The database is at migration {present or 'none'}, this program needs {expected_revision()}. "
                "Run: flask --app app db upgrade"
            ]
        missing = missing_triggers(connection, metadata)
    return [f"The trigger {name} is missing. Run: flask --app app repair-triggers" for name in missing]
