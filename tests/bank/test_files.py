"""Reading the bank's folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from app.bank.check import check
from app.bank.files import read_bank
from app.domain.errors import InvalidInput
from config import ROOT
from tests.bank.small_bank import change, put


def test_everything_is_read_and_typed(bank: Path) -> None:
    files = read_bank(bank)
    assert [i.id for i in files.items] == ["crest-001", "crest-002", "crest-003"]
    assert [q.id for q in files.quizzes] == ["trunk"]
    assert files.policies == []
    assert files.catalogue.group_of("rib").id == "trunk"
    assert files.problems == []


def test_each_file_that_was_read_has_its_digest(bank: Path) -> None:
    files = read_bank(bank)
    assert len(files.sha256) == 10
    content = (bank / "quizzes/trunk.yaml").read_bytes()
    assert files.sha256["quizzes/trunk.yaml"] == hashlib.sha256(content).hexdigest()


def test_items_of_every_depth_are_found_in_the_order_of_their_names(bank: Path) -> None:
    (bank / "scenarios/trunk/crest-001.yaml").rename(bank / "scenarios/crest-001.yaml")
    assert [i.id for i in read_bank(bank).items] == ["crest-001", "crest-002", "crest-003"]


def test_a_broken_pack_gives_no_catalogue_but_the_rest(bank: Path) -> None:
    change(bank, "sources.yaml", "seen: true", "seen: perhaps")
    files = read_bank(bank)
    assert len(files.items) == 3
    with pytest.raises(InvalidInput, match="bank check"):
        _ = files.catalogue


def test_a_policy_that_asks_for_an_unknown_exam_is_refused(bank: Path) -> None:
    policy = (ROOT / "question_bank/policies/default.yaml").read_text(encoding="utf-8")
    policy = policy.replace("quiz: general-safety", "quiz: trunk").replace("quiz: complication-response", "quiz: tronk")
    put(bank, "policies/default.yaml", policy)
    lines = [n for n, line in enumerate(policy.splitlines(), start=1) if "tronk" in line]
    found = check(bank).problems
    assert {p.message for p in found} == {"There is no exam tronk."}
    assert [p.line for p in found] == lines
    assert all("trunk" in p.cure for p in found)
