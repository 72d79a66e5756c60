"""The small bank as a fixture."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bank.small_bank import write_bank


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """The folder of a small, sound bank."""
    return write_bank(tmp_path / "bank")
