"""A regrade gives what grading with the corrected keys would have given; twice is once; the order of two does not matter."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import ItemContent, make_variant, score
from app.domain.regrading import (
    Given,
    ItemMark,
    Result,
    Scored,
    change_of_errors,
    crossing,
    mark_again,
    result_of,
    with_marks,
)
from app.domain.scoring import ItemResult, decide
from tests.domain.items.samples import answers, items, make_item, with_other_secrets
from tests.domain.quiz_samples import small_quiz

SURE = st.sampled_from([None, "sure", "fairly_sure", "unsure"])


@st.composite
def forms(draw: st.DrawFn) -> list[tuple[ItemContent, Given, ItemContent]]:
    """(item as it was, the answer given, the item corrected) for each place of a form."""
    found = []
    for _ in range(draw(st.integers(2, 5))):
        old = draw(items)
        answer: Any = draw(st.none() | answers(old))
        found.append(
            (old, Given(make_variant(old, Random(draw(st.integers(0, 9)))), answer, draw(SURE)), draw(with_other_secrets(old)))
        )
    return found


def first_marks(form: list[tuple[ItemContent, Given, ItemContent]]) -> list[Scored]:
    """The marks of the first grading."""
    return [
        Scored(n, old.domain, old.topic, mark_again("new_key", old, given_, old.points))
        for n, (old, given_, _) in enumerate(form, 1)
    ]


def corrected_marks(form: list[tuple[ItemContent, Given, ItemContent]]) -> dict[int, ItemMark]:
    """The mark of each place under its corrected key."""
    return {n: mark_again("new_key", new, given_, old.points) for n, (old, given_, new) in enumerate(form, 1)}


def quiz_for(form: list[Any], cut: int) -> Any:
    return small_quiz({"count": len(form)}, cut_percent=cut)


@given(forms(), st.integers(10, 100))
def test_a_regrade_gives_what_grading_with_the_corrected_keys_would_have_given(form: list[Any], cut: int) -> None:
    quiz = quiz_for(form, cut)
    regraded = result_of(quiz, with_marks(first_marks(form), corrected_marks(form)))
    fresh = [
        ItemResult(n, new.domain, new.topic, score(new, given_.variant, given_.answer))
        for n, (_, given_, new) in enumerate(form, 1)
    ]
    assert regraded.decision == decide(quiz, fresh)
    assert regraded.points == sum((r.mark.points for r in fresh), Fraction(0))


@given(forms(), st.integers(10, 100), st.randoms(use_true_random=False))
def test_items_regraded_one_after_the_other_in_any_order_give_the_same(form: list[Any], cut: int, rng: Random) -> None:
    quiz, again, places = quiz_for(form, cut), corrected_marks(form), first_marks(form)
    order = list(again)
    rng.shuffle(order)
    for position in order:
        places = with_marks(places, {position: again[position]})
    assert result_of(quiz, places) == result_of(quiz, with_marks(first_marks(form), again))


@given(forms())
def test_the_same_regrade_again_changes_no_mark(form: list[Any]) -> None:
    once = with_marks(first_marks(form), corrected_marks(form))
    assert with_marks(once, corrected_marks(form)) == once


@given(forms())
def test_the_key_that_an_item_has_moves_nothing(form: list[Any]) -> None:
    for place, (old, given_, _) in zip(first_marks(form), form, strict=True):
        assert mark_again("new_key", old, given_, old.points) == place.mark


@given(forms(), st.integers(10, 100))
def test_full_marks_take_from_nobody(form: list[Any], cut: int) -> None:
    quiz, places = quiz_for(form, cut), first_marks(form)
    before = result_of(quiz, places)
    spoilt = {1: mark_again("full_marks", None, form[0][1], form[0][0].points)}
    after = result_of(quiz, with_marks(places, spoilt))
    assert after.points >= before.points
    assert after.critical_errors <= before.critical_errors
    assert after.passed or not before.passed
    assert spoilt[1] == ItemMark(Fraction(form[0][0].points), form[0][0].points, 0)


def test_marks_that_count_the_same_are_equal_whatever_their_findings_say() -> None:
    mark = mark_again("new_key", make_item(), Given(make_variant(make_item(), Random(1)), "a"), 1)
    assert mark == replace(mark, findings=())
    assert mark != replace(mark, critical_errors=1)
    assert mark != replace(mark, sure_and_wrong=True)


def test_sure_and_wrong_follows_the_corrected_item() -> None:
    item, variant = make_item(critical=True), make_variant(make_item(), Random(1))
    assert mark_again("new_key", item, Given(variant, "c", "sure"), 1).sure_and_wrong
    assert not mark_again("new_key", item, Given(variant, "c", "unsure"), 1).sure_and_wrong
    assert not mark_again("new_key", item, Given(variant, "a", "sure"), 1).sure_and_wrong
    assert not mark_again("full_marks", None, Given(variant, "c", "sure"), 1).sure_and_wrong


def test_crossings_and_errors_have_their_words() -> None:
    assert (crossing(before=True, after=False), crossing(before=False, after=True), crossing(before=True, after=True)) == (
        "loses", "gains", "",
    )  # fmt: skip
    assert (change_of_errors(0, 1), change_of_errors(2, 1), change_of_errors(1, 1)) == ("appear", "vanish", "")


def test_a_result_repeats_its_decision() -> None:
    result = result_of(small_quiz({"count": 1}), [Scored(1, "placement", None, ItemMark(Fraction(1), 1, 0))])
    assert isinstance(result, Result)
    assert (result.passed, result.critical_errors, result.max_points) == (True, 0, 1)
