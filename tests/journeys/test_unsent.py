"""Nothing that was typed is lost, and nothing is called saved before its commit: through cuts, closed tabs, reloads and kills."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, Route, expect

from tests.journeys.browser import FLAGS, find_chromium, new_context
from tests.journeys.people import places_of, sign_in
from tests.journeys.server import Served
from tests.journeys.taking import (
    OFFLINE,
    SAVE,
    Taker,
    choose_option,
    cut_after,
    cut_before,
    expect_saved,
    items_came,
    palette,
    restored,
)

Contexts = Callable[..., BrowserContext]
CUTS = int(os.environ.get("DEEP_CUTS", "15"))
SEED = int(os.environ.get("DEEP_SEED", "20261128"))


@pytest.fixture
def taker(served: Served, contexts: Contexts) -> Taker:
    """A trainee in the general safety exam, whose pages are listened to."""
    found = Taker(contexts(served), served)
    found.listen()
    found.open()
    return found


class Cutter:
    """Changes one item after another while the network is cut in every way, and remembers what was typed last."""

    def __init__(self, taker: Taker, rng: random.Random, *, ahead: bool) -> None:
        self.taker, self.rng, self.ahead = taker, rng, ahead
        self.expected: dict[int, dict[str, Any]] = {}
        self.cuts = self.gone_on = 0
        self.trace: list[str] = []
        self.cut: Callable[[Route], None] | None = None
        taker.context.route(SAVE, self._pass)

    def _pass(self, route: Route) -> None:
        self.cuts += self.cut is not None
        body = json_of(route)
        sent = {name: body[name] for name in ("base_seq", "certainty", "payload")}
        self.trace.append(f"{self.cut and self.cut.__name__}: {route.request.url} {body['op_id'][:6]} {sent}")
        with suppress(Error):  # the page may be gone by then
            (self.cut or Route.continue_)(route)

    def round(self, number: int) -> None:
        """One change with one cut, and then whatever befalls the page."""
        try:
            self._round(number)
        except BaseException as error:
            rows = [f"{r.position} seq {r.seq} base {r.base_seq} {r.kept} {r.op_id[:6]}" for r in self.taker.revisions()]
            error.add_note("\n".join([*self.trace[-40:], *rows[-25:]]))
            raise

    def _round(self, number: int) -> None:
        keyed = self.rng.choice(self.taker.singles[:4])
        position = keyed.place.position
        page = self._go_to(position)
        assert self.taker.typed() == self.expected.get(position, {"choice": None, "certainty": None, "flag": False}), number
        self.cut = (cut_before, cut_after)[number % 2]
        self._change(page, [c.key for c in keyed.place.shown.choices])
        self.expected[position] = self.taker.typed()
        fate = self.rng.choice(("debounce", "debounce", "close", "reload", "crash", "offline", "second"))
        queue = [(e["position"], e["op_id"][:6], e["base_seq"], e["sent"], e["held"]) for e in self.taker.unsent()]
        self.trace.append(f"round {number}: item {position} {self.expected[position]}, then {fate}; queue {queue}")
        getattr(self, f"_{fate}")(page)
        assert "superseded" not in self.taker.kept(), "a change of one's own met itself as somebody else's"
        self.cut = None

    def _go_to(self, position: int) -> Page:
        """By a page of its own, or in the page that is there once it has all items."""
        page = self.taker.page
        if self.ahead and page.locator("[data-ahead]").is_visible():
            palette(page, position)
            self.gone_on += 1
            return page
        self.taker.open(position)
        if self.ahead:
            items_came(page)
        return page

    def undisturbed(self) -> None:
        """A last change without a cut, which is heard to be saved: who listens for words that come too early still hears."""
        keyed, before = self.taker.singles[0], len(self.taker.heard.words)
        page = self.taker.open(keyed.place.position)
        self._change(page, [c.key for c in keyed.place.shown.choices])
        page.clock.run_for(1_200)
        expect_saved(self.taker)
        page.wait_for_timeout(300)
        assert [n for n, words in self.taker.heard.words[before:] if words.startswith("Saved")] == [keyed.place.position]

    def _change(self, page: Page, keys: list[str]) -> None:
        before = self.taker.typed()["choice"]
        choose_option(page, self.rng.choice([key for key in keys if key != before]))
        if self.rng.random() < 0.4:
            page.locator(f"label:has(input[name=certainty][value={self.rng.choice(('sure', 'unsure'))}])").click()
        if self.rng.random() < 0.3:
            page.locator("label:has(input[name=flag])").click()
        self._wait_for_the_queue(page)

    def _wait_for_the_queue(self, page: Page) -> None:
        """Written on the device: from here on nothing may be lost."""
        expect(self.taker.line()).to_contain_text("kept on this device")

    def _debounce(self, page: Page) -> None:
        page.clock.run_for(1_200)
        expect(self.taker.line()).to_contain_text("kept on this device")

    def _second(self, page: Page) -> None:
        """A further change while the first one hangs."""
        page.clock.run_for(1_200)
        page.locator("label:has(input[name=certainty][value=fairly_sure])").click()
        self._wait_for_the_queue(page)
        self.expected[self.taker.heard.words[-1][0]] = self.taker.typed()

    def _close(self, page: Page) -> None:
        self.taker.new_tab()

    def _reload(self, page: Page) -> None:
        page.reload()

    def _crash(self, page: Page) -> None:
        with suppress(Error):
            page.goto("chrome://crash")
        page.close()
        self.taker.new_tab()

    def _offline(self, page: Page) -> None:
        self.cut = None
        self.cuts += 1
        self.taker.context.set_offline(True)
        page.clock.run_for(1_200)
        expect(self.taker.line()).to_have_text(OFFLINE)
        self.taker.context.set_offline(False)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("ahead", [False, True], ids=["a page for each item", "all items in one page"])
def test_cuts_closed_tabs_and_crashes_lose_nothing_that_was_typed(served: Served, contexts: Contexts, ahead: bool) -> None:
    taker = Taker(contexts(served, ahead=ahead), served)
    taker.listen()
    taker.open()
    taker.context.clock.install()
    cutter, number = Cutter(taker, random.Random(SEED), ahead=ahead), 0
    while cutter.cuts < CUTS:
        cutter.round(number)
        number += 1
    cutter.cut = None
    for position, typed in cutter.expected.items():
        taker.open(position)
        assert taker.typed() == typed
        expect_saved(taker)
    assert {position: taker.counts(position) for position in cutter.expected} == cutter.expected
    assert (cutter.gone_on > 0) is ahead
    cutter.undisturbed()
    assert taker.unsent() == []
    assert taker.heard.too_early == []
    assert set(taker.kept()) == {"current"}, "no change of one's own may ever meet itself as somebody else's"


CHANGES = {
    "single_best_answer": "form => { form.querySelector('input[name=choice]').checked = true; }",
    "multiple_response": "form => { form.querySelector('input[name=choices]').checked = true; }",
    "numeric": "form => { form.elements.value.value = '5'; }",
    "ordering": "form => { form.querySelector('select').selectedIndex = 1; }",
}


@pytest.mark.parametrize("kind", CHANGES)
def test_what_was_typed_before_the_script_was_there_is_saved(served: Served, contexts: Contexts, kind: str) -> None:
    taker, held = Taker(contexts(served), served), list[Route]()
    position = taker.place_of(kind).place.position
    taker.page.route("**/bundles/exam.js**", lambda route: held.append(route))
    taker.page.goto(f"/attempts/{taker.attempt}?q={position}", wait_until="commit")
    taker.page.locator(".moves").wait_for(state="attached")
    taker.page.locator("#answer-form").evaluate(CHANGES[kind])
    taker.wait_for(held)
    held[0].continue_()
    expect_saved(taker)
    assert taker.place(position).place.answered
    taker.page.unroute("**/bundles/exam.js**")
    taker.open(position)
    assert len(taker.revisions()) == 1, "what is as the server sent it is not typed"


def test_what_was_typed_without_connection_is_there_after_the_tab_was_closed_and_is_sent(taker: Taker) -> None:
    taker.context.route(SAVE, cut_before)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OFFLINE)
    [entry] = taker.unsent()
    page = taker.new_tab()
    taker.open()
    assert taker.typed()["choice"] == "o2"
    expect(taker.line()).to_contain_text("kept on this device")
    assert [e["op_id"] for e in taker.unsent()] == [entry["op_id"]]
    taker.context.unroute(SAVE)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    [row] = taker.revisions()
    assert (row.op_id, row.kept) == (entry["op_id"], "current")
    assert taker.unsent() == []


def test_an_entry_stays_in_the_queue_until_its_acknowledgement_has_come(taker: Taker) -> None:
    held: list[Route] = []
    taker.page.route(SAVE, lambda route: held.append(route))
    choose_option(taker.page, "o1")
    while not held:
        taker.page.wait_for_timeout(20)
    [entry] = taker.unsent()
    assert entry["sent"]
    assert json_of(held[0])["op_id"] == entry["op_id"]
    answer = held[0].fetch()
    assert len(taker.revisions()) == 1
    assert len(taker.unsent()) == 1, "the server has it, but this page has not heard of it"
    held[0].fulfill(response=answer)
    expect_saved(taker)
    assert taker.unsent() == []


def json_of(route: Route) -> dict[str, Any]:
    """The body of a save."""
    found: dict[str, Any] = route.request.post_data_json
    return found


def test_a_reload_right_after_a_change_does_not_meet_its_own_save_as_somebody_elses(taker: Taker) -> None:
    for key in ("o1", "o2", "o3", "o1", "o2"):
        choose_option(taker.page, key)
        taker.page.reload()
        restored(taker.page)
        assert taker.typed()["choice"] == key
        expect_saved(taker)
    assert set(taker.kept()) == {"current"}
    assert taker.counts()["choice"] == "o2"
    assert not any("elsewhere" in words for _, words in taker.heard.words)


def test_a_reply_that_was_lost_is_told_again_under_the_same_id(taker: Taker) -> None:
    taker.page.route(SAVE, cut_after, times=1)
    choose_option(taker.page, "o1")
    expect(taker.line()).to_have_text(OFFLINE)
    assert len(taker.revisions()) == 1
    taker.page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    assert len(taker.revisions()) == 1


def test_an_answer_that_is_not_whole_is_kept_as_it_was_typed(served: Served, contexts: Contexts) -> None:
    taker = Taker(contexts(served), served, title="Thorax and shoulder crest")
    keyed = next(p for p in places_of(served, taker.attempt) if p.content.type == "needle_placement")
    page = taker.open(keyed.place.position)
    page.locator("#entry_mm").fill("12.5")
    expect(taker.line()).to_have_text(
        "Not whole yet: entry, tilt, inserted length and needle belong together. Not saved, kept on this device"
    )
    page.reload()
    expect(page.locator("#entry_mm")).to_have_value("12.5")
    expect(page.locator("[data-out=entry_mm]")).to_have_text("12.5 mm")
    assert taker.revisions() == []


def test_a_server_that_cannot_commit_is_never_called_saved_and_is_asked_again(served: Served, browser: Browser) -> None:
    context, tries = new_context(browser, served.url), list[str]()
    taker = Taker(context, served)
    taker.open()

    def busy(route: Route) -> None:
        tries.append(json_of(route)["op_id"])
        route.fulfill(status=503, json={"detail": "The database did not answer."})

    taker.page.route(SAVE, busy, times=2)
    choose_option(taker.page, "o1")
    expect(taker.line()).to_have_text("Not yet saved, kept on this device: The database did not answer. Trying again.")
    taker.page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    assert len(set(tries)) == 1
    assert [row.op_id for row in taker.revisions()] == tries[:1]
    context.close()


def test_items_with_unsent_answers_are_marked_in_the_palette_and_in_the_review(taker: Taker) -> None:
    page, position = taker.page, taker.position
    taker.context.route(SAVE, cut_before)
    choose_option(page, "o1")
    expect(taker.line()).to_have_text(OFFLINE)
    cell = page.locator(".palette a[aria-current]")
    expect(cell).to_have_text(f"{position}, not answered, not yet saved, kept on this device")
    expect(page.locator("[data-unsent-legend]")).to_be_visible()
    page.goto(f"/attempts/{taker.attempt}/review")
    expect(page.locator("#unsent")).to_contain_text(f"Not yet saved, kept on this device: item {position}.")
    expect(page.locator(".palette a.unsaved")).to_have_count(1)
    page.get_by_role("button", name="Submit").click()
    expect(page.locator("#announcements")).to_contain_text(f"Not submitted: item {position} not saved yet.")
    taker.context.unroute(SAVE)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator(".palette a.answered")).to_have_text(f"{position}, answered")
    expect(page.locator("#unsent")).to_be_hidden()
    assert taker.kept() == ["current"]


def test_without_storage_the_page_says_that_it_keeps_things_only_in_itself(served: Served, contexts: Contexts) -> None:
    context = contexts(served)
    context.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new Error('refused'); }})")
    taker = Taker(context, served)
    taker.open()
    taker.page.route(SAVE, cut_before, times=1)
    choose_option(taker.page, "o1")
    expect(taker.line()).to_have_text("Offline, kept in this page only")
    taker.page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)


def test_an_answer_that_came_as_a_file_while_the_exam_runs_is_saved_all_the_same(taker: Taker) -> None:
    """The file's verdict stands for its id; the page sends the answer again under a new one."""
    taker.page.route(SAVE, cut_before, times=1)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OFFLINE)
    [entry] = taker.unsent()
    taker.keep_as_evidence(entry)
    taker.page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    assert taker.kept() == ["late", "current"]


