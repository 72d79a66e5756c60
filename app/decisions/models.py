"""The append-only clearance facts that signatures seal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.database import Base

KINDS = ("recommend", "grant", "return", "deny", "suspend", "hold", "lift", "revoke", "renew")
_SECOND_PERSON_TIERS = "tier IN ('high', 'restricted')"
_SAME_ACT = (
    "r.kind = 'recommend' AND r.person_id = NEW.person_id AND r.site_id = NEW.site_id AND r.level = NEW.level "
    "AND r.group_slug = NEW.group_slug AND r.regions = NEW.regions AND r.limits = NEW.limits AND r.tier = NEW.tier "
    "AND r.policy_version_id = NEW.policy_version_id AND r.evidence_sha256 = NEW.evidence_sha256 "
    "AND r.signer_id = NEW.recommender_id"
)
_GRANT_OF_TWO = "NEW.kind IN ('grant', 'renew') AND NEW.tier IN ('high', 'restricted')"
_NO_MATCH = f"{_GRANT_OF_TWO} AND NOT EXISTS (SELECT 1 FROM decision r WHERE r.id = NEW.recommendation_id AND {_SAME_ACT})"
_OBSERVER_GRANTS = (
    f"{_GRANT_OF_TWO} AND NEW.level = 'independent' AND (NOT EXISTS (SELECT 1 FROM decision_evidence e "
    "WHERE e.decision_id = NEW.recommendation_id AND e.observer_id IS NOT NULL) OR EXISTS (SELECT 1 FROM "
    "decision_evidence e WHERE e.decision_id = NEW.recommendation_id AND e.observer_id = NEW.signer_id))"
)


class Decision(Base):
    """One signed decision about a person, a group and its regions at a site.

    `regions` and `limits` are canonical JSON. `founding` marks a first observer named by two people without the
    evidence that later ones need. The database refuses a high-tier grant by one person, and by a counted observer.
    """

    __tablename__ = "decision"
    __table_args__ = (
        CheckConstraint(f"kind IN {KINDS}", name="kind"),
        CheckConstraint("level IN ('independent', 'may_observe')", name="level"),
        CheckConstraint("tier IN ('standard', 'elevated', 'high', 'restricted')", name="tier"),
        CheckConstraint("signer_id <> person_id", name="not_ones_own"),
        CheckConstraint(
            f"kind NOT IN ('grant', 'renew') OR NOT ({_SECOND_PERSON_TIERS} OR level = 'may_observe') OR "
            "(recommendation_id IS NOT NULL AND recommender_id IS NOT NULL AND recommender_id <> signer_id "
            "AND recommender_id <> person_id)",
            name="two_people",
        ),
        CheckConstraint("kind NOT IN ('grant', 'renew') OR (until IS NOT NULL AND until > effective_at)", name="term"),
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
        {
            "info": {
                "append_only": True,
                "guards": {
                    "decision_grant_matches_recommendation": (
                        "INSERT",
                        _NO_MATCH,
                        _NO_MATCH,
                        "a high-tier grant must repeat a recommendation signed by somebody else",
                    ),
                    "decision_granter_is_no_counted_observer": (
                        "INSERT",
                        _OBSERVER_GRANTS,
                        _OBSERVER_GRANTS,
                        "a high-tier grant needs counted observations, none of them by the granter",
                    ),
                },
            }
        },
    )

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

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    signer: Mapped[Person] = relationship(foreign_keys=[signer_id])
