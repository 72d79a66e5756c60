"""The fault rig: rounds in which a worker, the database or the network dies under every wish, and the check after each."""

from __future__ import annotations

import gc
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from app import create_app
from app.database import db
from config import Config
from tests.builders import email_of
from tests.clock import START
from tests.conftest import SECRET
from tests.faults.checker import Findings, check
from tests.faults.choosing import KILLS, Chooser, Fault
from tests.faults.deaths import Fate, deadly
from tests.faults.journal import Journal, read_journal
from tests.faults.operations import Operation
from tests.faults.rounds import Inside, NeverDone, Round, make_sittings, sign_in
from tests.faults.sittings import ENDINGS, Sitting
from tests.faults.stores import CANDIDATES, PostgresStore, SqliteStore
from tests.faults.wire import Call, Hangs, Reply, exchange
from tests.faults.worker import Worker, fork


@dataclass(slots=True)
class Outcome:
    """What a run has to show."""

    findings: Findings = field(default_factory=Findings)
    unexpected: list[str] = field(default_factory=list)
    kills: Counter[str] = field(default_factory=Counter)
    places: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    sent: Counter[str] = field(default_factory=Counter)

    @property
    def sound(self) -> bool:
        """Whether nothing was found and no answer came that no fault excuses."""
        return self.findings.clean and not self.unexpected

    @property
    def points(self) -> int:
        """Faults that really struck while somebody waited for a reply."""
        return sum(self.kills.values())


