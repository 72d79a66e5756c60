"""The main job as four people in one browser: a trainee, an observer, a director, and whoever asks at the door."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, expect

from tests import builders
from tests.builders import days_ago, find_clinic
from tests.journeys.browser import PHONE
from tests.journeys.people import (
    answer_every_item,
    attempt_id_of,
    choose,
    confirm_and_submit,
    heading,
    places_of,
    press_to_sign,
    shown_code,
    sign_in,
)
from tests.journeys.server import Served

GROUP = "thorax"
CODE = re.compile(r"^[A-Z2-9]{4} [A-Z2-9]{4}$")
LIMIT = "needle at most 40 mm"
Contexts = Callable[..., BrowserContext]


def prepare(served: Served) -> int:
    """The trainee's earlier weeks: papers, two exams, competencies, five of six procedures, the application."""
    with served.session() as session:
        clinic = find_clinic(session)
        builders.verify_documents(clinic, "trainee", days_ago(200))
        for quiz in ("general-safety", "complication-response"):
            builders.pass_exam(clinic, "trainee", quiz, days_ago(120))
        builders.approve_all(clinic, "trainee", days_ago(110))
        builders.observe_group(clinic, "trainee", GROUP, days_ago(100), short=1)
        application: int = builders.apply(clinic, "trainee", GROUP, days_ago(60)).id
        return application


def post_decision(page: Page, application: int, act: str) -> int:
    """Send a decision without the button that the page does not offer; the status of the answer."""
    token = page.locator("input[name=csrf_token]").first.input_value()
    shown = page.locator("input[name=shown]").first
    form = {
        "csrf_token": token, "act": act, "shown": shown.input_value() if shown.count() else "x",
        "password": builders.PASSPHRASE, "code": shown_code(page),
    }  # fmt: skip
    return page.request.post(f"/applications/{application}/decide", form=form).status


def trainee_passes_the_exam(page: Page, served: Served) -> None:
    sign_in(page, "trainee")
    heading(page, "Next: Thorax")
    page.get_by_role("link", name="Go to the exam").first.click()
    heading(page, "Thorax and shoulder crest, group exam")
    page.get_by_role("button", name="Start").click()
    heading(page, "Item 1")
    answer_every_item(page, places_of(served, attempt_id_of(page)))
    critical = page.get_by_label("This is my answer to item").count()
    assert 0 < critical <= 8
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("alert")).to_contain_text("Confirm your answer to item")
    confirm_and_submit(page)
    heading(page, "Passed with 100 %")
    expect(page.get_by_role("main")).to_contain_text("At most 0 critical errors: 0")


def trainee_asks_for_the_last_observation(page: Page, region: str) -> str:
    page.goto("/observations")
    page.get_by_role("link", name="Ask for an observation").click()
    heading(page, "Ask for an observation")
    page.get_by_label("Region").select_option(label=region)
    page.get_by_label("Technique").fill("Pincer grip, 30 mm")
    choose(page, "Assessment")
    choose(page, "Patient")
    page.get_by_role("button", name="Show code").click()
    heading(page, "Show this code to your observer")
    return page.get_by_text(CODE).inner_text().replace(" ", "")


def observer_signs(page: Page, code: str) -> None:
    sign_in(page, "observer2")
    page.goto("/observations/code")
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Find").click()
    heading(page, "Tom Trainee")
    choose(page, "In the room")
    choose(page, "Completed")
    page.get_by_role("button", name="All done, then mark exceptions").click()
    choose(page, "I was not needed")
    page.get_by_label("One thing done well").fill("Lifted the muscle and kept the needle tangential.")
    page.get_by_label("One thing to change").fill("Say the depth aloud before the needle.")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the form is wider than the phone"
    press_to_sign(page, "Sign")
    expect(page.get_by_role("status").first).to_contain_text("Signed. The trainee sees it now.")
    expect(page.get_by_role("main")).to_contain_text("Completed, 5 of 5: i was not needed.")


def observer_recommends(page: Page, served: Served) -> None:
    served.clock.advance(minutes=6)
    page.goto("/queue")
    page.get_by_role("link", name=re.compile("^Tom Trainee: Thorax")).click()
    expect(page.get_by_role("main")).to_contain_text("10 of 10 requirements met")
    expect(page.get_by_role("button", name="Grant")).to_have_count(0)
    page.get_by_label("Longest needle, mm").fill("40")
    page.get_by_role("button", name="Recommend").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was signed")
    press_to_sign(page, "Recommend")
    expect(page.get_by_role("status").first).to_contain_text("Recommended.")
    heading(page, "recommended, a second person grants")


