"""The trainee's journey without a mouse: Tab, arrows, Space, Enter and the single keys; what has the focus is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from app.attempts.queries import KeyedPlace
from tests.builders import PASSPHRASE, email_of, full_answer
from tests.journeys.people import attempt_id_of, heading, places_of
from tests.journeys.server import Served

MOST_TABS = 80
_FOCUSED = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return {name: "", shown: true};
  const near = [e, e.closest("label"), e.closest(".answer, .choice, .tick-btn")].filter(Boolean);
  const drawn = x => { const s = getComputedStyle(x); return s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2; };
  const label = e.labels?.length ? [...e.labels].map(l => l.innerText).join(" ") : "";
  const box = e.getBoundingClientRect();
  return {
    name: [e.getAttribute("aria-label") ?? "", label, e.innerText ?? ""].join(" ")
      .replace(/\\s+/g, " ").replaceAll(" ,", ",").trim(),
    field: `${e.name ?? ""}=${e.value ?? ""}`,
    id: e.id,
    shown: near.some(drawn),
    inside: box.bottom > 0 && box.top < innerHeight,
  };
}"""


class Keys:
    """Hands on a keyboard: nothing here can point."""

    def __init__(self, page: Page) -> None:
        self.page, self.press = page, page.keyboard.press

    def focused(self) -> dict[str, object]:
        found: dict[str, object] = self.page.evaluate(_FOCUSED)
        return found

    def tab_to(self, name: str = "", field: str = "") -> None:
        """Press Tab until something of this name or field has the focus; it must be seen to have it on every step."""
        seen = []
        for _ in range(MOST_TABS):
            self.press("Tab")
            now = self.focused()
            seen.append(now["name"] or now.get("field"))
            assert now["shown"], f"the focus is not to be seen on {now}"
            assert now.get("inside", True), f"the focus is outside of the screen on {now}"
            if (name and str(now["name"]).startswith(name)) or (field and str(now.get("field")).startswith(field)):
                return
        raise AssertionError(f"{MOST_TABS} tabs did not reach {name or field}: {seen}")

    def skip_to_main(self) -> None:
        """The first stop of every page leads past the menu to what is new, once its style sheets are there."""
        self.page.wait_for_load_state()
        self.press("Tab")
        assert self.focused()["name"] == "Skip to the main content"
        assert self.focused()["shown"]
        assert self.page.locator(".skip").bounding_box()["y"] >= 0  # type: ignore[index]
        self.press("Enter")
        assert self.focused()["id"] == "main"

    def follow(self, name: str, then: str) -> None:
        """Reach a link or button from the top of the page, press Enter, and arrive."""
        self.tab_to(name)
        self.press("Enter")
        heading(self.page, then)
        self.skip_to_main()


def answer(keys: Keys, keyed: KeyedPlace) -> None:
    """Give the full-mark answer by keys alone."""
    kind, wanted = keyed.content.type, full_answer(keyed)
    if kind in ("matching", "hotspot", "needle_placement", "case"):
        answer_a_picture(keys, keyed, wanted)
    elif kind == "single_best_answer":
        keys.tab_to(field="choice=")
        keys.press("Space")
        for _ in range(8):
            if keys.focused()["field"] == f"choice={wanted['choice']}":
                break
            keys.press("ArrowDown")
    elif kind == "multiple_response":
        for key in sorted(wanted["choices"], key=lambda k: [c.key for c in keyed.place.shown.choices].index(k)):
            keys.tab_to(field=f"choices={key}")
            keys.press("Space")
    elif kind == "numeric":
        keys.tab_to(field="value=")
        keys.page.keyboard.type(wanted["value"])
    else:
        for choice in keyed.place.shown.choices:
            if choice.key in wanted["sequence"]:
                keys.tab_to(field=f"place-{choice.key}=")
                keys.page.keyboard.type(str(wanted["sequence"].index(choice.key) + 1))


