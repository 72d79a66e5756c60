"""Procedures that were watched: how many count, by how many observers, and how the last ones went.

Every rule asks whether enough good ones are there, so that one more good procedure never takes anything away
(decisions/0015).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from app.domain.evidence import Evidence, ObservationFact, Ref, Setting
from app.domain.places import day_of, months_after
from app.domain.policy import ObservedRequirement, Share, SummativeRequirement
from app.domain.requirements.outcome import Outcome, answer, counted
from app.domain.spans import Spans, runs_out


def seen(observation: ObservationFact, *, live_video: bool, coached: bool = False) -> bool:
    """Whether an observer watched it as an assessment: in the room, or by live video where the policy allows it.

    `coached`: a procedure that was coached will do as well, where only the observer's presence matters.
    """
    presences = ("in_room", "live_video") if live_video else ("in_room",)
    return (coached or observation.purpose == "assessment") and observation.presence in presences


def counts(observation: ObservationFact, person_id: int, *, min_rating: int, live_video: bool, coached: bool = False) -> bool:
    """Whether one observation counts towards a number.

    It was not called back, it was watched as an assessment, opened before it was signed, completed without an automatic
    failure at or above the rating, by somebody else who could observe the region at the time.
    """
    return not observation.voided and _sound(observation, person_id, min_rating, live_video=live_video, coached=coached)


def _sound(observation: ObservationFact, person_id: int, min_rating: int, *, live_video: bool, coached: bool = False) -> bool:
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


def of_group(evidence: Evidence, setting: Setting, at: datetime) -> list[ObservationFact]:
    """The observations of the group that were signed by an instant, oldest first."""
    inside = [o for o in evidence.observations if o.region in setting.group_regions and o.signed_at <= at]
    return sorted(inside, key=lambda o: (o.signed_at, o.id))


def watched_since(evidence: Evidence, setting: Setting, *, since: datetime, at: datetime) -> int:
    """How many procedures of the group were completed before an observer who could observe, opened at or after an instant."""
    return sum(
        counts(o, setting.person_id, min_rating=1, live_video=False, coached=True)
        for o in of_group(evidence, setting, at)
        if o.opened_at >= since
    )


def counted_observations(req: ObservedRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> list[ObservationFact]:
    """The observations of the group that count towards a requirement at an instant, oldest first."""
    return [
        o
        for o in of_group(evidence, setting, at)
        if counts(o, setting.person_id, min_rating=req.min_rating, live_video=req.live_video)
        and allows(req, o.subject)
        and months_after(o.signed_at, req.window_months, setting.time_zone) > at
    ]


def allows(req: ObservedRequirement, subject: str) -> bool:
    """Whether procedures on a subject count towards a requirement at all."""
    return not req.subjects or subject in req.subjects


def observed(req: ObservedRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """Enough of them, for every region claimed, by enough observers, enough of them on patients."""
    found = counted_observations(req, evidence, setting, at=at)
    gap = next(_gaps(req, found, setting), "")
    refs = tuple(Ref("observation", o.id, o.sha256) for o in found)
    have = f"{len(found)} of {req.per_group} observed procedures count."
    until = runs_out(
        found, lambda o: months_after(o.signed_at, req.window_months, setting.time_zone),
        lambda left: not any(True for _ in _gaps(req, left, setting)),
    )  # fmt: skip
    spans = Spans() if gap else Spans.of([(at, until)])
    reason = f"{have} {gap}" if gap else have
    return answer(req, spans, at, reason=reason, to_do=gap, evidence=refs, have=len(found), need=req.per_group)


def _gaps(req: ObservedRequirement, found: list[ObservationFact], setting: Setting) -> Iterator[str]:
    per_region, by_observer = Counter(o.region for o in found), Counter(o.observer_id for o in found)
    asked = max(req.per_group, req.per_region * len(setting.regions))
    if len(found) < req.per_group:
        yield f"{counted(req.per_group - len(found), 'more observed procedure')} in this group."
    for region in sorted(setting.regions):
        if per_region[region] < req.per_region:
            yield f"{counted(req.per_region - per_region[region], 'more observed procedure')} in {setting.name(region)}."
    if len(by_observer) < req.observers:
        yield f"Procedures watched by {counted(req.observers - len(by_observer), 'more observer')}."
    days = {day_of(o.opened_at, setting.time_zone) for o in found}
    if len(days) < req.min_days:
        yield f"They are from {counted(len(days), 'day')}: have others watched on {counted(req.min_days - len(days), 'more day')}."
    if req.max_share and sum(min(n, _most(req.max_share, asked)) for n in by_observer.values()) < asked:
        yield "One observer signed too large a share: have another one watch the next procedure."
    if req.min_on_patients and sum(o.subject == "patient" for o in found) < _least(req.min_on_patients, asked):
        yield "Too few of them were on patients: have the next procedure on a patient observed."


def _most(share: Share, of: int) -> int:
    """How many of `of` make up at most a share."""
    return share.num * of // share.den


def _least(share: Share, of: int) -> int:
    """How many of `of` make up at least a share."""
    return -(-share.num * of // share.den)


def summative(req: SummativeRequirement, evidence: Evidence, setting: Setting, *, at: datetime) -> Outcome:
    """None of the last ones below the rating, and the run of good ones at the end signed by enough observers.

    Abandoned and failed ones stay in: the last ones are the last that anybody watched, whatever their end.
    """
    every = [o for o in of_group(evidence, setting, at) if seen(o, live_video=req.live_video) and not _wiped_out(o, req, setting)]
    run = _since_the_last_unsigned(req, _run_at_the_end(req, every, setting), evidence, setting, at)
    last, good = every[-req.last :], len(run[-req.last :])
    observers = len({o.observer_id for o in run})
    refs = tuple(Ref("observation", o.id, o.sha256) for o in (run if good == req.last else last))
    if good == req.last and observers >= req.observers:
        words = f"The last {req.last} were rated {req.rating} or more."
        return answer(req, Spans(((at, None),)), at, reason=words, to_do="", evidence=refs, have=good, need=req.last)
    if good < req.last:
        reason = f"Of the last {req.last} observed procedures {good} were rated {req.rating} or more without a failure since."
        to_do = f"Go on until the last {req.last} are rated {req.rating} or more."
    else:
        reason = f"The last {len(run)} were signed by {counted(observers, 'observer')}; {req.observers} are needed."
        to_do = "Have another observer watch the next procedure."
    return answer(req, Spans(), at, reason=reason, to_do=to_do, evidence=refs, have=good, need=req.last)


def _wiped_out(o: ObservationFact, req: SummativeRequirement, setting: Setting) -> bool:
    """A good one that was called back is as if it had never been; a bad one stays, whoever called it back."""
    return o.voided and _sound(o, setting.person_id, req.rating, live_video=req.live_video)


def _run_at_the_end(req: SummativeRequirement, every: list[ObservationFact], setting: Setting) -> list[ObservationFact]:
    """The good ones since the newest one that was not."""
    spoiled = [n for n, o in enumerate(every) if not counts(o, setting.person_id, min_rating=req.rating, live_video=req.live_video)]
    return every[spoiled[-1] + 1 :] if spoiled else every


def _since_the_last_unsigned(
    req: SummativeRequirement, run: list[ObservationFact], evidence: Evidence, setting: Setting, at: datetime
) -> list[ObservationFact]:
    """Those opened after the newest one that became void, where the policy counts it as one that went badly."""
    void = [u.opened_at for u in evidence.unsigned if u.region in setting.group_regions and u.void_at <= at]
    return [o for o in run if o.opened_at > max(void)] if req.count_unsigned and void else run
