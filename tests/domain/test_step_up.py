"""What somebody must prove again before they sign."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.domain.step_up import BOTH, proofs_asked
from tests.clock import START

CODE = frozenset({"code"})


def asked(password: float | None, code: float | None, *, same_roles: bool = True) -> frozenset[str]:
    """What is asked for when both were proved some minutes ago."""

    def ago(minutes: float | None) -> datetime | None:
        return None if minutes is None else START - timedelta(minutes=minutes)

    return proofs_asked(password_at=ago(password), code_at=ago(code), same_roles=same_roles, now=START)


@pytest.mark.parametrize(
    ("password", "code", "wanted"),
    [
        (None, None, BOTH),
        (0, None, CODE),
        (5, None, CODE),
        (5.01, None, BOTH),
        (0, 0, frozenset()),
        (60, 5, frozenset()),
        (60, 5.01, CODE),
        (60, 15, CODE),
        (60, 15.01, BOTH),
        (1, 15.01, BOTH),
        (0, -1, BOTH),
        (-1, None, BOTH),
    ],
)
def test_the_first_signature_asks_for_both_later_ones_for_a_code_and_a_pause_for_both_again(
    password: float | None, code: float | None, wanted: frozenset[str]
) -> None:
    assert asked(password, code) == wanted


def test_a_change_of_roles_asks_for_both_again() -> None:
    assert asked(1, 1, same_roles=False) == BOTH
