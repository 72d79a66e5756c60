"""The clinic as a fixture; conftest files of several folders take it from here."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import make_url

from app import PASSWORDS
from app.database import db
from tests.clearances.builders import Clinic
from tests.clearances.template import Template
from tests.clock import START, FakeClock
from tests.conftest import DATABASES, _admin, _build_schema, _named, make_app

TEMPLATE = f"clinic_template_{os.getpid()}"
_BUILT: dict[str, dict[str, Any]] = {}
"""Address of a template → the ids in it; kept here, so that several folders share one."""


def _build(url: str, folder: Path) -> None:
    _build_schema(url)
    app = make_app(url, FakeClock(START))
    with app.app_context():
        _BUILT[url] = Template(folder).build(app.extensions[PASSWORDS])
        db.session.remove()
        db.engine.dispose()


def _template(kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    found = next((url for url in _BUILT if url.startswith(kind)), None)
    if found is not None:
        return found
    folder = tmp_path_factory.mktemp("clinic")
    (folder / "bank").mkdir()
    if kind == "sqlite":
        url = f"sqlite:///{folder / 'clinic.sqlite'}"
    else:
        server = request.getfixturevalue("postgres_server")
        _admin(server, f"DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")
        _admin(server, f"CREATE DATABASE {TEMPLATE}")
        url = _named(server, TEMPLATE)
    _build(url, folder / "bank")
    return url


@pytest.fixture(params=DATABASES)
def clinic(request: pytest.FixtureRequest, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A fresh copy of the clinic, once on each database."""
    yield from _copy(request, tmp_path, tmp_path_factory)


@pytest.fixture(scope="module", params=DATABASES)
def clinic_of_module(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """One copy of the clinic for all tests of a module that leave it as it was, once on each database."""
    yield from _copy(request, tmp_path_factory.mktemp("module"), tmp_path_factory)


def _copy(request: pytest.FixtureRequest, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    template = _template(request.param, request, tmp_path_factory)
    if request.param == "sqlite":
        path = folder / "clinic.sqlite"
        shutil.copy(str(make_url(template).database), path)
        yield from _running(f"sqlite:///{path}", template)
        return
    server, name = request.getfixturevalue("postgres_server"), f"clinic_{os.getpid()}_{abs(hash(request.node.nodeid)) % 10**9}"
    _admin(server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
    yield from _running(_named(server, name), template)
    _admin(server, f"DROP DATABASE {name} WITH (FORCE)")


def _running(url: str, template: str) -> Iterator[Clinic]:
    clock = FakeClock(START)
    app = make_app(url, clock)
    app.config["WTF_CSRF_ENABLED"] = False
    yield Clinic(app, clock, **_BUILT[template])
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
