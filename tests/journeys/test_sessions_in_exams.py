"""The session ends in the middle of an exam, somebody signs out with unsent answers, somebody else sits down at the browser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.builders import PASSPHRASE, email_of
from tests.journeys.people import sign_in
from tests.journeys.server import Served
from tests.journeys.taking import OFFLINE, SAVE, Taker, choose_option, cut_before, expect_saved, saved_within

Contexts = Callable[..., BrowserContext]
ENDED = "Not yet saved, kept on this device: your session has ended"


@pytest.fixture
def taker(served: Served, contexts: Contexts) -> Taker:
    """A trainee at an item."""
    found = Taker(contexts(served), served)
    found.open()
    return found


def sign_in_again(page: Page, key: str, passphrase: str = PASSPHRASE) -> None:
    """Fill the panel's fields and send them."""
    page.locator("#again").get_by_label("E-mail").fill(email_of(key))
    page.locator("#again").get_by_label("Password").fill(passphrase)
    page.get_by_role("button", name="Sign in and go on").click()


def test_signing_in_again_in_place_sends_what_was_typed(taker: Taker) -> None:
    page = taker.page
    taker.context.clear_cookies()
    choose_option(page, "o2")
    expect(taker.line()).to_have_text(ENDED)
    expect(page.locator("#announcements")).to_contain_text("Your session has ended.")
    page.get_by_label("Fairly sure").check()
    page.get_by_role("link", name="Sign in again").press("Enter")
    expect(page.locator("#again")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == email_of("trainee2")
    page.keyboard.press("Tab")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.locator("#again").get_by_role("alert")).to_contain_text("do not fit together")
    expect(page.locator("#again-password")).to_be_focused()
    page.keyboard.type(PASSPHRASE)
    page.keyboard.press("Enter")
    expect_saved(taker)
    expect(page.locator("#again")).to_be_hidden()
    expect(page.locator("#announcements")).to_have_text("You are signed in again.")
    assert page.evaluate("document.activeElement.closest('#answer-form') !== null")
    assert taker.counts() == {"choice": "o2", "certainty": "fairly_sure", "flag": False}
    choose_option(page, "o3")
    expect(taker.line()).to_have_attribute("data-seq", "3")


def test_somebody_else_cannot_go_on_in_place_and_nothing_is_sent(taker: Taker) -> None:
    page, sent = taker.page, list[str]()
    taker.context.clear_cookies()
    choose_option(page, "o2")
    expect(taker.line()).to_have_text(ENDED)
    page.on("request", lambda request: sent.append(request.method) if SAVE.search(request.url) else None)
    sign_in_again(page, "trainee")
    expect(page.locator("#again").get_by_role("alert")).to_contain_text("sign-in details of somebody else")
    expect(page.locator("#again")).to_be_visible()
    assert sent == []
    assert taker.revisions() == []
    assert len(taker.unsent()) == 1
    sign_in_again(page, "trainee2")
    expect_saved(taker)


def test_while_somebody_else_is_signed_in_here_nothing_is_taken_and_the_page_says_why(taker: Taker) -> None:
    taker.context.clear_cookies()
    sign_in(taker.context.new_page(), "trainee")
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text("Not yet saved, kept on this device: somebody else is signed in here")
    expect(taker.page.get_by_role("heading", name="Somebody else is signed in in this browser")).to_be_visible()
    assert taker.revisions() == []
    sign_in_again(taker.page, "trainee2")
    expect_saved(taker)


def test_signing_in_in_another_tab_is_noticed_and_the_queue_goes_out(taker: Taker) -> None:
    taker.page.clock.install()
    taker.open()
    taker.context.clear_cookies()
    choose_option(taker.page, "o2")
    taker.page.clock.run_for(1_200)
    expect(taker.line()).to_have_text(ENDED)
    sign_in(taker.context.new_page(), "trainee2")
    saved_within(taker, 45)
    expect(taker.page.locator("#again")).to_be_hidden()


def go_home_with_something_unsent(taker: Taker) -> Page:
    """An answer that could not be sent, and another page."""
    taker.context.route(SAVE, cut_before)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OFFLINE)
    taker.page.goto("/home")
    expect(taker.page.locator("#main .note--wait").first).to_contain_text(
        f"Not yet saved, kept on this device: General safety exam: item {taker.position}."
    )
    return taker.page


def test_signing_out_with_something_unsent_asks_first_and_staying_stays(taker: Taker) -> None:
    page = go_home_with_something_unsent(taker)
    page.get_by_role("button", name="Sign out").click()
    panel = page.locator("#unsent-sign-out")
    expect(panel).to_be_focused()
    expect(panel).to_contain_text(f"General safety exam: item {taker.position}")
    page.get_by_role("button", name="Stay", exact=True).click()
    expect(panel).to_have_count(0)
    expect(page.get_by_role("button", name="Sign out")).to_be_focused()
    page.goto("/account")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    assert len(taker.unsent()) == 1


def test_who_signs_out_all_the_same_finds_the_answers_sent_at_the_next_sign_in_and_nobody_else_does(taker: Taker) -> None:
    page, sent = go_home_with_something_unsent(taker), list[str]()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign out; answers stay on this device").click()
    page.wait_for_url("**/sign-in")
    taker.context.unroute(SAVE)
    page.on("request", lambda request: sent.append(request.url) if SAVE.search(request.url) else None)
    sign_in(page, "trainee")
    page.goto("/home")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("#main")).not_to_contain_text("kept on this device")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")
    assert sent == []
    assert taker.revisions() == []
    sign_in(page, "trainee2")
    taker.open()
    assert taker.typed()["choice"] == "o2"
    expect_saved(taker)
    assert taker.kept() == ["current"]
    assert taker.unsent() == []


def test_signing_out_sends_what_it_can_without_a_question(taker: Taker) -> None:
    taker.context.route(SAVE, cut_before, times=2)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OFFLINE)
    taker.page.goto("/home")
    taker.page.get_by_role("button", name="Sign out").click()
    taker.page.wait_for_url("**/sign-in")
    assert taker.kept() == ["current"]


def test_an_open_exam_page_gets_to_send_its_own_before_another_page_signs_out(taker: Taker) -> None:
    other = taker.context.new_page()
    other.goto("/home")
    held = taker.hold_saves()
    choose_option(taker.page, "o2")
    taker.wait_for(held)
    other.get_by_role("button", name="Sign out").click()
    held[0].continue_()
    other.wait_for_url("**/sign-in")
    assert taker.kept() == ["current"]


def test_signing_out_without_anything_unsent_and_without_script_is_as_before(served: Served, contexts: Contexts) -> None:
    for script in (True, False):
        page = contexts(served, script=script).new_page()
        sign_in(page, "trainee2")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url("**/sign-in")
        page.goto("/home")
        assert "/sign-in" in page.url
