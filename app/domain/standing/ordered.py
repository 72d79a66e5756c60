"""Standings of one person at one site where regions ask for others first: lower ones are reckoned before higher ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from app.domain.evidence import Evidence, PrerequisiteFact
from app.domain.policy_versions import Versions
from app.domain.prerequisites import Graph, Node, asked_first, in_order
from app.domain.spans import Span, Spans
from app.domain.standing.record import Standing

Reckon = Callable[[Node, Evidence, datetime], Standing]
"""The standing of a region at a level, on some evidence, at an instant."""


def whole_graph(versions: Versions, regions_by_tier: Mapping[str, tuple[str, ...]]) -> Graph:
    """What every version together asks for first. It can lead in a circle where no single version does."""
    found: dict[Node, frozenset[Node]] = {}
    for version in versions.published:
        for node, first in asked_first(version.policy, regions_by_tier).items():
            found[node] = found.get(node, frozenset()) | first
    return found


def with_prerequisites(evidence: Evidence, graph: Graph, versions: Versions, reckon: Reckon, at: datetime) -> Evidence:
    """The evidence with the spans in which each region that is asked for first is cleared; one in a circle never is.

    It is asked at the instant and again at each later one at which a version that is known comes into force, since only
    there can a clearance begin to ask for something else.
    """
    if not graph:
        return evidence
    instants = [at, *sorted({v.in_force_from for v in versions.published if v.in_force_from > at})]
    for node in in_order(graph):
        spans = Spans.of(span for instant in instants for span in _cleared(reckon(node, evidence, instant), instant))
        evidence = replace(evidence, prerequisites=(*evidence.prerequisites, PrerequisiteFact(*node, spans)))
    return evidence


def _cleared(found: Standing, at: datetime) -> tuple[Span, ...]:
    return ((at, found.cleared_until),) if found.may_act_alone else ()
