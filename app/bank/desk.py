"""Work at the desk: drafts, publishing, suspending, retiring, and the signed verdict of a clinician."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import record
from app.bank.actions import publish_version, set_state
from app.bank.cures import field_of, message_and_cure
from app.bank.models import ClinicalReview, Item, ItemDraft, ItemVersion
from app.bank.queries import current_scenes, find_open_draft, get_item
from app.catalogue.queries import catalogue_in_force
from app.domain.bank_rules import bank_problems
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.items import ItemContent, parse_item, with_scene, without_scene
from app.domain.permissions import Actor, Who, may_sign
from app.domain.scenes import scene_json
from app.records.models import Document
from app.signatures.actions import sign


def open_draft(session: Session, *, item_id: str, content: Mapping[str, Any], author: Person, now: datetime) -> ItemDraft:
    """Begin work on an item's next version, or on a new item; one open draft each."""
    if find_open_draft(session, item_id) is not None:
        raise Conflict("A draft of this item is open already. Go on with it.")
    item = session.get(Item, item_id)
    draft = ItemDraft(
        item_id=item_id, based_on_version_id=item.current_version_id if item else None, content=_text(content), state="draft",
        author_id=author.id, created_at=now, updated_at=now,
    )  # fmt: skip
    session.add(draft)
    session.flush()
    actor = Actor(author.id, author.printed_name)
    record(session, stream=f"item:{item_id}", act="draft.opened", actor=actor, now=now, facts={"draft": draft.id})
    return draft


def _text(content: Mapping[str, Any]) -> str:
    return json.dumps(without_scene(content), sort_keys=True, ensure_ascii=False)


def save_draft(
    session: Session, *, draft: ItemDraft, content: Mapping[str, Any], edit_count: int, editor_id: int, now: datetime
) -> None:
    """Keep what was typed, complete or not; raises Conflict if another window saved in between."""
    changed = session.execute(
        update(ItemDraft)
        .where(ItemDraft.id == draft.id, ItemDraft.edit_count == edit_count, ItemDraft.closed_at.is_(None))
        .values(content=_text(content), updated_at=now, edit_count=edit_count + 1, editor_ids=_with_editor(draft, editor_id))
        .returning(ItemDraft.id)
    ).first()
    if changed is None:
        raise Conflict(
            "This draft was saved or closed in another window. What you typed is still below; "
            "load that version beside it before you go on."
        )
    session.refresh(draft)


def _with_editor(draft: ItemDraft, editor_id: int) -> str:
    return json.dumps(sorted({*json.loads(draft.editor_ids), editor_id}))


def problems_of(session: Session, content: Mapping[str, Any]) -> tuple[ItemContent | None, list[tuple[str, str]]]:
    """(the item, if it is whole, and every problem with field and cure)."""
    scenes = {name: scene_json(scene) for name, scene in current_scenes(session).items()} if "scene" in content else {}
    try:
        item = parse_item(with_scene(dict(content), scenes))
    except InvalidInput as error:
        return None, [(field_of(path, said), " ".join(message_and_cure(said))) for path, said in error.problems]
    found = bank_problems([item], catalogue_in_force(session).catalogue, [])
    return item, [(p.field, f"{p.message} {p.cure}") for p in found]


def publish_draft(session: Session, *, draft: ItemDraft, author: Person, now: datetime) -> ItemVersion:
    """Publish a draft as the next version; past attempts keep the version they had."""
    if draft.closed_at is not None:
        raise Conflict("This draft is closed already.")
    item, problems = problems_of(session, json.loads(draft.content))
    if item is None or problems:
        raise InvalidInput(problems)
    current = session.get(Item, draft.item_id)
    if current is not None and current.current_version_id != draft.based_on_version_id:
        raise Conflict(
            "Another version was published since this draft was begun. Compare both, then begin a new draft from the newer one."
        )
    actor = Actor(author.id, author.printed_name)
    version = publish_version(
        session,
        item,
        origin="desk",
        author_id=draft.author_id or author.id,
        reason="from the desk",
        actor=actor,
        now=now,
        editor_ids=json.loads(_with_editor(draft, author.id)),
    )
    draft.state, draft.closed_at = "published", now
    session.flush()
    return version


def discard_draft(session: Session, *, draft: ItemDraft, actor: Actor, now: datetime) -> None:
    """Close a draft without publishing; its text is kept."""
    if draft.closed_at is not None:
        raise Conflict("This draft is closed already.")
    draft.state, draft.closed_at = "rejected", now
    record(session, stream=f"item:{draft.item_id}", act="draft.discarded", actor=actor, now=now, facts={"draft": draft.id})


