"""Seal what was shown with a signature."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.actions import confirm_identity_of
from app.accounts.models import IdentityProof, Person
from app.audit.actions import record
from app.domain.canonical import canonical_bytes, digest
from app.domain.errors import Conflict
from app.domain.permissions import Actor, Who
from app.signatures.models import Signature

METHOD = "password and code"
"""What the signer proved, at most five minutes before: the password, and a code of the second factor."""


def shown_digest(shown: Mapping[str, object]) -> str:
    """The digest of what a page shows for signing; the form carries it so that a change in between is noticed."""
    return digest(dict(shown))


def sign(
    session: Session,
    *,
    signer: Person,
    meaning: str,
    subject: str,
    shown: Mapping[str, object],
    shown_sha256: str | None,
    now: datetime,
    time_zone: str,
    method: str = METHOD,
) -> Signature:
    """Sign the canonical bytes of what was shown; raises Conflict if it is no longer what is true.

    The signed bytes bind the subject, the meaning, the signer's printed name, the instant and the facts shown, so a
    signature moved to another record, or a byte changed, is found by comparing digests.
    """
    if shown_sha256 is not None and shown_sha256 != shown_digest(shown):
        raise Conflict("What you were about to sign changed in the meantime. Read it again, then sign.")
    body = {
        "meaning": meaning,
        "method": method,
        "printed_name": signer.printed_name,
        "shown": dict(shown),
        "signed_at": now.isoformat(),
        "signer": signer.id,
        "subject": subject,
        "time_zone": time_zone,
    }
    signature = Signature(
        signer_id=signer.id, printed_name=signer.printed_name, meaning=meaning, subject=subject, signed_at=now,
        time_zone=time_zone, method=method, payload=canonical_bytes(body).decode(), sha256=digest(body),
    )  # fmt: skip
    session.add(signature)
    session.flush()
    return signature


DOCUMENTS = {
    "passport": "Passport",
    "identity card": "Identity card",
    "driving licence": "Driving licence with a photograph",
    "professional card": "Professional card with a photograph",
}


def identity_meaning(holder: Person) -> str:
    """The statement of somebody who confirms another."""
    return (
        f"I met {holder.printed_name} in person, looked at a document with a photograph, and had a code of their authenticator "
        "read out to me. This account is theirs."
    )


def confirm_signer(
    session: Session, *, holder: Person, code: str, document: str, signer: Person, who: Who, now: datetime, time_zone: str
) -> Signature:
    """Confirm who somebody is, signed; raises NotAllowed, Conflict or InvalidInput."""
    actor = Actor(signer.id, signer.printed_name)
    proof: IdentityProof = confirm_identity_of(session, holder=holder, code=code, document=document, actor=actor, who=who, now=now)
    shown = {"document": document, "factor": proof.factor_id, "holder": holder.id, "printed_name": holder.printed_name}
    signature = sign(
        session,
        signer=signer,
        meaning=identity_meaning(holder),
        subject=f"identity:{proof.id}",
        shown=shown,
        shown_sha256=None,
        now=now,
        time_zone=time_zone,
    )
    facts = {"proof": proof.id, "sealed": signature.sha256, "signature": signature.id}
    record(session, stream=f"person:{holder.id}", act="identity.signed", actor=actor, now=now, facts=facts)
    return signature
