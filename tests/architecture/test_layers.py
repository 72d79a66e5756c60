"""The layer contracts hold, and each of them really bites: a probe that breaks it makes import-linter fail."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from tests.architecture.tree import NOT_OURS

HEAD = '"""A probe."""\n\nfrom __future__ import annotations\n\n'


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The app's Python files and the contracts, somewhere else."""
    folder = tmp_path_factory.mktemp("layers")
    ignore = shutil.ignore_patterns(*NOT_OURS, "static", "templates", "*.pyc")
    shutil.copytree(ROOT / "app", folder / "app", ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", folder)
    shutil.copy(ROOT / "config.py", folder)
    return folder


def lint(folder: Path, contract: str | None = None) -> tuple[int, str]:
    """Exit code and words of import-linter in a folder, for one contract or all."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache", *(["--contract", contract] if contract else [])]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    return done.returncode, done.stdout + done.stderr


def test_the_app_keeps_every_contract(copy: Path) -> None:
    code, words = lint(copy)
    assert code == 0, words
    assert "5 kept, 0 broken" in words


PROBES = {
    "rooms: upward": ("rooms", "accounts/probe.py", "from app.clearances import models\n"),
    "rooms: practice knows no attempts": ("rooms", "practice/probe.py", "from app.attempts import models\n"),
    "rooms: domain upward": ("rooms", "domain/probe.py", "from app.accounts import models\n"),
    "rooms: a sibling": ("rooms", "formats/probe.py", "from app.drawing import body_map\n"),
    "rooms: a room that the layers do not name": ("rooms", "newroom/__init__.py", ""),
    "rooms: from a function too": ("rooms", "bank/probe.py", "def late() -> None:\n    from app.home import queries\n"),
    "files: queries from actions": ("files", "records/queries.py", "from app.records import actions\n"),
    "files: models from queries": ("files", "accounts/models.py", "from app.accounts import queries\n"),
    "files: actions from views": ("files", "supervision/actions.py", "from app.supervision import views\n"),
    "files: actions from forms": ("files", "bank/actions.py", "from app.bank import forms\n"),
    "files: practice's actions from its views": ("files", "practice/actions.py", "from app.practice import views\n"),
    "pure: domain knows flask": ("pure", "domain/probe.py", "import flask\n"),
    "pure: domain knows sqlalchemy": ("pure", "domain/items/probe.py", "import sqlalchemy\n"),
    "pure: formats know wtforms": ("pure", "formats/probe.py", "import wtforms\n"),
    "pure: drawing knows flask": ("pure", "drawing/probe.py", "from flask import current_app\n"),
    "files: a package of actions": ("files", "clearances/actions/observers.py", "from app.clearances import views\n"),
    "views: another room's view": ("views", "home/views.py", "from app.accounts import views\n"),
    "views: a package of views": ("views", "clearances/views/check.py", "from app.records import views as other\n"),
    "flask in a package of actions": ("no-flask-below-views", "clearances/actions/deciding.py", "import flask\n"),
    "flask in actions": ("no-flask-below-views", "records/actions.py", "from flask import g\n"),
    "flask in queries": ("no-flask-below-views", "clearances/queries/stops.py", "import flask\n"),
    "flask in practice": ("no-flask-below-views", "practice/queries.py", "from flask import request\n"),
    "flask in models": ("no-flask-below-views", "attempts/models.py", "from flask_login import current_user\n"),
}


@pytest.mark.parametrize("probe", PROBES)
def test_a_probe_breaks_its_contract_and_nothing_is_broken_once_it_is_gone(copy: Path, probe: str) -> None:
    contract, place, line = PROBES[probe]
    path = copy / "app" / place
    before = path.read_text(encoding="utf-8") if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    try:
        path.write_text((before or HEAD) + f"\n{line}", encoding="utf-8")
        code, words = lint(copy, contract)
        assert code == 1, words
        assert "BROKEN" in words
    finally:
        if before is None:
            path.unlink()
            if path.name == "__init__.py":
                shutil.rmtree(path.parent)
        else:
            path.write_text(before, encoding="utf-8")
    code, words = lint(copy, contract)
    assert code == 0, words


def test_every_contract_has_a_probe() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for contract in {contract for contract, _, _ in PROBES.values()}:
        assert f'id = "{contract}"' in text
    assert text.count("[[tool.importlinter.contracts]]") == len({contract for contract, _, _ in PROBES.values()})
