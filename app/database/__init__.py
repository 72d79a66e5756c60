"""The database: typed models' base, the session, and how each engine begins a transaction."""

from __future__ import annotations

from app.database.base import Base, UtcDateTime, app_metadata, connection_of, db, table_of
from app.database.engine import begin_rules, let_go, write_from_here, write_lock_of

__all__ = [
    "Base", "UtcDateTime", "app_metadata", "begin_rules", "connection_of", "db", "let_go", "table_of", "write_from_here",
    "write_lock_of",
]  # fmt: skip
