"""Who signed which bytes, with what meaning."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.database import Base

_KNOWN = (
    "SELECT 1 FROM second_factor f WHERE f.person_id = NEW.signer_id AND f.confirmed_at <= NEW.signed_at "
    "AND (f.ended_at IS NULL OR f.ended_at > NEW.signed_at)"
)
_FOUNDER = "SELECT 1 FROM membership m WHERE m.person_id = NEW.signer_id AND m.founding AND m.ended_at IS NULL"
_BY_A_STRANGER = f"NOT EXISTS ({_KNOWN}) AND NOT (substr(NEW.subject, 1, 9) = 'identity:' AND EXISTS ({_FOUNDER}))"
_GUARDS = {
    "signature_of_a_known_signer": (
        "INSERT",
        _BY_A_STRANGER,
        _BY_A_STRANGER,
        "by constraint: others confirm who somebody is before they sign",
    )
}


class Signature(Base):
    """A signature: the canonical bytes of what was shown, its meaning in words, and the printed name at that time."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("id", "signer_id"), {"info": {"append_only": True, "guards": _GUARDS}})

    id: Mapped[int] = mapped_column(primary_key=True)
    signer_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    printed_name: Mapped[str] = mapped_column(String(200))
    meaning: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(String(80), index=True)
    payload: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    time_zone: Mapped[str] = mapped_column(String(64))
    method: Mapped[str] = mapped_column(String(20))

    signer: Mapped[Person] = relationship()
