"""The demonstration clinic while it is being made."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.passwords import Passwords
from app.domain.permissions import Actor

DAYS_OF_HISTORY = 420


@dataclass(slots=True)
class Clinic:
    """The clinic while it is being made."""

    session: Session
    today: datetime
    tokens: Callable[[], str]
    passwords: Passwords
    passphrase_hash: str
    people: dict[str, Person]
    sites: dict[str, Site]
    rng: random.Random

    def at(self, days_ago: float) -> datetime:
        """An instant some days before today."""
        return self.today - timedelta(days=days_ago)

    def actor(self, key: str) -> Actor:
        """A person as the trail names them."""
        return Actor(self.people[key].id, self.people[key].printed_name)
