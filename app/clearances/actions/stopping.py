"""One supervisor stops a clearance at once; two end the stop; what waits to take effect can be taken back by its signer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import get_person, get_site
from app.audit.actions import hold_stream
from app.catalogue.queries import catalogue_in_force
from app.clearances.models import ApplicationDecision
from app.clearances.queries import LEVELS, Stop, find_link, holds_something, open_stops_of, stop_of
from app.decisions.actions import Act, seal
from app.decisions.models import Decision
from app.decisions.queries import find_undo, limits_of, regions_of
from app.domain.cover import one_with
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Answer, LiftFacts, Who, may_lift, may_propose_lift, may_stop, no
from app.domain.standing import WAITS, Limits

WAYS = ("suspend", "hold", "watched_hold", "revoke")
REASON_NEEDED = "Say what happened or what has changed, in 10 characters or more; the holder reads it."


@dataclass(frozen=True, slots=True)
class Stopping:
    """What somebody asks to be stopped: suspend, hold, watched_hold or revoke, at one level, in regions of one group."""

    what: str
    level: str
    group: str
    regions: tuple[str, ...]
    reason: str

    @property
    def kind(self) -> str:
        """The kind of the decision."""
        return "hold" if self.what == "watched_hold" else self.what


def hold_person(session: Session, person_id: int) -> None:
    """Let nobody else decide about this person until the transaction ends; call before judging what is true now."""
    hold_stream(session, f"person:{person_id}")


def stop_meaning(person: Person, group_name: str) -> str:
    """The statement that the signer of a stop reads; what was chosen is bound beside it in the signed bytes."""
    return f"I stop the clearance of {person.printed_name} in the way, at the level and in the regions chosen: {group_name}"


def undo_meaning(holder_name: str) -> str:
    """The statement that the signer of an undo reads."""
    return f"I take back what I signed for {holder_name} before it takes effect"


def act_to_stop(session: Session, asked: Stopping, person: Person) -> Act:
    """The act that a stop would be, as the page shows it and the signature seals it; raises InvalidInput."""
    catalogue = catalogue_in_force(session)
    group, chosen = catalogue.catalogue.find_group(asked.group), tuple(sorted(set(asked.regions)))
    problems = []
    if asked.what not in WAYS or asked.level not in LEVELS:
        problems.append(("what", "Choose how to stop, and what."))
    if asked.what == "watched_hold" and asked.level == "may_observe":
        problems.append(("what", "Observing others is stopped as a whole: choose Hold or Suspend."))
    if group is None or not chosen or not set(chosen) <= set(catalogue.catalogue.regions_of(asked.group)):
        problems.append(("regions", "Choose at least one region of this group."))
    if len(asked.reason.strip()) < 10:
        problems.append(("reason", REASON_NEEDED))
    if problems or group is None:
        raise InvalidInput(problems)
    return Act(
        kind=asked.kind, level=asked.level, person_id=person.id, group=group.id, tier=group.tier,
        catalogue_version_id=catalogue.version_id, regions=chosen, limits=Limits(), policy_version_id=None, evidence_sha256="",
        meaning=stop_meaning(person, group.name), reason=asked.reason.strip(),
        with_observer=asked.what == "watched_hold",
    )  # fmt: skip


def stop_clearance(
    session: Session, *, person: Person, site: Site, asked: Stopping, signer: Person, who: Who, now: datetime
) -> Decision:
    """Suspend, hold or revoke at once, by one supervisor of the site; raises Conflict where the same stop stands already."""
    allowed = may_stop(who, person.id, site.id, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    hold_person(session, person.id)
    act = act_to_stop(session, asked, person)
    if not holds_something(session, person.id, site.id, act.level, act.group, act.regions, at=now):
        raise Conflict("Nothing was ever granted in these regions, so there is nothing to stop. Return or deny an application.")
    if any(_covers(stop, act) for stop in open_stops_of(session, [person.id], site.id)):
        raise Conflict("It is stopped like this already. See the person's page.")
    return seal(session, act=act, site=site, signer=signer, now=now)


def _covers(stop: Stop, act: Act) -> bool:
    d = stop.decision
    same = (d.kind, d.with_observer, d.level, d.group_slug) == (act.kind, act.with_observer, act.level, act.group)
    return same and set(act.regions) <= set(regions_of(d))


def lift_facts(stop: Stop, who: Who, now: datetime) -> LiftFacts:
    """What permissions look at for the end of a stop by somebody."""
    d, proposal = stop.decision, stop.proposal
    one = one_with(stop.covers, who.person_id, d.site_id, since=proposal.occurred_at if proposal else now, at=now)
    return LiftFacts(d.person_id, d.site_id, d.kind, d.signer_id, proposal.signer_id if proposal else None, one)


def may_end(stop: Stop, act: str, who: Who, *, now: datetime) -> Answer:
    """Whether a person may propose or lift now, and why not."""
    if not stop.open:
        return no("This stop has ended already.")
    if act == "propose" and stop.proposal is not None:
        return no("It is proposed already. Another supervisor lifts.")
    return (may_propose_lift if act == "propose" else may_lift)(who, lift_facts(stop, who, now), at=now)


def act_to_end(stop: Stop, act: str, *, reason: str) -> Act:
    """The act that a proposal or a lift would be."""
    d, names = stop.decision, stop.words
    word = {"propose": "I propose to end", "lift": "I end"}[act]
    return Act(
        kind="recommend" if act == "propose" else "lift", level=d.level, person_id=d.person_id, group=d.group_slug, tier=d.tier,
        catalogue_version_id=d.catalogue_version_id, regions=regions_of(d), limits=limits_of(d.limits), policy_version_id=None,
        evidence_sha256="", meaning=f"{word} the {names} of {d.person.printed_name}", reason=reason.strip(), about_id=d.id,
        recommendation=stop.proposal if act == "lift" else None,
    )  # fmt: skip


def end_stop(
    session: Session, *, stop_id: int, act: str, reason: str, shown_proposal: str, signer: Person, who: Who, now: datetime
) -> Decision:
    """Propose to end a stop, or end it as the second person; raises Conflict where the proposal is not the one shown."""
    hold_person(session, stop_of(session, stop_id, now=now).decision.person_id)
    stop = stop_of(session, stop_id, now=now)
    allowed = may_end(stop, act, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if act == "lift" and shown_proposal != str(stop.proposal.id if stop.proposal else ""):
        raise Conflict("The proposal changed since this page was shown. Read it again, then sign.")
    if act == "propose" and len(reason.strip()) < 10:
        raise InvalidInput([("reason", REASON_NEEDED)])
    words = reason if act == "propose" or stop.proposal is None else stop.proposal.reason
    try:
        return seal(
            session, act=act_to_end(stop, act, reason=words), site=get_site(session, stop.decision.site_id), signer=signer, now=now
        )
    except IntegrityError:
        session.rollback()
        raise Conflict("Somebody ended this stop in the meantime. Load the page again.") from None


def may_undo(decision: Decision, who: Who, *, undone: bool, now: datetime) -> Answer:
    """Whether a person may take a decision back: its signer, before it takes effect."""
    if decision.kind not in WAITS:
        return no("A decision that stops takes effect at once. Two people end a stop.")
    if who.person_id != decision.signer_id:
        return no("Only who signed it takes it back.")
    if undone:
        return no("It is undone already.")
    return Answer(True, "") if now < decision.effective_at else no("It has taken effect. Suspend the clearance instead.")


def undo_decision(session: Session, *, decision: Decision, signer: Person, who: Who, now: datetime) -> Decision:
    """Take back a grant, lift or renewal of one's own before it takes effect."""
    hold_person(session, decision.person_id)
    allowed = may_undo(decision, who, undone=find_undo(session, decision.id) is not None, now=now)
    if not allowed.allowed:
        raise Conflict(allowed.reason) if who.person_id == decision.signer_id else NotAllowed(allowed.reason)
    person = get_person(session, decision.person_id)
    act = Act(
        kind="undo", level=decision.level, person_id=person.id, group=decision.group_slug, tier=decision.tier,
        catalogue_version_id=decision.catalogue_version_id, regions=regions_of(decision), limits=limits_of(decision.limits),
        policy_version_id=decision.policy_version_id, evidence_sha256=decision.evidence_sha256,
        meaning=undo_meaning(person.printed_name), about_id=decision.id,
    )  # fmt: skip
    undo = seal(session, act=act, site=get_site(session, decision.site_id), signer=signer, now=now)
    link = find_link(session, decision.id)
    if link is not None:
        session.add(ApplicationDecision(decision_id=undo.id, application_id=link.application_id, kind="undo", round=link.round))
        session.flush()
    return undo
