"""Turn errors into pages or problem details (RFC 9457); the one place that does."""

from __future__ import annotations

import logging

from flask import Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from werkzeug.exceptions import HTTPException

from app.database import db, let_go
from app.domain.errors import Conflict, DomainError, Gone, InvalidInput, NotAllowed, NotFound, TooMany, Unavailable

STATUS: dict[type[DomainError], int] = {
    InvalidInput: 422,
    NotAllowed: 403,
    NotFound: 404,
    Conflict: 409,
    Gone: 410,
    TooMany: 429,
    Unavailable: 503,
}
WORDS: dict[int, tuple[str, str, str]] = {
    400: (
        "This request was not understood",
        "Something in it was missing or malformed.",
        "Go back, load the page again and repeat the step.",
    ),
    401: (
        "Please sign in",
        "Your session has ended, or you are not signed in.",
        "Sign in and repeat the step; what you typed is still on the page before.",
    ),
    403: (
        "This page is not open to you",
        "Your role does not include it.",
        "Use the menu, or ask an admin of your site if you should have it.",
    ),
    404: (
        "There is nothing here",
        "The address is wrong, or the thing is not yours to see.",
        "Check the address, or go back to your home page.",
    ),
    405: (
        "This cannot be done here",
        "The address exists, but not for this kind of request.",
        "Go back and use the buttons on the page.",
    ),
    409: (
        "It changed in the meantime",
        "Somebody else, or another window, was faster.",
        "Load the page again and repeat the step if it is still needed.",
    ),
    410: ("This is closed", "It can no longer be changed.", "Go back to see what was kept."),
    413: ("This is too large", "More was sent than this page accepts.", "Shorten it and send it again."),
    415: (
        "This form of data is not accepted",
        "The page expects another kind of content.",
        "Go back and use the form on the page.",
    ),
    422: ("Something needs correcting", "What was sent does not fit yet.", "Go back and correct it."),
    429: (
        "Too many tries",
        "There were too many requests in a short time.",
        "Wait a quarter of an hour, then try again.",
    ),
    500: (
        "Something went wrong here",
        "The fault is ours, and nothing was half saved.",
        "Try again in a minute. If it happens again, tell an admin the time shown below.",
    ),
    503: (
        "Not available at the moment",
        "The installation cannot answer now.",
        "Try again in a minute, or tell an admin.",
    ),
}
log = logging.getLogger("needle_clearance")


def wants_problem() -> bool:
    """Whether the client asked for JSON rather than a page."""
    return request.is_json or request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def answer(status: int, happened: str | None = None, problems: tuple[tuple[str, str], ...] = ()) -> Response:
    """A page or problem details for a status; `happened` replaces the standard words.

    The page names who is signed in; if the database is away when it is asked for that, the answer says so instead.
    """
    try:
        return _answer(status, happened, problems)
    except OperationalError as error:
        if g.get("database_unavailable"):  # the page for this asks nothing of it
            raise
        return _busy(error)


def _answer(status: int, happened: str | None, problems: tuple[tuple[str, str], ...]) -> Response:
    title, standard, cure = WORDS.get(status, WORDS[500])
    if wants_problem():
        body = {"type": "about:blank", "title": title, "status": status, "detail": happened or standard}
        if problems:
            body["problems"] = [{"field": path, "message": text} for path, text in problems]
        response = jsonify(body)
        response.content_type = "application/problem+json"
    else:
        what_to_do = cure if happened is None else ""
        page = render_template(
            "errors/error.html", status=status, title=title, what_happened=happened or standard, what_to_do=what_to_do
        )
        response = make_response(page)
    response.status_code = status
    return response


def _roll_back() -> None:
    """Undo what the request began; a connection that is gone has nothing to undo."""
    try:
        db.session.rollback()
    except DBAPIError:
        let_go(db.session)


def _domain(error: DomainError) -> Response:
    _roll_back()
    g.database_unavailable = isinstance(error, Unavailable)
    status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 422)
    return answer(status, error.message, error.problems if isinstance(error, InvalidInput) else ())


def _csrf(error: CSRFError) -> Response:
    return answer(400, "The form was open too long or came from another page. Go back, load the page again and repeat the step.")


def _http(error: HTTPException) -> Response:
    _roll_back()
    if error.code is None or error.code < 400:
        return error.get_response()  # type: ignore[return-value]
    return answer(error.code if error.code in WORDS else 400)


def _busy(error: OperationalError) -> Response:
    """The connection may have broken during the commit itself, so nobody is told that nothing was saved."""
    g.database_unavailable = True
    _roll_back()
    log.error("database unavailable: %s", type(error.orig).__name__)
    return answer(
        503,
        "The database did not answer, so it is not certain whether this was saved. Look again in a minute, and repeat it if it "
        "is not there. If it stays so, an admin checks DATABASE_URL and that the server is running.",
    )


def _does_not_fit(error: DataError) -> Response:
    _roll_back()
    log.error("the database refused a value: %s", error.orig)
    return answer(422, "Something that was sent is too long or no value of its kind. Shorten it and try again; nothing was saved.")


def _raced(error: IntegrityError) -> Response:
    _roll_back()
    log.error("the database refused a row: %s", error.orig)
    return answer(409, "Somebody did the same, or something that excludes it, at the same moment. Nothing was saved; look again.")


def _fault(error: Exception) -> Response:
    _roll_back()
    log.exception("unexpected error at %s %s", request.method, request.path)
    response = make_response(current_app.jinja_env.get_template("errors/500.html").render(), 500)
    if wants_problem():
        response = jsonify({"type": "about:blank", "title": WORDS[500][0], "status": 500, "detail": WORDS[500][2]})
        response.status_code, response.content_type = 500, "application/problem+json"
    return response


def register(app: Flask) -> None:
    """Bind every handler."""
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _busy)
    app.register_error_handler(IntegrityError, _raced)
    app.register_error_handler(DataError, _does_not_fit)
    if not app.testing:
        app.register_error_handler(Exception, _fault)
