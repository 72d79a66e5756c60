"""Regrades with their previews and grades, challenges of items with their answers, and what people have taken note of."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.attempts.models import Attempt
from app.bank.models import ItemVersion
from app.database import Base

LONGEST_NOTICE_DAYS = 60


class Regrade(Base):
    """A proposal to score the answers to some versions of an item anew; `reason` is the public change note. State is derived."""

    __tablename__ = "regrade"
    __table_args__ = (
        CheckConstraint("policy IN ('new_key', 'full_marks')", name="policy"),
        CheckConstraint("(policy = 'new_key') = (to_version_id IS NOT NULL)", name="key_named"),
        CheckConstraint(f"notice_days BETWEEN 0 AND {LONGEST_NOTICE_DAYS}", name="notice"),
        CheckConstraint("proposed_as IN ('admin', 'supervisor')", name="proposed_as"),
        ForeignKeyConstraint(["signature_id", "proposer_id"], ["signature.id", "signature.signer_id"]),
        UniqueConstraint("id", "proposer_id", "proposed_as"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    policy: Mapped[str] = mapped_column(String(12))
    to_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    reason: Mapped[str] = mapped_column(String(1000))
    notice_days: Mapped[int]
    proposer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    proposed_as: Mapped[str] = mapped_column(String(12))
    signature_id: Mapped[int]
    proposed_at: Mapped[datetime]

    proposer: Mapped[Person] = relationship(foreign_keys=[proposer_id])
    to_version: Mapped[ItemVersion | None] = relationship(foreign_keys=[to_version_id])


class RegradeVersion(Base):
    """One version whose answers a regrade scores anew."""

    __tablename__ = "regrade_version"
    __table_args__ = ({"info": {"append_only": True}},)

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), primary_key=True, index=True)


class RegradeEvent(Base):
    """The end of a regrade: committed by a second person, or withdrawn. The database refuses a commit by the proposer, one
    without a supervisor among the two, and a second end."""

    __tablename__ = "regrade_event"
    __table_args__ = (
        CheckConstraint("kind IN ('committed', 'withdrawn')", name="kind"),
        CheckConstraint("kind <> 'committed' OR actor_id <> proposer_id", name="two_people"),
        CheckConstraint("kind <> 'committed' OR proposed_as = 'supervisor' OR acted_as = 'supervisor'", name="a_supervisor"),
        CheckConstraint("(kind = 'committed') = (signature_id IS NOT NULL)", name="commit_signed"),
        CheckConstraint("(kind = 'committed') = (preview_sha256 IS NOT NULL)", name="commit_of_a_preview"),
        ForeignKeyConstraint(
            ["regrade_id", "proposer_id", "proposed_as"], ["regrade.id", "regrade.proposer_id", "regrade.proposed_as"]
        ),
        ForeignKeyConstraint(["signature_id", "actor_id"], ["signature.id", "signature.signer_id"]),
        UniqueConstraint("regrade_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    regrade_id: Mapped[int]
    proposer_id: Mapped[int]
    proposed_as: Mapped[str] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    acted_as: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(String(500), default="")
    preview_sha256: Mapped[str | None] = mapped_column(String(64))
    signature_id: Mapped[int | None]
    at: Mapped[datetime]

    actor: Mapped[Person] = relationship(foreign_keys=[actor_id])


class RegradePreview(Base):
    """How far the preview of a regrade has come, so that it goes on after any interruption; the row is the lock of its writers.

    `affected` and `grade_sum` (of the newest grades' ids) tell whether an attempt was closed or graded since: grades are only
    added, so one of the two numbers grows.
    """

    __tablename__ = "regrade_preview"
    __table_args__ = (CheckConstraint("phase IN ('scoring', 'standing', 'ready')", name="phase"),)

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(10))
    affected: Mapped[int]
    grade_sum: Mapped[int] = mapped_column(BigInteger)
    done: Mapped[int]
    last_attempt_id: Mapped[int]
    last_person_id: Mapped[int]
    moved: Mapped[int]
    sha256: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class RegradeMove(Base):
    """An attempt whose result would move: part of a preview, and after the commit what was shown. `content` is canonical JSON."""

    __tablename__ = "regrade_move"

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), primary_key=True)
    attempt_id: Mapped[int] = mapped_column(ForeignKey("attempt.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    before_grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))
    crosses: Mapped[str] = mapped_column(String(10))
    errors: Mapped[str] = mapped_column(String(10))
    better: Mapped[bool] = mapped_column(default=False)
    unreadable: Mapped[bool] = mapped_column(default=False)
    content: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()
    attempt: Mapped[Attempt] = relationship()


class RegradeEffect(Base):
    """What a regrade would change for a person at a site: standings and open applications, as canonical JSON."""

    __tablename__ = "regrade_effect"

    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()


class RegradedAttempt(Base):
    """Which grade a committed regrade appended, after which."""

    __tablename__ = "regraded_attempt"
    __table_args__ = (UniqueConstraint("before_grade_id"), {"info": {"append_only": True}})

    grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"), primary_key=True)
    regrade_id: Mapped[int] = mapped_column(ForeignKey("regrade.id"), index=True)
    before_grade_id: Mapped[int] = mapped_column(ForeignKey("grade.id"))


class Challenge(Base):
    """A person's challenge of one version of an item, in words. `ordinal` counts those of the item: two at once collide."""

    __tablename__ = "challenge"
    __table_args__ = (
        ForeignKeyConstraint(["attempt_id", "position"], ["attempt_item.attempt_id", "attempt_item.position"]),
        CheckConstraint("(attempt_id IS NULL) = (position IS NULL)", name="place_whole"),
        UniqueConstraint("person_id", "version_id"),
        UniqueConstraint("person_id", "item_id", "ordinal"),
        UniqueConstraint("id", "person_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"))
    ordinal: Mapped[int]
    attempt_id: Mapped[int | None]
    position: Mapped[int | None]
    words: Mapped[str] = mapped_column(String(2000))
    made_at: Mapped[datetime]

    person: Mapped[Person] = relationship()
    version: Mapped[ItemVersion] = relationship()


class ChallengeAnswer(Base):
    """The one answer to a challenge, by somebody else; an upheld one names what follows: a regrade, a version, or a suspension."""

    __tablename__ = "challenge_answer"
    __table_args__ = (
        CheckConstraint("verdict IN ('upheld', 'not_upheld')", name="verdict"),
        CheckConstraint("answered_by_id <> person_id", name="not_ones_own"),
        CheckConstraint(
            "(verdict = 'upheld') = (suspended OR regrade_id IS NOT NULL OR version_id IS NOT NULL)", name="upheld_has_its_act"
        ),
        ForeignKeyConstraint(["challenge_id", "person_id"], ["challenge.id", "challenge.person_id"]),
        {"info": {"append_only": True}},
    )

    challenge_id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(2000))
    regrade_id: Mapped[int | None] = mapped_column(ForeignKey("regrade.id"))
    version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    suspended: Mapped[bool] = mapped_column(default=False)
    answered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime]

    answered_by: Mapped[Person] = relationship(foreign_keys=[answered_by_id])
    regrade: Mapped[Regrade | None] = relationship(foreign_keys=[regrade_id])
    version: Mapped[ItemVersion | None] = relationship(foreign_keys=[version_id])


class Acknowledgement(Base):
    """Somebody has taken note of a correction, or of the answer to a challenge."""

    __tablename__ = "acknowledgement"
    __table_args__ = (CheckConstraint("kind IN ('regrade', 'challenge')", name="kind"), {"info": {"append_only": True}})

    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), primary_key=True)
    reference: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
