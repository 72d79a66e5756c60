"""What an item must be, and what its author is told."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.items import item_digest, item_json, parse_item
from tests.domain.items.samples import BODIES, MULTIPLE, NUMERIC, ORDERING, SINGLE, items, make_item, problems_in

OPTIONS = SINGLE["options"]


def words_by_path(body: object) -> dict[str, str]:
    """Path → words of each problem; empty for a sound item."""
    return dict(problems_in(body))


def changed(body: dict[str, Any], path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """A copy of a body with one inner value replaced."""
    fresh = copy.deepcopy(body)
    inner: Any = fresh
    for part in path[:-1]:
        inner = inner[part]
    inner[path[-1]] = value
    return fresh


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_sound_item_of_each_type_is_read(body: dict[str, Any]) -> None:
    assert parse_item(body).type == body["type"]


@given(items)
def test_an_item_reads_back_from_its_json_with_the_same_digest(content: Any) -> None:
    again = parse_item(json.loads(json.dumps(item_json(content))))
    assert again == content
    assert item_digest(again) == item_digest(content)


@pytest.mark.parametrize(
    ("body", "path", "value"),
    [
        (SINGLE, ("stem",), "Which other plan fits?"),
        (SINGLE, ("options", 2, "rationale"), "Nothing is won."),
        (SINGLE, ("options", 2, "dangerous"), True),
        (ORDERING, ("order",), [["a"], ["c"], ["b"], ["d"]]),
        (NUMERIC, ("accept", "max"), 23.6),
    ],
)
def test_any_change_changes_the_digest(body: dict[str, Any], path: tuple[str | int, ...], value: Any) -> None:
    assert item_digest(parse_item(changed(body, path, value))) != item_digest(parse_item(body))


def test_an_item_cannot_be_changed_once_read() -> None:
    with pytest.raises(ValueError, match="frozen"):
        make_item().points = 5


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("schema",), "item/2", "item/1"),
        (("id",), "Upper Trapezius", "pattern"),
        (("id",), "-x", "pattern"),
        (("domain",), "surgery", "placement"),
        (("topic",), "weather", "professional-law"),
        (("pool",), "both", "practice"),
        (("difficulty",), 6, "5"),
        (("difficulty",), 3.0, "integer"),
        (("critical",), 1, "boolean"),
        (("points",), 0, "1"),
        (("points",), "1", "integer"),
        (("scenario",), "s" * 1201, "1200"),
        (("stem",), "s" * 401, "400"),
        (("safe_needle_rule",), "", "10"),
        (("sources",), [], "1 item"),
        (("sources",), ["kearns2022", "kearns2022"], "kearns2022 twice"),
        (("regions",), ["neck", "jaw", "neck"], "neck twice"),
        (("complications",), "bleeding", "tuple"),
        (("colour",), "red", "not permitted"),
        (("options", 1, "text"), "t" * 301, "300"),
        (("options", 1, "text"), "   ", "blank"),
        (("options", 1, "rationale"), "why", "5"),
        (("options", 1, "id"), "B!", "pattern"),
        (("options", 1, "hint"), "x", "not permitted"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_named_with_what_it_should_be(
    path: tuple[str | int, ...], value: Any, words: str
) -> None:
    found = words_by_path(changed(SINGLE, path, value))
    where = ".".join(map(str, path))
    assert list(found) == [where]
    assert words in found[where]


@pytest.mark.parametrize("name", ["scenario", "stem", "explanation", "safe_needle_rule"])
@pytest.mark.parametrize("hidden", ["\x00", "\x07", "\t", "\x7f", "\x85", "\u200b", "\u202e", "\u2028", "\ufeff", "\ud800"])
def test_a_character_that_nobody_sees_is_refused_in_every_text(name: str, hidden: str) -> None:
    assert list(words_by_path({**SINGLE, name: f"{SINGLE[name]} {hidden} and on it goes"})) == [name]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (SINGLE, ("options", 0, "text")), (SINGLE, ("options", 0, "rationale")), (MULTIPLE, ("options", 3, "text")),
        (ORDERING, ("steps", 1, "text")), (ORDERING, ("distractors", 0, "rationale")), (NUMERIC, ("unit",)),
        (NUMERIC, ("danger", 0, "text")), (NUMERIC, ("traps", 0, "text")),
    ],
)  # fmt: skip
def test_inner_texts_hold_no_hidden_character_either(body: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert list(words_by_path(changed(body, path, "Some words\u202e here"))) == [".".join(map(str, path))]


def test_a_text_may_have_several_lines_and_any_letters() -> None:
    assert make_item(scenario="Zoë, 44 Jahre, Größe 1,8 m – “müde”.\nShe lies prone: 3 × 40 mm.").scenario.count("\n") == 1


@pytest.mark.parametrize("right", [(), (0, 2)])
def test_a_single_best_answer_has_exactly_one_key(right: tuple[int, ...]) -> None:
    options = [{**o, "dangerous": False, "correct": n in right} for n, o in enumerate(OPTIONS)]
    assert f"exactly one option must be correct, and {len(right)} are" in words_by_path({**SINGLE, "options": options})[""]


@pytest.mark.parametrize("right", [(), (0, 1, 2, 3, 4)])
def test_a_multiple_response_has_right_and_wrong_options(right: tuple[int, ...]) -> None:
    options = [{**o, "dangerous": False, "correct": n in right} for n, o in enumerate(MULTIPLE["options"])]
    assert f"{len(right)} of 5 options are correct" in words_by_path({**MULTIPLE, "options": options})[""]


@pytest.mark.parametrize("right", [(0,), (0, 1, 2, 3)])
def test_a_multiple_response_may_have_from_one_to_all_but_one_right(right: tuple[int, ...]) -> None:
    options = [{**o, "dangerous": False, "correct": n in right} for n, o in enumerate(MULTIPLE["options"])]
    assert words_by_path({**MULTIPLE, "options": options}) == {}


@pytest.mark.parametrize("body", [SINGLE, MULTIPLE])
def test_a_correct_option_is_never_dangerous(body: dict[str, Any]) -> None:
    assert list(words_by_path(changed(body, ("options", 0, "dangerous"), True))) == ["options.0"]


@pytest.mark.parametrize(("body", "field"), [(SINGLE, "options"), (MULTIPLE, "options"), (ORDERING, "distractors")])
def test_every_option_that_is_wrong_needs_its_rationale(body: dict[str, Any], field: str) -> None:
    last = len(body[field]) - 1
    row = {name: value for name, value in body[field][last].items() if name != "rationale"}
    assert list(words_by_path(changed(body, (field, last), row))) == [f"{field}.{last}.rationale"]


@pytest.mark.parametrize(
    ("body", "path"),
    [(SINGLE, ("options", 2, "id")), (MULTIPLE, ("options", 3, "id")), (ORDERING, ("distractors", 0, "id"))],
)
def test_two_options_never_share_an_id(body: dict[str, Any], path: tuple[str | int, ...]) -> None:
    assert "have the same id" in words_by_path(changed(body, path, "a"))[""]


@pytest.mark.parametrize(("body", "field"), [(SINGLE, "options"), (MULTIPLE, "options"), (ORDERING, "steps")])
def test_two_options_never_say_the_same(body: dict[str, Any], field: str) -> None:
    same = f"  {body[field][0]['text'].upper()}"
    assert "say the same" in words_by_path(changed(body, (field, 1, "text"), same.strip()))[""]


@pytest.mark.parametrize(
    ("body", "field"), [(SINGLE, "options"), (MULTIPLE, "options"), (ORDERING, "distractors"), (NUMERIC, "danger")]
)
def test_a_critical_item_needs_something_dangerous(body: dict[str, Any], field: str) -> None:
    tame = [{**row, "dangerous": False} for row in body[field]] if field != "danger" else []
    assert words_by_path({**body, "critical": True}) == {}
    assert words_by_path({**body, field: tame}) == {}
    (words,) = words_by_path({**body, "critical": True, field: tame}).values()
    assert "critical item needs at least one" in words


@pytest.mark.parametrize(
    ("order", "words"),
    [
        ([["a"], ["b"], ["c"]], "left out: d"),
        ([["a"], ["b", "c"], ["d"], ["a"]], "twice: a"),
        ([["a"], ["b", "c"], ["d", "x"]], "no step: x"),
        ([["a", "b", "c", "d"]], "two places"),
    ],
)
def test_an_order_names_every_step_once_in_two_places_or_more(order: list[list[str]], words: str) -> None:
    found = words_by_path({**ORDERING, "order": order})
    assert list(found) == ["order"]
    assert words in found["order"]


def test_an_order_has_no_empty_place() -> None:
    assert list(words_by_path({**ORDERING, "order": [["a"], [], ["b", "c"], ["d"]]})) == ["order.1"]


@pytest.mark.parametrize("value", ["", "abc", "1e9", "1_000", " 22", "nan", "inf", float("nan"), float("inf"), True, None, [], {}])
def test_an_end_of_an_interval_is_a_plain_number(value: Any) -> None:
    assert list(words_by_path(changed(NUMERIC, ("accept", "min"), value))) == ["accept.min"]


@pytest.mark.parametrize("value", [-1_000_000, 22.00001])
def test_an_end_of_an_interval_is_one_that_a_candidate_can_type(value: Any) -> None:
    assert list(words_by_path(changed(NUMERIC, ("accept", "min"), value))) == ["accept.min"]


def test_a_float_of_a_file_keeps_the_digits_that_were_written() -> None:
    content = make_item(NUMERIC, accept={"min": 0.1, "max": 22.7})
    assert item_json(content)["accept"] == {"min": "0.1", "max": "22.7"}


def test_an_interval_does_not_run_backwards() -> None:
    assert "above max" in words_by_path({**NUMERIC, "accept": {"min": 23.5, "max": 22.5}})["accept"]


@pytest.mark.parametrize("field", ["danger", "traps"])
@pytest.mark.parametrize(("low", "high"), [(23.5, 30), (10, 22.5), (22.8, 22.9), (1, 99)])
def test_what_is_unsafe_or_a_slip_is_never_accepted_too(field: str, low: float, high: float) -> None:
    found = words_by_path({**NUMERIC, field: [{"min": low, "max": high, "text": "Some slip."}]})
    assert list(found) == [f"{field}.0"]
    assert "overlaps" in found[f"{field}.0"]


def test_every_problem_is_named_at_once_those_of_single_fields_and_those_of_the_whole() -> None:
    broken = {
        **SINGLE, "stem": "?", "difficulty": 9, "critical": True, "regions": ["neck", "neck"], "colour": "red",
        "options": [
            {"id": "a", "text": "One"}, {"id": "a", "text": "Two", "rationale": "Because."}, {"id": "c", "rationale": "So it is."},
        ],
    }  # fmt: skip
    said = problems_in(broken)
    assert {path for path, _ in said} == {"", "stem", "difficulty", "regions", "colour", "options.0.rationale", "options.2.text"}
    whole = " ".join(text for path, text in said if path == "")
    assert all(words in whole for words in ("same id", "exactly one option", "dangerous: true"))


@pytest.mark.parametrize("body", [None, 3, "text", [], {}, {"type": "essay"}, {"type": ["ordering"]}, {"type": "ordering"}])
def test_what_is_no_item_at_all_is_refused_with_words(body: object) -> None:
    found = words_by_path(body)
    assert found
    assert all(found.values())


ODD: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["a", "NaN", "1e9", "²"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "text", "min", "max", "correct"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def mangled(draw: st.DrawFn) -> dict[str, Any]:
    """A sound item in which some values, at any depth, are anything at all, or gone."""
    body = copy.deepcopy(draw(st.sampled_from(list(BODIES.values()))))
    for _ in range(draw(st.integers(1, 3))):
        inner: Any = body
        while True:
            part = draw(st.sampled_from(sorted(inner) if isinstance(inner, dict) else range(len(inner))))
            deeper = isinstance(inner[part], dict | list) and inner[part] and draw(st.booleans())
            if not deeper:
                break
            inner = inner[part]
        if draw(st.booleans()) and len(inner) > 1:
            del inner[part]
        else:
            inner[part] = draw(ODD)
    return body


@given(mangled())
def test_whatever_is_sent_it_is_read_or_refused_with_paths_and_words(body: dict[str, Any]) -> None:
    problems = problems_in(body)
    if problems:
        assert all(isinstance(path, str) and text for path, text in problems)
    else:
        assert parse_item(item_json(parse_item(body))) == parse_item(body)
