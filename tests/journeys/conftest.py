"""Fixtures of the journeys: a browser, the clinic served to it, people who sign in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from tests.clock import FakeClock
from tests.conftest import make_app
from tests.journeys.browser import INSTALL, Watch, find_chromium, new_context, running_chromium
from tests.journeys.server import Served, serving

Open = Callable[..., Page]
_missed: list[str] = []


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the browser."""
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.journey)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was not tested, and the line that mends it."""
    if _missed:
        terminalreporter.section("NOT TESTED: the journeys need Chromium", sep="!", red=True, bold=True)
        terminalreporter.write_line(INSTALL)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium for the whole run; missing, it skips with the line that installs it, or fails where CI is true."""
    path = find_chromium()
    if path is None:
        _missed.append(INSTALL)
        words = f"Chromium is missing. Run: {INSTALL}"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(words, pytrace=False)
        pytest.skip(words)
    with running_chromium(path) as found:
        yield found


def serve_clinic(url: str, clock: FakeClock) -> Iterator[Served]:
    """Serve a copy of the clinic of tests/builders.py."""
    with serving(make_app(url, clock, testing=False), clock) as served:
        yield served


@pytest.fixture
def served_on_both(browser: Browser, clinic_url: str, clock: FakeClock) -> Iterator[Served]:
    """The clinic, served once from SQLite and once from PostgreSQL."""
    yield from serve_clinic(clinic_url, clock)


@pytest.fixture
def served(browser: Browser, sqlite_clinic: Path, tmp_path: Path, clock: FakeClock) -> Iterator[Served]:
    """The clinic, served from SQLite."""
    path = tmp_path / "served.sqlite"
    shutil.copy(sqlite_clinic, path)
    yield from serve_clinic(f"sqlite:///{path}", clock)


@pytest.fixture
def contexts(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Browsers, each of its own; at the end nothing may have gone wrong in any of them.

    When an exam page asks for its further items depends on chance: a test that wants them says `ahead`, for the others they
    never come.
    """
    opened: list[BrowserContext] = []
    watches: list[Watch] = []

    def make(served: Served, *, ahead: bool = False, **options: object) -> BrowserContext:
        context = new_context(browser, served.url, **options)  # type: ignore[arg-type]
        if not ahead:
            context.route("**/attempts/*/items", lambda route: route.abort())
        watch = Watch(served.host)
        watch.over(context)
        opened.append(context)
        watches.append(watch)
        return context

    yield make
    for context in opened:
        context.close()
    faults = [fault for watch in watches for fault in watch.faults]
    assert not faults, "\n".join(faults)
