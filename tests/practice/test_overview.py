"""The page where practice starts: counts by hazard, progress with its uncertainty or none, notes of one's own."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.database import db
from app.practice.models import PracticeNote
from tests.builders import Clinic
from tests.clock import FakeClock
from tests.practice.practising import Learner, learner, only, publish


def words_of(page: str) -> str:
    """A page as it is read."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def answer_many(tom: Learner, count: int, right: int, **fields: object) -> None:
    """Answer `count` items of one domain and region, the first `right` of them right."""
    for n in range(count):
        content = publish(f"item-{n}", **fields)
        tom.show(content)
        assert tom.answer(right=n < right, seconds=1).status_code == 302


def test_due_items_are_counted_by_hazard_with_names(tom: Learner) -> None:
    publish("a", complications=["pneumothorax", "nerve-injury"])
    publish("b", complications=["pneumothorax"])
    publish("c", complications=[], domain="anatomy")
    only("a", "b", "c")
    page = words_of(tom.browser.get("/practice").text)
    assert "3 items due today" in page
    assert "Pneumothorax 2" in page
    assert "Peripheral nerve injury 1" in page
    assert "Anatomy in general 1" in page
    assert "Due today: 3 new." in page


def test_no_share_is_told_below_ten_answers_and_from_ten_on_with_its_bounds(tom: Learner) -> None:
    answer_many(tom, 9, 7)
    page = words_of(tom.browser.get("/practice").text)
    assert "Not enough answers yet: 9 of 10." in page
    progress = page[page.index("Progress") :]
    assert "%" not in progress.replace("Between, 95 %", "").replace("The band is the 95 % interval", "")
    assert " 7 " not in progress
    tom.show(publish("item-9"))
    tom.answer(seconds=1)
    page = words_of(tom.browser.get("/practice").text)
    assert "8 of 10 answers right, 80 %." in page
    assert "anywhere between 49 % and 95 %" in page
    assert "Placement 10 8 80 % 49 % and 95 %" in page
    assert "Upper trapezius" in page[page.index("by region") :]


def test_an_empty_progress_says_what_will_be_there(tom: Learner) -> None:
    page = words_of(tom.browser.get("/practice").text)
    assert "It takes 10 answers in a domain before a number is told; there are none yet." in page
    assert "After each explanation you can keep a note." in page
    assert "never counts towards clearance" in page
    assert "Educational draft" in page


def test_practice_is_in_the_menu_and_on_the_home_page_of_those_who_practise(
    clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    for key in ("trainee", "observer1"):
        page = learner(clinic, clinic_app, clock, key).browser.get("/home").text
        assert 'href="/practice"' in page
        assert re.search(r"\d+ items due today, new ones among them", page)
    for key in ("admin", "auditor"):
        browser = clinic.client(clinic_app, key)
        assert 'href="/practice"' not in browser.get("/account").text
        assert browser.get("/practice").status_code == 403


def test_no_word_of_streaks_or_ranks_stands_on_any_page(tom: Learner) -> None:
    tom.start()
    feedback = tom.browser.get(tom.answer().location).text
    pages = [tom.browser.get("/practice").text, feedback, tom.next()]
    assert not [w for w in ("streak", "leaderboard", "rank", "badge earned", "in a row") if any(w in p.lower() for p in pages)]


def test_a_note_is_kept_changed_shown_to_its_writer_alone_and_taken_away(
    tom: Learner, clinic: Clinic, clinic_app: Flask, clock: FakeClock
) -> None:
    tom.show(publish("one"))
    feedback = tom.answer().location

    def write(words: str) -> str:
        answer = tom.browser.post(f"{tom.address}/note", data={"number": "2" if "n=2" in feedback else "1", "words": words})
        assert answer.status_code == 302, answer.text
        return tom.browser.get(answer.location).text

    assert "Fold &lt;first&gt;" in write("  Fold <first>, then needle.  ")
    assert "Fold &lt;first&gt;" in tom.browser.get("/practice").text
    assert "Look at the rib." in write("Look at the rib.")
    row = db.session.scalars(select(PracticeNote)).one()
    assert (row.person_id, row.item_id, row.words) == (tom.person_id, "one", "Look at the rib.")
    other = learner(clinic, clinic_app, clock, "observer1")
    other.show(publish("one"))
    assert "Look at the rib." not in other.browser.get(other.answer().location).text
    assert "Look at the rib." not in other.browser.get("/practice").text
    assert "taken away" in write("   ")
    assert db.session.scalar(select(func.count()).select_from(PracticeNote)) == 0
    assert db.session.execute(db.text("SELECT count(*) FROM audit_event WHERE payload LIKE '%rib%'")).scalar() == 0


@pytest.mark.parametrize("length", [2000, 2001])
def test_a_note_has_room_for_2000_characters(tom: Learner, length: int) -> None:
    tom.show(publish("one"))
    number = tom.answer().location.rpartition("=")[2]
    answer = tom.browser.post(f"{tom.address}/note", data={"number": number, "words": "x" * length})
    assert answer.status_code == (302 if length == 2000 else 422)
    assert ("x" * length in answer.text) == (length == 2001)
    assert db.session.scalar(select(func.count()).select_from(PracticeNote)) == (length == 2000)


def test_no_note_is_written_on_an_item_that_is_not_answered_yet(tom: Learner) -> None:
    tom.show(publish("one"))
    assert tom.browser.post(f"{tom.address}/note", data={"number": tom.session().shown_count, "words": "guess"}).status_code == 404
