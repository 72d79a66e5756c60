"""Render the shared templates without the application: no database, no installation, nobody signed in unless given."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from flask import Flask, flash
from flask_wtf import CSRFProtect
from jinja2 import ChoiceLoader, DictLoader, FileSystemLoader

from app.web import bundles
from app.web.pages import local_day, local_time, percent

APP = Path(__file__).resolve().parents[2] / "app"
TEMPLATES, STATIC = APP / "templates", APP / "static"


def render(source: str, *, flashed: tuple[tuple[str, str], ...] = (), **context: Any) -> str:
    """The page that a template text makes over the project's own base and macros."""
    app = Flask("pages", static_folder=str(STATIC))
    app.config.update(SECRET_KEY="a secret of tests, long enough to sign with")
    app.jinja_env.loader = ChoiceLoader([FileSystemLoader(TEMPLATES), DictLoader({"page.html": source})])
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(demonstration_code=lambda: None)
    app.jinja_env.filters.update(local_time=local_time, local_day=local_day, percent=percent)
    CSRFProtect(app)
    bundles.register(app)
    with app.test_request_context():
        for kind, words in flashed:
            flash(words, kind)
        return app.jinja_env.get_template("page.html").render(**context)


def element(html: str) -> ElementTree.Element:
    """The parsed elements of a macro's output; HTML's lone attributes and void elements are spelt out first."""
    for lone in (" checked", " selected", " required", " autofocus", " open", " novalidate"):
        html = html.replace(lone + " ", f'{lone}="" ').replace(lone + ">", f'{lone}="">')
    for void in ("input", "br"):
        parts = html.split(f"<{void}")
        html = parts[0] + "".join(f"<{void}" + part.replace(">", "/>", 1) for part in parts[1:])
    return ElementTree.fromstring(f"<root>{html}</root>")
