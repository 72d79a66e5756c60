"""Decisions against somebody: the notice, what the holder answered, the appeal and who may hear it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.accounts.models import Person, Site
from app.accounts.queries import get_site, people_of_site
from app.clearances.models import DecisionEvidence
from app.clearances.queries.covers import covers_at
from app.decisions.models import Appeal, AppealOutcome, Decision, DecisionAnswer, DecisionSeen
from app.domain.adverse import ADVERSE, ADVERSE_WORDS, appeal_ends_at, may_still_appeal
from app.domain.cover import Cover, one_with
from app.domain.errors import NotFound
from app.domain.permissions import Answer, AppealFacts, Who, may_hear_appeal, no
from app.domain.places import day_of

_PEOPLE = (joinedload(Decision.person), joinedload(Decision.signer))


@dataclass(frozen=True, slots=True)
class Adverse:
    """A decision against somebody with everything that was said about it since."""

    decision: Decision
    site: Site
    seen_at: datetime | None
    answers: tuple[DecisionAnswer, ...]
    appeal: Appeal | None
    outcome: AppealOutcome | None

    @property
    def words(self) -> str:
        """What it is in a word."""
        return ADVERSE_WORDS[self.decision.kind]

    @property
    def appeal_ends_at(self) -> datetime:
        """The first instant at which it is too late to appeal."""
        return appeal_ends_at(self.decision.occurred_at, self.decision.time_zone)

    @property
    def last_day(self) -> date:
        """The last day on which it can be appealed, where it was decided."""
        return day_of(self.appeal_ends_at - timedelta(seconds=1), self.decision.time_zone)

    def may_be_appealed(self, at: datetime) -> bool:
        """Whether the holder may open an appeal now."""
        return self.appeal is None and may_still_appeal(self.decision.occurred_at, self.decision.time_zone, at)


def adverse_of(session: Session, decision_id: int) -> Adverse:
    """One decision against somebody; raises NotFound, for any other decision too."""
    decision = session.get(Decision, decision_id, options=_PEOPLE)
    if decision is None or decision.kind not in ADVERSE:
        raise NotFound("There is no such notice.")
    answers = session.scalars(
        select(DecisionAnswer).where(DecisionAnswer.decision_id == decision_id).order_by(DecisionAnswer.id)
    ).all()
    appeal = session.scalar(select(Appeal).where(Appeal.decision_id == decision_id))
    outcome = session.get(AppealOutcome, appeal.id) if appeal is not None else None
    seen = session.get(DecisionSeen, decision_id)
    return Adverse(
        decision, get_site(session, decision.site_id), seen.at if seen else None, tuple(answers), appeal, outcome
    )  # fmt: skip


def unseen_notices(session: Session, person_id: int) -> list[Decision]:
    """Decisions against somebody of which they have taken no note yet, the newest first."""
    seen = select(DecisionSeen.decision_id).where(DecisionSeen.person_id == person_id)
    query = select(Decision).where(Decision.person_id == person_id, Decision.kind.in_(ADVERSE), Decision.id.not_in(seen))
    return list(session.scalars(query.order_by(Decision.id.desc()).options(joinedload(Decision.signer))))


def answers_to(session: Session, decision_ids: Collection[int]) -> list[DecisionAnswer]:
    """What holders answered to some decisions, oldest first."""
    if not decision_ids:
        return []
    query = select(DecisionAnswer).where(DecisionAnswer.decision_id.in_(decision_ids))
    return list(session.scalars(query.order_by(DecisionAnswer.id)))


def involved_in(session: Session, decision: Decision) -> frozenset[int]:
    """Who had any part in what a decision is about: signed anything about its holder in its group at its site, or signed an
    observation that one of these decisions rests on."""
    about = select(Decision.id, Decision.signer_id).where(
        Decision.person_id == decision.person_id, Decision.site_id == decision.site_id, Decision.group_slug == decision.group_slug
    )
    signed = session.execute(about).all()
    watched = session.scalars(
        select(DecisionEvidence.observer_id)
        .where(DecisionEvidence.decision_id.in_([row.id for row in signed]), DecisionEvidence.observer_id.is_not(None))
        .distinct()
    )
    return frozenset(row.signer_id for row in signed) | frozenset(o for o in watched if o is not None)


def may_hear(found: Adverse, who: Who, involved: frozenset[int], covers: Collection[Cover], *, at: datetime) -> Answer:
    """Whether a person may decide the appeal against a decision now, and why not."""
    if found.appeal is None:
        return no("Nobody has appealed.")
    if found.outcome is not None:
        return no("This appeal is decided already.")
    d = found.decision
    one = one_with(covers, who.person_id, d.site_id, since=d.occurred_at, at=at)
    return may_hear_appeal(who, AppealFacts(d.person_id, d.site_id, involved, one), at=at)


def uninvolved_at(session: Session, found: Adverse, *, at: datetime) -> list[Person]:
    """The supervisors of the site who had no part in a decision, as far as the record knows."""
    d = found.decision
    gone, covers = involved_in(session, d) | {d.person_id}, covers_at(session, [d.site_id])[d.site_id]
    people = people_of_site(session, d.site_id, at, roles=("supervisor",))
    near = {p.id: {p.id} | one_with(covers, p.id, d.site_id, since=d.occurred_at, at=at) for p in people}
    return [p for p in people if not near[p.id] & gone]


def open_appeals_at(session: Session, site_ids: Collection[int]) -> list[Appeal]:
    """Appeals at some sites that nobody has decided yet, oldest first."""
    heard = select(AppealOutcome.appeal_id)
    query = (
        select(Appeal)
        .join(Decision, Decision.id == Appeal.decision_id)
        .where(Decision.site_id.in_(site_ids), Appeal.id.not_in(heard))
        .options(joinedload(Appeal.decision).joinedload(Decision.person), joinedload(Appeal.decision).joinedload(Decision.signer))
    )
    return list(session.scalars(query.order_by(Appeal.id)))


def set_aside_among(session: Session, decision_ids: Collection[int]) -> dict[int, AppealOutcome]:
    """Those of some decisions that an appeal has set aside, with its outcome: by the decision's id."""
    if not decision_ids:
        return {}
    rows = session.execute(
        select(Appeal.decision_id, AppealOutcome)
        .join(AppealOutcome, AppealOutcome.appeal_id == Appeal.id)
        .where(Appeal.decision_id.in_(decision_ids), AppealOutcome.outcome == "set_aside")
    )
    return {row.decision_id: row.AppealOutcome for row in rows}
