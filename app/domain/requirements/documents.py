"""A paper that a second person verified, on the days that it is valid."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import DocumentFact, Evidence, Ref, Setting
from app.domain.places import end_of_day, start_of_day
from app.domain.policy import DocumentRequirement
from app.domain.requirements.outcome import Outcome, answer
from app.domain.spans import Span, Spans

DOCUMENT_WORDS = {"licence": "licence", "indemnity": "indemnity", "bls": "BLS with AED", "course": "course record"}


def document(req: DocumentRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Verified, as far as the evidence knows; one that begins on the day after another one ends carries it on.

    When it was verified says when that was known, not from when it holds: a licence verified in March was valid in January.
    """
    word = DOCUMENT_WORDS[req.document]
    papers = [d for d in evidence.documents if d.kind == req.document and not d.refused]
    if req.for_jurisdiction:
        papers = [d for d in papers if d.jurisdiction.casefold() == setting.jurisdiction.casefold()]
    verified = [d for d in papers if d.verified_at is not None]
    spans = Spans.of(_days(d, setting) for d in verified)
    if not spans.covers(at):
        reason, to_do = _gap(word, bool(papers), bool(verified), setting, req)
        return answer(req, spans, at, reason=reason, to_do=to_do)
    valid = [d for d in verified if Spans((_days(d, setting),)).covers(at)]
    best = max(valid, key=lambda d: (d.valid_until is None, d.valid_until or d.valid_from, d.id))
    refs = (Ref("document", best.id, best.sha256),)
    return answer(req, spans, at, reason=f"The {word} is verified.", to_do="", evidence=refs, have=1)


def _days(document: DocumentFact, setting: Setting) -> Span:
    """From the first instant of its first day to the end of its last one, where the site is."""
    end = None if document.valid_until is None else end_of_day(document.valid_until, setting.time_zone)
    return (start_of_day(document.valid_from, setting.time_zone), end)


def _gap(word: str, entered: bool, verified: bool, setting: Setting, req: DocumentRequirement) -> tuple[str, str]:
    place = f" for {setting.jurisdiction}" if req.for_jurisdiction else ""
    if verified:
        return f"The {word}{place} is not valid today.", f"Enter the renewed {word} and have it verified."
    if entered:
        return f"The {word}{place} is not verified yet.", f"Ask a supervisor to verify your {word}."
    return f"No {word}{place} is on record.", f"Enter your {word}{place} and have it verified."
