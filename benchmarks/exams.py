"""What a running exam costs: server CPU of a save against a bare route that sends the same statements; statements of an attempt."""

from __future__ import annotations

import contextvars
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, request
from sqlalchemy import Engine, event

from app.database import db
from app.demonstration.answers import saves_to
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


def bare_route(statements: list[tuple[str, Any]], engine: Engine) -> Flask:
    """A Flask application of one route that sends these statements in one transaction and answers a little JSON."""
    bare = Flask("bare")
    count = [0]

    @bare.put("/save")
    def save() -> Any:
        body = request.get_json()
        count[0] += 1
        with engine.begin() as connection:
            for text_, parameters in statements:
                connection.exec_driver_sql(text_, _fresh(text_, parameters, count[0])).close()
        return jsonify(seq=count[0], sha256="0" * 64, op_id=body["op_id"])

    return bare


def _fresh(statement: str, parameters: Any, number: int) -> Any:
    """The same parameters, with what has to be new in every revision."""
    if not statement.startswith("INSERT INTO response_revision"):
        return parameters
    new = {"number": number + 1_000_000, "seq": number + 1_000_000, "op_id": f"bare-{number:08d}"}
    if isinstance(parameters, dict):
        return {**parameters, **new}
    names = statement.split("(", 1)[1].split(")", 1)[0].replace(" ", "").split(",")
    return tuple(new.get(name, value) for name, value in zip(names, parameters, strict=True))


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


def cpu_ms(act: Callable[[], Any]) -> float:
    """CPU of this process for one call, in milliseconds, over a batch."""
    start = time.process_time()
    for _ in range(BATCH):
        act()
    return (time.process_time() - start) * 1000 / BATCH


def saving_cpu(app: Flask, candidate: Candidate, other: Candidate) -> dict[str, Any]:
    """One acknowledged answer: CPU against the bare route, in alternating batches; and its statements.

    The bare route sends again what a save by the other candidate sent, and writes to that attempt alone.
    """
    save, others = _saver(app, candidate), _saver(app, other)
    others()
    statements = recorded(others)
    bare = Wire(bare_route(statements, db.engine).wsgi_app)
    body = json.dumps({"op_id": "bench", "payload": {"answer": {}, "struck": [], "flag": True}}).encode()

    def floor() -> None:
        assert bare.put("/save", body) == 200

    cpu_ms(floor), cpu_ms(save)
    pairs = [(cpu_ms(floor), cpu_ms(save)) for _ in range(ROUNDS)]
    low, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return {"cpu_ms": round(mine, 2), "floor_ms": round(low, 2), "ratio": round(ratio, 2), "statements": len(statements)}


def _saver(app: Flask, candidate: Candidate) -> Callable[[], None]:
    """Something that saves the next revision of one answer each time it is called."""
    wire, count = Wire(app.wsgi_app, *cookie_of(app, candidate)), [0]
    position, answer = next(iter(candidate.answers.items()))
    path = f"/attempts/{candidate.attempt_id}/responses/{position}"

    def save() -> None:
        count[0] += 1
        payload = {"answer": answer, "struck": [], "flag": bool(count[0] % 2)}
        body = {"base_seq": count[0] - 1, "op_id": f"bench-{count[0]:08d}", "payload": payload, "certainty": "sure"}
        status = wire.put(path, json.dumps(body).encode())
        assert status == 200, status

    return save


def whole_attempt(app: Flask, candidate: Candidate, quiz_id: str = "complication-response") -> dict[str, int]:
    """Statements of one attempt: what it takes to start, answer every item once and submit; then with the pages between."""
    wire, counts = Wire(app.wsgi_app, *cookie_of(app, candidate)), Counter[str]()

    def sent(name: str, act: Callable[[], tuple[int, str]], fine: int) -> str:
        told: list[tuple[int, str]] = []
        counts[name] += len(recorded(lambda: told.append(act())))
        assert told[0][0] == fine, (name, told)
        return told[0][1]

    address = sent("start", lambda: wire.post(f"/quizzes/{quiz_id}/start", {}), 302)
    candidate.attempt_id = int(address.rsplit("/", 1)[1])
    learn(candidate, cases=True)
    for position, answer in candidate.answers.items():
        sent("pages", lambda n=position: wire.ask("GET", f"{address}?q={n}"), 200)
        payload = {"answer": saves_to(answer)[0], "struck": [], "flag": False}
        body = json.dumps({"base_seq": 0, "op_id": f"whole-{position:04d}", "payload": payload, "certainty": "sure"}).encode()
        sent("saves", lambda n=position, b=body: wire.ask("PUT", f"{address}/responses/{n}", b), 200)
    sent("pages", lambda: wire.ask("GET", f"{address}/review"), 200)
    sent("submit", lambda: wire.post(f"{address}/submit", {f"read-back-{n}": "1" for n in candidate.answers}), 302)
    acts = counts["start"] + counts["saves"] + counts["submit"]
    return {"items": len(candidate.answers), "statements": acts, **counts, "with_pages": counts.total()}
