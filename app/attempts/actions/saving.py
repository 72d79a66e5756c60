"""Save one answer: one transaction of few statements, after whose commit alone the client hears of it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, case, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.attempts.actions.timekeeping import end_break_for_save
from app.attempts.models import Attempt, AttemptItem, ResponseRevision
from app.attempts.queries import GRACE
from app.bank.models import ItemVersion
from app.bank.queries import parse_stored
from app.database import table_of
from app.database.failpoints import failpoint
from app.domain.canonical import canonical_bytes, digest
from app.domain.chain import link
from app.domain.errors import InvalidInput, NotFound, TooMany
from app.domain.items import Case, ItemContent, Variant, follows, parse_answer, presentation, wire_answer

CERTAINTIES = ("sure", "fairly_sure", "unsure")
MOST_REVISIONS = 5000
Outcome = Literal["saved", "conflict", "other_copy", "late"]

# The three statements of a save, built once: composing them anew costs more than the database does.
_ATTEMPTS, _PLACES, _VERSIONS, _REVISIONS = (table_of(model) for model in (Attempt, AttemptItem, ItemVersion, ResponseRevision))
_SAME_OP = _REVISIONS.c.op_id == bindparam("op")
_THESE = (_REVISIONS.c.attempt_id == bindparam("attempt")) & or_(
    _SAME_OP, (_REVISIONS.c.position == bindparam("position")) & (_REVISIONS.c.kept == "current")
)
_OP_FIRST = (case((_SAME_OP, 0), else_=1), _REVISIONS.c.seq.desc())
_OF_A_REVISION = (
    _REVISIONS.c.op_id, _REVISIONS.c.position, _REVISIONS.c.seq, _REVISIONS.c.kept, _REVISIONS.c.payload,
    _REVISIONS.c.certainty, _REVISIONS.c.sha256, _REVISIONS.c.body_sha256, _REVISIONS.c.received_at,
)  # fmt: skip
_EARLIER = select(*_OF_A_REVISION).where(_THESE).order_by(*_OP_FIRST).limit(2)
_NEWEST = select(func.max(_REVISIONS.c.number)).where(_REVISIONS.c.attempt_id == bindparam("attempt")).scalar_subquery()
_LOCK = (
    select(
        _ATTEMPTS.c.id, _ATTEMPTS.c.state, _ATTEMPTS.c.deadline_at, _ATTEMPTS.c.revision_count, _ATTEMPTS.c.head_sha256,
        _ATTEMPTS.c.break_began_at, _ATTEMPTS.c.lease, _ATTEMPTS.c.lease_at, _PLACES.c.variant, _VERSIONS.c.content,
        func.coalesce(_NEWEST, 0).label("newest"), *_OF_A_REVISION,
    )
    .select_from(_ATTEMPTS)
    .join(_PLACES, _PLACES.c.attempt_id == _ATTEMPTS.c.id)
    .join(_VERSIONS, _VERSIONS.c.id == _PLACES.c.item_version_id)
    .outerjoin(_REVISIONS, _THESE)
    .where(_ATTEMPTS.c.id == bindparam("attempt"), _ATTEMPTS.c.person_id == bindparam("person"))
    .where(_PLACES.c.position == bindparam("position"))
    .order_by(*_OP_FIRST)
    .limit(2)
    .with_for_update(of=_ATTEMPTS)
)  # fmt: skip
_APPEND = insert(_REVISIONS)
_MOVE_HEAD = (
    update(_ATTEMPTS)
    .where(_ATTEMPTS.c.id == bindparam("attempt"))
    .values(revision_count=bindparam("count"), head_sha256=bindparam("head"), lease=bindparam("copy"), lease_at=bindparam("since"))
)


@dataclass(frozen=True, slots=True)
class Save:
    """What a browser sends: the answer in display keys, the revision it is based on, and an id of its own."""

    position: int
    base_seq: int
    op_id: str
    payload: Mapping[str, Any]
    certainty: str | None = None
    client_at: datetime | None = None
    lease: str | None = None
    """The copy of the page that sends; None from a form without script, which the base_seq alone judges."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered after the commit. On a conflict `theirs` is the answer that counts and `yours` is what was kept aside."""

    outcome: Outcome
    seq: int
    sha256: str
    deadline_at: datetime
    received_at: datetime
    theirs: dict[str, Any] | None = None
    yours: dict[str, Any] | None = None
    patient: dict[str, Any] | None = None
    """Of a case, the patient after what was saved."""
    lease_at: datetime | None = None
    """Of a refusal to a copy that does not rule, since when the other one does."""


