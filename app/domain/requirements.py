"""Evidence + requirement + instant → met, unmet or unknown, until when, and why. Pure; doubt is never `met`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.domain.evidence import DocumentFact, Evidence, ExamFact, ObservationFact, Ref, Setting
from app.domain.places import day_of, end_of_day, months_after, start_of_day
from app.domain.policy import (
    GROUP_EXAM,
    CompetencyRequirement,
    DocumentRequirement,
    ExamRequirement,
    ObservedRequirement,
    Requirement,
    SummativeRequirement,
)

State = Literal["met", "unmet", "unknown"]
DOCUMENT_WORDS = {"licence": "licence", "indemnity": "indemnity", "bls": "BLS with AED", "course": "course record"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer to one requirement at one instant; `until` is the first instant it turns unmet if nothing new happens."""

    requirement: str
    kind: str
    words: str
    state: State = "unmet"
    reason: str = ""
    to_do: str = ""
    until: datetime | None = None
    evidence: tuple[Ref, ...] = ()
    have: int = 0
    need: int = 1


def evaluate(requirement: Requirement, evidence: Evidence, setting: Setting, *, at: datetime, held: bool = False) -> Outcome:
    """Answer one requirement at an instant; nothing recorded for later than `at` counts.

    `held`: asked for a clearance that is held already. A pass that a correction took away then counts until its notice ends;
    for a new grant it counts for nothing at once.
    """
    match requirement:
        case ExamRequirement():
            return _exam(requirement, evidence, setting, at, held=held)
        case ObservedRequirement():
            return _observed(requirement, evidence, setting, at)
        case SummativeRequirement():
            return _summative(requirement, evidence, setting, at)
        case CompetencyRequirement():
            return _competency(requirement, evidence, setting, at)
        case DocumentRequirement():
            return _document(requirement, evidence, setting, at)


def _ends(exam: ExamFact, valid_until: datetime) -> datetime:
    """When a pass stops counting: its validity is over, or the notice of a correction that took it away."""
    return valid_until if exam.held_until is None else min(valid_until, exam.held_until)


def _exam(req: ExamRequirement, evidence: Evidence, setting: Setting, at: datetime, *, held: bool) -> Outcome:
    quiz = setting.group if req.quiz == GROUP_EXAM else req.quiz
    name = setting.name(f"quiz:{quiz}")
    passes = [
        (_ends(e, months_after(e.finished_at, req.validity_months, setting.time_zone)), e)
        for e in evidence.exams
        if e.quiz_id == quiz and (e.counts or (held and e.held_until is not None)) and e.finished_at <= at
    ]
    valid = [(until, e) for until, e in passes if until > at]
    if not valid:
        reason = f"{name} is not passed." if not passes else f"The pass of {name} is older than {req.validity_months} months."
        if any(e.held_until is not None for _, e in passes):
            reason = f"A correction took away the pass of {name}."
        return Outcome(req.id, req.kind, req.words, "unmet", reason, f"Sit {name}.")
    until, exam = max(valid, key=lambda pair: (pair[0], pair[1].id))
    return Outcome(req.id, req.kind, req.words, "met", f"{name} is passed.", "", until, (Ref("exam", exam.id, exam.sha256),), 1)


def seen(observation: ObservationFact, *, live_video: bool, coached: bool = False) -> bool:
    """Whether an observer watched it as an assessment: in the room, or by live video where the policy allows it.

    `coached`: a procedure that was coached will do as well, where only the observer's presence matters.
    """
    presences = ("in_room", "live_video") if live_video else ("in_room",)
    return (coached or observation.purpose == "assessment") and observation.presence in presences


def counts(observation: ObservationFact, person_id: int, *, min_rating: int, live_video: bool, coached: bool = False) -> bool:
    """Whether one observation counts towards a number.

    It was watched as an assessment, opened before it was signed, completed without an automatic failure at or above the
    rating, by somebody else who could observe the region at the time.
    """
    return (
        seen(observation, live_video=live_video, coached=coached)
        and observation.observer_id != person_id
        and observation.observer_eligible
        and observation.opened_at < observation.signed_at
        and observation.outcome == "completed"
        and not observation.auto_failed
        and observation.rating is not None
        and observation.rating >= min_rating
    )


