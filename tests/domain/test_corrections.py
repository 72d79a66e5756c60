"""Which corrections can score old answers, and which are refused with words that say what to do."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.corrections import answer_under, incompatible, wordings
from app.domain.items import make_variant, parse_item, score
from tests.domain.items.pictures import CASE, HOTSPOT, MATCHING, NEEDLE, SCENE, box, changed
from tests.domain.items.samples import MULTIPLE, NUMERIC, ORDERING, SINGLE, answers, items, make_item, with_other_secrets
from tests.domain.regrade_samples import rekeyed

EVERY = (SINGLE, MULTIPLE, ORDERING, NUMERIC, MATCHING, HOTSPOT, NEEDLE, CASE)


def refused(old: dict[str, Any], new: dict[str, Any]) -> str:
    return " ".join(incompatible(parse_item(old), parse_item(new)))


@given(st.data())
def test_whatever_answer_was_given_another_key_can_score_it(data: st.DataObject) -> None:
    old = data.draw(items)
    new = data.draw(with_other_secrets(old))
    assert incompatible(old, new) == ()
    answer = data.draw(answers(old))
    mark = score(new, make_variant(old, data.draw(st.randoms(use_true_random=False))), answer_under(new, answer))
    assert 0 <= mark.points <= mark.max_points == old.points


@pytest.mark.parametrize("body", EVERY, ids=lambda body: body["type"])
def test_an_item_can_score_its_own_answers(body: dict[str, Any]) -> None:
    content = parse_item(body)
    assert incompatible(content, content) == ()
    assert wordings(content, content) == ()


@pytest.mark.parametrize("body", EVERY, ids=lambda body: body["type"])
def test_every_type_can_be_corrected_without_touching_what_was_asked(body: dict[str, Any]) -> None:
    old, new = parse_item(body), parse_item(rekeyed(body))
    assert old != new
    assert incompatible(old, new) == ()
    assert wordings(old, new) == ()


SMALLER = {
    "type": (SINGLE, {**MULTIPLE, "points": 1}, "was of the type single best answer and is multiple response now"),
    "points": (SINGLE, {**SINGLE, "points": 3}, "was worth 1 points and is worth 3 now"),
    "pool": (SINGLE, {**SINGLE, "pool": "practice"}, "moved from the exam pool to the practice pool"),
    "option gone": (SINGLE, {**SINGLE, "options": SINGLE["options"][:3]}, "The options d no longer exist"),
    "option renamed": (SINGLE, changed(SINGLE, "options.3.id", "z"), "The options z were added: nobody could have chosen them"),
    "step gone": (ORDERING, {**ORDERING, "distractors": []}, "The steps x no longer exist"),
    "left gone": (MATCHING, changed(changed(changed(MATCHING, "left.0.id", "q"), "pairs", {"q": "x", "b": "y", "c": "z"}),
                                    "rationales", dict.fromkeys("qbc", "It goes there.")), "The lines on the left a no longer"),
    "right gone": (MATCHING, {**MATCHING, "right": MATCHING["right"][:3]}, "The lines on the right w no longer exist"),
    "unit": (NUMERIC, {**NUMERIC, "unit": "cm"}, "Answers were given in mm, and the item asks for cm now"),
    "place gone": (HOTSPOT, changed(HOTSPOT, "candidates.0.id", "q"), "The places a no longer exist"),
    "picture": (HOTSPOT, changed(HOTSPOT, "scene.frame.x_mm", [-41, 40]), "The picture is another one"),
    "scene": (NEEDLE, changed(NEEDLE, "scene.structures.3.polygon", box(-50, 45, 50, 90)), "The picture is another one"),
    "skin": (NEEDLE, changed(NEEDLE, "scene.skin", [[-50, 0], [0, -1], [50, 0]]), "The picture is another one"),
    "landmark": (NEEDLE, changed(NEEDLE, "scene.landmarks.0.at", [1, 0]), "The picture is another one"),
    "body": (NEEDLE, changed(NEEDLE, "scene.habitus.fat_mm.range", [4, 21]), "The picture is another one"),
    "display": (NEEDLE, {**NEEDLE, "display": "surface"}, "The picture is another one"),
    "needles": (NEEDLE, {**NEEDLE, "needles_mm": [25, 40, 60]}, "The needles of 80 mm are offered no more"),
    "course": (CASE, changed(CASE, "actions.0.takes_s", 90), "The course of the case is another one"),
}  # fmt: skip


@pytest.mark.parametrize("name", SMALLER)
def test_what_old_answers_could_not_mean_is_refused_with_a_cure(name: str) -> None:
    old, new, said = SMALLER[name]
    words = refused(old, new)
    assert said in words
    assert words.endswith("Correct it otherwise, or give full marks to all.")


def test_versions_of_two_items_are_no_correction() -> None:
    assert incompatible(make_item(), make_item(id="upper-trapezius-002")) == ("These are versions of two different items.",)


def test_hazards_margins_and_labels_of_a_scene_are_part_of_the_key_and_may_change() -> None:
    scene = changed(changed(SCENE, "structures.3.margin_mm", 8), "structures.1.label", "Trapezius")
    assert refused(NEEDLE, {**NEEDLE, "scene": scene}) == ""


def test_texts_that_candidates_read_are_listed_side_by_side() -> None:
    new = changed({**SINGLE, "stem": "Which plan fits best now?"}, "options.2.text", "Wait two weeks")
    assert [(w.where, w.before, w.after) for w in wordings(make_item(), parse_item(new))] == [
        ("Question", "Which plan fits best?", "Which plan fits best now?"),
        ("Option c", "Wait a week", "Wait two weeks"),
    ]


def test_a_point_lies_in_whichever_place_holds_it_after_the_correction() -> None:
    old = parse_item(HOTSPOT)
    wider = parse_item(changed(HOTSPOT, "candidates.1.polygon", box(-25, 0, -15, 8)))
    given_ = {"input_mode": "point", "x": -24.0, "y": 4.0, "candidate": ""}
    variant = make_variant(old, Random(1))
    assert score(old, variant, answer_under(old, given_)).points == 0
    assert score(wider, variant, answer_under(wider, given_)).points == 1
    named = {"input_mode": "named", "candidate": "b"}
    assert answer_under(wider, named) == named
    assert answer_under(wider, None) is None
