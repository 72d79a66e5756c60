"""Extensions, made bare here and bound in create_app."""

from __future__ import annotations

from flask_login import LoginManager
from flask_migrate import Migrate
from flask_wtf import CSRFProtect

login_manager = LoginManager()
login_manager.session_protection = None  # it would mark sessions as not fresh, which nothing asks: app/web/step_up.py does that
csrf = CSRFProtect()
migrate = Migrate()
