"""The line beside an item says "Saved" for what the server has committed, and for nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import select

from app.attempts.models import ResponseRevision
from tests.builders import full_answer
from tests.journeys.people import begin_exam, fill, heading, let_in, places_of
from tests.journeys.server import Served

Contexts = Callable[..., BrowserContext]
SAVE = re.compile(r"/responses/\d+$")
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
_LISTEN = """() => {
  const line = document.querySelector("#save-line");
  window.said = [line.textContent.trim()];
  new MutationObserver(() => window.said.push(line.textContent.trim())).observe(
    line, {subtree: true, childList: true, characterData: true});
}"""


class Sitting:
    """A trainee before an item, and what the database holds of it."""

    def __init__(self, page: Page, served: Served, kind: str) -> None:
        self.page, self.served = page, served
        self.attempt = begin_exam(page, served, "General safety exam")
        places = places_of(served, self.attempt)
        self.keyed = next(p for p in places if p.content.type == kind)
        self.position = self.keyed.place.position
        self.open()

    def open(self) -> None:
        self.page.goto(f"/attempts/{self.attempt}?q={self.position}")
        heading(self.page, f"Item {self.position}")
        self.page.evaluate(_LISTEN)

    @property
    def line(self) -> Any:
        return self.page.locator("#save-line")

    def said(self) -> list[str]:
        words: list[str] = self.page.evaluate("window.said")
        return words

    def revisions(self) -> int:
        with self.served.session() as session:
            query = select(ResponseRevision.id).where(ResponseRevision.attempt_id == self.attempt)
            return len(session.scalars(query).all())

    def kept(self) -> list[str]:
        with self.served.session() as session:
            query = select(ResponseRevision.kept).where(ResponseRevision.attempt_id == self.attempt)
            return list(session.scalars(query.order_by(ResponseRevision.number)))

    def choose(self) -> None:
        fill(self.page, full_answer(self.keyed))


@pytest.fixture
def sitting(served: Served, contexts: Contexts) -> Sitting:
    page = contexts(served).new_page()
    let_in(page, "trainee2")
    return Sitting(page, served, "single_best_answer")


def test_saved_is_said_only_once_the_server_has_committed(sitting: Sitting) -> None:
    held: list[Route] = []
    sitting.page.route(SAVE, lambda route: held.append(route))
    sitting.choose()
    expect(sitting.line).to_have_text("Saving")
    sitting.page.wait_for_function("window.said.length > 1")
    while not held:
        sitting.page.wait_for_timeout(20)
    assert sitting.revisions() == 0
    answer = held[0].fetch()
    assert sitting.revisions() == 1
    expect(sitting.line).to_have_text("Saving")
    held[0].fulfill(response=answer)
    expect(sitting.line).to_have_text(SAVED)
    assert [w for w in sitting.said() if w.startswith("Saved")] == ["Saved 09:00:00"]


def test_a_changed_answer_is_no_longer_called_saved(sitting: Sitting) -> None:
    sitting.choose()
    expect(sitting.line).to_have_text(SAVED)
    sitting.page.get_by_label("Fairly sure").check()
    assert not SAVED.match(sitting.line.inner_text().strip())
    expect(sitting.line).to_have_text(SAVED)
    assert sitting.revisions() == 2


def test_a_change_during_a_save_is_saved_before_it_is_called_so(sitting: Sitting) -> None:
    held: list[Route] = []
    sitting.page.route(SAVE, lambda route: held.append(route), times=1)
    sitting.choose()
    while not held:
        sitting.page.wait_for_timeout(20)
    sitting.page.get_by_label("Fairly sure").check()
    held[0].continue_()
    expect(sitting.line).to_have_text(SAVED)
    assert sitting.revisions() == 2
    sitting.open()
    expect(sitting.page.get_by_label("Fairly sure")).to_be_checked()


def test_a_save_that_found_no_server_is_never_called_saved(sitting: Sitting) -> None:
    sitting.page.route(SAVE, lambda route: route.abort())
    sitting.choose()
    expect(sitting.line).to_have_text("Offline, kept on this device")
    assert not any(words.startswith("Saved") for words in sitting.said())
    assert sitting.revisions() == 0
    sitting.page.unroute(SAVE)
    sitting.page.get_by_role("button", name="Save and").click()
    heading(sitting.page, f"Item {sitting.position + 1}")
    assert sitting.revisions() == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Not yet saved, kept on this device: your session has ended"),
        (409, "Not yet saved, kept on this device: Enter a plain number."),
        (422, "Not saved: Enter a plain number."),
        (429, "Not saved: Enter a plain number."),
    ],
)
def test_a_refused_save_is_never_called_saved(sitting: Sitting, status: int, words: str) -> None:
    body = {"status": status, "detail": "Enter a plain number."}
    sitting.page.route(SAVE, lambda route: route.fulfill(status=status, json=body))
    sitting.choose()
    expect(sitting.line).to_contain_text(words)
    assert not any(said.startswith("Saved") for said in sitting.said())
    assert sitting.revisions() == 0


def test_a_save_after_the_end_leads_to_the_result(sitting: Sitting) -> None:
    sitting.served.clock.advance(hours=1)
    sitting.choose()
    expect(sitting.page.get_by_role("heading", level=1)).to_contain_text("Not yet passed")
    assert sitting.page.url.endswith("/result")


def test_an_answer_changed_in_another_window_is_not_overwritten(sitting: Sitting) -> None:
    other = sitting.page.context.new_page()
    other.goto(sitting.page.url)
    other.get_by_label("Unsure").check()
    expect(other.locator("#save-line")).to_have_text(SAVED)
    sitting.choose()
    expect(sitting.line).to_have_text("Not saved: another copy of this page counts. Yours is kept on this device")
    sitting.page.get_by_role("button", name="Save and").click()
    expect(sitting.page.locator("#other-copy")).to_be_focused()
    heading(sitting.page, f"Item {sitting.position}")
    assert sitting.kept() == ["current", "superseded"]


def test_the_page_names_the_instant_of_a_save_in_the_time_of_the_site(served: Served, contexts: Contexts) -> None:
    page = contexts(served, zone="Asia/Tokyo").new_page()
    let_in(page, "trainee2")
    sitting = Sitting(page, served, "single_best_answer")
    sitting.choose()
    expect(sitting.line).to_have_text(SAVED)
    said = sitting.line.inner_text().strip()
    page.reload()
    expect(page.locator("#save-line")).to_have_text(said)


def test_leaving_by_a_link_right_after_a_change_keeps_it(sitting: Sitting) -> None:
    sitting.choose()
    sitting.page.get_by_role("link", name="Review and submit").click()
    sitting.page.get_by_role("heading", name=re.compile("not answered")).wait_for()
    sitting.open()
    expect(sitting.page.locator(f"input[name=choice][value='{full_answer(sitting.keyed)['choice']}']")).to_be_checked()


def test_the_first_press_of_save_and_next_goes_on(sitting: Sitting) -> None:
    sitting.choose()
    sitting.page.get_by_role("button", name="Save and").click()
    heading(sitting.page, f"Item {sitting.position + 1}")
    assert sitting.revisions() == 1


def test_a_press_during_a_save_waits_for_it(sitting: Sitting) -> None:
    held: list[Route] = []
    sitting.page.route(SAVE, lambda route: held.append(route))
    sitting.choose()
    while not held:
        sitting.page.wait_for_timeout(20)
    sitting.page.get_by_role("button", name="Save and").click()
    heading(sitting.page, f"Item {sitting.position}")
    held[0].continue_()
    heading(sitting.page, f"Item {sitting.position + 1}")
    expect(sitting.page.get_by_role("alert")).to_have_count(0)
    assert sitting.revisions() == 1


def test_a_link_waits_for_a_save_and_warns_once_if_it_fails(sitting: Sitting) -> None:
    sitting.page.route(SAVE, lambda route: route.abort())
    sitting.choose()
    link = sitting.page.get_by_role("link", name="Review and submit")
    link.click()
    expect(sitting.page.locator("#announcements")).to_contain_text("Follow the link again to leave it so.")
    heading(sitting.page, f"Item {sitting.position}")
    link.click()
    sitting.page.get_by_role("heading", name=re.compile("not answered")).wait_for()


def test_a_link_pressed_right_after_a_change_leaves_once_it_is_saved(sitting: Sitting) -> None:
    sitting.choose()
    sitting.page.get_by_role("link", name="Review and submit").click()
    sitting.page.get_by_role("heading", name=re.compile("not answered")).wait_for()
    assert sitting.revisions() == 1


@pytest.mark.parametrize("place", ["item", "review"])
def test_when_time_is_up_the_last_change_is_saved_and_the_page_goes_to_the_result(sitting: Sitting, place: str) -> None:
    page, clock = sitting.page, sitting.served.clock
    page.clock.install()
    page.goto(f"/attempts/{sitting.attempt}" + (f"?q={sitting.position}" if place == "item" else "/review"))
    left = seconds_of(page.locator("[data-time-left]").inner_text())
    if place == "item":
        sitting.choose()
    clock.advance(seconds=left + 2)
    page.clock.fast_forward((left + 2) * 1000)
    expect(page.locator("[data-time-left]")).to_have_text("0:00")
    expect(page.locator("#announcements")).to_have_text("Time is up. What is saved on the server counts.")
    if place == "item":
        expect(sitting.line).to_have_text(SAVED)
        assert sitting.revisions() == 1
    clock.advance(seconds=30)
    page.clock.run_for(6000)
    page.wait_for_url("**/result")


def seconds_of(words: str) -> int:
    """Seconds of a time left such as 44:59."""
    minutes, seconds = words.strip().split(":")
    return int(minutes) * 60 + int(seconds)


def test_without_connection_a_press_after_a_second_change_stays_and_does_not_hammer_the_server(
    sitting: Sitting,
) -> None:
    tried: list[Route] = []

    def refuse(route: Route) -> None:
        tried.append(route)
        route.abort()

    sitting.page.route(SAVE, refuse)
    sitting.choose()
    expect(sitting.line).to_have_text("Offline, kept on this device")
    sitting.page.get_by_label("Unsure").check()
    sitting.page.get_by_role("button", name="Save and").click()
    expect(sitting.line).to_have_text("Offline, kept on this device")
    sitting.page.wait_for_timeout(1500)
    heading(sitting.page, f"Item {sitting.position}")
    assert len(tried) <= 4
    sitting.page.unroute(SAVE)
    expect(sitting.line).to_have_text(SAVED, timeout=10_000)
    assert sitting.revisions() == 2
