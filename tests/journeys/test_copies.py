"""Two tabs, a duplicated tab, two devices: one copy of the exam page counts, the other says so and takes over with one button."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.people import heading, sign_in
from tests.journeys.server import Served
from tests.journeys.taking import Taker, choose_option, expect_saved, pass_seconds, restored

Contexts = Callable[..., BrowserContext]
OTHER_COUNTS = "Not saved: another copy of this page counts. Yours is kept on this device"


@pytest.fixture
def taker(served: Served, contexts: Contexts) -> Taker:
    """A trainee whose first tab has saved an answer, so that it counts."""
    found = Taker(contexts(served), served)
    found.open()
    choose_option(found.page, "o1")
    expect_saved(found)
    return found


def name_of(page: Page) -> str:
    """The name of a copy."""
    found: str = page.evaluate("document.querySelector('#answer-form').elements.lease.value")
    return found


def duplicated(taker: Taker) -> Page:
    """A second tab that begins with everything the first one remembers."""
    with taker.context.expect_page() as opened:
        taker.page.evaluate("void window.open(location.href)")
    return taker.open(page=opened.value)


@pytest.mark.parametrize("how", ["new tab", "duplicated tab"])
def test_a_second_tab_says_that_the_first_one_counts_and_loses_nothing(taker: Taker, how: str) -> None:
    page = duplicated(taker) if how == "duplicated tab" else taker.open(page=taker.context.new_page())
    assert name_of(page) != name_of(taker.page)
    expect(page.locator("#other-copy")).to_contain_text("another window of this browser since 09:00")
    choose_option(page, "o2")
    expect(taker.line(page)).to_have_text(OTHER_COUNTS)
    assert taker.kept() == ["current", "superseded"]
    assert taker.counts()["choice"] == "o1"
    page.reload()
    expect(page.locator("#other-copy")).to_be_visible()
    assert taker.typed(page)["choice"] == "o2"


def test_going_on_here_saves_what_was_typed_here_and_the_first_tab_is_told(taker: Taker) -> None:
    page = taker.open(page=taker.context.new_page())
    choose_option(page, "o2")
    expect(taker.line(page)).to_have_text(OTHER_COUNTS)
    page.get_by_role("button", name="Go on here").click()
    expect_saved(taker, page)
    expect(page.locator("#other-copy")).to_be_hidden()
    expect(page.locator("#main")).to_be_focused()
    assert taker.counts()["choice"] == "o2"
    choose_option(taker.page, "o3")
    expect(taker.line()).to_have_text(OTHER_COUNTS)
    expect(taker.page.locator("#other-copy")).to_contain_text("another window of this browser")
    assert taker.kept() == ["current", "superseded", "current", "superseded"]


def test_an_item_that_both_changed_is_offered_in_both_versions(taker: Taker) -> None:
    page = taker.open(page=taker.context.new_page())
    choose_option(taker.page, "o4")
    taker.page.wait_for_timeout(50)
    expect_saved(taker)
    expect(taker.line()).to_have_attribute("data-seq", "2")
    choose_option(page, "o2")
    expect(taker.line(page)).to_have_text(OTHER_COUNTS)
    page.get_by_role("button", name="Go on here").click()
    expect(taker.line(page)).to_have_text("Not saved: changed elsewhere. Yours is kept on this device")
    expect(page.locator("#changed [data-theirs]")).to_contain_text("D")
    expect(page.locator("#changed [data-yours]")).to_contain_text("B")
    page.get_by_role("button", name="Save and").click()
    expect(page.locator("#changed")).to_be_focused()
    page.reload()
    expect(page.locator("#changed")).to_be_visible()
    page.get_by_role("button", name="Use mine").click()
    expect_saved(taker, page)
    expect(page.locator("#changed")).to_be_hidden()
    assert taker.counts()["choice"] == "o2"


def test_the_saved_version_can_be_kept_as_well(taker: Taker) -> None:
    page = taker.open(page=taker.context.new_page())
    choose_option(taker.page, "o4")
    expect(taker.line()).to_have_attribute("data-seq", "2")
    choose_option(page, "o2")
    expect(taker.line(page)).to_have_text(OTHER_COUNTS)
    page.get_by_role("button", name="Go on here").click()
    page.get_by_role("button", name="Keep the saved one").click()
    expect_saved(taker, page)
    assert taker.typed(page)["choice"] == taker.counts()["choice"] == "o4"
    assert taker.unsent(page) == []


def test_a_second_device_is_named_as_one_and_can_take_over(taker: Taker, contexts: Contexts) -> None:
    device = contexts(taker.served).new_page()
    sign_in(device, "trainee2")
    taker.open(page=device)
    expect(device.locator("#other-copy")).to_contain_text("another browser or device since 09:00")
    device.get_by_role("button", name="Go on here").click()
    expect(device.locator("#other-copy")).to_be_hidden()
    choose_option(device, "o3")
    expect_saved(taker, device)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OTHER_COUNTS)
    expect(taker.page.locator("#other-copy")).to_contain_text("another browser or device")
    assert taker.counts()["choice"] == "o3"


def test_a_copy_that_was_taken_over_from_learns_it_from_the_clock(taker: Taker, contexts: Contexts) -> None:
    taker.page.clock.install()
    taker.open()
    device = contexts(taker.served).new_page()
    sign_in(device, "trainee2")
    taker.open(page=device)
    device.get_by_role("button", name="Go on here").click()
    expect(device.locator("#other-copy")).to_be_hidden()
    pass_seconds(taker.page, 30, taker.page.locator("#other-copy"))


def test_a_tab_keeps_its_name_from_page_to_page(taker: Taker) -> None:
    name = name_of(taker.page)
    for further in (1, 2, 3):
        taker.page.get_by_role("button", name="Save and").click()
        heading(taker.page, f"Item {taker.position + further}")
        restored(taker.page)
        assert name_of(taker.page) == name
    taker.open()
    expect(taker.page.locator("#other-copy")).to_be_hidden()
    choose_option(taker.page, "o2")
    expect_saved(taker)


def test_a_tab_that_was_closed_is_succeeded_by_the_next_one_without_a_question(taker: Taker) -> None:
    taker.new_tab()
    taker.open()
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_attribute("data-seq", "2")
    expect(taker.page.locator("#other-copy")).to_be_hidden()
    assert taker.kept() == ["current", "current"]


def test_an_action_of_a_case_in_a_copy_that_does_not_count_is_kept_aside_with_words(served: Served, contexts: Contexts) -> None:
    taker = Taker(contexts(served), served, title="Complication response exam")
    keyed = taker.place_of("case")
    taker.open(keyed.place.position)
    taker.page.locator("button[name=act][value=wait]").click()
    expect(taker.page.locator(".case-log li")).to_have_count(1)
    page = taker.open(keyed.place.position, taker.context.new_page())
    page.locator("button[name=act][value=wait]").click()
    expect(page.get_by_role("alert")).to_contain_text("goes on in another window or on another device")
    expect(page.locator(".case-log li")).to_have_count(1)
    assert taker.kept() == ["current", "superseded"]
    page.get_by_role("button", name="Go on here").click()
    expect(page.locator("#other-copy")).to_be_hidden()
    page.locator("button[name=act][value=wait]").click()
    expect(page.locator(".case-log li")).to_have_count(2)
