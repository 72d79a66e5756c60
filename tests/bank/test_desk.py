"""Authoring at the desk and the clinical review, over HTTP."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.attempts.models import AttemptItem
from app.bank import desk
from app.bank.actions import load_items
from app.bank.models import ClinicalReview, Item, ItemDraft, ItemVersion
from app.bank.queries import parse_stored, published_pool
from app.database import db
from app.domain.items import parse_item
from app.domain.permissions import SYSTEM
from tests.builders import Clinic, start, verify_documents
from tests.clock import START, FakeClock


def editor_fields(page: str) -> dict[str, Any]:
    """What a browser would post from the editor, untouched."""
    form = page[page.index('name="edit_count"') - 200 : page.index('value="publish"')]
    values: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        values.setdefault(name.group(1), []).append(unescape(value.group(1)) if value else "")
    for name, body in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        values.setdefault(name, []).append(unescape(body))
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', body)
        values.setdefault(name, []).append(unescape(chosen.group(1)) if chosen else "")
    return values


EDITED = (
    "abdominal-wall-001", "abdominal-wall-003", "bleeding-001", "allergy-anaphylaxis-002", "structure-behind-matching-001",
    "rhomboids-levator-hotspot-001", "suboccipital-hotspot-001", "thoracolumbar-junction-hotspot-002",
    "thoracic-paraspinals-needle-001", "upper-trapezius-needle-002", "pneumothorax-case-001", "bruising-haematoma-case-001",
)  # fmt: skip


@pytest.mark.parametrize("item_id", EDITED)
def test_an_item_that_is_opened_and_published_untouched_stays_the_same(clinic: Clinic, clinic_app: Flask, item_id: str) -> None:
    admin = clinic.client(clinic_app, "admin")
    assert admin.post(f"/admin/items/{item_id}/draft").status_code == 302
    fields = editor_fields(admin.get(f"/admin/items/{item_id}/edit").text)
    answer = admin.post(f"/admin/items/{item_id}/edit", data={**fields, "act": "publish"})
    assert answer.status_code == 302, answer.text
    versions = db.session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id).order_by(ItemVersion.number)).all()
    assert [v.origin for v in versions] == ["file", "desk"]
    first, second = (parse_stored(v.content) for v in versions)
    assert first == second


def test_a_new_version_leaves_a_running_attempt_as_it_was(clinic: Clinic, clinic_app: Flask) -> None:
    attempt = start(clinic, "trainee", "general-safety", START)
    db.session.commit()
    drawn = db.session.scalars(select(AttemptItem).where(AttemptItem.attempt_id == attempt.id)).first()
    assert drawn is not None
    item_id, version_id = drawn.item_id, drawn.item_version_id
    admin = clinic.client(clinic_app, "admin")
    admin.post(f"/admin/items/{item_id}/draft")
    fields = editor_fields(admin.get(f"/admin/items/{item_id}/edit").text)
    fields["explanation"] = ["Another explanation, long enough to be one."]
    assert admin.post(f"/admin/items/{item_id}/edit", data={**fields, "act": "publish"}).status_code == 302
    db.session.expire_all()
    item = db.session.get(Item, item_id)
    again = db.session.get(AttemptItem, (attempt.id, drawn.position))
    assert item is not None
    assert again is not None
    assert item.current_version_id != version_id
    assert again.item_version_id == version_id


def test_an_incomplete_draft_is_kept_as_typed_and_not_published(clinic: Clinic, clinic_app: Flask) -> None:
    admin = clinic.client(clinic_app, "admin")
    made = admin.post("/admin/items/new", data={"type": "single_best_answer", "stem": "supinator"})
    address = made.headers["Location"]
    answer = admin.post(address, data={"edit_count": "0", "act": "publish", "stem": "Half a ques", "option-0-text": "one"})
    assert answer.status_code == 422
    assert "to complete before it can be published" in answer.text
    assert "Half a ques" in answer.text
    draft = db.session.scalars(select(ItemDraft)).one()
    assert json.loads(draft.content)["options"][0]["text"] == "one"
    assert db.session.get(Item, draft.item_id) is None


def test_two_windows_do_not_overwrite_each_other(clinic: Clinic, clinic_app: Flask) -> None:
    admin = clinic.client(clinic_app, "admin")
    address = admin.post("/admin/items/new", data={"type": "numeric", "stem": "needle"}).headers["Location"]
    assert admin.post(address, data={"edit_count": "0", "act": "save", "scenario": "first window"}).status_code == 200
    late = admin.post(address, data={"edit_count": "0", "act": "save", "scenario": "second window"})
    assert late.status_code == 409
    assert "second window" in late.text
    assert json.loads(db.session.scalars(select(ItemDraft)).one().content)["scenario"] == "first window"


def test_quick_add_makes_drafts_and_says_which_line_is_wrong(clinic: Clinic, clinic_app: Flask) -> None:
    admin = clinic.client(clinic_app, "admin")
    pasted = "A runner lies prone.\n? What first?\n* Check the pulse\nbecause: a clot\n! Needle at once\n- Wait"
    form = {"stem": "calf", "domain": "placement", "text": f"{pasted}\n\nSomebody sits.\n? What now?\n* Lie down\n! Stand"}
    assert admin.post("/admin/items/quick", data=form).status_code == 302
    drafts = db.session.scalars(select(ItemDraft).order_by(ItemDraft.id)).all()
    assert [d.item_id for d in drafts] == ["calf-001", "calf-002"]
    assert json.loads(drafts[0].content)["options"][1] == {"dangerous": True, "id": "b", "rationale": "", "text": "Needle at once"}
    bad = admin.post("/admin/items/quick", data={**form, "text": "? What?\nno mark here\n- wrong"})
    assert bad.status_code == 422
    assert "Line 2" in bad.text
    assert "No right answer" in bad.text


def test_a_changed_file_never_overwrites_a_later_desk_version(clinic: Clinic, clinic_app: Flask) -> None:
    admin, item_id = clinic.client(clinic_app, "admin"), "abdominal-wall-001"
    admin.post(f"/admin/items/{item_id}/draft")
    fields = editor_fields(admin.get(f"/admin/items/{item_id}/edit").text)
    fields["explanation"] = ["The desk says it in another way, which must stay."]
    admin.post(f"/admin/items/{item_id}/edit", data={**fields, "act": "publish"})
    file_version = db.session.scalars(select(ItemVersion).where(ItemVersion.item_id == item_id, ItemVersion.number == 1)).one()
    same = parse_stored(file_version.content)
    changed = parse_item({**json.loads(file_version.content), "explanation": "The file says something new, and later."})
    assert load_items(db.session, [same], actor=SYSTEM, now=START).unchanged == [item_id]
    assert load_items(db.session, [changed], actor=SYSTEM, now=START).conflicts == [item_id]
    db.session.commit()
    page = admin.get(f"/admin/items/{item_id}").text
    assert "File and desk disagree" in page
    assert "The desk says it in another way" in page


def review_form(**changes: str) -> dict[str, str]:
    return {"verdict": "accept", "review_by": "2027-11-24", "comment": "", "password": "a passphrase of tests", **changes}


def make_real(session: Any) -> None:
    session.execute(text("UPDATE installation SET kind = 'real'"))
    session.commit()


def test_an_acceptance_needs_a_verified_licence_and_makes_the_item_drawable(clinic: Clinic, clinic_app: Flask) -> None:
    make_real(db.session)
    reviewer = clinic.client(clinic_app, "observer2")
    version = db.session.scalars(select(ItemVersion).order_by(ItemVersion.id)).first()
    assert version is not None
    version_id = version.id
    assert reviewer.post(f"/admin/review/{version_id}", data=review_form()).status_code == 403
    verify_documents(clinic, "observer2", START - timedelta(days=2))
    db.session.commit()
    assert reviewer.post(f"/admin/review/{version_id}", data=review_form(review_by="2026-11-24")).status_code == 422
    assert reviewer.post(f"/admin/review/{version_id}", data=review_form()).status_code == 302
    review = db.session.scalars(select(ClinicalReview)).one()
    assert (review.verdict, review.version_id) == ("accept", version_id)
    pool = {v.version_id: v.reviewed for v in published_pool(db.session, START.date())}
    assert [v for v, reviewed in pool.items() if reviewed] == [version_id]
    later = {v.version_id: v.reviewed for v in published_pool(db.session, START.date() + timedelta(days=366))}
    assert not any(later.values())


def test_a_real_installation_offers_no_exam_from_unreviewed_items(clinic: Clinic, clinic_app: Flask, clock: FakeClock) -> None:
    make_real(db.session)
    trainee = clinic.client(clinic_app, "trainee")
    assert "Not offered yet" in trainee.get("/quizzes/general-safety").text
    assert trainee.post("/quizzes/general-safety/start").status_code == 409


def test_a_rejection_suspends_the_item_at_once(clinic: Clinic, clinic_app: Flask) -> None:
    verify_documents(clinic, "observer2", START - timedelta(days=2))
    db.session.commit()
    reviewer = clinic.client(clinic_app, "observer2")
    version = db.session.scalars(select(ItemVersion).order_by(ItemVersion.id)).first()
    assert version is not None
    version_id, item_id = version.id, version.item_id
    short = reviewer.post(f"/admin/review/{version_id}", data=review_form(verdict="reject", comment="no"))
    assert short.status_code == 422
    body = review_form(verdict="reject", comment="The key does not follow from the sources.")
    assert reviewer.post(f"/admin/review/{version_id}", data=body).status_code == 302
    db.session.expire_all()
    item = db.session.get(Item, item_id)
    assert item is not None
    assert item.state == "suspended"


def test_the_author_cannot_accept_their_own_version(clinic: Clinic, clinic_app: Flask) -> None:
    version = db.session.scalars(select(ItemVersion)).first()
    assert version is not None
    with pytest.raises(DBAPIError):
        db.session.execute(
            text(
                "INSERT INTO clinical_review (version_id, author_id, reviewer_id, verdict, profession, licence, comment, "
                "reviewed_at, signature_id) VALUES (:v, 1, 1, 'accept', 'x', 'x', '', :at, 1)"
            ),
            {"v": version.id, "at": START.replace(tzinfo=None)},
        )


def test_a_published_version_cannot_be_changed_even_by_hand(clinic: Clinic) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        db.session.execute(text("UPDATE item_version SET content = '{}'"))


def test_suspending_and_retiring_need_a_reason_and_follow_one_way(clinic: Clinic, clinic_app: Flask) -> None:
    admin, address = clinic.client(clinic_app, "admin"), "/admin/items/abdominal-wall-001/state"
    assert admin.post(address, data={"state": "suspended", "reason": ""}).status_code == 422
    assert admin.post(address, data={"state": "suspended", "reason": "doubtful key"}).status_code == 302
    assert admin.post(address, data={"state": "published", "reason": "checked again"}).status_code == 302
    assert admin.post(address, data={"state": "retired", "reason": "superseded by others"}).status_code == 302
    assert admin.post(address, data={"state": "published", "reason": "want it back"}).status_code == 409


def test_whoever_wrote_on_a_draft_or_published_it_does_not_accept_it(clinic: Clinic, clinic_app: Flask) -> None:
    """One opens it, another edits it, a third publishes: none of the three reviews it."""
    item_id = "abdominal-wall-001"
    opener, editor, publisher = (clinic.people[key].id for key in ("admin", "observer1", "observer2"))
    item = db.session.get(Item, item_id)
    assert item is not None
    current = item.current_version
    draft = desk.open_draft(
        db.session, item_id=item_id, content=json.loads(current.content), author=clinic.people["admin"], now=START
    )
    content = {**json.loads(draft.content), "explanation": "Another explanation, long enough to be one."}
    desk.save_draft(db.session, draft=draft, content=content, edit_count=0, editor_id=editor, now=START)
    version = desk.publish_draft(db.session, draft=draft, author=clinic.people["observer2"], now=START)
    assert version.author_id == opener
    assert json.loads(version.editor_ids) == sorted([editor, publisher])
    for key in ("admin", "observer1", "observer2"):
        assert "wrote or published" in desk.may_review(version, clinic.who(key, START), None, at=START)
    assert "wrote or published" not in desk.may_review(version, clinic.who("director", START), None, at=START)
