"""The named failpoints: listed, unique, and empty in an application that nobody tests."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from app.database import failpoints
from app.database.failpoints import HOOKS, NAMES, failpoint
from tests.architecture.tree import python_files
from tests.clock import FakeClock
from tests.conftest import make_app


def passed_in_the_app() -> Counter[str]:
    """Every name that a file of the app passes, with the number of places."""
    found: Counter[str] = Counter()
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "failpoint":
                assert isinstance(node.args[0], ast.Constant), f"{path.name}:{node.lineno}"
                found[node.args[0].value] += 1
    return found


def test_every_name_is_listed_once_and_passed_in_one_place() -> None:
    assert len(NAMES) == len(set(NAMES))
    assert passed_in_the_app() == Counter(NAMES)


def test_create_app_installs_no_hook() -> None:
    before = dict(HOOKS)
    make_app("sqlite://", FakeClock(), testing=False)
    assert before == HOOKS == {}


def test_nothing_in_the_app_but_their_own_file_knows_the_hooks() -> None:
    own = failpoints.__file__
    knowing = [p.name for p in python_files() if "HOOKS" in p.read_text(encoding="utf-8") and str(p) != own]
    assert knowing == []


def test_a_hook_is_called_at_its_name_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []
    monkeypatch.setitem(HOOKS, NAMES[0], lambda: calls.append(NAMES[0]))
    for name in NAMES:
        failpoint(name)
    assert calls == [NAMES[0]]
