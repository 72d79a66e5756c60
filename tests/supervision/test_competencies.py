"""Competencies: a supervisor of a shared site signs *met* or *not yet*, never for themselves; the newest counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.queries import who
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.errors import InvalidInput, NotAllowed
from app.supervision.actions import approve_competency
from app.supervision.queries import newest_approvals
from tests.clearances.builders import PASSWORD, Clinic, words_of


def first_critical(session: Any) -> Any:
    """A critical competency of the catalogue."""
    pack = catalogue_in_force(session).catalogue
    return pack.find_competency(pack.critical_competencies[0])


def approve(clinic: Clinic, key: str, person: str = "beginner", **changes: Any) -> None:
    """Sign by the action."""
    with clinic.act() as session:
        competency, approver = first_critical(session), clinic.person(session, key)
        values: dict[str, Any] = {
            "competency": competency.id,
            "verdict": "met",
            "mode": competency.modes[0],
            "evidence": "Seen in the clinic twice.",
            "until": None,
            **changes,
        }
        approve_competency(
            session,
            person=clinic.person(session, person),
            person_sites=[clinic.sites["north"]],
            site=clinic.site(session),
            approver=approver,
            who=who(session, approver, clinic.clock.at),
            catalogue=catalogue_in_force(session).catalogue,
            now=clinic.clock.at,
            **values,
        )


def path(clinic: Clinic, person: str = "beginner") -> str:
    """The address of one competency of somebody."""
    with clinic.act() as session:
        return f"/people/{clinic.ids[person]}/competencies/{first_critical(session).id}"


def data(clinic: Clinic, **changes: str) -> dict[str, str]:
    """A filled form."""
    with clinic.act() as session:
        mode = first_critical(session).modes[0]
    return {
        "site_id": str(clinic.sites["north"]),
        "verdict": "met",
        "mode": mode,
        "evidence": "Seen in the clinic twice.",
        "password": PASSWORD,
        **changes,
    }


def newest(clinic: Clinic, person: str = "beginner") -> str | None:
    """The verdict that counts."""
    with clinic.act() as session:
        found = newest_approvals(session, clinic.ids[person]).get(first_critical(session).id)
        return found.verdict if found else None


def test_a_supervisor_approves_over_http_and_the_page_names_evidence_and_signer(clinic: Clinic) -> None:
    client = clinic.client("director")
    assert client.post(path(clinic), data=data(clinic)).status_code == 302
    assert newest(clinic) == "met"
    page = words_of(client.get(path(clinic)))
    assert "Seen in the clinic twice." in page
    assert "Dora Director" in page


def test_the_newest_verdict_counts_and_the_older_ones_stay(clinic: Clinic) -> None:
    for verdict in ("not_yet", "met", "not_yet"):
        approve(clinic, "director", verdict=verdict)
        clinic.clock.advance(hours=1)
        assert newest(clinic) == verdict
    assert clinic.count(f"competency_approval WHERE person_id = {clinic.ids['beginner']}") == 3


def test_not_yet_takes_a_clearance_away_at_once_and_met_gives_it_back(clinic: Clinic) -> None:
    clinic.granted()
    assert clinic.standing().word == "CLEARED"
    clinic.clock.advance(minutes=1)
    approve(clinic, "director", "trainee", verdict="not_yet")
    assert (clinic.standing().state, clinic.standing().limiting_cause) == ("BLOCKED", "competencies")
    clinic.clock.advance(minutes=1)
    approve(clinic, "director", "trainee")
    assert clinic.standing().word == "CLEARED"


def test_a_competency_that_runs_out_ends_the_clearance_at_that_instant(clinic: Clinic) -> None:
    clinic.granted()
    clinic.clock.advance(minutes=1)
    client = clinic.client("director")
    assert client.post(path(clinic, "trainee"), data=data(clinic, until="2027-01-31")).status_code == 302
    ends = datetime.fromisoformat("2027-02-01T00:00:00+00:00")
    assert (clinic.standing().cleared_until, clinic.standing().limiting_cause) == (ends, "competencies")
    assert clinic.standing(at=ends).word == "NOT CLEARED"
    assert clinic.standing(at=ends - timedelta(seconds=1)).word == "CLEARED"


def test_nobody_approves_their_own_competency(clinic: Clinic) -> None:
    with pytest.raises(NotAllowed, match="own record"):
        approve(clinic, "senior", "senior")
    answer = clinic.client("senior").post(path(clinic, "senior"), data=data(clinic))
    assert answer.status_code in (200, 403, 404, 422)
    assert clinic.count(f"competency_approval WHERE approver_id = {clinic.ids['senior']}") == 0


@pytest.mark.parametrize(("key", "status"), [("southern", 404), ("ready", 403), ("admin", 403), ("newcomer", 403)])
def test_nobody_else_approves(clinic: Clinic, key: str, status: int) -> None:
    with pytest.raises(NotAllowed):
        approve(clinic, key)
    assert clinic.client(key).post(path(clinic), data=data(clinic)).status_code == status
    assert newest(clinic) is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"mode": "by-post"}, "mode"),
        ({"verdict": "perhaps"}, "verdict"),
        ({"evidence": "short"}, "evidence"),
        ({"evidence": "x" * 1001}, "evidence"),
        ({"competency": "k-nothing"}, "competency"),
    ],
)
def test_a_wrong_approval_is_refused_with_its_field(clinic: Clinic, change: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        approve(clinic, "director", **change)
    assert field in dict(caught.value.problems)
    if field != "competency":
        assert clinic.client("director").post(path(clinic), data=data(clinic, **change)).status_code == 422


def test_a_day_in_the_past_or_no_day_at_all_is_refused_or_reads_as_not_met(clinic: Clinic) -> None:
    client = clinic.client("director")
    assert client.post(path(clinic), data=data(clinic, until="31.12.2027")).status_code == 422
    day = (clinic.clock.at.date() - timedelta(days=1)).isoformat()
    assert date.fromisoformat(day) < clinic.clock.at.date()
    assert client.post(path(clinic), data=data(clinic, until=day)).status_code in (302, 422)


def test_the_page_of_an_unknown_competency_or_person_does_not_exist(clinic: Clinic) -> None:
    client = clinic.client("director")
    assert client.get(f"/people/{clinic.ids['beginner']}/competencies/k-nothing").status_code == 404
    assert client.get(path(clinic).replace(f"/{clinic.ids['beginner']}/", "/9999/")).status_code == 404
    assert client.get(path(clinic, "nobody")).status_code == 404


def test_a_wrong_password_signs_nothing_and_keeps_the_evidence(clinic: Clinic) -> None:
    client = clinic.client("director")
    clinic.clock.advance(minutes=16)
    answer = client.post(path(clinic), data=data(clinic, password="not the password", evidence="A long talk on anatomy."))
    assert answer.status_code == 422
    assert "A long talk on anatomy." in answer.get_data(as_text=True)
    assert newest(clinic) is None


def test_the_database_refuses_ones_own_approval_and_anybody_elses_signature(clinic: Clinic) -> None:
    approve(clinic, "director")
    for change in ("approver_id = person_id", "signature_id = 999999"):
        name, value = change.split(" = ")
        columns = "person_id, site_id, competency, verdict, mode, evidence, approver_id, approved_at, until, signature_id"
        chosen = columns.replace(name, value)
        copy = f"INSERT INTO competency_approval ({columns}) SELECT {chosen} FROM competency_approval LIMIT 1"
        with clinic.app.app_context(), pytest.raises(DBAPIError):
            db.session.execute(text(copy))
