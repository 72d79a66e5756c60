"""Extensions, made bare here and bound in create_app."""

from __future__ import annotations

from flask import request
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect


class Tokens(CSRFProtect):  # type: ignore[misc]  # the package carries no types
    """Flask-WTF's protection; a JSON body, of which a running exam sends many, is not read as a form to look for the token."""

    def _get_csrf_token(self) -> str | None:
        token: str | None = request.headers.get("X-CSRFToken") if request.is_json else super()._get_csrf_token()
        return token


login_manager = LoginManager()
login_manager.session_protection = None  # it would mark sessions as not fresh, which nothing asks: app/web/step_up.py does that
csrf = Tokens()
migrate = Migrate()
