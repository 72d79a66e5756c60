"""Read documents and what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.domain.errors import NotFound
from app.records.models import Document, DocumentVerification

KIND_WORDS = {"licence": "Licence", "indemnity": "Indemnity", "bls": "BLS with AED", "course": "Course record"}


@dataclass(frozen=True, slots=True)
class Paper:
    """A document with its verification, if a second person has looked at it."""

    document: Document
    verification: DocumentVerification | None

    @property
    def state(self) -> str:
        """verified, refused or waiting."""
        return self.verification.verdict if self.verification else "waiting"

    @property
    def kind_words(self) -> str:
        """The kind in words."""
        return KIND_WORDS[self.document.kind]


def get_document(session: Session, document_id: int) -> Document:
    """One document; raises NotFound."""
    document = session.get(Document, document_id)
    if document is None:
        raise NotFound("There is no such document.")
    return document


def papers_of(session: Session, person_ids: Collection[int], known: datetime | None = None) -> list[Paper]:
    """All documents of some people with their newest verification, the newest document first; as far as known at an instant."""
    query = select(Document).where(Document.holder_id.in_(person_ids))
    query = query if known is None else query.where(Document.entered_at <= known)
    documents = session.scalars(query.options(joinedload(Document.holder)).order_by(Document.id.desc())).all()
    newest = _newest(session, [d.id for d in documents], known)
    return [Paper(d, newest.get(d.id)) for d in documents]


def _newest(session: Session, document_ids: Collection[int], known: datetime | None = None) -> dict[int, DocumentVerification]:
    query = select(DocumentVerification).where(DocumentVerification.document_id.in_(document_ids))
    query = query if known is None else query.where(DocumentVerification.verified_at <= known)
    return {v.document_id: v for v in session.scalars(query.order_by(DocumentVerification.id))}


def find_verification(session: Session, document_id: int) -> DocumentVerification | None:
    """The newest verdict on a document."""
    return _newest(session, [document_id]).get(document_id)


def find_verified_licence(session: Session, person_id: int, on: date) -> Document | None:
    """A verified licence of a person that is valid on a day."""
    for paper in papers_of(session, [person_id]):
        document = paper.document
        in_term = document.valid_from <= on and (document.valid_until is None or document.valid_until >= on)
        if document.kind == "licence" and paper.state == "verified" and in_term:
            return document
    return None
