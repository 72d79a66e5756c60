"""Training and clearance for dry needling; `create_app` is the one place where the parts meet."""

from __future__ import annotations

import random
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader

from app import cli
from app.accounts import views as accounts
from app.accounts.passwords import Passwords
from app.accounts.views.sessions import load_installation, load_person, load_who
from app.attempts import views as attempts
from app.audit import views as audit
from app.bank import views as bank
from app.clearances import views as clearances
from app.database import begin_rules, db, let_go
from app.extensions import csrf, login_manager, migrate
from app.home import views as home
from app.operations import views as operations
from app.practice import views as practice
from app.quizzes import views as quizzes
from app.records import views as records
from app.regrades import views as regrades
from app.signatures import views as signatures
from app.supervision import views as supervision
from app.web import access, bundles, clockwork, errors, headers, pages, pictures
from app.web.numbers import KeyConverter
from config import Config, from_environment

HERE = Path(__file__).resolve().parent
ROOMS = (
    operations,
    accounts,
    signatures,
    audit,
    records,
    bank,
    quizzes,
    practice,
    attempts,
    supervision,
    clearances,
    regrades,
    home,
)
MAX_BODY = 2 * 1024 * 1024
PASSWORDS = "needle_clearance.passwords"  # noqa: S105


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


def random_token() -> str:
    """A fresh token of 192 random bits."""
    return secrets.token_urlsafe(24)


def create_app(
    config: Config | None = None,
    clock: Callable[[], datetime] = utc_now,
    rng: random.Random | None = None,
    ids: Callable[[], str] = random_token,
    monotonic: Callable[[], float] | None = None,
) -> Flask:
    """Make the application from its configuration and its sources of time, chance and tokens.

    `monotonic` counts seconds beside `clock`; by default there is one beside the real clock and none beside another.
    """
    config = config or from_environment()
    app = Flask(__name__, template_folder="templates", static_folder="static")
    app.url_map.converters["int"] = KeyConverter
    _configure(app, config)
    app.session_interface = headers.Sessions()
    app.extensions[clockwork.KEY] = clockwork.Clockwork(
        clock, rng or random.SystemRandom(), ids, time.monotonic if clock is utc_now and monotonic is None else monotonic
    )
    app.extensions[access.WHO_LOADER] = load_who
    app.extensions[PASSWORDS] = Passwords(config.password_profile)
    app.extensions[pages.INSTALLATION] = load_installation
    _bind_extensions(app)
    _bind_rooms(app)
    cli.register(app)
    return app


def _configure(app: Flask, config: Config) -> None:
    app.config.update(
        SQLALCHEMY_DATABASE_URI=config.database_url,
        SECRET_KEY=config.secret_key,
        TESTING=config.testing,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SECURE=config.secure_cookies,
        SESSION_COOKIE_NAME="needle_clearance",
        PERMANENT_SESSION_LIFETIME=12 * 3600,
        MAX_CONTENT_LENGTH=MAX_BODY,
        MAX_FORM_MEMORY_SIZE=MAX_BODY,
        WTF_CSRF_TIME_LIMIT=12 * 3600,
        SETTINGS=config,
    )


def _bind_extensions(app: Flask) -> None:
    db.init_app(app)
    app.teardown_appcontext(lambda _error: let_go(db.session))
    migrate.init_app(app, db, directory=str(HERE.parent / "migrations"), render_as_batch=True, compare_type=True)
    login_manager.init_app(app)
    login_manager.user_loader(load_person)
    csrf.init_app(app)
    with app.app_context():
        begin_rules(db.engine)


def _bind_rooms(app: Flask) -> None:
    app.before_request(operations.require_current_schema)
    app.before_request(access.refuse_strange_bodies)
    app.before_request(access.enforce)
    app.after_request(headers.add_headers)
    errors.register(app)
    pages.register(app)
    bundles.register(app)
    pictures.register(app)
    folders = {}
    for room in ROOMS:
        app.register_blueprint(room.blueprint)
        folders[room.blueprint.name] = FileSystemLoader(HERE / room.blueprint.name / "templates")
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(HERE / "templates"), PrefixLoader(folders)])
