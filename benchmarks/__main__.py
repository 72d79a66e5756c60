"""Speed as ratios to floors taken in the same run: `make bench`; BENCH_DATABASES chooses among sqlite and postgresql.

The machine's own speed cancels out: each figure is the median of paired runs divided by the median of its floor.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable

from flask import current_app, render_template

from app.accounts.queries import find_person_by_email
from app.attempts.actions import Save, save_answer, start_attempt
from app.attempts.queries import keyed_places
from app.bank.files import read_bank
from app.database import db
from app.demonstration.clinic import email_of
from app.domain.cases.explorer import explore
from app.domain.items import Case, NeedlePlacement
from app.domain.items.case import story_of
from app.quizzes.queries import get_current_quiz
from app.web.clockwork import now
from benchmarks import clearances, scale, trail
from benchmarks import pictures as figures
from benchmarks import regrades as corrections
from benchmarks.clinic import FLOOR, database, make
from benchmarks.exams import saving_cpu, whole_attempt
from benchmarks.hall import hall
from benchmarks.people import Candidate, newcomers, sit_down
from config import ROOT

ROUNDS = 60
DATABASES = ("sqlite", "postgresql")


def median_ms(act: Callable[[], object], rounds: int = ROUNDS) -> float:
    """The median wall time of one call in milliseconds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times)


def bare_insert() -> None:
    """The floor of a save: one INSERT and COMMIT."""
    db.session.execute(FLOOR.insert(), {"body": "x" * 200})
    db.session.commit()


def saving(candidate: Candidate) -> dict[str, float]:
    """One acknowledged answer against a bare INSERT + COMMIT on the same database."""
    count = [0]
    position, answer = next(iter(candidate.answers.items()))

    def save() -> None:
        count[0] += 1
        payload = {"answer": answer, "struck": [], "flag": bool(count[0] % 2)}
        one = Save(position, count[0] - 1, f"bench-{count[0]:06d}", payload, None)
        save_answer(db.session, attempt_id=candidate.attempt_id, person_id=candidate.person_id, save=one, now=now())
        db.session.commit()

    floor, mine = median_ms(bare_insert), median_ms(save)
    return {"save_ms": round(mine, 2), "floor_ms": round(floor, 2), "ratio": round(mine / floor, 2)}


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
                error=None, keys_on=True, now=now(),
            ).encode()
            for place in places
            if place.shown.picture is not None
        ]  # fmt: skip


def on_database(kind: str) -> None:
    """What depends on the database."""
    figures.report({"database": kind})
    with database(kind) as url:
        app = make(url)
        with app.app_context():
            clearances.report(app, url)
            trail.report()
            first, second, third, fourth = newcomers(4)
            figures.report({"one acknowledged answer": saving(sit_down(first, "1"))})
            over_http = saving_cpu(app, url, sit_down(second, "2"), sit_down(third, "3"))
            figures.report({"one acknowledged answer over HTTP": over_http})
            figures.report({"a whole attempt": whole_attempt(app, fourth)})
            figures.report(hall(app, url))
            corrections.report(now())
            db.session.remove()
            db.engine.dispose()


def on_none() -> None:
    """What no database takes part in."""
    with database("sqlite") as url, make(url).app_context():
        pages = picture_pages()
        db.session.remove()
        db.engine.dispose()
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


def on_clearances(kind: str) -> None:
    """The clearance record alone, and how it grows."""
    figures.report({"database": kind})
    with database(kind) as url:
        app = make(url)
        with app.app_context():
            clearances.report(app, url)
            trail.report()
            scale.report(app, scale.SCALES)
            db.session.remove()
            db.engine.dispose()


def main() -> None:
    """Print one JSON line a figure, with the machine; `clearances` as an argument takes the clearance record alone."""
    alone = "clearances" in sys.argv[1:]
    figures.report({"machine": {"kind": platform.machine(), "cores": os.cpu_count(), "python": platform.python_version()}})
    for kind in (os.environ.get("BENCH_DATABASES") or ",".join(DATABASES)).split(","):
        (on_clearances if alone else on_database)(kind)
    if not alone:
        on_none()


if __name__ == "__main__":
    main()
