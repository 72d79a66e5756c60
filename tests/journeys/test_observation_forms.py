"""The form of an observer on a phone: it survives no signal, a closed tab and a reload, and it is signed by a press and by nothing
else. Whoever signs in on the same phone next finds nothing of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import func, select

from app.supervision.models import ObservationDraft, ObservationRecord
from tests import builders
from tests.builders import PASSPHRASE, find_clinic
from tests.clock import START
from tests.journeys.browser import PHONE
from tests.journeys.people import choose, heading, let_in, prove
from tests.journeys.server import Served
from tests.journeys.taking import cut_after

Contexts = Callable[..., BrowserContext]
OFFLINE = "Offline, kept on this device"
SAVED = "Saved on this device"
WELL, CHANGE = "Counted the needles aloud.", "Rest before the next one."
_KEPT = """async () => {
  const database = await new Promise((ok, no) => {
    const request = indexedDB.open("needle-clearance-forms");
    request.onsuccess = () => ok(request.result);
    request.onerror = no;
  });
  if (!database.objectStoreNames.contains("forms")) return [];
  const all = await new Promise((ok) => {
    database.transaction("forms").objectStore("forms").getAll().onsuccess = (event) => ok(event.target.result);
  });
  database.close();
  return all;
}"""


class Phone:
    """An observer's phone with an observation of the trainee's that waits for them."""

    def __init__(self, context: BrowserContext, served: Served) -> None:
        self.context, self.served = context, served
        with served.session() as session:
            clinic = find_clinic(session)
            self.observation = builders.open_watch(clinic, "trainee", "upper-trapezius", START).id
            self.people = {key: p.id for key, p in clinic.people.items()}
        served.clock.advance(minutes=30)
        self.page = context.new_page()
        let_in(self.page, "observer2")

    @property
    def address(self) -> str:
        return f"/observations/{self.observation}"

    def open(self, page: Page | None = None) -> Page:
        self.page = page or self.page
        self.page.goto(self.address)
        expect(self.page.locator("#observer-form[data-ready]")).to_be_attached()
        return self.page

    def new_tab(self) -> Page:
        """Close what is open and open it afresh."""
        self.page.close()
        return self.open(self.context.new_page())

    def fill(self) -> None:
        choose(self.page, "In the room")
        choose(self.page, "Completed")
        self.page.get_by_role("button", name="All done, then mark exceptions").click()
        choose(self.page, "I prompted at times")
        self.page.get_by_label("One thing done well").fill(WELL)
        self.page.get_by_label("One thing to change").fill(CHANGE)

    def press(self, name: str = "Sign", passphrase: str = PASSPHRASE) -> None:
        prove(self.page, passphrase)
        self.page.get_by_role("button", name=name, exact=True).click()

    def says(self, words: str) -> None:
        expect(self.page.locator("#kept-line")).to_contain_text(words)

    def kept(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate(_KEPT)
        return found

    def shows_what_was_filled_in(self) -> None:
        expect(self.page.get_by_label("One thing done well")).to_have_value(WELL)
        expect(self.page.get_by_label("One thing to change")).to_have_value(CHANGE)
        expect(self.page.get_by_role("radio", name="3 I prompted at times")).to_be_checked()
        expect(self.page.get_by_role("radio", name="In the room", exact=True)).to_be_checked()
        assert self.page.locator('.form-row input[value="2"]:not(:checked)').count() == 0

    def shows_nothing(self) -> None:
        expect(self.page.get_by_label("One thing done well")).to_have_value("")
        assert self.page.locator("#observer-form input:checked").count() == 0
        assert "not signed" not in self.page.get_by_role("main").inner_text().lower()

    def records(self) -> int:
        with self.served.session() as session:
            query = select(func.count()).where(ObservationRecord.observation_id == self.observation)
            return int(session.scalar(query))

    def drafts(self) -> int:
        with self.served.session() as session:
            return int(session.scalar(select(func.count()).select_from(ObservationDraft)))


@pytest.fixture
def phone(served: Served, contexts: Contexts) -> Phone:
    return Phone(contexts(served, size=PHONE), served)


def test_a_form_filled_without_signal_survives_the_closed_tab_and_is_signed_by_the_next_press(phone: Phone) -> None:
    phone.open()
    phone.context.set_offline(True)
    phone.fill()
    phone.says(OFFLINE)
    phone.press()
    phone.says("Nothing is signed. Press Sign again once there is a connection.")
    phone.context.set_offline(False)
    page = phone.new_tab()
    phone.shows_what_was_filled_in()
    page.reload()
    phone.shows_what_was_filled_in()
    phone.served.clock.advance(minutes=6)
    page.goto("/home")
    expect(page.get_by_role("main")).to_contain_text("Not signed yet, kept on this device: Tom Trainee")
    assert (phone.records(), phone.drafts()) == (0, 0), "nothing is sent or signed but by a press"
    page.get_by_role("link", name="Open the observation").click()
    expect(page.locator("#observer-form[data-ready]")).to_be_attached()
    assert "password" not in str(phone.kept()[0]["values"])
    phone.press(passphrase="wrong")
    expect(page.get_by_role("alert")).to_contain_text("Nothing was signed")
    phone.shows_what_was_filled_in()
    phone.press()
    heading(page, "Tom Trainee")
    expect(page.get_by_role("main")).to_contain_text("What the observer signed")
    page.wait_for_function(f"({_KEPT})().then((all) => all.length === 0)")
    assert (phone.records(), phone.drafts()) == (1, 0)
    page.goto("/home")
    assert "kept on this device" not in page.get_by_role("main").inner_text()


def test_a_press_whose_answer_is_lost_is_pressed_again_and_signs_once(phone: Phone) -> None:
    phone.open()
    phone.fill()
    phone.says(SAVED)
    phone.context.route(f"**{phone.address}", lambda route: _lose(route))
    phone.press()
    phone.says(OFFLINE)
    assert phone.records() == 1
    assert len(phone.kept()) == 1
    phone.context.unroute(f"**{phone.address}")
    phone.press()
    expect(phone.page.get_by_role("main")).to_contain_text("What the observer signed")
    phone.page.wait_for_function(f"({_KEPT})().then((all) => all.length === 0)")
    assert phone.records() == 1


def _lose(route: Route) -> None:
    """The request arrives and its answer does not."""
    if route.request.method == "POST":
        cut_after(route)
    else:
        route.continue_()


def test_signing_out_says_what_is_not_signed_and_removes_it_from_the_phone(phone: Phone) -> None:
    page = phone.open()
    phone.fill()
    phone.says(SAVED)
    page.goto("/home")
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Not signed out: an observation is not signed yet")
    page.get_by_role("button", name="Stay").click()
    assert len(phone.kept()) == 1
    phone.open()
    phone.shows_what_was_filled_in()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    page.get_by_role("button", name="Sign out and remove it from this device").click()
    heading(page, "Sign in")
    assert phone.kept() == []
    let_in(page, "observer2")
    phone.open()
    phone.shows_nothing()


def test_another_observer_on_the_same_phone_sees_nothing_of_it(phone: Phone) -> None:
    phone.open()
    phone.fill()
    phone.says(SAVED)
    phone.context.clear_cookies()  # the session ended without anybody signing out
    let_in(phone.page, "observer1")
    page = phone.new_tab()
    phone.shows_nothing()
    page.get_by_label("One thing done well").fill("Mine.")
    phone.says(SAVED)
    assert sorted(e["person"] for e in phone.kept()) == sorted([phone.people["observer1"], phone.people["observer2"]])
    page.goto("/home")
    expect(page.get_by_role("main")).to_contain_text("Not signed yet, kept on this device")
    phone.context.clear_cookies()
    let_in(page, "observer2")
    phone.open()
    phone.shows_what_was_filled_in()


def test_a_draft_kept_on_the_server_is_not_kept_on_the_phone_as_well_and_a_newer_one_is_not_written_over(
    phone: Phone, served: Served, contexts: Contexts
) -> None:
    page = phone.open()
    phone.fill()
    phone.says(SAVED)
    phone.press("Keep as a draft")
    expect(page.get_by_role("status")).to_contain_text("Draft kept. Nothing is signed yet.")
    phone.shows_what_was_filled_in()
    assert (phone.kept(), phone.drafts()) == ([], 1)
    page.get_by_label("One thing to change").fill("Typed on the phone.")
    phone.says(SAVED)
    desk = contexts(served).new_page()
    let_in(desk, "observer2")
    served.clock.advance(minutes=1)
    desk.goto(phone.address)
    desk.get_by_label("One thing to change").fill("Typed at the desk.")
    desk.get_by_role("button", name="Keep as a draft").click()
    expect(desk.get_by_role("status")).to_contain_text("Draft kept")
    page.reload()
    expect(page.get_by_label("One thing to change")).to_have_value("Typed at the desk.")
    page.get_by_role("button", name="Use what this device kept").click()
    expect(page.get_by_label("One thing to change")).to_have_value("Typed on the phone.")
    phone.says(SAVED)


def test_an_observation_that_somebody_else_signed_meanwhile_says_so_and_loses_nothing(
    phone: Phone, served: Served, contexts: Contexts
) -> None:
    phone.open()
    phone.fill()
    other = Phone.__new__(Phone)
    other.context, other.served, other.observation = contexts(served), served, phone.observation
    other.page = other.context.new_page()
    let_in(other.page, "observer1")
    other.open()
    other.fill()
    other.press()
    expect(other.page.get_by_role("main")).to_contain_text("What the observer signed")
    phone.press()
    phone.says("Not signed. This observation is signed already")
    phone.shows_what_was_filled_in()
    assert len(phone.kept()) == 1
    phone.page.get_by_role("link", name="Load the page again").click()
    expect(phone.page.get_by_role("main")).to_contain_text("What the observer signed")
    phone.page.wait_for_function(f"({_KEPT})().then((all) => all.length === 0)")
    assert phone.records() == 1
