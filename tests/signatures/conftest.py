"""The clinic for every test of this folder."""

from __future__ import annotations

from tests.clearances.fixtures import clinic as clinic
