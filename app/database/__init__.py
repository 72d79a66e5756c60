"""The database: typed models' base, the session, and how each engine begins a transaction."""

from __future__ import annotations

from app.database.base import Base, UtcDateTime, app_metadata, db
from app.database.engine import begin_rules, let_go, write_from_here, write_lock_of

__all__ = ["Base", "UtcDateTime", "app_metadata", "begin_rules", "db", "let_go", "write_from_here", "write_lock_of"]
