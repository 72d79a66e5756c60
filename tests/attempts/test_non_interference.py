"""What a candidate sees of a running attempt does not depend on keys, rationales or danger marks, not by one byte.

Two installations differ only in those: same clock, same chance, same tokens. The walk sees every page and reply of a
running attempt in both. CSRF tokens and session cookies are random and are the only things that are made equal first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.bank.files import read_bank
from app.domain.items import key_answer, make_variant, presentation
from tests.attempts.sitting import Sitting, form_fields, sit, some_answer
from tests.builders import QUESTION_BANK, ApartClient, client, email_of
from tests.turned import normal, secrets_of, told_in, words_of

QUIZZES = ("complication-response", "general-safety", "thorax")


@dataclass(slots=True)
class House:
    """One installation on one bank."""

    app: Flask

    def walk(self, quiz: str) -> list[tuple[str, TestResponse]]:
        """Everything that a candidate can see of a running attempt, each under a name."""
        with self.app.app_context():
            return list(self._walk(quiz))

    def _walk(self, quiz: str) -> Iterator[tuple[str, TestResponse]]:
        browser = client(self.app, email_of("trainee"))
        yield "exams", browser.get("/quizzes")
        yield "exam", browser.get(f"/quizzes/{quiz}")
        sitting = sit(browser, quiz)
        yield "started again", browser.post(f"/quizzes/{quiz}/start")
        yield from _items(sitting)
        yield from _refusals(sitting)
        yield from _reviews(sitting)
        yield "exam, running", browser.get(f"/quizzes/{quiz}")
        yield "home", browser.get("/home")
        yield "clearances", browser.get("/clearances")
        yield from _assets(browser, sitting)

    def result(self, quiz: str) -> str:
        """The result of a submitted attempt, where the banks may and must differ."""
        with self.app.app_context():
            browser = client(self.app, email_of("trainee2"))
            sitting = sit(browser, quiz)
            sitting.submit({p.place.position: p.place.seq for p in sitting.places()})
            return browser.get(f"/attempts/{sitting.attempt_id}/result").text


def _items(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    """Each item: shown, saved by script, shown with its answer, changed by form, in conflict, taken back."""
    for place in sitting.places():
        n, page = place.place.position, f"/attempts/{sitting.attempt_id}?q={place.place.position}"
        first, second = some_answer(place), some_answer(place, 2)
        yield f"item {n}", sitting.browser.get(page)
        payload = {"answer": first, "struck": ["o1"] if place.variant.order else [], "flag": n % 2 == 0}
        yield f"save {n}", sitting.put(n, payload=payload, certainty="sure")
        yield f"saved item {n}", sitting.browser.get(page)
        now = sitting.places()[n - 1]
        yield f"form {n}", sitting.post(n, form_fields(now, second, f"form-of-{n:04d}"))
        yield f"conflict {n}", sitting.put(n, first, op_id=f"lost-op-{n:04d}")
        stale = {**form_fields(now, first, f"stale-{n:04d}"), "base_seq": "0"}
        yield f"form conflict {n}", sitting.post(n, stale)
        yield f"repeat {n}", sitting.put(n, payload=payload, certainty="sure")


def _refusals(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    """Wrong input for every item."""
    for place in sitting.places():
        n = place.place.position
        for word in ("choice", "choices", "sequence", "value", "pairs", "point", "actions", "decline", "entry_mm"):
            yield f"wrong {word} {n}", sitting.put(n, {word: "o99"}, op_id=f"wrong-{word}-{n:04d}", base_seq=2)
        wrong = {"base_seq": "2", "op_id": f"wrong-form-{n:04d}", "choice": "o99", "choices": "o99", "value": "x",
                 "place-o99": "1"}  # fmt: skip
        yield f"wrong form {n}", sitting.post(n, wrong)
    yield "no such item", sitting.browser.get(f"/attempts/{sitting.attempt_id}?q=99")
    yield "no such place", sitting.put(99, {"choice": "o1"})
    yield "no receipt", sitting.browser.get(f"/attempts/{sitting.attempt_id}/receipt")
    yield "no result", sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    yield "no attempt", sitting.browser.get("/attempts/999")


def _reviews(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    yield "clock", sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock")
    yield "all items", sitting.browser.get(f"/attempts/{sitting.attempt_id}/items")
    yield "review", sitting.browser.get(f"/attempts/{sitting.attempt_id}/review")
    yield "not read back", sitting.submit()
    yield "half read back", sitting.submit(dict.fromkeys(range(1, 6), 2))


def _assets(browser: ApartClient, sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    page = browser.get(f"/attempts/{sitting.attempt_id}").text
    for address in sorted(set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))):
        yield address, browser.get(address, buffered=True)


@pytest.fixture(scope="module")
def houses(both_banks: tuple[Flask, Flask]) -> tuple[House, House]:
    """Two installations on one kind of database: the real bank and the one turned round."""
    return House(both_banks[0]), House(both_banks[1])


def test_the_two_banks_differ_in_every_key_and_in_nothing_that_is_shown(turned_bank: Path) -> None:
    real = {i.id: i for i in read_bank(QUESTION_BANK).items}
    other = {i.id: i for i in read_bank(turned_bank).items}
    assert real.keys() == other.keys()
    assert len(real) >= 100
    for name, item in real.items():
        assert key_answer(item) != key_answer(other[name]), name
        assert not set(secrets_of(item)) & set(secrets_of(other[name])), name
        shown, elsewhere = (presentation(i, make_variant(i, Random(1))) for i in (item, other[name]))
        assert shown == elsewhere


@pytest.mark.parametrize(
    ("both_banks", "quiz"), [*(("sqlite", q) for q in QUIZZES), ("postgresql", QUIZZES[0])], indirect=["both_banks"]
)
def test_a_running_attempt_is_byte_for_byte_the_same_whatever_the_keys_are(
    houses: tuple[House, House], quiz: str, hidden: set[str]
) -> None:
    seen = 0
    for (name, real), (_, other) in zip(houses[0].walk(quiz), houses[1].walk(quiz), strict=True):
        assert normal(real) == normal(other), name
        assert real.status_code < 500, name
        if not name.startswith("/static"):
            page = words_of(real)
            assert not told_in(page, hidden), name
        seen += 1
    assert seen > 12 * 20


def test_a_text_is_found_wherever_it_stands_in_a_page() -> None:
    page = "Short. The first letters of a longer text that a page may hold, and its end."
    held = {"Short", "Short. The first letters of a longer text", "first letters of a longer", page, "end.", page[-20:], page[-25:]}
    absent = {"short", "The first letters of a longer text that no page holds", page + ".", "q"}
    assert set(told_in(page, held | absent)) == held


@pytest.mark.parametrize("both_banks", ["sqlite"], indirect=True)
def test_the_comparison_can_fail_since_results_differ_between_the_banks(houses: tuple[House, House]) -> None:
    real, other = (house.result("complication-response") for house in houses)
    assert "Turned round for a test" in other
    assert "Turned round for a test" not in real
