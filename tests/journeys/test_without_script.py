"""An exam by plain forms: the browser runs no script at all."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from tests.builders import full_answer
from tests.journeys.people import (
    answer_every_item,
    attempt_id_of,
    confirm_and_submit,
    fill,
    heading,
    places_of,
    sign_in,
    start_exam,
)
from tests.journeys.server import Served


def test_an_exam_is_sat_without_script(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served, script=False).new_page()
    sign_in(page, "trainee2")
    places = places_of(served, start_exam(page, "Complication response exam"))
    assert {p.content.type for p in places} >= {"single_best_answer", "multiple_response"}
    answer_every_item(page, places)
    confirm_and_submit(page)
    heading(page, "Passed with 100 %")


def test_what_was_posted_without_script_is_there_again(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served, script=False).new_page()
    sign_in(page, "trainee2")
    places = places_of(served, start_exam(page, "General safety exam"))
    one = next(p for p in places if p.content.type == "single_best_answer")
    page.goto(f"/attempts/{attempt_id_of(page)}?q={one.place.position}")
    fill(page, full_answer(one))
    page.get_by_label("Fairly sure").check()
    page.get_by_role("checkbox", name="Flag").check()
    page.get_by_role("button", name="Save and").click()
    page.goto(f"/attempts/{attempt_id_of(page)}?q={one.place.position}")
    expect(page.get_by_role("status").filter(has_text="Saved 09:00:00")).to_be_visible()
    expect(page.get_by_label("Fairly sure")).to_be_checked()
    expect(page.get_by_role("checkbox", name="Flag")).to_be_checked()
    expect(page.locator(f"input[name=choice][value='{full_answer(one)['choice']}']")).to_be_checked()
