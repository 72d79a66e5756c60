"""Attempts: the frozen form, the append-only revisions of each answer, the grades."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.bank.models import ItemVersion
from app.database import Base
from app.quizzes.models import Quiz, QuizVersion


class AttemptOpening(Base):
    """A supervisor's signed line that opens one further attempt after two misses."""

    __tablename__ = "attempt_opening"
    __table_args__ = (
        CheckConstraint("opened_by_id <> person_id", name="not_for_oneself"),
        ForeignKeyConstraint(["signature_id", "opened_by_id"], ["signature.id", "signature.signer_id"]),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"))
    opened_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(500))
    opened_at: Mapped[datetime]
    signature_id: Mapped[int]


class TimeAllowance(Base):
    """What a person gets beyond an exam's limit; the newest row counts. It reveals a disability: for them and its officer alone."""

    __tablename__ = "time_allowance"
    __table_args__ = (
        CheckConstraint("set_by_id <> person_id", name="not_for_oneself"),
        CheckConstraint("multiplier_num >= multiplier_den AND multiplier_den > 0", name="multiplier"),
        CheckConstraint("extra_s >= 0 AND break_s >= 0", name="seconds"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    multiplier_num: Mapped[int]
    multiplier_den: Mapped[int]
    extra_s: Mapped[int]
    break_s: Mapped[int]
    set_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    set_at: Mapped[datetime]


class Attempt(Base):
    """One sitting. The row is the lock of its writers; `head_sha256` is the last link of the revision chain.

    `lease` names the copy of the page (a tab of a browser) whose answers count; NULL until a page with script has saved.
    `time_zone` is the one that its times are told in; NULL for attempts that began before it was noted.
    """

    __tablename__ = "attempt"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'closed')", name="state"),
        CheckConstraint("(state = 'closed') = (closed_at IS NOT NULL)", name="closed_whole"),
        CheckConstraint("closed_by IS NULL OR closed_by IN ('candidate', 'deadline')", name="closed_by"),
        UniqueConstraint("person_id", "quiz_id", "ordinal"),
        Index(
            "uq_attempt_open",
            "person_id",
            "quiz_id",
            unique=True,
            sqlite_where=text("state = 'open'"),
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"))
    quiz_version_id: Mapped[int] = mapped_column(ForeignKey("quiz_version.id"))
    ordinal: Mapped[int]
    opening_id: Mapped[int | None] = mapped_column(ForeignKey("attempt_opening.id"), unique=True)
    seed: Mapped[str] = mapped_column(String(40))
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    derivation: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="open")
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str | None] = mapped_column(String(10))
    revision_count: Mapped[int] = mapped_column(default=0)
    head_sha256: Mapped[str] = mapped_column(String(64))
    break_left_s: Mapped[int] = mapped_column(default=0, server_default="0")
    break_began_at: Mapped[datetime | None]
    lease: Mapped[str | None] = mapped_column(String(64))
    lease_at: Mapped[datetime | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))

    person: Mapped[Person] = relationship()
    quiz_version: Mapped[QuizVersion] = relationship()


class ClockEntry(Base):
    """One move of an attempt's end: an extension by a supervisor, or the begin and end of a break."""

    __tablename__ = "clock_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('extension', 'break_began', 'break_ended')", name="kind"),
        CheckConstraint("kind <> 'extension' OR (deadline_after > deadline_before AND reason <> '')", name="extension"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    seconds: Mapped[int]
    deadline_before: Mapped[datetime]
    deadline_after: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(300), default="")
    at: Mapped[datetime]


