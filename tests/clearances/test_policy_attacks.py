"""Every way round the two signatures of a policy, its preview and its date is refused."""

from __future__ import annotations

from datetime import date, timedelta
from secrets import token_urlsafe
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.accounts.actions import confirm_role, propose_role
from app.accounts.queries import who
from app.catalogue import queries as catalogue_queries
from app.clearances.queries import policy_of
from app.clearances.queries.policies import get_policy
from app.database import db
from app.demonstration.knowing import make_known
from app.domain.errors import InvalidInput, NotAllowed, Unavailable
from app.domain.permissions import Actor
from app.formats.policy_text import to_text
from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.clearances.policy_acts import NEW, propose_as, sign_page, stricter
from tests.policies import newest_body, proposed, publish

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
    client = clinic.client("partner")
    clinic.clock.advance(minutes=16)
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


def alter(session: Any, table: str, old: str, new: str) -> None:
    """Change a stored text as nobody can who goes through the product: the trigger that keeps it is taken away first."""
    if session.get_bind().dialect.name == "sqlite":
        session.execute(text(f"DROP TRIGGER {table}_no_update"))
    else:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
    session.execute(text(f"UPDATE {table} SET content = replace(content, :old, :new)"), {"old": old, "new": new})  # noqa: S608


def test_a_policy_that_was_changed_in_the_database_confirms_nobody(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        alter(session, "policy_version", '"signers":2', '"signers":1')
    with clinic.app.app_context(), pytest.raises(Unavailable, match="changed in the database"):
        policy_of(get_policy(db.session, 1))
    with pytest.raises(Unavailable):
        clinic.standing()
    found = clinic.command("clearances", "verify")
    assert (found.exit_code, "was changed in the database" in found.output) == (1, True)


def test_a_process_that_has_not_read_a_catalogue_before_it_was_changed_confirms_nobody(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.granted()
    with clinic.act() as session:
        alter(session, "catalogue_version", '"tier":"high"', '"tier":"standard"')
    assert clinic.standing().word == "CLEARED"  # this process read it before it was changed
    monkeypatch.setattr(catalogue_queries, "_READ", {})  # and another one has not
    with pytest.raises(Unavailable, match="The catalogue was changed in the database"):
        clinic.standing()
    found = clinic.command("clearances", "verify")
    assert (found.exit_code, "of the catalogue was changed in the database" in found.output) == (1, True)


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
        holder, by = clinic.person(session, "nobody"), clinic.person(session, "partner")
        make_known(session, holder=holder, by=by, tokens=token_urlsafe, at=clinic.clock.at)
    draft_id = propose_as(clinic, newest_body)
    shown = hidden(clinic.client("partner").get(f"/admin/policies/drafts/{draft_id}"), "shown")
    assert sign_page(clinic, draft_id, "nobody", shown=shown).status_code == 403
    clinic.clock.advance(hours=25)
    clinic.client("admin").post(f"/admin/policies/drafts/{draft_id}/preview", data={"anew": "1"})
    assert sign_page(clinic, draft_id, "nobody").status_code == 302
