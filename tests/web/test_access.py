"""A view that does not say who may use it is closed to everybody."""

from __future__ import annotations

import pytest

from app.web.access import PUBLIC, SIGNED_IN, allow, audience_of
from tests.clearances.builders import Clinic


def probe(clinic: Clinic, audience: tuple[str, ...] | None) -> None:
    """Register one more view."""

    def view() -> str:
        return "open"

    marked = view if audience is None else allow(*audience)(view)
    clinic.app.add_url_rule("/probe", "probe", marked, methods=["GET", "POST"])


@pytest.mark.parametrize("audience", [None, ()])
def test_an_endpoint_without_an_audience_is_closed_to_everybody(clinic: Clinic, audience: tuple[str, ...] | None) -> None:
    probe(clinic, audience)
    for key in ("trainee", "director", "admin", "auditor", "nobody"):
        assert clinic.client(key).get("/probe").status_code == 403
        assert clinic.client(key).post("/probe").status_code == 403
    assert clinic.client().get("/probe").status_code == 302
    assert clinic.client().post("/probe").status_code == 401


@pytest.mark.parametrize(
    ("audience", "open_to"),
    [
        ((PUBLIC,), {None, "trainee", "director", "admin", "auditor", "nobody"}),
        ((SIGNED_IN,), {"trainee", "director", "admin", "auditor", "nobody"}),
        (("admin",), {"admin"}),
        (("supervisor", "auditor"), {"director", "auditor"}),
    ],
)
def test_an_audience_opens_a_view_to_exactly_itself(clinic: Clinic, audience: tuple[str, ...], open_to: set[str | None]) -> None:
    probe(clinic, audience)
    found = {
        key
        for key in (None, "trainee", "director", "admin", "auditor", "nobody")
        if clinic.client(key).get("/probe").status_code == 200
    }
    assert found == open_to


def test_every_view_of_the_product_says_who_may_use_it(clinic: Clinic) -> None:
    known = {PUBLIC, SIGNED_IN, "trainee", "supervisor", "admin", "auditor"}
    for endpoint in clinic.app.view_functions:
        audience = audience_of(clinic.app, endpoint)
        assert audience, endpoint
        assert audience <= known, endpoint


def test_a_machine_that_is_signed_out_gets_401_instead_of_a_redirect(clinic: Clinic) -> None:
    assert clinic.client().get("/home", headers={"Accept": "application/json"}).status_code == 401
    assert clinic.client().put("/attempts/1/responses/1", json={}).status_code == 401


def test_a_session_cookie_that_was_altered_is_nobody(clinic: Clinic) -> None:
    client = clinic.client("admin")
    cookie = client.get_cookie("needle_clearance")
    assert cookie is not None
    client.set_cookie("needle_clearance", cookie.value[:-3] + "abc")
    assert client.get("/admin").status_code == 302
