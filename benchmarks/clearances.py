"""What a standing costs: one answer, a check over HTTP, the register of 50 people, the CSV of 500."""

from __future__ import annotations

import asyncio
import http.client
import statistics
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.accounts.actions import add_site
from app.accounts.models import Membership, Person, Site
from app.accounts.queries import find_person_by_email, get_site
from app.clearances.actions import make_check_code
from app.clearances.queries import standings
from app.database import db
from app.demonstration.clinic import email_of
from app.domain.permissions import SYSTEM, Actor
from app.web.clockwork import now
from benchmarks import bare
from benchmarks.doors import Door, cpu_s, served
from benchmarks.exams import Wire, recorded
from benchmarks.line import Line
from benchmarks.people import Candidate, cookie_of
from benchmarks.pictures import report as report_figures
from benchmarks.population import copy_facts, copy_rights, new_people

TEMPLATE = "trainee4"
"""Somebody with papers, exams, competencies, observations, two grants and their applications."""
CODE = "0123456789ABCDEF"
REGION = "rhomboids-levator"
ROUNDS, BATCH = 15, 20


def someone(key: str) -> Person:
    """A person of the demonstration clinic."""
    person = find_person_by_email(db.session, email_of(key))
    assert person is not None
    return person


def paired(floor: Callable[[], object], mine: Callable[[], object], rounds: int = ROUNDS) -> dict[str, float]:
    """CPU of this process for one call of each, in ms, in alternating batches after one to warm up; the ratio is paired, too."""
    pairs = []
    for _ in range(rounds + 1):
        took = []
        for act in (floor, mine):
            began = time.process_time()
            for _ in range(BATCH):
                act()
            took.append((time.process_time() - began) * 1000 / BATCH)
        pairs.append((took[0], took[1]))
    return _spread(pairs[1:])


def _spread(pairs: list[tuple[float, float]]) -> dict[str, float]:
    low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
    return {"cpu_ms": round(high, 2), "floor_ms": round(low, 2), "ratio": round(statistics.median(b / a for a, b in pairs), 2)}


def one_standing(region: str | None) -> dict[str, float]:
    """What one person may do in one region, or in each, against a bare Flask route of one indexed SELECT, both in this process."""
    person, site = someone(TEMPLATE), get_site(db.session, 1)
    floor = Wire(bare.add_row(Flask("bare"), db.engine).wsgi_app)

    def answer() -> None:
        standings(db.session, [person], site, at=now(), now=now(), region=region)

    figures = {**paired(lambda: floor.ask("GET", "/row"), answer), "statements": len(recorded(answer))}
    db.session.rollback()
    return figures


def make_code(person: Person, site: Site, code: str) -> None:
    """Give somebody a code to check their standing by; committed by the caller."""
    actor = Actor(person.id, person.printed_name)
    make_check_code(db.session, person=person, site=site, code=code, actor=actor, now=now())


def checks_over_http(app: Flask, url: str, paths: Sequence[str]) -> list[dict[str, float]]:
    """Whole checks, the page included: CPU of the server against that of the bare route on a server of the same kind."""
    make_code(someone(TEMPLATE), get_site(db.session, 1), CODE)
    db.session.commit()
    wire, statements = Wire(app.wsgi_app), []
    for path in paths:
        wire.ask("GET", path)
        statements.append(len(recorded(partial(wire.ask, "GET", path))))
    db.session.rollback()
    with served(app, url) as mine, bare.served(app, url, []) as floor:
        found = [_spread(asyncio.run(_asked(mine, floor, path))) for path in paths]
    return [{**figures, "statements": n} for figures, n in zip(found, statements, strict=True)]


async def _asked(mine: Door, floor: Door, check: str) -> list[tuple[float, float]]:
    checker, asker, pairs = Line(mine.port, "", ""), Line(floor.port, "", ""), []
    for _ in range(ROUNDS + 1):
        took = []
        for line, door, path in ((asker, floor, "/row"), (checker, mine, check)):
            began = cpu_s(door.process)
            for _ in range(BATCH):
                assert (await line.get(path)).status == 200
            took.append((cpu_s(door.process) - began) * 1000 / BATCH)
        pairs.append((took[0], took[1]))
    checker.close()
    asker.close()
    return pairs[1:]


def site_of(number: int, name: str) -> int:
    """A new site with so many people, each with the template's history; its id, committed."""
    template, like = someone(TEMPLATE), get_site(db.session, 1)
    site = add_site(
        db.session, name=name, jurisdiction=like.jurisdiction, time_zone=like.time_zone, actor=SYSTEM, now=like.created_at
    )
    db.session.flush()
    copy_rights(db.session, template.id, site.id)
    copy_facts(db.session, template.id, new_people(db.session, number, [site.id], like=template), site_id=site.id)
    db.session.commit()
    return site.id


def reader(app: Flask) -> tuple[str, str]:
    """The session of somebody who may read every register."""
    query = select(Person).join(Membership, Membership.person_id == Person.id).where(Membership.role == "auditor")
    auditor = db.session.scalars(query).first()
    assert auditor is not None
    return cookie_of(app, Candidate(auditor.id, auditor.session_key))


def register_of_50(app: Flask) -> dict[str, float]:
    """The page of 50 people with every region: median wall time and CPU, and its statements."""
    path, wire = f"/register?site={site_of(50, 'Fifty')}", Wire(app.wsgi_app, *reader(app))
    wall, cpu = [], []
    for _ in range(11):
        began, spent = time.perf_counter(), time.process_time()
        assert wire.ask("GET", path)[0] == 200
        wall.append((time.perf_counter() - began) * 1000)
        cpu.append((time.process_time() - spent) * 1000)
    statements = len(recorded(lambda: wire.ask("GET", path)))
    db.session.rollback()
    medians = {"ms": round(statistics.median(wall)), "cpu_ms": round(statistics.median(cpu))}
    return {"people": 50, **medians, "statements": statements}


def csv_of_500(app: Flask, url: str) -> dict[str, float]:
    """The file of 500 people from a server: seconds to the first byte and to the last, and CPU of the server."""
    path, (cookie, _) = f"/register.csv?site={site_of(500, 'Five hundred')}", reader(app)
    db.session.rollback()
    with served(app, url) as door:
        line = http.client.HTTPConnection("127.0.0.1", door.port)
        began, spent = time.perf_counter(), cpu_s(door.process)
        line.request("GET", path, headers={"Cookie": f"needle_clearance={cookie}"})
        answer = line.getresponse()
        first = answer.read(1)
        to_first, rest = time.perf_counter() - began, answer.read()
        seconds, cpu = time.perf_counter() - began, cpu_s(door.process) - spent
        line.close()
    lines = (first + rest).count(b"\r\n")
    assert answer.status == 200
    assert lines > 500
    return {"people": 500, "lines": lines, "first_byte_s": round(to_first, 2), "seconds": round(seconds, 2), "cpu_s": round(cpu, 2)}


def report(app: Flask, url: str) -> None:
    """One JSON line a figure."""
    report_figures({"one standing": one_standing(REGION), "a standing in every region": one_standing(None)})
    one, every = checks_over_http(app, url, [f"/check/{CODE}?region={REGION}", f"/check/{CODE}"])
    report_figures({"a check of one region over HTTP": one, "a check of every region over HTTP": every})
    figures: dict[str, Any] = {"a register page": register_of_50(app), "a register as CSV": csv_of_500(app, url)}
    report_figures(figures)
