"""Each kind of broken file is refused with its file, line, field, and a cure."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.bank.check import check
from app.formats.file_problems import FileProblem
from tests.bank.small_bank import change, item, put

ITEM = "scenarios/trunk/crest-001.yaml"
SCENE = "scenes/crest-slice.yaml"

# file, what stands there, what it is broken to, the field and words of the problem
BROKEN = [
    # the text itself
    (ITEM, "pool: exam", "pool: exam\npool: practice", "pool", "twice"),
    (ITEM, "critical: true", "critical: yes", "critical", "without quotes"),
    (ITEM, "difficulty: 3", "difficulty: 03", "difficulty", "without quotes"),
    (ITEM, "domain: placement", "domain: &d placement", "domain", "anchor"),
    (ITEM, "points: 1", "points: !!int 1", "points", "tag"),
    (ITEM, "difficulty: 3", "difficulty:", "difficulty", "missing"),
    (ITEM, "weeks on", "weeks\u200b on", "", "U+200B"),
    (ITEM, 'stem: "What', "stem: Note: \"What", "stem", "not YAML"),
    # the form of an item
    (ITEM, "schema: item/1", "schema: item/9", "schema", "allowed here"),
    (ITEM, "type: single_best_answer", "type: essay", "type", "essay"),
    (ITEM, "difficulty: 3", "difficulty: 9", "difficulty", "too large"),
    (ITEM, "difficulty: 3", 'difficulty: "3"', "difficulty", "whole number"),
    (ITEM, "pool: exam", "pool: both", "pool", "allowed here"),
    (ITEM, "critical: true", "critical: true\nhint: x", "hint", "no field of this name"),
    (ITEM, "regions: [crest]", "regions: crest", "regions", "not a list"),
    (ITEM, ', rationale: "Longer than needed."', "", "options.2.rationale", "missing"),
    (ITEM, "{id: c,", "{id: b,", "", "same id"),
    (ITEM, "correct: true, ", "", "", "exactly one"),
    (ITEM, "correct: true, ", "correct: true, dangerous: true, ", "options.0", "not both"),
    (ITEM, "dangerous: true, ", "", "", "dangerous: true"),
    (ITEM, "sources: [smith2020]", "sources: []", "sources", "few"),
    # what an item says about other things
    (ITEM, "id: crest-001", "id: crest-009", "id", "file is named crest-001"),
    (ITEM, "id: crest-001", "id: crest-002", "id", "file is named crest-001"),
    (ITEM, "regions: [crest]", "regions: [crst]", "regions.0", "no region crst"),
    (ITEM, "complications: [bleeding]", "complications: [bleding]", "complications.0", "no complication bleding"),
    (ITEM, "sources: [smith2020]", "sources: [smith2020, smith2002]", "sources.1", "no source smith2002"),
    (ITEM, "sources: [smith2020]", "sources: [doubt2021]", "sources", "not-for-keys"),
    # wording
    (ITEM, "What do you choose", "Which is not a choice", "stem", "negative"),
    (ITEM, "Use the longest needle in the box here", "All of the above", "options.2.text", "gathers"),
    (ITEM, "Use the longest needle", "Always use a longer one", "options.2.text", "absolute"),
    # the pack
    ("regions.yaml", "src: [gk-dn]", "src: [gk-dm]", "meta.general_rules.0.src.0", "no source gk-dm"),
    ("regions.yaml", "regions: 3", "regions: 4", "meta.counts.regions", "say 4"),
    ("regions.yaml", "regions: [thigh]", "regions: [thigh, calf]", "groups.0.regions.1", "no region calf"),
    ("regions.yaml", "    group: limb", "    group: trunk", "regions.0.group", "does not list thigh"),
    ("regions.yaml", "hazard: pneumothorax", "hazard: lung", "regions.0.structures_at_risk.0.hazard", "allowed here"),
    ("regions.yaml", ', use_reason: "One cadaver."', "", "regions.0.structures_at_risk.0.facts.1", "belong together"),
    ("complications.yaml", "{n: 2,", "{n: 3,", "complications.0.response_steps.2.n", "follows step"),
    ("competencies.yaml", "id: p-touch", "id: k-anatomy", "groups.1.competencies.0.id", "the id k-anatomy"),
    ("competencies.yaml", "modes: [quiz, oral]", "modes: [guess]", "groups.0.competencies.0.modes.0", "allowed here"),
    ("screening.yaml", "[no-consent, fear]", "[feer]", "screening_questions.0.triggers.0", "no row feer"),
    ("screening.yaml", "action: not-today", "action: modify", "relative.0", "own action"),
    ("sources.yaml", "authority: high", "authority: huge", "sources.smith2020.authority", "allowed here"),
    # quizzes
    ("quizzes/trunk.yaml", "groups: [trunk]", "groups: [trunc]", "select.any_of.0.groups.0", "no group trunc"),
    ("quizzes/trunk.yaml", "region: crest", "region: crust", "blueprint.cells.0.region", "no region crust"),
    ("quizzes/trunk.yaml", "region: crest", "region: thigh", "blueprint.cells.0", "selects no item"),
    ("quizzes/trunk.yaml", "{count: 1}", "{count: 3, critical: true}", "blueprint.critical_max", "demand 3"),
    ("quizzes/trunk.yaml", "{count: 1}", "{count: 1, domain: anatomy}", "blueprint", "anatomy"),
    ("quizzes/trunk.yaml", "id: trunk", "id: trunks", "id", "file is named trunk"),
    ("quizzes/trunk.yaml", "max_critical_errors: 0", "max_critical_errors: 1", "", "no critical error"),
    # scenes
    (SCENE, "id: crest-slice", "id: crest-slices", "id", "file is named crest-slice"),
    (SCENE, "regions: [crest]", "regions: [crust]", "regions.0", "no region crust"),
    (SCENE, "kind: section", "kind: drawing", "kind", "allowed here"),
    (SCENE, "tissue: lung", "tissue: air", "structures.2.tissue", "allowed here"),
    (SCENE, "hazard: pneumothorax, margin_mm: 5", "hazard: pneumothorax", "structures.2", "has a margin_mm"),
    (SCENE, "hazard: pneumothorax", "hazard: lung", "structures.2.hazard", "allowed here"),
    (SCENE, "{lean: 5, average: 8, large: 16}", "{lean: 9, average: 8, large: 16}", "habitus.fat_mm", "follow each other"),
    (SCENE, "band: [0, 8]", "band: [8, 0]", "habitus.fat_mm", "smaller to a larger depth"),
    (SCENE, "x_mm: [-40, 40]", "x_mm: [40, -40]", "frame", "smaller to the larger"),
    (SCENE, "id: crest, tissue", "id: fat, tissue", "", "same id"),
    (SCENE, "may_touch: []", "may_touch: [[fat, bone]]", "", "bone, which is no structure"),
    (SCENE, "skin: [[-40, 0], [40, 0]]", "skin: []", "", "at least two points"),
    (SCENE, "[[-40, 12], [40, 12]", "[[-40, 4], [40, 4]", "structures.1", "overlaps fat"),
    (SCENE, "[[-40, 40], [40, 40]", "[[-40, 20], [40, 20]", "structures.2", "overlaps crest"),
    (SCENE, "[[-40, 2], [40, 2]", "[[-40, -6], [40, -6]", "structures.0", "above the skin"),
    (SCENE, "polygon: [[-40, 40], [40, 40]", "rigid: maybe, polygon: [[-40, 40], [40, 40]", "structures.2.rigid", "true nor false"),
]  # fmt: skip


def problems(bank: Path) -> tuple[FileProblem, ...]:
    return check(bank).problems


def test_the_small_bank_is_sound(bank: Path) -> None:
    assert problems(bank) == ()


@pytest.mark.parametrize(("name", "before", "after", "field", "words"), BROKEN)
def test_a_broken_file_gives_file_line_field_message_and_cure(
    bank: Path, name: str, before: str, after: str, field: str, words: str
) -> None:
    line = change(bank, name, before, after)
    found = [p for p in problems(bank) if p.file == name and words in p.message.replace("Exactly", "exactly")]
    assert [(p.field) for p in found] == [field]
    last = line + after.count("\n")
    assert line <= found[0].line <= last or _whole(field, found[0], bank, name)
    assert found[0].message.endswith(".")
    assert len(found[0].cure) > 10


def _whole(field: str, problem: FileProblem, bank: Path, name: str) -> bool:
    """A rule about several fields points at the field that holds them all, the whole file having line 1."""
    text = (bank / name).read_text(encoding="utf-8").splitlines()
    heads = {"": 1, "blueprint": text.index("blueprint:") + 1 if "blueprint:" in text else 0}
    heads["blueprint.critical_max"] = heads["blueprint"] + 1
    return problem.line == heads.get(field)


def test_every_broken_file_is_named_at_once(bank: Path) -> None:
    change(bank, ITEM, "difficulty: 3", "difficulty: 9")
    change(bank, "scenarios/trunk/crest-002.yaml", "points: 1", "points: no")
    change(bank, "quizzes/trunk.yaml", "mode: exam", "mode: test")
    change(bank, "regions.yaml", "evidence: fair", "evidence: strong")
    change(bank, "sources.yaml", "seen: false", "seen: maybe")
    named = {p.file for p in problems(bank)}
    assert named == {ITEM, "scenarios/trunk/crest-002.yaml", "quizzes/trunk.yaml", "regions.yaml", "sources.yaml"}


def test_a_lost_pack_file_is_named(bank: Path) -> None:
    (bank / "sources.yaml").unlink()
    assert [(p.file, p.message) for p in problems(bank)] == [("sources.yaml", "The file is missing.")]


def test_files_that_nobody_would_read_are_named(bank: Path) -> None:
    put(bank, "scenarios/trunk/crest-004.yml", item(3))
    put(bank, "region.yaml", "a: 1")
    put(bank, "scenarios/.draft.yaml", "a: no")
    assert [p.file for p in problems(bank)] == ["region.yaml", "scenarios/trunk/crest-004.yml"]


def test_a_link_out_of_the_bank_is_not_followed(bank: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere.yaml", item(3, id="crest-004"))
    (bank / "scenarios/crest-004.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    (problem,) = problems(bank)
    assert "link" in problem.message


def test_a_folder_named_like_a_file_is_named(bank: Path) -> None:
    (bank / "scenarios/crest-009.yaml").mkdir()
    (problem,) = problems(bank)
    assert (problem.file, problem.line) == ("scenarios/crest-009.yaml", 1)


def test_the_second_file_of_an_id_is_refused_and_the_first_kept(bank: Path) -> None:
    put(bank, "scenarios/zzz/crest-001.yaml", item(3, id="crest-001"))
    report = check(bank)
    (problem,) = report.problems
    assert (problem.file, problem.field) == ("scenarios/zzz/crest-001.yaml", "id")
    assert "scenarios/trunk/crest-001.yaml" in problem.message
    assert report.as_json()["items"] == 3


def test_a_folder_that_is_not_there_says_what_to_set(tmp_path: Path) -> None:
    (problem,) = problems(tmp_path / "nowhere")
    assert "QUESTION_BANK" in problem.cure
