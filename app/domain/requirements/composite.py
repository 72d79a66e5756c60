"""Requirements made of others: all of them, any of them, k of them."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Ref
from app.domain.policy import AllOf, AnyOf, KOf
from app.domain.requirements.outcome import Outcome, State
from app.domain.spans import at_least


def composite(req: AllOf | AnyOf | KOf, children: list[Outcome], *, at: datetime) -> Outcome:
    """Met while enough children are; unknown where those that nobody can answer would decide it."""
    needed = {"all_of": len(children), "any_of": 1}.get(req.kind, getattr(req, "k", 1))
    met = [c for c in children if c.state == "met"]
    rest = [c for c in children if c.state != "met"]
    doubtful = sum(c.state == "unknown" for c in rest)
    spans = at_least(needed, [c.spans for c in children])
    state: State = "met" if len(met) >= needed else ("unknown" if len(met) + doubtful >= needed else "unmet")
    refs: tuple[Ref, ...] = tuple(dict.fromkeys(ref for c in met for ref in c.evidence))
    reason = " ".join(c.reason for c in (met if state == "met" else rest))
    until = spans.until(at) if state == "met" else None
    to_do = rest[0].to_do if state != "met" and rest else ""
    return Outcome(req.id, req.kind, req.words, state, reason, to_do, until, refs, len(met), needed, spans)
