"""A policy is proposed by one admin, previewed on live data, and published by another; every attack on that is refused."""

from __future__ import annotations

from datetime import date, timedelta
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from werkzeug.test import TestResponse

from app.accounts.actions import confirm_role, propose_role
from app.accounts.queries import who
from app.clearances.actions import begin_policy_preview
from app.clearances.queries import get_draft, policy_of, standings
from app.clearances.queries.policies import find_policy_at, get_policy
from app.clearances.queries.policy_drafts import counts_of
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotAllowed, Unavailable
from app.domain.permissions import Actor
from app.formats.policy_text import to_text
from config import ROOT
from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.policies import newest_body, proposed, publish

NEW = "/admin/policies/new"


def stricter(session: Any) -> dict[str, Any]:
    """The policy in force with one more paper that nobody in the clinic has for acting alone."""
    body = newest_body(session)
    body["high"]["requirements"] = [r for r in body["high"]["requirements"] if r["id"] != "listed"]
    body["high"]["requirements"].append(
        {
            "kind": "competency", "id": "listed", "words": "Something that nobody was taught", "which": "listed",
            "competencies": ["nobody-was-taught"], "initial": True, "continuing": True,
        }
    )  # fmt: skip
    return body


def publish_as(clinic: Clinic, body: Any, roll_out: str = "immediate", day: date | None = None, author: str = "admin") -> int:
    """Publish as admin and partner; the id of the version."""
    with clinic.act() as session:
        people = [clinic.person(session, key) for key in (author, "partner")]
        found = publish(session, body(session), *people, clinic.clock.at, roll_out=roll_out, day=day)
        return found.id


def propose_as(clinic: Clinic, body: Any, roll_out: str = "immediate", day: date | None = None) -> int:
    with clinic.act() as session:
        return proposed(session, body(session), clinic.person(session, "admin"), clinic.clock.at, roll_out=roll_out, day=day).id


def sign_page(clinic: Clinic, draft_id: int, key: str, **fields: str) -> TestResponse:
    """Open the page of a draft as somebody and press Publish."""
    client = clinic.client(key)
    shown = fields.pop("shown", None) or hidden(client.get(f"/admin/policies/drafts/{draft_id}"), "shown")
    sent = {"shown": shown, "password": PASSWORD, **fields}
    return client.post(f"/admin/policies/drafts/{draft_id}/publish", data=sent)


def propose_page(clinic: Clinic, source: str, key: str = "admin", **fields: str) -> TestResponse:
    """Check a text, then sign it."""
    client = clinic.client(key)
    sent = {"source": source, "roll_out": "immediate", "reason": "We ask for less paper from now on.", **fields}
    checked = client.post(NEW, data={**sent, "act": "check"})
    assert checked.status_code == 200, words_of(checked)[:600]
    return client.post(NEW, data={**sent, "act": "propose", "shown": hidden(checked, "shown"), "password": PASSWORD})


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


# --- attacks


