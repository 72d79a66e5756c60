"""The history checker: plain SQL and a few lines of its own, against the client's journal. It knows nothing of the app's code.

Lost is what was acknowledged and is not there, phantom what is there and was never sent, half what is not whole.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

Row = Mapping[str, Any]
GENESIS = "0" * 64
GRACE = timedelta(seconds=10)
TABLES = ("attempt", "attempt_item", "response_revision", "grade", "graded_item", "audit_event", "stream_head")
COVERED = ("attempt_id", "number", "position", "seq", "base_seq", "op_id", "kept", "shown", "certainty")


@dataclass(slots=True)
class Findings:
    """Every fault in words, by kind; `acknowledged` counts the answers that the client was told are kept."""

    lost: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    half: list[str] = field(default_factory=list)
    acknowledged: int = 0

    @property
    def clean(self) -> bool:
        """Whether nothing was found."""
        return not (self.lost or self.phantom or self.half)

    def add(self, other: Findings) -> None:
        """Take in what another round found."""
        self.lost += other.lost
        self.phantom += other.phantom
        self.half += other.half
        self.acknowledged += other.acknowledged


def read_tables(connection: Any) -> dict[str, list[dict[str, Any]]]:
    """Every row that the checker looks at, by a DB-API connection of its own."""
    found = {}
    for table in TABLES:
        cursor = connection.cursor()
        cursor.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.close()
    return found


def check(journal: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> Findings:
    """Compare what the client sent and was told with what is stored."""
    findings = Findings()
    story = _Story(journal, tables)
    findings.acknowledged = len({a["ack"] for a in story.acks if story.sends[a["ack"]]["act"] in ("save", "form")})
    findings.lost += _lost(story)
    findings.phantom += [*_phantom_answers(story), *_phantom_attempts(story)]
    findings.half += [*_half_attempts(story), *_half_grades(story), *_broken_trail(tables)]
    return findings


def canonical(value: object) -> str:
    """JSON in the one form that is digested."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def sha256(text: str) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def instant(value: Any) -> datetime:
    """An instant as either database gives it."""
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class _Story:
    """The journal and the rows, each where it is looked for."""

    def __init__(self, journal: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> None:
        self.sends = {entry["send"]: entry for entry in journal if "send" in entry}
        self.acks = [entry for entry in journal if "ack" in entry and entry["ack"] in self.sends]
        self.instants = sorted(instant(entry["at"]) for entry in journal if "send" in entry)
        self.attempts = {row["id"]: row for row in tables["attempt"]}
        self.revisions = _grouped(tables["response_revision"], "attempt_id", "number")
        self.places = _grouped(tables["attempt_item"], "attempt_id", "position")
        self.grades = _grouped(tables["grade"], "attempt_id", "run")
        self.marks = _grouped(tables["graded_item"], "grade_id", "position")
        self.by_op = {(row["attempt_id"], row["op_id"]): row for row in tables["response_revision"]}
        self.events: dict[tuple[str, str], list[Any]] = defaultdict(list)
        for row in tables["audit_event"]:
            self.events[row["stream"], row["act"]].append(json.loads(row["payload"])["facts"])

    def sent(self, *acts: str) -> Iterator[Row]:
        """Entries of these acts."""
        return (entry for entry in self.sends.values() if entry["act"] in acts)


def _grouped(rows: Iterable[Row], key: str, order: str) -> dict[Any, list[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: r[order]):
        found[row[key]].append(row)
    return found


# --- lost: every acknowledgement is true ------------------------------------------------------------------------------


def _lost(story: _Story) -> Iterator[str]:
    for ack in story.acks:
        send = story.sends[ack["ack"]]
        where = f"{send['act']} {ack['ack']}, acknowledged with {ack['status']}"
        if send["act"] in ("save", "form"):
            yield from (f"{where}: {words}" for words in _lost_answer(story, send, ack))
        elif send["act"] == "start":
            row = story.attempts.get(ack["attempt"])
            if row is None or (row["person_id"], row["quiz_id"]) != (send["person"], send["quiz"]):
                yield f"{where}: there is no such attempt"
        elif send["act"] == "sweep":
            due = [r for r in story.attempts.values() if instant(r["deadline_at"]) + GRACE < instant(send["at"])]
            yield from (f"{where}: attempt {r['id']} {w}" for r in due for w in _not_ended(story, r))
        else:
            yield from (f"{where}: attempt {send['attempt']} {w}" for w in _not_ended(story, story.attempts.get(send["attempt"])))


def _lost_answer(story: _Story, send: Row, ack: Row) -> Iterator[str]:
    row = story.by_op.get((send["attempt"], send["send"]))
    if row is None:
        yield "the answer is not there"
        return
    if row["kept"] != ack["kept"]:
        yield f"it is kept as {row['kept']}, and the client was told {ack['kept']}"
    if ack.get("sha256", row["sha256"]) != row["sha256"]:
        yield "it has another digest"
    if ack["kept"] != "superseded" and ack.get("seq", row["seq"]) != row["seq"]:
        yield f"it has number {row['seq']}, and the client was told {ack['seq']}"
    yield from _differences(send, row)
    counting = [r for r in story.revisions[send["attempt"]] if r["position"] == send["position"] and r["kept"] == "current"]
    if ack["kept"] == "current" and (not counting or counting[-1]["seq"] < row["seq"]):
        yield "it does not count, and nothing later replaced it"


def _not_ended(story: _Story, row: Row | None) -> Iterator[str]:
    if row is None:
        yield "is not there"
    elif row["state"] != "closed":
        yield "is not closed"
    elif len(story.grades[row["id"]]) != 1:
        yield f"has {len(story.grades[row['id']])} grades"


# --- phantom: everything stored was sent ------------------------------------------------------------------------------


def _differences(send: Row, row: Row) -> Iterator[str]:
    """How a stored answer differs from the one that was sent."""
    sent = {name: send[name] for name in ("answer", "flag", "struck")}
    if json.loads(row["shown"]) != sent:
        yield f"stored is {row['shown']}, sent was {canonical(sent)}"
    for name in ("position", "base_seq", "certainty"):
        if row[name] != send[name]:
            yield f"{name} is stored as {row[name]}, sent was {send[name]}"


def _phantom_answers(story: _Story) -> Iterator[str]:
    for (attempt_id, op_id), row in story.by_op.items():
        send = story.sends.get(op_id)
        if send is None or send["act"] not in ("save", "form") or send["attempt"] != attempt_id:
            yield f"attempt {attempt_id}: {op_id} was never sent to it"
        else:
            yield from (f"attempt {attempt_id}, {op_id}: {words}" for words in _differences(send, row))


def _phantom_attempts(story: _Story) -> Iterator[str]:
    wanted = Counter((entry["person"], entry["quiz"]) for entry in story.sent("start"))
    there = Counter((row["person_id"], row["quiz_id"]) for row in story.attempts.values())
    for key in there - wanted:
        yield f"person {key[0]} has {there[key]} attempts at {key[1]} and asked for {wanted[key]}"
    submitted = {entry["attempt"] for entry in story.sent("submit", "late submit")}
    for row in story.attempts.values():
        if row["closed_by"] == "candidate" and row["id"] not in submitted:
            yield f"attempt {row['id']} was submitted by nobody"
        too_early = not story.instants or story.instants[-1] <= instant(row["deadline_at"]) + GRACE
        if row["closed_by"] == "deadline" and too_early:
            yield f"attempt {row['id']} was closed by the deadline before it came"


# --- half: forms, answers and closes are whole ------------------------------------------------------------------------


def _half_attempts(story: _Story) -> Iterator[str]:
    running = Counter((r["person_id"], r["quiz_id"]) for r in story.attempts.values() if r["state"] == "open")
    yield from (f"person {key[0]} has {count} open attempts at {key[1]}" for key, count in running.items() if count > 1)
    for attempt_id in sorted({*story.places, *story.revisions, *story.grades} - set(story.attempts)):
        if story.places[attempt_id] or story.revisions[attempt_id] or story.grades[attempt_id]:
            yield f"attempt {attempt_id} is not there, and parts of it are"
    for row in story.attempts.values():
        faults = [*_half_form(story, row), *_half_answers(story, row), *_half_close(story, row)]
        yield from (f"attempt {row['id']}: {words}" for words in faults)


def _half_form(story: _Story, row: Row) -> Iterator[str]:
    form = [dict(place) for place in story.places[row["id"]]]
    if not form or [p["position"] for p in form] != list(range(1, len(form) + 1)):
        yield f"its form has the places {[p['position'] for p in form]}"
    started = story.events[f"attempt:{row['id']}", "attempt.started"]
    if len(started) != 1:
        yield f"{len(started)} events of its start"
    elif started[0]["form"] != sha256(canonical(form)):
        yield "its form is not the one that its start recorded"


def _half_answers(story: _Story, row: Row) -> Iterator[str]:
    revisions = story.revisions[row["id"]]
    numbers = [r["number"] for r in revisions]
    if numbers != list(range(1, row["revision_count"] + 1)):
        yield f"its revisions are {numbers}, and it counts {row['revision_count']}"
    head = sha256(GENESIS + canonical({"person": row["person_id"], "quiz_version": row["quiz_version_id"], "seed": row["seed"]}))
    seqs: dict[int, int] = defaultdict(int)
    for revision in revisions:
        yield from (f"revision {revision['number']} {words}" for words in _half_revision(row, revision, head, seqs))
        head = revision["sha256"]
    if head != row["head_sha256"]:
        yield "its head is not its last revision"


def _half_revision(attempt: Row, row: Row, head: str, seqs: dict[int, int]) -> Iterator[str]:
    covered = {**{name: row[name] for name in COVERED}, "received_at": instant(row["received_at"]).isoformat()}
    if row["previous_sha256"] != head or row["sha256"] != sha256(head + canonical(covered)):
        yield "does not continue the chain"
    body = {"payload": json.loads(row["payload"]), **{name: row[name] for name in ("position", "base_seq", "certainty")}}
    if row["body_sha256"] != sha256(canonical(body)):
        yield "does not hold the body that its digest was taken of"
    if row["kept"] == "current":
        seqs[row["position"]] += 1
        if instant(row["received_at"]) > instant(attempt["deadline_at"]) + GRACE:
            yield "counts and came too late"
    if row["seq"] != seqs[row["position"]]:
        yield f"has number {row['seq']} at its place, and {seqs[row['position']]} counted there"


def _half_close(story: _Story, row: Row) -> Iterator[str]:
    closes = story.events[f"attempt:{row['id']}", "attempt.closed"]
    if len(closes) != (row["state"] == "closed"):
        yield f"it is {row['state']}, with {len(closes)} events of its close"
    if row["state"] != "closed" or len(closes) != 1:
        return
    facts, revisions = closes[0], story.revisions[row["id"]]
    if (facts["by"], instant(facts["finished_at"])) != (row["closed_by"], instant(row["closed_at"])):
        yield "it was closed otherwise than its event says"
    if facts["revisions"] and facts["head"] not in [r["sha256"] for r in revisions[facts["revisions"] - 1 : facts["revisions"]]]:
        yield "its close recorded another head"
    if any(r["kept"] == "current" for r in revisions[facts["revisions"] :]):
        yield "an answer counts that came after its close"


# --- half: grades and the trail ---------------------------------------------------------------------------------------


def _half_grades(story: _Story) -> Iterator[str]:
    known = {grade["id"] for grades in story.grades.values() for grade in grades}
    orphans = sorted({grade_id for grade_id, marks in story.marks.items() if marks} - known)
    yield from (f"grade {grade_id} is not there, and parts of it are" for grade_id in orphans)
    for attempt_id, grades in story.grades.items():
        row, graded = story.attempts.get(attempt_id), story.events[f"attempt:{attempt_id}", "attempt.graded"]
        if len(grades) > 1 or (row is not None and row["state"] != "closed" and grades):
            yield f"attempt {attempt_id} has {len(grades)} grades and is {row['state'] if row else 'not there'}"
        if [facts["grade"] for facts in graded] != [grade["id"] for grade in grades]:
            yield f"attempt {attempt_id}: {len(graded)} events of {len(grades)} grades"
        for grade in grades:
            yield from (f"attempt {attempt_id}: its grade {words}" for words in _half_grade(story, grade))


def _half_grade(story: _Story, grade: Row) -> Iterator[str]:
    marks = story.marks[grade["id"]]
    if [m["position"] for m in marks] != [p["position"] for p in story.places[grade["attempt_id"]]]:
        yield f"has marks for {len(marks)} of {len(story.places[grade['attempt_id']])} places"
    points = sum((Fraction(m["points_num"], m["points_den"]) for m in marks), Fraction(0))
    sums = sum(m["max_points"] for m in marks), sum(m["critical_errors"] > 0 for m in marks)
    if (points, *sums) != (Fraction(grade["points_num"], grade["points_den"]), grade["max_points"], grade["critical_errors"]):
        yield "is not the sum of its marks"


SIGNED = ("act", "actor_id", "actor_name", "seq", "stream")


def _broken_trail(tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    heads = {row["stream"]: (row["seq"], row["sha256"]) for row in tables["stream_head"]}
    ends: dict[str, tuple[int, str]] = {}
    for stream, events in _grouped(tables["audit_event"], "stream", "seq").items():
        before = (0, GENESIS)
        for row in events:
            yield from (f"stream {stream}: event {row['seq']} {words}" for words in _broken_event(row, *before))
            before = (row["seq"], row["sha256"])
        ends[stream] = before
    yield from (f"stream {s}: its head is not its last event" for s in sorted(heads.keys() | ends) if heads.get(s) != ends.get(s))


def _broken_event(row: Row, seq: int, head: str) -> Iterator[str]:
    if (row["seq"], row["previous_sha256"], row["sha256"]) != (seq + 1, head, sha256(head + row["payload"])):
        yield "does not continue the chain"
    body = json.loads(row["payload"])
    if any(body[name] != row[name] for name in SIGNED) or instant(body["at"]) != instant(row["at"]):
        yield "differs from its signed bytes"
