"""Roles that sign are given by two people; neither the holder nor the proposer is the second."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from app.accounts import actions
from app.accounts.models import Membership
from app.accounts.queries import get_membership, who
from app.clearances.actions import confirm_observer, nominate_observer
from app.database import db
from app.decisions.queries import get_decision, may_observe, observer_grants
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor
from tests.clearances.builders import GROUP, PASSWORD, Clinic, words_of


def propose(clinic: Clinic, person: str, role: str, by: str = "admin", site: str | None = "north", **more: Any) -> int:
    """Propose by the action; the membership's id."""
    with clinic.act() as session:
        actor = clinic.person(session, by)
        found = actions.propose_role(
            session,
            person=clinic.person(session, person),
            role=role,
            site_id=clinic.sites[site] if site else None,
            actor=Actor(actor.id, actor.printed_name),
            who=who(session, actor, clinic.clock.at),
            now=clinic.clock.at,
            **more,
        )
        return int(found.id)


def confirm(clinic: Clinic, number: int, by: str) -> None:
    """Confirm by the action."""
    with clinic.act() as session:
        actor = clinic.person(session, by)
        actions.confirm_role(
            session,
            membership=get_membership(session, number),
            actor=Actor(actor.id, actor.printed_name),
            who=who(session, actor, clinic.clock.at),
            now=clinic.clock.at,
        )


def holds(clinic: Clinic, key: str, role: str) -> bool:
    """Whether a role is in force now."""
    with clinic.act() as session:
        return who(session, clinic.person(session, key), clinic.clock.at).has(role)


@pytest.mark.parametrize(("role", "site"), [("supervisor", "north"), ("admin", None)])
def test_a_role_that_signs_counts_once_a_second_admin_confirmed_it_over_http(clinic: Clinic, role: str, site: str | None) -> None:
    data = {"role": role, "site_id": str(clinic.sites[site] if site else 0)}
    path = f"/admin/people/{clinic.ids['beginner']}/roles"
    assert clinic.client("admin").post(path, data=data).status_code == 302
    number = clinic.scalar("SELECT max(id) FROM membership")
    assert not holds(clinic, "beginner", role)
    own = clinic.client("admin").post(f"/admin/roles/{number}/confirm")
    assert own.status_code == 403
    assert "neither its holder nor the one who proposed it" in words_of(own)
    assert clinic.client("beginner").post(f"/admin/roles/{number}/confirm").status_code == 403
    assert not holds(clinic, "beginner", role)
    assert clinic.client("partner").post(f"/admin/roles/{number}/confirm").status_code == 302
    assert holds(clinic, "beginner", role)
    assert clinic.client("third_admin").post(f"/admin/roles/{number}/confirm").status_code == 409


def test_the_proposer_and_the_holder_cannot_confirm(clinic: Clinic) -> None:
    number = propose(clinic, "partner", "supervisor", site="north")
    for key in ("admin", "partner"):
        with pytest.raises(NotAllowed, match="second person"):
            confirm(clinic, number, key)
    with pytest.raises(NotAllowed, match="Only an admin"):
        confirm(clinic, number, "director")
    confirm(clinic, number, "third_admin")


def test_an_external_membership_takes_two_people_whatever_its_role(clinic: Clinic) -> None:
    number = propose(clinic, "nobody", "trainee", external=True)
    assert not holds(clinic, "nobody", "trainee")
    confirm(clinic, number, "partner")
    assert holds(clinic, "nobody", "trainee")


def test_a_trainee_and_an_auditor_are_given_by_one_admin(clinic: Clinic) -> None:
    propose(clinic, "nobody", "trainee")
    propose(clinic, "nobody", "auditor", site=None)
    assert holds(clinic, "nobody", "trainee")
    assert holds(clinic, "nobody", "auditor")


def test_nobody_gives_a_role_to_themselves(clinic: Clinic) -> None:
    with pytest.raises(NotAllowed, match="themselves"):
        propose(clinic, "admin", "supervisor")
    data = {"role": "supervisor", "site_id": str(clinic.sites["north"])}
    assert clinic.client("admin").post(f"/admin/people/{clinic.ids['admin']}/roles", data=data).status_code == 403


