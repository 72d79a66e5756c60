"""Licences and other documents: entered by one person, verified by another."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.database import Base
from app.database.triggers import unless_restored


class Document(Base):
    """What a paper says. Correcting it means entering a new one; `valid_until` is the last day that it is valid."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint("kind IN ('licence', 'indemnity', 'bls', 'course')", name="kind"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates_in_order"),
        UniqueConstraint("id", "holder_id", "entered_by_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    holder_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(200))
    reference: Mapped[str] = mapped_column(String(100))
    jurisdiction: Mapped[str] = mapped_column(String(100), default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    entered_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    entered_at: Mapped[datetime]

    holder: Mapped[Person] = relationship(foreign_keys=[holder_id])


class DocumentVerification(Base):
    """A second person's verdict on a document, after looking at the original or the issuer's register."""

    __tablename__ = "document_verification"
    __table_args__ = (
        ForeignKeyConstraint(
            ["document_id", "holder_id", "entered_by_id"],
            ["document.id", "document.holder_id", "document.entered_by_id"],
        ),
        ForeignKeyConstraint(["signature_id", "verified_by_id"], ["signature.id", "signature.signer_id"]),
        CheckConstraint("verdict IN ('verified', 'refused')", name="verdict"),
        CheckConstraint("verified_by_id <> holder_id AND verified_by_id <> entered_by_id", name="second_person"),
        {
            "info": {
                "append_only": True,
                "guards": {"document_verification_none_while_restored": unless_restored("NEW.verdict = 'verified'")},
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    document_id: Mapped[int] = mapped_column(index=True)
    holder_id: Mapped[int]
    entered_by_id: Mapped[int]
    verdict: Mapped[str] = mapped_column(String(20))
    verified_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    how: Mapped[str] = mapped_column(String(300))
    verified_at: Mapped[datetime]
    signature_id: Mapped[int]

    document: Mapped[Document] = relationship(primaryjoin="foreign(DocumentVerification.document_id) == Document.id", viewonly=True)
