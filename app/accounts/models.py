"""People, sites and who belongs where with which role."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts.guards import FACTOR_GUARDS
from app.database import Base


class Installation(Base):
    """What this database is; written once when it is created."""

    __tablename__ = "installation"
    __table_args__ = (
        CheckConstraint("id = 1", name="one_row"),
        CheckConstraint("kind IN ('demonstration', 'real')", name="kind"),
        CheckConstraint("mode IN ('normal', 'restored')", name="mode"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, default=1, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(20))
    mode: Mapped[str] = mapped_column(String(20), default="normal")
    organisation: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]


class Person(Base):
    """Somebody with an account. `session_key` is part of every session: a new one ends them all."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    printed_name: Mapped[str] = mapped_column(String(200))
    profession: Mapped[str] = mapped_column(String(100), default="")
    password_hash: Mapped[str | None] = mapped_column(String(300))
    session_key: Mapped[str] = mapped_column(String(64))
    theme: Mapped[str] = mapped_column(String(10), default="auto")
    shortcut_keys: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    access_reset_at: Mapped[datetime | None]
    access_reset_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    deactivated_at: Mapped[datetime | None]


class Site(Base):
    """A clinic or school. `time_zone` is an IANA name; days of its records are days there."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    jurisdiction: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class Membership(Base):
    """A role of a person: trainee and supervisor at one site, admin and auditor for the whole installation.

    Supervisor, admin and every external membership count only once a second person has confirmed them. Rows are never
    deleted; they end.
    """

    __tablename__ = "membership"
    __table_args__ = (
        CheckConstraint("role IN ('trainee', 'supervisor', 'admin', 'auditor')", name="role"),
        CheckConstraint("(site_id IS NULL) = (role IN ('admin', 'auditor'))", name="site_fits_role"),
        CheckConstraint("proposed_by_id IS NULL OR proposed_by_id <> person_id OR founding", name="not_for_oneself"),
        CheckConstraint(
            "confirmed_by_id IS NULL OR founding OR (confirmed_by_id <> proposed_by_id AND confirmed_by_id <> person_id)",
            name="two_people",
        ),
        CheckConstraint("(confirmed_by_id IS NULL) = (confirmed_at IS NULL)", name="confirmation_whole"),
        CheckConstraint("NOT founding OR role = 'admin'", name="founding_is_admin"),
        CheckConstraint("proposed_by_id IS NOT NULL OR founding", name="proposer_known"),
        Index(
            "uq_membership_current",
            "person_id",
            "site_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {"info": {"set_once": ("confirmed_by_id", "confirmed_at", "ended_by_id", "ended_at")}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    external: Mapped[bool] = mapped_column(default=False)
    founding: Mapped[bool] = mapped_column(default=False)
    proposed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    confirmed_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    site: Mapped[Site | None] = relationship(foreign_keys=[site_id])


class AccessLink(Base):
    """A one-time link (invite, reset, founding); only the hash of its token is kept."""

    __tablename__ = "access_link"
    __table_args__ = (CheckConstraint("purpose IN ('invite', 'reset', 'founding')", name="purpose"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    issued_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class SignInFailure(Base):
    """A refused sign-in, for throttling; keys are digests, so no address or e-mail is kept."""

    __tablename__ = "sign_in_failure"
    __table_args__ = (Index("ix_sign_in_failure_key_at", "key_sha256", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key_sha256: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class SecondFactor(Base):
    """What an account has besides its password: a secret that its holder's authenticator shares (TOTP, RFC 6238).

    Begun, enrolled once its holder typed a code of it, confirmed once enough others saw the holder with it, ended for ever.
    """

    __tablename__ = "second_factor"
    __table_args__ = (
        UniqueConstraint("id", "person_id"),
        ForeignKeyConstraint(["replaces_id", "person_id"], ["second_factor.id", "second_factor.person_id"]),
        CheckConstraint("confirmed_at IS NULL OR enrolled_at IS NOT NULL", name="enrolled_first"),
        CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="end_whole"),
        CheckConstraint("ended_why IN ('begun again', 'lost')", name="ended_why"),
        Index(
            "uq_second_factor_current",
            "person_id",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
        {
            "info": {
                "set_once": ("enrolled_at", "confirmed_at", "ended_at", "ended_by_id", "ended_why"),
                "guards": FACTOR_GUARDS,
            }
        },
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    replaces_id: Mapped[int | None]
    secret: Mapped[str] = mapped_column(String(64))
    begun_at: Mapped[datetime]
    enrolled_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_why: Mapped[str | None] = mapped_column(String(20))

    person: Mapped[Person] = relationship(foreign_keys=[person_id])


class UsedCode(Base):
    """A code of a factor that was accepted: its 30-second step counts once."""

    __tablename__ = "used_code"
    __table_args__ = ({"info": {"append_only": True}},)

    factor_id: Mapped[int] = mapped_column(ForeignKey("second_factor.id"), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class RecoveryCode(Base):
    """One of ten codes that stand in for the authenticator, each once; only digests are kept."""

    __tablename__ = "recovery_code"
    __table_args__ = (UniqueConstraint("factor_id", "code_sha256"), {"info": {"set_once": ("used_at",)}})

    id: Mapped[int] = mapped_column(primary_key=True)
    factor_id: Mapped[int] = mapped_column(ForeignKey("second_factor.id"), index=True)
    code_sha256: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None]


class IdentityProof(Base):
    """Somebody else met the holder, looked at a document with a photograph, and saw a code of this factor."""

    __tablename__ = "identity_proof"
    __table_args__ = (
        ForeignKeyConstraint(["factor_id", "person_id"], ["second_factor.id", "second_factor.person_id"]),
        CheckConstraint("confirmed_by_id <> person_id", name="not_ones_own"),
        UniqueConstraint("factor_id", "confirmed_by_id"),
        {"info": {"append_only": True}},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    factor_id: Mapped[int] = mapped_column(index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    confirmed_by_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    document: Mapped[str] = mapped_column(String(40))
    confirmed_at: Mapped[datetime]

    confirmed_by: Mapped[Person] = relationship(foreign_keys=[confirmed_by_id])
