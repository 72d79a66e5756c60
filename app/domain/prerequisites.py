"""Which regions must be cleared before others: a graph that may not lead back to where it began."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from app.domain.policy import Policy

Node = tuple[str, str]
"""(region, level)."""
Graph = Mapping[Node, frozenset[Node]]
"""What each asks for first."""


def asked_first(policy: Policy, regions_by_tier: Mapping[str, Collection[str]]) -> Graph:
    """What a policy asks for first, by region. Only acting alone has prerequisites: observing asks for papers alone."""
    return {
        (region, "independent"): first for tier, first in policy.first_by_tier.items() for region in regions_by_tier.get(tier, ())
    }


def find_cycle(graph: Graph) -> tuple[Node, ...] | None:
    """The first way that leads back to where it began, with that place at both ends; None where there is none."""
    done: set[Node] = set()
    for start in sorted(graph):
        found = _walk(graph, start, [], done)
        if found is not None:
            return found
    return None


def _walk(graph: Graph, node: Node, way: list[Node], done: set[Node]) -> tuple[Node, ...] | None:
    if node in way:
        return (*way[way.index(node) :], node)
    if node in done:
        return None
    way.append(node)
    for following in sorted(graph.get(node, ())):
        found = _walk(graph, following, way, done)
        if found is not None:
            return found
    done.add(way.pop())
    return None


def in_order(graph: Graph) -> list[Node]:
    """Everything that is asked for first, before whatever asks for it; what stands in a cycle, or behind one, is left out."""
    asked = {node for first in graph.values() for node in first}
    found: list[Node] = []
    waiting = sorted(asked)
    while ready := [n for n in waiting if set(graph.get(n, ())) <= set(found)]:
        found += ready
        waiting = [n for n in waiting if n not in found]
    return found
