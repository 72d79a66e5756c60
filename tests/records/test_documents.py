"""Documents: entered by one person, verified by another who is not the holder either."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError

from app.accounts.queries import site_ids_of, who
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor
from app.records.actions import Entry, enter_document, verify_document
from app.records.models import Document, DocumentVerification
from app.records.queries import get_document
from app.signatures.models import Signature
from tests.clearances.builders import PASSWORD, ZONE, Clinic, words_of
from tests.races import at_once, statuses

ENTRY = Entry("licence", "Licence", "Council", "L-1", "Ireland", date(2026, 1, 1), date(2027, 1, 31))


def entered(clinic: Clinic, holder: str = "beginner", by: str | None = None, **changes: Any) -> int:
    """A document on record; its id."""
    with clinic.act() as session:
        person, actor = clinic.person(session, holder), clinic.person(session, by or holder)
        found = enter_document(
            session, holder=person, entry=replace(ENTRY, **changes), actor=Actor(actor.id, actor.printed_name), now=clinic.clock.at
        )
        return int(found.id)


def verify(clinic: Clinic, number: int, key: str, verdict: str = "verified", how: str = "Looked up today.") -> None:
    """Verify by the action."""
    with clinic.act() as session:
        document, verifier = get_document(session, number), clinic.person(session, key)
        verify_document(
            session,
            document=document,
            verdict=verdict,
            how=how,
            verifier=verifier,
            who=who(session, verifier, clinic.clock.at),
            holder_sites=site_ids_of(session, document.holder_id, clinic.clock.at),
            time_zone=ZONE,
            now=clinic.clock.at,
        )


FORM = {
    "kind": "licence",
    "title": "Licence",
    "issuer": "Council",
    "reference": "L-1",
    "jurisdiction": "Ireland",
    "valid_from": "2026-01-01",
    "valid_until": "2027-01-31",
}
VERDICT = {"verdict": "verified", "how": "Register of the council, today.", "password": PASSWORD}


def test_a_holder_enters_and_a_supervisor_verifies_over_http(clinic: Clinic) -> None:
    assert clinic.client("beginner").post("/documents/new", data=FORM).status_code == 302
    number = clinic.scalar("SELECT max(id) FROM document")
    assert clinic.client("director").post(f"/documents/{number}", data=VERDICT).status_code == 302
    assert clinic.scalar(f"SELECT verdict FROM document_verification WHERE document_id = {number}") == "verified"
    assert "erified" in words_of(clinic.client("beginner").get(f"/documents/{number}"))


def test_the_holder_does_not_verify(clinic: Clinic) -> None:
    number = entered(clinic, "senior", by="director")
    with pytest.raises(NotAllowed, match="neither its holder"):
        verify(clinic, number, "senior")
    assert clinic.client("senior").post(f"/documents/{number}", data=VERDICT).status_code == 403


def test_the_one_who_entered_it_does_not_verify(clinic: Clinic) -> None:
    number = entered(clinic, "beginner", by="director")
    with pytest.raises(NotAllowed, match="nor the one who entered it"):
        verify(clinic, number, "director")
    assert clinic.client("director").post(f"/documents/{number}", data=VERDICT).status_code == 403
    verify(clinic, number, "second")


@pytest.mark.parametrize(("key", "status"), [("southern", 404), ("ready", 404), ("newcomer", 403), ("auditor", 403)])
def test_nobody_else_verifies(clinic: Clinic, key: str, status: int) -> None:
    number = entered(clinic)
    with pytest.raises(NotAllowed):
        verify(clinic, number, key)
    assert clinic.client(key).post(f"/documents/{number}", data=VERDICT).status_code == status
    assert clinic.count(f"document_verification WHERE document_id = {number}") == 0


def test_an_admin_verifies_too(clinic: Clinic) -> None:
    number = entered(clinic)
    assert clinic.client("admin").post(f"/documents/{number}", data=VERDICT).status_code == 302


@pytest.mark.parametrize("verifier", ["holder", "enterer"])
def test_the_database_refuses_holder_and_enterer_as_verifier(clinic: Clinic, verifier: str) -> None:
    number = entered(clinic, "senior", by="director")
    person = clinic.ids["senior" if verifier == "holder" else "director"]
    with clinic.app.app_context():
        signature = signature_of(person, clinic)
        row = {
            "document_id": number,
            "holder_id": clinic.ids["senior"],
            "entered_by_id": clinic.ids["director"],
            "verdict": "verified",
            "verified_by_id": person,
            "how": "Looked up.",
            "verified_at": clinic.clock.at,
            "signature_id": signature,
        }
        with pytest.raises(DBAPIError, match=r"second_person"):
            db.session.execute(insert(DocumentVerification).values(**row))


@pytest.mark.parametrize("lie", ["holder_id", "entered_by_id", "signature_id"])
def test_the_database_refuses_a_verification_that_lies_about_holder_enterer_or_signature(clinic: Clinic, lie: str) -> None:
    number = entered(clinic, "senior", by="director")
    with clinic.app.app_context():
        row = {
            "document_id": number,
            "holder_id": clinic.ids["senior"],
            "entered_by_id": clinic.ids["director"],
            "verdict": "verified",
            "verified_by_id": clinic.ids["second"],
            "how": "Looked up.",
            "verified_at": clinic.clock.at,
            "signature_id": signature_of(clinic.ids["second"], clinic),
        }
        value = signature_of(clinic.ids["director"], clinic) if lie == "signature_id" else clinic.ids["nobody"]
        with pytest.raises(DBAPIError):
            db.session.execute(insert(DocumentVerification).values(**{**row, lie: value}))


def signature_of(person: int, clinic: Clinic) -> int:
    """A signature row as a bad program could write it."""
    values = {
        "signer_id": person,
        "printed_name": "Somebody",
        "meaning": "I looked",
        "subject": "document:1",
        "payload": "{}",
        "sha256": "0" * 64,
        "signed_at": clinic.clock.at,
        "time_zone": "UTC",
        "method": "password",
    }
    return int(db.session.execute(insert(Signature).values(**values).returning(Signature.id)).scalar_one())


def test_a_document_is_decided_once(clinic: Clinic) -> None:
    number = entered(clinic)
    verify(clinic, number, "director")
    with pytest.raises(Conflict):
        verify(clinic, number, "second")
    assert clinic.client("second").post(f"/documents/{number}", data=VERDICT).status_code == 409


def test_a_refused_document_counts_for_nothing(clinic: Clinic) -> None:
    clinic.granted()
    clinic.clock.advance(days=250)
    assert clinic.standing().limiting_cause == "licence"
    number = entered(clinic, "trainee", valid_from=date(2027, 6, 1), valid_until=date(2028, 6, 30))
    verify(clinic, number, "director", "refused", "The register does not know it.")
    assert clinic.standing().word == "NOT CLEARED"


def test_an_unverified_renewal_does_not_extend_a_clearance(clinic: Clinic) -> None:
    clinic.granted()
    number = entered(clinic, "trainee", valid_from=date(2027, 6, 1), valid_until=date(2028, 6, 30))
    before = clinic.standing().cleared_until
    verify(clinic, number, "director")
    after = clinic.standing()
    assert before is not None
    assert after.cleared_until is not None
    assert after.cleared_until > before
    assert after.limiting_cause == "indemnity"


def test_a_licence_of_another_jurisdiction_does_not_count(clinic: Clinic) -> None:
    clinic.granted()
    number = entered(clinic, "trainee", jurisdiction="Portugal", valid_from=date(2027, 6, 1), valid_until=date(2029, 6, 30))
    verify(clinic, number, "director")
    clinic.clock.advance(days=250)
    found = clinic.standing()
    assert (found.word, found.limiting_cause) == ("NOT CLEARED", "licence")
    assert "Ireland" in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"kind": "passport"}, "kind"),
        ({"valid_until": None}, "valid_until"),
        ({"jurisdiction": " "}, "jurisdiction"),
        ({"valid_until": date(2025, 1, 1)}, "valid_until"),
        ({"valid_until": date(9999, 12, 31)}, "valid_until"),
        ({"valid_from": date(1, 1, 1)}, "valid_from"),
    ],
)
def test_a_wrong_document_is_refused_with_its_field(clinic: Clinic, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        entered(clinic, **change)
    assert field in dict(caught.value.problems)
    sent = {k: str(v) if v is not None else "" for k, v in change.items()}
    before = clinic.count("document")
    answer = clinic.client("beginner").post("/documents/new", data={**FORM, "title": "My own licence", **sent})
    assert answer.status_code == 422
    assert "My own licence" in answer.get_data(as_text=True)
    assert clinic.count("document") == before


@pytest.mark.parametrize("blank", ["title", "issuer", "reference"])
def test_a_field_of_spaces_is_as_good_as_empty(clinic: Clinic, blank: str) -> None:
    answer = clinic.client("beginner").post("/documents/new", data={**FORM, blank: "   "})
    assert answer.status_code == 422


@pytest.mark.parametrize(("verdict", "how"), [("perhaps", "Looked up today."), ("verified", "ok"), ("verified", "")])
def test_a_verdict_needs_a_word_and_how_it_was_checked(clinic: Clinic, verdict: str, how: str) -> None:
    number = entered(clinic)
    with pytest.raises(InvalidInput):
        verify(clinic, number, "director", verdict, how)
    answer = clinic.client("director").post(f"/documents/{number}", data={**VERDICT, "verdict": verdict, "how": how})
    assert answer.status_code == 422
    assert clinic.count(f"document_verification WHERE document_id = {number}") == 0


def test_documents_of_others_do_not_exist_for_a_trainee(clinic: Clinic) -> None:
    number = entered(clinic)
    assert clinic.client("ready").get(f"/documents/{number}").status_code == 404
    assert clinic.client("beginner").get("/documents/99999").status_code == 404
    assert clinic.client("auditor").get(f"/documents/{number}").status_code == 200


def test_a_document_is_never_rewritten(clinic: Clinic) -> None:
    number = entered(clinic)
    with clinic.app.app_context():
        db.session.get(Document, number).valid_until = date(2099, 1, 1)
        with pytest.raises(DBAPIError, match="append-only"):
            db.session.flush()


def test_a_verified_document_can_be_refused_later_and_blocks_at_once(clinic: Clinic) -> None:
    clinic.granted()
    assert clinic.standing().word == "CLEARED"
    number = clinic.scalar(f"SELECT id FROM document WHERE kind = 'licence' AND holder_id = {clinic.ids['trainee']}")
    answer = clinic.client("second").post(
        f"/documents/{number}", data={**VERDICT, "verdict": "refused", "how": "Struck off today."}
    )
    assert answer.status_code == 302
    found = clinic.standing()
    assert (found.word, found.limiting_cause) == ("NOT CLEARED", "licence")
    for verdict in ("verified", "refused"):
        with pytest.raises(Conflict):
            verify(clinic, number, "director", verdict)
    assert clinic.count(f"document_verification WHERE document_id = {number}") == 2


def test_two_supervisors_who_decide_at_once_leave_one_verdict(clinic: Clinic) -> None:
    number = entered(clinic)
    first, second = clinic.client("director"), clinic.client("second")
    answers = at_once(
        lambda: first.post(f"/documents/{number}", data=VERDICT),
        lambda: second.post(f"/documents/{number}", data={**VERDICT, "how": "I looked too."}),
    )
    assert statuses(answers) == [302, 409]
    assert clinic.count(f"document_verification WHERE document_id = {number}") == 1
