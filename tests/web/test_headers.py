"""Every answer carries the same strict headers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clearances.builders import Clinic

CSP = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
EXACT = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PAGES = (
    "/",
    "/sign-in",
    "/help",
    "/healthz",
    "/readyz",
    "/nothing-here",
    "/check/NOSUCH",
    "/home",
    "/register",
    "/register.csv",
    "/register?as_of=x",
    "/admin",
    "/audit",
    "/static/css/nothing.css",
    "/people/99999",
)


@pytest.mark.parametrize("key", [None, "director", "auditor"])
def test_every_answer_has_the_security_headers(clinic: Clinic, key: str | None) -> None:
    client = clinic.client(key)
    for path in PAGES:
        answer = client.get(path)
        assert {name: answer.headers.getlist(name) for name in EXACT} == {name: [value] for name, value in EXACT.items()}, path


def test_refused_posts_have_them_too(clinic: Clinic) -> None:
    client = clinic.client()
    for path, method in (("/sign-in", "post"), ("/sign-in", "delete"), ("/account", "post"), ("/healthz", "post")):
        answer = getattr(client, method)(path)
        assert answer.status_code >= 400
        assert {name: answer.headers.getlist(name) for name in EXACT} == {name: [value] for name, value in EXACT.items()}, path


def test_pages_are_not_stored_and_static_files_are(clinic: Clinic) -> None:
    client = clinic.client("director")
    for path in ("/register", "/people", "/register.csv", "/healthz", "/nothing-here"):
        assert client.get(path).headers["Cache-Control"] == "no-store"
    folder = Path(str(clinic.app.static_folder))
    answer = client.get(f"/static/{next(folder.rglob('*.css')).relative_to(folder).as_posix()}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    answer.close()


def test_no_page_holds_inline_script_style_or_a_foreign_host(clinic: Clinic) -> None:
    client = clinic.client("director")
    for path in ("/home", "/queue", "/register", "/clearances", "/people", "/observers", f"/applications/{clinic.application_id}"):
        page = client.get(path).get_data(as_text=True)
        for bad in ("<script>", " onclick=", " onload=", " style=", "<style", "http://", "javascript:"):
            assert bad not in page.replace("http://www.w3.org/", ""), f"{bad} in {path}"


def test_an_error_page_tells_what_to_do_and_json_gets_problem_details(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    page = client.get("/admin").get_data(as_text=True)
    assert "Your role does not include it." in page
    assert "Use the menu" in page
    answer = client.get("/admin", headers={"Accept": "application/json"})
    assert answer.content_type == "application/problem+json"
    assert answer.get_json()["status"] == 403
    assert set(answer.get_json()) >= {"type", "title", "status", "detail"}


def test_a_file_comes_without_a_cookie_so_that_browsers_keep_it(clinic: Clinic) -> None:
    client = clinic.client("director")
    for path in ("/static/icons.svg", "/static/css/tokens.css", "/bundles/exam.js"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        answer.close()
    assert "Set-Cookie" in client.get("/home").headers
