"""The clock of an exam page: an end that moved is seen within 15 s, warnings get in nobody's way, the device's clock tells none."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Request, expect

from app.attempts.models import Attempt
from app.formats.unsent_file import read_unsent
from tests.builders import client, email_of
from tests.journeys.server import Served
from tests.journeys.taking import OFFLINE, SAVE, Taker, choose_option, cut_before, expect_saved, saved_within

Contexts = Callable[..., BrowserContext]
NOW = re.compile(r"/clock$")


@pytest.fixture
def taker(served: Served, contexts: Contexts) -> Taker:
    """A trainee at an item, with a clock that the test moves."""
    found = Taker(contexts(served), served)
    found.page.clock.install()
    found.open()
    return found


def pass_time(taker: Taker, seconds: float) -> None:
    """Time goes by for the server and for the page, its timers included."""
    taker.served.clock.advance(seconds=seconds)
    taker.page.clock.run_for(int(seconds * 1000))


def move_the_end(taker: Taker, minutes: float) -> None:
    """Somebody moves the end of the attempt."""
    with taker.served.session() as session:
        session.get_one(Attempt, taker.attempt).deadline_at += timedelta(minutes=minutes)


def seconds_left(taker: Taker) -> int:
    """What the page shows."""
    minutes, seconds = taker.page.locator("[data-time-left]").inner_text().split(":")
    return int(minutes) * 60 + int(seconds)


@pytest.mark.parametrize("place", ["item", "review"])
def test_more_time_is_seen_within_fifteen_seconds(taker: Taker, place: str) -> None:
    page = taker.page
    if place == "review":
        page.goto(f"/attempts/{taker.attempt}/review")
    before, ends = seconds_left(taker), page.locator("[data-ends]")
    expect(ends).to_have_text("24 Nov 2026, 09:42")
    move_the_end(taker, 35)
    pass_time(taker, 15)
    expect(page.locator("#announcements")).to_have_text("Your time was extended: new end 10:17.")
    expect(ends).to_have_text("24 Nov 2026, 10:17")
    pass_time(taker, 1)
    assert abs(seconds_left(taker) - (before - 16 + 35 * 60)) <= 2


def test_an_end_that_moved_is_told_by_the_reply_to_a_save_too(taker: Taker) -> None:
    taker.page.route(NOW, lambda route: route.abort())
    move_the_end(taker, 35)
    choose_option(taker.page, "o1")
    taker.page.clock.run_for(1_200)
    expect_saved(taker)
    expect(taker.page.locator("#announcements")).to_have_text("Your time was extended: new end 10:17.")


def test_the_clock_is_not_asked_while_saves_tell_it_nor_while_nobody_looks(taker: Taker) -> None:
    asked: list[Request] = []
    taker.page.on("request", lambda request: asked.append(request) if NOW.search(request.url) else None)
    for key in ("o1", "o2", "o3", "o1"):
        choose_option(taker.page, key)
        pass_time(taker, 5)
        expect_saved(taker)
    assert asked == []
    hide = "state => { Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});"
    show = hide + " document.dispatchEvent(new Event('visibilitychange')); }"
    taker.page.evaluate(show, "hidden")
    pass_time(taker, 120)
    assert asked == []
    taker.page.evaluate(show, "visible")
    taker.page.wait_for_timeout(100)
    assert len(asked) == 1


NOTE_WORDS = """() => {
  const place = document.querySelector("#announcements");
  window.wordsSaid = [];
  new MutationObserver(() => place.textContent && window.wordsSaid.push(place.textContent)).observe(place, { childList: true });
}"""


def test_warnings_come_once_and_take_neither_focus_nor_the_page(taker: Taker) -> None:
    page = taker.page
    page.evaluate(NOTE_WORDS)
    page.get_by_label("Fairly sure").focus()
    while (left := seconds_left(taker)) > 55:
        pass_time(taker, max(5, left // 4))
        assert page.evaluate("document.activeElement.name") == "certainty"
    assert page.evaluate("window.wordsSaid") == ["10 minutes left.", "5 minutes left.", "1 minute left."]
    pass_time(taker, 25)
    expect(page.locator("#announcements")).to_be_empty()
    taker.open()
    pass_time(taker, 2)
    expect(page.locator("#announcements")).to_be_empty()


def test_a_jump_of_the_devices_clock_changes_nothing_and_a_sleep_is_caught_up_with(taker: Taker) -> None:
    before = seconds_left(taker)
    taker.page.clock.set_system_time("2031-01-01T00:00:00Z")
    pass_time(taker, 3)
    assert abs(seconds_left(taker) - (before - 3)) <= 2
    taker.served.clock.advance(minutes=20)  # the device slept: its timers stood still
    taker.page.clock.set_system_time("2031-01-01T00:20:00Z")
    taker.page.clock.run_for(2_000)
    taker.page.wait_for_timeout(200)
    taker.page.clock.run_for(1_000)
    assert abs(seconds_left(taker) - (before - 3 - 20 * 60)) <= 5


def test_a_silent_server_makes_the_page_offer_a_file_that_a_supervisor_can_bring_in(taker: Taker, tmp_path: Path) -> None:
    page = taker.page
    choose_option(page, "o1")
    page.clock.run_for(1_200)
    expect_saved(taker)
    taker.context.route(re.compile("/attempts/"), cut_before)
    choose_option(page, "o2")
    page.clock.run_for(1_200)
    expect(taker.line()).to_have_text(OFFLINE)
    page.get_by_label("Unsure").check()
    page.clock.run_for(100_000)
    expect(page.locator("#rescue")).to_be_hidden()
    page.clock.run_for(40_000)
    expect(page.locator("#rescue")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save a file of your unsent answers").click()
    assert download.value.suggested_filename == f"unsent-answers-attempt-{taker.attempt}.json"
    data = download.value.path().read_bytes()
    ops = read_unsent(data).ops
    assert [(op.position, op.base_seq, op.payload["answer"], op.certainty) for op in ops] == [
        (taker.position, 1, {"choice": "o2"}, None), (taker.position, 2, {"choice": "o2"}, "unsure")
    ]  # fmt: skip
    assert [op.op_id for op in ops] == [e["op_id"] for e in sorted(taker.unsent(), key=lambda e: e["written"])]
    assert bring_in(taker, data) == "2 answers taken in as evidence"
    assert taker.kept() == ["current", "late", "late"]
    taker.context.unroute(re.compile("/attempts/"))
    saved_within(taker, 90)
    expect(page.locator("#rescue")).to_be_hidden()
    assert taker.counts() == {"choice": "o2", "certainty": "unsure", "flag": False}


def bring_in(taker: Taker, data: bytes) -> str:
    """A supervisor brings the file in; what the page is headed with."""
    with taker.served.app.app_context():
        person = json.loads(data)["person"]
        browser = client(taker.served.app, email_of("observer1"))
        fields = {"file": (io.BytesIO(data), "unsent-answers.json")}
        answer = browser.post(f"/people/{person}/late-answers", data=fields, content_type="multipart/form-data")
        taker.served.app.config["WTF_CSRF_ENABLED"] = True
    found = re.search("<h1>(.*?)</h1>", answer.text)
    assert found is not None, answer.text
    return found[1]


def test_after_the_end_what_could_not_be_sent_arrives_as_evidence_and_leaves_the_queue(taker: Taker) -> None:
    page = taker.page
    taker.context.route(SAVE, cut_before)
    choose_option(page, "o2")
    page.clock.run_for(1_200)
    expect(taker.line()).to_have_text(OFFLINE)
    taker.context.unroute(SAVE)
    taker.context.route(SAVE, cut_before, times=1)
    left = seconds_left(taker)
    taker.served.clock.advance(seconds=left + 60)
    page.clock.fast_forward((left + 60) * 1000)
    page.clock.run_for(8_000)
    page.wait_for_url("**/result")
    assert taker.kept() == ["late"]
    assert taker.unsent() == []
