"""A needle and a point are set by tapping, by arrow keys and by typing; all three leave the same answer and the same mark."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.attempts.queries import KeyedPlace
from app.domain.items import score
from tests.journeys.browser import PHONE
from tests.journeys.people import begin_exam, heading, let_in, places_of
from tests.journeys.server import Served
from tests.journeys.test_keyboard import Keys

_MIDDLE = "name => { const c = document.querySelector(name); return [+c.getAttribute('cx'), +c.getAttribute('cy')]; }"
FIELDS = ("entry_mm", "tilt_deg", "depth_mm")


@pytest.fixture
def exam(served: Served, contexts: Callable[..., BrowserContext]) -> tuple[Page, int]:
    """A running thorax exam."""
    page = contexts(served).new_page()
    let_in(page, "trainee2")
    return page, begin_exam(page, served, "Thorax and shoulder crest")


def open_first(served: Served, exam: tuple[Page, int], kind: str) -> KeyedPlace:
    """Open the first item of a type."""
    page, attempt_id = exam
    keyed = next(p for p in places_of(served, attempt_id) if p.content.type == kind)
    page.goto(f"/attempts/{attempt_id}?q={keyed.place.position}")
    heading(page, f"Item {keyed.place.position}")
    return keyed


def saved(served: Served, exam: tuple[Page, int], keyed: KeyedPlace) -> Any:
    """What the server holds once the page says that it is saved."""
    page, attempt_id = exam
    expect(page.locator("#save-line")).to_contain_text("Saved")  # a change takes the word away before its event ends
    return places_of(served, attempt_id)[keyed.place.position - 1].place.answer


def tab_to_the_picture(page: Page) -> None:
    """Reach the picture with the Tab key alone, and see that it has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement?.dataset.scene"):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none"
            return
    raise AssertionError("the picture cannot be reached with the Tab key")


def tap(page: Page, x: float, y: float) -> None:
    """Tap a point of the picture, given in its millimetres."""
    page.locator("[data-scene] svg").evaluate("s => s.scrollIntoView({block: 'center'})")
    at = page.evaluate(
        """([x, y]) => { const svg = document.querySelector("[data-scene] svg");
        const p = new DOMPoint(x, y).matrixTransform(svg.getScreenCTM()); return [p.x, p.y]; }""",
        [x, y],
    )
    page.mouse.click(*at)


def test_a_needle_by_keys_by_taps_and_by_typing_is_the_same_needle(served: Served, exam: tuple[Page, int]) -> None:
    page, _ = exam
    keyed = open_first(served, exam, "needle_placement")
    needle = keyed.place.shown.needle
    assert needle is not None
    length = needle.lengths_mm[-1]

    Keys(page).skip_to_main()
    tab_to_the_picture(page)
    for key, times in (("ArrowRight", 12), ("ArrowDown", 9), ("]", 4)):
        for _ in range(times):
            page.keyboard.press(key)
    Keys(page).tab_to(field="needle_mm=")
    page.keyboard.press("Space")
    for _ in range(len(needle.lengths_mm) - 1):
        page.keyboard.press("ArrowRight")
    by_keys = saved(served, exam, keyed)
    assert by_keys == {"entry_mm": 12.0, "tilt_deg": 4.0, "depth_mm": 9.0, "needle_mm": length}

    page.get_by_role("button", name="Start again").click()
    expect(page.locator("#entry_mm")).to_have_value("")
    for name, value in zip(FIELDS, ("12", "4", "9,0"), strict=True):
        page.locator(f"#{name}").fill(value)
    page.locator(f"label:has(input[name=needle_mm][value='{length}'])").click()
    by_typing = saved(served, exam, keyed)
    assert by_typing == by_keys

    entry, tip = (page.evaluate(_MIDDLE, f".needle .{name}") for name in ("entry", "tip"))
    page.get_by_role("button", name="Start again").click()
    page.locator(f"label:has(input[name=needle_mm][value='{length}'])").click()
    tap(page, *entry)
    tap(page, *tip)
    by_taps = saved(served, exam, keyed)
    for name, width in zip(FIELDS, (0.5, 3, 0.5), strict=True):
        assert by_taps[name] == pytest.approx(by_keys[name], abs=width)
    assert score(keyed.content, keyed.variant, by_typing) == score(keyed.content, keyed.variant, by_keys)


def test_undo_takes_back_the_last_step_and_a_decline_wins_over_a_needle(served: Served, exam: tuple[Page, int]) -> None:
    page, _ = exam
    keyed = open_first(served, exam, "needle_placement")
    page.locator("#entry_mm").fill("5")
    page.locator("#depth_mm").fill("8")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator("#depth_mm")).to_have_value("")
    expect(page.locator("#save-line")).to_contain_text("Not whole yet")
    page.locator("label:has(input[name=decline][value='no-consent'])").click()
    assert saved(served, exam, keyed) == {"decline": "no-consent"}
    expect(page.locator(".needle")).to_have_count(0)


def test_a_point_by_keys_by_a_tap_and_by_typing_is_the_same_point(served: Served, exam: tuple[Page, int]) -> None:
    page, _ = exam
    keyed = open_first(served, exam, "hotspot")
    left, top, right, bottom = map(float, page.locator("[data-scene] svg").evaluate("s => s.dataset.frame.split(' ')"))
    x, y = (left + right) / 2 + 3, (top + bottom) / 2 - 5

    page.locator("#point_x").fill(str(x))
    page.locator("#point_y").fill(str(y))
    by_typing = saved(served, exam, keyed)
    assert (by_typing["input_mode"], by_typing["x"], by_typing["y"]) == ("point", x, y)

    page.get_by_role("button", name="Start again").click()
    tap(page, x, y)
    by_tap = saved(served, exam, keyed)
    pixel = page.locator("[data-scene] svg").evaluate("s => 1 / s.getScreenCTM().a")  # mm; a browser reports taps in whole pixels
    assert (by_tap["x"], by_tap["y"]) == (pytest.approx(x, abs=pixel + 0.25), pytest.approx(y, abs=pixel + 0.25))
    assert score(keyed.content, keyed.variant, by_tap) == score(keyed.content, keyed.variant, by_typing)

    page.get_by_role("button", name="Start again").click()
    expect(page.locator("#save-line")).to_contain_text("Saved")
    page.reload()
    Keys(page).skip_to_main()
    tab_to_the_picture(page)
    for key, times in (("ArrowRight", 3), ("ArrowUp", 5)):
        for _ in range(times):
            page.keyboard.press(key)
    assert saved(served, exam, keyed) == by_typing

    if by_typing["candidate"]:
        page.locator(f"label:has(input[name=choice][value='{keyed.variant.key_of(by_typing['candidate'])}'])").click()
        by_name = saved(served, exam, keyed)
        assert score(keyed.content, keyed.variant, by_name) == score(keyed.content, keyed.variant, by_typing)


def test_on_a_phone_the_numbers_stand_in_the_picture_and_their_names_below(
    served: Served, contexts: Callable[..., BrowserContext]
) -> None:
    page = contexts(served, size=PHONE).new_page()
    let_in(page, "trainee2")
    attempt_id = begin_exam(page, served, "Thorax and shoulder crest")
    open_first(served, (page, attempt_id), "needle_placement")
    svg = page.locator("[data-scene] svg")
    assert svg.bounding_box()["width"] <= PHONE[0]  # type: ignore[index]
    expect(svg.locator(".names-margin")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
