"""Before an answer a practice page does not depend on keys, reasons or dangers, not by one byte; after it everything is open.

The same two installations as for exams: they differ in every key and in nothing that may be shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from random import Random
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from app.accounts.queries import find_person_by_email
from app.bank.files import read_bank
from app.bank.queries import published_contents
from app.database import db
from app.domain.items import Case, Variant, make_variant, parse_answer, presentation
from app.domain.items.views import Patient
from tests.builders import QUESTION_BANK, client, email_of
from tests.clock import FakeClock
from tests.practice.practising import Learner
from tests.turned import normal, told_in


@dataclass(slots=True)
class Room:
    """Practice in one installation, walked as one learner who never answers."""

    app: Flask
    every: int
    """1 walks all items, 3 every third one"""

    def walk(self) -> list[tuple[str, TestResponse]]:
        """Everything that can be seen before an answer, each under a name."""
        with self.app.app_context():
            return list(self._walk())

    def _walk(self) -> Iterator[tuple[str, TestResponse]]:
        person = find_person_by_email(db.session, email_of("trainee"))
        assert person is not None
        tom = Learner(client(self.app, email_of("trainee")), person.id, FakeClock())
        yield "overview", tom.browser.get("/practice")
        yield "start", tom.start()
        yield "first item", tom.browser.get(tom.address)
        yield "home", tom.browser.get("/home")
        for content in list(published_contents(db.session, "practice").values())[:: self.every]:
            yield from self._item(tom, content)

    def _item(self, tom: Learner, content: Any) -> Iterator[tuple[str, TestResponse]]:
        name, variant = content.id, make_variant(content, Random(content.id))
        tom.show(content, variant)
        yield f"{name} shown", tom.browser.get(tom.address)
        for n, wrong in enumerate(WRONG):
            yield f"{name} refused {n}", tom.post(wrong)
        if isinstance(content, Case):
            yield from _case(tom, content, variant)
        yield f"{name} shown again", tom.browser.get(tom.address)
        yield f"{name} next without an answer", tom.browser.post(f"{tom.address}/next")

    def explained(self) -> str:
        """The explanations of all items, where the banks may and must differ."""
        with self.app.app_context():
            person = find_person_by_email(db.session, email_of("trainee2"))
            assert person is not None
            tom = Learner(client(self.app, email_of("trainee2")), person.id, FakeClock())
            content = next(c for c in published_contents(db.session, "practice").values() if c.type == "hotspot")
            tom.show(content)
            return tom.browser.get(tom.post({"choice": "o1"}).location).text


WRONG: tuple[dict[str, str], ...] = (
    {}, {"choice": "o99", "choices": "o99", "value": "x", "place-o99": "1", "pair-l9": "o1", "taken": "o99", "entry_mm": "x"},
    {"certainty": "perhaps", "finish": "1"}, {"taken": "wait " * 60, "point_x": "1"}, {"op_id": "another", "choice": "o1"},
)  # fmt: skip


def _case(tom: Learner, content: Case, variant: Variant) -> Iterator[tuple[str, TestResponse]]:
    """The first two actions that are possible and do not end the case: the patient's next states."""

    def patient(taken: list[str]) -> Patient:
        found = presentation(content, variant, parse_answer(content, variant, {"actions": taken})).patient
        assert found is not None
        return found

    taken: list[str] = []
    for n in range(2):
        key = next((a.key for _, group in patient(taken).groups for a in group if not patient([*taken, a.key]).ended), "wait")
        if patient([*taken, key]).ended:
            return
        answer = tom.post({"taken": " ".join(taken), "act": key})
        assert answer.status_code == 200
        yield f"{content.id} action {n}", answer
        taken.append(key)


@pytest.fixture(scope="module")
def rooms(both_banks: tuple[Flask, Flask]) -> tuple[Room, Room]:
    """Practice on the real bank and on the one turned round."""
    with both_banks[0].app_context():
        every = 1 if db.engine.dialect.name == "sqlite" else 3  # the pages are made by the same code
    return Room(both_banks[0], every), Room(both_banks[1], every)


@pytest.mark.parametrize("both_banks", ["sqlite", "postgresql"], indirect=True)
def test_before_an_answer_a_page_is_byte_for_byte_the_same_whatever_the_keys_are(
    rooms: tuple[Room, Room], hidden: set[str]
) -> None:
    count = sum(item.pool == "practice" for item in read_bank(QUESTION_BANK).items) // rooms[0].every
    seen = 0
    for (name, real), (_, other) in zip(rooms[0].walk(), rooms[1].walk(), strict=True):
        assert normal(real) == normal(other), name
        assert real.status_code < 500, name
        page = unescape(real.text)
        assert not told_in(page, hidden), name
        assert "outcome--" not in page, name
        seen += 1
    assert seen >= count * (len(WRONG) + 3)


@pytest.mark.parametrize("both_banks", ["sqlite"], indirect=True)
def test_the_comparison_can_fail_since_explanations_differ_between_the_banks(rooms: tuple[Room, Room]) -> None:
    real, other = (room.explained() for room in rooms)
    assert "Turned round for a test" in other
    assert "Turned round for a test" not in real
