"""Look-ups of the reference pack, on the shipped one."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest
import yaml

from app.domain.catalogue import PACKS, Catalogue, catalogue_json, parse_catalogue, read_packs
from app.domain.errors import InvalidInput, NotFound
from config import ROOT


@lru_cache(maxsize=1)
def shipped() -> Catalogue:
    catalogue, problems = read_packs(shipped_data())
    assert problems == ()
    assert catalogue is not None
    return catalogue


def shipped_data() -> dict[str, Any]:
    folder = ROOT / "question_bank"
    return {name: yaml.load((folder / f"{name}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader) for name in PACKS}


def test_the_pack_holds_what_its_counts_say() -> None:
    pack = shipped()
    assert (len(pack.groups), len(pack.regions), len(pack.complications)) == (9, 38, 19)
    assert sum(len(g.competencies) for g in pack.competency_groups) == 27
    assert len(pack.critical_competencies) == 23
    assert len(pack.screening.rows) == 42
    assert (len(pack.form_rows), len(pack.auto_fail)) == (13, 7)


def test_the_high_tier_is_that_of_the_group_not_of_the_region() -> None:
    pack = shipped()
    assert pack.high_tier_groups == ("thorax", "neck", "lower-trunk", "groin-abdomen")
    assert len(pack.high_tier_regions) == 16
    assert pack.get_region("pterygoids").risk_tier == "high"
    assert "pterygoids" not in pack.high_tier_regions


def test_a_region_and_its_group_find_each_other() -> None:
    pack = shipped()
    assert pack.group_of("upper-trapezius").id == "thorax"
    assert "upper-trapezius" in pack.regions_of("thorax")
    assert all(pack.group_of(region).id == group for group, found in pack.regions_by_group.items() for region in found)


def test_unknown_slugs_are_not_found() -> None:
    pack = shipped()
    for ask in (pack.get_region, pack.group_of, pack.get_group, pack.regions_of, pack.get_complication):
        with pytest.raises(NotFound, match="atlantis"):
            ask("atlantis")
    for find in (pack.find_region, pack.find_group, pack.find_complication, pack.find_competency, pack.find_source):
        assert find("atlantis") is None


def test_names_cover_groups_regions_complications_and_competencies() -> None:
    names = shipped().names
    assert names["thorax"] == "Thorax and shoulder crest"
    assert names["upper-trapezius"] == "Upper trapezius"
    assert names["pneumothorax"] == "Pneumothorax"
    assert names["k-anatomy"].startswith("Three-dimensional anatomy")


def test_sources_that_stand_only_under_barred_statements_may_carry_no_key() -> None:
    barred = shipped().sources_not_for_keys
    assert "lpm2025" in barred
    assert "kearns2022" not in barred
    assert "valera-rhomboid" not in barred  # one statement of it is barred, another is not


def test_the_stored_form_reads_back_the_same() -> None:
    body = catalogue_json(shipped())
    assert parse_catalogue(body) == shipped()
    assert catalogue_json(parse_catalogue(body)) == body


def test_a_stored_pack_with_an_unknown_source_is_refused() -> None:
    body = catalogue_json(shipped())
    body["regions"][0]["sources"] = ["nobody1999"]
    with pytest.raises(InvalidInput, match="nobody1999"):
        parse_catalogue(body)
