"""The append-only clearance facts that signatures seal, what the holder says to them, and who covers for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person, Site
from app.database import Base
from app.decisions.guards import COVERS, GUARDS, HEARING, of_holder

KINDS = ("recommend", "grant", "return", "deny", "suspend", "hold", "lift", "revoke", "renew", "undo")
_TWO_NEEDED = "kind = 'lift' OR (kind IN ('grant', 'renew') AND (tier IN ('high', 'restricted') OR level = 'may_observe'))"


class Decision(Base):
    """One signed decision about a person, a group and its regions at a site.

    `regions` and `limits` are canonical JSON. `about_decision_id` names the stop that a lift ends, the grant that a renewal
    follows, the decision that an undo takes back; a `recommend` with it proposes such a lift or renewal. `founding` marks a
    first observer named by two people without the evidence that later ones need. What the database refuses: guards.py.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("level IN ('independent', 'may_observe')", name="level"),
        CheckConstraint("tier IN ('standard', 'elevated', 'high', 'restricted')", name="tier"),
        CheckConstraint("signer_id <> person_id", name="not_ones_own"),
        CheckConstraint(
            f"NOT ({_TWO_NEEDED}) OR (recommendation_id IS NOT NULL AND recommender_id IS NOT NULL AND recommender_id <> signer_id "
            "AND recommender_id <> person_id)",
            name="two_people",
        ),
        CheckConstraint("kind NOT IN ('grant', 'renew') OR (until IS NOT NULL AND until > effective_at)", name="term"),
        CheckConstraint("kind NOT IN ('lift', 'renew', 'undo') OR about_decision_id IS NOT NULL", name="about_another"),
        CheckConstraint("kind NOT IN ('suspend', 'hold', 'revoke') OR effective_at <= occurred_at", name="stops_at_once"),
        CheckConstraint("NOT with_observer OR (kind = 'hold' AND level = 'independent')", name="watched_holds_only"),
        CheckConstraint("NOT founding OR level = 'may_observe'", name="founding_observers_only"),
        ForeignKeyConstraint(
            ["catalogue_version_id", "group_slug", "tier"],
            ["catalogue_group.catalogue_version_id", "catalogue_group.slug", "catalogue_group.tier"],
        ),
        ForeignKeyConstraint(["signature_id", "signer_id"], ["signature.id", "signature.signer_id"]),
        ForeignKeyConstraint(["recommendation_id", "recommender_id"], ["decision.id", "decision.signer_id"]),
        UniqueConstraint("id", "signer_id"),
        UniqueConstraint("id", "kind"),
        UniqueConstraint("signature_id"),
        UniqueConstraint("recommendation_id"),
        Index("ix_decision_person_group", "person_id", "site_id", "group_slug", "level"),
        Index(
            "uq_decision_undone_once", "about_decision_id", unique=True, sqlite_where=text("kind = 'undo'"),
            postgresql_where=text("kind = 'undo'"),
        ),
        {"info": {"append_only": True, "guards": GUARDS}},
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    level: Mapped[str] = mapped_column(String(12))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    group_slug: Mapped[str] = mapped_column(String(60))
    tier: Mapped[str] = mapped_column(String(20))
    catalogue_version_id: Mapped[int]
    regions: Mapped[str] = mapped_column(Text)
    limits: Mapped[str] = mapped_column(Text)
    policy_version_id: Mapped[int | None]
    evidence_sha256: Mapped[str] = mapped_column(String(64), default="")
    about_decision_id: Mapped[int | None] = mapped_column(ForeignKey("decision.id"))
    recommendation_id: Mapped[int | None]
    recommender_id: Mapped[int | None]
    signer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signature_id: Mapped[int]
    founding: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(2000), default="")
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    effective_at: Mapped[datetime]
    until: Mapped[datetime | None]
    time_zone: Mapped[str] = mapped_column(String(64))
    with_observer: Mapped[bool] = mapped_column(default=False)

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    signer: Mapped[Person] = relationship(foreign_keys=[signer_id])


class DecisionSeen(Base):
    """The holder has taken note of a decision against them; until then every page of theirs shows the notice."""

    __tablename__ = "decision_seen"
    __table_args__ = ({"info": {"append_only": True, "guards": of_holder("decision_seen")}},)

    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class DecisionAnswer(Base):
    """What the holder answers to a decision against them; whoever decides about it reads it."""

    __tablename__ = "decision_answer"
    __table_args__ = ({"info": {"append_only": True, "guards": of_holder("decision_answer")}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    words: Mapped[str] = mapped_column(String(2000))
    at: Mapped[datetime]


class Appeal(Base):
    """The holder appeals against a decision; one appeal for each."""

    __tablename__ = "appeal"
    __table_args__ = (UniqueConstraint("decision_id"), {"info": {"append_only": True, "guards": of_holder("appeal")}})

    id: Mapped[int] = mapped_column(primary_key=True)
    decision_id: Mapped[int] = mapped_column(ForeignKey("decision.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    grounds: Mapped[str] = mapped_column(String(2000))
    opened_at: Mapped[datetime]

    decision: Mapped[Decision] = relationship()


class AppealOutcome(Base):
    """What somebody uninvolved decided on an appeal, signed. What the database refuses: guards.py."""

    __tablename__ = "appeal_outcome"
    __table_args__ = (
        CheckConstraint("outcome IN ('uphold', 'set_aside')", name="outcome"),
        ForeignKeyConstraint(["signature_id", "hearer_id"], ["signature.id", "signature.signer_id"]),
        UniqueConstraint("signature_id"),
        {"info": {"append_only": True, "guards": HEARING}},
    )

    appeal_id: Mapped[int] = mapped_column(ForeignKey("appeal.id"), primary_key=True, autoincrement=False)
    outcome: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(2000))
    hearer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    signature_id: Mapped[int]
    decided_at: Mapped[datetime]

    hearer: Mapped[Person] = relationship(foreign_keys=[hearer_id])


class Delegation(Base):
    """One supervisor covers for another at a site until a day (decisions/0019)."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("delegator_id <> delegate_id", name="two_people"),
        CheckConstraint("ends_at > starts_at", name="has_an_end"),
        Index("ix_delegation_site", "site_id", "ends_at"),
        {"info": {"append_only": True, "guards": COVERS}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("site.id"))
    delegator_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    delegate_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(String(300))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    site: Mapped[Site] = relationship()
    delegator: Mapped[Person] = relationship(foreign_keys=[delegator_id])
    delegate: Mapped[Person] = relationship(foreign_keys=[delegate_id])
    end: Mapped[DelegationEnd | None] = relationship()


class DelegationEnd(Base):
    """Somebody ended a cover before its day."""

    __tablename__ = "delegation_end"
    __table_args__ = ({"info": {"append_only": True}},)

    delegation_id: Mapped[int] = mapped_column(ForeignKey("delegation.id"), primary_key=True, autoincrement=False)
    ended_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime]
