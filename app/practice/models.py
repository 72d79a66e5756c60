"""Practice: sessions, append-only answers, the schedule that they leave, what exams assigned, and one's own notes.

`pool` stands beside every item version here and in `attempt_item`: a composite foreign key and a check hold each to its
pool, so that no statement can count practice in an exam, or show an exam's item in practice.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base

ONLY_PRACTICE = "pool = 'practice'"


class PracticeSession(Base):
    """One session of five minutes of its own time. The row is the lock of its writers, and holds the item that is shown."""

    __tablename__ = "practice_session"
    __table_args__ = (
        CheckConstraint(ONLY_PRACTICE, name="pool"),
        CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_whole"),
        CheckConstraint("ended_by IS NULL OR ended_by IN ('time', 'nothing_left', 'person')", name="ended_by"),
        CheckConstraint("ended_at IS NULL OR shown_version_id IS NULL", name="shows_while_open"),
        CheckConstraint(
            "(shown_version_id IS NULL) = (shown_op_id IS NULL) AND (shown_version_id IS NULL) = (shown_at IS NULL) AND "
            "(shown_version_id IS NULL) = (shown_variant IS NULL) AND (shown_version_id IS NULL) = (shown_why IS NULL)",
            name="shown_whole",
        ),
        ForeignKeyConstraint(["shown_version_id", "pool"], ["item_version.id", "item_version.pool"]),
        UniqueConstraint("id", "person_id"),
        Index(
            "uq_practice_session_open",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    used_s: Mapped[int] = mapped_column(default=0)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str | None] = mapped_column(String(20))
    shown_count: Mapped[int] = mapped_column(default=0)
    shown_op_id: Mapped[str | None] = mapped_column(String(64))
    shown_version_id: Mapped[int | None]
    shown_variant: Mapped[str | None] = mapped_column(Text)
    shown_why: Mapped[str | None] = mapped_column(String(20))
    shown_at: Mapped[datetime | None]
    pool: Mapped[str] = mapped_column(String(10), server_default="practice")


class PracticeAnswer(Base):
    """One answer to one showing of an item. `op_id` names the showing, so that a post that comes twice counts once."""

    __tablename__ = "practice_answer"
    __table_args__ = (
        CheckConstraint(ONLY_PRACTICE, name="pool"),
        CheckConstraint("certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')", name="certainty"),
        CheckConstraint("mark_den > 0 AND mark_num >= 0 AND mark_num <= mark_den", name="mark"),
        CheckConstraint("number > 0", name="number"),
        ForeignKeyConstraint(["session_id", "person_id"], ["practice_session.id", "practice_session.person_id"]),
        ForeignKeyConstraint(["item_version_id", "pool"], ["item_version.id", "item_version.pool"]),
        UniqueConstraint("session_id", "op_id"),
        UniqueConstraint("session_id", "number"),
        Index("ix_practice_answer_person_id_item_id", "person_id", "item_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int]
    person_id: Mapped[int]
    number: Mapped[int]
    op_id: Mapped[str] = mapped_column(String(64))
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"))
    item_version_id: Mapped[int]
    variant: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str | None] = mapped_column(String(20))
    mark_num: Mapped[int]
    mark_den: Mapped[int]
    dangerous: Mapped[bool]
    critical: Mapped[bool]
    shown_at: Mapped[datetime]
    answered_at: Mapped[datetime]
    pool: Mapped[str] = mapped_column(String(10), server_default="practice")


class PracticeCard(Base):
    """The schedule of one item for one person: what a replay of the answers leaves, kept so that nobody has to replay them."""

    __tablename__ = "practice_card"
    __table_args__ = (CheckConstraint("answers > 0", name="answers"),)

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    state: Mapped[int]
    step: Mapped[int | None]
    stability: Mapped[float] = mapped_column(Double)
    difficulty: Mapped[float] = mapped_column(Double)
    due_at: Mapped[datetime]
    first_answered_at: Mapped[datetime]
    answered_at: Mapped[datetime]
    answers: Mapped[int]
    sure_and_wrong: Mapped[bool]


class PracticeAssignment(Base):
    """What one attempt at an exam assigned: a JSON list of hazards, each with how many items and whether it comes first.

    Whether it is done is read from the answers. `required` says that the exam waits for it; after a pass nothing waits.
    """

    __tablename__ = "practice_assignment"
    __table_args__ = (UniqueConstraint("person_id", "quiz_id", "attempt_number"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"))
    attempt_number: Mapped[int]
    hazards: Mapped[str] = mapped_column(Text)
    required: Mapped[bool]
    assigned_at: Mapped[datetime]


class PracticeNote(Base):
    """A learner's own note on an item; shown to nobody else."""

    __tablename__ = "practice_note"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), primary_key=True)
    words: Mapped[str] = mapped_column(String(2000))
    updated_at: Mapped[datetime]