def test_only_an_admin_gives_roles(clinic: Clinic) -> None:
    for key in ("director", "trainee", "auditor"):
        with pytest.raises(NotAllowed, match="Only an admin"):
            propose(clinic, "nobody", "trainee", by=key)


def test_a_role_is_not_given_twice_and_needs_its_site(clinic: Clinic) -> None:
    with pytest.raises(InvalidInput, match="already has"):
        propose(clinic, "director", "supervisor")
    with pytest.raises(InvalidInput, match="Choose the site"):
        propose(clinic, "nobody", "supervisor", site=None)
    path = f"/admin/people/{clinic.ids['nobody']}/roles"
    for data in ({"role": "king", "site_id": "1"}, {"role": "supervisor", "site_id": "0"}, {"role": "trainee", "site_id": "x"}):
        assert clinic.client("admin").post(path, data=data).status_code == 422


def test_an_ended_role_ends_at_once_and_is_neither_confirmed_nor_ended_again(clinic: Clinic) -> None:
    number = propose(clinic, "nobody", "supervisor")
    client = clinic.client("partner")
    assert client.post(f"/admin/roles/{number}/end").status_code == 302
    assert client.post(f"/admin/roles/{number}/end").status_code == 409
    assert client.post(f"/admin/roles/{number}/confirm").status_code == 409
    with pytest.raises(Conflict):
        confirm(clinic, number, "third_admin")


def test_the_database_refuses_a_role_that_nobody_proposed(clinic: Clinic) -> None:
    row = {"person_id": clinic.ids["nobody"], "role": "admin", "proposed_at": clinic.clock.at, "founding": False}
    with clinic.app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(insert(Membership).values(**row, external=False))


def membership_row(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    """A confirmed supervisor as a bad program could write it."""
    row = {
        "person_id": clinic.ids["nobody"],
        "site_id": clinic.sites["north"],
        "role": "supervisor",
        "external": False,
        "founding": False,
        "proposed_by_id": clinic.ids["admin"],
        "proposed_at": clinic.clock.at,
        "confirmed_by_id": clinic.ids["partner"],
        "confirmed_at": clinic.clock.at,
    }
    return {**row, **changes}


def test_the_right_row_is_accepted_so_that_the_refusals_below_mean_something(clinic: Clinic) -> None:
    with clinic.act() as session:
        session.execute(insert(Membership).values(**membership_row(clinic)))
    assert holds(clinic, "nobody", "supervisor")


@pytest.mark.parametrize(
    "change",
    [
        {"confirmed_by_id": "admin"},
        {"confirmed_by_id": "nobody"},
        {"proposed_by_id": "nobody"},
        {"proposed_by_id": None},
        {"confirmed_at": None},
        {"confirmed_by_id": None},
        {"founding": True},
        {"role": "king"},
        {"site_id": None},
    ],
)
def test_the_database_refuses_a_role_given_by_one_person(clinic: Clinic, change: dict[str, Any]) -> None:
    changed = {k: clinic.ids.get(v, v) if isinstance(v, str) else v for k, v in change.items()}
    with clinic.app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(insert(Membership).values(**membership_row(clinic, **changed)))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE membership SET role = 'admin' WHERE id = {waiting}",
        "UPDATE membership SET person_id = {other} WHERE id = {held}",
        "UPDATE membership SET proposed_by_id = {other} WHERE id = {waiting}",
        "UPDATE membership SET proposed_at = confirmed_at WHERE id = {waiting}",
        "UPDATE membership SET confirmed_by_id = {other} WHERE id = {held}",
        "UPDATE membership SET confirmed_by_id = NULL, confirmed_at = NULL WHERE id = {held}",
        "UPDATE membership SET external = NOT external WHERE id = {held}",
        "UPDATE membership SET founding = NOT founding WHERE id = {held}",
        "UPDATE membership SET site_id = {south} WHERE id = {held}",
        "DELETE FROM membership WHERE id = {waiting}",
    ],
)
def test_a_membership_is_never_rewritten(clinic: Clinic, statement: str) -> None:
    waiting = propose(clinic, "nobody", "supervisor")
    held = clinic.scalar(f"SELECT id FROM membership WHERE person_id = {clinic.ids['director']}")
    filled = statement.format(waiting=waiting, held=held, other=clinic.ids["ready"], south=clinic.sites["south"])
    with clinic.app.app_context(), pytest.raises(DBAPIError, match="append-only|ck_membership"):
        db.session.execute(text(filled))


