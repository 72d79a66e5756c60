"""Names that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from app.domain.bank_rules import bank_problems
from app.domain.bank_rules.references import item_references, quiz_references
from tests.domain.bank_rules.items import make_item, make_quiz, pack


@pytest.mark.parametrize(
    ("changes", "field", "near"),
    [
        ({"regions": ["upper-trapezus"]}, "regions.0", "upper-trapezius"),
        ({"complications": ["bleeding", "pneumotorax"]}, "complications.1", "pneumothorax"),
        ({"sources": ["kearns2022", "keans2022"]}, "sources.1", "kearns2022"),
    ],
)
def test_an_unknown_name_is_found_and_the_nearest_one_offered(changes: dict[str, Any], field: str, near: str) -> None:
    (problem,) = item_references(make_item(**changes), pack())
    assert (problem.subject, problem.field) == (("item", "item-0"), field)
    assert f"Did you mean {near}?" in problem.cure


def test_a_name_like_no_other_points_at_the_file() -> None:
    (problem,) = item_references(make_item(regions=["zzz"]), pack())
    assert problem.cure == "Use one that is in regions.yaml."


def test_a_key_that_rests_on_barred_statements_alone_is_refused() -> None:
    (problem,) = item_references(make_item(sources=["lpm2025", "mesa2015"]), pack())
    assert problem.field == "sources"
    assert list(item_references(make_item(sources=["lpm2025", "kearns2022"]), pack())) == []


def test_unknown_names_of_a_quiz_are_found_wherever_they_stand() -> None:
    select = {"any_of": [{"groups": ["thorax", "torax"]}], "none_of": [{"regions": ["x"], "complications": ["y"]}]}
    cells = [{"count": 1, "region": "z"}, {"count": 1, "complications": ["pneumothorax", "w"]}]
    fields = [p.field for p in quiz_references(make_quiz(*cells, select=select), pack())]
    assert fields == [
        "select.any_of.0.groups.1",
        "select.none_of.0.regions.0",
        "select.none_of.0.complications.0",
        "blueprint.cells.0.region",
        "blueprint.cells.1.complications.1",
    ]


def test_without_a_pack_names_go_unchecked_and_the_rest_does_not() -> None:
    item = make_item(regions=["zzz"], stem="Which is not right?")
    assert [p.field for p in bank_problems([item], None, [])] == ["stem"]
