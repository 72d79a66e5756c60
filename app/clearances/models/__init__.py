"""Policies, applications and what links them to decisions and evidence; check codes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person, Site
from app.clearances.models.policies import POLICY_STREAM, PolicyDraft, PolicyEffect, PolicyPreview, PolicyVersion, PolicyWithdrawal
from app.database import Base
from app.decisions.models import Decision

__all__ = [
    "POLICY_STREAM", "Application", "ApplicationDecision", "ApplicationEvent", "CheckCode", "DecisionEvidence", "EvidenceVoid",
    "PolicyDraft",
    "PolicyEffect", "PolicyPreview", "PolicyVersion", "PolicyWithdrawal",
]  # fmt: skip


class Application(Base):
    """A request to be cleared for a group and the regions claimed in it, or to renew a grant; its state is derived."""

    __tablename__ = "application"
    __table_args__ = (
        CheckConstraint("level IN ('independent', 'may_observe')", name="level"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    level: Mapped[str] = mapped_column(String(12))
    group_slug: Mapped[str] = mapped_column(String(60))
    regions: Mapped[str] = mapped_column(Text)
    policy_version_id: Mapped[int] = mapped_column(ForeignKey("policy_version.id"))
    opened_at: Mapped[datetime]
    renews_decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))

    person: Mapped[Person] = relationship()
    site: Mapped[Site] = relationship()
    renews: Mapped[Decision | None] = relationship()
    policy_version: Mapped[PolicyVersion] = relationship()


class ApplicationEvent(Base):
    """What happened to an application besides decisions; `words` say why it was taken over, or what changed since a return."""

    __tablename__ = "application_event"
    __table_args__ = (
        CheckConstraint("kind IN ('claimed', 'released', 'taken_over', 'resubmitted', 'withdrawn')", name="kind"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    actor_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    words: Mapped[str] = mapped_column(String(500), default="")

    actor: Mapped[Person] = relationship()


_ROUND_NOT_OPEN = (
    "NEW.round > 1 AND NOT EXISTS (SELECT 1 FROM application_decision e JOIN decision u ON u.about_decision_id = e.decision_id "
    "WHERE e.application_id = NEW.application_id AND e.round = NEW.round - 1 AND u.kind = 'undo') "
    "AND NOT EXISTS (SELECT 1 FROM application_decision e JOIN appeal p ON p.decision_id = e.decision_id "
    "JOIN appeal_outcome o ON o.appeal_id = p.id WHERE e.application_id = NEW.application_id AND e.round = NEW.round - 1 "
    "AND e.kind = 'deny' AND o.outcome = 'set_aside')"
)


class ApplicationDecision(Base):
    """Which decision answered which application; one ends it, and one more for each that was undone or set aside on appeal."""

    __tablename__ = "application_decision"
    __table_args__ = (
        ForeignKeyConstraint(["decision_id", "kind"], ["decision.id", "decision.kind"]),
        Index(
            "uq_application_decision_final",
            "application_id",
            "round",
            unique=True,
            sqlite_where=text("kind IN ('grant', 'renew', 'deny')"),
            postgresql_where=text("kind IN ('grant', 'renew', 'deny')"),
        ),
        CheckConstraint("round >= 1", name="round"),
        {
            "info": {
                "append_only": True,
                "guards": {
                    "application_decision_next_round": (
                        "INSERT",
                        _ROUND_NOT_OPEN,
                        _ROUND_NOT_OPEN,
                        "by constraint: an application is decided again only after its last decision was undone or set aside",
                    )
                },
            }
        },
    )

    decision_id: Mapped[int] = mapped_column(primary_key=True)
    application_id: Mapped[int] = mapped_column(ForeignKey("application.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    round: Mapped[int] = mapped_column(default=1)

    decision: Mapped[Decision] = relationship(primaryjoin="foreign(ApplicationDecision.decision_id) == Decision.id", viewonly=True)


class ReturnedGap(Base):
    """One requirement that a return named as missing, in the words of that day."""

    __tablename__ = "returned_gap"
    __table_args__ = ({"info": {"append_only": True}},)

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True, autoincrement=False)
    requirement: Mapped[str] = mapped_column(String(80), primary_key=True)
    words: Mapped[str] = mapped_column(String(300))


_OF_ANOTHER = (
    "NEW.record_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM decision d JOIN observation_record o "
    "ON o.trainee_id = d.person_id WHERE d.id = NEW.decision_id AND o.id = NEW.record_id)"
)


class DecisionEvidence(Base):
    """One piece of the evidence snapshot that a decision rests on; observers of observations are named."""

    __tablename__ = "decision_evidence"
    __table_args__ = (
        ForeignKeyConstraint(["record_id", "observer_id"], ["observation_record.id", "observation_record.observer_id"]),
        CheckConstraint("(kind = 'observation') = (record_id IS NOT NULL)", name="observation_named"),
        CheckConstraint("(record_id IS NULL) = (observer_id IS NULL)", name="observer_named"),
        UniqueConstraint("decision_id", "kind", "reference"),
        Index("ix_decision_evidence_kind_reference", "kind", "reference"),
        {
            "info": {
                "append_only": True,
                "guards": {
                    "decision_evidence_is_of_the_person": (
                        "INSERT",
                        _OF_ANOTHER,
                        _OF_ANOTHER,
                        "a decision rests on observations of its own person",
                    )
                },
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    reference: Mapped[str] = mapped_column(String(80))
    sha256: Mapped[str] = mapped_column(String(64))
    record_id: Mapped[int | None]
    observer_id: Mapped[int | None]


class EvidenceVoid(Base):
    """One piece of evidence that somebody called back, with the reason; it counts for nothing from then on."""

    __tablename__ = "evidence_void"
    __table_args__ = (
        CheckConstraint("kind IN ('observation', 'competency', 'document', 'exam')", name="kind"),
        CheckConstraint("voided_by_id <> person_id", name="not_ones_own"),
        ForeignKeyConstraint(["signature_id", "voided_by_id"], ["signature.id", "signature.signer_id"]),
        UniqueConstraint("kind", "record_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[int]
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    reason: Mapped[str] = mapped_column(String(2000))
    voided_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    voided_at: Mapped[datetime]
    signature_id: Mapped[int]


class CheckCode(Base):
    """A random code that answers for one person at one site; only its hash is kept, a new one replaces the old."""

    __tablename__ = "check_code"
    __table_args__ = (
        Index(
            "uq_check_code_current", "person_id", "site_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
    site: Mapped[Site] = relationship()


class CalendarLink(Base):
    """A random address at which a calendar program reads one's own ends of clearances; only its hash is kept."""

    __tablename__ = "calendar_link"
    __table_args__ = (
        Index(
            "uq_calendar_link_current", "person_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship()