def test_the_author_does_not_publish_their_own_policy(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body)
    page = words_of(clinic.client("admin").get(f"/admin/policies/drafts/{draft_id}"))
    assert "You proposed this policy. Another admin reads it and publishes it." in page
    with clinic.app.app_context(), clinic.app.test_request_context():
        shown = hidden(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"), "shown")
    assert sign_page(clinic, draft_id, "admin", shown=shown).status_code == 403
    with clinic.act() as session:
        admin, body = clinic.person(session, "admin"), newest_body(session)
        with pytest.raises(NotAllowed):
            publish(session, body, admin, admin, clinic.clock.at)
    assert clinic.count("policy_version") == 1


COLUMNS = (
    "policy, number, title, content, sha256, origin, published_at, in_force_from, roll_out, draft_id, author_id, approver_id, "
    "signature_id, preview_sha256"
)
TWO = {
    "the author as the second person": {"approver_id": "author_id", "signature_id": "(SELECT signature_id FROM policy_draft)"},
    "nobody as the second person": {"approver_id": "NULL", "signature_id": "NULL"},
    "somebody whose signature it is not": {"approver_id": ":other", "signature_id": "(SELECT signature_id FROM policy_draft)"},
    "another author than signed": {"author_id": ":other", "approver_id": ":third"},
    "other words than the draft's": {"content": "'{}'"},
    "another digest than the draft's": {"sha256": "'0'"},
    "a roll-out that nobody signed": {"roll_out": "'next_renewal'"},
    "as if it came from a file": {"origin": "'file'", "draft_id": "NULL", "author_id": "NULL", "approver_id": "NULL"},
    "without a preview": {"preview_sha256": "NULL"},
}


@pytest.mark.parametrize("attack", TWO)
def test_the_database_refuses_a_version_that_two_people_did_not_sign(clinic: Clinic, attack: str) -> None:
    propose_as(clinic, newest_body)
    values = {
        "number": "2", "origin": "'signed'", "in_force_from": "proposed_at", "published_at": "proposed_at", "draft_id": "id",
        "approver_id": ":other", "signature_id": "(SELECT max(id) FROM signature WHERE signer_id = :other)",
        "preview_sha256": "'p'", **TWO[attack],
    }  # fmt: skip
    chosen = ", ".join(values.get(name.strip(), name.strip()) for name in COLUMNS.split(","))
    statement = text(f"INSERT INTO policy_version ({COLUMNS}) SELECT {chosen} FROM policy_draft")  # noqa: S608
    others = {"other": clinic.ids["partner"], "third": clinic.ids["third_admin"]}
    with clinic.app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(statement, {k: v for k, v in others.items() if f":{k}" in statement.text})
    assert clinic.count("policy_version") == 1


def test_a_stale_preview_is_not_signed(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, stricter)
    shown = hidden(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"), "shown")
    clinic.granted()
    page = words_of(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"))
    assert "The preview is out of date." in page
    answer = sign_page(clinic, draft_id, "partner", shown=shown)
    assert (answer.status_code, "Compute it again" in words_of(answer)) == (409, True)
    clinic.client("admin").post(f"/admin/policies/drafts/{draft_id}/preview", data={"anew": "1"})
    assert sign_page(clinic, draft_id, "partner", shown=shown).status_code == 409  # it was computed again, and says something else
    assert sign_page(clinic, draft_id, "partner").status_code == 302


def test_a_preview_of_yesterday_is_stale(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body)
    clinic.clock.advance(days=1)
    answer = sign_page(clinic, draft_id, "partner", shown="0" * 64)
    assert (answer.status_code, "out of date" in words_of(answer)) == (409, True)


def test_a_version_that_is_published_makes_the_preview_of_every_other_draft_stale(clinic: Clinic) -> None:
    drafts = [propose_as(clinic, newest_body), propose_as(clinic, stricter)]
    shown = [hidden(clinic.client("partner").get(f"/admin/policies/drafts/{d}"), "shown") for d in drafts]
    assert sign_page(clinic, drafts[0], "partner", shown=shown[0]).status_code == 302
    assert sign_page(clinic, drafts[1], "third_admin", shown=shown[1]).status_code == 409
    assert sign_page(clinic, drafts[0], "third_admin", shown=shown[0]).status_code == 409
    assert clinic.count("policy_version") == 2


def test_what_is_signed_is_what_was_shown(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body)
    assert sign_page(clinic, draft_id, "partner", shown="0" * 64).status_code == 409
    with clinic.app.app_context():
        body = newest_body(db.session)
    answer = clinic.client("admin").post(
        NEW, data={"source": to_text(body), "roll_out": "immediate", "reason": "Nothing of note.", "act": "propose",
                   "shown": "0" * 64, "password": PASSWORD},
    )  # fmt: skip
    assert (answer.status_code, "changed since it was shown" in words_of(answer)) == (409, True)
    assert "schema: policy/1" in answer.get_data(as_text=True)  # nothing that was typed is lost
    assert clinic.count("policy_draft") == 1


def test_nothing_is_signed_without_the_password(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body)
    clinic.clock.advance(minutes=6)
    client = clinic.client("partner")
    clinic.clock.advance(minutes=6)
    shown = hidden(client.get(f"/admin/policies/drafts/{draft_id}"), "shown")
    for password in ("", "wrong"):
        answer = client.post(f"/admin/policies/drafts/{draft_id}/publish", data={"shown": shown, "password": password})
        assert (answer.status_code, "Nothing was signed" in words_of(answer)) == (422, True)
    assert clinic.count("policy_version") == 1


@pytest.mark.parametrize("ahead", [0, 1, 29])
def test_a_date_is_at_least_30_days_ahead(clinic: Clinic, ahead: int) -> None:
    with clinic.app.app_context():
        source = to_text(newest_body(db.session))
    day = (clinic.clock.at + timedelta(days=ahead)).date().isoformat()
    answer = clinic.client("admin").post(NEW, data={"source": source, "roll_out": "by_date", "day": day, "act": "check"})
    assert (answer.status_code, "at least 30 days ahead" in words_of(answer)) == (422, True)
    with clinic.act() as session, pytest.raises(InvalidInput):
        proposed(
            session, newest_body(session), clinic.person(session, "admin"), clinic.clock.at, roll_out="by_date",
            day=date.fromisoformat(day),
        )  # fmt: skip


def test_a_draft_whose_day_has_come_too_near_is_not_published(clinic: Clinic) -> None:
    draft_id = propose_as(clinic, newest_body, "by_date", (clinic.clock.at + timedelta(days=40)).date())
    clinic.clock.advance(days=20)
    answer = clinic.client("admin").post(f"/admin/policies/drafts/{draft_id}/preview", data={"anew": "1"})
    assert (answer.status_code, "less than 30 days ahead" in words_of(answer)) == (409, True)
    assert sign_page(clinic, draft_id, "partner", shown="0" * 64).status_code == 409
    assert clinic.count("policy_version") == 1


def test_a_withdrawn_draft_is_not_published_and_a_published_one_not_withdrawn(clinic: Clinic) -> None:
    first, second = propose_as(clinic, newest_body), propose_as(clinic, newest_body)
    admin = clinic.client("admin")
    assert admin.post(f"/admin/policies/drafts/{first}/withdraw", data={"reason": "x"}).status_code == 422
    assert admin.post(f"/admin/policies/drafts/{first}/withdraw", data={"reason": "A mistake in it."}).status_code == 302
    assert sign_page(clinic, first, "partner", shown="0" * 64).status_code == 409
    assert sign_page(clinic, second, "partner").status_code == 302
    assert admin.post(f"/admin/policies/drafts/{second}/withdraw", data={"reason": "A mistake in it."}).status_code == 409
    statement = text(
        "INSERT INTO policy_withdrawal (draft_id, actor_id, reason, at) SELECT id, 1, 'no', proposed_at FROM policy_draft"
    )
    with clinic.app.app_context(), pytest.raises(DBAPIError):
        db.session.execute(statement)
    assert "WITHDRAWN" in words_of(admin.get("/admin/policies"))


def test_a_policy_that_was_changed_in_the_database_confirms_nobody(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER policy_version_no_update"))
        else:
            session.execute(text("ALTER TABLE policy_version DISABLE TRIGGER ALL"))
        altered = "UPDATE policy_version SET content = replace(content, :old, :new)"
        session.execute(text(altered), {"old": '"signers":2', "new": '"signers":1'})
    with clinic.app.app_context(), pytest.raises(Unavailable, match="changed in the database"):
        policy_of(get_policy(db.session, 1))
    with pytest.raises(Unavailable):
        clinic.standing()
    found = clinic.command("clearances", "verify")
    assert (found.exit_code, "was changed in the database" in found.output) == (1, True)


@pytest.mark.parametrize("key", ["trainee", "director", "auditor"])
def test_only_an_admin_proposes_previews_and_publishes(clinic: Clinic, key: str) -> None:
    draft_id = propose_as(clinic, newest_body)
    client = clinic.client(key)
    assert client.get(NEW).status_code == 403
    assert client.post(NEW, data={"act": "propose"}).status_code == 403
    for act in ("preview", "publish", "withdraw"):
        assert client.post(f"/admin/policies/drafts/{draft_id}/{act}").status_code == 403
    assert client.get(f"/admin/policies/drafts/{draft_id}").status_code == (200 if key == "auditor" else 403)
    listed = words_of(client.get("/admin/policies"))
    assert ("Drafts, the newest first" in listed) == (key == "auditor")
    assert "Begin with a preset" not in listed
    assert client.get("/admin/policies/1").status_code == 200


def test_an_admin_of_less_than_a_day_signs_no_policy(clinic: Clinic) -> None:
    with clinic.act() as session:
        for key, by in (("nobody", "admin"), ("nobody", "partner")):
            actor = Actor(clinic.ids[by], by)
            whole = who(session, clinic.person(session, by), clinic.clock.at)
            if by == "admin":
                role = propose_role(
                    session, person=clinic.person(session, key), role="admin", site_id=None, external=False, actor=actor, who=whole,
                    now=clinic.clock.at,
                )  # fmt: skip
            else:
                confirm_role(session, membership=role, actor=actor, who=whole, now=clinic.clock.at)
    draft_id = propose_as(clinic, newest_body)
    shown = hidden(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"), "shown")
    assert sign_page(clinic, draft_id, "nobody", shown=shown).status_code == 403
    clinic.clock.advance(hours=25)
    clinic.client("admin").post(f"/admin/policies/drafts/{draft_id}/preview", data={"anew": "1"})
    assert sign_page(clinic, draft_id, "nobody").status_code == 302


BROKEN = {
    "nothing": "",
    "spaces": "   \n",
    "not yaml": "a: [1, 2",
    "a list": "- 1\n- 2\n",
    "a word": "policy",
    "an alias": "schema: &a policy/1\nid: *a\n",
    "a tag": "schema: !!python/object:os.system policy/1\n",
    "two documents": "schema: policy/1\n---\nschema: policy/1\n",
    "a field twice": "schema: policy/1\nschema: policy/1\n",
    "an unknown field": "schema: policy/1\nsurprise: true\n",
    "another schema": "schema: policy/2\n",
    "an unquoted no": "schema: policy/1\nid: no\n",
    "deep nesting": "a: " + "[" * 60 + "]" * 60,
    "far too long": "# " + "x" * 100_001,
    "an invisible character": 'schema: policy/1\ntitle: "a\u202eb"\n',
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_text_is_answered_with_its_problems_and_kept(clinic: Clinic, name: str) -> None:
    answer = clinic.client("admin").post(NEW, data={"source": BROKEN[name], "roll_out": "immediate", "act": "propose"})
    assert answer.status_code == 422
    assert "to correct in the policy" in words_of(answer)
    if BROKEN[name].strip() and len(BROKEN[name]) < 5000:
        assert BROKEN[name].strip()[:20].replace('"', "&#34;").replace("&a", "&amp;a") in answer.get_data(as_text=True)
    assert clinic.count("policy_draft") == 0


CHANGES: dict[str, tuple[Any, str]] = {
    "one signer at the high tier": (lambda b: b["high"].update(signers=1), "at least 2 signers"),
    "an exam that does not exist": (lambda b: b["high"]["requirements"][0].update(quiz="made-up"), "high.requirements.0.quiz"),
    "a competency that does not exist": (
        lambda b: b["high"]["requirements"][5].update(which="listed", competencies=["made-up"]),
        "competencies.0",
    ),
    "a kind without records": (
        lambda b: b["high"]["requirements"].append({"kind": "scope", "id": "scope", "words": "Scope of practice"}),
        "There are no records of kind scope yet",
    ),
    "an unknown kind": (
        lambda b: b["high"]["requirements"].append({"kind": "luck", "id": "luck", "words": "Some luck"}),
        "luck is no",
    ),
    "a number as text": (lambda b: b["high"].update(term_months="24"), "high.term_months"),
    "a term of a hundred years": (lambda b: b["high"].update(term_months=1200), "The number is too large"),
    "two of one id": (lambda b: b["high"]["requirements"].append(b["high"]["requirements"][0]), "same id"),
    "a region that asks for itself": (
        lambda b: b["high"]["requirements"].append(
            {"kind": "prerequisite", "id": "first", "words": "Something first", "regions": ["rhomboids-levator"]}
        ),
        "A circle: rhomboids-levator asks first for rhomboids-levator",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_policy_that_cannot_be_is_refused_with_the_path(clinic: Clinic, name: str) -> None:
    change, said = CHANGES[name]
    with clinic.app.app_context():
        body = newest_body(db.session)
    change(body)
    body = {**body, "high": {**body["high"], "requirements": [dict(r) for r in body["high"]["requirements"]]}}
    answer = clinic.client("admin").post(NEW, data={"source": to_text(body), "roll_out": "immediate", "act": "check"})
    assert (answer.status_code, said in words_of(answer)) == (422, True), words_of(answer)[:1500]


def test_a_file_takes_the_place_of_the_text(clinic: Clinic) -> None:
    client = clinic.client("admin")
    sent = {"source": "nonsense", "roll_out": "immediate", "act": "check", "upload": (BytesIO(b"\xff\xfe\x00"), "policy.yaml")}
    assert client.post(NEW, data=sent, content_type="multipart/form-data").status_code in (400, 422)
    with clinic.app.app_context():
        good = to_text(newest_body(db.session)).encode()
    sent["upload"] = (BytesIO(good), "policy.yaml")
    answer = client.post(NEW, data=sent, content_type="multipart/form-data")
    assert (answer.status_code, "Read it, then sign" in words_of(answer)) == (200, True)


@pytest.mark.parametrize("preset", ["default", "school", "solo", "high-assurance"])
def test_every_preset_can_be_proposed_as_it_is(clinic: Clinic, preset: str) -> None:
    client = clinic.client("admin")
    page = client.get(f"{NEW}?preset={preset}").get_data(as_text=True)
    source = unescape(page[page.index("<textarea") :].split(">", 1)[1].split("</textarea>")[0])
    answer = client.post(NEW, data={"source": source.lstrip("\r\n"), "roll_out": "next_renewal", "act": "check"})
    assert answer.status_code == 200, words_of(answer)[:900]
    assert client.get(f"{NEW}?preset=made-up").status_code == 404


def test_the_version_in_force_can_be_taken_as_the_beginning(clinic: Clinic) -> None:
    page = clinic.client("admin").get(f"{NEW}?version=1")
    assert (page.status_code, "schema: policy/1" in page.get_data(as_text=True)) == (200, True)
    assert clinic.client("admin").get(f"{NEW}?version=99").status_code == 404


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


# --- one signer from outside


def with_external(session: Any) -> dict[str, Any]:
    body = newest_body(session)
    body["high"]["external_signer"] = True
    return body


def test_where_the_policy_wants_one_signer_from_outside_two_from_the_house_do_not_grant(clinic: Clinic) -> None:
    publish_as(clinic, with_external)
    with clinic.act() as session:
        clinic.decide(session, "recommend", "second")
    with clinic.app.app_context(), pytest.raises(NotAllowed, match="one signer from outside"):
        clinic.decide(db.session, "grant", "director")
    with clinic.act() as session:
        clinic.decide(session, "grant", "external")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


def test_somebody_from_outside_who_recommends_is_the_one_from_outside(clinic: Clinic) -> None:
    publish_as(clinic, with_external)
    with clinic.act() as session:
        clinic.decide(session, "recommend", "external")
    with clinic.act() as session:
        clinic.decide(session, "grant", "director")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


# --- what is asked for first


def asking_first(session: Any) -> dict[str, Any]:
    """The high tier asks that a standard region is cleared first."""
    body = newest_body(session)
    first = {"kind": "prerequisite", "id": "first", "words": "Deltoid first", "regions": ["deltoid-rotator"], "continuing": True}
    body["high"]["requirements"].append(first)
    return body


def test_a_region_that_is_asked_for_first_blocks_while_it_is_not_cleared(clinic: Clinic) -> None:
    clinic.granted()
    publish_as(clinic, asking_first)
    found = clinic.standing()
    assert (found.state, found.to_do) == ("BLOCKED", "Get cleared for Deltoid and rotator cuff insertion first.") or (
        found.state == "BLOCKED" and "first." in found.to_do
    )
    assert clinic.command("clearances", "verify").exit_code == 0


def test_an_application_is_not_ready_before_what_it_asks_for_first_is_cleared(clinic: Clinic) -> None:
    publish_as(clinic, asking_first)
    clinic.client("trainee").post(f"/applications/{clinic.application_id}/withdraw")
    data = {"site_id": str(clinic.sites["north"]), "regions": list(clinic.regions)}
    opened = clinic.client("trainee").post("/clearances/thorax/apply", data=data)
    assert opened.status_code == 302
    with clinic.app.app_context():
        case = clinic.case(db.session, int(opened.location.rsplit("/", 1)[1]))
        assert [o.requirement for o in case.outcomes if o.state != "met"] == ["first"]


def test_a_policy_that_leads_in_a_circle_together_with_an_earlier_one_is_refused(clinic: Clinic) -> None:
    publish_as(clinic, asking_first, "next_renewal")

    def the_other_way(session: Any) -> dict[str, Any]:
        body = newest_body(session)
        body["high"]["requirements"].pop()
        first = {"kind": "prerequisite", "id": "other", "words": "Rhomboids first", "regions": ["rhomboids-levator"]}
        body["standard"]["requirements"].append(first)
        return body

    with clinic.act() as session:
        admin, body = clinic.person(session, "admin"), the_other_way(session)
        with pytest.raises(
            Conflict, match="circle: deltoid-rotator asks first for rhomboids-levator asks first for deltoid-rotator"
        ):
            proposed(session, body, admin, clinic.clock.at)


def test_the_first_policy_can_be_loaded_from_a_file_and_no_second_one(clinic: Clinic) -> None:
    path = str(ROOT / "question_bank/policies/school.yaml")
    assert clinic.command("policies", "check", path).exit_code == 0
    found = clinic.command("policies", "load", path)
    assert (found.exit_code, "two admins sign" in found.output) == (1, True)
    assert clinic.count("policy_version") == 1
