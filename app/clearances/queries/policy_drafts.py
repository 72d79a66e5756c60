"""Drafts of a policy with their state, their preview and its lines."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Membership, Person, Site
from app.attempts.models import Grade
from app.catalogue.models import CatalogueVersion
from app.clearances.models import EvidenceVoid, PolicyDraft, PolicyEffect, PolicyPreview, PolicyVersion, PolicyWithdrawal
from app.decisions.models import Decision
from app.domain.canonical import canonical_bytes
from app.domain.errors import NotFound
from app.domain.policy_impact import VERDICT_WORDS
from app.records.models import Document, DocumentVerification
from app.supervision.models import CompetencyApproval, ObservationRecord

STAMPED = (
    CatalogueVersion, PolicyVersion, Decision, Grade, ObservationRecord, CompetencyApproval, Document, DocumentVerification,
    EvidenceVoid,
)  # fmt: skip
"""Everything that standing is reckoned from and that is only ever added to: its newest row says whether it changed."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft with what became of it."""

    draft: PolicyDraft
    version: PolicyVersion | None
    withdrawal: PolicyWithdrawal | None
    preview: PolicyPreview | None

    @property
    def state(self) -> str:
        """drafted, published or withdrawn."""
        return "published" if self.version is not None else "withdrawn" if self.withdrawal is not None else "drafted"


def get_draft(session: Session, draft_id: int) -> Draft:
    """One draft; raises NotFound."""
    found = _drafts(session, _whole().where(PolicyDraft.id == draft_id))
    if not found:
        raise NotFound("There is no such draft of a policy.")
    return found[0]


def list_drafts(session: Session) -> list[Draft]:
    """Every draft, the newest first."""
    return _drafts(session, _whole().order_by(PolicyDraft.id.desc()))


def _whole() -> Select[PolicyDraft, PolicyVersion, PolicyWithdrawal, PolicyPreview]:
    return (
        select(PolicyDraft, PolicyVersion, PolicyWithdrawal, PolicyPreview)
        .outerjoin(PolicyVersion, PolicyVersion.draft_id == PolicyDraft.id)
        .outerjoin(PolicyWithdrawal, PolicyWithdrawal.draft_id == PolicyDraft.id)
        .outerjoin(PolicyPreview, PolicyPreview.draft_id == PolicyDraft.id)
        .options(joinedload(PolicyDraft.author))
    )


def _drafts(session: Session, query: Select[PolicyDraft, PolicyVersion, PolicyWithdrawal, PolicyPreview]) -> list[Draft]:
    return [Draft(*row) for row in session.execute(query.execution_options(populate_existing=True))]


def stamp_of(session: Session, draft: PolicyDraft, now: datetime) -> str:
    """What a preview of a draft is computed over, as canonical JSON: one statement, whatever the history.

    The day is part of it, since papers run out without any act.
    """
    newest = [select(func.max(model.id)).scalar_subquery() for model in STAMPED]
    memberships = [select(func.count(c)).scalar_subquery() for c in (Membership.id, Membership.confirmed_at, Membership.ended_at)]
    closed = select(func.count(Person.deactivated_at)).scalar_subquery()
    row = session.execute(select(*newest, *memberships, closed)).one()
    body = {
        "content": draft.sha256, "roll_out": draft.roll_out, "in_force_day": str(draft.in_force_day or ""),
        "newest": list(row), "on": now.date().isoformat(),
    }  # fmt: skip
    return canonical_bytes(body).decode()


def is_stale(session: Session, found: Draft, now: datetime) -> bool:
    """Whether something that the preview rests on changed since."""
    return found.preview is not None and found.preview.stamp != stamp_of(session, found.draft, now)


def counts_of(session: Session, draft_id: int) -> dict[str, int]:
    """How many clearances a preview found of each verdict."""
    query = select(PolicyEffect.verdict, func.count()).where(PolicyEffect.draft_id == draft_id).group_by(PolicyEffect.verdict)
    found = {verdict: int(number) for verdict, number in session.execute(query)}
    return {verdict: found.get(verdict, 0) for verdict in VERDICT_WORDS}


@dataclass(frozen=True, slots=True)
class Line:
    """One clearance of a preview as a page shows it."""

    effect: PolicyEffect
    content: dict[str, Any]


def lines_of(session: Session, draft_id: int, verdict: str, *, offset: int, limit: int) -> list[Line]:
    """Some of the clearances of one verdict, by the name of their holder."""
    query = (
        select(PolicyEffect)
        .join(Person, Person.id == PolicyEffect.person_id)
        .where(PolicyEffect.draft_id == draft_id, PolicyEffect.verdict == verdict)
        .order_by(Person.printed_name, PolicyEffect.person_id, PolicyEffect.site_id, PolicyEffect.group_slug, PolicyEffect.level)
        .options(joinedload(PolicyEffect.person))
    )
    return [Line(e, json.loads(e.content)) for e in session.scalars(query.offset(offset).limit(limit))]


def names_of_sites(session: Session, lines: Collection[Line]) -> dict[int, str]:
    """Site id → name, of the sites of some lines."""
    ids = {line.effect.site_id for line in lines}
    return {site.id: site.name for site in session.scalars(select(Site).where(Site.id.in_(ids)))}
