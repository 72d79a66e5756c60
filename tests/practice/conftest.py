"""A learner as a fixture."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.builders import Clinic
from tests.clock import FakeClock
from tests.practice.practising import Learner, learner


@pytest.fixture
def tom(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> Learner:
    """The trainee with a browser; nothing is practised yet."""
    return learner(clinic, clinic_app, clock)
