"""A supervisor works the queue with keys alone; no single key signs, and none works while one types or where they are off."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import func, select

from app.decisions.models import Decision
from tests import builders
from tests.builders import days_ago, find_clinic
from tests.journeys.people import let_in, press_to_sign, shown_code
from tests.journeys.server import Served

Contexts = Callable[..., BrowserContext]
GROUP = "thorax"


def waiting(served: Served) -> int:
    """Tom's application for the thorax, ready to be decided; its id."""
    with served.session() as session:
        return builders.make_ready(find_clinic(session), "trainee", GROUP).id


def decisions(served: Served, kind: str) -> int:
    with served.session() as session:
        return session.scalar(
            select(func.count()).select_from(Decision).where(Decision.kind == kind, Decision.level == "independent")
        )


def focused(page: Page) -> str:
    """The words of what has the focus; nothing where nothing has it."""
    return str(page.evaluate("() => document.activeElement === document.body ? '' : document.activeElement.innerText"))


def reach(page: Page, words: str) -> None:
    """J until the line with these words has the focus."""
    for _ in range(30):
        page.keyboard.press("j")
        if words in focused(page):
            return
    raise AssertionError(f"no line says {words}")


def _type_the_code(page: Page) -> None:
    """Back to the field before the button, and forth again."""
    page.keyboard.press("Shift+Tab")
    page.keyboard.type(shown_code(page))
    page.keyboard.press("Tab")


def test_an_application_is_recommended_granted_and_taken_back_by_keys_alone(served: Served, contexts: Contexts) -> None:
    number = waiting(served)
    observer, director = contexts(served).new_page(), contexts(served).new_page()
    let_in(observer, "observer1")
    let_in(director, "director")
    _from_queue_to_button(observer, number, "Recommend")
    assert decisions(served, "recommend") == 0
    _type_the_code(observer)
    observer.keyboard.press("Enter")
    expect(observer.get_by_role("status").first).to_contain_text("Recommended")
    _from_queue_to_button(director, number, "Grant")
    assert decisions(served, "grant") == 0
    _type_the_code(director)
    director.keyboard.press("Enter")
    expect(director.get_by_role("status").first).to_contain_text("Granted")
    _take_back(director)
    assert decisions(served, "undo") == 1


def _from_queue_to_button(page: Page, number: int, word: str) -> None:
    page.goto("/queue")
    page.wait_for_load_state()
    page.keyboard.press("a")
    expect(page.locator("[data-key-said]")).to_contain_text("Choose a line first")
    reach(page, "Tom Trainee")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("a")
    page.wait_for_url(f"**/applications/{number}#decide")
    expect(page.locator("#decide")).to_be_focused()
    assert word in focused(page)


def _take_back(page: Page) -> None:
    """The countdown is seen and said; the button is reached by Tab."""
    expect(page.locator("[data-left]")).to_contain_text("left")
    for _ in range(60):
        page.keyboard.press("Tab")
        if "Take it back" in focused(page):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Taken back")


def test_r_leads_to_the_reason_and_letters_typed_there_are_only_letters(served: Served, contexts: Contexts) -> None:
    number = waiting(served)
    page = contexts(served).new_page()
    let_in(page, "observer1")
    page.goto("/queue")
    page.wait_for_load_state()
    reach(page, "Tom Trainee")
    page.keyboard.press("r")
    page.wait_for_url(f"**/applications/{number}#reason")
    expect(page.locator("#reason")).to_be_focused()
    page.keyboard.type("jars?")
    expect(page.locator("#reason")).to_have_value("jars?")
    expect(page.locator("#keys")).not_to_have_attribute("open", "")
    assert decisions(served, "return") == 0


def test_the_question_mark_opens_the_list_of_keys_and_every_key_has_a_button(served: Served, contexts: Contexts) -> None:
    waiting(served)
    page = contexts(served).new_page()
    let_in(page, "observer1")
    page.goto("/queue")
    page.wait_for_load_state()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_have_attribute("open", "")
    expect(page.get_by_text("No key signs anything by itself")).to_be_visible()
    for name in ("Previous", "Next"):
        expect(page.get_by_role("button", name=name)).to_be_visible()
    lines = page.locator("[data-row]").count()
    for _ in range(lines):
        page.get_by_role("button", name="Next").click()
    expect(page.locator("[data-row]").last.get_by_role("link").first).to_be_focused()
    for word in ("Recommend", "Return"):
        expect(page.get_by_role("link", name=word).first).to_be_visible()


def test_keys_that_are_turned_off_do_nothing(served: Served, contexts: Contexts) -> None:
    waiting(served)
    page = contexts(served).new_page()
    let_in(page, "observer1")
    page.goto("/account")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.get_by_role("button", name="Save").first.click()
    page.goto("/queue")
    page.wait_for_load_state()
    for key in ("j", "a", "?"):
        page.keyboard.press(key)
    assert "Tom Trainee" not in focused(page)
    expect(page.locator("#keys")).not_to_have_attribute("open", "")
    expect(page.get_by_text("Keys", exact=True)).to_be_visible()


def test_the_countdown_ends_with_what_is_true(served: Served, contexts: Contexts) -> None:
    with served.session() as session:
        clinic = find_clinic(session)
        application = builders.make_ready(clinic, "trainee", GROUP)
        builders.decide(clinic, application, "recommend", "observer1", days_ago(1))
        number = application.id
    page = contexts(served).new_page()
    page.clock.install()
    let_in(page, "director")
    page.goto(f"/applications/{number}")
    press_to_sign(page, "Grant")
    expect(page.locator("[data-left]")).to_contain_text("left")
    page.clock.run_for(6_000)
    expect(page.locator("[data-said]")).to_contain_text("seconds left")
    page.clock.run_for(6_000)
    expect(page.locator("[data-left]")).to_have_text("It has taken effect.")
    expect(page.get_by_role("button", name="Take it back")).to_be_disabled()
