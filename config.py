"""The one place that reads the environment; production refuses to start without a secret."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent


class BadConfiguration(Exception):
    """A setting is missing or wrong; the message says which one and what to set."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that differs between installations. `password_profile` is `strong` or, in tests alone, `cheap`."""

    database_url: str
    secret_key: str | None
    question_bank: Path = ROOT / "question_bank"
    port: int = 8000
    host: str = "127.0.0.1"
    secure_cookies: bool = True
    password_profile: str = "strong"  # noqa: S105  (a name, not a password)
    testing: bool = False

    def required_secret(self) -> str:
        """The secret that signs sessions; raises BadConfiguration if none is set."""
        if not self.secret_key or len(self.secret_key) < 32:
            raise BadConfiguration(
                "SECRET_KEY is missing or shorter than 32 characters. Set it to a long random text, for example the "
                "output of: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
            )
        return self.secret_key


def default_database_url(root: Path = ROOT) -> str:
    """An SQLite file in the project's own `instance` folder."""
    return f"sqlite:///{root / 'instance' / 'needle-clearance.sqlite'}"


def read_port(text: str) -> int:
    """A port number from 1 to 65535; raises BadConfiguration otherwise."""
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise BadConfiguration(f"PORT is {text!r}; set it to a number from 1 to 65535.")
    return int(text)


def from_environment(environment: Mapping[str, str] = os.environ) -> Config:
    """Read DATABASE_URL, SECRET_KEY, PORT, HOST, QUESTION_BANK and INSECURE_COOKIES once."""
    return Config(
        database_url=normal_url(environment.get("DATABASE_URL") or default_database_url()),
        secret_key=environment.get("SECRET_KEY") or None,
        question_bank=Path(environment.get("QUESTION_BANK") or ROOT / "question_bank"),
        port=read_port(environment.get("PORT", "8000")),
        host=environment.get("HOST", "127.0.0.1"),
        secure_cookies=environment.get("INSECURE_COOKIES", "") != "1",
    )


def normal_url(url: str) -> str:
    """Name the PostgreSQL driver that this project installs; other addresses pass unchanged."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url.removeprefix(prefix)
    return url
