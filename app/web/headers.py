"""Security headers of every answer."""

from __future__ import annotations

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from werkzeug.wrappers import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STATIC_AGE_S = 3600
FILES = frozenset({"static", "bundle"})
KEPT_ALIVE_ELSEWHERE = frozenset({"attempts.save_json"})
"""Sent often, by pages that ask for the clock every 12 seconds: that answer prolongs the session, and a save need not."""


def add_headers(response: Response) -> Response:
    """Forbid framing, sniffing, inline script and foreign hosts; pages are not stored, static files are."""
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
    if request.endpoint == "static":
        response.headers["Cache-Control"] = f"public, max-age={_STATIC_AGE_S}"
    elif request.endpoint != "bundle" or not response.cache_control.immutable:
        response.headers["Cache-Control"] = "no-store"
    return response


class Sessions(SecureCookieSessionInterface):
    """Flask's sessions, but none with a file: a cookie beside it would make every browser fetch it again for each page."""

    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Whether an answer carries the session again; one that changed it always does."""
        if request.endpoint in KEPT_ALIVE_ELSEWHERE and not session.modified:
            return False
        return bool(super().should_set_cookie(app, session))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if request.endpoint not in FILES:
            super().save_session(app, session, response)  # type: ignore[arg-type]
