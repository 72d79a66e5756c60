"""The demonstration clinic is founded: people, sites, roles, observers."""

from __future__ import annotations

from datetime import timedelta

from app.accounts import actions as accounts
from app.accounts.models import Membership
from app.accounts.queries import who
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    confirm_observer,
    nominate_observer,
)
from app.demonstration.clinic import ORGANISATION, PEOPLE, SITES, email_of
from app.demonstration.knowing import make_founders_known, make_known
from app.demonstration.making import DAYS_OF_HISTORY, Clinic
from app.domain.permissions import SYSTEM


def found_clinic(clinic: Clinic) -> None:
    """People, both sites, and the roles that each person holds."""
    start = clinic.at(DAYS_OF_HISTORY)
    accounts.found_installation(clinic.session, kind="demonstration", organisation=ORGANISATION, now=start, actor=SYSTEM)
    for someone in PEOPLE:
        person = accounts.add_person(
            clinic.session, email=email_of(someone.key), printed_name=someone.name, profession=someone.profession,
            session_key=clinic.tokens(), actor=SYSTEM, now=start,
        )  # fmt: skip
        person.password_hash = clinic.passphrase_hash
        clinic.people[someone.key] = person
    accounts.found_admins(clinic.session, people=(clinic.people["admin"], clinic.people["partner"]), actor=SYSTEM, now=start)
    founders = (clinic.people["admin"], clinic.people["partner"])
    make_founders_known(clinic.session, founders=founders, tokens=clinic.tokens, at=start)
    for key, (name, jurisdiction, zone) in SITES.items():
        clinic.sites[key] = accounts.add_site(
            clinic.session, name=name, jurisdiction=jurisdiction, time_zone=zone, actor=clinic.actor("admin"), now=start
        )
    clinic.session.flush()
    for someone in PEOPLE:
        for role, site, external in someone.roles:
            if role != "admin":
                _give_role(clinic, someone.key, role, site, external)
        if any(role == "supervisor" for role, _, _ in someone.roles):
            _make_known(clinic, someone.key, "partner", DAYS_OF_HISTORY - 1)


def _make_known(clinic: Clinic, holder: str, by: str, days_ago: int) -> None:
    people, at = clinic.people, clinic.at(days_ago)
    make_known(clinic.session, holder=people[holder], by=people[by], tokens=clinic.tokens, at=at)


def _give_role(clinic: Clinic, key: str, role: str, site: str | None, external: bool) -> None:
    start, session = clinic.at(DAYS_OF_HISTORY - 1), clinic.session
    first, second = (who(session, clinic.people[k], start) for k in ("admin", "partner"))
    membership: Membership = accounts.propose_role(
        session, person=clinic.people[key], role=role, site_id=clinic.sites[site].id if site else None, external=external,
        actor=clinic.actor("admin"), who=first, now=start,
    )  # fmt: skip
    if role == "supervisor" or external:
        accounts.confirm_role(session, membership=membership, actor=clinic.actor("partner"), who=second, now=start)
        session.refresh(membership)


def name_observers(clinic: Clinic) -> None:
    """Each observer is named by two supervisors, one of them external."""
    pack = catalogue_in_force(clinic.session).catalogue
    named = (
        ("observer1", "observer2", "observer3"),
        ("observer2", "observer1", "observer3"),
        ("observer3", "observer1", "observer4"),
    )
    for key, first, second in named:
        for group in pack.groups:
            if group.tier != "restricted":
                _name_observer(clinic, key, first, second, group.id, list(group.regions))


def _name_observer(clinic: Clinic, key: str, first: str, second: str, group: str, regions: list[str]) -> None:
    session, site, at = clinic.session, clinic.sites["north"], clinic.at(DAYS_OF_HISTORY - 5)
    nomination = nominate_observer(
        session, person=clinic.people[key], site=site, group=group, regions=regions,
        grounds="Instructor of a recognised course; more than 200 procedures in the group (fictional).",
        signer=clinic.people[first], who=who(session, clinic.people[first], at), now=at,
    )  # fmt: skip
    confirm_observer(
        session, nomination=nomination, person=clinic.people[key], site=site, external=True, signer=clinic.people[second],
        who=who(session, clinic.people[second], at), now=at + timedelta(hours=2),
    )  # fmt: skip
