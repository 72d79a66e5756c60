"""What a client may want of the app, how it is sent, and what counts as its acknowledgement."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.faults.wire import Reply, request_bytes

SAVES = ("save", "form")
TO_ATTEMPT = re.compile(r"/attempts/(\d+)$")


class Unexpected(Exception):
    """An answer that no fault excuses."""


@dataclass(slots=True)
class Browser:
    """One signed-in person: the cookie and the token that every worker takes."""

    person_id: int
    cookie: str = ""
    token: str = ""

    def headers(self, content_type: str) -> dict[str, str]:
        """What a browser sends beside the body."""
        accept = "application/json" if content_type == "application/json" else "text/html"
        return {"Cookie": self.cookie, "X-CSRFToken": self.token, "Content-Type": content_type, "Accept": accept}


@dataclass(slots=True)
class Operation:
    """One wish with an id of its own; it is sent, byte for byte the same, until it is acknowledged."""

    op_id: str
    act: str
    browser: Browser
    method: str
    path: str
    body: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What the journal says of it."""
    tries: int = 0

    def parts(self) -> tuple[str, str, dict[str, str], bytes]:
        """Method, path, headers, body."""
        if self.method == "PUT":
            return self.method, self.path, self.browser.headers("application/json"), json.dumps(self.body).encode()
        kind = "application/x-www-form-urlencoded"
        return self.method, self.path, self.browser.headers(kind), urlencode(self.body, doseq=True).encode()

    def request(self) -> bytes:
        """The bytes on the wire."""
        return request_bytes(*self.parts())

    def sent(self, at: datetime) -> dict[str, Any]:
        """The journal's entry before it is sent."""
        return {"send": self.op_id, "act": self.act, "person": self.browser.person_id, "at": at.isoformat(), **self.facts}

    def acknowledged(self, reply: Reply) -> dict[str, Any] | None:
        """The journal's entry for an acknowledgement; None if it must be sent again."""
        facts = None if reply.status == 503 else _READ[self.act](reply)
        if facts is None:
            return None
        if self.act == "form" and facts["kept"] == "current":
            facts["seq"] = self.facts["base_seq"] + 1  # the page does not say it, but promises it
        return {"ack": self.op_id, "status": reply.status, **facts}


def _saved(reply: Reply) -> dict[str, Any]:
    kept = {200: "current", 409: "superseded", 410: "late"}.get(reply.status)
    body = json.loads(reply.body) if kept is not None else {}
    if "seq" not in body:
        raise Unexpected(_words(reply))
    return {"kept": kept, "seq": body["seq"], "sha256": body["sha256"]}


def _posted(reply: Reply) -> dict[str, Any]:
    if reply.status != 302:
        raise Unexpected(_words(reply))
    return {"kept": "late" if reply.headers["location"].endswith("/result") else "current"}


def _started(reply: Reply) -> dict[str, Any] | None:
    """Twice at once, and the second is told to look again."""
    found = TO_ATTEMPT.search(reply.headers.get("location", ""))
    if reply.status == 302 and found:
        return {"attempt": int(found[1])}
    if reply.status == 409:
        return None
    raise Unexpected(_words(reply))


def _closed(reply: Reply) -> dict[str, Any]:
    if reply.status != 302 or not reply.headers["location"].endswith("/result"):
        raise Unexpected(_words(reply))
    return {}


def _seen(reply: Reply) -> dict[str, Any]:
    if reply.status != 200:
        raise Unexpected(_words(reply))
    return {}


def _words(reply: Reply) -> str:
    text = re.sub(r"<style.*?</style>|<[^>]*>|\s+", " ", reply.body.decode("utf-8", "replace"))
    return f"{reply.status} {reply.headers.get('location', '')} {' '.join(text.split())[:400]}"


_READ = {
    "save": _saved, "form": _posted, "start": _started, "submit": _closed, "late submit": _closed, "look": _seen, "list": _seen,
}  # fmt: skip
