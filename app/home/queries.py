"""What to do next, read across the rooms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import factors_to_confirm, locked_people, people_of_sites, unconfirmed_memberships
from app.bank.queries import list_open_drafts, published_pool
from app.catalogue.queries import catalogue_in_force
from app.clearances.queries import (
    Case,
    PersonStandings,
    Stop,
    applications_at,
    cases_of,
    next_step_for,
    open_stops_of,
    set_aside_among,
    standings,
)
from app.domain.catalogue import Catalogue
from app.domain.lost_passes import CAUSE as LOST_PASS
from app.domain.permissions import Who
from app.domain.standing import Standing
from app.home.lines import TIER_RISK, QueueLine, RowAct, appeal_lines, case_line, identity_lines, stop_href
from app.records.queries import Paper, papers_of
from app.regrades.queries import LostPass, challenges_waiting, lost_passes_of, waiting_count
from app.supervision.queries import Watched, open_observations_at

STOP_AGE_SHOWN = timedelta(hours=72)
"""After which an undecided stop is marked old. Editorial: a holder waits for the answer."""
RENEW = ("See what to renew", "/clearances")


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one thing to do next for a group."""

    group: str
    name: str
    state: str
    words: str
    action: str
    href: str
    done: int
    needed: int
    urgent: bool = False


def next_steps(catalogue: Catalogue, found: PersonStandings, cases: list[Case]) -> list[NextStep]:
    """For each group that is open, what this person would do next; the most urgent first."""
    open_cases = {c.application.group_slug: c for c in cases if c.status.open and c.application.site_id == found.site.id}
    steps = []
    for group in catalogue.groups:
        if group.tier == "restricted":
            continue
        here = [found.by_region[r] for r in group.regions]
        steps.append(
            _case_step(group.id, group.name, open_cases[group.id])
            if group.id in open_cases
            else _held_step(group.id, group.name, here)
        )
    return sorted(steps, key=lambda s: (not s.urgent, _order(s.state), s.name))


def _order(state: str) -> int:
    return {"BLOCKED": 0, "EXPIRED": 1, "SUSPENDED": 1, "APPLYING": 2, "EXPIRING": 3, "CLEARED": 5}.get(state, 4)


def _case_step(group: str, name: str, case: Case) -> NextStep:
    href = f"/applications/{case.application.id}"
    met = sum(o.state == "met" for o in case.outcomes)
    gap = next((o for o in case.outcomes if o.state != "met"), None)
    if gap is not None:
        action, target = next_step_for(gap.kind, gap.requirement, group)
        return NextStep(
            group,
            name,
            "APPLYING",
            f"{met} of {len(case.outcomes)} requirements are met. Next: {gap.to_do}",
            action,
            target or href,
            met,
            len(case.outcomes),
        )
    words = (
        "Everything is met. A supervisor decides next."
        if case.status.state != "RECOMMENDED"
        else "Recommended. A second supervisor decides next."
    )
    return NextStep(group, name, "APPLYING", words, "See the application", href, met, len(case.outcomes))


def _held_step(group: str, name: str, here: list[Standing]) -> NextStep:
    if any(s.state == "PENDING_CONFIRMATION" for s in here):
        return NextStep(group, name, "PENDING_CONFIRMATION", " ".join(here[0].reasons), "", "", 0, len(here))
    cleared = [s for s in here if s.state == "CLEARED"]
    broken = next((s for s in here if s.state in ("BLOCKED", "EXPIRED", "SUSPENDED", "ON_HOLD", "REVOKED", "PROVISIONAL")), None)
    done, needed = len(cleared), len(here)
    if broken is not None:
        action, href = _mend(broken, group)
        words = " ".join((*broken.reasons, broken.to_do))
        return NextStep(group, name, broken.state, words, action, href, done, needed, True)
    expiring = next((s for s in cleared if s.expiring), None)
    if expiring is not None:
        words = " ".join((_cleared_words(cleared, len(here)), *expiring.reasons, expiring.to_do))
        action, href = _renew(expiring, group)
        return NextStep(group, name, "EXPIRING", words, action, href, done, needed, True)
    if cleared:
        return NextStep(group, name, "CLEARED", _cleared_words(cleared, len(here)), "", "", done, needed)
    return NextStep(group, name, "NOT_HELD", "Not applied for yet.", "Apply", f"/clearances/{group}/apply", done, needed)


