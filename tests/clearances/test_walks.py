"""Random walks of one human over HTTP: nobody becomes cleared for a high-risk region, and no stop ends."""

from __future__ import annotations

import os
import random
from datetime import timedelta

import pytest

from app.accounts import actions as accounts
from app.accounts.queries import get_membership, who
from app.clearances.actions import Stopping, stop_clearance
from app.domain.permissions import Actor
from tests.clearances.builders import GROUP, Clinic
from tests.clearances.walking import OTHERS, Human

WALKS = int(os.environ.get("DEEP_WALKS", "8"))
SEED = int(os.environ.get("DEEP_SEED", "1"))
STEPS = 25
AT_ONCE = 8
"""Walks in one copy of the clinic, each with what the human had gained in those before."""


def prepared(clinic: Clinic) -> Human:
    """An admin becomes a supervisor too, by two others; one clearance is held and suspended, one application waits."""
    with clinic.act() as session:
        for number, key in (("recommend", "observer1"), ("grant", "director")):
            clinic.decide(session, number, key, application_id=clinic.senior_application_id)
    clinic.settle()
    with clinic.act() as session:
        director = clinic.person(session, "director")
        asked = Stopping("suspend", "independent", GROUP, clinic.regions, "Something is being looked into.")
        stop = stop_clearance(
            session, person=clinic.person(session, "senior"), site=clinic.site(session), asked=asked, signer=director,
            who=who(session, director, clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip
        stop_id = stop.id
    with clinic.act() as session:
        people = {key: clinic.person(session, key) for key in ("admin", "partner", "third_admin")}
        actors = {key: Actor(p.id, p.printed_name) for key, p in people.items()}
        role = accounts.propose_role(
            session, person=people["third_admin"], role="supervisor", site_id=clinic.sites["north"], actor=actors["admin"],
            who=who(session, people["admin"], clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip
        accounts.confirm_role(
            session, membership=get_membership(session, role.id), actor=actors["partner"],
            who=who(session, people["partner"], clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip
    clinic.clock.at += timedelta(hours=25)
    me = clinic.ids["third_admin"]
    emails = {clinic.ids[key]: f"{key}@test.invalid" for key in (*OTHERS, "third_admin")}
    applications = (clinic.application_id, clinic.senior_application_id)
    human = Human(clinic, random.Random(0), stop_id, applications, emails, {me}, {me})
    assert human.sign(me, clinic.application_id, "recommend") == 302, "the human can sign, so the walks try something"
    return human


def given(clinic: Clinic) -> tuple[int, int]:
    """(independent grants and renewals, lifts)."""
    return (
        clinic.count("decision WHERE kind IN ('grant', 'renew') AND level = 'independent'"),
        clinic.count("decision WHERE kind = 'lift'"),
    )


@pytest.mark.timeout(0)
@pytest.mark.parametrize("first", range(0, WALKS, AT_ONCE))
def test_no_walk_of_one_human_clears_anybody_or_ends_a_stop(clinic: Clinic, first: int) -> None:
    human = prepared(clinic)
    before = given(clinic)
    for number in range(first, min(first + AT_ONCE, WALKS)):
        human.rng = random.Random(f"{SEED}-{number}")
        human.walk(STEPS)
        assert given(clinic) == before, f"walk {number} of seed {SEED}"
        assert clinic.standing("trainee").word != "CLEARED"
        assert clinic.standing("senior").word != "CLEARED"
    assert human.tried == STEPS * min(AT_ONCE, WALKS - first)
    assert len(human.held) > 1, "accounts were taken over"
