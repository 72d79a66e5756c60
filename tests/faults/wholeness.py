"""Nothing is half: forms, answers, closes, grades and the trail are whole, derived again from the rows alone."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from tests.faults.history import GENESIS, GRACE, Row, Story, canonical, grouped, instant, sha256

COVERED = ("attempt_id", "number", "position", "seq", "base_seq", "op_id", "kept", "shown", "certainty")
SIGNED = ("act", "actor_id", "actor_name", "seq", "stream")


def half_states(story: Story, tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    """Every half state in words."""
    yield from _half_attempts(story)
    yield from _half_grades(story)
    yield from _broken_trail(tables)


FORM = ("attempt_id", "position", "item_id", "item_version_id", "variant")
"""What the event of a start recorded of each place."""


# --- forms, answers and closes are whole ------------------------------------------------------------------------


def _half_attempts(story: Story) -> Iterator[str]:
    running = Counter((r["person_id"], r["quiz_id"]) for r in story.attempts.values() if r["state"] == "open")
    yield from (f"person {key[0]} has {count} open attempts at {key[1]}" for key, count in running.items() if count > 1)
    for attempt_id in sorted({*story.places, *story.revisions, *story.grades} - set(story.attempts)):
        if story.places[attempt_id] or story.revisions[attempt_id] or story.grades[attempt_id]:
            yield f"attempt {attempt_id} is not there, and parts of it are"
    for row in story.attempts.values():
        faults = [*_half_form(story, row), *_half_answers(story, row), *_half_close(story, row)]
        yield from (f"attempt {row['id']}: {words}" for words in faults)


def _half_form(story: Story, row: Row) -> Iterator[str]:
    form = [{name: place[name] for name in FORM} for place in story.places[row["id"]]]
    if not form or [p["position"] for p in form] != list(range(1, len(form) + 1)):
        yield f"its form has the places {[p['position'] for p in form]}"
    started = story.events[f"attempt:{row['id']}", "attempt.started"]
    if len(started) != 1:
        yield f"{len(started)} events of its start"
    elif started[0]["form"] != sha256(canonical(form)):
        yield "its form is not the one that its start recorded"


def _half_answers(story: Story, row: Row) -> Iterator[str]:
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


def _half_close(story: Story, row: Row) -> Iterator[str]:
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


# --- grades and the trail ---------------------------------------------------------------------------------------


def _half_grades(story: Story) -> Iterator[str]:
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


def _half_grade(story: Story, grade: Row) -> Iterator[str]:
    marks = story.marks[grade["id"]]
    if [m["position"] for m in marks] != [p["position"] for p in story.places[grade["attempt_id"]]]:
        yield f"has marks for {len(marks)} of {len(story.places[grade['attempt_id']])} places"
    points = sum((Fraction(m["points_num"], m["points_den"]) for m in marks), Fraction(0))
    sums = sum(m["max_points"] for m in marks), sum(m["critical_errors"] > 0 for m in marks)
    if (points, *sums) != (Fraction(grade["points_num"], grade["points_den"]), grade["max_points"], grade["critical_errors"]):
        yield "is not the sum of its marks"


def _broken_trail(tables: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    heads = {row["stream"]: (row["seq"], row["sha256"]) for row in tables["stream_head"]}
    ends: dict[str, tuple[int, str]] = {}
    for stream, events in grouped(tables["audit_event"], "stream", "seq").items():
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
