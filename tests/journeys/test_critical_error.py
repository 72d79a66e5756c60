"""Full marks but for one dangerous choice: not passed, and the page says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, expect

from app.attempts.queries import KeyedPlace
from tests.journeys.people import answer_every_item, confirm_and_submit, heading, places_of, sign_in, start_exam
from tests.journeys.server import Served


def one_dangerous_choice(places: list[KeyedPlace]) -> tuple[KeyedPlace, dict[str, Any]]:
    """The first critical item with single choice, and its dangerous answer."""
    keyed = next(p for p in places if p.content.critical and p.content.type == "single_best_answer")
    wrong = next(o.id for o in keyed.content.options if o.dangerous)  # type: ignore[union-attr]
    return keyed, {"choice": keyed.variant.key_of(wrong)}


def test_one_critical_error_is_not_passed_whatever_the_score(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served).new_page()
    sign_in(page, "trainee2")
    places = places_of(served, start_exam(page, "Thorax and shoulder crest"))
    keyed, dangerous = one_dangerous_choice(places)
    answer_every_item(page, places, {keyed.place.position: dangerous})
    confirm_and_submit(page)

    heading(page, "Not yet passed: one critical error")
    main = page.get_by_role("main")
    expect(main).to_contain_text("would have passed")
    expect(page.get_by_role("heading", name="1 critical error")).to_be_visible()
    expect(main).to_contain_text(f"Item {keyed.place.position}. {keyed.content.safe_needle_rule}")
    broken = page.locator("li", has=page.get_by_role("heading", name="At most 0 critical errors: 1"))
    expect(broken).to_contain_text("Not met")
    assert page.get_by_text("Not met", exact=True).count() == 1
    expect(main).to_contain_text("You can sit it again from 26 Nov 2026")
    for option in keyed.content.options:  # type: ignore[union-attr]
        expect(main).not_to_contain_text(option.rationale)

    page.get_by_role("link", name="Practise the weak part").click()
    heading(page, "due today")
    expect(page.get_by_role("heading", name="Assigned practice")).to_be_visible()
    page.goto("/quizzes")
    expect(page.get_by_role("row", name="Thorax and shoulder crest").first).to_contain_text("Not yet passed")
