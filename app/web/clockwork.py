"""Clock, chance and tokens as create_app was given them; one `now` for each request."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import current_app, g, has_request_context

KEY = "needle_clearance.clockwork"


@dataclass(frozen=True, slots=True)
class Clockwork:
    """The three things that make a run differ from another."""

    clock: Callable[[], datetime]
    rng: random.Random
    ids: Callable[[], str]


def _clockwork() -> Clockwork:
    found: Clockwork = current_app.extensions[KEY]
    return found


def now() -> datetime:
    """The instant of this request (or of this call, in a command)."""
    if not has_request_context():
        return _clockwork().clock()
    if "now" not in g:
        g.now = _clockwork().clock()
    instant: datetime = g.now
    return instant


def new_token() -> str:
    """A fresh random token of at least 128 bits."""
    return _clockwork().ids()


def rng() -> random.Random:
    """The source of chance, for seeds that are then stored."""
    return _clockwork().rng