def change_state(session: Session, *, item: Item, state: str, reason: str, actor: Actor, now: datetime) -> None:
    """Suspend, retire or bring back an item; forms already drawn keep it."""
    allowed = {
        "published": {"suspended", "retired"},
        "suspended": {"published", "retired"},
        "retired": set(),
        "draft": set(),
    }
    if state not in allowed[item.state]:
        raise Conflict(f"An item that is {item.state} cannot become {state}.")
    if len(reason.strip()) < 5:
        raise InvalidInput([("reason", "Say why in 5 characters or more; it stays in the item's history.")])
    set_state(session, item, version_id=None, state=state, reason=reason.strip(), actor=actor, now=now)


def new_item_id(session: Session, stem: str) -> str:
    """The next free id of the form stem-001."""
    taken = set(session.scalars(select(Item.id).where(Item.id.like(f"{stem}-%"))))
    taken |= set(session.scalars(select(ItemDraft.item_id).where(ItemDraft.item_id.like(f"{stem}-%"))))
    return next(f"{stem}-{n:03d}" for n in range(1, 10_000) if f"{stem}-{n:03d}" not in taken)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a clinician decides about a version."""

    verdict: str
    review_by: date | None
    comment: str


def may_review(version: ItemVersion, who: Who, licence: Document | None, *, at: datetime) -> str:
    """Why this person may not accept this version; empty if they may."""
    if who.person_id in {version.author_id, *json.loads(version.editor_ids)}:
        return "You wrote or published this version. Another clinician reviews it."
    role = "supervisor" if who.has("supervisor") else "admin"
    answer = may_sign(who, role, None, at=at)
    if not answer.allowed:
        return answer.reason
    if licence is None:
        return "Accepting needs a verified licence of yours. Enter it under Documents and have it verified."
    return ""


MEANINGS = {
    "accept": "I reviewed this item against its sources and accept it",
    "reject": "I reviewed this item and reject it",
}


def review_version(
    session: Session,
    *,
    version: ItemVersion,
    verdict: Verdict,
    reviewer: Person,
    who: Who,
    licence: Document | None,
    now: datetime,
) -> ClinicalReview:
    """Sign an acceptance or a rejection; a rejected item is suspended at once."""
    refusal = may_review(version, who, licence, at=now)
    if refusal or licence is None:
        raise NotAllowed(refusal)
    _check_verdict(verdict, now)
    words = f"{licence.issuer}, {licence.reference}, {licence.jurisdiction}"
    signature = sign(
        session, signer=reviewer, meaning=MEANINGS[verdict.verdict], subject=f"item:{version.item_id}",
        shown=_shown_for_review(version, verdict, reviewer, words), shown_sha256=None, now=now, time_zone="UTC",
    )  # fmt: skip
    row = ClinicalReview(
        version_id=version.id, author_id=version.author_id, reviewer_id=reviewer.id, verdict=verdict.verdict,
        profession=reviewer.profession, licence=words[:200], review_by=verdict.review_by if verdict.verdict == "accept" else None,
        comment=verdict.comment.strip(), reviewed_at=now, signature_id=signature.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    actor = Actor(reviewer.id, reviewer.printed_name)
    facts = {"version": version.id, "verdict": verdict.verdict, "signature": signature.id}
    record(session, stream=f"item:{version.item_id}", act=f"review.{verdict.verdict}", actor=actor, now=now, facts=facts)
    if verdict.verdict == "reject":
        _suspend_rejected(session, version, verdict, actor, now)
    return row


def _shown_for_review(version: ItemVersion, verdict: Verdict, reviewer: Person, licence: str) -> dict[str, object]:
    """What the reviewer signs."""
    return {
        "comment": verdict.comment.strip(), "item": version.item_id, "licence": licence, "profession": reviewer.profession,
        "review_by": verdict.review_by.isoformat() if verdict.review_by else None, "sha256": version.sha256,
        "verdict": verdict.verdict, "version": version.id,
    }  # fmt: skip


def _suspend_rejected(session: Session, version: ItemVersion, verdict: Verdict, actor: Actor, now: datetime) -> None:
    item = get_item(session, version.item_id)
    if item.state == "published" and item.current_version_id == version.id:
        reason = f"rejected in review: {verdict.comment.strip()}"[:500]
        set_state(session, item, version_id=None, state="suspended", reason=reason, actor=actor, now=now)


def _check_verdict(verdict: Verdict, now: datetime) -> None:
    problems = []
    if verdict.verdict not in ("accept", "reject"):
        problems.append(("verdict", "Choose accept or reject."))
    if verdict.verdict == "accept" and (verdict.review_by is None or verdict.review_by <= now.date()):
        problems.append(("review_by", "Enter the day, later than today, by which it is reviewed again."))
    if verdict.verdict == "reject" and len(verdict.comment.strip()) < 10:
        problems.append(("comment", "Say what is wrong, in 10 characters or more; the authors read it."))
    if problems:
        raise InvalidInput(problems)