def _renew(expiring: Standing, group: str) -> tuple[str, str]:
    """The button and address that keep a clearance from ending."""
    if expiring.limiting_cause == "term":
        return "Renew", f"/clearances/{group}/apply"
    return _mend(expiring, group) if expiring.limiting_cause.startswith(LOST_PASS) else RENEW


def _mend(broken: Standing, group: str) -> tuple[str, str]:
    """The button and address that mend a standing."""
    if broken.limiting_cause.startswith(LOST_PASS):
        return "Go to the exam", f"/quizzes/{broken.limiting_cause.removeprefix(LOST_PASS)}"
    if broken.stop_id is not None:
        return "See why, and how it ends", f"/stops/{broken.stop_id}"
    if broken.state == "PROVISIONAL":
        return "Ask for an observation", "/observations/new"
    if broken.state == "EXPIRED":
        return "Apply again", f"/clearances/{group}/apply"
    if broken.state == "BLOCKED" and broken.limiting_cause in ("licence", "indemnity", "bls"):
        return "Add a document", "/documents/new"
    return "See your clearances", "/clearances"


def _cleared_words(cleared: list[Standing], total: int) -> str:
    """Never CLEARED without its limits."""
    limits = " / ".join(dict.fromkeys(", ".join(s.limits) for s in cleared))
    return f"Cleared in {len(cleared)} of {total} regions, limits: {limits}."


def queue(session: Session, sites: list[Site], me: Person, who: Who, now: datetime) -> list[QueueLine]:
    """Decisions, appeals, observations and documents that wait for this supervisor: riskiest and oldest first."""
    ids = [s.id for s in sites]
    catalogue = catalogue_in_force(session).catalogue
    cases = cases_of(session, [a for a in applications_at(session, ids) if a.person_id != me.id], now=now)
    people = people_of_sites(session, ids, now)
    waiting = [p for p in papers_of(session, [p.id for p in people]) if p.verification is None]
    names = {p.id: p.printed_name for p in people}
    decidable = [c for c in cases if c.status.open and c.ready and c.status.state != "RETURNED"]
    lines = [case_line(c, catalogue, who, names, now) for c in decidable]
    lines += appeal_lines(session, ids, catalogue, who, now) + identity_lines(session, who, now)
    lines += [
        _observation_line(w, catalogue, now) for w in open_observations_at(session, ids, now) if w.observation.trainee_id != me.id
    ]
    lines += [_paper_line(p, now) for p in waiting if me.id not in (p.document.holder_id, p.document.entered_by_id)]
    lines += _lost_pass_lines(session, sites, people, catalogue, now)
    stops = [s for site in ids for s in open_stops_of(session, [p.id for p in people if p.id != me.id], site)]
    aside = set_aside_among(session, [s.decision.id for s in stops])
    shown = (s for s in stops if s.decision.kind != "revoke" or s.proposal is not None or s.decision.id in aside)
    lines += [_stop_line(s, catalogue, me, s.decision.id in aside, now) for s in shown]
    return sorted(lines, key=lambda line: (line.risk, line.since))


def _observation_line(watched: Watched, catalogue: Catalogue, now: datetime) -> QueueLine:
    o = watched.observation
    risk = TIER_RISK[catalogue.group_of(o.region).tier]
    title = f"{o.trainee.printed_name}: {catalogue.names[o.region]}"
    words = f"{o.purpose.capitalize()}, waits for the observer's signature."
    href, old = f"/observations/{o.id}", now - o.opened_at > timedelta(days=7)
    return QueueLine("Observation", title, words, href, o.opened_at, risk, old, (RowAct("A", "Sign", href),))


