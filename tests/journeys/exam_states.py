"""What an exam page can look like beside its plain self: each state made as it comes about, for looking and for axe."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.journeys.taking import OFFLINE, SAVE, Taker, choose_option, cut_before, expect_saved

Fresh = Callable[[], BrowserContext]


def saved(taker: Taker, fresh: Fresh) -> Page:
    choose_option(taker.page, "o1")
    expect_saved(taker)
    return taker.page


def saving(taker: Taker, fresh: Fresh) -> Page:
    taker.page.route(SAVE, lambda route: None)
    choose_option(taker.page, "o1")
    expect(taker.line()).to_have_text("Saving")
    return taker.page


def offline(taker: Taker, fresh: Fresh) -> Page:
    taker.context.route(SAVE, cut_before)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_have_text(OFFLINE)
    return taker.page


def other_copy(taker: Taker, fresh: Fresh) -> Page:
    saved(taker, fresh)
    page = taker.open(page=taker.context.new_page())
    choose_option(page, "o2")
    expect(taker.line(page)).to_contain_text("another copy of this page counts")
    return page


def changed_elsewhere(taker: Taker, fresh: Fresh) -> Page:
    page = taker.open(page=fresh().new_page(), key=taker.key)
    choose_option(page, "o3")
    expect_saved(taker, page)
    choose_option(taker.page, "o2")
    expect(taker.line()).to_contain_text("another copy of this page counts")
    taker.page.get_by_role("button", name="Go on here").click()
    expect(taker.page.locator("#changed")).to_be_visible()
    return taker.page


def session_ended(taker: Taker, fresh: Fresh) -> Page:
    taker.context.clear_cookies()
    choose_option(taker.page, "o2")
    expect(taker.page.locator("#again")).to_be_visible()
    return taker.page


def sign_in_refused(taker: Taker, fresh: Fresh) -> Page:
    session_ended(taker, fresh)
    taker.page.locator("#again-password").fill("not the password")
    taker.page.get_by_role("button", name="Sign in and go on").click()
    expect(taker.page.locator("#again").get_by_role("alert")).to_contain_text("do not fit together")
    return taker.page


def review_with_unsent(taker: Taker, fresh: Fresh) -> Page:
    offline(taker, fresh).goto(f"/attempts/{taker.attempt}/review")
    expect(taker.page.locator("#unsent")).to_be_visible()
    return taker.page


def file_offered(taker: Taker, fresh: Fresh) -> Page:
    taker.page.clock.install()
    taker.open()
    taker.context.route(re.compile("/attempts/"), cut_before)
    choose_option(taker.page, "o2")
    taker.page.clock.run_for(150_000)
    expect(taker.page.locator("#rescue")).to_be_visible()
    return taker.page


def sign_out_asked(taker: Taker, fresh: Fresh) -> Page:
    offline(taker, fresh).goto("/home")
    if not taker.page.get_by_role("button", name="Sign out").is_visible():
        taker.page.get_by_role("button", name="Menu", exact=True).click()
    taker.page.get_by_role("button", name="Sign out").click()
    expect(taker.page.locator("#unsent-sign-out")).to_be_visible()
    return taker.page


def five_minutes_left(taker: Taker, fresh: Fresh) -> Page:
    taker.page.clock.install()
    taker.open()
    minutes, seconds = taker.page.locator("[data-time-left]").inner_text().split(":")
    before = int(minutes) * 60 + int(seconds) - 305
    taker.served.clock.advance(seconds=before)
    taker.page.clock.fast_forward(before * 1000)
    taker.page.clock.run_for(7_000)
    expect(taker.page.locator("#announcements")).to_have_text("5 minutes left.")
    return taker.page


STATES: dict[str, Callable[[Taker, Fresh], Page]] = {
    state.__name__: state
    for state in (
        saved, saving, offline, other_copy, changed_elsewhere, session_ended, sign_in_refused, review_with_unsent, file_offered,
        sign_out_asked, five_minutes_left,
    )
}  # fmt: skip
