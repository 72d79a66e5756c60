"""Build evidence, settings and policies for tests of requirements and standing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from app.domain.evidence import CompetencyFact, DocumentFact, Evidence, ExamFact, ObservationFact, Setting
from app.domain.policy import Policy, parse_policy

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
THORAX = frozenset({"upper-trapezius", "rhomboids-levator", "thoracic-paraspinals"})
SETTING = Setting(
    1, "thorax", THORAX, frozenset({"upper-trapezius", "rhomboids-levator"}), "Europe/Dublin", "Ireland", ("k-anatomy",)
)


def observation(number: int, **changes: Any) -> ObservationFact:
    """A counting observation, `number` days before NOW, by observer 2."""
    at = NOW - timedelta(days=number)
    base = ObservationFact(
        number, "upper-trapezius", "assessment", "patient", "in_room", "completed", 5, False, 2, "Observer Two", True,
        at - timedelta(minutes=30), at, f"o{number}",
    )  # fmt: skip
    return replace(base, **changes)


def exam(quiz: str, days_ago: int = 10, **changes: Any) -> ExamFact:
    """A passed exam."""
    return replace(ExamFact(hash(quiz) % 1000, quiz, True, 0, NOW - timedelta(days=days_ago), quiz), **changes)


def document(kind: str, until: date | None = date(2027, 6, 30), **changes: Any) -> DocumentFact:
    """A verified document."""
    base = DocumentFact(hash(kind) % 1000, kind, "Ireland", date(2026, 1, 1), until, NOW - timedelta(days=5), False, kind)
    return replace(base, **changes)


def competency(slug: str = "k-anatomy", **changes: Any) -> CompetencyFact:
    """A competency signed met."""
    return replace(CompetencyFact(5, slug, "met", 2, NOW - timedelta(days=3), None, slug), **changes)


def full_evidence() -> Evidence:
    """Everything that the high tier of POLICY asks for."""
    watched = [
        observation(n, region="upper-trapezius" if n % 2 else "rhomboids-levator", observer_id=2 if n % 3 else 3)
        for n in range(1, 7)
    ]
    return Evidence(
        (exam("general-safety"), exam("thorax")),
        tuple(watched),
        (competency(),),
        (document("licence"), document("indemnity", date(2027, 3, 31))),
    )


def _tier(term: int, signers: int, observed: int, opened: bool = True) -> dict[str, Any]:
    return {
        "open": opened,
        "term_months": term,
        "signers": signers,
        "requirements": [
            {"kind": "exam", "id": "general", "words": "General safety exam", "quiz": "general-safety", "validity_months": 36},
            {"kind": "exam", "id": "group-exam", "words": "Group exam", "quiz": "group", "validity_months": 24},
            {
                "kind": "observed", "id": "observed", "words": "Observed procedures", "per_group": observed, "per_region": 2,
                "min_rating": 3, "observers": 2, "max_share": {"num": 67, "den": 100}, "min_on_patients": {"num": 1, "den": 2},
                "window_months": 24,
            },
            {"kind": "summative", "id": "last-three", "words": "Last three", "last": 3, "rating": 4, "observers": 2},
            {"kind": "competency", "id": "competencies", "words": "Critical competencies", "which": "critical", "continuing": True},
            {"kind": "document", "id": "licence", "words": "Licence", "document": "licence", "for_jurisdiction": True,
             "continuing": True},
            {"kind": "document", "id": "indemnity", "words": "Indemnity", "document": "indemnity", "continuing": True},
        ],
    }  # fmt: skip


def policy_body() -> dict[str, Any]:
    """A small policy like the shipped one, to be changed."""
    return {
        "schema": "policy/1", "id": "test", "title": "Test policy", "basis": "editorial", "later": [], "expiring_days": 60,
        "standard": _tier(36, 1, 2), "elevated": _tier(24, 1, 4), "high": _tier(24, 2, 6),
        "restricted": _tier(12, 2, 6, opened=False), "observer": {"term_months": 24},
    }  # fmt: skip


def make_policy() -> Policy:
    """A small policy like the shipped one."""
    return parse_policy(policy_body())


POLICY = make_policy()
