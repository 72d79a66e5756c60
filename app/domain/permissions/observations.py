"""Who may read an observation and sign one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from app.domain.permissions.people import may_read_record
from app.domain.permissions.who import YES, Answer, Who, may_sign, no

COACHING_IS_PRIVATE = "Coaching is between the trainee and the observer."


@dataclass(frozen=True, slots=True)
class WatchFacts:
    """What permissions look at: whose procedure, at which site, for what, and who signed it (None: nobody yet)."""

    trainee_id: int
    site_id: int
    purpose: str
    state: str
    observer_id: int | None = None


def may_read_observation(who: Who, facts: WatchFacts, trainee_sites: Collection[int]) -> Answer:
    """Whether `who` may read it: as any record of the trainee; coaching only its trainee, its observer, and while it waits for
    one the supervisors of its site."""
    if facts.purpose != "coaching" or not who.active:
        return may_read_record(who, facts.trainee_id, trainee_sites)
    if who.person_id == facts.trainee_id or who.person_id == facts.observer_id:
        return YES
    return YES if facts.state == "open" and who.has("supervisor", facts.site_id) else no(COACHING_IS_PRIVATE)


def may_sign_observed(who: Who, then: Who, facts: WatchFacts, *, observed_then: bool, observes_now: bool, at: datetime) -> Answer:
    """Whether `who` may sign: a supervisor of the site now and (`then`) when the procedure was opened, never its trainee, who
    held the right to observe the region at both instants: the needle came in between."""
    if who.person_id == facts.trainee_id:
        return no("Nobody acts on their own record.")
    if not who.has("supervisor", facts.site_id):
        return no("Only a supervisor of this site may sign this observation.")
    answer = may_sign(who, "supervisor", facts.site_id, at=at)
    if not answer.allowed:
        return answer
    if not then.has("supervisor", facts.site_id):
        return no("You were no supervisor of this site when the procedure was opened.")
    if not observed_then:
        return no("You did not hold the right to observe this region when the procedure was opened.")
    if not observes_now:
        return no("Your right to observe this region has ended since the procedure was opened, so you cannot sign for it.")
    return YES
