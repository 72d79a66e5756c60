"""One line of the queue and what a supervisor can do with it: each act is a link with its key; none of them signs anything."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.queries import factors_to_confirm, identity_facts
from app.clearances.actions import may_decide, may_hear_now
from app.clearances.queries import Case, adverse_of, open_appeals_at
from app.domain.adverse import ADVERSE_WORDS, HEARING_AGE_SHOWN
from app.domain.application import CLAIM_AGE_SHOWN
from app.domain.catalogue import Catalogue
from app.domain.cover import covered_by
from app.domain.permissions import Who, may_confirm_identity

TIER_RISK = {"restricted": 0, "high": 0, "elevated": 1, "standard": 2}


@dataclass(frozen=True, slots=True)
class RowAct:
    """One act of a line: its key, the word on its button, and where it leads."""

    key: str
    word: str
    href: str


@dataclass(frozen=True, slots=True)
class QueueLine:
    """One thing that waits for a supervisor."""

    kind: str
    title: str
    words: str
    href: str
    since: datetime
    risk: int
    overdue: bool = False
    acts: tuple[RowAct, ...] = ()


def acts_of_case(case: Case, who: Who, now: datetime) -> tuple[RowAct, ...]:
    """Recommend or grant as the state says, return, and stop where the application renews what is held."""
    a, found = case.application, []
    href = f"/applications/{a.id}"
    for kind, word in (("grant", "Grant"), ("recommend", "Recommend")):
        if may_decide(case, kind, who, now=now).allowed:
            found.append(RowAct("A", word, f"{href}#decide"))
            break
    if may_decide(case, "return", who, now=now).allowed:
        found.append(RowAct("R", "Return", f"{href}#reason"))
    if a.renews is not None:
        found.append(RowAct("S", "Stop", stop_href(a.person_id, a.site_id, a.group_slug)))
    return tuple(found)


def identity_lines(session: Session, who: Who, now: datetime) -> list[QueueLine]:
    """The people whom this person may confirm, so that they can sign."""
    found = []
    for factor in factors_to_confirm(session):
        if may_confirm_identity(who, identity_facts(session, factor.person_id, now), at=now).allowed and factor.enrolled_at:
            href = f"/people/{factor.person_id}/identity"
            words = "Signs nothing yet. Meet in person, look at a document with a photograph, hear a code of the authenticator."
            acts = (RowAct("A", "Confirm identity", href),)
            found.append(QueueLine("Identity", factor.person.printed_name, words, href, factor.enrolled_at, 3, acts=acts))
    return found


def stop_href(person_id: int, site_id: int, group: str) -> str:
    """The page on which a supervisor stops what somebody holds in a group."""
    return f"/people/{person_id}/stop/{site_id}/{group}"


def case_line(case: Case, catalogue: Catalogue, who: Who, names: dict[int, str], now: datetime) -> QueueLine:
    """An application that can be decided, with who has claimed it."""
    a, status = case.application, case.status
    since = status.since or a.opened_at
    words = {"RECOMMENDED": "Recommended: a second supervisor grants."}.get(status.state, "Ready: every requirement is met.")
    title = f"{a.person.printed_name}: {catalogue.names[a.group_slug]}"
    return QueueLine(
        "Application", title, words + _claim_words(case, who, names, now), f"/applications/{a.id}", since, TIER_RISK[case.tier],
        now - since >= CLAIM_AGE_SHOWN, acts_of_case(case, who, now),
    )  # fmt: skip


def _claim_words(case: Case, who: Who, names: dict[int, str], now: datetime) -> str:
    by, at, site_id = case.status.claimed_by, case.status.claimed_at, case.application.site_id
    if by is None or at is None:
        return ""
    name = "you" if by == who.person_id else names.get(by, "somebody else")
    age = (now - at).days
    words = f" Claimed by {name} {age} day{'' if age == 1 else 's'} ago."
    if by in covered_by(case.covers, who.person_id, site_id, at=now):
        return f"{words} You cover for {name}."
    return f"{words} It can be taken over." if by != who.person_id and case.status.claim_is_old(now) else words


def appeal_lines(session: Session, site_ids: list[int], catalogue: Catalogue, who: Who, now: datetime) -> list[QueueLine]:
    """Appeals for those who may hear them."""
    lines = []
    for appeal in open_appeals_at(session, site_ids):
        d = appeal.decision
        if not may_hear_now(session, adverse_of(session, d.id), who, now=now).allowed:
            continue
        href, title = f"/decisions/{d.id}/appeal", f"{d.person.printed_name}: {catalogue.names[d.group_slug]}"
        words = f"Appeals against the {ADVERSE_WORDS[d.kind]} by {d.signer.printed_name}. You had no part in it: decide."
        old = now - appeal.opened_at >= HEARING_AGE_SHOWN
        hear = RowAct("A", "Hear", f"{href}#decide")
        lines.append(QueueLine("Appeal", title, words, href, appeal.opened_at, TIER_RISK[d.tier], old, (hear,)))
    return lines
