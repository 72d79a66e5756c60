"""One round: several people sit their exams to the end, whatever happens; every wish is sent until it is acknowledged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from urllib.parse import urlencode

from flask import Flask

from app.attempts.queries import KeyedPlace, keyed_places
from app.cli.upkeep import attempts_sweep
from app.database import db
from tests.builders import PASSPHRASE
from tests.faults.deaths import Fate
from tests.faults.journal import Journal
from tests.faults.operations import Browser, Operation, Unexpected
from tests.faults.sittings import Sitting
from tests.faults.wire import Reply

QUIZZES = ("complication-response", "general-safety", "neck")
MOST_TRIES = 60
AFTER_EVERYTHING = timedelta(hours=2)
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')


class NeverDone(Exception):
    """A wish that was sent again and again and not once acknowledged."""


@dataclass(slots=True)
class Round:
    """`deliver` sends operations at once and gives their replies; `sweep` runs the command and says whether it ended well."""

    name: str
    rng: Random
    journal: Journal
    fate: Fate
    sittings: Sequence[Sitting]
    deliver: Callable[[list[Operation]], list[Reply | None]]
    sweep: Callable[[Operation], bool]
    sweeps: bool
    unexpected: list[str] = field(default_factory=list)

    def play(self) -> None:
        """Until everybody has seen their result."""
        self._sit()
        self.fate.set_clock(self.fate.now() + AFTER_EVERYTHING)
        for sitting in self.sittings:
            sitting.time_is_up()
        if self.sweeps:
            self._sweep()
        self._sit()

    def _sit(self) -> None:
        while ready := [s for s in self.sittings if s.wish() is not None]:
            self._send(self.rng.sample(ready, min(len(ready), self.rng.choice((1, 1, 2, 3)))))

    def _send(self, chosen: Sequence[Sitting]) -> None:
        self.fate.set_clock(self.fate.now() + timedelta(seconds=1))
        wishes = [wish for sitting in chosen if (wish := sitting.wish()) is not None]
        self._note(wishes)
        acks = []
        for sitting, operation, reply in zip(chosen, wishes, self.deliver(wishes), strict=True):
            try:
                ack = operation.acknowledged(reply) if reply is not None else None
                if ack is not None:
                    acks.append(ack)
                    sitting.learn(operation, ack)
            except Unexpected as error:
                self.unexpected.append(f"{operation.act} {operation.op_id}: {error}")
        self.journal.write(acks)

    def _sweep(self) -> None:
        operation = Operation(f"{self.name}-sweep", "sweep", Browser(0), "", "")
        while True:
            self._note([operation])
            if self.sweep(operation):
                self.journal.write([{"ack": operation.op_id, "status": 0}])
                return

    def _note(self, operations: Sequence[Operation]) -> None:
        """In the journal, on disk, before anything is sent."""
        for operation in operations:
            operation.tries += 1
            if operation.tries > MOST_TRIES:
                raise NeverDone(f"{operation.act} {operation.op_id}: {self.unexpected[-3:]}")
        self.journal.write(operation.sent(self.fate.now()) for operation in operations)


def make_sittings(name: str, app: Flask, browsers: Sequence[Browser], rng: Random, endings: Sequence[str]) -> list[Sitting]:
    """Two exams for everybody, each with its ending."""

    def frozen(attempt_id: int) -> list[KeyedPlace]:
        with app.app_context():
            found = keyed_places(db.session, attempt_id)
            db.session.remove()
            db.engine.dispose()
        return found

    pairs = [(browser, quiz) for browser in browsers for quiz in rng.sample(QUIZZES, 2)]
    return [
        Sitting(f"{name}-{number:02d}", browser, quiz, rng, frozen, rng.randrange(4, 11), rng.randrange(3), ending)
        for number, ((browser, quiz), ending) in enumerate(zip(pairs, endings, strict=True))
    ]


class Inside:
    """The app within this process, for rehearsals: no socket, no fork, no fault."""

    def __init__(self, app: Flask) -> None:
        self._app = app

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        """One request."""
        browser = self._app.test_client(use_cookies=False)
        answer = browser.open(path, method=method, headers=headers, data=body)
        cookies = dict(value.split(";")[0].partition("=")[::2] for value in answer.headers.getlist("Set-Cookie"))
        return Reply(answer.status_code, {k.lower(): v for k, v in answer.headers}, cookies, answer.data)

    def deliver(self, operations: Sequence[Operation]) -> list[Reply | None]:
        """One after the other."""
        return [self.ask(*operation.parts()) for operation in operations]

    def sweep(self, _operation: Operation | None = None) -> bool:
        """What `flask attempts sweep` does."""
        with self._app.app_context():
            assert attempts_sweep.callback is not None
            attempts_sweep.callback()
            db.session.remove()
        return True


def sign_in(ask: Callable[[str, str, dict[str, str], bytes], Reply], email: str, person_id: int) -> Browser:
    """Sign in through the page as a browser does; the cookie is good for every worker that has the same secret."""
    browser = Browser(person_id)
    for path, fields in (("/sign-in", None), ("/sign-in", {"email": email, "password": PASSPHRASE}), ("/account", None)):
        body = b"" if fields is None else urlencode(fields | {"csrf_token": browser.token}).encode()
        headers = browser.headers("application/x-www-form-urlencoded")
        reply = ask("GET" if fields is None else "POST", path, headers, body)
        if reply.status != (200 if fields is None else 302):
            raise Unexpected(f"{path} answered {reply.status} to {email}")
        found = TOKEN.search(reply.body.decode())
        browser.token = found[1] if found else browser.token
        browser.cookie = "; ".join(f"{name}={value}" for name, value in reply.cookies.items()) or browser.cookie
    return browser