class ExamSitting(Base):
    """A planned start of an exam by several people together; their forms are prepared ahead. It opens and closes nothing."""

    __tablename__ = "exam_sitting"
    __table_args__ = ({"info": {"append_only": True}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    starts_at: Mapped[datetime]
    planned_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    planned_at: Mapped[datetime]

    quiz: Mapped[Quiz] = relationship()
    candidates: Mapped[list[SittingCandidate]] = relationship(order_by="SittingCandidate.person_id")


class SittingCandidate(Base):
    """Somebody who is expected at a planned start."""

    __tablename__ = "sitting_candidate"
    __table_args__ = ({"info": {"append_only": True}},)

    sitting_id: Mapped[int] = mapped_column(ForeignKey("exam_sitting.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)

    person: Mapped[Person] = relationship()


class PreparedForm(Base):
    """A form drawn ahead for one person; `stamp` holds the facts it rests on, and a start under other facts draws anew."""

    __tablename__ = "prepared_form"

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    quiz_id: Mapped[str] = mapped_column(ForeignKey("quiz.id"), primary_key=True)
    seed: Mapped[str] = mapped_column(String(40))
    stamp: Mapped[str] = mapped_column(String(300))
    rows: Mapped[str] = mapped_column(Text)
    prepared_at: Mapped[datetime]


class AttemptItem(Base):
    """One place of the frozen form: which item version, and in which order its options stand."""

    __tablename__ = "attempt_item"
    __table_args__ = (
        CheckConstraint("pool = 'exam'", name="pool"),  # with the key below: practice never counts in an exam
        ForeignKeyConstraint(["item_version_id", "pool"], ["item_version.id", "item_version.pool"]),
        {"info": {"append_only": True}},
    )

    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    item_version_id: Mapped[int]
    variant: Mapped[str] = mapped_column(Text)
    pool: Mapped[str] = mapped_column(String(10), server_default="exam")

    version: Mapped[ItemVersion] = relationship()


class ResponseRevision(Base):
    """One saved answer. `kept` is `current` (it counted when it came), `superseded` (it lost) or `late` (after close).

    `payload` names options by their identity in the bank; `shown` is the same in the candidate's display keys, and only
    it enters the digests that a candidate sees: an identity may betray its place in the key to somebody who guesses it.
    """

    __tablename__ = "response_revision"
    __table_args__ = (
        UniqueConstraint("attempt_id", "op_id"),
        UniqueConstraint("attempt_id", "number"),
        ForeignKeyConstraint(["attempt_id", "position"], ["attempt_item.attempt_id", "attempt_item.position"]),
        Index(
            "uq_response_revision_current",
            "attempt_id",
            "position",
            "seq",
            unique=True,
            sqlite_where=text("kept = 'current'"),
            postgresql_where=text("kept = 'current'"),
        ),
        CheckConstraint("kept IN ('current', 'superseded', 'late')", name="kept"),
        CheckConstraint("certainty IS NULL OR certainty IN ('sure', 'fairly_sure', 'unsure')", name="certainty"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"))
    number: Mapped[int]
    position: Mapped[int]
    seq: Mapped[int]
    base_seq: Mapped[int]
    op_id: Mapped[str] = mapped_column(String(64))
    body_sha256: Mapped[str] = mapped_column(String(64))
    kept: Mapped[str] = mapped_column(String(12))
    payload: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(Text)
    certainty: Mapped[str | None] = mapped_column(String(20))
    client_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
    previous_sha256: Mapped[str] = mapped_column(String(64))
    sha256: Mapped[str] = mapped_column(String(64))


class Grade(Base):
    """The outcome of grading one closed attempt; a later run is a new row, the first stays.

    `pass_held_until`: a correction took the pass away, and clearances that rest on it stand until then.
    """

    __tablename__ = "grade"
    __table_args__ = (UniqueConstraint("attempt_id", "run"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), index=True)
    run: Mapped[int]
    passed: Mapped[bool]
    points_num: Mapped[int]
    points_den: Mapped[int]
    max_points: Mapped[int]
    critical_errors: Mapped[int]
    decision: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(200))
    graded_at: Mapped[datetime]
    pass_held_until: Mapped[datetime | None]


class GradedItem(Base):
    """The mark of one item within a grade, as a fraction, with its findings as JSON."""

    __tablename__ = "graded_item"
    __table_args__ = ({"info": {"append_only": True}},)

    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    points_num: Mapped[int]
    points_den: Mapped[int]
    max_points: Mapped[int]
    critical_errors: Mapped[int]
    findings: Mapped[str] = mapped_column(Text)
