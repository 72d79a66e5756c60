"""The domain's question about one person at a site, with what is the same for everybody who is asked about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy.orm import Session

from app.accounts.models import Site
from app.clearances.evidence import names_of
from app.clearances.facts import decision_rows, exams_rested_on
from app.clearances.models import Application
from app.decisions.queries import fact_of
from app.domain.catalogue import Catalogue
from app.domain.evidence import Evidence, PrerequisiteFact, Setting
from app.domain.policy_versions import Versions
from app.domain.prerequisites import Graph, Node
from app.domain.standing import DecisionFact, Standing, standing
from app.domain.standing.ordered import whole_graph, with_prerequisites

Decided = Mapping[tuple[str, str], Sequence[DecisionFact]]
"""(group, level) → what was decided about one person at one site."""


def decided_of(rows: Iterable[Any]) -> dict[tuple[int, int], dict[tuple[str, str], list[DecisionFact]]]:
    """(person, site) → what was decided.

    A decision speaks of the regions of its own group alone, whatever its list says: its tier is that group's.
    """
    found: dict[tuple[int, int], dict[tuple[str, str], list[DecisionFact]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        found[row.person_id, row.site_id][row.group_slug, row.level].append(fact_of(row, exams_rested_on(row)))
    return found


def decided_about(
    session: Session, evidence: Mapping[int, Evidence], known: datetime
) -> dict[tuple[int, int], dict[tuple[str, str], list[DecisionFact]]]:
    """The same for people whose evidence is known already, in one statement."""
    held = any(exam.held_until is not None for found in evidence.values() for exam in found.exams)
    return decided_of(decision_rows(session, list(evidence), known, with_exams=held))


@dataclass(frozen=True)
class Asking:
    """Where and when it is asked, and of which versions of the policy."""

    catalogue: Catalogue
    versions: Versions
    site: Site
    at: datetime
    known: datetime
    names: dict[str, str]
    restored: bool = False
    renewals: Mapping[int, datetime] = field(default_factory=dict)
    region: str | None = None
    """the only region that is asked about, or None for all"""

    @cached_property
    def graph(self) -> Graph:
        """What the versions that were known ask for first."""
        return whole_graph(self.versions.known_by(self.known), self.catalogue.regions_by_tier)

    def standings_of(self, person_id: int, level: str, decisions: Decided, evidence: Evidence) -> dict[str, Standing]:
        """The standing of one person for every region."""
        whole = self.with_prerequisites(person_id, decisions, evidence)
        asked = [r.id for r in self.catalogue.regions if self.region in (None, r.id)]
        return {r: self._standing(person_id, decisions, whole, (r, level), self.at) for r in asked}

    def with_prerequisites(self, person_id: int, decisions: Decided, evidence: Evidence) -> Evidence:
        """The evidence with what is cleared of that which is asked for first."""

        def reckon(node: Node, known: Evidence, instant: datetime) -> Standing:
            return self._standing(person_id, decisions, known, node, instant)

        return with_prerequisites(evidence, self.graph, self.versions.known_by(self.known), reckon, self.at)

    def _standing(self, person_id: int, decisions: Decided, evidence: Evidence, node: Node, instant: datetime) -> Standing:
        region, level = node
        group = self.catalogue.group_of(region)
        return standing(
            region=region, level=level, decisions=decisions.get((group.id, level), ()), evidence=evidence, policy=self.versions,
            tier=group.tier, setting=self.setting(person_id, group.id, frozenset({region})), at=instant, as_known_at=self.known,
            restored=self.restored, renewals=self.renewals, asked=self.at if instant != self.at else None,
        )  # fmt: skip

    def setting(self, person_id: int, group: str, regions: frozenset[str]) -> Setting:
        """Where the requirements of some regions of a group are asked."""
        return Setting(
            person_id, group, frozenset(self.catalogue.regions_of(group)), regions, self.site.time_zone, self.site.jurisdiction,
            tuple(self.catalogue.critical_competencies), names=self.names,
        )  # fmt: skip


Facts = tuple[PrerequisiteFact, ...]


def prerequisites_of(
    session: Session, applications: Collection[Application], catalogue: Catalogue, versions: Versions,
    evidence: Mapping[int, Evidence], now: datetime,
) -> dict[tuple[int, int], Facts]:  # fmt: skip
    """(person, site) → what is cleared there of that which is asked for first; nothing is read where nothing is."""
    if not whole_graph(versions, catalogue.regions_by_tier):
        return {}
    decided, names = decided_about(session, evidence, now), names_of(session, catalogue)
    found: dict[tuple[int, int], Facts] = {}
    for person_id, site in {(a.person_id, a.site) for a in applications}:
        here = decided.get((person_id, site.id), {})
        ask = Asking(catalogue, versions, site, now, now, names)
        found[person_id, site.id] = ask.with_prerequisites(person_id, here, evidence[person_id]).prerequisites
    return found


def with_facts(evidence: Evidence, facts: Facts) -> Evidence:
    """The evidence with what is cleared of that which is asked for first."""
    return replace(evidence, prerequisites=facts) if facts else evidence
