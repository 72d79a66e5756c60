"""Enter documents, and verify them as a second person."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.accounts.queries import find_installation
from app.audit.actions import hold_stream, record
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_verify_document, refuse_while_restored
from app.domain.places import known_day
from app.records.models import Document, DocumentVerification
from app.records.queries import find_verification
from app.signatures.actions import sign

KINDS = ("licence", "indemnity", "bls", "course")
NEEDS_END = frozenset({"licence", "indemnity", "bls"})


@dataclass(frozen=True, slots=True)
class Entry:
    """What a document says."""

    kind: str
    title: str
    issuer: str
    reference: str
    jurisdiction: str
    valid_from: date
    valid_until: date | None


def enter_document(session: Session, *, holder: Person, entry: Entry, actor: Actor, now: datetime) -> Document:
    """Put a document on record; it counts only once somebody else has verified it."""
    _check(entry)
    document = Document(
        holder_id=holder.id,
        kind=entry.kind,
        title=entry.title.strip(),
        issuer=entry.issuer.strip(),
        reference=entry.reference.strip(),
        jurisdiction=entry.jurisdiction.strip(),
        valid_from=entry.valid_from,
        valid_until=entry.valid_until,
        entered_by_id=actor.id,
        entered_at=now,
    )
    session.add(document)
    session.flush()
    facts = {"document": document.id, "kind": entry.kind}
    record(session, stream=f"person:{holder.id}", act="document.entered", actor=actor, now=now, facts=facts)
    return document


def _check(entry: Entry) -> None:
    problems = []
    if entry.kind not in KINDS:
        problems.append(("kind", "Choose one of the kinds."))
    if entry.kind in NEEDS_END and entry.valid_until is None:
        problems.append(("valid_until", "This kind has an end: enter its last day."))
    if entry.kind == "licence" and not entry.jurisdiction.strip():
        problems.append(("jurisdiction", "Whose licence is it? Enter the jurisdiction as the site has it."))
    if entry.valid_until is not None and entry.valid_until < entry.valid_from:
        problems.append(("valid_until", "The last day lies before the first. Check both dates."))
    for field, day in (("valid_from", entry.valid_from), ("valid_until", entry.valid_until)):
        if not known_day(day):
            problems.append((field, "Enter a day between 1900 and 2200."))
    if problems:
        raise InvalidInput(problems)


def shown_for_verification(document: Document, verdict: str, how: str) -> dict[str, object]:
    """What a verifier signs."""
    return {
        "document": document.id,
        "holder": document.holder_id,
        "how": how,
        "issuer": document.issuer,
        "jurisdiction": document.jurisdiction,
        "kind": document.kind,
        "reference": document.reference,
        "title": document.title,
        "valid_from": document.valid_from.isoformat(),
        "valid_until": document.valid_until.isoformat() if document.valid_until else None,
        "verdict": verdict,
    }


def verify_document(
    session: Session, *, document: Document, verdict: str, how: str, verifier: Person, who: Who,
    holder_sites: Collection[int], time_zone: str, now: datetime,
) -> DocumentVerification:  # fmt: skip
    """Sign that the original or the issuer's register was looked at; raises NotAllowed for holder or enterer.

    One verdict each, except that a verified document can be refused later (struck off, forged): then it counts no more.
    """
    answer = may_verify_document(who, document.holder_id, document.entered_by_id, holder_sites, at=now)
    if not answer.allowed:
        raise NotAllowed(answer.reason)
    if verdict not in ("verified", "refused"):
        raise InvalidInput([("verdict", "Choose verified or refused.")])
    if len(how.strip()) < 5:
        raise InvalidInput([("how", "Write how you checked it, for example: register of the council, looked up today.")])
    if verdict == "verified":
        installation = find_installation(session)
        refuse_while_restored(installation.mode if installation else None)
    hold_stream(session, f"person:{document.holder_id}")
    earlier = find_verification(session, document.id)
    if earlier is not None and (earlier.verdict, verdict) != ("verified", "refused"):
        raise Conflict("Somebody has decided about this document already. Load the page again.")
    signature = sign(
        session, signer=verifier, meaning="I looked at the original or at the issuer's register", subject=f"document:{document.id}",
        shown=shown_for_verification(document, verdict, how.strip()), shown_sha256=None, now=now, time_zone=time_zone,
    )  # fmt: skip
    row = DocumentVerification(
        document_id=document.id, holder_id=document.holder_id, entered_by_id=document.entered_by_id, verdict=verdict,
        verified_by_id=verifier.id, how=how.strip(), verified_at=now, signature_id=signature.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    actor = Actor(verifier.id, verifier.printed_name)
    facts = {"document": document.id, "verdict": verdict, "sealed": signature.sha256, "signature": signature.id}
    record(session, stream=f"person:{document.holder_id}", act=f"document.{verdict}", actor=actor, now=now, facts=facts)
    return row
