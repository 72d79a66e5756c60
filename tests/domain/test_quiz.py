"""What a quiz definition must be, and which items belong to it."""

from __future__ import annotations

import json
from fractions import Fraction
from typing import Any

import pytest

from app.domain.errors import InvalidInput
from app.domain.quiz import belongs, parse_quiz, quiz_json
from tests.domain.quiz_samples import BODY, make_pool_item, make_quiz, small_quiz

GROUPS = {"thorax": ("upper-trapezius", "serratus-anterior"), "neck": ("suboccipital",), "limb": ("calf",)}
TOPICS = [{"topics": ["screening-consent"], "cut": {"num": 70, "den": 100}}]


def words_by_path(**changes: Any) -> dict[str, str]:
    """Path → words of each problem; empty for a sound definition."""
    try:
        make_quiz(**changes)
    except InvalidInput as error:
        return dict(error.problems)
    return {}


def test_a_definition_reads_back_from_its_json() -> None:
    quiz = make_quiz()
    assert parse_quiz(json.loads(json.dumps(quiz_json(quiz)))) == quiz


def test_a_definition_knows_the_size_of_its_form_and_its_cuts_as_fractions() -> None:
    quiz = make_quiz()
    assert quiz.blueprint.size == 20
    assert quiz.cuts.overall.fraction == Fraction(4, 5)
    assert quiz.attempts.waits_h == (48, 168, 720)


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"mode": "test"}, "mode", "practice"),
        ({"review_rule": "closed"}, "review_rule", "topics-only"),
        ({"time_limit_s": 5}, "time_limit_s", "60"),
        ({"colour": "red"}, "colour", "not permitted"),
        ({"attempts": {"allowed": 0, "window_days": 30, "waits_h": [48]}}, "attempts.allowed", "1"),
        ({"attempts": {"allowed": 2, "window_days": 30, "waits_h": []}}, "attempts.waits_h", "1 item"),
        ({"select": {"any_of": []}}, "select.any_of", "1 item"),
        ({"select": {"any_of": [{"groups": ["neck"]}, {}]}}, "select.any_of.1", "empty selector"),
        ({"select": {"any_of": [{"colour": ["red"]}]}}, "select.any_of.0.colour", "not permitted"),
        ({"pool_factor": {"num": 1, "den": 2}}, "pool_factor", "smaller than its form"),
        ({"cuts": {"overall": {"num": 0, "den": 100}}}, "cuts.overall", "above 0"),
        ({"cuts": {"overall": {"num": 101, "den": 100}}}, "cuts.overall", "at most at 1"),
        ({"cuts": {"overall": {"num": 2, "den": 3}}}, "cuts.overall", "whole percentage"),
        ({"cuts": {"overall": {"num": 8, "den": 0}}}, "cuts.overall.den", "1"),
        ({"cuts": {"overall": {"num": 0.8, "den": 1}}}, "cuts.overall.num", "integer"),
        ({"blueprint": {"critical_max": 9, "cells": [{"count": 3}]}}, "blueprint.critical_max", "8"),
        ({"blueprint": {"critical_max": 2, "cells": [{"count": 0}]}}, "blueprint.cells.0.count", "1"),
        ({"blueprint": {"critical_max": 2, "cells": [{"count": 1, "type": "essay"}]}}, "blueprint.cells.0", "numeric"),
        ({"max_critical_errors": 1}, "", "max_critical_errors to 0"),
    ],
)  # fmt: skip
def test_a_field_that_is_not_as_it_should_be_is_named(changes: dict[str, Any], path: str, words: str) -> None:
    found = words_by_path(**changes)
    assert list(found) == [path]
    assert words in found[path]


def test_practice_may_allow_critical_errors() -> None:
    assert words_by_path(mode="practice", max_critical_errors=3) == {}


@pytest.mark.parametrize(("count", "sound"), [(5, False), (6, True)])
def test_a_domain_with_a_cut_has_at_least_six_items_in_every_form(count: int, sound: bool) -> None:
    cells = [{"count": count, "domain": "anatomy"}, {"count": 9}]
    cuts = {"overall": {"num": 80, "den": 100}, "domains": {"anatomy": {"num": 70, "den": 100}}}
    found = words_by_path(blueprint={"critical_max": 8, "cells": cells}, cuts=cuts)
    assert (found == {}) == sound
    assert sound or "guarantee 5 items of anatomy" in found["cuts.domains.anatomy"]


