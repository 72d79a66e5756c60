"""The files of the project as a reader of it would see them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from config import ROOT

NOT_OURS = frozenset(
    {".git", ".venv", "instance", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".import_linter_cache",
     ".hypothesis", "node_modules", "vendor"}
)  # fmt: skip
TEXT = frozenset(
    {".py", ".toml", ".txt", ".md", ".yaml", ".yml", ".json", ".html", ".css", ".js", ".mako", ".ini", ".cfg", ".svg", ".sh", ""}
)  # fmt: skip


def text_files(root: Path = ROOT) -> Iterator[Path]:
    """Every text file that belongs to the project, vendored files apart."""
    for path in sorted(root.iterdir()):
        if path.name in NOT_OURS:
            continue
        if path.is_dir():
            yield from text_files(path)
        elif path.suffix in TEXT and not path.name.startswith(".coverage"):
            yield path


def python_files(folder: str = "app") -> list[Path]:
    """The Python files of one folder."""
    return [p for p in text_files(ROOT / folder) if p.suffix == ".py"]
