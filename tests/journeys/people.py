"""What people do in the browser: sign in, sit an exam, read the heading."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import APIResponse, Page, expect

from app.attempts.queries import KeyedPlace, keyed_places
from app.quizzes.queries import current_quizzes
from tests.builders import PASSPHRASE, email_of, full_answer
from tests.journeys.server import Served


def sign_in(page: Page, key: str, *, email: str | None = None, passphrase: str = PASSPHRASE) -> None:
    """Sign in as a person and arrive at a page of theirs."""
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(email or email_of(key))
    page.get_by_label("Password").fill(passphrase)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("button", name="Sign out", include_hidden=True)).to_be_attached()


def let_in(page: Page, key: str, *, email: str | None = None) -> None:
    """Sign in by the same requests without showing their pages, for a story that begins behind the door."""
    answer = _send(page, "/sign-in", "/sign-in", {"email": email or email_of(key), "password": PASSPHRASE})
    assert "/sign-in" not in answer.url, f"{key} was not let in"


def begin_exam(page: Page, served: Served, title: str) -> int:
    """Start an exam by the same requests, open its first item and return the attempt's id."""
    with served.session() as session:
        quiz = next(q.quiz_id for q in current_quizzes(session) if title in q.title)
    answer = _send(page, f"/quizzes/{quiz}", f"/quizzes/{quiz}/start", {})
    page.goto(urlsplit(answer.url).path)
    heading(page, "Item 1")
    return attempt_id_of(page)


def _send(page: Page, shown: str, action: str, form: dict[str, str]) -> APIResponse:
    """Post a form as its page would, and follow where that leads."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page.context.request.get(shown).text())
    assert found is not None, f"{shown} has no form"
    answer = page.context.request.post(action, form={**form, "csrf_token": found[1]})
    assert answer.ok, f"{answer.status} for {action}"
    return answer


def prove(page: Page, passphrase: str = PASSPHRASE) -> None:
    """Fill in what the page asks for as proof: the passphrase, and the code that a demonstration shows beside its field."""
    if page.locator("input[name=password]").count():
        page.locator("input[name=password]").first.fill(passphrase)
    if page.locator("input[name=code]").count():
        page.locator("input[name=code]").first.fill(shown_code(page))


def shown_code(page: Page) -> str:
    """The code of the person's authenticator, as a demonstration shows it; empty where none is asked for."""
    found = re.search(r"In this demonstration it is (\d{6}) now", page.content())
    return found[1] if found else ""


def press_to_sign(page: Page, button: str) -> None:
    """Prove who signs, as far as it is asked, and press."""
    prove(page)
    page.get_by_role("button", name=button, exact=True).click()


def heading(page: Page, words: str) -> None:
    """The page's heading says this, once it is there."""
    expect(page.get_by_role("heading", level=1)).to_contain_text(words)


def choose(page: Page, words: str) -> None:
    """Choose the radio button whose label begins with these words."""
    page.get_by_role("radio", name=re.compile(rf"^(\d )?{re.escape(words)}")).check()


def start_exam(page: Page, title: str) -> int:
    """Start an exam from its list and return the attempt's id."""
    page.goto("/quizzes")
    page.get_by_role("link", name=title).first.click()
    page.get_by_role("button", name="Start").click()
    heading(page, "Item 1")
    return attempt_id_of(page)


def attempt_id_of(page: Page) -> int:
    """The attempt in the address."""
    return int(urlsplit(page.url).path.split("/")[2])


def places_of(served: Served, attempt_id: int) -> list[KeyedPlace]:
    """The form of an attempt with its keys, which no page ever has."""
    with served.session() as session:
        return keyed_places(session, attempt_id)


def fill(page: Page, answer: Mapping[str, Any]) -> None:
    """Give an answer (in display keys) on the page of its item."""
    if "actions" in answer:
        return  # each action is a button and a page of its own
    if "pairs" in answer:
        for key, value in answer["pairs"].items():
            page.locator(f"select[name='pair-{key}']").select_option(value)
    elif "decline" in answer:
        page.locator(f"label:has(input[name=decline][value='{answer['decline']}'])").click()
    elif "entry_mm" in answer:
        for name in ("entry_mm", "tilt_deg", "depth_mm"):
            page.locator(f"#{name}").fill(f"{answer[name]:g}")
        page.locator(f"label:has(input[name=needle_mm][value='{answer['needle_mm']}'])").click()
    elif "choice" in answer:
        page.locator(f"label:has(input[name=choice][value='{answer['choice']}'])").click()
    elif "choices" in answer:
        for key in answer["choices"]:
            page.locator(f"label:has(input[name=choices][value='{key}'])").click()
    elif "value" in answer:
        page.locator("#value").fill(answer["value"])
    else:
        for place, key in enumerate(answer["sequence"], start=1):
            page.locator(f"select[name='place-{key}']").select_option(str(place))


def answer_every_item(page: Page, places: list[KeyedPlace], instead: Mapping[int, Mapping[str, Any]] | None = None) -> None:
    """Answer each item from the bank's key, or as given for its position, up to the review."""
    for keyed in places:
        position = keyed.place.position
        heading(page, f"Item {position}")
        wanted = (instead or {}).get(position) or full_answer(keyed)
        for key in wanted.get("actions", ()):
            page.locator(f"button[name=act][value='{key}']").click()
            heading(page, f"Item {position}")
        fill(page, wanted)
        page.get_by_role("button", name="Save and").click()
    heading(page, "Every item is answered")


def confirm_and_submit(page: Page) -> None:
    """Confirm each critical answer as it is read back, and submit."""
    for box in page.get_by_label("This is my answer to item").all():
        box.check()
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("heading", name="What decided")).to_be_visible()
