"""Security headers of every answer."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_STATIC_AGE_S = 3600


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
