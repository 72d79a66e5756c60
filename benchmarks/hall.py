"""An examination hall: many people start at once, then save every few seconds, against a server in a process of its own.

The crowd is one process that shares the machine's cores with the server, so the figures are worse than the server's own.
"""

from __future__ import annotations

import asyncio
import random
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.accounts.models import Person
from app.accounts.queries import get_site, who
from app.attempts.actions import plan_sitting
from app.database import db
from app.jobs import prepare_forms
from app.web.clockwork import now
from benchmarks.doors import cpu_s, served
from benchmarks.line import Line
from benchmarks.people import QUIZ, Candidate, cookie_of, learn, newcomers

CROWD = 200
WITHIN_S = 2.0
"""All press Start within this time."""
SAVING_S, EVERY_S, JITTER = 60.0, 5.0, 0.2
CLOCK_EVERY_S = 12.0
ITEMS_WITHIN_S = (1.5, 21.5)
"""After its first page a browser asks for all items within this time (app/static/js/attempt/ahead.js)."""
_PARTS = re.compile(rb'(?:src|href)="(/bundles/exam\.[^"]*)"')


@dataclass(slots=True)
class Seat:
    """One person of the crowd at a browser."""

    candidate: Candidate
    line: Line
    rng: random.Random
    lease: str
    seqs: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Log:
    """What the crowd saw: seconds of each answer, and everything that was not as it should be."""

    seconds: list[float] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    failed: Counter[str] = field(default_factory=Counter)


def expected(number: int = CROWD) -> list[Candidate]:
    """People who are expected at a planned start, with their forms drawn ahead."""
    crowd, planner = newcomers(number), db.session.get_one(Person, _supervisor())
    ids = [c.person_id for c in crowd]
    plan_sitting(
        db.session, quiz_id=QUIZ, site_id=get_site(db.session, 1).id, starts_at=now() + timedelta(minutes=10), candidates=ids,
        members=ids, supervisor=planner, who=who(db.session, planner, now()), now=now(),
    )  # fmt: skip
    db.session.commit()
    assert prepare_forms(number) == number
    return crowd


def _supervisor() -> int:
    query = text(
        "SELECT person_id FROM membership WHERE role = 'supervisor' AND site_id = 1 AND ended_at IS NULL"
        " AND confirmed_at IS NOT NULL ORDER BY person_id"
    )
    return int(db.session.scalars(query).first() or 0)


def hall(app: Flask, url: str) -> dict[str, dict[str, Any]]:
    """The herd at the door, then a minute of answering; one figure for each."""
    crowd = expected()
    db.session.rollback()
    with served(app, url) as door:
        seats = [_seat(app, c, door.port, n) for n, c in enumerate(crowd)]
        looks, floor = asyncio.run(_together(seats, _look)), asyncio.run(_together(seats, _bare))
        before = cpu_s(door.process)
        herd = asyncio.run(_together(seats, _start))
        spent = cpu_s(door.process) - before
        for seat in seats:
            learn(seat.candidate)
        db.session.rollback()
        before = cpu_s(door.process)
        saves = asyncio.run(_together(seats, _answer_for_a_while))
        saving = cpu_s(door.process) - before
    return {
        f"{CROWD} people start within {WITHIN_S:.0f} s": {
            **_spread("first_item", herd), "last_of_all_s": round(max(herd.ends), 2), "floor_s": round(max(floor.ends), 2),
            "server_cpu_s": round(spent, 2), "failed": dict(looks.failed + herd.failed),
        },
        f"{CROWD} takers save every {EVERY_S:.0f} s": {
            **_spread("ack", saves), "saves": len(saves.seconds), "server_cpu_s": round(saving, 2), "failed": dict(saves.failed),
        },
    }  # fmt: skip


def _seat(app: Flask, candidate: Candidate, port: int, number: int) -> Seat:
    return Seat(candidate, Line(port, *cookie_of(app, candidate)), random.Random(f"seat {number}"), f"bench-copy-{number:06d}")