def test_an_ended_membership_is_not_revived(clinic: Clinic) -> None:
    number = propose(clinic, "nobody", "trainee")
    clinic.client("admin").post(f"/admin/roles/{number}/end")
    with clinic.app.app_context(), pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text(f"UPDATE membership SET ended_at = NULL, ended_by_id = NULL WHERE id = {number}"))


# --- founding observers -------------------------------------------------------------------------------------------


def name(clinic: Clinic, person: str, by: str) -> int:
    """Name an observer; the nomination's id."""
    with clinic.act() as session:
        signer = clinic.person(session, by)
        found = nominate_observer(
            session,
            person=clinic.person(session, person),
            site=clinic.site(session),
            group=GROUP,
            regions=clinic.regions,
            grounds="Instructor of a known course.",
            signer=signer,
            who=who(session, signer, clinic.clock.at),
            now=clinic.clock.at,
        )
        return int(found.id)


def be_second(clinic: Clinic, number: int, by: str, *, external: bool) -> None:
    """Confirm an observer by the action."""
    with clinic.act() as session:
        nomination, signer = get_decision(session, number), clinic.person(session, by)
        confirm_observer(
            session,
            nomination=nomination,
            person=nomination.person,
            site=clinic.site(session),
            external=external,
            signer=signer,
            who=who(session, signer, clinic.clock.at),
            now=clinic.clock.at,
        )


def test_a_founding_observer_needs_two_people_one_of_them_external(clinic: Clinic) -> None:
    number = name(clinic, "senior", "director")
    with pytest.raises(NotAllowed, match="second person"):
        be_second(clinic, number, "director", external=True)
    with pytest.raises(NotAllowed, match="external"):
        be_second(clinic, number, "second", external=False)
    with pytest.raises(NotAllowed, match="own record"):
        be_second(clinic, number, "senior", external=True)
    be_second(clinic, number, "external", external=True)
    with pytest.raises(Conflict, match="already"):
        be_second(clinic, number, "second", external=True)


def test_the_pages_hold_the_same_rule(clinic: Clinic) -> None:
    path = f"/observers/{clinic.sites['north']}/{GROUP}"
    data = {
        "person_id": str(clinic.ids["senior"]),
        "group": GROUP,
        "regions": list(clinic.regions),
        "grounds": "Instructor of a course.",
        "password": PASSWORD,
    }
    assert clinic.client("director").post(path, data=data).status_code == 302
    number = clinic.scalar("SELECT max(id) FROM decision")
    confirm_path = f"/observers/nominations/{number}/confirm"
    assert clinic.client("director").post(confirm_path).status_code == 403
    inside = clinic.client("second").post(confirm_path)
    assert (inside.status_code, "external" in words_of(inside)) == (403, True)
    assert clinic.client("senior").post(confirm_path).status_code == 403
    assert clinic.client("southern").post(confirm_path).status_code == 404
    assert clinic.client("newcomer").post(confirm_path).status_code == 403
    assert clinic.client("external").post(confirm_path).status_code == 302
    listed = words_of(clinic.client("auditor").get("/observers"))
    assert "Sara Senior" in listed
    assert "Oona Outside" in listed
    assert "Dora Director" in listed


def test_an_external_supervisor_who_names_lets_an_inside_one_confirm(clinic: Clinic) -> None:
    number = name(clinic, "senior", "external")
    path = f"/observers/nominations/{number}/confirm"
    assert clinic.client("second").post(path).status_code == 302


