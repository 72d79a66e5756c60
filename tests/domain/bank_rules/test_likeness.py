"""Questions that are nearly the same."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.domain.bank_rules.likeness import NEAR_DUPLICATE, likeness_problems, runs, share
from tests.domain.bank_rules.items import SUBJECTS, make_item


def found(*items: object) -> list[tuple[object, str]]:
    return [(p.subject, p.field) for p in likeness_problems(items)]  # type: ignore[arg-type]


def test_a_copy_with_one_word_changed_is_a_near_duplicate() -> None:
    copy = make_item(1, scenario=SUBJECTS[0].replace("rower", "swimmer"), stem="What do you choose?")
    assert found(make_item(0), copy) == [(("item", "item-1"), "stem")]


def test_case_and_punctuation_hide_nothing() -> None:
    copy = make_item(1, scenario=SUBJECTS[0].upper().replace(" ", ", "), stem="WHAT do you choose!")
    assert len(found(make_item(0), copy)) == 1


def test_different_questions_are_left_alone() -> None:
    assert found(*(make_item(n) for n in range(4))) == []


def test_a_common_stem_alone_makes_no_duplicate() -> None:
    assert found(make_item(0), make_item(1, stem="What do you choose?")) == []


def test_items_may_share_one_vignette_if_they_ask_different_things() -> None:
    other = make_item(1, scenario=SUBJECTS[0], stem="Which structure lies closest below this place?")
    assert found(make_item(0), other) == []
    same = make_item(1, scenario=SUBJECTS[0], stem="What do you choose?")
    assert found(make_item(0), same) == [(("item", "item-1"), "stem")]


def test_exam_and_practice_share_no_vignette() -> None:
    other = make_item(1, scenario=SUBJECTS[0], stem="Which structure lies closest below this place?", pool="practice")
    assert found(make_item(0), other) == [(("item", "item-1"), "scenario")]


def test_every_pair_is_named_once_for_the_later_item() -> None:
    copies = [make_item(n, scenario=SUBJECTS[0], stem="What do you choose?") for n in range(3)]
    assert [subject for subject, _ in found(*copies)] == [("item", "item-1"), ("item", "item-2"), ("item", "item-2")]


@given(st.lists(st.sampled_from("abcdefgh"), max_size=30), st.lists(st.sampled_from("abcdefgh"), max_size=30))
def test_likeness_is_symmetric_between_0_and_1_and_whole_with_itself(one: list[str], two: list[str]) -> None:
    a, b = runs(" ".join(one)), runs(" ".join(two))
    assert share(a, a) == 1
    assert share(a, b) == share(b, a)
    assert 0 <= share(a, b) <= 1


def test_one_word_in_ten_changed_lies_at_the_threshold() -> None:
    words = [f"word{n}" for n in range(60)]
    changed = [f"other{n}" if n % 10 == 5 else word for n, word in enumerate(words)]
    assert 0.5 <= share(runs(" ".join(words)), runs(" ".join(changed))) < 0.55
    assert NEAR_DUPLICATE == 0.5
