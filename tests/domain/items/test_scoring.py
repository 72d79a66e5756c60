"""Points and findings of one answer; critical errors apart."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import items as every_type
from app.domain.items import ItemContent, Mark, Variant, key_answer
from tests.domain.items.samples import (
    BODIES,
    MULTIPLE,
    NUMERIC,
    ORDERING,
    SINGLE,
    answered,
    answers,
    ids_of,
    make_item,
    multiple,
    ordering,
)

THIRD = Fraction(1, 3)


def score(content: ItemContent, answer: Any) -> Mark:
    """The mark of an answer to an item whose variant has no part in it."""
    return every_type.score(content, Variant(), answer)


def kinds(mark: Mark) -> list[tuple[str, str | None]]:
    return [(f.kind, f.option_id) for f in mark.findings]


@pytest.mark.parametrize(("answer", "points", "kind"), [("a", 1, "right"), ("c", 0, "wrong"), ("b", 0, "dangerous")])
def test_a_single_best_answer_is_right_or_not(answer: str, points: int, kind: str) -> None:
    mark = score(make_item(), answer)
    assert (mark.points, mark.max_points) == (points, 1)
    assert kinds(mark) == [(kind, answer)]
    assert mark.findings[0].text == next(o["rationale"] for o in SINGLE["options"] if o["id"] == answer)


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["a", "b"], 2),
        (["a"], 1),
        (["a", "d"], 0),
        (["a", "b", "d"], 1),
        (["a", "b", "d", "e"], 0),
        (["a", "b", "c", "d", "e"], 0),
        (["d"], 0),
    ],
)
def test_a_multiple_response_gains_by_right_picks_and_loses_by_wrong_ones_down_to_nothing(answer: list[str], points: int) -> None:
    assert score(make_item(MULTIPLE), answer).points == points


def test_a_multiple_response_is_scaled_by_the_number_of_right_options() -> None:
    three_right = [{**o, "correct": n < 3, "dangerous": False} for n, o in enumerate(MULTIPLE["options"])]
    assert score(make_item(MULTIPLE, options=three_right), ["a", "b"]).points == Fraction(4, 3)


def test_a_multiple_response_says_of_each_pick_why_and_what_was_missed() -> None:
    found = kinds(score(make_item(MULTIPLE), ["a", "c", "d"]))
    assert sorted(found, key=str) == [("dangerous", "c"), ("missing", "b"), ("right", "a"), ("wrong", "d")]


@pytest.mark.parametrize(
    ("answer", "points"),
    [
        (["a", "b", "c", "d"], 2),
        (["a", "c", "b", "d"], 2),  # b and c are tied
        (["b", "a", "c", "d"], Fraction(8, 5)),  # 4 of 5 pairs
        (["d", "c", "b", "a"], 0),
        (["a", "b", "d"], Fraction(6, 5)),  # c left out: 3 of 5
        (["a"], 0),
        (["a", "b", "c", "d", "x"], Fraction(5, 4)),  # 5 of 5 + 3
        (["x", "a", "b", "c", "d"], Fraction(5, 4)),
        (["x"], 0),
    ],
)
def test_ordering_pays_the_share_of_pairs_in_the_right_order(answer: list[str], points: Fraction) -> None:
    assert score(make_item(ORDERING), answer).points == points


def test_ordering_says_what_was_left_out_what_does_not_belong_and_how_many_pairs_are_right() -> None:
    mark = score(make_item(ORDERING), ["b", "x", "a", "d"])
    assert sorted(kinds(mark), key=str) == [("dangerous", "x"), ("missing", "c"), ("wrong", None)]
    assert "2 of 5 pairs" in mark.findings[-1].text


def test_a_whole_order_beside_a_distractor_is_still_called_right() -> None:
    assert score(make_item(ORDERING), ["a", "b", "x", "c", "d"]).findings[-1].kind == "right"


@pytest.mark.parametrize(
    ("answer", "points", "kind"),
    [
        ("22.5", 1, "right"), ("23.5", 1, "right"), ("23.50", 1, "right"), ("22.49", 0, "wrong"), ("23.5001", 0, "wrong"),
        ("25", 0, "wrong"), ("30", 0, "dangerous"), ("99.0", 0, "dangerous"), ("99.01", 0, "wrong"), ("-23", 0, "wrong"),
    ],
)  # fmt: skip
def test_a_number_counts_inside_the_accepted_interval_both_ends_included(answer: str, points: int, kind: str) -> None:
    mark = score(make_item(NUMERIC), answer)
    assert mark.points == points
    assert [f.kind for f in mark.findings] == [kind]


def test_a_typical_slip_is_explained() -> None:
    assert score(make_item(NUMERIC), "25").findings[0].text == "The tilt was left out."


def test_tenths_are_exact() -> None:
    content = make_item(NUMERIC, accept={"min": 0.1, "max": 0.3}, danger=[], traps=[])
    assert score(content, "0.3").points == 1
    assert score(content, "0.30001").points == 0


@pytest.mark.parametrize(
    ("body", "answer", "words"),
    [
        (SINGLE, "b", "Towards the lung."),
        (MULTIPLE, ["a", "b", "c"], "Pricks the finger."),
        (ORDERING, ["a", "b", "c", "d", "x"], "Adds a second harm."),
        (NUMERIC, "40", "Past the rib."),
    ],
)
def test_a_dangerous_answer_is_a_critical_error_in_a_critical_item_and_a_finding_elsewhere(
    body: dict[str, Any], answer: Any, words: str
) -> None:
    strict, mild = score(make_item(body, critical=True), answer), score(make_item(body), answer)
    assert [f.text for f in strict.critical_errors] == [words]
    assert "dangerous" not in [f.kind for f in strict.findings]
    assert mild.critical_errors == ()
    assert [f.text for f in mild.findings if f.kind == "dangerous"] == [words]
    assert strict.points == mild.points


def test_a_critical_error_is_not_made_good_by_right_picks() -> None:
    mark = score(make_item(MULTIPLE, critical=True), ["a", "b", "c"])
    assert (mark.points, len(mark.critical_errors)) == (1, 1)


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_an_unanswered_item_earns_nothing_and_is_no_critical_error(body: dict[str, Any]) -> None:
    mark = score(make_item(body, critical=True), None)
    assert (mark.points, mark.max_points, mark.critical_errors) == (0, body["points"], ())
    assert [f.kind for f in mark.findings] == ["missing"]


@pytest.mark.parametrize("body", [SINGLE, MULTIPLE, ORDERING])
def test_an_answer_under_an_earlier_version_may_hold_an_option_that_is_gone(body: dict[str, Any]) -> None:
    answer = "z" if body is SINGLE else ["z"]
    mark = score(make_item(body), answer)
    assert (mark.points, mark.critical_errors) == (0, ())
    assert mark.findings


@given(answered())
def test_points_lie_between_nothing_and_the_points_of_the_item(pair: tuple[ItemContent, Any]) -> None:
    content, answer = pair
    mark = score(content, answer)
    assert isinstance(mark.points, Fraction)
    assert 0 <= mark.points <= mark.max_points == content.points


@given(answered())
def test_critical_errors_come_from_critical_items_alone_and_each_is_dangerous(pair: tuple[ItemContent, Any]) -> None:
    content, answer = pair
    mark = score(content, answer)
    assert all(f.kind == "dangerous" for f in mark.critical_errors)
    assert content.critical or not mark.critical_errors
    assert not content.critical or all(f.kind != "dangerous" for f in mark.findings)


@given(answered())
def test_the_mark_of_an_answer_without_a_fault_has_right_findings_alone(pair: tuple[ItemContent, Any]) -> None:
    content, answer = pair
    mark = score(content, answer)
    flawless = all(f.kind == "right" for f in mark.findings) and not mark.critical_errors
    assert flawless == (mark.points == mark.max_points)


@given(multiple(), st.data())
def test_another_right_pick_never_costs_and_another_wrong_one_never_pays(content: Any, data: st.DataObject) -> None:
    pick = data.draw(st.sampled_from(ids_of(content)))
    others = data.draw(some_of([i for i in ids_of(content) if i != pick]))
    before, after = score(content, sorted(others)).points, score(content, sorted([*others, pick])).points
    assert after >= before if pick in key_answer(content) else after <= before


@given(multiple(), st.data())
def test_the_full_mark_of_a_multiple_response_is_for_the_key_alone(content: Any, data: st.DataObject) -> None:
    answer = data.draw(answers(content))
    assert (score(content, answer).points == content.points) == (answer == key_answer(content))


def some_of(ids: list[str]) -> st.SearchStrategy[list[str]]:
    """Some of these, in any order."""
    return st.lists(st.sampled_from(ids), unique=True)


def with_inserted(sequence: list[str], step: str) -> st.SearchStrategy[list[str]]:
    """The sequence with a step put in anywhere."""
    return st.integers(0, len(sequence)).map(lambda n: [*sequence[:n], step, *sequence[n:]])


def is_key(content: Any, answer: list[str]) -> bool:
    """Whether a sequence is the key, read as a person would: group after group, tied steps in any order."""
    at = 0
    for tied in content.order:
        if set(answer[at : at + len(tied)]) != set(tied):
            return False
        at += len(tied)
    return at == len(answer)


@given(ordering(), st.data())
def test_the_full_mark_of_an_order_is_for_the_key_alone(content: Any, data: st.DataObject) -> None:
    answer = data.draw(answers(content) | st.permutations([s.id for s in content.steps]))
    assert (score(content, list(answer)).points == content.points) == is_key(content, list(answer))


def test_every_sequence_of_a_small_order_is_paid_in_full_if_it_is_the_key_and_in_part_if_not() -> None:
    content = make_item(ORDERING)
    full = [list(p) for n in range(1, 6) for p in permutations("abcdx", n) if score(content, list(p)).points == 2]
    assert full == [["a", "b", "c", "d"], ["a", "c", "b", "d"]]


@given(ordering(least_distractors=1), st.data())
def test_a_distractor_never_pays_wherever_it_stands(content: Any, data: st.DataObject) -> None:
    extra = data.draw(st.sampled_from([d.id for d in content.distractors]))
    others = data.draw(some_of([i for i in ids_of(content) if i != extra]))
    before, after = score(content, others).points, score(content, data.draw(with_inserted(others, extra))).points
    assert after < before or after == before == 0


@given(ordering(), st.data())
def test_leaving_out_a_real_step_never_pays(content: Any, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from([s.id for s in content.steps]))
    others = data.draw(some_of([i for i in ids_of(content) if i != gone]))
    assert score(content, others).points <= score(content, data.draw(with_inserted(others, gone))).points


@given(ordering())
def test_an_order_turned_round_earns_nothing(content: Any) -> None:
    assert score(content, list(reversed(key_answer(content)))).points == 0


@given(ordering(), st.data())
def test_two_neighbours_put_right_pay(content: Any, data: st.DataObject) -> None:
    place = data.draw(st.integers(1, len(content.order) - 1))
    first, second = data.draw(st.sampled_from(content.order[place - 1])), data.draw(st.sampled_from(content.order[place]))
    others = data.draw(some_of([i for i in ids_of(content) if i not in (first, second)]))
    n = data.draw(st.integers(0, len(others)))
    wrong, right = ([*others[:n], *pair, *others[n:]] for pair in ((second, first), (first, second)))
    assert score(content, right).points > score(content, wrong).points
