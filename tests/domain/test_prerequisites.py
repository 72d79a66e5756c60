"""What must be cleared first: no circle, computed from below, and losing it blocks without revoking."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.domain.evidence import Evidence, PrerequisiteFact
from app.domain.policy import parse_policy
from app.domain.policy_versions import Versions
from app.domain.prerequisites import asked_first, find_cycle, in_order
from app.domain.spans import Spans
from app.domain.standing import DecisionFact, Standing, standing
from app.domain.standing.ordered import whole_graph, with_prerequisites
from tests.domain.clearance_facts import NOW, SETTING, full_evidence, policy_body

nodes = st.tuples(st.sampled_from("abcdef"), st.sampled_from(["independent", "may_observe"]))
graphs = st.dictionaries(nodes, st.frozensets(nodes, max_size=3), max_size=6)


def reaches(graph: Any, start: Any, goal: Any) -> bool:
    seen, waiting = set(), list(graph.get(start, ()))
    while waiting:
        here = waiting.pop()
        if here == goal:
            return True
        if here not in seen:
            seen.add(here)
            waiting += graph.get(here, ())
    return False


@given(graphs)
def test_a_circle_is_found_exactly_where_something_asks_for_itself(graph: Any) -> None:
    found = find_cycle(graph)
    assert (found is not None) == any(reaches(graph, node, node) for node in graph)
    if found is not None:
        assert found[0] == found[-1]
        assert all(later in graph[one] for one, later in zip(found, found[1:], strict=False))


@given(graphs)
def test_everything_comes_after_what_it_asks_for_and_what_a_circle_holds_up_is_left_out(graph: Any) -> None:
    order = in_order(graph)
    asked = {node for first in graph.values() for node in first}
    assert len(order) == len(set(order))
    for n, node in enumerate(order):
        assert graph.get(node, frozenset()) <= set(order[:n])
    held_up = {n for n in asked if reaches(graph, n, n) or any(reaches(graph, n, m) and reaches(graph, m, m) for m in asked)}
    assert set(order) == asked - held_up


def asks_first(*regions: str, tier: str = "high", **more: Any) -> Any:
    body = policy_body()
    rule = {"kind": "prerequisite", "id": "first", "words": "Something first", "regions": list(regions), "continuing": True, **more}
    body[tier]["requirements"].append(rule)
    return parse_policy(body)


TIERS = {"high": ("upper-trapezius",), "standard": ("deltoid-rotator",)}


def test_a_prerequisite_inside_others_counts_for_the_graph() -> None:
    body = policy_body()
    inner = {"kind": "prerequisite", "id": "inner", "words": "Something first", "regions": ["deltoid-rotator"]}
    body["high"]["requirements"].append({"kind": "any_of", "id": "any", "words": "One of them", "of": [inner]})
    graph = asked_first(parse_policy(body), TIERS)
    assert graph == {("upper-trapezius", "independent"): frozenset({("deltoid-rotator", "independent")})}


def granted(region: str, days: int = -10) -> DecisionFact:
    at = NOW + timedelta(days=days)
    return DecisionFact(1, "grant", frozenset({region}), at, at, until=NOW + timedelta(days=600), by_two=True, policy_version_id=0)


def high(evidence: Evidence, policy: Any) -> Standing:
    return standing(
        region="upper-trapezius", level="independent", decisions=[granted("upper-trapezius")], evidence=evidence, policy=policy,
        tier="high", setting=replace(SETTING, regions=frozenset({"upper-trapezius"})), at=NOW,
    )  # fmt: skip


def test_what_nobody_reckoned_blocks_and_does_not_revoke() -> None:
    policy = asks_first("deltoid-rotator")
    found = high(full_evidence(), policy)
    assert (found.state, found.limiting_cause, found.grant_id) == ("BLOCKED", "first", 1)
    ends = NOW + timedelta(days=30)
    held = replace(full_evidence(), prerequisites=(PrerequisiteFact("deltoid-rotator", "independent", Spans(((NOW, ends),))),))
    cleared = high(held, policy)
    assert (cleared.state, cleared.cleared_until, cleared.limiting_cause) == ("CLEARED", ends, "first")


def test_lower_regions_are_reckoned_before_higher_ones() -> None:
    versions = Versions.always(asks_first("deltoid-rotator"))
    asked: list[str] = []

    def reckon(node: Any, evidence: Evidence, at: Any) -> Standing:
        asked.append(node[0])
        return Standing(node[0], node[1], "CLEARED", "CLEARED", cleared_until=NOW + timedelta(days=5))

    graph = whole_graph(versions, TIERS)
    found = with_prerequisites(full_evidence(), graph, versions, reckon, NOW)
    assert asked == ["deltoid-rotator"]
    assert high(found, versions).cleared_until == NOW + timedelta(days=5)


def test_a_policy_without_prerequisites_reckons_nothing_besides() -> None:
    evidence = full_evidence()
    assert with_prerequisites(evidence, {}, Versions(), lambda *_: 1 / 0, NOW) is evidence  # type: ignore[arg-type,return-value]