def _stop_line(stop: Stop, catalogue: Catalogue, me: Person, set_aside: bool, now: datetime) -> QueueLine:
    d, proposal = stop.decision, stop.proposal
    words = f"Stopped by {'you' if d.signer_id == me.id else d.signer.printed_name}: decide whether it can end."
    if proposal is not None:
        by = "You propose" if proposal.signer_id == me.id else f"{proposal.signer.printed_name} proposes"
        words = f"{by} to end it: a second supervisor decides."
    words = f"An appeal set this aside. {words}" if set_aside else words
    title = f"{d.person.printed_name}: {catalogue.names[d.group_slug]}"
    act = RowAct("A", "Decide", f"/stops/{d.id}#end")
    since = proposal.occurred_at if proposal is not None else d.effective_at
    return QueueLine(
        stop.words.capitalize(), title, words, f"/stops/{d.id}", since, TIER_RISK[d.tier], now - since > STOP_AGE_SHOWN, (act,)
    )


def _paper_line(paper: Paper, now: datetime) -> QueueLine:
    d = paper.document
    title = f"{d.holder.printed_name}: {paper.kind_words}"
    return QueueLine(
        "Document", title, "Waits for a second person to verify it.", f"/documents/{d.id}", d.entered_at, 2,
        now - d.entered_at > timedelta(days=7), (RowAct("A", "Verify", f"/documents/{d.id}"),),
    )  # fmt: skip


def _lost_pass_lines(
    session: Session, sites: list[Site], people: list[Person], catalogue: Catalogue, now: datetime
) -> list[QueueLine]:
    """People whose clearance rests on a pass that a correction took away: whoever may stop a clearance sees them at once."""
    lost = {loss.person_id: loss for loss in lost_passes_of(session, [p.id for p in people])}
    here = [p for p in people if p.id in lost]
    found = [s for site in sites for s in standings(session, here, site, at=now, now=now)] if here else []
    return [line for s in found for line in _lines_of_loss(s, lost[s.person.id], catalogue)]


def _lines_of_loss(found: PersonStandings, loss: LostPass, catalogue: Catalogue) -> list[QueueLine]:
    lines = []
    for group in catalogue.groups:
        touched = [s for r in group.regions if (s := found.by_region[r]).limiting_cause.startswith(LOST_PASS)]
        if touched:
            words = f"A correction took away a pass that this rests on. {_until(touched[0], found.site)} {touched[0].to_do}"
            title, risk = f"{found.person.printed_name}: {group.name}", TIER_RISK[group.tier]
            acts = (RowAct("S", "Stop", stop_href(found.person.id, found.site.id, group.id)),)
            lines.append(QueueLine("Lost pass", title, words, f"/people/{found.person.id}", loss.lost_at, risk, acts=acts))
    return lines


def _until(standing: Standing, site: Site) -> str:
    if standing.state != "CLEARED" or standing.cleared_until is None:
        return "Not cleared any more."
    last = standing.cleared_until.astimezone(ZoneInfo(site.time_zone))
    return f"Cleared until {last.day} {last:%b %Y, %H:%M}."


@dataclass(frozen=True, slots=True)
class AdminState:
    """What an admin looks at first."""

    unconfirmed: int
    open_drafts: int
    conflicts: int
    unreviewed: int
    published: int
    regrades: int
    challenges: int
    identities: int
    locked: tuple[Person, ...]
    """those whose signing or signing in is locked by refused tries"""


def admin_state(session: Session, now: datetime) -> AdminState:
    """Counts of what waits in the running of the place."""
    drafts, pool = list_open_drafts(session), published_pool(session, now.date())
    return AdminState(
        len(unconfirmed_memberships(session)), len(drafts), sum(d.state == "conflict" for d in drafts),
        sum(not v.reviewed for v in pool), len(pool), waiting_count(session), challenges_waiting(session),
        len(factors_to_confirm(session)), tuple(locked_people(session, now)),
    )  # fmt: skip