def save_answer(
    session: Session, *, attempt_id: int, person_id: int, save: Save, now: datetime, evidence: bool = False
) -> Reply:  # fmt: skip
    """Append the next revision; raises NotFound, InvalidInput or TooMany, otherwise says what became of the answer.

    The attempt's row is locked first, so that saves, submits and sweeps of one attempt follow each other. An op_id that was
    seen before gets the stored answer again; one with another body is refused. As `evidence` an answer is kept as a late one,
    whatever the clock says: it came by another hand than its candidate's.
    """
    _check(save)
    failpoint("answer.before_lock")
    connection = session.connection()
    head, earlier, current = _lock(connection, attempt_id, person_id, save)
    failpoint("answer.after_lock")
    content, variant = parse_stored(head.content), Variant.from_json(json.loads(head.variant))
    payload = _payload(content, variant, save)
    body_sha256 = digest({"position": save.position, "base_seq": save.base_seq, "payload": payload, "certainty": save.certainty})
    elsewhere = save.lease is not None and head.lease not in (None, save.lease)
    if earlier is not None:
        if earlier.body_sha256 != body_sha256:
            raise InvalidInput([("op_id", "This op_id was used for another answer. Send a new one.")])
        return _reply(earlier, earlier.kept, head, content, variant, current, elsewhere)
    kept = "late" if evidence else _verdict(head, current, save, now, elsewhere)
    if kept == "current" and not _grows(content, current, payload):
        kept = "superseded"
    if head.break_began_at is not None and kept != "late":
        end_break_for_save(session, attempt_id, now)
        head, _, current = _lock(connection, attempt_id, person_id, save)
    written = _Written(save, payload, _shown(content, variant, payload), body_sha256, kept)
    row = _append(connection, head, written, current, now)
    return _reply(row, kept, head, content, variant, current, elsewhere)


def _check(save: Save) -> None:
    problems = []
    if not (8 <= len(save.op_id) <= 64 and save.op_id.isascii() and save.op_id.isprintable()):
        problems.append(("op_id", "Send 8 to 64 printable ASCII characters, new for each change."))
    if save.certainty is not None and save.certainty not in CERTAINTIES:
        problems.append(("certainty", f"Send one of {', '.join(CERTAINTIES)}, or nothing."))
    if not 0 <= save.base_seq <= MOST_REVISIONS:
        problems.append(("base_seq", "Send the seq of the answer that you changed; 0 if there was none."))
    if save.lease is not None and not is_lease(save.lease):
        problems.append(("lease", "Send 16 to 64 letters, digits or hyphens: the name of this copy of the page."))
    if problems:
        raise InvalidInput(problems)


def is_lease(text: str) -> bool:
    """Whether a text can name a copy of the page."""
    return 16 <= len(text) <= 64 and text.isascii() and text.replace("-", "").isalnum()


def _lock(connection: Connection, attempt_id: int, person_id: int, save: Save) -> tuple[Any, Any, Any]:
    """(the attempt's head, the revision of this op_id, the newest counting one of this position), the attempt's row locked.

    Where the statement had to wait for the lock, PostgreSQL gives the row as it became and the revisions as they were; the
    number of the newest then falls behind the head's count, and the revisions are read again.
    """
    given = {"attempt": attempt_id, "person": person_id, "position": save.position, "op": save.op_id}
    rows = connection.execute(_LOCK, given).all()
    if not rows:
        raise NotFound("There is no such item in an attempt of yours.")
    head = rows[0]
    if head.revision_count >= MOST_REVISIONS:
        raise TooMany("This attempt has very many saved changes. Ask a supervisor before you go on.")
    found: Sequence[Any] = [row for row in rows if row.op_id is not None]
    if head.newest != head.revision_count:
        found = connection.execute(_EARLIER, given).all()
    earlier = next((row for row in found if row.op_id == save.op_id), None)
    return head, earlier, next((row for row in found if row.op_id != save.op_id), None)


def _payload(content: ItemContent, variant: Variant, save: Save) -> dict[str, Any]:
    body = save.payload
    unknown = set(body) - {"answer", "struck", "flag"}
    struck, flag = body.get("struck", []), body.get("flag", False)
    if unknown or not isinstance(flag, bool) or not isinstance(struck, list):
        raise InvalidInput([("payload", "Send answer, struck (a list) and flag (true or false), and nothing else.")])
    options = []
    for key in struck:
        if not isinstance(key, str) or not variant.has_key(key):
            raise InvalidInput([("struck", "Strike out keys of this item only.")])
        options.append(variant.option_of(key))
    given = body.get("answer")
    answer = parse_answer(content, variant, {} if given is None else given)
    return {"answer": answer, "struck": sorted(set(options)), "flag": flag}


