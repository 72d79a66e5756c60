"""A running attempt as a fixture."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.attempts.sitting import Sitting, sit
from tests.builders import Clinic


@pytest.fixture
def trainee(clinic: Clinic, clinic_app: Flask) -> FlaskClient:
    """The trainee's browser, signed in."""
    return clinic.client(clinic_app, "trainee")


@pytest.fixture
def sitting(trainee: FlaskClient) -> Sitting:
    """A running attempt of the trainee, started over HTTP at the clock's instant."""
    return sit(trainee)
