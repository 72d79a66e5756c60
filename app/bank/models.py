"""Items and their immutable published versions, scenes, drafts, and clinical reviews."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.models import Person
from app.database import Base


class Item(Base):
    """One question through all its versions; `state` and `current_version_id` repeat the last ItemChange."""

    __tablename__ = "item"
    __table_args__ = (CheckConstraint("state IN ('draft', 'published', 'suspended', 'retired')", name="state"),)

    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    current_version_id: Mapped[int | None]  # no foreign key: the two tables would need each other first
    created_at: Mapped[datetime]

    current_version: Mapped[ItemVersion | None] = relationship(
        primaryjoin="Item.current_version_id == foreign(ItemVersion.id)", viewonly=True, uselist=False
    )


class ItemVersion(Base):
    """A published version; it never changes. `content` is canonical JSON of the item, key included.

    `editor_ids` is a JSON list of everybody who wrote on it or published it; none of them reviews it.
    """

    __tablename__ = "item_version"
    __table_args__ = (
        UniqueConstraint("item_id", "number"),
        Index("uq_item_version_id_pool", "id", "pool", unique=True),  # what a form or a practice refers to, pool and all
        CheckConstraint("origin IN ('file', 'desk', 'import')", name="origin"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    number: Mapped[int]
    type: Mapped[str] = mapped_column(String(30))
    domain: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str | None] = mapped_column(String(30))
    pool: Mapped[str] = mapped_column(String(10))
    critical: Mapped[bool]
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    origin: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    editor_ids: Mapped[str] = mapped_column(Text, default="[]")
    published_at: Mapped[datetime]

    item: Mapped[Item] = relationship(foreign_keys=[item_id])


class SceneVersion(Base):
    """One version of a scene as canonical JSON; the newest of an id is what the desk offers. Items hold their own copy."""

    __tablename__ = "scene_version"
    __table_args__ = (UniqueConstraint("scene_id", "number"), {"info": {"append_only": True}})

    id: Mapped[int] = mapped_column(primary_key=True)
    scene_id: Mapped[str] = mapped_column(String(60), index=True)
    number: Mapped[int]
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    loaded_at: Mapped[datetime]


class ItemChange(Base):
    """A change of an item's state, with who and why."""

    __tablename__ = "item_change"
    __table_args__ = ({"info": {"append_only": True}},)

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("item.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str] = mapped_column(String(500))
    by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class ItemDraft(Base):
    """Work on the next version; at most one open draft an item. `content` may be incomplete JSON of the form."""

    __tablename__ = "item_draft"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'in_review', 'conflict', 'published', 'rejected')", name="state"),
        Index(
            "uq_item_draft_open",
            "item_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[str] = mapped_column(String(80), index=True)
    based_on_version_id: Mapped[int | None] = mapped_column(ForeignKey("item_version.id"))
    content: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(20), default="draft")
    note: Mapped[str] = mapped_column(String(1000), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    editor_ids: Mapped[str] = mapped_column(Text, default="[]")
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    edit_count: Mapped[int] = mapped_column(default=0)
    closed_at: Mapped[datetime | None]


class ClinicalReview(Base):
    """A named clinician's signed verdict on one published version, good until `review_by`."""

    __tablename__ = "clinical_review"
    __table_args__ = (
        CheckConstraint("verdict IN ('accept', 'reject')", name="verdict"),
        CheckConstraint("author_id IS NULL OR author_id <> reviewer_id", name="not_the_author"),
        ForeignKeyConstraint(["signature_id", "reviewer_id"], ["signature.id", "signature.signer_id"]),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("item_version.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reviewer_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    verdict: Mapped[str] = mapped_column(String(10))
    profession: Mapped[str] = mapped_column(String(100))
    licence: Mapped[str] = mapped_column(String(200))
    review_by: Mapped[date | None]
    comment: Mapped[str] = mapped_column(String(1000), default="")
    reviewed_at: Mapped[datetime]
    signature_id: Mapped[int]

    reviewer: Mapped[Person] = relationship(foreign_keys=[reviewer_id])
