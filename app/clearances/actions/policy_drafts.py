"""A policy is proposed by one admin, previewed on live data, and published by another one who signs what the preview shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import hold_stream, record
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import POLICY_STREAM, PolicyDraft, PolicyEffect, PolicyPreview, PolicyVersion, PolicyWithdrawal
from app.clearances.queries.policies import all_versions, parse_stored_policy
from app.clearances.queries.policy_drafts import Draft, counts_of, get_draft, is_stale, stamp_of
from app.clearances.queries.policy_effects import PEOPLE, count_people, effects_on, next_people
from app.domain.canonical import canonical_bytes, digest
from app.domain.chain import GENESIS, link
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_propose_policy, may_publish_policy
from app.domain.policy import Policy
from app.domain.policy_versions import Published, RollOut, Versions, comes_into_force
from app.domain.prerequisites import find_cycle
from app.domain.standing.ordered import whole_graph
from app.signatures.actions import shown_digest, sign

CHANGED = "The policy that you were about to sign changed since it was shown. Read it again, then sign."
STALE = "The preview is out of date: something that it rests on changed. Compute it again, read it, then publish."
LATE = "The day is less than 30 days ahead by now. Withdraw the draft and propose it again with a later day."
ENDED = "This draft is {} already."
MEANWHILE = "Another version was published in the meantime. Load the page again: the preview shows what it changed."
LEAST_REASON = 10


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed: the policy with its text as it was written, for whom it counts and from when, and why."""

    policy: Policy
    source: str
    roll_out: str
    day: date | None = None
    reason: str = ""

    @property
    def body(self) -> dict[str, object]:
        """The policy as it is stored."""
        return self.policy.model_dump(mode="json", by_alias=True)

    def shown(self) -> dict[str, object]:
        """What a page shows before the author signs."""
        return {"content": digest(self.body), "roll_out": self.roll_out, "in_force_day": str(self.day or "")}


