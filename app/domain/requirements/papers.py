"""What is on paper besides documents: scope of practice, courses, texts that the holder signed."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Evidence, Ref, ScopeFact, Setting
from app.domain.places import day_of, end_of_day, months_after, start_of_day
from app.domain.policy import AttestationRequirement, ScopeRequirement, TrainingRequirement
from app.domain.requirements.outcome import Outcome, answer, unknown
from app.domain.spans import Spans, at_least, where


def scope(req: ScopeRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """What was confirmed last about each region claimed, for the profession, where the site is; not confirmed is unknown."""
    known = [f for f in evidence.scopes if _about(f, setting) and f.confirmed_at <= at]
    latest = {region: _latest(known, region, setting, at) for region in sorted(setting.regions)}
    refused = [r for r, f in latest.items() if f is not None and f.answer == "not_allowed"]
    if refused:
        reason = f"{setting.name(refused[0])} is out of the scope of practice in {setting.jurisdiction}."
        return answer(req, Spans(), at, reason=reason, to_do="Nothing here: the law decides.")
    doubtful = [r for r, f in latest.items() if f is None or f.answer == "unknown"]
    if doubtful or not latest:
        what = setting.name(doubtful[0]) if doubtful else "any region"
        reason = f"Nobody has confirmed that {setting.profession or 'this profession'} may needle {what} in {setting.jurisdiction}."
        return unknown(req, reason, "Ask an admin to have the scope of practice confirmed.")
    refs = tuple(Ref("scope", f.id, f.sha256) for f in latest.values() if f is not None)
    spans = at_least(len(latest), [_allowed(known, region, setting) for region in latest])
    return answer(req, spans, at, reason="The scope of practice is confirmed.", to_do="", evidence=refs, have=1)


def _about(f: ScopeFact, setting: Setting) -> bool:
    same = (f.profession.casefold(), f.jurisdiction.casefold()) == (setting.profession.casefold(), setting.jurisdiction.casefold())
    return same and f.region in setting.regions


def _latest(known: list[ScopeFact], region: str, setting: Setting, at: datetime) -> ScopeFact | None:
    """What was confirmed last of what speaks about a region on that day."""
    today = day_of(at, setting.time_zone)
    now = [f for f in known if f.region == region and f.valid_from <= today and (f.valid_until is None or today <= f.valid_until)]
    return max(now, key=lambda f: (f.confirmed_at, f.id), default=None)


def _allowed(known: list[ScopeFact], region: str, setting: Setting) -> Spans:
    edges = [start_of_day(f.valid_from, setting.time_zone) for f in known]
    edges += [end_of_day(f.valid_until, setting.time_zone) for f in known if f.valid_until is not None]
    return where(edges, lambda at: (f := _latest(known, region, setting, at)) is not None and f.answer == "allowed")


def training(req: TrainingRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Verified courses that together have the hours, the topics and the regions claimed."""
    today = day_of(at, setting.time_zone)
    known = [t for t in evidence.trainings if t.verified_at is not None and t.verified_at <= at and t.completed_on <= today]
    taken = [t for t in known if not req.accreditors or t.accreditor in req.accreditors]
    hours = [
        (req.hours_in_person, sum(t.hours_in_person for t in taken), "hours in person"),
        (req.hours_online, sum(t.hours_online for t in taken), "hours online"),
        (req.hours_practicum, sum(t.hours_practicum for t in taken), "hours of practicum"),
    ]
    gaps = [f"{need - have} more {words}." for need, have, words in hours if have < need]
    topics = {topic for t in taken for topic in t.topics}
    gaps += [f"A course about {topic}." for topic in req.topics if topic not in topics]
    covered = {region for t in taken for region in t.regions}
    gaps += [f"A course that covers {setting.name(r)}." for r in sorted(setting.regions - covered) if req.cover_regions]
    gaps += ["A course that another person has verified."] if not taken else []
    refs = tuple(Ref("training", t.id, t.sha256) for t in taken)
    spans = Spans() if gaps else Spans(((at, None),))
    reason = f"Missing: {gaps[0]}" if gaps else "The courses are verified."
    return answer(req, spans, at, reason=reason, to_do=gaps[0] if gaps else "", evidence=refs, have=len(taken))


def attestation(req: AttestationRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """The version asked for, signed by the holder, not too long ago."""
    signed = [a for a in evidence.attestations if (a.text, a.version) == (req.text, req.version) and a.signed_at <= at]
    spans = Spans.of((a.signed_at, months_after(a.signed_at, req.validity_months, setting.time_zone)) for a in signed)
    newest = max(signed, key=lambda a: (a.signed_at, a.id), default=None)
    refs = (Ref("attestation", newest.id, newest.sha256),) if newest is not None and spans.covers(at) else ()
    reason = f"Version {req.version} is signed." if refs else f"Version {req.version} is not signed."
    return answer(req, spans, at, reason=reason, to_do=f"Read and sign version {req.version}.", evidence=refs)
