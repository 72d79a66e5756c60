"""Observations of procedures, and approvals of competencies."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person, Site
from app.database import Base
from app.database.triggers import Guard, unless_restored

_OWN_SIGNATURE = (
    "NOT EXISTS (SELECT 1 FROM signature s JOIN observation o ON o.id = NEW.observation_id WHERE s.id = NEW.signature_id "
    "AND s.subject = 'observation:' || o.id AND s.signed_at = NEW.signed_at AND o.opened_at < NEW.signed_at)"
)
_COULD_OBSERVE = (
    "NOT EXISTS (SELECT 1 FROM observation o JOIN decision g ON g.site_id = o.site_id AND g.person_id = NEW.observer_id "
    "WHERE o.id = NEW.observation_id AND g.level = 'may_observe' AND g.kind IN ('grant', 'renew') "
    "AND g.recorded_at <= o.opened_at AND g.effective_at <= o.opened_at AND g.until > o.opened_at "
    "AND {}(g.regions, '\"' || o.region || '\"') > 0)"
)
RECORD_GUARDS: dict[str, Guard] = {
    "observation_record_none_while_restored": unless_restored(),
    "observation_record_has_its_own_signature": (
        "INSERT", _OWN_SIGNATURE, _OWN_SIGNATURE, "by constraint: an observation is signed for itself, after it was opened",
    ),
    "observation_record_by_an_observer": (
        "INSERT", _COULD_OBSERVE.format("instr"), _COULD_OBSERVE.format("strpos"),
        "by constraint: its observer was granted the right to observe the region by when it was opened",
    ),
}  # fmt: skip


class Observation(Base):
    """A procedure that a trainee opened for observation before it began; what it is for cannot be changed afterwards."""

    __tablename__ = "observation"
    __table_args__ = (
        CheckConstraint("purpose IN ('coaching', 'assessment')", name="purpose"),
        CheckConstraint("subject IN ('patient', 'peer', 'cadaver', 'simulator')", name="subject"),
        UniqueConstraint("id", "trainee_id"),
        {"info": {"append_only": True, "guards": {"observation_none_while_restored": unless_restored()}}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    trainee_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"), index=True)
    region: Mapped[str] = mapped_column(String(60))
    technique: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(12))
    code_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    opened_at: Mapped[datetime]

    trainee: Mapped[Person] = relationship()
    site: Mapped[Site] = relationship()


class ObservationDraft(Base):
    """An observer's unsigned form, so that nothing typed is lost."""

    __tablename__ = "observation_draft"

    observation_id: Mapped[int] = mapped_column(ForeignKey("observation.id"), primary_key=True)
    observer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    content: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime]


class ObservationRecord(Base):
    """What the observer saw and signed; one for each observation. `form_sha256` is of the rows that the form asked about."""

    __tablename__ = "observation_record"
    __table_args__ = (
        ForeignKeyConstraint(["observation_id", "trainee_id"], ["observation.id", "observation.trainee_id"]),
        ForeignKeyConstraint(["signature_id", "observer_id"], ["signature.id", "signature.signer_id"]),
        CheckConstraint("observer_id <> trainee_id", name="not_ones_own"),
        CheckConstraint("presence IN ('in_room', 'live_video', 'not_seen')", name="presence"),
        CheckConstraint("outcome IN ('completed', 'abandoned')", name="outcome"),
        CheckConstraint("rating IS NULL OR rating BETWEEN 1 AND 5", name="rating"),
        CheckConstraint("(presence = 'not_seen') = (rating IS NULL)", name="rated_if_seen"),
        UniqueConstraint("observation_id"),
        UniqueConstraint("id", "observer_id"),
        Index(None, "trainee_id", "observer_id"),
        {"info": {"append_only": True, "guards": RECORD_GUARDS}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    observation_id: Mapped[int]
    trainee_id: Mapped[int]
    observer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    presence: Mapped[str] = mapped_column(String(12))
    outcome: Mapped[str] = mapped_column(String(12))
    rating: Mapped[int | None]
    rows: Mapped[str] = mapped_column(Text)
    auto_fail: Mapped[str] = mapped_column(Text)
    done_well: Mapped[str] = mapped_column(String(500))
    to_change: Mapped[str] = mapped_column(String(500))
    signed_at: Mapped[datetime]
    signature_id: Mapped[int]
    form_sha256: Mapped[str] = mapped_column(String(64), default="")

    observer: Mapped[Person] = relationship(foreign_keys=[observer_id])
    observation: Mapped[Observation] = relationship(
        primaryjoin="foreign(ObservationRecord.observation_id) == Observation.id", viewonly=True
    )


class CompetencyApproval(Base):
    """A supervisor's signed verdict on one competency of a person; the newest counts."""

    __tablename__ = "competency_approval"
    __table_args__ = (
        CheckConstraint("verdict IN ('met', 'not_yet')", name="verdict"),
        CheckConstraint("approver_id <> person_id", name="not_ones_own"),
        ForeignKeyConstraint(["signature_id", "approver_id"], ["signature.id", "signature.signer_id"]),
        {
            "info": {
                "append_only": True,
                "guards": {"competency_approval_none_while_restored": unless_restored("NEW.verdict = 'met'")},
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    competency: Mapped[str] = mapped_column(String(60))
    verdict: Mapped[str] = mapped_column(String(10))
    mode: Mapped[str] = mapped_column(String(30))
    evidence: Mapped[str] = mapped_column(String(1000))
    approver_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    approved_at: Mapped[datetime]
    until: Mapped[datetime | None]
    signature_id: Mapped[int]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    approver: Mapped[Person] = relationship(foreign_keys=[approver_id])
