"""Templates compiled once a process: each application of a test has an environment of its own, and compiling took half the time."""

from __future__ import annotations

from typing import Any

from flask import Flask
from jinja2 import BytecodeCache
from jinja2.bccache import Bucket


class InMemory(BytecodeCache):
    """The code of each template by its name and the digest of its source, so that a changed template is compiled anew."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], Any] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give the code of a template, if this very source was compiled before."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._code[bucket.key, bucket.checksum] = bucket.code


_CACHE = InMemory()


def compile_templates_once(app: Flask) -> Flask:
    """Let an application use what others compiled."""
    app.jinja_env.bytecode_cache = _CACHE
    return app
