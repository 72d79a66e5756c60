"""The report of `bank check`: counts of every known slug, offers, problems."""

from __future__ import annotations

import json
from pathlib import Path

from app.bank.check import check
from config import ROOT
from tests.bank.small_bank import change, item, put

KEYS = [
    "items", "by_domain", "by_type", "by_region", "by_high_tier_region", "by_complication", "by_group", "scenes", "decline_keys",
    "longest_key",
    "quizzes", "problems",
]  # fmt: skip


def raise_the_tier(bank: Path) -> None:
    """Make the trunk a high-tier group."""
    path = bank / "regions.yaml"
    path.write_text(path.read_text("utf-8").replace("elevated", "high"), "utf-8")


def test_the_report_counts_every_known_slug_zeros_included(bank: Path) -> None:
    raise_the_tier(bank)
    report = check(bank).as_json()
    assert list(report) == KEYS
    assert report["items"] == 3
    assert report["by_domain"] == {"anatomy": 0, "placement": 3, "complication": 0}
    assert report["by_type"]["single_best_answer"] == 3
    assert report["by_type"]["ordering"] == 0
    assert report["by_region"] == {"thigh": 0, "crest": 3, "rib": 0}
    assert report["by_high_tier_region"] == {"crest": 3, "rib": 0}
    assert report["by_complication"] == {"bleeding": 3, "pneumothorax": 0}
    assert report["by_group"] == {"limb": 0, "trunk": 3}
    assert json.loads(json.dumps(report)) == report


def test_an_item_of_two_regions_counts_once_for_its_group(bank: Path) -> None:
    put(bank, "scenarios/trunk/crest-001.yaml", item(0, regions="crest, rib"))
    report = check(bank).as_json()
    assert report["by_region"] == {"thigh": 0, "crest": 3, "rib": 1}
    assert report["by_group"]["trunk"] == 3


def test_a_quiz_with_a_full_pool_is_offered(bank: Path) -> None:
    (quiz,) = check(bank).as_json()["quizzes"]
    assert (quiz["id"], quiz["offered"], quiz["items_short"], quiz["form_size"], quiz["pool_size"]) == (
        "trunk",
        True,
        0,
        2,
        3,
    )


def test_a_quiz_with_a_small_pool_says_how_many_items_it_is_short(bank: Path) -> None:
    (bank / "scenarios/trunk/crest-003.yaml").unlink()
    report = check(bank).as_json()
    (quiz,) = report["quizzes"]
    assert (quiz["offered"], quiz["items_short"]) == (False, 1)
    assert "1 reviewed items short" in quiz["words"]
    assert report["problems"] == []


def test_practice_items_do_not_fill_an_exam(bank: Path) -> None:
    put(bank, "scenarios/trunk/crest-003.yaml", item(2, pool="practice"))
    (quiz,) = check(bank).as_json()["quizzes"]
    assert (quiz["offered"], quiz["pool_size"]) == (False, 2)


def test_a_group_without_a_quiz_file_is_listed_as_not_offered_yet(bank: Path) -> None:
    raise_the_tier(bank)
    (bank / "quizzes/trunk.yaml").unlink()
    (quiz,) = check(bank).as_json()["quizzes"]
    assert (quiz["id"], quiz["offered"], quiz["items_short"], quiz["form_size"]) == ("trunk", False, 33, 24)


def test_an_offered_exam_of_a_high_tier_group_must_ask_for_pictures(bank: Path) -> None:
    raise_the_tier(bank)
    found = [p for p in check(bank).problems if p.field == "blueprint.cells"]
    assert [p.file for p in found] == ["quizzes/trunk.yaml"] * 2
    assert ["needle placement" in p.message for p in found] == [True, False]
    assert "Add a cell {count: 1, type: hotspot}." in found[1].cure


def test_a_large_pool_that_cannot_fill_a_cell_is_an_infeasible_blueprint(bank: Path) -> None:
    line = change(bank, "quizzes/trunk.yaml", "blueprint:\n  critical_max: 2", "blueprint:\n  critical_max: 1")
    (problem,) = check(bank).problems
    assert (problem.file, problem.line, problem.field) == ("quizzes/trunk.yaml", line, "blueprint")


def test_a_broken_pack_leaves_the_items_counted(bank: Path) -> None:
    change(bank, "regions.yaml", "evidence: fair", "evidence: strong")
    report = check(bank).as_json()
    assert (report["items"], report["by_region"], report["quizzes"]) == (3, {}, [])
    assert len(report["problems"]) == 1


def test_a_reference_that_leads_nowhere_leaves_the_rest_checked(bank: Path) -> None:
    change(bank, "complications.yaml", "src: [smith2020]", "src: [smyth2020]")
    put(bank, "scenarios/trunk/crest-001.yaml", item(0, regions="rip"))
    report = check(bank).as_json()
    assert {p["field"] for p in report["problems"]} == {"meta.severity_scheme.0.src.0", "regions.0"}
    assert report["by_region"]["crest"] == 2


def test_problems_come_in_the_order_of_files_and_lines(bank: Path) -> None:
    change(bank, "scenarios/trunk/crest-002.yaml", "difficulty: 3", "difficulty: 0")
    change(bank, "scenarios/trunk/crest-001.yaml", "points: 1", "points: 99")
    change(bank, "scenarios/trunk/crest-001.yaml", "difficulty: 3", "difficulty: 0")
    found = check(bank).problems
    assert [(p.file[-8:-5], p.line) for p in found] == sorted((p.file[-8:-5], p.line) for p in found)
    assert len(found) == 3


def test_the_shipped_bank_is_sound() -> None:
    report = check(ROOT / "question_bank").as_json()
    assert report["problems"] == []
    assert (len(report["by_region"]), len(report["by_high_tier_region"]), len(report["by_complication"])) == (
        38,
        16,
        19,
    )
    assert len(report["by_group"]) == 9
    assert {q["id"] for q in report["quizzes"]} == {
        "general-safety", "complication-response", "thorax", "neck", "lower-trunk", "groin-abdomen",
        "limb-neurovascular", "shoulder-blade", "jaw",
    }  # fmt: skip
