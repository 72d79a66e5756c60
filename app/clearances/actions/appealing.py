"""The holder takes note of a decision against them, answers it and appeals; somebody uninvolved decides the appeal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person
from app.audit.actions import hold_stream, record
from app.clearances.queries import Adverse, adverse_of, covers_at, involved_in, may_hear
from app.decisions.models import Appeal, AppealOutcome, DecisionAnswer, DecisionSeen
from app.domain.adverse import ANSWERS_AT_MOST, OUTCOME_WORDS, Outcome
from app.domain.canonical import digest
from app.domain.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.domain.permissions import Actor, Answer, Who
from app.domain.places import day_of
from app.signatures.actions import shown_digest, sign

WORDS_AT_MOST = 2000
GROUNDS_NEEDED = "Say why the decision should be looked at again, in 10 to 2,000 characters."
REASON_NEEDED = "Say what you looked at and why you decide so, in 10 to 2,000 characters; the holder reads it."
CHOICE_NEEDED = "Choose: uphold, or set aside."


def _held(session: Session, decision_id: int, person_id: int) -> Adverse:
    """A decision against this person, with nobody else writing about them until the transaction ends."""
    found = adverse_of(session, decision_id)
    if found.decision.person_id != person_id:
        raise NotFound("There is no such notice of yours.")
    hold_stream(session, f"person:{person_id}")
    session.expire_all()
    return adverse_of(session, decision_id)


def _note(session: Session, found: Adverse, act: str, actor: Actor, now: datetime) -> None:
    facts = {"decision": found.decision.id}
    record(session, stream=f"person:{found.decision.person_id}", act=f"decision.{act}", actor=actor, now=now, facts=facts)


def take_note(session: Session, *, decision_id: int, person: Person, now: datetime) -> None:
    """Take note of a decision against oneself. Twice is once."""
    found = _held(session, decision_id, person.id)
    if found.seen_at is not None:
        return
    session.add(DecisionSeen(decision_id=decision_id, person_id=person.id, at=now))
    _note(session, found, "seen", Actor(person.id, person.printed_name), now)


def answer_decision(session: Session, *, decision_id: int, words: str, person: Person, now: datetime) -> DecisionAnswer:
    """Answer a decision against oneself; whoever decides about it later reads the answer."""
    found = _held(session, decision_id, person.id)
    if found.outcome is not None:
        raise Conflict("The appeal is decided, so this answer would be read by nobody. Speak with a supervisor of the site.")
    if len(found.answers) >= ANSWERS_AT_MOST:
        raise Conflict(f"You have answered {ANSWERS_AT_MOST} times. Speak with a supervisor of the site.")
    said = _said(words, "words", "Write 10 to 2,000 characters.")
    answer = DecisionAnswer(decision_id=decision_id, person_id=person.id, words=said, at=now)
    session.add(answer)
    _note(session, found, "answered", Actor(person.id, person.printed_name), now)
    session.flush()
    return answer


def _said(words: str, field: str, problem: str) -> str:
    said = words.strip()
    if not 10 <= len(said) <= WORDS_AT_MOST:
        raise InvalidInput([(field, problem)])
    return said


def open_appeal(session: Session, *, decision_id: int, grounds: str, person: Person, now: datetime) -> Appeal:
    """Appeal against a decision against oneself, once, within the window."""
    found = _held(session, decision_id, person.id)
    if found.appeal is not None:
        raise Conflict("You have appealed against this already. Each decision can be appealed once.")
    if not found.may_be_appealed(now):
        raise Conflict("The time to appeal has passed. You can still answer, and a supervisor of the site reads it.")
    appeal = Appeal(decision_id=decision_id, person_id=person.id, grounds=_said(grounds, "grounds", GROUNDS_NEEDED), opened_at=now)
    session.add(appeal)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict("You have appealed against this already. Each decision can be appealed once.") from None
    _note(session, found, "appealed", Actor(person.id, person.printed_name), now)
    return appeal


@dataclass(frozen=True, slots=True)
class Hearing:
    """What the hearer of an appeal chose and wrote, on what was shown."""

    outcome: str
    reason: str
    shown_sha256: str


def hearing_shown(found: Adverse) -> dict[str, object]:
    """What the hearer has before them: the decision, every answer and the grounds."""
    d, appeal = found.decision, found.appeal
    return {
        "answers": [[a.id, digest({"words": a.words})] for a in found.answers],
        "appeal": appeal.id if appeal else None,
        "decision": d.id,
        "grounds": digest({"words": appeal.grounds}) if appeal else "",
        "reason": digest({"words": d.reason}),
    }


def hearing_digest(found: Adverse) -> str:
    """The digest of what the page shows to the hearer."""
    return shown_digest(hearing_shown(found))


def hearing_meaning(found: Adverse, outcome: str) -> str:
    """The statement that the hearer of an appeal signs."""
    d = found.decision
    word = {"uphold": "I uphold", "set_aside": "I set aside"}[outcome]
    day = day_of(d.occurred_at, d.time_zone).isoformat()
    return f"I heard the appeal of {d.person.printed_name} and had no part in it. {word} the {found.words} of {day}"


def may_hear_now(session: Session, found: Adverse, who: Who, *, now: datetime) -> Answer:
    """Whether a person may decide an appeal now, and why not."""
    covers = covers_at(session, [found.decision.site_id])[found.decision.site_id]
    return may_hear(found, who, involved_in(session, found.decision), covers, at=now)


def decide_appeal(
    session: Session, *, decision_id: int, hearing: Hearing, signer: Person, who: Who, now: datetime
) -> AppealOutcome:
    """Uphold a decision or set it aside, as somebody uninvolved.

    Setting a stop aside does not end it: two people do that. Setting a denial aside opens its application again.
    """
    hold_stream(session, f"person:{adverse_of(session, decision_id).decision.person_id}")
    session.expire_all()
    found = adverse_of(session, decision_id)
    if found.appeal is None or found.outcome is not None:
        raise Conflict("There is no open appeal against this decision. Load the page again.")
    allowed = may_hear_now(session, found, who, now=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if hearing.outcome not in OUTCOME_WORDS:
        raise InvalidInput([("outcome", CHOICE_NEEDED)])
    reason = _said(hearing.reason, "reason", REASON_NEEDED)
    if hearing.shown_sha256 != hearing_digest(found):
        raise Conflict("The holder said more since this page was shown. Read it again, then sign.")
    return _seal(session, found, cast(Outcome, hearing.outcome), reason, signer, now)


def _seal(session: Session, found: Adverse, outcome: Outcome, reason: str, signer: Person, now: datetime) -> AppealOutcome:
    d, appeal = found.decision, cast(Appeal, found.appeal)
    shown: Mapping[str, object] = {**hearing_shown(found), "outcome": outcome, "why": reason}
    signature = sign(
        session, signer=signer, meaning=hearing_meaning(found, outcome), subject=f"person:{d.person_id}", shown=shown,
        shown_sha256=None, now=now, time_zone=d.time_zone,
    )  # fmt: skip
    made = AppealOutcome(
        appeal_id=appeal.id, outcome=outcome, reason=reason, hearer_id=signer.id, signature_id=signature.id, decided_at=now
    )
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise NotAllowed("The database refused it: an appeal is decided once, by somebody uninvolved.") from None
    facts = {"appeal": appeal.id, "decision": d.id, "outcome": outcome, "signature": signature.id}
    actor = Actor(signer.id, signer.printed_name)
    record(session, stream=f"person:{d.person_id}", act="appeal.decided", actor=actor, now=now, facts=facts)
    return made
