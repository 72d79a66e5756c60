"""Quiz definitions, version by version."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import Base


class Quiz(Base):
    """A quiz through all its versions."""

    __tablename__ = "quiz"

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    current_version_id: Mapped[int | None]  # no foreign key: the two tables would need each other first

    current_version: Mapped[QuizVersion | None] = relationship(
        primaryjoin="Quiz.current_version_id == foreign(QuizVersion.id)", viewonly=True, uselist=False
    )


class QuizVersion(Base):
    """Blueprint, cuts, time and rules; it never changes."""

    __tablename__ = "quiz_version"
    __table_args__ = (
        UniqueConstraint("quiz_id", "number"),
        CheckConstraint("mode IN ('practice', 'exam')", name="mode"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"), index=True)
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    mode: Mapped[str] = mapped_column(String(10))
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(10))
    published_at: Mapped[datetime]

    quiz: Mapped[Quiz] = relationship(foreign_keys=[quiz_id])
