"""HTTP as a browser speaks it over a socket that may be cut at any moment; only a whole reply is a reply."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

CUTS = ("before it is read", "half of the request", "before the reply", "half of the reply")
PATIENCE_S = 60.0


class Hangs(Exception):
    """A worker that lives gave no answer for a minute."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that arrived whole."""

    status: int
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: bytes


@dataclass(slots=True)
class Call:
    """One request on its way, perhaps with a cut; `after_s` is how long the wire holds before a reply is lost."""

    request: bytes
    cut: str = ""
    after_s: float = 0.0
    got: bytearray = field(default_factory=bytearray)
    line: socket.socket | None = None

    def send(self, address: Path) -> None:
        """Connect and send; a worker that is gone leaves no line."""
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(address))
            line.sendall(self.request[: len(self.request) // 2] if self.cut == "half of the request" else self.request)
        except OSError:
            line.close()
            return
        self.line = line
        if self.cut in ("before it is read", "half of the request"):
            self.hang_up()

    def receive(self) -> None:
        """Take what has come; the end of it closes the line."""
        assert self.line is not None
        try:
            part = self.line.recv(64 if self.cut == "half of the reply" else 1 << 18)
        except OSError:
            part = b""
        self.got += part
        if not part or self.cut == "half of the reply":
            self.hang_up()

    def hang_up(self) -> None:
        """Close the line."""
        if self.line is not None:
            self.line.close()
            self.line = None

    def reply(self) -> Reply | None:
        """The reply, if all of it is there and the wire was not cut."""
        return None if self.cut else parse(bytes(self.got))


def exchange(address: Path, calls: Sequence[Call], killer: tuple[float, Callable[[], None]] | None = None) -> list[Reply | None]:
    """Send all calls at once and wait for every end; `killer` acts so many seconds after the sending, if anybody still waits."""
    for call in calls:
        call.send(address)
    started = time.monotonic()
    while waiting := [c for c in calls if c.line is not None]:
        spent = time.monotonic() - started
        if spent > PATIENCE_S:
            raise Hangs
        if killer is not None and spent >= killer[0]:
            killer[1]()
            killer = None
        for call in waiting:
            if call.cut == "before the reply" and spent >= call.after_s:
                call.hang_up()
        _receive_some(calls, _until(spent, calls, killer))
    return [call.reply() for call in calls]


def _until(spent: float, calls: Sequence[Call], killer: tuple[float, Callable[[], None]] | None) -> float:
    """Seconds to the next thing that happens without a byte."""
    instants = [c.after_s for c in calls if c.line is not None and c.cut == "before the reply"]
    instants += [killer[0]] if killer is not None else []
    return max(0.0, min(instants, default=spent + 1.0) - spent)


def _receive_some(calls: Sequence[Call], patience_s: float) -> None:
    with selectors.DefaultSelector() as ready:
        for call in calls:
            if call.line is not None:
                ready.register(call.line, selectors.EVENT_READ, call)
        for key, _ in ready.select(patience_s) if ready.get_map() else ():
            key.data.receive()


def request_bytes(method: str, path: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """A request that ends its connection."""
    lines = [f"{method} {path} HTTP/1.1", "Host: clinic.test", "Connection: close", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def parse(raw: bytes) -> Reply | None:
    """A whole reply; None if a single byte is missing."""
    head, end, body = raw.partition(b"\r\n\r\n")
    if not end:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = [line.partition(": ")[::2] for line in lines]
    headers = {name.lower(): value for name, value in pairs}
    if len(body) != int(headers.get("content-length", "-1")):
        return None
    set_cookies = [value.split(";")[0].partition("=")[::2] for name, value in pairs if name.lower() == "set-cookie"]
    return Reply(int(first.split()[1]), headers, dict(set_cookies), body)
