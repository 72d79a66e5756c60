"""A paper that a second person verified, on the days that it is valid."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from app.domain.evidence import Evidence, Ref, Setting
from app.domain.places import end_of_day, start_of_day
from app.domain.policy import DocumentRequirement
from app.domain.requirements.outcome import Outcome, answer
from app.domain.spans import Span, Spans

DOCUMENT_WORDS = {"licence": "licence", "indemnity": "indemnity", "bls": "BLS with AED", "course": "course record"}


def document(req: DocumentRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Verified, as far as the evidence knows; one that begins on the day after another one ends carries it on.

    When it was verified says when that was known, not from when it holds: a licence verified in March was valid in January.
    """
    word, zone = DOCUMENT_WORDS[req.document], setting.time_zone
    place = setting.jurisdiction.casefold() if req.for_jurisdiction else None
    papers = evidence.once(
        ("papers", req.document, place, zone, at), lambda: _papers(evidence, req.document, place, zone, at)
    )  # fmt: skip
    if papers.best is None:
        reason, to_do = _gap(word, papers.entered, papers.verified, setting, req)
        return answer(req, papers.spans, at, reason=reason, to_do=to_do)
    return answer(req, papers.spans, at, reason=f"The {word} is verified.", to_do="", evidence=(papers.best,), have=1)


class _Papers(NamedTuple):
    """Those of one kind, for one jurisdiction or for any: whether there are any, when one is valid, and the best one now."""

    entered: bool
    verified: bool
    spans: Spans
    best: Ref | None


def _papers(evidence: Evidence, kind: str, place: str | None, time_zone: str, at: datetime) -> _Papers:
    some = [d for d in evidence.documents if d.kind == kind and not d.refused and place in (None, d.jurisdiction.casefold())]
    verified = [(_days(d.valid_from, d.valid_until, time_zone), d) for d in some if d.verified_at is not None]
    valid = [d for days, d in verified if Spans((days,)).covers(at)]
    best = max(valid, key=lambda d: (d.valid_until is None, d.valid_until or d.valid_from, d.id), default=None)
    ref = Ref("document", best.id, best.sha256) if best is not None else None
    return _Papers(bool(some), bool(verified), Spans.of(days for days, _ in verified), ref)


@lru_cache(maxsize=16_384)
def _days(first: date, last: date | None, time_zone: str) -> Span:
    """From the first instant of its first day to the end of its last one, where the site is."""
    return (start_of_day(first, time_zone), None if last is None else end_of_day(last, time_zone))


def _gap(word: str, entered: bool, verified: bool, setting: Setting, req: DocumentRequirement) -> tuple[str, str]:
    place = f" for {setting.jurisdiction}" if req.for_jurisdiction else ""
    if verified:
        return f"The {word}{place} is not valid today.", f"Enter the renewed {word} and have it verified."
    if entered:
        return f"The {word}{place} is not verified yet.", f"Ask a supervisor to verify your {word}."
    return f"No {word}{place} is on record.", f"Enter your {word}{place} and have it verified."
