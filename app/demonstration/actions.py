"""Make the demonstration clinic through the same actions that people use, at earlier instants."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.passwords import Passwords
from app.accounts.queries import find_installation
from app.clearances.actions import (
    make_check_code,
)
from app.demonstration.clinic import PEOPLE
from app.demonstration.founding import found_clinic, name_observers
from app.demonstration.history import live_history
from app.demonstration.making import Clinic
from app.domain.codes import code_from
from app.domain.errors import Conflict


def build_demonstration(
    session: Session,
    *,
    passphrase: str,
    passwords: Passwords,
    tokens: Callable[[], str],
    today: datetime,
    seed: int = 7,
) -> dict[str, str]:
    """Fill an empty, loaded database; raises Conflict for a real installation. Returns check codes by person key."""
    found = find_installation(session)
    if found is not None:
        raise Conflict("This database already belongs to an installation. The demonstration needs an empty one.")
    clinic = Clinic(session, today, tokens, passwords, passwords.hash(passphrase), {}, {}, random.Random(seed))
    found_clinic(clinic)
    name_observers(clinic)
    for someone in PEOPLE:
        live_history(clinic, someone)
    codes = {}
    for key in ("director", "trainee1", "trainee4"):
        code = code_from(clinic.tokens(), 16)
        make_check_code(
            session,
            person=clinic.people[key],
            site=clinic.sites["north"],
            code=code,
            actor=clinic.actor("admin"),
            now=clinic.at(1),
        )
        codes[key] = code
    return codes