@pytest.mark.timeout(300)
def test_a_browser_that_is_killed_keeps_what_was_typed(served: Served, browser: Browser, tmp_path: Path) -> None:
    """The whole browser dies at once, as with the device's power; a new one with the same profile sends what it kept."""
    context = with_profile(browser, served, tmp_path)
    taker = Taker(context, served)
    taker.open()
    choose_option(taker.page, "o1")
    expect_saved(taker)
    context.route(SAVE, cut_before)
    choose_option(taker.page, "o3")
    expect(taker.line()).to_have_text(OFFLINE)
    with suppress(Error):
        context.new_cdp_session(taker.page).send("Browser.crash")
    context = with_profile(browser, served, tmp_path)
    page = context.new_page()
    sign_in(page, "trainee2")
    taker.open(page=page)
    assert taker.typed(page)["choice"] == "o3"
    expect_saved(taker, page)
    expect(page.locator("#other-copy")).to_be_hidden()
    assert taker.kept() == ["current", "current"]
    assert taker.unsent(page) == []
    context.close()


def with_profile(browser: Browser, served: Served, folder: Path) -> BrowserContext:
    """A browser of its own whose profile is in a folder."""
    return browser.browser_type.launch_persistent_context(
        folder / "profile", executable_path=find_chromium(), headless=True, args=list(FLAGS), base_url=served.url
    )
