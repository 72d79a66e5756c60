"""What a policy asks in words, and every difference between two in a sentence."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from app.clearances.presets import read_presets
from app.domain.errors import InvalidInput
from app.domain.policy import TIERS, every_requirement, parse_policy
from app.domain.policy_words import differences, facts_of
from app.formats import strict_yaml
from app.formats.policy_text import to_text
from config import ROOT

PRESETS = {p.id: p for p in read_presets(ROOT / "question_bank")}


def body_of(preset: str) -> dict[str, Any]:
    body: dict[str, Any] = parse_policy(strict_yaml.load(PRESETS[preset].text.encode(), "p").data).model_dump(
        mode="json", by_alias=True
    )
    return body


def test_the_four_presets_are_there() -> None:
    assert set(PRESETS) == {"default", "school", "solo", "high-assurance"}


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_every_preset_says_that_it_is_judgement_and_asks_only_what_is_recorded(preset: str) -> None:
    policy = parse_policy(body_of(preset))
    assert "A clinician and counsel must confirm" in policy.basis
    kinds = {r.kind for tier in TIERS for r in every_requirement(policy.rules(tier).requirements)}
    assert kinds <= {"exam", "observed", "summative", "competency", "document"}
    assert policy.high.signers >= 2
    assert not policy.restricted.open


def test_solo_still_takes_two_people_for_a_high_hazard_region_one_of_them_external() -> None:
    high = parse_policy(body_of("solo")).high
    assert (high.signers, high.external_signer) == (2, True)
    observed = next(r for r in high.requirements if r.kind == "observed")
    assert observed.observers == 2


def test_high_assurance_asks_for_ten_by_four_observers_none_above_40_percent() -> None:
    observed = next(r for r in parse_policy(body_of("high-assurance")).high.requirements if r.kind == "observed")
    share = observed.max_share
    assert share is not None
    assert (observed.per_group, observed.observers, share.num, share.den) == (10, 4, 40, 100)


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_policy_as_text_is_read_back_as_the_same(preset: str, tmp_path: Path) -> None:
    body = body_of(preset)
    for some in (body, parse_policy(body).model_dump(mode="json", by_alias=True, exclude_defaults=True)):
        read = strict_yaml.load(to_text(some).encode(), "p").data
        assert parse_policy(read) == parse_policy(body)


def test_every_number_of_a_requirement_is_told() -> None:
    observed = next(r for r in parse_policy(body_of("default")).high.requirements if r.kind == "observed")
    said = "; ".join(facts_of(observed))
    assert said == (
        "procedures in the group: 6; procedures in each region claimed: 2; lowest rating that counts: 3; different observers: 2; "
        "largest share of one observer: 67 %; smallest share on patients: 50 %; months that it looks back: 24"
    )


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for key, inner in value.items() for leaf in leaves(inner, (*path, key))]
    if isinstance(value, list):
        return [leaf for n, inner in enumerate(value) for leaf in leaves(inner, (*path, n))]
    return [path]


def changed(body: Any, path: tuple[Any, ...], rng: random.Random) -> Any:
    """The body with one leaf changed to something of its kind."""
    body = copy.deepcopy(body)
    place = body
    for step in path[:-1]:
        place = place[step]
    old = place[path[-1]]
    if isinstance(old, bool):
        place[path[-1]] = not old
    elif isinstance(old, int):
        place[path[-1]] = old + rng.choice([1, 2])
    elif isinstance(old, str):
        place[path[-1]] = f"{old}x"
    elif old is None:
        place[path[-1]] = {"num": 1, "den": 3}
    return body


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_no_change_of_a_policy_goes_unsaid(preset: str) -> None:
    body, rng, told = body_of(preset), random.Random(1), 0
    policy = parse_policy(body)
    assert differences(policy, policy) == ()
    for path in leaves(body):
        try:
            other = parse_policy(changed(body, path, rng))
        except InvalidInput:
            continue
        assert differences(policy, other), path
        told += 1
    assert told > 100


def test_differences_are_sentences() -> None:
    old, new = body_of("default"), body_of("default")
    new["high"]["term_months"] = 12
    new["high"]["requirements"][3]["max_share"]["num"] = 40
    del new["high"]["requirements"][0]
    new["restricted"]["open"] = True
    assert differences(parse_policy(old), parse_policy(new)) == (
        "High. Months of the term: 24 becomes 12.",
        "High. No longer asked: General safety exam.",
        "High. 6 observed procedures, 2 in each region claimed, half on patients, largest share of one observer: "
        "67 % becomes 40 %.",
        "Restricted. Open: no becomes yes.",
    )
