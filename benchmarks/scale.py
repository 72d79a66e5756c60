"""Growth: what a check and one person's page cost while the people grow from 500 to 50,000, each with the same history."""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.accounts.models import Person, Site
from app.database import db
from app.operations.serving import freeze_what_is_loaded
from benchmarks import policies
from benchmarks.clearances import TEMPLATE, make_code, reader, someone
from benchmarks.exams import Wire, recorded
from benchmarks.pictures import report as report_figures
from benchmarks.population import copy_facts, new_people

SCALES = (500, 5_000, 50_000)
ASKED = 60
"""How many people are looked at, each of them twice; the second look counts."""


def _grown(number: int) -> tuple[list[int], int]:
    """(the ids of so many new people, how many evidence rows each got); committed."""
    template = someone(TEMPLATE)
    ids = new_people(db.session, number, [1], like=template)
    each = copy_facts(db.session, template.id, ids)
    db.session.commit()
    if db.engine.dialect.name == "postgresql":  # which does so by itself a while after such a load
        db.session.execute(text("ANALYZE"))
        db.session.commit()
    return ids, each


def _coded(ids: Sequence[int], rng: random.Random) -> dict[str, int]:
    """Code → person, for some people; committed."""
    found = {f"{rng.randrange(16**16):016X}": i for i in rng.sample(ids, ASKED)}
    for code, person_id in found.items():
        make_code(db.session.get_one(Person, person_id), db.session.get_one(Site, 1), code)
    db.session.commit()
    return found


def _cost(wire: Wire, paths: Sequence[str]) -> tuple[dict[str, float], int]:
    """(median CPU and wall ms of a page, the statements of one)."""
    cpu, wall = [], []
    for path in paths:
        wire.ask("GET", path)
    for path in paths:
        began, spent = time.perf_counter(), time.process_time()
        assert wire.ask("GET", path)[0] == 200, path
        cpu.append(time.process_time() - spent)
        wall.append(time.perf_counter() - began)
    statements = len(recorded(lambda: wire.ask("GET", paths[0])))
    return {"cpu_ms": round(statistics.median(cpu) * 1000, 2), "wall_ms": round(statistics.median(wall) * 1000, 2)}, statements


def growth(app: Flask, scales: Sequence[int]) -> dict[str, Any]:
    """One row for each number of people, and how much more the last one costs than the first."""
    rng, wire, rows, ids = random.Random(1), Wire(app.wsgi_app, *reader(app)), list[dict[str, Any]](), list[int]()
    for people in scales:
        began = time.perf_counter()
        more, each = _grown(people - len(ids))
        ids += more
        filled, codes = time.perf_counter() - began, _coded(ids, rng)
        row: dict[str, Any] = {"people": people, "evidence_rows": people * each, "fill_s": round(filled, 1)}
        for name, page in _PAGES.items():
            cost, statements = _cost(wire, [page(code, person) for code, person in codes.items()])
            row |= {f"{name}_{k}": v for k, v in cost.items()} | {f"{name}_statements": statements}
        db.session.rollback()
        rows.append(row)
    ratios = {name: round(rows[-1][f"{name}_wall_ms"] / rows[0][f"{name}_wall_ms"], 2) for name in _PAGES}
    return {"table": rows, "growth": ratios}


_PAGES: dict[str, Callable[[str, int], str]] = {
    "check": lambda code, person: f"/check/{code}",
    "person": lambda code, person: f"/people/{person}",
}


def report(app: Flask, scales: Sequence[int] = SCALES) -> None:
    """One JSON line for the growth, and one for a policy's preview of everybody who is there then."""
    freeze_what_is_loaded()
    report_figures({"growth": growth(app, scales)})
    policies.report()
    gc.unfreeze()
