"""What somebody has done: supervised sessions, procedures logged lately, years of practice."""

from __future__ import annotations

from datetime import datetime

from app.domain.evidence import Evidence, LoggedFact, Ref, SessionFact, Setting
from app.domain.places import day_of, months_after
from app.domain.policy import CurrencyRequirement, ExperienceRequirement, SessionsRequirement
from app.domain.requirements.outcome import Outcome, answer, counted
from app.domain.spans import Spans, runs_out

DAYS_OF_FOUR_YEARS = 1461


def sessions(req: SessionsRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Sessions of the group inside the window that an eligible supervisor countersigned: the number and the hours."""

    def leaves(s: SessionFact) -> datetime:
        return months_after(s.held_at, req.window_months, setting.time_zone)

    def enough(some: list[SessionFact]) -> bool:
        return len(some) >= req.number and sum(s.minutes for s in some) >= req.hours * 60

    found = [s for s in evidence.sessions if _session_counts(s, setting, at) and leaves(s) > at]
    spans = Spans.of([(at, runs_out(found, leaves, enough))]) if enough(found) else Spans()
    hours = sum(s.minutes for s in found) // 60
    have = f"{len(found)} of {req.number} supervised sessions count" + (f", {hours} of {req.hours} hours." if req.hours else ".")
    refs = tuple(Ref("session", s.id, s.sha256) for s in sorted(found, key=lambda s: s.id))
    to_do = "Hold another supervised session and have it countersigned."
    return answer(req, spans, at, reason=have, to_do=to_do, evidence=refs, have=len(found), need=req.number)


def _session_counts(s: SessionFact, setting: Setting, at: datetime) -> bool:
    signed = s.countersigned_at is not None and s.countersigned_at <= at
    return signed and s.supervisor_eligible and s.supervisor_id != setting.person_id and s.region in setting.group_regions


def experience(req: ExperienceRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Days licensed and unrestricted, added up and verified; a year is 365.25 days."""
    today = day_of(at, setting.time_zone)
    known = [e for e in evidence.experience if e.verified_at is not None and e.verified_at <= at]
    days: set[int] = set()
    for stretch in known:
        last = min(today, stretch.until or today)
        days.update(range(stretch.since.toordinal(), last.toordinal() + 1))
    enough = 4 * len(days) >= DAYS_OF_FOUR_YEARS * req.years
    reason = f"{4 * len(days) // DAYS_OF_FOUR_YEARS} of {counted(req.years, 'year')} licensed and unrestricted are verified."
    refs = tuple(Ref("experience", e.id, e.sha256) for e in known)
    spans = Spans(((at, None),)) if enough else Spans()
    return answer(req, spans, at, reason=reason, to_do="Have your years of practice verified.", evidence=refs)


def currency(req: CurrencyRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """n procedures of the group in the window, reckoned from the grant on.

    What was done while current counts; once it has lapsed, only a procedure that an observer watched makes it current again,
    for a whole window.
    """
    logged = [f for f in evidence.logged if f.region in setting.group_regions and f.done_at <= at and f.recorded_at <= at]
    spans = _current(req, sorted(logged, key=lambda f: (f.done_at, f.id)), setting)
    inside = [f for f in logged if months_after(f.done_at, req.window_months, setting.time_zone) > at]
    months = counted(req.window_months, "month")
    reason = f"{len(inside)} of {counted(req.number, 'procedure')} logged in {months}."
    refs = tuple(Ref("logged", f.id, f.sha256) for f in sorted(inside, key=lambda f: f.id))
    to_do = "Do the next procedure with an observer; that makes you current again."
    return answer(req, spans, at, reason=reason, to_do=to_do, evidence=refs, have=len(inside), need=req.number)


def _current(req: CurrencyRequirement, logged: list[LoggedFact], setting: Setting) -> Spans:
    def leaves(instant: datetime) -> datetime:
        return months_after(instant, req.window_months, setting.time_zone)

    found = [(setting.since, leaves(setting.since))] if setting.since is not None else []
    until = found[0][1] if found else None
    done: list[datetime] = []
    for fact in logged:
        lapsed = until is None or fact.done_at >= until
        if lapsed and not fact.watched:
            continue
        done.append(fact.done_at)
        enough = fact.watched or len(done) >= req.number
        ends = leaves(fact.done_at if fact.watched else done[-req.number]) if enough else None
        if ends is not None and ends > fact.done_at:
            found.append((fact.done_at, ends))
            until = ends if until is None else max(until, ends)
    return Spans.of(found)
