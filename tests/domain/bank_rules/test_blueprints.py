"""Blueprints that no pool could ever meet."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.bank_rules import bank_problems
from app.domain.bank_rules.blueprints import blueprint_problems
from app.domain.quiz import Quiz
from tests.domain.bank_rules.items import make_quiz, pack


def fields(quiz: Quiz) -> list[str]:
    return [p.field for p in blueprint_problems(quiz, pack())]


@pytest.mark.parametrize(
    ("select", "cell"),
    [
        ({"any_of": [{"groups": ["thorax"]}]}, {"region": "calf"}),
        ({"any_of": [{"domains": ["complication"]}]}, {"domain": "anatomy"}),
        ({"any_of": [{"topics": ["response"]}]}, {"topics": ["infection-control"]}),
        ({"any_of": [{"groups": ["thorax"]}], "none_of": [{"topics": ["response"]}]}, {"topics": ["response"]}),
        ({"any_of": [{"complications": ["seizure"]}]}, {"complications": ["pneumothorax"]}),
        ({"any_of": [{"regions_within": ["standard-limb"]}]}, {"region": "upper-trapezius"}),
    ],
)
def test_a_cell_that_the_selection_leaves_out_is_infeasible(select: dict[str, Any], cell: dict[str, Any]) -> None:
    assert fields(make_quiz({"count": 1}, {"count": 1, **cell}, select=select)) == ["blueprint.cells.1"]


@pytest.mark.parametrize(
    ("select", "cell"),
    [
        ({"any_of": [{"groups": ["thorax"]}]}, {"region": "upper-trapezius", "domain": "anatomy"}),
        ({"any_of": [{"regions_within": ["standard-limb"]}]}, {"topics": ["infection-control"]}),
        ({"any_of": [{"groups": ["thorax"]}, {"groups": ["limb-neurovascular"]}]}, {"region": "calf"}),
        ({"any_of": [{"complications": ["seizure"]}]}, {"domain": "complication"}),
    ],
)
def test_a_cell_that_an_item_could_fill_is_feasible(select: dict[str, Any], cell: dict[str, Any]) -> None:
    assert fields(make_quiz({"count": 1, **cell}, select=select)) == []


def test_more_critical_items_than_a_form_may_hold_are_infeasible() -> None:
    quiz = make_quiz({"count": 2, "critical": True}, {"count": 1, "critical": True, "domain": "anatomy"})
    assert fields(quiz) == ["blueprint.critical_max"]


def test_a_blueprint_with_unknown_names_is_not_judged_beyond_them() -> None:
    quiz = make_quiz({"count": 1, "region": "atlantis"})
    assert [p.field for p in bank_problems([], pack(), [quiz])] == ["blueprint.cells.0.region"]
