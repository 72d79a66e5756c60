"""Propose to score the answers to some versions of an item anew, or take the proposal back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import hold_stream, record
from app.bank.models import Item, ItemVersion
from app.bank.queries import parse_stored
from app.domain.corrections import incompatible
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, signs_regrade_as
from app.domain.regrading import POLICY_WORDS
from app.regrades.models import Regrade, RegradeEvent, RegradeVersion
from app.regrades.queries import Proposal, get_proposal, open_regrade_id
from app.signatures.actions import sign

NOTICES = (0, 7, 14, 28)
"""Days for which a clearance that rests on a lost pass stands; 0 means at once."""
LEAST_REASON = 20


@dataclass(frozen=True, slots=True)
class Plan:
    """What is proposed: which versions, with the key of which one (None: full marks to all), why, and after how many days."""

    item: Item
    versions: Sequence[ItemVersion]
    policy: str
    to_version: ItemVersion | None
    reason: str
    notice_days: int


def propose_regrade(session: Session, *, plan: Plan, proposer: Person, who: Who, now: datetime) -> Regrade:
    """Sign a proposal; one at a time for each item. Raises InvalidInput where old answers could not be scored."""
    role, answer = signs_regrade_as(who, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    problems = problems_of(plan)
    if problems:
        raise InvalidInput(problems)
    hold_stream(session, f"item:{plan.item.id}")
    if open_regrade_id(session, plan.item.id) is not None:
        raise Conflict("A regrade of this item waits for its second person. Commit or withdraw that one first.")
    signature = sign(
        session, signer=proposer, meaning=f"I propose to score answers to {plan.item.id} anew", subject=f"item:{plan.item.id}",
        shown=_shown(plan), shown_sha256=None, now=now, time_zone="UTC",
    )  # fmt: skip
    regrade = Regrade(
        item_id=plan.item.id, policy=plan.policy, to_version_id=plan.to_version.id if plan.to_version is not None else None,
        reason=plan.reason.strip(), notice_days=plan.notice_days, proposer_id=proposer.id, proposed_as=role,
        signature_id=signature.id, proposed_at=now,
    )  # fmt: skip
    session.add(regrade)
    session.flush()
    session.execute(insert(RegradeVersion), [{"regrade_id": regrade.id, "version_id": v.id} for v in plan.versions])
    actor = Actor(proposer.id, proposer.printed_name)
    facts = {"regrade": regrade.id, "policy": plan.policy, "signature": signature.id}
    record(session, stream=f"item:{plan.item.id}", act="regrade.proposed", actor=actor, now=now, facts=facts)
    return regrade


def _shown(plan: Plan) -> dict[str, object]:
    return {
        "from": [v.sha256 for v in plan.versions], "item": plan.item.id, "notice_days": plan.notice_days, "policy": plan.policy,
        "reason": plan.reason.strip(), "to": plan.to_version.sha256 if plan.to_version is not None else None,
    }  # fmt: skip


def problems_of(plan: Plan) -> list[tuple[str, str]]:
    """Everything that keeps a plan from being proposed, by field."""
    problems = []
    if not plan.versions or any(v.item_id != plan.item.id for v in plan.versions):
        problems.append(("versions", "Choose at least one version of this item whose answers are scored anew."))
    if plan.policy not in POLICY_WORDS:
        problems.append(("policy", "Choose how the answers are scored."))
    if plan.notice_days not in NOTICES:
        problems.append(("notice_days", "Choose one of the times of notice."))
    if len(plan.reason.strip()) < LEAST_REASON:
        said = f"Say in {LEAST_REASON} characters or more what was wrong; everybody it concerns reads it."
        problems.append(("reason", said))
    return problems + [("to_version", said) for said in _key_problems(plan)]


def _key_problems(plan: Plan) -> list[str]:
    if plan.policy != "new_key":
        return [] if plan.to_version is None else ["Full marks to everybody need no corrected version: leave it out."]
    target = plan.to_version
    if target is None or target.item_id != plan.item.id:
        return ["Choose the published version that holds the corrected key."]
    if any(v.number >= target.number for v in plan.versions):
        return ["The corrected version is a later one than those whose answers are scored anew."]
    found = [said for v in plan.versions for said in incompatible(parse_stored(v.content), parse_stored(target.content))]
    return list(dict.fromkeys(found))


def withdraw_regrade(session: Session, *, regrade_id: int, reason: str, actor: Person, who: Who, now: datetime) -> RegradeEvent:
    """Take a proposal back: its proposer, or anybody who could commit it."""
    role, answer = signs_regrade_as(who, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    if len(reason.strip()) < 5:
        raise InvalidInput([("reason", "Say why in 5 characters or more; it stays with the regrade.")])
    found = held_proposal(session, regrade_id)
    event = RegradeEvent(
        regrade_id=regrade_id, proposer_id=found.regrade.proposer_id, proposed_as=found.regrade.proposed_as, kind="withdrawn",
        actor_id=actor.id, acted_as=role, reason=reason.strip(), at=now,
    )  # fmt: skip
    session.add(event)
    session.flush()
    facts = {"regrade": regrade_id}
    by = Actor(actor.id, actor.printed_name)
    record(session, stream=f"item:{found.regrade.item_id}", act="regrade.withdrawn", actor=by, now=now, facts=facts)
    return event


def held_proposal(session: Session, regrade_id: int) -> Proposal:
    """An open proposal that nobody else ends while this transaction lasts; raises Conflict if it has ended."""
    found = get_proposal(session, regrade_id)
    hold_stream(session, f"item:{found.regrade.item_id}")
    found = get_proposal(session, regrade_id)
    if found.event is not None:
        raise Conflict(f"This regrade is {found.event.kind} already. Nothing was changed.")
    return found
