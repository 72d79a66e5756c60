"""Five minutes of practice in the browser: by plain forms, by keys alone, and a needle set on the picture."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from random import Random
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.accounts.queries import find_person_by_email
from app.bank.queries import published_contents
from app.demonstration.answers import poor_answer, right_answer
from app.domain.items import ItemContent, Variant, make_variant
from app.practice.actions import show_version
from app.practice.models import PracticeSession
from tests.builders import email_of
from tests.journeys.people import fill, heading, sign_in
from tests.journeys.server import Served
from tests.journeys.test_keyboard import Keys


def shown(served: Served, key: str) -> tuple[ItemContent, Variant]:
    """What a person's open session shows, key included."""
    with served.session() as session:
        practice = _open(session, key)
        content = published_contents(session, "practice")[practice.shown_version_id or 0]
        return content, Variant.from_json(json.loads(practice.shown_variant or "{}"))


def _open(session: Any, key: str) -> PracticeSession:
    person = find_person_by_email(session, email_of(key))
    query = select(PracticeSession).where(PracticeSession.person_id == person.id, PracticeSession.ended_at.is_(None))
    return session.scalars(query).one()  # type: ignore[no-any-return]


def let_show(served: Served, key: str, kind: str) -> tuple[ItemContent, Variant]:
    """Let the open session show the first item of a kind."""
    with served.session() as session:
        number, content = next((n, c) for n, c in published_contents(session, "practice").items() if c.type == kind)
        variant = make_variant(content, Random(2))
        practice = _open(session, key)
        show_version(practice, number, variant, why="due", op_id=f"journey-{kind}-{practice.shown_count}", now=served.clock())
        return content, variant


def answer(page: Page, wanted: dict[str, Any]) -> None:
    """Answer the item of the page and go to its explanation; the actions of a case are buttons."""
    for key in wanted.get("actions", ()):
        page.locator(f"button[name=act][value='{key}']").click()
        page.wait_for_load_state()
    if "actions" not in wanted:
        fill(page, wanted)
        page.get_by_role("button", name="See the explanation").click()


def test_five_minutes_are_practised_by_plain_forms(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served, script=False).new_page()
    sign_in(page, "trainee2")
    page.get_by_role("link", name="Practice").first.click()
    heading(page, "items due today")
    page.get_by_role("button", name="Start 5 minutes").click()
    seen = 0
    while page.get_by_role("heading", level=1).inner_text() != "You have practised for 5 minutes":
        heading(page, f"Item {seen + 1}")
        content, variant = shown(served, "trainee2")
        expect(page.get_by_role("main")).not_to_contain_text(content.safe_needle_rule)
        page.get_by_label("Fairly sure").check()
        served.clock.advance(seconds=45)
        answer(page, right_answer(content, variant))
        heading(page, "Right")
        expect(page.get_by_role("main")).to_contain_text(content.safe_needle_rule)
        served.clock.advance(seconds=30)
        page.get_by_role("button", name="Next").click()
        seen += 1
    assert seen == 4
    expect(page.get_by_role("main")).to_contain_text("4 items answered, 4 right.")
    page.get_by_role("button", name="Go on for 5 minutes").click()
    heading(page, "Item 1")
    page.get_by_role("button", name="Stop here").click()
    heading(page, "You stopped here")


def test_a_wrong_needle_is_explained_on_the_picture_and_a_note_is_kept(
    served: Served, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts(served).new_page()
    sign_in(page, "trainee2")
    page.goto("/practice")
    page.get_by_role("button", name="Start 5 minutes").click()
    content, variant = let_show(served, "trainee2", "needle_placement")
    page.reload()
    heading(page, "Item 2")
    page.locator("label:has(input[value=sure])").click()
    answer(page, poor_answer(content, variant))
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Not right|Partly right"))
    expect(page.get_by_role("heading", name="On the picture")).to_be_visible()
    expect(page.locator(".scene-picture svg").first).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("it comes back first")
    page.get_by_label("Your note").fill("Feel the landmark before the needle.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.get_by_role("status").filter(has_text="Your note is kept.")).to_be_visible()
    page.get_by_role("button", name="Stop here").click()
    page.get_by_role("link", name="Back to practice").click()
    expect(page.get_by_role("main")).to_contain_text("Feel the landmark before the needle.")


def test_practice_goes_by_keyboard_alone(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served).new_page()
    sign_in(page, "trainee2")
    keys = Keys(page)
    page.goto("/practice")
    keys.skip_to_main()
    keys.follow("Start 5 minutes", "Item 1")
    content, variant = let_show(served, "trainee2", "hotspot")
    page.reload()
    heading(page, "Item 2")
    keys.skip_to_main()
    wanted = right_answer(content, variant)
    keys.tab_to(field="choice=")
    keys.press("Space")
    for _ in range(12):
        if keys.focused()["field"] == f"choice={wanted['choice']}":
            break
        keys.press("ArrowDown")
    keys.tab_to(field="certainty=")
    keys.press("Space")
    keys.tab_to("See the explanation")
    keys.press("Enter")
    heading(page, "Right")
    page.wait_for_load_state()  # the script that hears the key has run
    keys.press("n")
    heading(page, "Item 3")
