"""Evidence is called back, and every clearance that falls below its bar without it is put on hold in the same act."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import get_site
from app.audit.actions import hold_stream, record
from app.clearances.models import EvidenceVoid
from app.clearances.queries import Called, Dependent, Recall, open_stops_of, recall_of
from app.decisions.actions import Act, seal
from app.decisions.queries import regions_of
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Answer, Who, may_call_back, no
from app.domain.standing import Limits
from app.signatures.actions import sign


def void_meaning(piece: Called) -> str:
    """The statement that is signed for one piece."""
    return f"I call back this evidence: {piece.words}"


def hold_meaning(dependent: Dependent) -> str:
    """The statement that is signed for one clearance that falls."""
    return f"I put the clearance of {dependent.person.printed_name} on hold: evidence was called back"


NOTHING = "There is nothing to call back here."


def held_back(recall: Recall, who: Who, *, now: datetime) -> Answer:
    """Whether a person may call all of it back, and why not."""
    if not recall.pieces:
        return no(NOTHING)
    answers = [may_call_back(who, p.person_id, p.site_id, at=now) for p in recall.pieces]
    return next((a for a in answers if not a.allowed), answers[0])


def call_back(
    session: Session, *, pieces: Sequence[Called], reason: str, shown_sha256: str, signer: Person, who: Who, now: datetime
) -> Recall:
    """Void each piece and hold each clearance that falls below the bar; every one is signed by itself.

    Raises Conflict where the pieces or what becomes of the clearances are not what was shown.
    """
    for person_id in sorted({p.person_id for p in pieces}):
        hold_stream(session, f"person:{person_id}")
    recall = recall_of(session, pieces, now)
    allowed = held_back(recall, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if shown_sha256 != recall.sha256:
        raise Conflict("What rests on this evidence changed since this page was shown. Read it again, then sign.")
    if len(reason.strip()) < 10:
        raise InvalidInput([("reason", "Say why, in 10 characters or more; whose evidence it is reads it.")])
    try:
        for piece in recall.pieces:
            _void(session, piece, reason.strip(), signer, now)
    except IntegrityError:
        session.rollback()
        raise Conflict("Somebody called this evidence back in the meantime. Load the page again.") from None
    for dependent in recall.below:
        _hold(session, dependent, reason.strip(), signer, now)
    return recall


def _void(session: Session, piece: Called, reason: str, signer: Person, now: datetime) -> None:
    site: Site = get_site(session, piece.site_id)
    shown = {"kind": piece.kind, "reason": reason, "record": piece.record_id, "person": piece.person_id, "site": piece.site_id}
    signature = sign(
        session, signer=signer, meaning=void_meaning(piece), subject=f"{piece.kind}:{piece.record_id}",
        shown=shown, shown_sha256=None, now=now, time_zone=site.time_zone,
    )  # fmt: skip
    row = EvidenceVoid(
        kind=piece.kind, record_id=piece.record_id, person_id=piece.person_id, site_id=piece.site_id, reason=reason,
        voided_by_id=signer.id, voided_at=now, signature_id=signature.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts = {"kind": piece.kind, "record": piece.record_id, "sealed": signature.sha256, "signature": signature.id}
    actor = Actor(signer.id, signer.printed_name)
    record(session, stream=f"person:{piece.person_id}", act="evidence.voided", actor=actor, now=now, facts=facts)


def _hold(session: Session, dependent: Dependent, reason: str, signer: Person, now: datetime) -> None:
    """Put one clearance on hold, unless it is on hold already in all of these regions."""
    grant = dependent.decision
    stops = (s.decision for s in open_stops_of(session, [grant.person_id], grant.site_id))
    same = [d for d in stops if (d.kind, d.with_observer, d.group_slug) == ("hold", False, grant.group_slug)]
    if any(set(dependent.regions) <= set(regions_of(d)) for d in same):
        return
    act = Act(
        kind="hold", level=grant.level, person_id=grant.person_id, group=grant.group_slug, tier=grant.tier,
        catalogue_version_id=grant.catalogue_version_id, regions=dependent.regions, limits=Limits(), policy_version_id=None,
        evidence_sha256="", meaning=hold_meaning(dependent),
        reason=f"Evidence was called back, and without it the requirements are not met. {reason}"[:2000],
    )  # fmt: skip
    seal(session, act=act, site=dependent.site, signer=signer, now=now)
