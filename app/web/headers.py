"""Security headers of every answer."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer
from werkzeug.wrappers import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_EVERYWHERE = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
)
"""No view sets one of these."""
_STATIC_AGE_S = 3600
FILES = frozenset({"static", "bundle"})
KEPT_ALIVE_ELSEWHERE = frozenset({"attempts.save_json"})
"""Sent often, by pages that ask for the clock every 12 seconds: that answer prolongs the session, and a save need not."""


def add_headers(response: Response) -> Response:
    """Forbid framing, sniffing, inline script and foreign hosts; pages are not stored, static files are."""
    response.headers.extend(_EVERYWHERE)
    if request.endpoint == "static":
        response.headers["Cache-Control"] = f"public, max-age={_STATIC_AGE_S}"
    elif request.endpoint != "bundle" or not response.cache_control.immutable:
        response.headers["Cache-Control"] = "no-store"
    return response


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, but none with a file: a cookie beside it would make every browser fetch it again for each page."""

    def __init__(self) -> None:
        self._signing: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Flask's own, made once: the keys of a running application do not change."""
        if self._signing is None:
            self._signing = super().get_signing_serializer(app)
        return self._signing

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Set the cookie, and Vary, where one is due; what is never stored needs no Vary."""
        skipped = request.endpoint in KEPT_ALIVE_ELSEWHERE and not session.modified
        if request.endpoint not in FILES and not skipped:
            super().save_session(app, session, response)  # type: ignore[arg-type]
