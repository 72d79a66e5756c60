"""Rules that hold for files: their first lines, their size, what the locks say, and what no file may name."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from config import ROOT
from tests.architecture.tree import python_files, text_files

MOST_LINES = 300
LOCKS = tuple(sorted((ROOT / "requirements").glob("*.txt")))
# Written in pieces, so that this file does not hold what it forbids.
THIS_MACHINE = ("/" + "work/", "/" + "root/", "/" + "tmp/brief", "local" + "host:", "127.0.0.1" + ":8")
REGISTRIES = ("py" + "pi.org", "python" + "hosted", "npm" + "js", "registry" + ".", "artifact" + "ory", "index" + "-url =")
MAY_NAME_PLACES = {"requirements/lock.py", "requirements/vendor.py"}
IMPORT = "from __future__ import annotations"


def name(path: Path) -> str:
    """A file's name within the project."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("folder", ["app", "tests"])
def test_every_python_file_with_code_begins_with_the_same_import(folder: str) -> None:
    missing = [name(p) for p in python_files(folder) if p.read_text(encoding="utf-8").strip() and not _imports(p)]
    assert missing == []


def _imports(path: Path) -> bool:
    body = ast.parse(path.read_text(encoding="utf-8")).body
    rest = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    return not rest or (isinstance(rest[0], ast.ImportFrom) and rest[0].module == "__future__")


def test_every_package_of_the_app_is_a_package() -> None:
    folders = {p.parent for p in python_files()}
    assert [name(f) for f in folders if not (f / "__init__.py").exists()] == []


def test_no_file_of_the_app_is_longer_than_300_lines() -> None:
    lengths = {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in python_files()}
    longer = {n: count for n, count in lengths.items() if count > MOST_LINES}
    assert longer == {}


def test_no_file_is_named_for_everything_and_nothing() -> None:
    banned = {"utils", "util", "helpers", "common", "manager", "misc", "base_utils"}
    assert [name(p) for p in text_files() if p.stem in banned] == []


def test_imports_stand_at_the_top_and_are_absolute() -> None:
    found = list(_inner_imports())
    assert found == []


def _inner_imports() -> Iterator[str]:
    for path in python_files():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        top = {id(node) for node in tree.body}
        for node in ast.walk(tree):
            relative = isinstance(node, ast.ImportFrom) and node.level > 0
            if isinstance(node, ast.Import | ast.ImportFrom) and (relative or id(node) not in top):
                yield f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("call", ["datetime.now", "datetime.utcnow", "date.today", "time.time", "uuid.uuid4", "secrets.token"])
def test_clock_and_tokens_come_from_create_app_alone(call: str) -> None:
    allowed = {"app/__init__.py", "app/operations/serving.py"}
    found = [name(p) for p in python_files() if f"{call}(" in p.read_text(encoding="utf-8")]
    assert set(found) <= allowed


def test_only_views_commands_jobs_and_the_step_up_commit() -> None:
    found = [name(p) for p in python_files() if ".commit()" in p.read_text(encoding="utf-8")]
    wrong = [
        n for n in found if "view" not in n and not n.startswith("app/cli/") and n not in ("app/jobs.py", "app/accounts/step_up.py")
    ]
    assert wrong == []


def test_no_error_is_swallowed_or_caught_bare() -> None:
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{name(path)}:{node.lineno}"
                assert not (len(node.body) == 1 and isinstance(node.body[0], ast.Pass)), f"{name(path)}:{node.lineno}"


# --- locks --------------------------------------------------------------------------------------------------------


def test_there_are_two_locks() -> None:
    assert [p.name for p in LOCKS] == ["dev.txt", "run.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_names_no_address_and_no_option(lock: Path) -> None:
    for line in lock.read_text(encoding="utf-8").splitlines():
        assert "://" not in line
        assert "file:" not in line
        assert " @ " not in line
        assert not line.startswith("-")
        assert "--" not in line.replace("--hash=sha256:", "")


def _pins(lock: Path) -> dict[str, str]:
    """Pin → the lines that belong to it."""
    blocks = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return {b.splitlines()[0]: b for b in blocks if not b.startswith("#")}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_every_pin_is_exact_and_has_a_hash(lock: Path) -> None:
    pins = _pins(lock)
    assert len(pins) > 20
    for first, block in pins.items():
        assert re.match(r"[a-z0-9._-]+(\[[a-z,]+\])?==[0-9][\w.+!]*( ; .+)? ?\\$", first), first
        assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", block), first


def test_the_two_locks_agree() -> None:
    run, dev = (
        {re.split("==| ;| \\\\", p)[0]: p.split()[0] for p in _pins(ROOT / "requirements" / n)} for n in ("run.txt", "dev.txt")
    )
    assert {n: (v, dev.get(n)) for n, v in run.items() if dev.get(n) != v} == {}


# --- what no file may name ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("word", THIS_MACHINE)
def test_no_file_names_a_path_or_a_port_of_this_machine(word: str) -> None:
    assert [name(p) for p in text_files() if word in p.read_text(encoding="utf-8") and not name(p).startswith("docs/")] == []


@pytest.mark.parametrize("word", REGISTRIES)
def test_no_file_names_a_registry(word: str) -> None:
    found = [name(p) for p in text_files() if word in p.read_text(encoding="utf-8").lower()]
    assert [n for n in found if n not in MAY_NAME_PLACES and not n.startswith(("docs/", "question_bank/"))] == []


def test_no_text_holds_characters_that_hide_or_turn_text_round() -> None:
    hidden = re.compile("[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
    assert [name(p) for p in text_files() if hidden.search(p.read_text(encoding="utf-8"))] == []