class Rig:
    """The client of one database: it forks the workers, sends, kills, keeps the journal, and checks. It is never killed."""

    def __init__(self, store: SqliteStore | PostgresStore, folder: Path, seed: int, points: int, stops: int) -> None:
        self._store, self._folder, self._seed, self._points = store, folder, seed, points
        self._fate, self._chance, self._rng = Fate(START), Random(), Random()
        self._app = create_app(self._config(), self._fate.now, self._chance)
        self._worker: Worker | None = None
        self._forks = 0
        self._chooser = Chooser(self._rng, isinstance(store, PostgresStore), points, stops)
        self.outcome = Outcome()

    def _config(self) -> Config:
        return Config(self._store.url, SECRET, secure_cookies=False, password_profile="cheap")

    def run(self, progress: Callable[[Outcome], None] = lambda _: None) -> Outcome:
        """Rounds until so many faults have struck; at the first finding it stops and leaves everything in place."""
        with self._app.app_context():
            engine = db.engine
        with deadly(engine, db.session, self._fate):
            self._rehearse()
            gc.freeze()  # what the parent holds is not touched, and so not copied, by collections of its children
            try:
                while self.outcome.points < self._points and self.outcome.sound:
                    self._play_a_round()
                    progress(self.outcome)
            finally:
                self._end_worker()
                gc.unfreeze()
        return self.outcome

    # --- rounds -------------------------------------------------------------------------------------------------------

    def _rehearse(self) -> None:
        """Two rounds within this process: they fill every cache before the first fork, and show what each act passes."""
        inside = Inside(self._app)

        def deliver(operations: Sequence[Operation]) -> list[Reply | None]:
            return [self._chooser.watch(self._fate, o.act, lambda o=o: inside.ask(*o.parts())) for o in operations]

        def sweep(operation: Operation) -> bool:
            with redirect_stdout(StringIO()):
                return bool(self._chooser.watch(self._fate, operation.act, inside.sweep))

        self._store.put_back()
        people = self._people()
        self._browsers = [sign_in(inside.ask, email_of(key), people[key]) for key in CANDIDATES]
        for name, browsers, endings in (
            ("rehearsal-1", self._browsers[:3], ENDINGS),
            ("rehearsal-2", self._browsers[:1], ["look"] * 2),
        ):
            self._begin(name)
            sittings = make_sittings(name, self._app, browsers, self._rng, endings)
            self._finish(self._round(name, sittings, deliver, sweep, sweeps=len(browsers) == 1))
        self.outcome.findings.acknowledged = 0  # what nothing disturbed proves nothing
        self.outcome.sent.clear()

    def _people(self) -> dict[str, int]:
        """The candidates and their numbers."""
        with self._app.app_context():
            rows = {row.email: row.id for row in db.session.execute(text("SELECT email, id FROM person"))}
            db.session.remove()
        return {key: rows[email_of(key)] for key in CANDIDATES}

    def _play_a_round(self) -> None:
        name = f"r{self.outcome.rounds:05d}"
        self._begin(name)
        browsers = self._rng.sample(self._browsers, self._rng.randint(2, 5))
        endings = [self._rng.choice(ENDINGS) for _ in range(2 * len(browsers))]
        sittings = make_sittings(name, self._app, browsers, self._rng, endings)
        self._finish(self._round(name, sittings, self._deliver, self._sweep, sweeps=self._rng.random() < 0.4))
        self.outcome.rounds += 1

    def _begin(self, name: str) -> None:
        """The clinic as it was made, an empty journal, chance from the seed and the round's number."""
        with self._app.app_context():
            db.engine.dispose()
        self._store.put_back()
        self._rng.seed(f"{self._seed}/{self._store.kind}/{name}")
        self._fate.set_clock(START)
        self._journal_path = self._folder / f"{name}.jsonl"
        self._journal = Journal(self._journal_path)

    def _round(self, name: str, sittings: list[Sitting], deliver: Any, sweep: Any, *, sweeps: bool) -> Round:
        return Round(name, self._rng, self._journal, self._fate, sittings, deliver, sweep, sweeps)

    def _finish(self, played: Round) -> None:
        try:
            played.play()
        except (NeverDone, Hangs) as error:
            played.unexpected.append(f"{type(error).__name__}: {error}")
        self._end_worker()
        with self._app.app_context():
            db.engine.dispose()
        self._journal.close()
        entries = read_journal(self._journal_path)
        self.outcome.findings.add(check(entries, self._store.read()))
        self.outcome.unexpected += played.unexpected
        self.outcome.sent.update(entry["act"] for entry in entries if "send" in entry)
        if self.outcome.sound:
            self._journal_path.unlink()

    # --- one batch of wishes ------------------------------------------------------------------------------------------

    def _deliver(self, operations: Sequence[Operation]) -> list[Reply | None]:
        worker, fault = self._living_worker(), self._choose(operations)
        calls = [Call(operation.request()) for operation in operations]
        if fault.kind == "network":
            call = self._rng.choice(calls)
            call.cut, call.after_s = fault.place, fault.after_s
        self._arm(fault)
        started = time.monotonic()
        replies = exchange(worker.address, calls, self._killer(fault, worker.kill))
        self._fate.disarm()
        if not fault.kind:
            self._chooser.learn_pace(operations, time.monotonic() - started)
        if fault.kind in KILLS:
            worker.may_end = True
            fault.struck = None in replies and worker.died()
        self._note(fault)
        return replies

    def _sweep(self, operation: Operation) -> bool:
        """The command in a process of its own, killed like a worker."""
        fault = self._choose([operation])
        self._arm(fault)
        pid = fork(self._app, self._log, Inside(self._app).sweep)
        killer = self._killer(fault, lambda: os.kill(pid, signal.SIGKILL))
        if killer is not None:
            time.sleep(killer[0])
            killer[1]()
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self._fate.disarm()
        if fault.kind in KILLS:
            fault.struck = status == -signal.SIGKILL
        elif fault.kind in ("backend", "stop"):
            fault.struck = status != 0
        self._note(fault)
        return status == 0

    def _choose(self, operations: Sequence[Operation]) -> Fault:
        return self._chooser.choose(operations, self.outcome.points, self.outcome.kills["stop"])

    def _arm(self, fault: Fault) -> None:
        if fault.kind == "failpoint":
            self._fate.arm_name(fault.place)
        elif fault.kind == "statement":
            self._fate.arm_tick(fault.number)

    def _killer(self, fault: Fault, kill: Callable[[], None]) -> tuple[float, Callable[[], None]] | None:
        """What happens so many seconds after the sending, while somebody still waits."""
        if fault.kind == "instant":
            return fault.after_s, kill
        if fault.kind not in ("backend", "stop") or not isinstance(self._store, PostgresStore):
            return None
        store = self._store

        def strike() -> None:
            fault.struck = True
            if fault.kind == "backend":
                store.end_backends()
            else:
                store.stop()
                store.start()

        return fault.after_s, strike

    def _note(self, fault: Fault) -> None:
        if fault.kind == "network":
            fault.struck = True
        if fault.struck:
            self.outcome.kills[fault.kind] += 1
            self.outcome.places.update([fault.place] if fault.place else [])

    # --- workers ------------------------------------------------------------------------------------------------------

    def _living_worker(self) -> Worker:
        """The worker, or a new one if it was killed; one that ended by itself is a finding."""
        if self._worker is not None and not self._worker.dead():
            return self._worker
        if self._worker is not None and not self._worker.may_end:
            self.outcome.unexpected.append("a worker ended that nobody had killed")
        self._end_worker()
        self._forks += 1
        self._chance.seed(f"{self._seed}/{self._forks}")
        self._worker = Worker(self._app, self._folder / f"{self._forks}.sock", self._log)
        return self._worker

    @property
    def _log(self) -> Path:
        return self._folder / "workers.log"

    def _end_worker(self) -> None:
        if self._worker is not None:
            self._worker.end()
            self._worker = None