def test_nobody_names_themselves_and_only_supervisors_name(clinic: Clinic) -> None:
    with pytest.raises(NotAllowed, match="own record"):
        name(clinic, "director", "director")
    for key in ("southern", "admin", "trainee", "newcomer"):
        with pytest.raises(NotAllowed):
            name(clinic, "senior", key)


def test_an_observer_who_is_named_but_not_confirmed_observes_nothing(clinic: Clinic) -> None:
    name(clinic, "senior", "director")
    with clinic.act() as session:
        grants = observer_grants(session, [clinic.ids["senior"]])
        at = clinic.clock.at + timedelta(hours=1)
        assert not may_observe(grants, site_id=clinic.sites["north"], group=GROUP, region=clinic.regions[0], at=at)


@pytest.mark.parametrize(
    "change", [{"regions": []}, {"grounds": "short"}, {"person_id": "99999"}, {"group": "neck"}, {"regions": ["calf"]}]
)
def test_a_wrong_nomination_is_refused_and_shown_again(clinic: Clinic, change: dict[str, Any]) -> None:
    path = f"/observers/{clinic.sites['north']}/{GROUP}"
    data = {
        "person_id": str(clinic.ids["senior"]),
        "group": GROUP,
        "regions": list(clinic.regions),
        "grounds": "Instructor of a course.",
        "password": PASSWORD,
        **change,
    }
    before, answer = clinic.count("decision"), clinic.client("director").post(path, data=data)
    assert (answer.status_code, clinic.count("decision")) == (422, before)


def reset(clinic: Clinic, key: str, by: str, purpose: str = "reset") -> None:
    """Let an admin make a link for somebody and use it, as one human with both hands could."""
    with clinic.act() as session:
        person, actor = clinic.person(session, key), clinic.person(session, by)
        link = actions.issue_link(
            session, person=person, purpose=purpose, token=f"{purpose}-{key}", actor=Actor(actor.id, "Ada"), now=clinic.clock.at
        )
        actions.use_link(
            session, link=link, password=PASSWORD, passwords=clinic.app.extensions["needle_clearance.passwords"],
            session_key=f"fresh-{key}", now=clinic.clock.at,
        )  # fmt: skip


@pytest.mark.parametrize("purpose", ["reset", "invite"])
def test_an_admin_whose_access_another_made_gives_and_confirms_nothing_for_a_day(clinic: Clinic, purpose: str) -> None:
    number = propose(clinic, "beginner", "supervisor")
    reset(clinic, "partner", "admin", purpose)
    with pytest.raises(NotAllowed, match="reset your access"):
        confirm(clinic, number, "partner")
    with pytest.raises(NotAllowed, match="reset your access"):
        propose(clinic, "nobody", "trainee", by="partner")
    clinic.clock.advance(hours=24)
    confirm(clinic, number, "partner")


def test_no_admin_makes_the_link_of_a_founder_who_has_not_used_the_own_one(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.person(session, "partner").password_hash = None
    with pytest.raises(Conflict, match="link of their own"):
        reset(clinic, "partner", "admin", "invite")
    status = clinic.client("admin").post(f"/admin/people/{clinic.ids['partner']}/link").status_code
    assert status == 409


@pytest.mark.parametrize("role", ["admin", "auditor"])
def test_a_role_for_the_whole_installation_has_no_site(clinic: Clinic, role: str) -> None:
    with pytest.raises(InvalidInput, match="whole installation"):
        propose(clinic, "nobody", role, site="north")


def test_a_founder_who_missed_the_link_gets_a_new_one_from_the_server_alone(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.person(session, "partner").password_hash = None
    made = clinic.command("founding-link", "partner@test.invalid")
    assert made.exit_code == 0
    token = made.output.split("/invite/")[1].strip()
    assert clinic.client().get(f"/invite/{token}").status_code == 200
    again = clinic.command("founding-link", "partner@test.invalid")
    assert again.exit_code == 0
    assert clinic.client().get(f"/invite/{token}").status_code == 404
    for other in ("admin@test.invalid", "trainee@test.invalid", "nowhere@test.invalid"):
        refused = clinic.command("founding-link", other)
        assert refused.exit_code == 1
        assert "/invite/" not in refused.output