def answer_a_picture(keys: Keys, keyed: KeyedPlace, wanted: dict[str, Any]) -> None:
    """The newer types by keys alone: selects, radios, fields, buttons."""
    for prompt, key in wanted.get("pairs", {}).items():
        keys.tab_to(field=f"pair-{prompt}=")
        keys.page.keyboard.type(next(c.text for c in keyed.place.shown.choices if c.key == key)[:20])
    for name in ("entry_mm", "tilt_deg", "depth_mm"):
        if name in wanted:
            keys.tab_to(field=f"{name}=")
            keys.page.keyboard.type(f"{wanted[name]:g}")
    for name, value in (
        ("needle_mm", wanted.get("needle_mm")),
        ("decline", wanted.get("decline")),
        ("choice", wanted.get("choice")),
    ):
        if value is None:
            continue
        keys.tab_to(field=f"{name}=")
        keys.press("Space")
        for _ in range(12):
            if keys.focused()["field"] == f"{name}={value}":
                break
            keys.press("ArrowDown")
    for key in wanted.get("actions", ()):
        keys.skip_to_main()
        keys.tab_to(field=f"act={key}")
        keys.press("Enter")
        heading(keys.page, f"Item {keyed.place.position}")


def test_a_trainee_signs_in_and_sits_an_exam_by_keyboard_alone(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served).new_page()
    keys = Keys(page)
    page.goto("/sign-in")
    keys.skip_to_main()
    keys.tab_to("E-mail")
    page.keyboard.type(email_of("trainee2"))
    keys.tab_to("Password")
    page.keyboard.type(PASSPHRASE)
    keys.press("Enter")
    heading(page, "Next: ")
    keys.press("Tab")
    assert keys.focused()["name"] == "Skip to the main content"
    keys.follow("Exams", "Exams")
    keys.follow("General safety exam", "General safety exam")
    keys.follow("Start", "Item 1")

    attempt = attempt_id_of(page)
    places = places_of(served, attempt)
    first_of_kind = {p.content.type: p for p in reversed(places)}
    assert len(first_of_kind) == 4
    for keyed in first_of_kind.values():
        keys.follow(f"{keyed.place.position}, not answered", f"Item {keyed.place.position}")
        answer(keys, keyed)
        keys.tab_to(field="certainty=")
        keys.press("Space")
        keys.press("g")
        expect(page.get_by_role("checkbox", name="Flag")).to_be_checked()
        expect(page.locator("#save-line")).to_contain_text("Saved ")
        keys.press("n")
        heading(page, f"Item {keyed.place.position + 1}" if keyed is not places[-1] else "not answered")
        keys.skip_to_main()
    for keyed in places_of(served, attempt):
        if keyed.place.position in {k.place.position for k in first_of_kind.values()}:
            assert keyed.place.flagged
            assert keyed.place.answered

    keys.follow("Review and submit", f"{len(places) - 4} items not answered")
    for keyed in sorted(first_of_kind.values(), key=lambda k: k.place.position):
        if keyed.content.critical:
            keys.tab_to(f"This is my answer to item {keyed.place.position}")
            keys.press("Space")
    keys.follow("Submit", "Not yet passed")
    expect(page.get_by_role("heading", name="What decided")).to_be_visible()


def test_a_letter_chooses_its_answer_and_keys_can_be_turned_off(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    page = contexts(served).new_page()
    keys = Keys(page)
    page.goto("/sign-in")
    keys.tab_to("E-mail")
    page.keyboard.type(email_of("trainee2"))
    keys.tab_to("Password")
    page.keyboard.type(PASSPHRASE)
    keys.press("Enter")
    heading(page, "Next: ")
    page.goto("/quizzes/general-safety")
    keys.tab_to("Start")
    keys.press("Enter")
    heading(page, "Item 1")
    single = next(p for p in places_of(served, attempt_id_of(page)) if p.content.type == "single_best_answer")
    address = f"/attempts/{attempt_id_of(page)}?q={single.place.position}"
    page.goto(address)
    keys.press("b")
    expect(page.locator("input[name=choice]").nth(1)).to_be_checked()
    expect(page.locator("#save-line")).to_contain_text("Saved ")

    page.goto("/account")
    keys.tab_to("Single-key shortcuts")
    keys.press("Space")
    keys.tab_to("Save")
    keys.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    page.goto(address)
    keys.press("c")
    keys.press("n")
    heading(page, f"Item {single.place.position}")
    expect(page.locator("input[name=choice]").nth(1)).to_be_checked()
