"""Challenge an item, answer a challenge, take note of a correction or of an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import hold_stream, record
from app.bank.desk import change_state
from app.bank.queries import get_item, get_version
from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooMany
from app.domain.permissions import Actor, Answer, ChallengeFacts, Who, may_answer_challenge
from app.regrades.models import Acknowledgement, Challenge, ChallengeAnswer
from app.regrades.queries import get_proposal
from app.regrades.queries.challenges import (
    Challenged,
    Place,
    challenge_of,
    count_of_item,
    get_challenge,
    made_within,
    open_challenge,
    unseen_answers,
    writers_of,
)
from app.regrades.queries.news import concerns

A_DAY = timedelta(hours=24)
MOST_IN_A_DAY = 5
LEAST_WORDS = 20
TWICE = "You have challenged this item already. Its answer will be told on your page of next steps."


def make_challenge(session: Session, *, person: Person, place: Place, words: str, now: datetime) -> Challenge:
    """Dispute an item in words; the same words again are the same challenge."""
    said = words.strip()
    if len(said) < LEAST_WORDS:
        raise InvalidInput([("words", f"Say in {LEAST_WORDS} characters or more what is wrong with it, and how you know.")])
    hold_stream(session, f"person:{person.id}")
    before = challenge_of(session, person.id, place.version_id)
    if before is not None and before.challenge.words == said:
        return before.challenge
    if before is not None and before.answer is not None:
        raise Conflict("Your challenge of this item was answered. Speak with a supervisor if the answer does not convince you.")
    if before is not None or open_challenge(session, person.id, place.item_id) is not None:
        raise Conflict(TWICE)
    if made_within(session, person.id, A_DAY, now) >= MOST_IN_A_DAY:
        raise TooMany(f"You made {MOST_IN_A_DAY} challenges within a day. Make the next one tomorrow.")
    challenge = Challenge(
        person_id=person.id, item_id=place.item_id, version_id=place.version_id,
        ordinal=count_of_item(session, person.id, place.item_id) + 1, attempt_id=place.attempt_id, position=place.position,
        words=said, made_at=now,
    )  # fmt: skip
    session.add(challenge)
    try:
        session.flush()
    except IntegrityError:  # another window was faster
        session.rollback()
        raise Conflict(TWICE) from None
    facts = {"challenge": challenge.id, "version": place.version_id}
    actor = Actor(person.id, person.printed_name)
    record(session, stream=f"item:{place.item_id}", act="challenge.made", actor=actor, now=now, facts=facts)
    return challenge


@dataclass(frozen=True, slots=True)
class Ruling:
    """What is answered: the verdict, why, and for an upheld one what follows (`suspend`, or a regrade or version by its id)."""

    verdict: str
    words: str
    follows: Literal["suspend", "regrade", "version", ""] = ""
    reference: int | None = None


def may_answer(challenged: Challenged, who: Who, *, now: datetime) -> Answer:
    """Whether somebody may answer a challenge, and why not."""
    challenge = challenged.challenge
    return may_answer_challenge(who, ChallengeFacts(challenge.person_id, writers_of(challenge.version)), at=now)


def answer_challenge(
    session: Session, *, challenge_id: int, ruling: Ruling, answerer: Person, who: Who, now: datetime
) -> ChallengeAnswer:
    """Answer once; an upheld challenge leads to a regrade, a corrected version, or a suspension at once."""
    found = get_challenge(session, challenge_id)
    hold_stream(session, f"item:{found.challenge.item_id}")
    found = get_challenge(session, challenge_id)
    if found.answer is not None:
        raise Conflict("This challenge is answered already.")
    allowed = may_answer(found, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    problems = _problems_of(session, found.challenge, ruling)
    if problems:
        raise InvalidInput(problems)
    actor, row = Actor(answerer.id, answerer.printed_name), _answer_row(found.challenge, ruling, answerer, now)
    if ruling.follows == "suspend":
        _suspend(session, found.challenge.item_id, ruling, actor, now)
    session.add(row)
    session.flush()
    facts = {"challenge": challenge_id, "verdict": ruling.verdict, "follows": ruling.follows}
    record(session, stream=f"item:{found.challenge.item_id}", act="challenge.answered", actor=actor, now=now, facts=facts)
    return row


def _answer_row(challenge: Challenge, ruling: Ruling, answerer: Person, now: datetime) -> ChallengeAnswer:
    return ChallengeAnswer(
        challenge_id=challenge.id, person_id=challenge.person_id, verdict=ruling.verdict, words=ruling.words.strip(),
        regrade_id=ruling.reference if ruling.follows == "regrade" else None,
        version_id=ruling.reference if ruling.follows == "version" else None, suspended=ruling.follows == "suspend",
        answered_by_id=answerer.id, answered_at=now,
    )  # fmt: skip


def _suspend(session: Session, item_id: str, ruling: Ruling, actor: Actor, now: datetime) -> None:
    item = get_item(session, item_id)
    if item.state == "published":
        reason = f"a challenge was upheld: {ruling.words.strip()}"[:500]
        change_state(session, item=item, state="suspended", reason=reason, actor=actor, now=now)


def _problems_of(session: Session, challenge: Challenge, ruling: Ruling) -> list[tuple[str, str]]:
    problems = []
    if ruling.verdict not in ("upheld", "not_upheld"):
        problems.append(("verdict", "Choose upheld or not upheld."))
    if len(ruling.words.strip()) < LEAST_WORDS:
        problems.append(("words", f"Give your reasons in {LEAST_WORDS} characters or more; the challenger reads them."))
    if ruling.verdict == "not_upheld" and ruling.follows:
        problems.append(("follows", "Nothing follows from a challenge that is not upheld: choose nothing here."))
    if ruling.verdict == "upheld" and not _follows(session, challenge, ruling):
        problems.append(("follows", "Choose what follows: suspend the item, or name its regrade or its corrected version."))
    return problems


def _follows(session: Session, challenge: Challenge, ruling: Ruling) -> bool:
    """Whether what is said to follow is really there, and belongs to the item."""
    if ruling.follows == "suspend":
        return True
    if ruling.reference is None:
        return False
    try:
        if ruling.follows == "regrade":
            proposal = get_proposal(session, ruling.reference)
            return proposal.regrade.item_id == challenge.item_id and proposal.state != "withdrawn"
        version = get_version(session, ruling.reference)
    except NotFound:
        return False
    return ruling.follows == "version" and version.item_id == challenge.item_id and version.number > challenge.version.number


def acknowledge(session: Session, *, person: Person, kind: Literal["regrade", "challenge"], reference: int, now: datetime) -> None:
    """Take note of something that one was told; what does not concern one does not exist. Twice is once."""
    hold_stream(session, f"person:{person.id}")
    if session.get(Acknowledgement, (person.id, kind, reference)) is not None:
        return
    told = (
        concerns(session, person.id, reference)
        if kind == "regrade"
        else any(c.challenge.id == reference for c in unseen_answers(session, person.id))
    )
    if not told:
        raise NotFound("There is nothing of this kind for you to take note of.")
    session.add(Acknowledgement(person_id=person.id, kind=kind, reference=reference, at=now))
    actor, facts = Actor(person.id, person.printed_name), {"kind": kind, "reference": reference}
    record(session, stream=f"person:{person.id}", act="correction.noted", actor=actor, now=now, facts=facts)
