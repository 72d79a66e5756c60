"""Versions of the policy, the drafts that two people sign, and what a draft would change."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.database import Base

_ROLL_OUTS = "roll_out IN ('next_renewal', 'by_date', 'immediate')"
_WITHDRAWN = "EXISTS (SELECT 1 FROM policy_withdrawal w WHERE w.draft_id = NEW.draft_id)"
_PUBLISHED = "EXISTS (SELECT 1 FROM policy_version v WHERE v.draft_id = NEW.draft_id)"
_UNSIGNED = "NEW.origin = 'file' AND EXISTS (SELECT 1 FROM policy_version)"
_OTHER_CONTENT = (
    "NEW.draft_id IS NOT NULL AND NOT EXISTS "
    "(SELECT 1 FROM policy_draft d WHERE d.id = NEW.draft_id AND d.content = NEW.content AND d.policy = NEW.policy)"
)
_SOON = "NEW.roll_out = 'by_date' AND "
_SOON_SQLITE = f"{_SOON}julianday(NEW.in_force_from) - julianday(NEW.published_at) < 29.999"
_SOON_POSTGRES = f"{_SOON}NEW.in_force_from - NEW.published_at < INTERVAL '30 days'"


POLICY_STREAM = "policies"
"""The stream of the trail for all policies: two that are published at once wait for each other."""


class PolicyDraft(Base):
    """A policy that one admin proposed and signed; `source` is the text as it was written. Its state is derived."""

    __tablename__ = "policy_draft"
    __table_args__ = (
        CheckConstraint(_ROLL_OUTS, name="roll_out"),
        CheckConstraint("(roll_out = 'by_date') = (in_force_day IS NOT NULL)", name="day_named"),
        ForeignKeyConstraint(["signature_id", "author_id"], ["signature.id", "signature.signer_id"]),
        UniqueConstraint("id", "author_id", "sha256", "roll_out"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    source: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    roll_out: Mapped[str] = mapped_column(String(12))
    in_force_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(1000))
    author_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signature_id: Mapped[int]
    proposed_at: Mapped[datetime]

    author: Mapped[Person] = relationship(foreign_keys=[author_id])


class PolicyVersion(Base):
    """One immutable version of the policy. The first comes from a file; each later one is signed by two people.

    `published_at` is when it was recorded; `in_force_from` is when people begin to apply under it, and when it begins to
    rule what was granted before where it was not rolled out with the next renewal.
    """

    __tablename__ = "policy_version"
    __table_args__ = (
        UniqueConstraint("policy", "number"),
        UniqueConstraint("number"),
        UniqueConstraint("draft_id"),
        CheckConstraint("origin IN ('file', 'signed')", name="origin"),
        CheckConstraint(_ROLL_OUTS, name="roll_out"),
        CheckConstraint(
            "origin = 'file' OR (draft_id IS NOT NULL AND author_id IS NOT NULL AND approver_id IS NOT NULL "
            "AND signature_id IS NOT NULL AND preview_sha256 IS NOT NULL AND author_id <> approver_id)",
            name="two_people",
        ),
        CheckConstraint("in_force_from = published_at OR (roll_out = 'by_date' AND in_force_from > published_at)", name="begins"),
        ForeignKeyConstraint(
            ["draft_id", "author_id", "sha256", "roll_out"],
            ["policy_draft.id", "policy_draft.author_id", "policy_draft.sha256", "policy_draft.roll_out"],
            name="fk_policy_version_draft",
        ),
        ForeignKeyConstraint(["signature_id", "approver_id"], ["signature.id", "signature.signer_id"]),
        {
            "info": {
                "append_only": True,
                "guards": {
                    "policy_version_signed_by_two": (
                        "INSERT",
                        _UNSIGNED,
                        _UNSIGNED,
                        "by constraint: only the first version of the policy comes from a file, two people sign the next ones",
                    ),
                    "policy_version_of_a_live_draft": (
                        "INSERT",
                        _WITHDRAWN,
                        _WITHDRAWN,
                        "by constraint: a withdrawn draft is not published",
                    ),
                    "policy_version_repeats_its_draft": (
                        "INSERT",
                        _OTHER_CONTENT,
                        _OTHER_CONTENT,
                        "by constraint: a version is what its draft says",
                    ),
                    "policy_version_gives_notice": (
                        "INSERT",
                        _SOON_SQLITE,
                        _SOON_POSTGRES,
                        "by constraint: a date is at least 30 days ahead",
                    ),
                },
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    policy: Mapped[str] = mapped_column(String(60))
    number: Mapped[int]
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(10))
    published_at: Mapped[datetime]
    in_force_from: Mapped[datetime]
    roll_out: Mapped[str] = mapped_column(String(12))
    draft_id: Mapped[int | None]
    author_id: Mapped[int | None]
    approver_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    signature_id: Mapped[int | None]
    preview_sha256: Mapped[str | None] = mapped_column(String(64))

    draft: Mapped[PolicyDraft | None] = relationship(primaryjoin="foreign(PolicyVersion.draft_id) == PolicyDraft.id", viewonly=True)
    approver: Mapped[Person | None] = relationship(foreign_keys=[approver_id])


class PolicyWithdrawal(Base):
    """A draft that was taken back before anybody else signed it."""

    __tablename__ = "policy_withdrawal"
    __table_args__ = (
        {
            "info": {
                "append_only": True,
                "guards": {
                    "policy_withdrawal_in_time": (
                        "INSERT",
                        _PUBLISHED,
                        _PUBLISHED,
                        "by constraint: a published version is not withdrawn",
                    )
                },
            }
        },
    )

    draft_id: Mapped[int] = mapped_column(ForeignKey("policy_draft.id"), primary_key=True)
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(500))
    at: Mapped[datetime]

    actor: Mapped[Person] = relationship()


class PolicyPreview(Base):
    """How far the preview of a draft has come, so that it goes on after any interruption.

    `stamp` says what it was computed over: another stamp makes it stale. `sha256` covers the stamp and every line so far.
    """

    __tablename__ = "policy_preview"
    __table_args__ = (CheckConstraint("phase IN ('comparing', 'ready')", name="phase"),)

    draft_id: Mapped[int] = mapped_column(ForeignKey("policy_draft.id"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(10))
    stamp: Mapped[str] = mapped_column(Text)
    total: Mapped[int]
    done: Mapped[int]
    last_person_id: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class PolicyEffect(Base):
    """What a draft would mean for one clearance that is held; `content` is canonical JSON."""

    __tablename__ = "policy_effect"
    __table_args__ = (CheckConstraint("verdict IN ('met', 'gap', 'hold', 'back')", name="verdict"),)

    draft_id: Mapped[int] = mapped_column(ForeignKey("policy_draft.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), primary_key=True)
    group_slug: Mapped[str] = mapped_column(String(60), primary_key=True)
    level: Mapped[str] = mapped_column(String(12), primary_key=True)
    verdict: Mapped[str] = mapped_column(String(10))
    content: Mapped[str] = mapped_column(Text)

    person: Mapped[Person] = relationship()
