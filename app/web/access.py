"""Who may use which route: every view says so, and a view that does not is closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask_login import current_user
from werkzeug.wrappers import Response

from app.domain.errors import InvalidInput
from app.domain.permissions import Actor, Who

PUBLIC = "public"
SIGNED_IN = "signed in"
WHO_LOADER = "needle_clearance.who"
F = TypeVar("F", bound=Callable[..., Any])


class SignedIn(Protocol):
    """What the pages need of the person who is signed in."""

    id: int
    printed_name: str


def allow(*audience: str) -> Callable[[F], F]:
    """Open a view to `public`, to anybody `signed in`, or to the roles named."""

    def mark(view: F) -> F:
        view.audience = frozenset(audience)  # type: ignore[attr-defined]
        return view

    return mark


def audience_of(app: Flask, endpoint: str) -> frozenset[str]:
    """Who may use an endpoint; nobody if it does not say."""
    if endpoint == "static":
        return frozenset({PUBLIC})
    found: frozenset[str] = getattr(app.view_functions[endpoint], "audience", frozenset())
    return found


def current_person() -> Any:
    """The person who is signed in; only for views that are not public."""
    return current_user._get_current_object()


def current_actor() -> Actor:
    """The signed-in person as the trail names them."""
    return Actor(current_user.id, current_user.printed_name)


def current_who() -> Who:
    """The roles of the signed-in person at this request's instant; read once."""
    if "who" not in g:
        g.who, g.zone = current_app.extensions[WHO_LOADER](current_person())
    who: Who = g.who
    return who


def current_zone() -> str:
    """The time zone of the signed-in person's first site; read with their roles."""
    current_who()
    return str(g.zone)


def client_address() -> str:
    """The address the request came from."""
    return request.remote_addr or "unknown"


JSON_ENDPOINTS = frozenset({"attempts.save_json", "attempts.lease"})


def refuse_strange_bodies() -> None:
    """Refuse what no page of ours sends: JSON to a form, and NUL characters anywhere, which one database would choke on."""
    if request.endpoint is None:
        return
    if request.is_json and request.endpoint not in JSON_ENDPOINTS and request.method not in ("GET", "HEAD", "OPTIONS"):
        abort(415)
    if any(isinstance(value, str) and "\x00" in value for value in (request.view_args or {}).values()):
        abort(404)
    values = list(request.args.values())
    values += [] if request.is_json else [text for pair in request.form.items(multi=True) for text in pair]
    if any(isinstance(value, str) and "\x00" in value for value in values):
        raise InvalidInput("There is a NUL character in what was sent. Delete it and send it again.")


def enforce() -> Response | None:
    """Refuse a request whose route is not open to this person."""
    if request.endpoint is None:
        return None
    audience = audience_of(current_app, request.endpoint)
    if PUBLIC in audience:
        return None
    if not current_user.is_authenticated:
        return _ask_to_sign_in()
    if SIGNED_IN in audience or any(current_who().has(role) for role in audience):
        return None
    return abort(403)


def _ask_to_sign_in() -> Response:
    if request.method == "GET" and "application/json" not in request.headers.get("Accept", ""):
        back = request.full_path if request.query_string else request.path
        return redirect(url_for("accounts.sign_in", next=back))
    return abort(401)