def _spread(name: str, log: Log) -> dict[str, float]:
    cuts = statistics.quantiles(log.seconds, n=100, method="inclusive")
    found = {"p50": cuts[49], "p99": cuts[98], "max": max(log.seconds)}
    return {f"{name}_{which}_ms": round(seconds * 1000) for which, seconds in found.items()}


async def _together(seats: list[Seat], act: Any) -> Log:
    """Everybody does the same, each from an instant of their own within the first seconds; lines are closed at the end."""
    log, began = Log(), time.perf_counter()

    async def one(seat: Seat) -> None:
        await asyncio.sleep(seat.rng.uniform(0, WITHIN_S))
        try:
            await act(seat, log)
        except (OSError, asyncio.IncompleteReadError) as fault:
            log.failed[type(fault).__name__] += 1
        log.ends.append(time.perf_counter() - began)
        seat.line.close()

    await asyncio.gather(*(one(seat) for seat in seats))
    return log


async def _bare(seat: Seat, log: Log) -> None:
    """The floor: as many requests as a start, which ask for nothing."""
    for _ in range(4):
        await seat.line.get("/healthz")


async def _look(seat: Seat, log: Log) -> None:
    """Read the exam's rules, as everybody does before they press Start."""
    page = await seat.line.get(f"/quizzes/{QUIZ}")
    if page.status != 200:
        log.failed[f"rules {page.status}"] += 1


async def _start(seat: Seat, log: Log) -> None:
    """Press Start, follow to the first item, and fetch what its page is made of, none of which the browser has yet."""
    began = time.perf_counter()
    pressed = await seat.line.press(f"/quizzes/{QUIZ}/start")
    if pressed.status != 302:
        log.failed[f"start {pressed.status}"] += 1
        return
    page = await seat.line.get(pressed.location)
    parts = _PARTS.findall(page.body)
    if page.status != 200 or b">Item 1" not in page.body or len(parts) != 2:
        log.failed[f"first item {page.status}"] += 1
        return
    for part in parts:
        assert (await seat.line.get(part.decode())).status == 200
    log.seconds.append(time.perf_counter() - began)
    seat.candidate.attempt_id = int(pressed.location.rsplit("/", 1)[1])


async def _answer_for_a_while(seat: Seat, log: Log) -> None:
    """Save an answer every few seconds, look at the clock, and ask once for all items, as the page does."""
    until, clock_at = time.perf_counter() + SAVING_S, time.perf_counter() + seat.rng.uniform(0, CLOCK_EVERY_S)
    items_at = time.perf_counter() + seat.rng.uniform(*ITEMS_WITHIN_S)
    await asyncio.sleep(seat.rng.uniform(0, EVERY_S))
    while time.perf_counter() < until:
        await _save(seat, log)
        if time.perf_counter() > clock_at:
            clock_at += CLOCK_EVERY_S
            await seat.line.get(f"/attempts/{seat.candidate.attempt_id}/clock")
        if time.perf_counter() > items_at:
            items_at = until
            if (await seat.line.get(f"/attempts/{seat.candidate.attempt_id}/items")).status != 200:
                log.failed["items"] += 1
        await asyncio.sleep(EVERY_S * seat.rng.uniform(1 - JITTER, 1 + JITTER))


async def _save(seat: Seat, log: Log) -> None:
    position = seat.rng.choice(list(seat.candidate.answers))
    seat.seqs[position] += 1
    body = {
        "base_seq": seat.seqs[position] - 1, "op_id": f"{seat.lease}-{position}-{seat.seqs[position]}", "lease": seat.lease,
        "payload": {"answer": seat.candidate.answers[position], "struck": [], "flag": False}, "certainty": "sure",
    }  # fmt: skip
    answer = await seat.line.send("PUT", f"/attempts/{seat.candidate.attempt_id}/responses/{position}", body)
    log.seconds.append(answer.seconds)
    if answer.status != 200:
        log.failed[f"save {answer.status}"] += 1