def director_cannot_grant(page: Page, application: int, why: str) -> None:
    page.goto(f"/applications/{application}")
    expect(page.get_by_role("heading", name="Decide", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Grant")).to_have_count(0)
    expect(page.get_by_role("main")).to_contain_text(why)
    assert post_decision(page, application, "grant") == 403


def director_grants(page: Page, served: Served, application: int) -> None:
    page.goto(f"/applications/{application}")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Recommended by Oona Observer")
    expect(main).to_contain_text(LIMIT)
    press_to_sign(page, "Grant")
    expect(page.get_by_role("status").first).to_contain_text("Granted.")
    heading(page, "granted")
    granted = page.get_by_role("listitem").filter(has_text="Grant by Dina Director")
    expect(granted).to_contain_text("until 25 Nov 2028")
    expect(page.get_by_role("button", name="Take it back")).to_be_visible()
    served.clock.advance(seconds=10)
    page.reload()
    expect(page.get_by_role("button", name="Take it back")).to_have_count(0)


def test_four_people_bring_a_region_to_cleared(served_on_both: Served, contexts: Contexts) -> None:
    served = served_on_both
    application = prepare(served)
    with served.session() as session:
        catalogue = builders.catalogue_in_force(session).catalogue
        region, other = (catalogue.names[r] for r in catalogue.regions_of(GROUP)[:2])
        unclaimed = catalogue.names[catalogue.regions_of(GROUP)[2]]
    trainee = contexts(served).new_page()
    observer = contexts(served, size=PHONE).new_page()
    director = contexts(served).new_page()
    door = contexts(served, size=PHONE).new_page()

    sign_in(director, "director")
    director_cannot_grant(director, application, "requirements not met yet")
    trainee_passes_the_exam(trainee, served)
    served.clock.advance(days=1)
    code = trainee_asks_for_the_last_observation(trainee, other)
    served.clock.advance(minutes=30)
    director_cannot_grant(director, application, "requirements not met yet")
    observer_signs(observer, code)
    director_cannot_grant(director, application, "Everything is met. Two people decide")
    expect(director.get_by_role("button", name="Recommend")).to_have_count(1)
    observer_recommends(observer, served)
    assert post_decision(observer, application, "grant") == 403
    trainee.goto("/clearances")
    heading(trainee, "Not cleared for any region yet")
    director.goto("/sign-in")
    sign_in(director, "director")
    director_grants(director, served, application)

    trainee_reads_cleared(trainee, [region, other], unclaimed)
    register_says_cleared(director)
    address = trainee_makes_a_check_code(trainee)
    door_reads_cleared(door, address, [region, other], unclaimed)
    served.clock.advance(days=2 * 366)
    door.reload()
    expect(door.get_by_role("main")).not_to_contain_text("Until")
    assert door.locator("td", has_text="NOT CLEARED").count() == door.locator("tbody tr").count() > 2


def trainee_reads_cleared(page: Page, cleared: list[str], unclaimed: str) -> None:
    page.goto("/clearances")
    heading(page, "Cleared in 2 regions")
    for name in cleared:
        row = page.get_by_role("row", name=name)
        expect(row).to_contain_text("CLEARED")
        expect(row).not_to_contain_text("NOT CLEARED")
        expect(row).to_contain_text(f"Limits: {LIMIT}")
        expect(row).to_contain_text("2028")
        expect(row).to_contain_text("runs out then.")
    expect(page.get_by_role("row", name=unclaimed)).to_contain_text("NOT CLEARED")


def register_says_cleared(page: Page) -> None:
    page.goto("/register")
    heading(page, "Register of Test Clinic")
    row = page.get_by_role("row", name="Tom Trainee").first
    expect(row).to_contain_text("Cleared")
    expect(row).to_contain_text(f"{LIMIT}; until")
    with page.expect_download() as waiting:
        page.get_by_role("link", name="CSV").click()
    lines = waiting.value.path().read_text(encoding="utf-8").splitlines()
    cleared = [line for line in lines if "Tom Trainee" in line and ",CLEARED," in line]
    assert len(cleared) == 2
    assert all(LIMIT in line and "2028" in line and "runs out then." in line for line in cleared)


def trainee_makes_a_check_code(page: Page) -> str:
    page.get_by_role("link", name="Show my check code").click()
    page.get_by_role("button", name="Make a new code").click()
    heading(page, "Your check code at Test Clinic")
    return urlsplit(page.get_by_role("link", name="/check/").get_attribute("href") or "").path


def door_reads_cleared(page: Page, address: str, cleared: list[str], unclaimed: str) -> None:
    page.goto(address)
    heading(page, "Tom Trainee at Test Clinic")
    for name in cleared:
        row = page.get_by_role("row", name=name)
        expect(row).to_contain_text("CLEARED")
        expect(row).to_contain_text(LIMIT, ignore_case=True)
        expect(row).to_contain_text("2028")
    expect(page.get_by_role("row", name=unclaimed)).to_contain_text("NOT CLEARED")
    page.get_by_role("link", name=cleared[0]).click()
    heading(page, "CLEARED")
    expect(page.get_by_role("main")).to_contain_text(f"Limits: {LIMIT}. Until")
    page.get_by_role("link", name="All regions of this person").click()
