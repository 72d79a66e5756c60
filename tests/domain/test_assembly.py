"""A form is drawn by matching: whole if it can be, of unseen items if it can be, and by chance otherwise."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from functools import cache
from itertools import combinations
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.assembly import Form, PoolItem, Shortage, assemble, feasibility, fits, overexposed
from app.domain.quiz import Blueprint, Cell
from tests.domain.quiz_samples import make_pool, make_pool_item, make_quiz, small_quiz

REGIONS = ("upper-trapezius", "serratus-anterior")
DOMAINS = ("anatomy", "placement")


def draw_form(blueprint: Blueprint, pool: list[PoolItem], seed: int = 1) -> Form:
    form = assemble(blueprint, pool, random.Random(seed))
    assert isinstance(form, Form)
    return form


def shortage(blueprint: Blueprint, pool: list[PoolItem]) -> Shortage:
    found = assemble(blueprint, pool, random.Random(1))
    assert isinstance(found, Shortage)
    return found


@st.composite
def tiny_pools(draw: st.DrawFn) -> list[PoolItem]:
    """At most seven items of two regions and two domains."""
    facts = st.fixed_dictionaries(
        {
            "domain": st.sampled_from(DOMAINS), "regions": st.frozensets(st.sampled_from(REGIONS)), "critical": st.booleans(),
            "seen_count": st.integers(0, 3),
        }
    )  # fmt: skip
    return [make_pool_item(n, **found) for n, found in enumerate(draw(st.lists(facts, max_size=7)))]


@st.composite
def tiny_blueprints(draw: st.DrawFn) -> Blueprint:
    """At most three cells of one or two items, overlapping in every way."""
    cell = st.builds(
        Cell, count=st.integers(1, 2), domain=st.none() | st.sampled_from(DOMAINS), region=st.none() | st.sampled_from(REGIONS),
        critical=st.none() | st.booleans(),
    )  # fmt: skip
    return Blueprint(critical_max=draw(st.integers(0, 3)), cells=tuple(draw(st.lists(cell, min_size=1, max_size=3))))


def fillable(blueprint: Blueprint, chosen: tuple[PoolItem, ...]) -> bool:
    """Whether each of these items finds a place of its own; by trying everything."""
    places = [cell for cell in blueprint.cells for _ in range(cell.count)]

    @cache
    def rest(n: int, taken: frozenset[int]) -> bool:
        return n == len(chosen) or any(
            p not in taken and fits(place, chosen[n]) and rest(n + 1, taken | {p}) for p, place in enumerate(places)
        )

    return sum(item.critical for item in chosen) <= blueprint.critical_max and rest(0, frozenset())


def best_by_brute_force(blueprint: Blueprint, pool: list[PoolItem]) -> tuple[int, int]:
    """(the most places that can be filled, the least sum of seen counts that fills them)."""
    for size in range(min(blueprint.size, len(pool)), 0, -1):
        sums = [sum(i.seen_count for i in chosen) for chosen in combinations(pool, size) if fillable(blueprint, chosen)]
        if sums:
            return size, min(sums)
    return 0, 0


@given(tiny_blueprints(), tiny_pools(), st.integers(0, 99))
def test_a_form_is_as_good_as_trying_every_selection(blueprint: Blueprint, pool: list[PoolItem], seed: int) -> None:
    most, least_seen = best_by_brute_force(blueprint, pool)
    found = assemble(blueprint, pool, random.Random(seed))
    if isinstance(found, Shortage):
        assert (most < blueprint.size, found.missing) == (True, blueprint.size - most)
    else:
        assert (len(found.items), sum(i.seen_count for i in found.items)) == (most, least_seen) == (blueprint.size, least_seen)
        assert fillable(blueprint, found.items)


@given(tiny_blueprints(), tiny_pools(), st.randoms(use_true_random=False), st.integers(0, 99))
def test_the_same_seed_gives_the_same_form_in_whatever_order_the_pool_comes(
    blueprint: Blueprint, pool: list[PoolItem], shuffler: random.Random, seed: int
) -> None:
    first = assemble(blueprint, pool, random.Random(seed))
    shuffler.shuffle(pool)
    assert assemble(blueprint, pool, random.Random(seed)) == first


@given(tiny_blueprints(), tiny_pools())
def test_a_shortage_names_cells_whose_gaps_add_up_to_what_is_missing(blueprint: Blueprint, pool: list[PoolItem]) -> None:
    found = assemble(blueprint, pool, random.Random(1))
    if isinstance(found, Shortage):
        assert sum(count for _, count in found.cells) == found.missing > 0
        assert all(words in found.words for words, _ in found.cells)


@given(tiny_blueprints(), tiny_pools())
def test_a_shortage_names_the_cap_if_and_only_if_the_cap_is_the_cause(blueprint: Blueprint, pool: list[PoolItem]) -> None:
    found = assemble(blueprint, pool, random.Random(1))
    uncapped = blueprint.model_copy(update={"critical_max": len(pool)})
    if isinstance(found, Shortage):
        assert (found.cap is not None) == (best_by_brute_force(uncapped, pool)[0] == blueprint.size)


def test_the_one_item_that_fits_a_narrow_cell_is_kept_for_it() -> None:
    pool = [*make_pool(3), make_pool_item(9, regions=frozenset({"serratus-anterior"}))]
    blueprint = small_quiz({"count": 3, "domain": "anatomy"}, {"count": 1, "region": "serratus-anterior"}).blueprint
    assert all(len(draw_form(blueprint, pool, seed).items) == 4 for seed in range(20))


def test_unseen_items_are_preferred_and_the_least_seen_come_next() -> None:
    pool = [*make_pool(3, 0, seen_count=2), *make_pool(3, 10, seen_count=1), *make_pool(3, 20)]
    blueprint = small_quiz({"count": 5}).blueprint
    for seed in range(20):
        assert Counter(i.seen_count for i in draw_form(blueprint, pool, seed).items) == {0: 3, 1: 2}


def test_a_seen_item_is_drawn_where_no_other_fills_the_cell() -> None:
    pool = [*make_pool(4), make_pool_item(9, domain="placement", seen_count=7)]
    blueprint = small_quiz({"count": 1, "domain": "placement"}, {"count": 2}).blueprint
    assert "item-009" in [i.item_id for i in draw_form(blueprint, pool).items]


@pytest.mark.parametrize("critical_max", [0, 2, 5])
def test_a_form_never_holds_more_critical_items_than_the_cap(critical_max: int) -> None:
    pool = [*make_pool(30, critical=True), *make_pool(10, 50, seen_count=9)]
    blueprint = small_quiz({"count": 10}, critical_max=critical_max).blueprint
    assert sum(i.critical for i in draw_form(blueprint, pool).items) == critical_max


def test_chance_draws_every_item_and_puts_each_in_every_place() -> None:
    pool, blueprint = make_pool(6), small_quiz({"count": 3}).blueprint
    forms = [draw_form(blueprint, pool, seed).items for seed in range(300)]
    drawn = Counter(item.item_id for form in forms for item in form)
    assert set(drawn) == {i.item_id for i in pool}
    assert min(drawn.values()) > 100
    assert {(n, i.item_id) for form in forms for n, i in enumerate(form)} == {(n, i.item_id) for n in range(3) for i in pool}


def test_a_shortage_says_which_cells_cannot_be_filled_and_by_how_many() -> None:
    pool = [*make_pool(4), *make_pool(1, 10, domain="placement")]
    blueprint = small_quiz({"count": 3, "domain": "placement"}, {"count": 4, "domain": "anatomy"}).blueprint
    found = shortage(blueprint, pool)
    assert (found.missing, found.words) == (2, "2 short for placement.")


def test_a_shortage_that_the_cap_makes_says_so() -> None:
    found = shortage(small_quiz({"count": 5}, critical_max=2).blueprint, [*make_pool(9, critical=True), *make_pool(1, 20)])
    assert found.words == "2 short for any item of the pool; a form holds at most 2 critical items, and others are missing."


@pytest.mark.parametrize(
    ("cell", "facts", "answer"),
    [
        ({}, {}, True),
        ({"domain": "placement"}, {"domain": "anatomy"}, False),
        ({"region": "calf"}, {"regions": frozenset({"calf", "neck"})}, True),
        ({"region": "calf"}, {"regions": frozenset()}, False),
        ({"topics": ["response"]}, {"topic": "response"}, True),
        ({"topics": ["response"]}, {"topic": None}, False),
        ({"complications": ["infection", "seizure"]}, {"complications": frozenset({"seizure"})}, True),
        ({"complications": ["infection"]}, {"complications": frozenset({"seizure"})}, False),
        ({"type": "numeric"}, {"type": "ordering"}, False),
        ({"critical": True}, {"critical": False}, False),
        ({"critical": False}, {"critical": True}, False),
        ({"critical": False}, {"critical": False}, True),
    ],
)
def test_a_cell_takes_an_item_that_fits_all_it_asks_for(cell: dict[str, Any], facts: dict[str, Any], answer: bool) -> None:
    (parsed,) = small_quiz({"count": 1, **cell}).blueprint.cells
    assert fits(parsed, make_pool_item(**facts)) is answer


def test_a_form_of_40_from_a_pool_of_500_takes_less_than_a_fifth_of_a_second() -> None:
    rng = random.Random(4)
    regions = [f"region-{n}" for n in range(6)]
    pool = [
        make_pool_item(
            n, domain=rng.choice(["anatomy", "placement", "complication"]), regions=frozenset(rng.sample(regions, 2)),
            critical=rng.random() < 0.3, seen_count=rng.randrange(3),
        )
        for n in range(500)
    ]  # fmt: skip
    cells: list[dict[str, Any]] = [
        {"count": 1, "region": r, "domain": d} for r in regions for d in ("anatomy", "placement", "complication")
    ]
    blueprint = small_quiz(*cells, {"count": 12, "domain": "anatomy"}, {"count": 10}).blueprint
    times = []
    for seed in range(3):
        start = perf_counter()
        assert len(draw_form(blueprint, pool, seed).items) == 40
        times.append(perf_counter() - start)
    assert min(times) < 0.2


def full_pool(extra: int = 10) -> list[PoolItem]:
    """Twenty items that fill the cells of `make_quiz`, and some more."""
    return [
        *make_pool(6), *make_pool(6, 10, domain="placement", topic="infection-control"), *make_pool(8, 20, domain="complication"),
        *make_pool(extra, 40, domain="complication"),
    ]  # fmt: skip


def test_a_quiz_whose_pool_holds_one_and_a_half_forms_is_offered() -> None:
    found = feasibility(make_quiz(), full_pool())
    assert (found.offered, found.items_short, found.form_size, found.pool_size) == (True, 0, 20, 30)
    assert found.words == "Offered: 20 items from a pool of 30."


def test_a_quiz_with_a_small_pool_says_how_many_items_it_is_short() -> None:
    found = feasibility(make_quiz(), full_pool(9))
    assert (found.offered, found.items_short) == (False, 1)
    assert found.words == "Not offered yet: 1 reviewed items short."


def test_a_quiz_without_a_pool_is_short_by_the_whole_pool() -> None:
    found = feasibility(make_quiz(), [])
    assert (found.offered, found.items_short, found.pool_size) == (False, 30, 0)


def test_a_large_pool_that_cannot_fill_a_cell_is_not_enough() -> None:
    pool = [replace(i, topic=None) if i.item_id in ("item-010", "item-011") else i for i in full_pool(40)]
    found = feasibility(make_quiz(), pool)
    assert (found.offered, found.items_short) == (False, 2)
    assert found.words == "Not offered yet: 2 reviewed items short (2 short for placement, screening-consent, infection-control)."


def test_the_larger_of_the_two_wants_is_what_a_quiz_is_short() -> None:
    found = feasibility(make_quiz(), [i for i in full_pool() if i.domain != "anatomy"])
    assert (found.items_short, found.words) == (6, "Not offered yet: 6 reviewed items short (6 short for anatomy).")
    found = feasibility(make_quiz(), [i for i in full_pool(0) if i.item_id != "item-000"])
    assert (found.items_short, found.words) == (11, "Not offered yet: 11 reviewed items short (1 short for anatomy).")


def test_the_factor_is_rounded_up_to_whole_items() -> None:
    quiz = small_quiz({"count": 3})
    assert [feasibility(quiz, make_pool(n)).items_short for n in (3, 4, 5)] == [2, 1, 0]


@given(tiny_pools(), tiny_blueprints())
def test_a_quiz_is_offered_only_if_a_form_can_be_drawn_from_a_pool_large_enough(pool: list[PoolItem], blueprint: Blueprint) -> None:
    quiz = small_quiz(*(c.model_dump(exclude_none=True) for c in blueprint.cells), critical_max=blueprint.critical_max)
    found = feasibility(quiz, pool)
    possible = isinstance(assemble(blueprint, pool, random.Random(7)), Form) and 2 * len(pool) >= 3 * blueprint.size
    assert found.offered == possible == (found.items_short == 0)


def test_every_form_of_an_offered_quiz_holds_six_items_of_each_domain_with_a_cut() -> None:
    quiz, pool = make_quiz(), full_pool(20)
    for seed in range(10):
        domains = Counter(i.domain for i in draw_form(quiz.blueprint, pool, seed).items)
        assert all(domains[d] >= 6 for d in quiz.cuts.domains)


def test_an_overexposed_item_is_drawn_only_where_no_other_unseen_one_fills_the_cell() -> None:
    pool = [*make_pool(3, 0, overexposed=True), *make_pool(3, 10)]
    blueprint = small_quiz({"count": 4}).blueprint
    for seed in range(20):
        assert sum(i.overexposed for i in draw_form(blueprint, pool, seed).items) == 1


def test_an_item_that_this_person_has_not_seen_comes_before_one_that_others_have_not() -> None:
    pool = [*make_pool(2, 0, seen_count=1), *make_pool(2, 10, overexposed=True)]
    assert all(i.overexposed for i in draw_form(small_quiz({"count": 2}).blueprint, pool).items)


def test_siblings_of_what_was_missed_are_preferred_among_equals() -> None:
    pool = [*make_pool(5, 0), *make_pool(2, 10, sibling=True), *make_pool(2, 20, sibling=True, seen_count=1)]
    for seed in range(20):
        drawn = draw_form(small_quiz({"count": 3}).blueprint, pool, seed).items
        assert sum(i.sibling for i in drawn) == 2
        assert all(i.seen_count == 0 for i in drawn)


@pytest.mark.parametrize(
    ("times", "forms", "size", "pool", "expected"),
    [(19, 19, 20, 40, False), (26, 40, 20, 40, True), (25, 40, 20, 40, False), (40, 40, 20, 20, False), (0, 0, 20, 0, False)],
)
def test_an_item_is_overexposed_above_five_quarters_of_its_even_share(
    times: int, forms: int, size: int, pool: int, expected: bool
) -> None:
    assert overexposed(times, forms, size, pool) == expected
