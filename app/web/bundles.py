"""Several static files as one answer: a page on a slow line waits for few of them. The files stay the small ones they are.

A bundle of scripts is its modules in the order of their imports, in one scope; a file that exports nothing gets a block of its
own. Lines that are comments stay at home. Nothing has to be built: the first request puts it together.
"""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from flask import Flask, abort, current_app, make_response, request, url_for
from werkzeug.wrappers import Response

from app.web.access import PUBLIC, allow

ENDPOINT = "bundle"
BUNDLES = {
    "exam.css": ("css/tokens.css", "css/app.css", "css/scenes.css"),
    "exam.js": ("js/theme.js", "js/attempt/page.js"),
    "unsent.js": ("js/unsent.js",),
}
TYPES = {".css": "text/css", ".js": "text/javascript"}
_IMPORT = re.compile(r'^import \{[^}]*\} from "(\.{1,2}/[\w./-]+)";\n', re.MULTILINE)
_COMMENT = re.compile(r"^ *//.*\n", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) )", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is answered, plain and compressed, with the digest that its address carries."""

    plain: bytes
    zipped: bytes
    digest: str


@cache
def bundle_of(folder: Path, name: str) -> Bundle:
    """A bundle, put together once in each process."""
    files = [folder / part for part in BUNDLES[name]]
    text = _script(files) if name.endswith(".js") else "".join(f.read_text(encoding="utf-8") for f in files)
    plain = text.encode()
    return Bundle(plain, gzip.compress(plain, 9, mtime=0), hashlib.sha256(plain).hexdigest()[:16])


def _script(files: list[Path]) -> str:
    order: dict[Path, None] = {}
    for file in files:
        _follow(file.resolve(), order)
    return "".join(_part(file.read_text(encoding="utf-8")) for file in order)


def _follow(file: Path, order: dict[Path, None]) -> None:
    """Note a module after everything that it imports."""
    for name in _IMPORT.findall(file.read_text(encoding="utf-8")):
        if (target := (file.parent / name).resolve()) not in order:
            _follow(target, order)
    order[file] = None


def _part(text: str) -> str:
    body = _COMMENT.sub("", _IMPORT.sub("", text))
    return _EXPORT.sub("", body) if _EXPORT.search(body) else f"{{\n{body}}}\n"


def _folder() -> Path:
    return Path(str(current_app.static_folder))


def address_of(name: str) -> str:
    """Where a bundle is: its address changes with its content, so that it can be kept for good."""
    return url_for(ENDPOINT, name=name, v=bundle_of(_folder(), name).digest)


@allow(PUBLIC)
def answer(name: str) -> Response:
    """One bundle, compressed for whoever takes that."""
    if name not in BUNDLES:
        abort(404)
    found = bundle_of(_folder(), name)
    zipped = request.accept_encodings.quality("gzip") > 0
    response = make_response(found.zipped if zipped else found.plain)
    response.content_type = f"{TYPES[Path(name).suffix]}; charset=utf-8"
    response.headers["Vary"] = "Accept-Encoding"
    if zipped:
        response.headers["Content-Encoding"] = "gzip"
    if request.args.get("v") == found.digest:
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


def register(app: Flask) -> None:
    """Bind the route, and the function that pages name bundles with."""
    app.add_url_rule("/bundles/<name>", ENDPOINT, answer)
    app.jinja_env.globals["bundle"] = address_of