def _of_group(evidence: Evidence, setting: Setting, at: datetime) -> list[ObservationFact]:
    inside = [o for o in evidence.observations if o.region in setting.group_regions and o.signed_at <= at]
    return sorted(inside, key=lambda o: (o.signed_at, o.id))


def watched_since(evidence: Evidence, setting: Setting, *, since: datetime, at: datetime) -> int:
    """How many procedures of the group were completed before an observer who could observe, opened at or after an instant."""
    return sum(
        counts(o, setting.person_id, min_rating=1, live_video=False, coached=True)
        for o in _of_group(evidence, setting, at)
        if o.opened_at >= since
    )


def counted_observations(req: ObservedRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> list[ObservationFact]:
    """The observations of the group that count towards a requirement at an instant, oldest first."""
    return [
        o
        for o in _of_group(evidence, setting, at)
        if counts(o, setting.person_id, min_rating=req.min_rating, live_video=req.live_video)
        and months_after(o.signed_at, req.window_months, setting.time_zone) > at
    ]


def _observed(req: ObservedRequirement, evidence: Evidence, setting: Setting, at: datetime) -> Outcome:
    counted = counted_observations(req, evidence, setting, at=at)
    missing = list(_observed_gaps(req, counted, setting))
    refs = tuple(Ref("observation", o.id, o.sha256) for o in counted)
    have = f"{len(counted)} of {req.per_group} observed procedures count."
    if missing:
        return Outcome(
            req.id,
            req.kind,
            req.words,
            "unmet",
            f"{have} {missing[0]}",
            missing[0],
            None,
            refs,
            len(counted),
            req.per_group,
        )
    until = min(months_after(o.signed_at, req.window_months, setting.time_zone) for o in counted)
    return Outcome(req.id, req.kind, req.words, "met", have, "", until, refs, len(counted), req.per_group)


def _observed_gaps(req: ObservedRequirement, counted: list[ObservationFact], setting: Setting) -> Iterable[str]:
    total, per_region = len(counted), Counter(o.region for o in counted)
    by_observer = Counter(o.observer_id for o in counted)
    if total < req.per_group:
        yield f"{_n(req.per_group - total, 'more observed procedure')} in this group."
    for region in sorted(setting.regions):
        if per_region[region] < req.per_region:
            yield f"{_n(req.per_region - per_region[region], 'more observed procedure')} in {setting.name(region)}."
    if len(by_observer) < req.observers:
        yield f"Procedures watched by {_n(req.observers - len(by_observer), 'more observer')}."
    if req.max_share and total and max(by_observer.values()) * req.max_share.den > req.max_share.num * total:
        yield "One observer signed too large a share: have another one watch the next procedure."
    on_patients = sum(o.subject == "patient" for o in counted)
    if req.min_on_patients and on_patients * req.min_on_patients.den < req.min_on_patients.num * total:
        yield "Too few of them were on patients: have the next procedure on a patient observed."


def _summative(req: SummativeRequirement, evidence: Evidence, setting: Setting, at: datetime) -> Outcome:
    # Abandoned and failed ones stay in: the last k are the last k that anybody watched, whatever their end.
    last = [o for o in _of_group(evidence, setting, at) if seen(o, live_video=req.live_video)][-req.last :]
    good = [o for o in last if counts(o, setting.person_id, min_rating=req.rating, live_video=req.live_video)]
    refs = tuple(Ref("observation", o.id, o.sha256) for o in last)
    observers = len({o.observer_id for o in good})
    if len(good) == req.last and observers >= req.observers:
        words = f"The last {req.last} were rated {req.rating} or more."
        return Outcome(req.id, req.kind, req.words, "met", words, "", None, refs, req.last, req.last)
    if len(good) < req.last:
        reason = f"Of the last {req.last} observed procedures {len(good)} were rated {req.rating} or more without a failure."
        to_do = f"Go on until the last {req.last} are rated {req.rating} or more."
    else:
        reason = f"The last {req.last} were signed by {_n(observers, 'observer')}; {req.observers} are needed."
        to_do = "Have another observer watch the next procedure."
    return Outcome(req.id, req.kind, req.words, "unmet", reason, to_do, None, refs, len(good), req.last)


def _competency(req: CompetencyRequirement, evidence: Evidence, setting: Setting, at: datetime) -> Outcome:
    needed = setting.critical_competencies if req.which == "critical" else req.competencies
    if not needed:
        return Outcome(
            req.id,
            req.kind,
            req.words,
            "unknown",
            "The catalogue names no competencies.",
            "Ask an admin to load the question bank.",
        )
    newest = {f.competency: f for f in sorted(evidence.competencies, key=lambda f: (f.at, f.id)) if f.at <= at}
    met = {
        c: f
        for c, f in newest.items()
        if f.verdict == "met" and f.approver_id != setting.person_id and (f.until is None or f.until > at)
    }
    missing = [c for c in needed if c not in met]
    refs = tuple(Ref("competency", met[c].id, met[c].sha256) for c in needed if c in met)
    have = f"{len(needed) - len(missing)} of {len(needed)} competencies are met."
    if missing:
        to_do = f"Have a supervisor approve: {setting.name(missing[0])}."
        return Outcome(req.id, req.kind, req.words, "unmet", have, to_do, None, refs, len(needed) - len(missing), len(needed))
    ends = [f.until for c in needed if (f := met[c]).until is not None]
    until = min((u for u in ends if u is not None), default=None)
    return Outcome(req.id, req.kind, req.words, "met", have, "", until, refs, len(needed), len(needed))


def _document(req: DocumentRequirement, evidence: Evidence, setting: Setting, at: datetime) -> Outcome:
    word = DOCUMENT_WORDS[req.document]
    papers = [d for d in evidence.documents if d.kind == req.document and not d.refused]
    if req.for_jurisdiction:
        papers = [d for d in papers if d.jurisdiction.casefold() == setting.jurisdiction.casefold()]
    verified = [d for d in papers if d.verified_at is not None and d.verified_at <= at]
    today = day_of(at, setting.time_zone)
    valid = [d for d in verified if d.valid_from <= today and (d.valid_until is None or d.valid_until >= today)]
    if not valid:
        reason, to_do = _document_gap(word, bool(papers), bool(verified), setting, req)
        return Outcome(req.id, req.kind, req.words, "unmet", reason, to_do)
    best = max(valid, key=lambda d: (d.valid_until is None, d.valid_until or d.valid_from, d.id))
    until = None if best.valid_until is None else end_of_day(best.valid_until, setting.time_zone)
    chained = _followed_by(verified, until, setting)
    return Outcome(
        req.id,
        req.kind,
        req.words,
        "met",
        f"The {word} is verified.",
        "",
        chained,
        (Ref("document", best.id, best.sha256),),
        1,
    )


def _followed_by(verified: list[DocumentFact], until: datetime | None, setting: Setting) -> datetime | None:
    """Carry on through verified documents that begin before the one before them ends."""
    for document in sorted(verified, key=lambda d: d.valid_from):
        if until is None:
            return None
        if start_of_day(document.valid_from, setting.time_zone) <= until:
            end = None if document.valid_until is None else end_of_day(document.valid_until, setting.time_zone)
            until = end if end is None else max(until, end)
    return until


def _document_gap(word: str, entered: bool, verified: bool, setting: Setting, req: DocumentRequirement) -> tuple[str, str]:
    place = f" for {setting.jurisdiction}" if req.for_jurisdiction else ""
    if verified:
        return f"The {word}{place} is not valid today.", f"Enter the renewed {word} and have it verified."
    if entered:
        return f"The {word}{place} is not verified yet.", f"Ask a supervisor to verify your {word}."
    return f"No {word}{place} is on record.", f"Enter your {word}{place} and have it verified."


def _n(number: int, words: str) -> str:
    return f"{number} {words}{'' if number == 1 else 's'}"