def propose_policy(
    session: Session, *, proposal: Proposal, shown_sha256: str, author: Person, who: Who, now: datetime
) -> PolicyDraft:
    """Sign a draft on exactly what was shown; raises Conflict where the text is another one than that."""
    allowed = may_propose_policy(who, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if shown_sha256 != shown_digest(proposal.shown()):
        raise Conflict(CHANGED)
    comes_into_force(proposal.roll_out, proposal.day, now)
    reason = proposal.reason.strip()
    if len(reason) < LEAST_REASON:
        raise InvalidInput([("reason", f"Say in {LEAST_REASON} characters or more what changes and why; everybody reads it.")])
    hold_stream(session, POLICY_STREAM)
    _refuse_circles(session, proposal.policy)
    policy, content = proposal.policy, canonical_bytes(proposal.body).decode()
    signature = sign(
        session, signer=author, meaning=f"I propose the policy “{policy.title}”", subject=f"policy:{policy.id}",
        shown={**proposal.shown(), "act": "propose_policy", "reason": reason}, shown_sha256=None, now=now, time_zone="UTC",
    )  # fmt: skip
    draft = PolicyDraft(
        policy=policy.id, title=policy.title, content=content, source=proposal.source, sha256=digest(proposal.body),
        roll_out=proposal.roll_out, in_force_day=proposal.day, reason=reason, author_id=author.id, signature_id=signature.id,
        proposed_at=now,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    facts = {"draft": draft.id, "sha256": draft.sha256, "signature": signature.id}
    actor = Actor(author.id, author.printed_name)
    record(session, stream=POLICY_STREAM, act="policy.proposed", actor=actor, now=now, facts=facts)
    return draft


def _refuse_circles(session: Session, policy: Policy) -> None:
    """Refuse a policy that leads in a circle together with versions that count for earlier grants still."""
    candidate = Versions((*all_versions(session).published, *Versions.always(policy).published))
    found = find_cycle(whole_graph(candidate, catalogue_in_force(session).catalogue.regions_by_tier))
    if found is not None:
        way = " asks first for ".join(region for region, _ in found)
        raise Conflict(f"Together with the versions there are it leads in a circle: {way}. Take a prerequisite out.")


def _open_draft(session: Session, draft_id: int) -> Draft:
    """A draft that nobody has ended, held against other windows."""
    hold_stream(session, POLICY_STREAM)
    found = get_draft(session, draft_id)
    if found.state != "drafted":
        raise Conflict(ENDED.format(found.state))
    return found


def begin_policy_preview(session: Session, draft_id: int, *, now: datetime) -> PolicyPreview:
    """Begin the preview of a draft, or begin it anew."""
    found = _open_draft(session, draft_id)
    session.execute(delete(PolicyEffect).where(PolicyEffect.draft_id == draft_id))
    preview = found.preview or PolicyPreview(draft_id=draft_id)
    preview.phase, preview.stamp, preview.sha256 = "comparing", stamp_of(session, found.draft, now), ""
    preview.total, preview.done, preview.last_person_id = count_people(session), 0, 0
    preview.started_at, preview.finished_at = now, None
    preview.sha256 = link(GENESIS, preview.stamp.encode())
    session.add(preview)
    session.flush()
    return preview


def advance_policy_preview(session: Session, draft_id: int, *, now: datetime) -> PolicyPreview:
    """Take the next step: compare what some people hold, or close the preview. Each step is whole in itself."""
    found = _open_draft(session, draft_id)
    preview = found.preview
    if preview is None:
        return begin_policy_preview(session, draft_id, now=now)
    if preview.phase == "ready":
        return preview
    people = next_people(session, preview.last_person_id)
    effects = effects_on(session, people, candidate_of(found.draft, preview.started_at, _next_id(session)), preview.started_at)
    for effect in effects:
        preview.sha256 = link(preview.sha256, canonical_bytes([*_key(effect), effect.verdict, effect.content]))
    if effects:
        columns = ("person_id", "site_id", "group_slug", "level", "verdict", "content")
        rows = [{"draft_id": draft_id, **{name: getattr(e, name) for name in columns}} for e in effects]
        session.execute(insert(PolicyEffect), rows)
    preview.done += len(people)
    if len(people) < PEOPLE:
        preview.phase, preview.finished_at = "ready", now
    else:
        preview.last_person_id = people[-1]
    session.flush()
    return preview


def _key(effect: object) -> list[object]:
    return [getattr(effect, name) for name in ("person_id", "site_id", "group_slug", "level")]


def _next_id(session: Session) -> int:
    return (session.scalar(select(func.max(PolicyVersion.id))) or 0) + 1


def candidate_of(draft: PolicyDraft, now: datetime, version_id: int) -> Published:
    """The version that a draft would be, were it published at an instant."""
    roll_out: RollOut = draft.roll_out  # type: ignore[assignment]  # a CHECK holds the words
    return Published(version_id, parse_stored_policy(draft.content), now, _begins(draft, now), roll_out)


def _begins(draft: PolicyDraft, now: datetime) -> datetime:
    try:
        return comes_into_force(draft.roll_out, draft.in_force_day, now)
    except InvalidInput:
        raise Conflict(LATE) from None


def next_number(session: Session) -> int:
    """The number that the next version has."""
    return (session.scalar(select(func.max(PolicyVersion.number))) or 0) + 1


def shown_for_publishing(session: Session, found: Draft) -> dict[str, object]:
    """What the second person signs: the draft, and what its preview counts."""
    draft, preview = found.draft, found.preview
    return {
        "act": "publish_policy", "draft": draft.id, "content": draft.sha256, "roll_out": draft.roll_out,
        "in_force_day": str(draft.in_force_day or ""), "number": next_number(session),
        "preview": preview.sha256 if preview is not None else None, "counts": counts_of(session, draft.id),
    }  # fmt: skip


def publishing_meaning(found: Draft, number: int) -> str:
    """The words of the second signature."""
    return f"I publish the policy “{found.draft.title}” as version {number}, proposed by {found.draft.author.printed_name}"


def publish_policy(
    session: Session, *, draft_id: int, shown_sha256: str, approver: Person, who: Who, now: datetime
) -> PolicyVersion:
    """Publish a draft as the second person; raises Conflict where the preview is stale or anything that was shown changed."""
    found = _open_draft(session, draft_id)
    allowed = may_publish_policy(who, found.draft.author_id, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    preview = found.preview
    if preview is None or preview.phase != "ready":
        raise Conflict("The preview is not finished. Let it go on to its end first.")
    if is_stale(session, found, now):
        raise Conflict(STALE)
    _refuse_circles(session, parse_stored_policy(found.draft.content))
    begins = _begins(found.draft, now)
    try:
        return _publish(session, found, preview.sha256, shown_sha256, approver, begins, now)
    except IntegrityError:  # another window was faster
        session.rollback()
        raise Conflict(MEANWHILE) from None


def _publish(
    session: Session, found: Draft, preview_sha256: str, shown_sha256: str, approver: Person, begins: datetime, now: datetime
) -> PolicyVersion:
    draft, number = found.draft, next_number(session)
    signature = sign(
        session, signer=approver, meaning=publishing_meaning(found, number), subject=f"policy:{draft.policy}",
        shown=shown_for_publishing(session, found), shown_sha256=shown_sha256, now=now, time_zone="UTC",
    )  # fmt: skip
    version = PolicyVersion(
        policy=draft.policy, number=number, title=draft.title, content=draft.content, sha256=draft.sha256, origin="signed",
        published_at=now, in_force_from=begins, roll_out=draft.roll_out, draft_id=draft.id, author_id=draft.author_id,
        approver_id=approver.id, signature_id=signature.id, preview_sha256=preview_sha256,
    )  # fmt: skip
    session.add(version)
    session.flush()
    facts = {"draft": draft.id, "policy": draft.policy, "version": version.id, "sha256": version.sha256, "signature": signature.id}
    actor = Actor(approver.id, approver.printed_name)
    record(session, stream=POLICY_STREAM, act="policy.published", actor=actor, now=now, facts=facts)
    return version


def withdraw_policy(session: Session, *, draft_id: int, reason: str, actor: Person, who: Who, now: datetime) -> None:
    """Take a draft back before it is published: any admin may."""
    _open_draft(session, draft_id)
    if not who.has("admin"):
        raise NotAllowed("Only an admin withdraws a draft.")
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput([("reason", f"Say in {LEAST_REASON} characters or more why it is withdrawn.")])
    session.add(PolicyWithdrawal(draft_id=draft_id, actor_id=actor.id, reason=reason.strip(), at=now))
    session.flush()
    facts = {"draft": draft_id}
    named = Actor(actor.id, actor.printed_name)
    record(session, stream=POLICY_STREAM, act="policy.withdrawn", actor=named, now=now, facts=facts)
