"""What a running exam costs: server CPU of a save against a bare route that sends the same statements; statements of an attempt."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import event

from app.database import db
from app.demonstration.answers import saves_to
from benchmarks import bare
from benchmarks.doors import Door, cpu_s, served
from benchmarks.line import Line
from benchmarks.people import Candidate, cookie_of, learn

ROUNDS, BATCH = 15, 40


class Wire:
    """Requests to a WSGI application in this process, without the cost of a client that parses pages."""

    def __init__(self, app: Callable[..., Any], cookie: str = "", token: str = "") -> None:
        self._app, self._cookie, self._token = app, cookie, token

    def put(self, path: str, body: bytes) -> int:
        """Send JSON; the status."""
        return self.ask("PUT", path, body)[0]

    def post(self, path: str, fields: Mapping[str, str]) -> tuple[int, str]:
        """Send a form; the status and where it leads."""
        body = urlencode({**fields, "csrf_token": self._token}).encode()
        return self.ask("POST", path, body, "application/x-www-form-urlencoded")

    def ask(self, method: str, path: str, body: bytes = b"", kind: str = "application/json") -> tuple[int, str]:
        """One request; its status and its Location, if it has one."""
        told: list[tuple[int, str]] = []
        path, _, query = path.partition("?")
        environ = {
            "REQUEST_METHOD": method, "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "QUERY_STRING": query,
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(),
            "CONTENT_TYPE": kind, "CONTENT_LENGTH": str(len(body)), "HTTP_ACCEPT": "application/json, text/html",
            "HTTP_COOKIE": f"needle_clearance={self._cookie}", "HTTP_X_CSRFTOKEN": self._token, "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip

        def started(line: str, headers: list[tuple[str, str]], *_: object) -> None:
            told.append((int(line.split()[0]), dict(headers).get("Location", "")))

        contextvars.Context().run(self._answer, environ, started)  # a request of its own, whatever context the benchmark holds
        return told[0]

    def _answer(self, environ: dict[str, Any], started: Callable[..., None]) -> None:
        answer = self._app(environ, started)
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()


def recorded(act: Callable[[], Any]) -> list[tuple[str, Any]]:
    """The statements that an act sends, with their parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_rest: object) -> None:
        if statement.split()[0] not in ("BEGIN", "COMMIT", "ROLLBACK"):
            seen.append((statement, parameters))

    event.listen(db.engine, "before_cursor_execute", note)
    act()
    event.remove(db.engine, "before_cursor_execute", note)
    return seen


def saving_cpu(app: Flask, url: str, candidate: Candidate, other: Candidate) -> dict[str, Any]:
    """One acknowledged answer over HTTP: CPU of the server against that of a bare route on a server of the same kind.

    The bare route sends again what a save by the other candidate sent, and writes to that attempt alone.
    """
    wire = Wire(app.wsgi_app, *cookie_of(app, other))
    saves = _saves(other)

    def save() -> None:
        path, body = next(saves)
        assert wire.put(path, json.dumps(body).encode()) == 200

    save()  # the first request of a process looks at the schema, too
    statements = recorded(save)
    db.session.rollback()
    with served(app, url) as mine, bare.served(app, url, statements) as floor:
        pairs = asyncio.run(_measured(app, candidate, mine, floor))
    low, high = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    above = statistics.median(b - a for a, b in pairs)
    figures = {"served_cpu_ms": high, "floor_ms": low, "above_floor_ms": above, "ratio": ratio}
    return {**{name: round(value, 2) for name, value in figures.items()}, "statements": len(statements)}


async def _measured(app: Flask, candidate: Candidate, mine: Door, floor: Door) -> list[tuple[float, float]]:
    """(ms of the bare route, ms of a save), of CPU for one request, in alternating batches after one to warm up."""
    saver, asker = Line(mine.port, *cookie_of(app, candidate)), Line(floor.port, "", "")
    saves, pairs = _saves(candidate), []
    for _ in range(ROUNDS + 1):
        started = cpu_s(floor.process)
        for _ in range(BATCH):
            assert (await asker.send("PUT", "/save", {"op_id": "bench", "payload": {}})).status == 200
        between, other = cpu_s(floor.process), cpu_s(mine.process)
        for path, body in itertools.islice(saves, BATCH):
            assert (await saver.send("PUT", path, body)).status == 200
        pairs.append(((between - started) * 1000 / BATCH, (cpu_s(mine.process) - other) * 1000 / BATCH))
    saver.close()
    asker.close()
    return pairs[1:]


def _saves(candidate: Candidate) -> Iterator[tuple[str, dict[str, Any]]]:
    """(path, body) of one answer's next revision, and the next."""
    position, answer = next(iter(candidate.answers.items()))
    path = f"/attempts/{candidate.attempt_id}/responses/{position}"
    for seq in itertools.count():
        payload = {"answer": answer, "struck": [], "flag": bool(seq % 2)}
        yield path, {"base_seq": seq, "op_id": f"bench-{seq:08d}", "payload": payload, "certainty": "sure"}


def whole_attempt(app: Flask, candidate: Candidate, quiz_id: str = "complication-response") -> dict[str, int]:
    """Statements of one attempt as a browser asks for it: start, the first item's page, all items, answers, review, submit.

    Every item is answered once; of a case that is its first action.
    """
    wire, counts = Wire(app.wsgi_app, *cookie_of(app, candidate)), Counter[str]()

    def sent(name: str, act: Callable[[], tuple[int, str]], fine: int) -> str:
        told: list[tuple[int, str]] = []
        counts[name] += len(recorded(lambda: told.append(act())))
        assert told[0][0] == fine, (name, told)
        return told[0][1]

    address = sent("start", lambda: wire.post(f"/quizzes/{quiz_id}/start", {}), 302)
    candidate.attempt_id = int(address.rsplit("/", 1)[1])
    learn(candidate, cases=True)
    for page in ("", "/items"):
        sent("pages", partial(wire.ask, "GET", f"{address}{page}"), 200)
    for position, answer in candidate.answers.items():
        payload = {"answer": saves_to(answer)[0], "struck": [], "flag": False}
        body = json.dumps({"base_seq": 0, "op_id": f"whole-{position:04d}", "payload": payload, "certainty": "sure"}).encode()
        sent("saves", partial(wire.ask, "PUT", f"{address}/responses/{position}", body), 200)
    sent("pages", lambda: wire.ask("GET", f"{address}/review"), 200)
    sent("submit", lambda: wire.post(f"{address}/submit", {f"read-back-{n}": "1" for n in candidate.answers}), 302)
    return {"items": len(candidate.answers), "statements": counts.total(), **counts}
