"""The checker finds what it is for: every kind of loss, phantom and half state that somebody could cause by hand."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from app.database import db
from tests.branches import branch
from tests.builders import find_clinic
from tests.clock import START, FakeClock
from tests.conftest import DATABASES, make_app
from tests.faults.checker import check
from tests.faults.deaths import Fate
from tests.faults.history import read_tables, sha256
from tests.faults.journal import Journal, read_journal
from tests.faults.rounds import Inside, Round, make_sittings, sign_in

Entries = list[dict[str, Any]]
Tables = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Sat:
    """A database in which two people sat their exams undisturbed, and their journal."""

    url: str
    journal: Entries


@pytest.fixture(scope="module", params=DATABASES)
def sat(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sat]:
    """Once for each database; every test spoils a copy of its own."""
    folder = tmp_path_factory.mktemp("sat")
    with _clinic_of(request, folder) as url:
        path = folder / "journal.jsonl"
        _sit(url, path)
        yield Sat(url, read_journal(path))


@contextmanager
def _clinic_of(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        url = f"sqlite:///{request.getfixturevalue('sqlite_clinic')}"
    else:
        server, name = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_clinic")
        url = server.rpartition("/postgres?")[0] + f"/{name}?" + server.rpartition("?")[2]
    with branch(url) as copy:
        yield copy


def _sit(url: str, path: Path) -> None:
    """Each of two people at two exams: submitted, looked at after the end, listed, submitted too late."""
    fate, journal, rng = Fate(START), Journal(path), Random(20261130)
    app = make_app(url, FakeClock(), testing=False)
    clockwork = app.extensions["needle_clearance.clockwork"]
    app.extensions["needle_clearance.clockwork"] = type(clockwork)(fate.now, clockwork.rng, clockwork.ids)
    with app.app_context():
        people = {key: person.id for key, person in find_clinic(db.session).people.items()}
        db.session.remove()
    inside = Inside(app)
    browsers = [sign_in(inside.ask, f"{key}@clinic.test", people[key]) for key in ("trainee", "trainee2")]
    sittings = make_sittings("sat", app, browsers, rng, ("submit", "look", "list", "late submit"))
    played = Round("sat", rng, journal, fate, sittings, inside.deliver, inside.sweep, sweeps=False)
    played.play()
    journal.close()
    assert played.unexpected == []
    with app.app_context():
        db.engine.dispose()


def tables_of(url: str) -> Tables:
    """What the checker reads, with a connection of its own."""
    engine = create_engine(url)
    with engine.connect() as connection:
        found = read_tables(connection.connection.dbapi_connection)
    engine.dispose()
    return found


@contextmanager
def without_triggers(url: str) -> Iterator[Connection]:
    """Somebody who may do everything to a database."""
    engine = create_engine(url)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            for name in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET session_replication_role = replica"))
        yield connection
    engine.dispose()


def test_a_history_without_faults_is_clean(sat: Sat) -> None:
    findings = check(sat.journal, tables_of(sat.url))
    assert findings.clean, findings
    acts = {entry["act"] for entry in sat.journal if "send" in entry}
    assert acts >= {"start", "save", "form", "submit", "look", "list", "late submit"}
    assert {entry["kept"] for entry in sat.journal if "kept" in entry} == {"current", "superseded", "late"}
    assert findings.acknowledged > 20


# --- spoiled databases ------------------------------------------------------------------------------------------------


def counting(tables: Tables, turn: int = -1) -> dict[str, Any]:
    """An answer that counts, acknowledged with its digest; the newest that was saved, unless told otherwise."""
    found = [r for r in tables["response_revision"] if r["kept"] == "current" and r["op_id"].endswith("-save")]
    return sorted(found, key=lambda r: r["id"])[turn]


def losing(tables: Tables) -> dict[str, Any]:
    """An answer that lost against a newer one."""
    return next(r for r in tables["response_revision"] if r["kept"] == "superseded")


def event_of(tables: Tables, act: str) -> dict[str, Any]:
    """One event of an attempt."""
    return next(r for r in tables["audit_event"] if r["act"] == f"attempt.{act}")


def submitted(tables: Tables) -> dict[str, Any]:
    """An attempt that its candidate closed."""
    return next(r for r in tables["attempt"] if r["closed_by"] == "candidate")


def renumbered(row: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The same row again, with an id of its own."""
    return {**row, "id": row["id"] + 9000, **changes}


def reopen(row: dict[str, Any]) -> None:
    """As if it had never been closed."""
    row.update(state="open", closed_at=None, closed_by=None)


