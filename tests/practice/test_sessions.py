"""Five minutes of practice over HTTP: one item at a time, explained at once, counted once; an explicit end; only one's own."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.bank.actions import publish_version
from app.bank.queries import published_contents
from app.database import db
from app.demonstration.answers import poor_answer, right_answer
from app.domain.items import Case, item_json, parse_item
from app.domain.permissions import SYSTEM
from app.domain.practice import NEW_A_DAY
from app.practice.models import PracticeAnswer, PracticeSession
from tests.builders import Clinic
from tests.clock import FakeClock
from tests.domain.items.samples import MULTIPLE, SINGLE
from tests.practice.practising import TEXT_ITEMS, Learner, fields_of, heading, learner, only, publish, withdraw

POOR = {"Not right yet", "Partly right", "Not right, and dangerous"}


def first_case() -> Case:
    """A published case to practise."""
    return next(c for c in published_contents(db.session, "practice").values() if isinstance(c, Case))


def test_a_session_shows_an_item_explains_it_at_once_and_goes_on(tom: Learner) -> None:
    publish("one", SINGLE)
    publish("two", MULTIPLE)
    only("one", "two")
    assert heading(tom.browser.get("/practice").text) == "2 items due today"
    assert tom.start().status_code == 302
    page = tom.page()
    assert heading(page) == "Item 1"
    assert "The fold lifts the muscle" not in page
    answered = tom.answer(certainty="sure")
    assert answered.status_code == 302
    explained = unescape(tom.browser.get(answered.location).text)
    assert heading(explained) == "Right"
    for words in (
        "The fold lifts the muscle off the rib cage.",
        "Hold the fold.",
        "Towards the lung.",
        "Nothing is gained.",
        "Kearns",
    ):
        assert words in explained, words
    assert heading(tom.next()) == "Item 2"
    wrong = tom.browser.get(tom.answer(right=False, certainty="sure").location).text
    assert heading(wrong) == "Partly right"
    assert "it comes back first" in wrong
    assert heading(tom.next()) == "Nothing more can be practised now"
    assert [(a.number, a.item_id, a.mark_num, a.mark_den, a.certainty) for a in tom.answers()] == [
        (1, "one", 1, 1, "sure"),
        (2, "two", 1, 2, "sure"),
    ]
    end = tom.page()
    assert "2 items answered, 1 right." in end
    assert "You were sure." in end


def test_a_dangerous_answer_says_so_and_a_critical_one_is_marked_critical(tom: Learner) -> None:
    plain, critical = publish("plain"), publish("critical", critical=True)
    only("plain", "critical")
    for content, is_critical in ((plain, False), (critical, True)):
        practice = tom.show(content)
        _, variant = tom.shown()
        page = tom.browser.get(tom.post({"choice": variant.key_of("b")}).location).text
        assert heading(page) == "Not right, and dangerous"
        row = tom.answers()[-1]
        assert (row.dangerous, row.critical, row.session_id) == (True, is_critical, practice.id)


@pytest.mark.parametrize("kind", TEXT_ITEMS)
def test_every_text_item_is_answered_explained_and_remembered(tom: Learner, kind: str) -> None:
    content = publish(kind, TEXT_ITEMS[kind])
    tom.show(content)
    _, variant = tom.shown()
    page = tom.browser.get(tom.post(fields_of(right_answer(content, variant))).location).text
    assert heading(page) == "Right"
    assert content.explanation in unescape(page)
    tom.show(content)
    _, variant = tom.shown()
    page = tom.browser.get(tom.post(fields_of(poor_answer(content, variant))).location).text
    assert heading(page) in ("Not right yet", "Partly right")
    assert tom.card(kind).answers == 2


def test_every_published_practice_item_can_be_shown_answered_right_and_poorly_and_explained(tom: Learner) -> None:
    contents = published_contents(db.session, "practice").values()
    assert {c.type for c in contents} >= {"hotspot", "needle_placement", "case"}
    for content in contents:
        for make, words in ((right_answer, {"Right"}), (poor_answer, POOR)):
            tom.show(content)
            assert content.stem in unescape(tom.page())
            _, variant = tom.shown()
            posted = tom.post(fields_of(make(content, variant)), finish="1")
            assert posted.status_code == 302, (content.id, make, posted.text)
            page = unescape(tom.browser.get(posted.location).text)
            assert heading(page) in words, (content.id, make)
            assert content.safe_needle_rule in page
            assert (content.debrief if isinstance(content, Case) else content.explanation) in page


def test_five_minutes_of_its_own_time_end_a_session_and_one_may_go_on(tom: Learner) -> None:
    tom.start()
    first = tom.session().id
    for n in range(1, 6):
        assert heading(tom.page()) == f"Item {n}"
        tom.answer(seconds=40)
        page = tom.next(seconds=20)
    assert heading(page) == "You have practised for 5 minutes"
    assert "It is fine to stop." in page
    assert "Go on for 5 minutes" in page
    stored = tom.session()
    assert (stored.used_s, stored.ended_by, stored.shown_version_id) == (300, "time", None)
    tom.start()
    assert tom.session().id != first
    assert heading(tom.page()) == "Item 1"


def test_an_absence_does_not_use_up_the_session(tom: Learner) -> None:
    tom.start()
    tom.answer(seconds=8 * 3600)
    assert tom.session().used_s == 120
    assert heading(tom.next(seconds=3 * 24 * 3600)) == "Item 2"
    assert tom.session().used_s == 240


def test_a_session_that_is_open_is_gone_on_with_and_start_makes_no_second_one(tom: Learner) -> None:
    tom.start()
    tom.answer()
    assert heading(tom.browser.get("/practice").text) == "Your session is open"
    again = tom.start()
    assert again.location == tom.address
    assert heading(tom.page()) == "Right"
    assert db.session.scalar(select(func.count()).select_from(PracticeSession)) == 1


def test_one_may_stop_at_any_time_and_what_was_open_is_not_counted(tom: Learner) -> None:
    tom.start()
    tom.answer()
    tom.next()
    page = tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    assert heading(tom.browser.get(page.location).text) == "You stopped here"
    assert len(tom.answers()) == 1
    assert tom.session().ended_by == "person"
    ended = tom.session().ended_at
    tom.clock.advance(minutes=1)
    tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    tom.browser.post(f"{tom.address}/next")
    assert tom.session().ended_at == ended


def test_next_before_an_answer_shows_the_same_item_and_uses_no_time(tom: Learner) -> None:
    tom.start()
    before = tom.session().shown_op_id
    assert heading(tom.next()) == "Item 1"
    assert (tom.session().shown_op_id, tom.session().shown_count, tom.session().used_s) == (before, 1, 0)


def test_a_double_post_gets_the_same_feedback_and_leaves_one_row(tom: Learner) -> None:
    tom.show(publish("one"))
    op_id, address = tom.session().shown_op_id, tom.address
    _, variant = tom.shown()
    right, wrong = ({"op_id": op_id, "choice": variant.key_of(o)} for o in ("a", "c"))
    first = tom.browser.post(address, data=right)
    assert tom.browser.post(address, data=right).location == first.location
    assert tom.browser.post(address, data=wrong).location == first.location  # the first answer counts, whatever comes after it
    tom.next()
    assert tom.browser.post(address, data=right).location == first.location  # even once another item is shown
    assert heading(tom.browser.get(first.location).text) == "Right"
    assert len(tom.answers()) == 1
    assert tom.card("one").answers == 1


def test_a_page_of_another_showing_is_out_of_date_and_counts_nothing(tom: Learner) -> None:
    tom.show(publish("one"))
    for op_id in ("", "showing-9999", "x" * 5000):
        answer = tom.post({"choice": "o1"}, op_id=op_id)
        assert answer.status_code == 409
        assert heading(answer.text) == "Item 2"
        assert "out of date" in answer.text
    assert tom.answers() == []


def test_an_empty_or_foreign_answer_is_refused_with_words_and_keeps_what_was_typed(tom: Learner) -> None:
    tom.show(publish("one"))
    nothing = tom.post(certainty="unsure")
    assert nothing.status_code == 422
    assert "Give an answer first." in nothing.text
    assert re.search(r'value="unsure" checked', nothing.text)
    assert tom.post({"choice": "o99"}).status_code == 422
    assert tom.post({"choice": "o1"}, certainty="certain").status_code == 422
    number = publish("two", TEXT_ITEMS["numeric"])
    tom.show(number)
    words = tom.post({"value": "about 3"})
    assert words.status_code == 422
    assert 'value="about 3"' in words.text
    assert tom.answers() == []
    assert tom.post({"value": "23"}).status_code == 302


def test_a_case_goes_on_in_the_page_and_is_stored_once_it_ends(tom: Learner) -> None:
    case = first_case()
    tom.show(case)
    _, variant = tom.shown()
    taken = right_answer(case, variant)["actions"]
    for n in range(1, len(taken) + 1):
        assert tom.answers() == []
        answer = tom.post({"taken": " ".join(taken[: n - 1]), "act": taken[n - 1]}, certainty="fairly_sure")
        if answer.status_code == 302:
            break
        assert f'name="taken" value="{" ".join(taken[:n])}"' in answer.text
        assert re.search(r'value="fairly_sure" checked', answer.text)
        assert "saved" not in re.sub(r"<[^>]+>", "", answer.text).lower()
    assert answer.status_code == 302
    assert heading(tom.browser.get(answer.location).text) == "Right"
    assert tom.answers()[0].certainty == "fairly_sure"


def test_a_case_may_be_broken_off_but_not_before_the_first_action_and_not_with_forged_ones(tom: Learner) -> None:
    case = first_case()
    tom.show(case)
    _, variant = tom.shown()
    first = right_answer(case, variant)["actions"][0]
    assert tom.post(finish="1").status_code == 422
    assert tom.post({"taken": "o1 o77", "act": "o1"}).status_code == 422
    assert tom.post({"taken": f"{first} {first} {first}"}, finish="1").status_code == 422
    assert tom.answers() == []
    ended = tom.post({"taken": first}, finish="1")
    assert ended.status_code == 302
    assert "The case was not played to its end." in tom.browser.get(ended.location).text


def test_an_answered_item_stays_in_the_version_that_was_answered(tom: Learner) -> None:
    old = publish("one")
    tom.show(old)
    _, variant = tom.shown()
    feedback = tom.post({"choice": variant.key_of("a")}).location
    publish("one", explanation="Another explanation, published later than the answer.")
    page = unescape(tom.browser.get(feedback).text)
    assert old.explanation in page
    assert "published later" not in page


def test_an_edit_while_an_item_is_shown_leaves_the_shown_version_to_be_answered(tom: Learner) -> None:
    tom.show(publish("one"))
    _, variant = tom.shown()
    key, stored = variant.key_of("a"), tom.session().shown_version_id
    publish("one", stem="Which plan fits best today?")
    assert "Which plan fits best?" in tom.page()
    assert tom.post({"choice": key}).status_code == 302
    assert tom.answers()[0].item_version_id == stored


@pytest.mark.parametrize("state", ["suspended", "retired"])
def test_a_withdrawn_item_is_neither_due_nor_shown_nor_counted(tom: Learner, state: str) -> None:
    publish("one")
    publish("two", MULTIPLE)
    only("one", "two")
    tom.start()
    shown = tom.shown()[0].id
    withdraw(shown, state)
    page = tom.page()
    assert heading(page) == "This item was withdrawn"
    assert "Hold the fold." not in page
    refused = tom.post({"choice": "o1", "choices": "o1"})
    assert refused.status_code == 409
    assert "withdrawn in the meantime" in refused.text
    assert tom.answers() == []
    assert heading(tom.next()) == "Item 2"
    assert tom.shown()[0].id != shown
    tom.answer()
    tom.next()
    withdraw("one", state)
    withdraw("two", state)
    assert heading(tom.browser.get("/practice").text) == "Nothing to practise yet"


def test_a_practice_item_that_becomes_an_exam_item_leaves_practice(tom: Learner) -> None:
    content = publish("one")
    only("one")
    exam = parse_item({**item_json(content), "pool": "exam"})
    publish_version(db.session, exam, origin="desk", author_id=None, reason="moved", actor=SYSTEM, now=tom.clock())
    db.session.commit()
    assert heading(tom.browser.get("/practice").text) == "Nothing to practise yet"
    assert tom.start().status_code == 409


def test_with_nothing_to_practise_no_session_begins_and_the_page_says_when(tom: Learner) -> None:
    publish("one")
    only("one")
    tom.start()
    tom.answer(certainty="sure")
    assert heading(tom.next()) == "Nothing more can be practised now"
    page = tom.browser.get("/practice").text
    assert heading(page) == "Nothing is due today"
    assert "You are up to date." in page
    assert "Start 5 minutes" not in page
    refused = tom.start()
    assert refused.status_code == 409
    assert "The practice page says when" in refused.text
    due = tom.card("one").due_at
    tom.clock.at = due
    assert heading(tom.browser.get("/practice").text) == "1 item due today"


def test_what_was_wrong_and_sure_comes_back_first(tom: Learner) -> None:
    for n in range(4):
        publish(f"item-{n}", complications=[f"hazard-{n}"])
    only(*(f"item-{n}" for n in range(4)))
    tom.start()
    assert tom.shown()[0].id == "item-0"
    tom.answer(certainty="unsure", right=False)
    tom.next()
    tom.answer(certainty="sure", right=False)
    tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    tom.clock.advance(minutes=10)
    tom.start()
    assert tom.shown()[0].id == "item-1"
    assert "You were sure about this" in tom.page()


def test_ten_new_items_are_due_a_day_and_going_on_shows_more(tom: Learner) -> None:
    names = [f"item-{n:02d}" for n in range(NEW_A_DAY + 2)]
    for name in names:
        publish(name)
    only(*names)
    assert heading(tom.browser.get("/practice").text) == f"{NEW_A_DAY} items due today"
    tom.start()
    for _ in names[:-2]:
        tom.answer(certainty="sure", seconds=1)
        page = tom.next(seconds=1)
    assert heading(page) == f"Item {NEW_A_DAY + 1}"
    tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    assert "Nothing is due, and 2 new items wait" in tom.browser.get("/practice").text


def test_somebody_elses_session_does_not_exist(tom: Learner, clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    tom.show(publish("one"))
    tom.answer()
    before = (len(tom.answers()), tom.session().used_s, tom.session().shown_count)
    for key in ("trainee2", "observer1"):
        other = learner(clinic, clinic_app, clock, key).browser
        data = {"op_id": tom.session().shown_op_id, "choice": "o1", "number": "1", "words": "mine"}
        assert other.get(tom.address).status_code == 404
        assert other.get(f"{tom.address}?n=1").status_code == 404
        for path in (tom.address, f"{tom.address}/next", f"{tom.address}/note"):
            assert other.post(path, data=data).status_code == 404
    assert (len(tom.answers()), tom.session().used_s, tom.session().shown_count) == before


@pytest.mark.parametrize("key", ["observer1", "director", "external"])
def test_supervisors_practise_too(clinic: Clinic, clinic_app: Flask, clock: FakeClock, key: str) -> None:
    one = learner(clinic, clinic_app, clock, key)
    one.start()
    assert one.answer().status_code == 302
    assert len(one.answers()) == 1


@pytest.mark.parametrize("number", ["0", "2", "x", "-1", "9" * 40, ""])
def test_an_answer_that_a_session_does_not_have_is_not_found(tom: Learner, number: str) -> None:
    tom.start()
    tom.answer()
    assert tom.browser.get(f"{tom.address}?n={number}").status_code == 404
    answer = tom.browser.post(f"{tom.address}/note", data={"number": number, "words": "x"})
    assert answer.status_code == (404 if number in ("0", "2") else 422)


def test_the_answers_of_a_session_can_be_read_again_while_it_runs_and_after_it(tom: Learner) -> None:
    tom.start()
    tom.answer()
    tom.next()
    address = f"{tom.address}?n=1"
    page = tom.browser.get(address).text
    assert heading(page) == "Right"
    assert "Back to the session" in page
    tom.browser.post(f"{tom.address}/next", data={"end": "1"})
    assert heading(tom.browser.get(address).text) == "Right"


def test_practice_is_stored_as_it_was_answered(tom: Learner) -> None:
    content = publish("one")
    tom.show(content)
    shown_at = tom.clock()
    tom.answer(certainty="unsure", seconds=33)
    row = db.session.scalars(select(PracticeAnswer)).one()
    assert (row.person_id, row.item_id, row.pool, row.payload) == (tom.person_id, "one", "practice", '"a"')
    assert (row.shown_at, row.answered_at - row.shown_at) == (shown_at, timedelta(seconds=33))