def _shown(content: ItemContent, variant: Variant, payload: Mapping[str, Any]) -> dict[str, Any]:
    """A stored answer as its candidate sees it: display keys in display order."""
    return {
        "answer": wire_answer(content, variant, payload["answer"]),
        "struck": sorted((variant.key_of(option) for option in payload["struck"]), key=lambda key: int(key[1:])),
        "flag": payload["flag"],
    }


def _verdict(head: Any, current: Any, save: Save, now: datetime, elsewhere: bool) -> str:
    if head.state != "open" or now > head.deadline_at + GRACE:
        return "late"
    fits = save.base_seq == (current.seq if current is not None else 0)
    return "current" if fits and not elsewhere else "superseded"


def _grows(content: ItemContent, current: Any, payload: Mapping[str, Any]) -> bool:
    """Whether an answer may follow the one that counts: the actions of a case are never taken back or replaced."""
    before = json.loads(current.payload)["answer"] if current is not None else None
    return follows(content, before, payload["answer"])


@dataclass(frozen=True, slots=True)
class _Written:
    """What is about to be appended."""

    save: Save
    payload: dict[str, Any]
    shown: dict[str, Any]
    body_sha256: str
    kept: str


@dataclass(frozen=True, slots=True)
class _Appended:
    """What a reply needs of the row that was appended."""

    seq: int
    payload: str
    certainty: str | None
    sha256: str
    received_at: datetime


def _append(connection: Connection, head: Any, written: _Written, current: Any, now: datetime) -> _Appended:
    save, kept = written.save, written.kept
    number, seq = head.revision_count + 1, (current.seq if current is not None else 0) + (1 if kept == "current" else 0)
    values: dict[str, Any] = {
        "attempt_id": head.id, "number": number, "position": save.position, "seq": seq, "base_seq": save.base_seq,
        "op_id": save.op_id, "body_sha256": written.body_sha256, "kept": kept,
        "payload": canonical_bytes(written.payload).decode(), "shown": canonical_bytes(written.shown).decode(),
        "certainty": save.certainty, "client_at": save.client_at, "received_at": now, "previous_sha256": head.head_sha256,
    }  # fmt: skip
    values["sha256"] = link(head.head_sha256, revision_bytes(values))
    first = save.lease is not None and head.lease is None and kept != "late"  # the first copy that saves rules
    lease, since = (save.lease, now) if first else (head.lease, head.lease_at)
    failpoint("answer.before_insert")
    connection.execute(_APPEND, values)
    failpoint("answer.after_insert")
    moved = {"attempt": head.id, "count": number, "head": values["sha256"], "copy": lease, "since": since}
    connection.execute(_MOVE_HEAD, moved)
    return _Appended(seq, values["payload"], save.certainty, values["sha256"], now)


REVISION_FIELDS = ("attempt_id", "number", "position", "seq", "base_seq", "op_id", "kept", "shown", "certainty")
"""What a revision's digest covers, beside the instant; a receipt prints exactly these."""


def revision_bytes(values: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a revision that its digest covers; anybody with the receipt can compute them again."""
    return canonical_bytes({**{n: values[n] for n in REVISION_FIELDS}, "received_at": values["received_at"].isoformat()})


def _reply(row: Any, kept: str, head: Any, content: ItemContent, variant: Variant, current: Any, elsewhere: bool) -> Reply:
    if kept == "superseded":
        theirs = _wire(current, content, variant) if current is not None else None
        seq = current.seq if current is not None else 0
        told: Outcome = "other_copy" if elsewhere else "conflict"
        yours = _wire(row, content, variant)
        return Reply(told, seq, row.sha256, head.deadline_at, row.received_at, theirs, yours, lease_at=head.lease_at)
    outcome: Outcome = "late" if kept == "late" else "saved"
    seen = _patient(content, variant, row) if outcome == "saved" and isinstance(content, Case) else None
    return Reply(outcome, row.seq, row.sha256, head.deadline_at, row.received_at, patient=seen)


def _patient(content: Case, variant: Variant, row: Any) -> dict[str, Any] | None:
    patient = presentation(content, variant, json.loads(row.payload)["answer"]).patient
    return None if patient is None else asdict(patient)


def _wire(row: Any, content: ItemContent, variant: Variant) -> dict[str, Any]:
    return {**_shown(content, variant, json.loads(row.payload)), "certainty": row.certainty}