def test_cells_of_one_domain_add_up() -> None:
    cells = [{"count": 2, "domain": "anatomy", "region": r} for r in ("upper-trapezius", "serratus-anterior", "suboccipital")]
    cuts = {"overall": {"num": 80, "den": 100}, "domains": {"anatomy": {"num": 70, "den": 100}}}
    assert words_by_path(blueprint={"critical_max": 8, "cells": cells}, cuts=cuts) == {}


@pytest.mark.parametrize(
    ("cells", "sound"),
    [
        ([{"count": 6, "topics": ["screening-consent"]}], True),
        ([{"count": 5, "topics": ["screening-consent"]}, {"count": 9}], False),
        ([{"count": 9, "topics": ["screening-consent", "response"]}], False),  # any of them may be about the response
    ],
)
def test_topics_with_a_cut_have_at_least_six_items_in_every_form(cells: list[dict[str, Any]], sound: bool) -> None:
    cuts = {"overall": {"num": 80, "den": 100}, "topics": TOPICS}
    found = words_by_path(blueprint={"critical_max": 8, "cells": cells}, cuts=cuts)
    assert list(found) == ([] if sound else ["cuts.topics.0"])


def test_every_problem_of_the_whole_is_named_at_once() -> None:
    found = words_by_path(max_critical_errors=2, blueprint={"critical_max": 8, "cells": [{"count": 3, "domain": "anatomy"}]})
    assert set(found) == {"", "cuts.domains.anatomy", "cuts.domains.placement", "cuts.topics.0"}


@pytest.mark.parametrize("body", [None, [], "quiz", {**BODY, "schema": "quiz/2"}])
def test_what_is_no_quiz_is_refused(body: object) -> None:
    with pytest.raises(InvalidInput):
        parse_quiz(body)


@pytest.mark.parametrize(
    ("any_of", "none_of", "facts", "answer"),
    [
        ([{"groups": ["thorax"]}], [], {"regions": {"upper-trapezius"}}, True),
        ([{"groups": ["thorax"]}], [], {"regions": {"calf", "serratus-anterior"}}, True),
        ([{"groups": ["thorax"]}], [], {"regions": {"calf"}}, False),
        ([{"groups": ["thorax"]}], [], {"regions": set()}, False),
        ([{"groups": ["nowhere"]}], [], {"regions": {"calf"}}, False),
        ([{"regions": ["calf"]}], [], {"regions": {"calf", "suboccipital"}}, True),
        ([{"regions_within": ["limb"]}], [], {"regions": {"calf"}}, True),
        ([{"regions_within": ["limb"]}], [], {"regions": set()}, True),
        ([{"regions_within": ["limb"]}], [], {"regions": {"calf", "suboccipital"}}, False),
        ([{"topics": ["response"]}], [], {"topic": "response"}, True),
        ([{"topics": ["response"]}], [], {"topic": None}, False),
        ([{"domains": ["placement"]}], [], {"domain": "anatomy"}, False),
        ([{"complications": ["infection", "bleeding"]}], [], {"complications": {"bleeding", "seizure"}}, True),
        ([{"complications": ["infection"]}], [], {"complications": set()}, False),
        # within a selector everything must fit, and one selector is enough
        ([{"groups": ["thorax"], "domains": ["placement"]}], [], {"domain": "anatomy"}, False),
        ([{"groups": ["neck"], "domains": ["placement"]}, {"topics": ["response"]}], [], {"topic": "response"}, True),
        ([{"groups": ["thorax"]}], [{"topics": ["response"]}], {"topic": "response"}, False),
        ([{"groups": ["thorax"]}], [{"topics": ["response"], "domains": ["placement"]}], {"topic": "response"}, True),
    ],
)  # fmt: skip
def test_an_item_belongs_if_one_selector_fits_and_none_excludes_it(
    any_of: list[Any], none_of: list[Any], facts: dict[str, Any], answer: bool
) -> None:
    quiz = make_quiz(select={"any_of": any_of, "none_of": none_of})
    item = make_pool_item(**{key: frozenset(value) if isinstance(value, set) else value for key, value in facts.items()})
    assert belongs(quiz, item, GROUPS) is answer


def test_a_cell_in_words_says_all_that_it_asks_for() -> None:
    quiz = small_quiz(
        {"count": 1},
        {"count": 1, "domain": "placement", "region": "calf", "type": "ordering", "topics": ["response"], "critical": True},
        {"count": 1, "complications": ["infection"], "critical": False},
    )
    assert [cell.words() for cell in quiz.blueprint.cells] == [
        "any item of the pool", "placement, calf, ordering, response, critical", "infection, not critical",
    ]  # fmt: skip
