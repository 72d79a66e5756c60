"""Who may correct keys and answer challenges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.permissions.who import Answer, Who, may_sign, no


@dataclass(frozen=True, slots=True)
class RegradeFacts:
    """What the commit of a regrade looks at: who proposed it and in which role, whose results move, with their sites, and for
    whom one would become better."""

    proposer_id: int
    proposed_as: str
    moved: Mapping[int, frozenset[int]]
    favoured: frozenset[int] = frozenset()


def signs_regrade_as(who: Who, *, at: datetime) -> tuple[str, Answer]:
    """The role in which `who` may propose a regrade, supervisor before admin, and the answer."""
    answers = [(role, may_sign(who, role, None, at=at)) for role in ("supervisor", "admin") if who.has(role)]
    allowed = next(((role, answer) for role, answer in answers if answer.allowed), None)
    refused = answers[0] if answers else ("", no("Only an admin or a supervisor proposes and commits regrades."))
    return allowed or refused


def may_commit_regrade(who: Who, facts: RegradeFacts, *, at: datetime) -> tuple[str, Answer]:
    """The role in which `who` may be the second person, and the answer.

    Not the proposer; neither of the two has a result that would become better (where everybody sat the exam, whoever only
    loses by it must be able to act, or no key could ever be corrected); one of the two is a supervisor, since an admin as
    such signs nothing that a clearance rests on; and a supervisor acts only for members of their sites.
    """
    if who.person_id == facts.proposer_id:
        return "", no("You proposed this. A second person commits it.")
    if who.person_id in facts.favoured:
        return "", no("A result of your own would become better. Somebody else commits this.")
    if facts.proposer_id in facts.favoured:
        return "", no("A result of the proposer would become better. Withdraw it, and let somebody else propose it.")
    answers = [_commits_as(who, role, facts, at) for role in ("supervisor", "admin") if who.has(role)]
    allowed = next(((role, answer) for role, answer in answers if answer.allowed), None)
    refused = answers[0] if answers else ("", no("Only an admin or a supervisor proposes and commits regrades."))
    return allowed or refused


def _commits_as(who: Who, role: str, facts: RegradeFacts, at: datetime) -> tuple[str, Answer]:
    if role == "admin" and facts.proposed_as != "supervisor":
        return role, no("An admin proposed this, so a supervisor commits it: one of the two is a supervisor.")
    answer = may_sign(who, role, None, at=at)
    if answer.allowed and role == "supervisor" and not all(_signs_for(who, sites, at) for sites in facts.moved.values()):
        return role, no("Results of people at other sites would move. A supervisor proposes it and an admin commits it.")
    return role, answer


def _signs_for(who: Who, sites: Collection[int], at: datetime) -> bool:
    """Whether `who` may sign as a supervisor of one of these sites."""
    return any(may_sign(who, "supervisor", site, at=at).allowed for site in who.sites_as("supervisor") & frozenset(sites))


@dataclass(frozen=True, slots=True)
class ChallengeFacts:
    """What answering a challenge looks at: who made it, and who wrote or published the version."""

    challenger_id: int
    writer_ids: frozenset[int]


def may_answer_challenge(who: Who, facts: ChallengeFacts, *, at: datetime) -> Answer:
    """Whether `who` may answer a challenge: an admin or supervisor, neither the challenger nor a writer of the version."""
    if who.person_id == facts.challenger_id:
        return no("You challenged this item yourself. Somebody else answers.")
    if who.person_id in facts.writer_ids:
        return no("You wrote or published this version. Somebody else answers.")
    return signs_regrade_as(who, at=at)[1]
