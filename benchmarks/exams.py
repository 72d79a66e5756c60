"""What a running exam costs: server CPU of a save against a bare route that sends the same statements; statements of an attempt."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable
from io import BytesIO
from typing import Any

from flask import Flask, jsonify, request
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import event

from app.database import db
from benchmarks.people import Candidate

ROUNDS, BATCH = 15, 40


def cookie_of(app: Flask, candidate: Candidate) -> tuple[str, str]:
    """(session cookie, token for forms) of somebody who is signed in."""
    raw = f"{candidate.person_id:040d}"
    signer = SecureCookieSessionInterface().get_signing_serializer(app)
    assert signer is not None
    session = {"_user_id": f"{candidate.person_id}.{candidate.session_key}", "_fresh": True, "csrf_token": raw, "_permanent": True}
    token = URLSafeTimedSerializer(app.secret_key or "", salt="wtf-csrf-token").dumps(raw)
    return signer.dumps(session), str(token)


class Wire:
    """Requests to a WSGI application in this process, without the cost of a client that parses pages."""

    def __init__(self, app: Callable[..., Any], cookie: str = "", token: str = "") -> None:
        self._app, self._cookie, self._token = app, cookie, token

    def put(self, path: str, body: bytes) -> int:
        """Send JSON; the status."""
        status: list[int] = []
        environ = {
            "REQUEST_METHOD": "PUT", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": BytesIO(body), "wsgi.errors": BytesIO(),
            "CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body)), "HTTP_ACCEPT": "application/json",
            "HTTP_COOKIE": f"needle_clearance={self._cookie}", "HTTP_X_CSRFTOKEN": self._token, "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        }  # fmt: skip
        answer = self._app(environ, lambda line, *_: status.append(int(line.split()[0])))
        b"".join(answer)
        if hasattr(answer, "close"):
            answer.close()
        return status[0]


def bare_route(statements: list[tuple[str, Any]]) -> Flask:
    """A Flask application of one route that sends these statements in one transaction and answers a little JSON."""
    bare = Flask("bare")
    count = [0]

    @bare.put("/save")
    def save() -> Any:
        body = request.get_json()
        count[0] += 1
        with db.engine.begin() as connection:
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


def saving_cpu(app: Flask, candidate: Candidate) -> dict[str, Any]:
    """One acknowledged answer: CPU against the bare route, in alternating batches; and its statements."""
    wire, count = Wire(app.wsgi_app, *cookie_of(app, candidate)), [0]
    path = f"/attempts/{candidate.attempt_id}/responses/{candidate.position}"

    def save() -> None:
        count[0] += 1
        payload = {"answer": candidate.answer, "struck": [], "flag": bool(count[0] % 2)}
        body = {"base_seq": count[0] - 1, "op_id": f"bench-{count[0]:08d}", "payload": payload, "certainty": "sure"}
        assert wire.put(path, json.dumps(body).encode()) == 200

    save()
    statements = recorded(save)
    bare = Wire(bare_route(statements).wsgi_app)
    body = json.dumps({"op_id": "bench", "payload": {"answer": candidate.answer, "struck": [], "flag": True}}).encode()

    def floor() -> None:
        assert bare.put("/save", body) == 200

    cpu_ms(floor), cpu_ms(save)
    pairs = [(cpu_ms(floor), cpu_ms(save)) for _ in range(ROUNDS)]
    low, mine = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(b / a for a, b in pairs)
    return {"cpu_ms": round(mine, 2), "floor_ms": round(low, 2), "ratio": round(ratio, 2), "statements": len(statements)}
