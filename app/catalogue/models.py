"""The clinical reference pack (regions, groups, complications, competencies, sources), version by version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base


class CatalogueVersion(Base):
    """One immutable version of the whole pack as canonical JSON; the newest is in force."""

    __tablename__ = "catalogue_version"
    __table_args__ = ({"info": {"append_only": True}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    loaded_at: Mapped[datetime]


class CatalogueGroup(Base):
    """The risk tier of a group in one version, so that the database itself can hold a decision to it."""

    __tablename__ = "catalogue_group"
    __table_args__ = ({"info": {"append_only": True}},)

    catalogue_version_id: Mapped[int] = mapped_column(ForeignKey("catalogue_version.id"), primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    tier: Mapped[str] = mapped_column(String(20), primary_key=True)
