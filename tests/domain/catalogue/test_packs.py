"""Each file of the pack has its own form; what the files say of each other must be true."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from app.domain.catalogue import read_packs
from tests.domain.catalogue.test_catalogue import shipped_data

DATA = shipped_data()


def broken(file: str, *path: str | int, value: Any) -> list[tuple[str, str]]:
    """The problems after one value was replaced (or added, or with None taken away)."""
    data = {**DATA, file: deepcopy(DATA[file])}
    place = data[file]
    for part in path[:-1]:
        place = place[part]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return list(read_packs(data)[1])


def test_a_statement_without_a_source_is_refused() -> None:
    assert [p for p, _ in broken("regions", "regions", 0, "safe_technique", 0, "src", value=[])] == [
        "regions.regions.0.safe_technique.0.src"
    ]


def test_a_field_that_the_form_does_not_know_is_refused_in_every_file() -> None:
    for name in DATA:
        assert [p for p, _ in broken(name, "extra", value="x")] == [f"{name}.extra"]
        assert [p for p, _ in broken(name, "meta", "extra", value="x")] == [f"{name}.meta.extra"]


def test_the_head_of_a_file_is_needed() -> None:
    for name in DATA:
        assert [p for p, _ in broken(name, "schema", value=None)] == [f"{name}.schema"]


def test_a_lost_region_shows_in_counts_and_group() -> None:
    found = dict(broken("regions", "regions", value=DATA["regions"]["regions"][:-1]))
    assert "the file has 37" in found["regions.meta.counts.regions"]
    assert "regions.groups.0.regions.4" in found


def test_a_group_below_the_tier_of_its_region_is_refused() -> None:
    index = next(n for n, g in enumerate(DATA["regions"]["groups"]) if g["id"] == "neck")
    found = broken("regions", "groups", index, "tier", value="standard")
    assert len(found) == 4
    assert all("only standard" in message for _, message in found)


def test_an_id_that_is_there_twice_is_refused() -> None:
    found = dict(broken("complications", "complications", 1, "id", value="post-needling-soreness"))
    assert list(found) == ["complications.complications.1.id"]


def test_the_first_step_of_a_response_has_number_1() -> None:
    (problem,) = [p for p, _ in broken("complications", "complications", 0, "response_steps", 0, "n", value=2)][:1]
    assert problem == "complications.complications.0.response_steps.0.n"


@pytest.mark.parametrize("name", sorted(DATA))
def test_a_file_that_is_missing_leaves_no_catalogue_and_no_false_alarms(name: str) -> None:
    rest = {file: data for file, data in DATA.items() if file != name}
    assert read_packs(rest) == (None, ())


@pytest.mark.parametrize("value", [None, [], "text", 3, {"regions": 1}])
def test_data_of_another_shape_are_refused_not_fallen_over(value: object) -> None:
    catalogue, problems = read_packs({**DATA, "regions": value})
    assert catalogue is None
    assert problems
