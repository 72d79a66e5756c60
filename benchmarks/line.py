"""What one browser sends over one connection that stays open, with the time that each answer took."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer; `seconds` from the first byte sent to the last byte received."""

    status: int
    location: str
    body: bytes
    seconds: float


class Line:
    """The connection of one person who is signed in."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        self._port, self._token = port, token
        self._common = f"Host: 127.0.0.1:{port}\r\nCookie: needle_clearance={cookie}\r\nAccept-Encoding: gzip\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """A page, or a file of one."""
        return await self._ask("GET", path, "", b"")

    async def press(self, path: str) -> Answer:
        """A form with nothing in it but its token."""
        return await self._ask("POST", path, "application/x-www-form-urlencoded", urlencode({"csrf_token": self._token}).encode())

    async def send(self, method: str, path: str, body: dict[str, Any]) -> Answer:
        """What a script of the page sends."""
        return await self._ask(method, path, "application/json", json.dumps(body).encode())

    def close(self) -> None:
        """Hang up."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _ask(self, method: str, path: str, kind: str, body: bytes) -> Answer:
        started = time.perf_counter()
        head = f"{method} {path} HTTP/1.1\r\n{self._common}"
        if body:
            head += f"Content-Type: {kind}\r\nContent-Length: {len(body)}\r\nX-CSRFToken: {self._token}\r\n"
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(f"{head}\r\n".encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
        got = await reader.readexactly(int(fields["content-length"]))
        if fields.get("connection") == "close":
            self.close()
        location = next((line[10:] for line in lines if line.lower().startswith("location: ")), "")
        return Answer(int(lines[0].split()[1]), location, got, time.perf_counter() - started)
