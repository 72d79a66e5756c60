"""The floors: bare Flask routes, one that sends recorded statements in one transaction, one of one indexed SELECT; served as the
product is.

`python -m benchmarks.bare FILE` serves what the file describes; `served` writes the file and starts that.
"""

from __future__ import annotations

import pickle
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask, jsonify, request
from sqlalchemy import Engine, text

from app import MAX_BODY, create_app
from app.database import db
from app.operations.serving import serve
from benchmarks.doors import Door, free_port, started
from config import Config


def bare_route(statements: list[tuple[str, Any]], engine: Engine) -> Flask:
    """A Flask application whose first route sends these statements in one transaction and answers a little JSON."""
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

    add_row(bare, engine)
    return bare


_ROW = text("SELECT * FROM person WHERE id = :person")


def add_row(bare: Flask, engine: Engine) -> Flask:
    """Add a route that answers with one row, found by its key."""

    @bare.get("/row")
    def row() -> Any:
        with engine.connect() as connection:
            found = connection.execute(_ROW, {"person": 1}).mappings().one()
        return jsonify(id=found["id"], name=found["printed_name"])

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


@contextmanager
def served(app: Flask, url: str, statements: list[tuple[str, Any]]) -> Iterator[Door]:
    """The bare route in a process of its own."""
    port = free_port()
    with tempfile.NamedTemporaryFile(suffix=".pickle") as file:
        pickle.dump((url, str(app.secret_key), port, statements), file)
        file.flush()
        with started([sys.executable, "-m", "benchmarks.bare", file.name], port, {}, "/ready") as door:
            yield door


def main(path: str) -> None:
    """Serve until stopped."""
    url, secret, port, statements = pickle.loads(Path(path).read_bytes())  # noqa: S301 written a moment ago by `served`
    config = Config(database_url=url, secret_key=secret, port=port)
    with create_app(config).app_context():
        route = bare_route(statements, db.engine)
    route.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    route.add_url_rule("/ready", view_func=lambda: "ready")
    serve(route, config)


if __name__ == "__main__":
    main(sys.argv[1])
