"""Speed as ratios to floors taken in the same run: `make bench`.

The machine's own speed cancels out: each figure is the median of paired runs divided by the median of its floor.
"""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from flask import Flask, current_app, render_template
from sqlalchemy import text

from app import create_app
from app.accounts.queries import find_person_by_email, get_site, people_of_site
from app.attempts.actions import Save, save_answer, start_attempt
from app.attempts.queries import keyed_places
from app.bank.files import read_bank
from app.bank.queries import contents
from app.clearances.queries import standings
from app.cli.bank import load_bank
from app.database import app_metadata, db
from app.database.triggers import create_triggers
from app.demonstration.actions import build_demonstration
from app.demonstration.answers import right_answer
from app.demonstration.clinic import email_of
from app.demonstration.making import DAYS_OF_HISTORY
from app.domain.cases.explorer import explore
from app.domain.items import Case, NeedlePlacement
from app.domain.items.case import story_of
from app.operations.queries import expected_revision
from app.quizzes.queries import get_current_quiz
from app.web.clockwork import new_token, now
from benchmarks import pictures as figures
from benchmarks import regrades as corrections
from benchmarks.exams import saving_cpu
from benchmarks.people import Candidate
from config import ROOT, Config

ROUNDS = 60


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median wall time of one call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def make(folder: str) -> Flask:
    """The demonstration clinic on a fresh SQLite file."""
    config = Config(database_url=f"sqlite:///{folder}/bench.sqlite", secret_key="x" * 40, password_profile="cheap", testing=True)
    app = create_app(config, rng=random.Random(1))
    with app.app_context():
        app_metadata.create_all(db.engine)
        with db.engine.begin() as connection:
            create_triggers(connection, app_metadata)
            connection.execute(text("CREATE TABLE bench_floor (id INTEGER PRIMARY KEY, body TEXT)"))
            connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
            connection.execute(text("INSERT INTO alembic_version VALUES (:v)"), {"v": expected_revision()})
        load_bank(now() - timedelta(days=DAYS_OF_HISTORY + 1))
        build_demonstration(
            db.session,
            passphrase="only for this run",
            passwords=app.extensions["needle_clearance.passwords"],
            tokens=new_token,
            today=now(),
        )
        db.session.commit()
    return app


def bare_insert() -> None:
    """The floor of a save: one INSERT and COMMIT."""
    db.session.execute(text("INSERT INTO bench_floor (body) VALUES (:b)"), {"b": "x" * 200})
    db.session.commit()


def sit_down(email: str, seed: str) -> Candidate:
    """Start an exam for somebody of the demonstration, and choose an answer to its first item."""
    person = find_person_by_email(db.session, email)
    assert person is not None
    attempt = start_attempt(
        db.session, person=person, quiz_version=get_current_quiz(db.session, "general-safety"), seed=seed, time_zone="UTC",
        need_review=False, now=now(),
    )  # fmt: skip
    db.session.commit()
    place = keyed_places(db.session, attempt.id)[0]
    answer = right_answer(contents(db.session, [place.version_id])[place.version_id], place.variant)
    candidate = Candidate(person.id, person.session_key, attempt.id, 1, answer)
    db.session.rollback()
    return candidate


def saving(candidate: Candidate) -> dict[str, float]:
    """One acknowledged answer against a bare INSERT + COMMIT on the same database."""
    count = [0]

    def save() -> None:
        count[0] += 1
        payload = {"answer": candidate.answer, "struck": [], "flag": bool(count[0] % 2)}
        one = Save(1, count[0] - 1, f"bench-{count[0]:06d}", payload, None)
        save_answer(db.session, attempt_id=candidate.attempt_id, person_id=candidate.person_id, save=one, now=now())
        db.session.commit()

    floor, mine = median_ms(bare_insert), median_ms(save)
    return {"save_ms": round(mine, 2), "floor_ms": round(floor, 2), "ratio": round(mine / floor, 2)}


def register() -> dict[str, float]:
    """The standings of everybody at a site against one indexed SELECT."""
    site = get_site(db.session, 1)
    people = people_of_site(db.session, 1, now())
    floor = median_ms(lambda: db.session.execute(text("SELECT * FROM person WHERE id = 1")).all())
    mine = median_ms(lambda: standings(db.session, people, site, at=now(), now=now()), 20)
    return {"register_ms": round(mine, 1), "people": len(people), "floor_ms": round(floor, 3), "ratio": round(mine / floor, 1)}


def picture_pages() -> list[bytes]:
    """The pages of the pictures in one exam, as a template renders them."""
    person = find_person_by_email(db.session, email_of("trainee5"))
    assert person is not None
    attempt = start_attempt(
        db.session, person=person, quiz_version=get_current_quiz(db.session, "thorax"), seed="1", time_zone="UTC",
        need_review=False, now=now(),
    )  # fmt: skip
    db.session.commit()
    places = [p.place for p in keyed_places(db.session, attempt.id)]
    with current_app.test_request_context("/"):
        return [
            render_template(
                "attempts/take.html", attempt=attempt, place=place, places=places, answer={}, zone="UTC", op_id="x" * 32,
                error=None, keys_on=True,
            ).encode()
            for place in places
            if place.shown.picture is not None
        ]  # fmt: skip


def main() -> None:
    """Print one JSON line a figure, with the machine."""
    machine = {"machine": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}
    print(json.dumps({**machine, "database": "sqlite"}))
    with tempfile.TemporaryDirectory(dir=Path(ROOT) / "instance" if (ROOT / "instance").is_dir() else None) as folder:
        app = make(folder)
        with app.app_context():
            print(json.dumps({"one acknowledged answer": saving(sit_down(email_of("trainee5"), "1"))}))
            print(json.dumps({"one acknowledged answer over HTTP": saving_cpu(app, sit_down(email_of("trainee4"), "2"))}))
            print(json.dumps({"register of one site": register()}))
            pages = picture_pages()
            corrections.report(now())
    files = read_bank(ROOT / "question_bank")
    needles = [i for i in files.items if isinstance(i, NeedlePlacement)]
    started = time.perf_counter()
    explored = [explore(story_of(i)).states for i in files.items if isinstance(i, Case)]
    cases = {"cases": len(explored), "most_states": max(explored), "seconds": round(time.perf_counter() - started, 1)}
    figures.report({
        "a path scored": figures.scoring(max(needles, key=lambda i: len(i.scene.structures))),
        "pictures": figures.pictures(files.scenes), "an item page with a picture": figures.page_kb(pages),
        "cases explored": cases,
    })  # fmt: skip


if __name__ == "__main__":
    main()