def without(rows: list[dict[str, Any]], gone: dict[str, Any]) -> None:
    """Take one row away."""
    rows[:] = [row for row in rows if row is not gone]


def rewritten(row: dict[str, Any]) -> None:
    """An event with other facts and the digest that belongs to them: only the chain tells."""
    row["payload"] = row["payload"].replace('"facts":{', '"facts":{"and":1,', 1)
    row["sha256"] = sha256(row["previous_sha256"] + row["payload"])


SPOILED: dict[str, tuple[str, Callable[[Tables], object]]] = {
    "an answer was deleted": ("lost", lambda t: without(t["response_revision"], counting(t))),
    "an answer that lost was deleted": ("lost", lambda t: without(t["response_revision"], losing(t))),
    "what the candidate saw was changed": ("lost", lambda t: counting(t).update(shown='{"answer":{},"flag":true,"struck":[]}')),
    "the options behind an answer were changed": (
        "half",
        lambda t: counting(t, 0).update(payload='{"answer":null,"flag":false,"struck":[]}'),
    ),
    "its certainty was changed": ("lost", lambda t: counting(t).update(certainty="quite")),
    "its number was changed": ("lost", lambda t: counting(t).update(seq=77)),
    "it counts no longer": ("lost", lambda t: counting(t).update(kept="superseded")),
    "an answer that lost counts": ("lost", lambda t: losing(t).update(kept="current")),
    "it moved to another place": ("lost", lambda t: counting(t).update(position=99)),
    "it moved to another attempt": ("lost", lambda t: counting(t).update(attempt_id=counting(t)["attempt_id"] + 9000)),
    "its digest was changed": ("lost", lambda t: counting(t).update(sha256="a" * 64)),
    "the chain was cut": ("half", lambda t: counting(t).update(previous_sha256="a" * 64)),
    "it came at another time": ("half", lambda t: counting(t).update(received_at="2026-11-24T08:00:00")),
    "it counts and came too late": ("half", lambda t: counting(t).update(received_at="2026-11-25T08:00:00")),
    "an answer was added": ("phantom", lambda t: t["response_revision"].append(renumbered(counting(t), op_id="op-of-nobody"))),
    "an answer was counted that is not there": ("half", lambda t: t["attempt"][0].update(revision_count=77)),
    "the head is another": ("half", lambda t: t["attempt"][0].update(head_sha256="a" * 64)),
    "an attempt is gone": ("lost", lambda t: without(t["attempt"], t["attempt"][0])),
    "an attempt is open again": ("lost", lambda t: reopen(submitted(t))),
    "an attempt was never asked for": ("phantom", lambda t: t["attempt"].append(renumbered(t["attempt"][0]))),
    "two attempts are open": (
        "half",
        lambda t: t["attempt"].extend(renumbered(t["attempt"][0], id=n, state="open") for n in (1, 2)),
    ),
    "it was closed by another": ("half", lambda t: submitted(t).update(closed_by="deadline")),
    "it was closed at another time": ("half", lambda t: submitted(t).update(closed_at="2026-11-24T08:00:00")),
    "a place of the form is gone": ("half", lambda t: t["attempt_item"].pop()),
    "the last places of a form are gone": (
        "half",
        lambda t: t.update(attempt_item=[p for p in t["attempt_item"] if p["position"] < 9]),
    ),
    "a place holds another item": ("half", lambda t: t["attempt_item"][0].update(item_version_id=9000)),
    "a place shows its options in another order": ("half", lambda t: t["attempt_item"][0].update(variant='{"order":[]}')),
    "the event of a start is gone": ("half", lambda t: without(t["audit_event"], event_of(t, "started"))),
    "the event of a close is gone": ("half", lambda t: without(t["audit_event"], event_of(t, "closed"))),
    "the event of a grade is gone": ("half", lambda t: without(t["audit_event"], event_of(t, "graded"))),
    "there are two events of one close": ("half", lambda t: t["audit_event"].append(renumbered(event_of(t, "closed")))),
    "an event was rewritten": ("half", lambda t: rewritten(event_of(t, "closed"))),
    "an event names somebody else": ("half", lambda t: event_of(t, "closed").update(actor_name="Somebody Else")),
    "the head of a stream is gone": ("half", lambda t: t["stream_head"].pop()),
    "a stream ends elsewhere": ("half", lambda t: t["stream_head"][0].update(seq=77)),
    "a grade is gone": ("lost", lambda t: t["grade"].pop()),
    "there are two grades": ("lost", lambda t: t["grade"].append(renumbered(t["grade"][0], run=2))),
    "an open attempt has a grade": ("half", lambda t: reopen(submitted(t))),
    "a mark is missing": ("half", lambda t: t["graded_item"].pop()),
    "all marks are missing": ("half", lambda t: t["graded_item"].clear()),
    "a mark is of another grade": ("half", lambda t: t["graded_item"][0].update(grade_id=9000)),
    "a mark was raised": ("half", lambda t: t["graded_item"][0].update(points_num=77)),
    "a grade was raised": ("half", lambda t: t["grade"][0].update(points_num=77)),
    "a critical error was forgiven": ("half", lambda t: t["grade"][0].update(critical_errors=77)),
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_the_checker_finds_what_was_done_to_a_database(sat: Sat, spoiled: str) -> None:
    kind, spoil = SPOILED[spoiled]
    tables = tables_of(sat.url)
    spoil(tables)
    findings = check(sat.journal, tables)
    assert getattr(findings, kind), findings


STATEMENTS = {
    "lost": "DELETE FROM response_revision WHERE id = (SELECT max(id) FROM response_revision)",
    "phantom": "UPDATE response_revision SET op_id = 'op-of-nobody' WHERE id = (SELECT max(id) FROM response_revision)",
    "half": "DELETE FROM graded_item WHERE position = 3",
}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_the_checker_finds_what_a_statement_did(sat: Sat, kind: str) -> None:
    with branch(sat.url) as copy:
        with without_triggers(copy) as connection:
            assert connection.execute(text(STATEMENTS[kind])).rowcount > 0
        assert getattr(check(sat.journal, tables_of(copy)), kind)


# --- spoiled journals -------------------------------------------------------------------------------------------------


def sent(journal: Entries, *acts: str) -> dict[str, Any]:
    """The first entry of these acts."""
    return next(entry for entry in journal if entry.get("act") in acts)


def told(journal: Entries, kept: str) -> dict[str, Any]:
    """The first acknowledgement of this kind that has a digest."""
    return next(entry for entry in journal if entry.get("kept") == kept and "sha256" in entry)


def forget(journal: Entries, *acts: str) -> None:
    """As if these had never been sent."""
    gone = {entry["send"] for entry in journal if entry.get("act") in acts}
    journal[:] = [entry for entry in journal if entry.get("send", entry.get("ack")) not in gone]


def invent(journal: Entries) -> None:
    """An acknowledgement of an answer that no database has."""
    entry = {**sent(journal, "save"), "send": "op-of-a-dream"}
    journal += [entry, {"ack": "op-of-a-dream", "status": 200, "kept": "current", "seq": 1, "sha256": "a" * 64}]


TOLD_OTHERWISE: dict[str, tuple[str, Callable[[Entries], object]]] = {
    "an answer was acknowledged that is not there": ("lost", invent),
    "another digest was acknowledged": ("lost", lambda j: told(j, "current").update(sha256="a" * 64)),
    "another number was acknowledged": ("lost", lambda j: told(j, "current").update(seq=77)),
    "a late answer was acknowledged as counting": ("lost", lambda j: told(j, "late").update(kept="current")),
    "an answer that lost was acknowledged as counting": ("lost", lambda j: told(j, "superseded").update(kept="current")),
    "another attempt was acknowledged": ("lost", lambda j: j[j.index(sent(j, "start")) + 1].update(attempt=9000)),
    "another answer was sent": ("phantom", lambda j: sent(j, "save").update(answer={"choice": "o9"})),
    "another item was answered": ("phantom", lambda j: sent(j, "form").update(position=99)),
    "no answer was sent": ("phantom", lambda j: forget(j, "save")),
    "no start was sent": ("phantom", lambda j: forget(j, "start")),
    "no submit was sent": ("phantom", lambda j: forget(j, "submit", "late submit")),
    "the deadline had not come": (
        "phantom",
        lambda j: [entry.update(at="2026-11-24T09:00:00+00:00") for entry in j if "at" in entry],
    ),
}


@pytest.mark.parametrize("otherwise", TOLD_OTHERWISE)
def test_the_checker_finds_what_the_journal_knows_otherwise(sat: Sat, otherwise: str) -> None:
    kind, spoil = TOLD_OTHERWISE[otherwise]
    journal = json.loads(json.dumps(sat.journal))
    spoil(journal)
    findings = check(journal, tables_of(sat.url))
    assert getattr(findings, kind), findings
