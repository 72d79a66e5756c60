"""A high-tier clearance is suspended by one person, read as not cleared at the door, lifted by two; another one is renewed."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from app.domain.standing import UNDO_WINDOW
from tests import builders
from tests.builders import days_ago, find_clinic
from tests.journeys.browser import PHONE
from tests.journeys.people import choose, heading, let_in, press_to_sign
from tests.journeys.server import Served
from tests.policies import newest_body, publish

GROUP = "thorax"
REASON = "Two reports of needles that went deeper than planned."
OUTCOME = "Both reports were looked into; the depth was right in each."
Contexts = Callable[..., BrowserContext]


def cleared_trainee(served: Served, term_months: int = 24) -> int:
    """A trainee who was cleared in the thorax 20 days ago; their id."""
    with served.session() as session:
        clinic = find_clinic(session)
        body = newest_body(session)
        body["high"]["term_months"] = term_months
        publish(session, body, clinic.people["admin"], clinic.people["partner"], days_ago(70))
        application = builders.make_ready(clinic, "trainee", GROUP)
        builders.decide(clinic, application, "recommend", "observer1", days_ago(21))
        builders.decide(clinic, application, "grant", "director", days_ago(20))
        return clinic.people["trainee"].id


def make_code(page: Page) -> str:
    page.goto("/clearances/code")
    page.get_by_role("button", name="Make a new code").click()
    link = page.get_by_role("link", name="/check/").get_attribute("href") or ""
    return "/check/" + link.rsplit("/", 1)[1]


def door_reads(page: Page, address: str, word: str) -> None:
    """What the treatment room reads by its next request."""
    page.goto(f"{address}?region=upper-trapezius")
    heading(page, word)
    text = page.get_by_role("main").inner_text().lower()
    assert "suspend" not in text
    assert "report" not in text


def suspend(page: Page, person: int) -> None:
    page.goto(f"/people/{person}")
    page.get_by_text("Stop a clearance").click()
    stops = page.locator("details", has_text="One supervisor stops at once")
    stops.get_by_role("link", name="Thorax and shoulder crest").click()
    heading(page, "Stop Tom Trainee")
    page.get_by_role("button", name="Stop now").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was signed")
    choose(page, "Suspend")
    page.get_by_label("Reason").fill(REASON)
    press_to_sign(page, "Stop now")
    expect(page.get_by_role("status").first).to_contain_text("It reads as not cleared from now on.")
    heading(page, "suspended")


def propose(page: Page) -> None:
    page.goto("/queue")
    page.get_by_role("link", name=re.compile("^Tom Trainee: Thorax")).click()
    expect(page.get_by_role("main")).to_contain_text(REASON)
    page.get_by_label("What came out").fill(OUTCOME)
    press_to_sign(page, "Propose")
    expect(page.get_by_role("status").first).to_contain_text("Another supervisor of the site ends it.")
    expect(page.get_by_role("button", name="End it")).to_have_count(0)


def lift(page: Page) -> None:
    page.goto("/queue")
    page.get_by_role("link", name=re.compile("^Tom Trainee: Thorax")).click()
    expect(page.get_by_role("main")).to_contain_text(OUTCOME)
    press_to_sign(page, "End it")
    heading(page, "suspension ended")
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()


def test_one_suspends_the_door_knows_at_once_and_two_lift(served_on_both: Served, contexts: Contexts) -> None:
    served = served_on_both
    person = cleared_trainee(served)
    pages = {key: contexts(served).new_page() for key in ("trainee", "director", "observer2")}
    pages["observer1"] = contexts(served, size=PHONE).new_page()
    door = contexts(served, size=PHONE).new_page()
    for key, page in pages.items():
        let_in(page, key)
    address = make_code(pages["trainee"])
    door_reads(door, address, "CLEARED")
    suspend(pages["observer1"], person)
    door_reads(door, address, "NOT CLEARED")
    holder = pages["trainee"]
    holder.goto("/home")
    holder.get_by_role("link", name="See why, and how it ends").first.click()
    expect(holder.get_by_role("main")).to_contain_text(REASON)
    propose(pages["director"])
    door_reads(door, address, "NOT CLEARED")
    lift(pages["observer2"])
    door_reads(door, address, "NOT CLEARED")
    served.clock.advance(seconds=UNDO_WINDOW.total_seconds())
    door_reads(door, address, "ONLY WITH AN OBSERVER")
    holder.goto("/clearances")
    expect(holder.get_by_role("row", name="Upper trapezius").first).to_contain_text("0 of the first 3 procedures")


def test_an_expiring_clearance_is_renewed_by_two(served: Served, contexts: Contexts) -> None:
    cleared_trainee(served, term_months=2)
    trainee, observer, director = (contexts(served).new_page() for _ in range(3))
    for key, page in (("trainee", trainee), ("observer1", observer), ("director", director)):
        let_in(page, key)
    trainee.goto("/home")
    trainee.get_by_role("link", name="Renew").first.click()
    heading(trainee, "Renew: Thorax")
    trainee.get_by_role("button", name="Renew").click()
    heading(trainee, "Tom Trainee, Thorax")
    number = trainee.url.rsplit("/", 1)[1]
    expect(trainee.get_by_role("main")).to_contain_text("The clearance that ends")
    for page, act in ((observer, "Recommend"), (director, "Grant")):
        page.goto(f"/applications/{number}")
        press_to_sign(page, act)
        expect(page.get_by_role("status").first).to_contain_text(f"{act}e" if act == "Recommend" else "Granted")
    served.clock.advance(seconds=UNDO_WINDOW.total_seconds())
    trainee.goto("/clearances")
    row = trainee.get_by_role("row", name="Upper trapezius").first
    expect(row).to_contain_text("CLEARED")
    expect(row).not_to_contain_text("NOT CLEARED")
