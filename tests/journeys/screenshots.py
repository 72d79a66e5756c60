"""Take every page at two widths in light and dark: python -m tests.journeys.screenshots FOLDER

Not a test: the pictures are for looking at. The museum is made afresh in a temporary folder.
"""

from __future__ import annotations

import re
import sys
import tempfile
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page

from app.demonstration.clinic import email_of
from tests.clock import FakeClock
from tests.conftest import _build_schema as build_schema
from tests.conftest import make_app
from tests.journeys.browser import INSTALL, PHONE, WIDE, find_chromium, new_context, running_chromium
from tests.journeys.museum import Facts, fill_museum
from tests.journeys.pages import MADE, PAGES, Made
from tests.journeys.people import sign_in
from tests.journeys.server import Served, serving

SIZES = {"1280": WIDE, "390": PHONE}
SCHEMES = ("light", "dark")


def file_name(number: int, words: str) -> str:
    """A name that sorts in the order of the list."""
    return f"{number:03d}-{re.sub(r'[^a-z0-9]+', '-', words.lower()).strip('-')}"


def picture(page: Page, folder: Path, name: str, width: str) -> None:
    """The whole page, once in each scheme."""
    for scheme in SCHEMES:
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def walk(browser: Browser, served: Served, facts: Facts, folder: Path, width: str, words: tuple[str, ...]) -> int:
    """Every page of one width whose name holds one of the words, every page without any; the number of pages."""
    readers: dict[str | None, Page] = {}

    def reader(person: str | None) -> Page:
        if person not in readers:
            readers[person] = new_context(browser, served.url, size=SIZES[width]).new_page()
            if person is not None:
                sign_in(readers[person], person, email=email_of(person))
        return readers[person]

    taken = 0
    for number, one in enumerate((*PAGES, *MADE)):
        if words and not any(word in one.name for word in words):
            continue
        page = reader(one.person)
        if isinstance(one, Made):
            one.act(page, facts)
        else:
            page.goto(one.path(facts))
        picture(page, folder, file_name(number, one.name), width)
        taken += 1
    return taken


def take(folder: Path, words: tuple[str, ...] = ()) -> int:
    """Make the museum, serve it, take the pictures; the number of pages."""
    path = find_chromium()
    if path is None:
        sys.exit(f"Chromium is missing. Run: {INSTALL}")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, running_chromium(path) as browser:
        pages = 0
        for width in SIZES:
            url, clock = f"sqlite:///{scratch}/{width}.sqlite", FakeClock()
            build_schema(url)
            app: Flask = make_app(url, clock, testing=False)
            facts = fill_museum(app, clock)
            with serving(app, clock) as served:
                pages = walk(browser, served, facts, folder, width, words)
        return pages


def main() -> None:
    """Read the folder's name, and words that choose among the pages, and say what was done."""
    if len(sys.argv) < 2:
        sys.exit("Name one folder: python -m tests.journeys.screenshots FOLDER [WORD ...]")
    folder = Path(sys.argv[1])
    pages = take(folder, tuple(sys.argv[2:]))
    sys.stdout.write(f"{pages} pages at {' and '.join(SIZES)} px, light and dark, in {folder}\n")


if __name__ == "__main__":
    main()
