"""The blueprint of this room, and what several of its pages need."""

from __future__ import annotations

from flask import Blueprint, current_app
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from app.accounts.passwords import Passwords

blueprint = Blueprint("accounts", __name__)
Page = str | Response | tuple[str, int]


def passwords() -> Passwords:
    """The password rules of this application."""
    found: Passwords = current_app.extensions["needle_clearance.passwords"]
    return found


def status_of(form: FlaskForm) -> int:
    """The status of a page that shows a form: 422 once it has errors."""
    return 422 if form.errors else 200
