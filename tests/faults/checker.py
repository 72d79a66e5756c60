"""The history checker: what the client was told and what is stored, compared without the app.

Lost is what was acknowledged and is not there, phantom what is there and was never sent, half what is not whole.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tests.faults.history import GRACE, Row, Story, canonical, instant
from tests.faults.wholeness import half_states


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


def check(journal: Sequence[Row], tables: Mapping[str, Sequence[Row]]) -> Findings:
    """Compare what the client sent and was told with what is stored."""
    findings = Findings()
    story = Story(journal, tables)
    findings.acknowledged = len({a["ack"] for a in story.acks if story.sends[a["ack"]]["act"] in ("save", "form")})
    findings.lost += _lost(story)
    findings.phantom += [*_phantom_answers(story), *_phantom_attempts(story)]
    findings.half += half_states(story, tables)
    return findings


# --- lost: every acknowledgement is true ------------------------------------------------------------------------------


def _lost(story: Story) -> Iterator[str]:
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


def _lost_answer(story: Story, send: Row, ack: Row) -> Iterator[str]:
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


def _not_ended(story: Story, row: Row | None) -> Iterator[str]:
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


def _phantom_answers(story: Story) -> Iterator[str]:
    for (attempt_id, op_id), row in story.by_op.items():
        send = story.sends.get(op_id)
        if send is None or send["act"] not in ("save", "form") or send["attempt"] != attempt_id:
            yield f"attempt {attempt_id}: {op_id} was never sent to it"
        else:
            yield from (f"attempt {attempt_id}, {op_id}: {words}" for words in _differences(send, row))


def _phantom_attempts(story: Story) -> Iterator[str]:
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
