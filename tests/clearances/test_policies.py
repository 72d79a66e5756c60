"""A policy is proposed by one admin, previewed on live data, and published by another, in three ways of rolling out."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from app.clearances.actions import begin_policy_preview
from app.clearances.queries import get_draft, standings
from app.clearances.queries.policies import find_policy_at
from app.clearances.queries.policy_drafts import counts_of
from app.database import db
from app.domain.errors import Conflict
from app.formats.policy_text import to_text
from tests.clearances.builders import Clinic, words_of
from tests.clearances.policy_acts import propose_as, propose_page, publish_as, sign_page, stricter
from tests.policies import newest_body

# --- the whole way, by the pages


def test_one_admin_proposes_another_reads_the_preview_and_publishes(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.app.app_context():
        body = newest_body(db.session)
    body["title"], body["high"]["term_months"] = "Shorter terms", 12
    answer = propose_page(clinic, to_text(body))
    assert answer.status_code == 302
    page = words_of(clinic.client("partner").get(answer.location))
    assert "No clearance would end with “Shorter terms”" in page
    assert "High. Months of the term: 24 becomes 12." in page
    assert "Tara Trainee" in page
    done = sign_page(clinic, 1, "partner")
    assert done.status_code == 302
    listed = words_of(clinic.client("trainee").get("/admin/policies"))
    assert "Shorter terms, version 2 IN FORCE" in listed
    with clinic.app.app_context():
        assert find_policy_at(db.session, clinic.clock.at).number == 2
    assert clinic.standing().word == "CLEARED"


def test_a_stricter_version_ends_a_clearance_as_its_roll_out_says(clinic: Clinic) -> None:
    clinic.granted()
    publish_as(clinic, stricter, "next_renewal")
    assert clinic.standing().state == "CLEARED"
    publish_as(clinic, stricter, "by_date", date(2027, 1, 15))
    found = clinic.standing()
    assert (found.state, found.limiting_cause) == ("CLEARED", "listed")
    assert found.cleared_until is not None
    assert found.cleared_until.date() == date(2027, 1, 15)
    assert clinic.standing(at=found.cleared_until).state == "BLOCKED"
    clinic.clock.advance(days=1)
    publish_as(clinic, stricter, "immediate")
    assert clinic.standing().state == "BLOCKED"
    assert clinic.standing(at=clinic.clock.at - timedelta(hours=1)).state == "CLEARED"
    assert clinic.command("clearances", "verify").exit_code == 0


def test_a_looser_version_grants_nothing(clinic: Clinic) -> None:
    def looser(session: Any) -> dict[str, Any]:
        body = newest_body(session)
        body["high"]["requirements"] = [r for r in body["high"]["requirements"] if r["kind"] == "document"]
        return body

    publish_as(clinic, looser)
    assert {clinic.standing(key).state for key in ("trainee", "ready", "beginner")} == {"NOT_HELD"}


def test_the_preview_names_who_would_no_longer_be_cleared(clinic: Clinic) -> None:
    clinic.granted()
    draft_id = propose_as(clinic, stricter)
    page = words_of(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"))
    assert "1 clearance would end" in page
    assert "Would no longer be cleared: 1" in page
    assert "0 of 1 competencies are met." in page
    with clinic.app.app_context():
        found = counts_of(db.session, draft_id)
    assert (found["hold"], found["gap"]) == (1, 2)  # the two observers lack a licence on record, as before


def test_with_the_next_renewal_the_same_policy_is_a_gap_and_no_hold(clinic: Clinic) -> None:
    clinic.granted()
    draft_id = propose_as(clinic, stricter, "next_renewal")
    with clinic.app.app_context():
        found = counts_of(db.session, draft_id)
    assert (found["hold"], found["gap"]) == (0, 3)


def test_a_version_published_later_is_not_known_before(clinic: Clinic) -> None:
    clinic.granted()
    before = clinic.clock.at
    clinic.clock.advance(days=2)
    publish_as(clinic, stricter, "by_date", (clinic.clock.at + timedelta(days=40)).date())
    then = clinic.clock.at + timedelta(days=60)
    with clinic.app.app_context():
        person, site = clinic.person(db.session, "trainee"), clinic.site(db.session)
        known = [
            standings(db.session, [person], site, at=then, now=then, as_known_at=as_known)[0].by_region[clinic.regions[0]].state
            for as_known in (before, clinic.clock.at)
        ]
    assert known == ["CLEARED", "BLOCKED"]


def test_a_by_date_version_that_a_later_one_overtakes_never_comes_into_force(clinic: Clinic) -> None:
    clinic.granted()
    publish_as(clinic, stricter, "by_date", (clinic.clock.at + timedelta(days=40)).date())
    clinic.clock.advance(days=1)

    def as_before(session: Any) -> dict[str, Any]:
        body = newest_body(session)
        body["high"]["requirements"].pop()
        return body

    publish_as(clinic, as_before, "next_renewal")
    assert clinic.standing(at=clinic.clock.at + timedelta(days=60)).state == "CLEARED"
    assert "OVERTAKEN It never comes into force" in words_of(clinic.client("trainee").get("/admin/policies"))


def test_the_draft_of_a_conflict_says_which_act_ended_it(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body)
    sign_page(clinic, draft_id, "partner")
    with clinic.app.app_context():
        assert get_draft(db.session, draft_id).state == "published"
    with clinic.act() as session, pytest.raises(Conflict, match="published already"):
        begin_policy_preview(session, draft_id, now=clinic.clock.at)


def test_a_shipped_policy_is_published_once_and_two_people_sign_the_next(clinic: Clinic) -> None:
    publish_as(clinic, newest_body)
    with clinic.app.app_context():
        assert find_policy_at(db.session, clinic.clock.at).number == 2
