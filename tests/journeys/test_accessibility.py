"""Every page for everybody: axe in light and dark, no fault, no other host, nothing wider than the narrowest screen."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.demonstration.clinic import email_of
from tests.clock import FakeClock
from tests.conftest import make_app
from tests.journeys.axe import OF_COLOUR, TAGS, violations
from tests.journeys.browser import PHONE, WIDE, Watch, new_context
from tests.journeys.museum import Facts, fill_museum
from tests.journeys.pages import MADE, NOT_PAGES, PAGES, Made, Shown
from tests.journeys.people import let_in
from tests.journeys.server import Served, serving

NARROWEST = (320, 700)
"""WCAG 2.2, 1.4.10 Reflow: 320 CSS pixels."""
ON_A_PHONE = [
    next(s for s in PAGES if s.endpoint == endpoint)
    for endpoint in (
        "home.home", "attempts.attempt", "attempts.review", "supervision.observation", "clearances.clearances",
        "clearances.check", "clearances.application", "clearances.register", "practice.overview", "practice.session",
    )
]  # fmt: skip
Wides = tuple[int, int]


class Museum:
    """The served museum and its readers: one browser for each person and size, signed in once."""

    def __init__(self, served: Served, facts: Facts, browser: Browser) -> None:
        self.served, self.facts, self.browser = served, facts, browser
        self.readers: dict[tuple[str | None, Wides], tuple[BrowserContext, Page, Watch]] = {}

    def reader(self, person: str | None, size: Wides = WIDE) -> tuple[Page, Watch]:
        """The page of a reader, whose watch begins anew."""
        key = (person, size)
        if key not in self.readers:
            context = new_context(self.browser, self.served.url, size=size)
            watch = Watch(self.served.host)
            watch.over(context)
            page = context.new_page()
            if person is not None:
                let_in(page, person, email=email_of(person))
            self.readers[key] = (context, page, watch)
        _, page, watch = self.readers[key]
        watch.faults.clear()
        return page, watch

    def show(self, shown: Shown, size: Wides = WIDE) -> tuple[Page, Watch]:
        """Go to a page and see that it is the one that was meant."""
        page, watch = self.reader(shown.person, size)
        answer = page.goto(shown.path(self.facts))
        assert answer is not None
        assert answer.status == shown.status, f"{answer.status} for {shown.path(self.facts)}"
        assert page.url.endswith(shown.path(self.facts)), f"led to {page.url}"
        return page, watch

    def close(self) -> None:
        for context, _, _ in self.readers.values():
            context.close()


_WIDEST = """() => [...document.querySelectorAll("body *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest("[popover]"))
  .slice(-3).map(e => `${e.tagName}.${e.className}`).join(" > ")"""


_CUT = """() => [...document.querySelectorAll(".card :is(.badge, .btn, a, p, dd, td, label)")]
  .filter(e => e.getClientRects().length && e.getBoundingClientRect().right > e.closest(".card").getBoundingClientRect().right + 1)
  .filter(e => !e.closest(".scroll, [popover], .sr-only"))
  .slice(0, 3).map(e => `${e.tagName}.${e.className}: ${e.textContent.trim().slice(0, 30)}`).join(" > ")"""


def cut_off(page: Page, size: Wides) -> list[str]:
    """What a card cuts off at its right edge on a screen of this size."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found = page.evaluate(_CUT)
    return [f"cut off at {size[0]} px: {found}"] if found else []


def barriers(page: Page, watch: Watch) -> list[str]:
    """What axe finds in light and dark, what went wrong while the page came, and what leaves the narrowest screen."""
    found = violations(page) + watch.faults
    page.set_viewport_size({"width": NARROWEST[0], "height": NARROWEST[1]})
    width = page.evaluate("document.documentElement.scrollWidth")
    if width > NARROWEST[0]:
        found.append(f"wider than {NARROWEST[0]} px: {width} px, by {page.evaluate(_WIDEST)}")
    found += cut_off(page, NARROWEST) + cut_off(page, PHONE)
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    return found


@pytest.fixture(scope="module")
def museum(browser: Browser, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    """The demonstration clinic with one of everything, served for this module; its pages are read, not changed."""
    path = tmp_path_factory.mktemp("museum") / "museum.sqlite"
    shutil.copy(sqlite_template, path)
    clock = FakeClock()
    app = make_app(f"sqlite:///{path}", clock, testing=False)
    facts = fill_museum(app, clock)
    with serving(app, clock) as served:
        found = Museum(served, facts, browser)
        yield found
        found.close()


def test_every_page_that_can_be_read_is_listed() -> None:
    app = make_app("sqlite://", FakeClock())
    readable = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    listed = {shown.endpoint for shown in PAGES}
    assert not readable - listed - set(NOT_PAGES), "add these to PAGES in tests/journeys/pages.py"
    assert not listed - readable, "these are no pages any more"
    assert not listed & set(NOT_PAGES)


@pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
def test_a_page_keeps_nobody_out(museum: Museum, shown: Shown) -> None:
    page, watch = museum.show(shown)
    assert not (found := barriers(page, watch)), "\n".join([f"{len(found)} on {shown.name}", *found])


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.name)
def test_what_an_act_leads_to_keeps_nobody_out(museum: Museum, made: Made) -> None:
    page, watch = museum.reader(made.person)
    made.act(page, museum.facts)
    assert not (found := barriers(page, watch)), "\n".join([f"{len(found)} on {made.name}", *found])


@pytest.mark.parametrize("shown", ON_A_PHONE, ids=lambda shown: shown.name)
def test_axe_finds_nothing_on_a_phone(museum: Museum, shown: Shown) -> None:
    page, _ = museum.show(shown, size=PHONE)
    found = violations(page)
    assert not found, "\n".join([f"{len(found)} on {shown.name}", *found])


def test_the_open_menu_of_a_phone_has_no_barrier(museum: Museum) -> None:
    page, _ = museum.show(next(s for s in PAGES if s.address == "/home"), size=PHONE)
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.get_by_role("link", name="My clearances")).to_be_visible()
    assert not violations(page)


def test_axe_finds_nothing_on_the_page_of_a_fault(museum: Museum, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> str:
        raise RuntimeError("a fault of this test")

    broken.audience = frozenset({"public"})  # type: ignore[attr-defined]
    monkeypatch.setitem(museum.served.app.view_functions, "home.privacy", broken)
    page, _ = museum.reader(None)
    answer = page.goto("/privacy")
    assert answer is not None
    assert answer.status == 500
    expect(page.get_by_role("main")).not_to_contain_text("RuntimeError")
    assert not violations(page)


def test_the_watch_sees_what_the_policy_forbids(museum: Museum) -> None:
    page, watch = museum.reader(None)
    page.goto("/help")
    page.evaluate("""() => {
      const picture = document.createElement("img");
      picture.src = "http://127.0.0.1:9/elsewhere.png";
      document.body.append(picture);
    }""")
    page.wait_for_timeout(200)
    assert any("Content Security Policy" in fault for fault in watch.faults), watch.faults


def test_axe_sees_a_colour_that_is_too_faint_in_the_dark_alone(museum: Museum) -> None:
    page, _ = museum.reader(None)
    page.goto("/help")
    page.evaluate("""() => {
      const words = document.createElement("p");
      [words.id, words.textContent] = ["faint", "Can this be read?"];
      words.style.color = "#222";
      document.querySelector("main").append(words);
    }""")
    assert [line.split(":")[0] for line in violations(page) if "#faint" in line] == ["dark, color-contrast"]


def test_the_rules_of_colour_are_all_that_look_at_colours(museum: Museum) -> None:
    page, _ = museum.reader(None)
    page.goto("/help")
    violations(page)
    rules = page.evaluate("tags => axe.getRules(tags).map(rule => [rule.ruleId, rule.tags])", list(TAGS))
    assert {name for name, tags in rules if "cat.color" in tags} == set(OF_COLOUR)


def test_axe_sees_a_barrier(museum: Museum) -> None:
    page, _ = museum.reader(None)
    page.goto("/help")
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<input type=text>')")
    assert any(" label: " in line for line in violations(page))
