"""From item to item without a request: the other items come a little after the page, and nothing is lost or said too early."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from app.attempts.models import Attempt
from tests.builders import full_answer
from tests.journeys.people import fill, heading, places_of
from tests.journeys.server import Served
from tests.journeys.taking import (
    SAVE,
    SAVED,
    Taker,
    choose_option,
    cut_before,
    expect_saved,
    items_came,
    palette,
    pass_seconds,
    restored,
)

Contexts = Callable[..., BrowserContext]


@pytest.fixture
def taker(served: Served, contexts: Contexts) -> Taker:
    """A trainee whose page has all items."""
    found = Taker(contexts(served, ahead=True), served)
    found.listen()
    found.page.clock.install()
    found.open(1)
    items_came(found.page)
    return found


def go_on(page: Page, position: int) -> None:
    """Press Save and next, and be at an item."""
    page.get_by_role("button", name="Save and").click()
    heading(page, f"Item {position}")


def singles(taker: Taker) -> list[int]:
    """The items with one answer."""
    return [p.place.position for p in taker.singles]


def test_the_next_item_is_shown_without_a_request_and_the_page_tells_where_it_is(taker: Taker) -> None:
    page, asked = taker.page, list[str]()
    page.evaluate("window.same = true")
    page.on("request", lambda request: asked.append(request.url) if re.search("/attempts/(?!.*clock)", request.url) else None)
    go_on(page, 2)
    expect(page.locator("h1")).to_be_focused()
    expect(page).to_have_title(re.compile("^Item 2 of 28, General safety exam"))
    expect(page).to_have_url(re.compile(r"\?q=2$"))
    expect(page.locator("[data-progress]")).to_have_text("Item 2 of 28")
    expect(page.locator(".palette [aria-current]")).to_have_text("2, not answered")
    palette(page, 7)
    page.get_by_role("button", name="Back").click()
    heading(page, "Item 6")
    assert page.evaluate("window.same")
    assert asked == []


def test_the_buttons_of_the_browser_go_back_and_forward_between_items(taker: Taker) -> None:
    page = taker.page
    go_on(page, 2)
    go_on(page, 3)
    page.evaluate("window.same = true")
    page.go_back()
    heading(page, "Item 2")
    page.go_back()
    heading(page, "Item 1")
    page.go_forward()
    heading(page, "Item 2")
    assert page.evaluate("window.same")
    page.reload()
    heading(page, "Item 2")


def test_a_whole_exam_can_be_answered_without_a_connection_and_is_saved_once_it_is_back(taker: Taker) -> None:
    page, places = taker.page, places_of(taker.served, taker.attempt)
    taker.context.set_offline(True)
    for keyed in places:
        palette(page, keyed.place.position)
        fill(page, full_answer(keyed))
        expect(taker.line()).to_contain_text("kept on this device")
    expect(page.locator(".palette a.unsaved")).to_have_count(len(places))
    assert taker.revisions() == []
    page.get_by_role("link", name="Review and submit").click()
    expect(page.locator("#announcements")).to_contain_text("Not saved, but kept on this device: items 1, 2, 3")
    taker.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    expect(page.locator(".palette a.unsaved")).to_have_count(0)
    expect(page.locator(".palette a.answered")).to_have_count(len(places))
    assert {row.position for row in taker.revisions()} == {p.place.position for p in places}
    assert set(taker.kept()) == {"current"}
    for keyed in places:
        assert taker.place(keyed.place.position).place.answered
    assert taker.heard.too_early == []


def test_what_was_typed_at_an_item_is_there_when_it_is_shown_again_and_after_a_reload(taker: Taker) -> None:
    page, (first, second) = taker.page, singles(taker)[:2]
    taker.context.route(SAVE, cut_before)
    taker.open(first)
    items_came(page)
    choose_option(page, "o2")
    page.locator("label:has(input[name=flag])").click()
    palette(page, second)
    choose_option(page, "o3")
    palette(page, first)
    assert taker.typed() == {"choice": "o2", "certainty": None, "flag": True}
    expect(taker.line()).to_contain_text("kept on this device")
    page.reload()
    restored(page)
    assert taker.typed()["choice"] == "o2"
    items_came(page)
    palette(page, second)
    assert taker.typed()["choice"] == "o3"
    taker.context.unroute(SAVE)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect_saved(taker)
    expect(page.locator(".palette a.unsaved")).to_have_count(0)
    assert taker.counts(first) == {"choice": "o2", "certainty": None, "flag": True}
    assert taker.counts(second)["choice"] == "o3"


def test_the_mark_of_an_item_that_was_left_says_saved_and_flagged_only_once_it_is(taker: Taker) -> None:
    page, position = taker.page, taker.position
    taker.open(position)
    items_came(page)
    held = taker.hold_saves()
    choose_option(page, "o1")
    page.locator("label:has(input[name=flag])").click()
    go_on(page, position + 1)
    taker.wait_for(held)
    cell = page.locator(".palette a", has_text=re.compile(f"^{position},"))
    expect(cell).to_have_text(f"{position}, not answered, not yet saved, kept on this device")
    held[0].continue_()
    expect(cell).to_have_text(f"{position}, answered, flagged")
    page.get_by_role("button", name="Back").click()
    heading(page, f"Item {position}")
    expect(taker.line()).to_have_text(SAVED)


def test_an_answer_that_was_changed_elsewhere_is_announced_at_the_next_item_and_offered_at_its_own(taker: Taker) -> None:
    page, position = taker.page, taker.position
    taker.open(position)
    items_came(page)
    theirs = {"status": 409, "code": "changed", "seq": 1, "theirs": {"answer": {"choice": "o4"}, "struck": [], "flag": False}}

    def refuse(route: Route) -> None:
        yours = {"answer": {"choice": "o1"}, "struck": [], "flag": False}
        route.fulfill(status=409, json={**theirs, "yours": yours})

    page.route(SAVE, refuse)
    choose_option(page, "o1")
    go_on(page, position + 1)
    expect(page.locator("#announcements")).to_have_text(
        f"Item {position} is not saved: it was changed elsewhere. Go back to it to choose."
    )
    expect(page.locator("#changed")).to_be_hidden()
    page.get_by_role("button", name="Back").click()
    heading(page, f"Item {position}")
    expect(page.locator("#changed [data-theirs]")).to_contain_text("D")
    go_back_is_held(page, position)


def go_back_is_held(page: Page, position: int) -> None:
    """The button does not go past a choice that is still to be made."""
    page.get_by_role("button", name="Save and").click()
    expect(page.locator("#changed")).to_be_focused()
    heading(page, f"Item {position}")


def shown_ahead(served: Served, contexts: Contexts, title: str, kind: str) -> Taker:
    """Somebody at the first item of a kind, which their page showed without a request."""
    taker = Taker(contexts(served, ahead=True), served, title=title)
    position = taker.place_of(kind).place.position
    taker.page.clock.install()
    taker.open(1 if position > 1 else 2)
    items_came(taker.page)
    palette(taker.page, position)
    return taker


def test_a_picture_that_was_brought_ahead_answers_to_taps_and_keys(served: Served, contexts: Contexts) -> None:
    taker = shown_ahead(served, contexts, "Thorax and shoulder crest", "needle_placement")
    page = taker.page
    page.locator("[data-scene]").focus()
    for key in ("ArrowRight", "ArrowDown", "]"):
        page.keyboard.press(key)
    expect(page.locator("#entry_mm")).not_to_have_value("")
    expect(page.locator(".needle.is-placed")).to_be_attached()
    expect(page.locator("[data-out=tilt_deg]")).to_have_text("1°")


def test_a_copy_that_does_not_count_asks_the_server_for_each_item_again(taker: Taker, contexts: Contexts) -> None:
    page, position = taker.page, taker.position
    taker.open(position)
    items_came(page)
    device = taker.beside(contexts(taker.served))
    choose_option(device.page, "o3")
    expect_saved(device)
    pass_seconds(page, 30, page.locator("#other-copy"))
    page.evaluate("window.same = true")
    go_on(page, position + 1)
    assert not page.evaluate("window.same || false")


def test_a_case_is_still_answered_by_the_server_and_says_so_without_a_connection(served: Served, contexts: Contexts) -> None:
    taker = shown_ahead(served, contexts, "Complication response exam", "case")
    page = taker.page
    taker.context.set_offline(True)
    page.locator("button[name=act][value=wait]").click()
    expect(page.locator("#announcements")).to_contain_text("No connection.")
    taker.context.set_offline(False)
    page.locator("button[name=act][value=wait]").click()
    expect(page.locator(".case-log li")).to_have_count(1)
    assert taker.kept() == ["current"]


def test_the_gauge_moves_with_the_clock(taker: Taker) -> None:
    gauge, page = taker.page.locator(".gauge .gone"), taker.page
    page.clock.run_for(1_000)
    before = gauge.get_attribute("d")
    taker.served.clock.advance(minutes=10)
    page.clock.run_for(600_000)
    assert gauge.get_attribute("d") != before


def test_a_double_click_and_a_key_that_is_held_go_on_by_one_item(taker: Taker) -> None:
    page = taker.page
    page.get_by_role("button", name="Save and").dblclick()
    heading(page, "Item 2")
    page.wait_for_timeout(200)
    heading(page, "Item 2")
    for _ in range(5):
        page.keyboard.down("n")
    page.keyboard.up("n")
    heading(page, "Item 3")
    page.wait_for_timeout(200)
    heading(page, "Item 3")
    assert taker.revisions() == []


def test_an_action_of_a_case_is_not_sent_for_whoever_went_to_another_item_meanwhile(served: Served, contexts: Contexts) -> None:
    taker = Taker(contexts(served, ahead=True), served, title="Complication response exam")
    page, position = taker.page, taker.place_of("case").place.position
    page.clock.install()
    taker.open(position)
    items_came(page)
    held: list[Route] = []
    page.route("**/clock", lambda route: held.append(route))
    page.locator("button[name=act][value=wait]").click()
    taker.wait_for(held)
    other = 1 if position > 1 else 2
    palette(page, other)
    held[0].continue_()
    page.wait_for_timeout(300)
    heading(page, f"Item {other}")
    assert taker.revisions() == []


def test_without_storage_what_was_typed_at_another_item_is_not_left_behind_unsaid(served: Served, contexts: Contexts) -> None:
    context = contexts(served, ahead=True)
    context.add_init_script("Object.defineProperty(window, 'indexedDB', {get() { throw new Error('refused'); }})")
    taker = Taker(context, served, title="Thorax and shoulder crest")
    page, position = taker.page, taker.place_of("needle_placement").place.position
    page.clock.install()
    taker.open(position)
    items_came(page)
    page.locator("#entry_mm").fill("12.5")
    palette(page, 1 if position > 1 else 2)
    link = page.get_by_role("link", name="Review and submit")
    link.click()
    expect(page.locator("#announcements")).to_contain_text(f"item {position}")
    palette(page, position)
    expect(page.locator("#entry_mm")).to_have_value("12.5")
    palette(page, 1 if position > 1 else 2)
    link.click()
    page.get_by_role("heading", name=re.compile("not answered")).wait_for()


def give_break(taker: Taker) -> None:
    """Ten minutes of breaks."""
    with taker.served.session() as session:
        session.get_one(Attempt, taker.attempt).break_left_s = 600


def on_break(taker: Taker) -> bool:
    """Whether the clock stands still."""
    with taker.served.session() as session:
        return session.get_one(Attempt, taker.attempt).break_began_at is not None


def test_a_break_begins_once_everything_is_saved_and_nothing_ends_it(taker: Taker) -> None:
    page, position = taker.page, taker.position
    give_break(taker)
    taker.open(position)
    items_came(page)
    held = taker.hold_saves()
    choose_option(page, "o1")
    go_on(page, position + 1)
    taker.wait_for(held)
    page.get_by_role("button", name="Take a break").click()
    page.wait_for_timeout(200)
    assert not on_break(taker)
    held[0].continue_()
    page.get_by_role("button", name="Go on", exact=True).wait_for()
    assert on_break(taker)
    assert taker.kept() == ["current"]


def test_a_break_that_cannot_begin_says_so(taker: Taker) -> None:
    page, position = taker.page, taker.position
    give_break(taker)
    taker.open(position)
    items_came(page)
    page.route(SAVE, cut_before)
    choose_option(page, "o1")
    page.get_by_role("button", name="Take a break").click()
    expect(page.locator("#announcements")).to_contain_text("The break can begin once the server has it")
    assert not on_break(taker)


@pytest.mark.parametrize("what", ["break", "submit"])
def test_what_ends_the_work_in_another_window_takes_the_items_from_this_one(taker: Taker, what: str) -> None:
    page = taker.page
    give_break(taker)
    taker.open(1)
    items_came(page)
    other = taker.context.new_page()
    if what == "break":
        taker.open(1, page=other)
        other.get_by_role("button", name="Take a break").click()
        other.get_by_role("button", name="Go on", exact=True).wait_for()
    else:
        other.goto(f"/attempts/{taker.attempt}/review")
        other.get_by_role("button", name="Submit").click()
        other.wait_for_url("**/result")
    for _ in range(15):
        if page.locator("#answer-form").count():
            page.clock.run_for(1_000)
            page.wait_for_timeout(30)
    page.wait_for_url("**/result") if what == "submit" else page.get_by_role("button", name="Go on", exact=True).wait_for()


def test_going_on_here_shows_what_was_saved_elsewhere_whatever_waits_at_another_item(served: Served, contexts: Contexts) -> None:
    taker = Taker(contexts(served, ahead=True), served, title="Thorax and shoulder crest")
    page, (first, *_) = taker.page, singles(taker)
    needle = taker.place_of("needle_placement").place.position
    page.clock.install()
    taker.open(first)
    items_came(page)
    choose_option(page, "o1")
    page.clock.run_for(1_200)
    expect_saved(taker)
    palette(page, needle)
    page.locator("#entry_mm").fill("12.5")
    palette(page, first)
    device = taker.beside(contexts(served))
    device.page.get_by_role("button", name="Go on here").click()
    expect(device.page.locator("#other-copy")).to_be_hidden()
    choose_option(device.page, "o3")
    expect_saved(device)
    pass_seconds(page, 30, page.locator("#other-copy"))
    page.get_by_role("button", name="Go on here").click()
    expect(page.locator("input[name=choice][value=o3]")).to_be_checked()
    taker.open(needle)
    expect(page.locator("#entry_mm")).to_have_value("12.5")


def test_what_was_wrong_with_an_answer_is_no_longer_said_once_it_is_mended(served: Served, contexts: Contexts) -> None:
    taker = Taker(contexts(served), served, title="Thorax and shoulder crest")
    keyed = taker.place_of("needle_placement")
    page = taker.open(keyed.place.position)
    page.locator("#entry_mm").fill("12.5")
    page.get_by_role("button", name="Save and").click()
    expect(page.locator("#answer-form [data-error]")).to_be_visible()
    restored(page)
    fill(page, full_answer(keyed))
    expect_saved(taker)
    expect(page.locator("#answer-form [data-error]")).to_have_count(0)
