"""Propose a policy, preview what it changes, publish it as the second person, or take it back."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.step_up import asked, confirm
from app.catalogue.queries import catalogue_in_force
from app.clearances import actions
from app.clearances.forms import PolicyForm, PublishForm, WithdrawPolicyForm
from app.clearances.policy_text import Read, read_policy
from app.clearances.presets import read_presets
from app.clearances.queries import Draft, find_policy_at, get_draft, get_policy, policy_of
from app.clearances.queries.policies import find_policy_before, parse_stored_policy
from app.clearances.queries.policy_drafts import counts_of, is_stale, lines_of, names_of_sites
from app.clearances.views.blueprint import blueprint, signer
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.permissions import may_propose_policy, may_publish_policy
from app.domain.policy import TIERS, Policy
from app.domain.policy_impact import VERDICT_WORDS
from app.domain.policy_versions import ROLL_OUT_WORDS, comes_into_force
from app.domain.policy_words import differences
from app.formats.policy_text import to_text
from app.signatures.actions import shown_digest
from app.web.access import allow, current_person, current_who
from app.web.clockwork import now
from app.web.errors import wants_problem
from app.web.form_errors import put_problems
from app.web.numbers import whole_number

STEPS = 6
"""Steps that one request takes where nobody's script asks for them one by one."""
LINES = 50
Answer = str | Response | tuple[str | Response, int]


@blueprint.route("/admin/policies/new", methods=["GET", "POST"])
@allow("admin")
def new_policy() -> Answer:
    """Write a policy or begin with one that there is; read what it asks and what it changes; sign it."""
    form = PolicyForm()
    if request.method == "GET":
        form.source.data = _text_to_begin_with()
        return _new_page(form, None, 200)
    form.source.data, raw = _sent(form)
    read = read_policy(db.session, raw)
    form.source.data = read.text
    if not form.validate_on_submit() or read.policy is None or not _begins(form):
        return _new_page(form, read, 422)
    return _proposed(form, read, read.policy) if request.form.get("act") == "propose" else _new_page(form, read, 200)


def _sent(form: PolicyForm) -> tuple[str, bytes]:
    """The text that was sent: that of a file where there is one."""
    upload = request.files.get("upload")
    raw = upload.read() if upload is not None and upload.filename else b""
    raw = raw or (form.source.data or "").encode("utf-8", "surrogatepass")
    return raw.decode("utf-8", "replace"), raw


def _text_to_begin_with() -> str:
    """A preset, a version, or the version in force; nothing where none was named."""
    name, number = request.args.get("preset"), whole_number(request.args.get("version"))
    if name is not None:
        found = next((p for p in read_presets(current_app.config["SETTINGS"].question_bank) if p.id == name), None)
        if found is None:
            raise NotFound("There is no such preset.")
        return found.text
    if number is None:
        return ""
    version = get_policy(db.session, number)
    body = policy_of(version).model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return version.draft.source if version.draft is not None else to_text(body)


def _begins(form: PolicyForm) -> bool:
    try:
        comes_into_force(form.roll_out.data, form.day.data, now())
    except InvalidInput as error:
        put_problems(form, error)
    return not form.errors


def _proposal(form: PolicyForm, policy: Policy) -> actions.Proposal:
    return actions.Proposal(policy, form.source.data or "", form.roll_out.data, form.day.data, form.reason.data or "")


def _proposed(form: PolicyForm, read: Read, policy: Policy) -> Answer:
    """Sign what was shown; where the text is another one by now, show that first."""
    proposal = _proposal(form, policy)
    try:
        confirm(form)
        draft = actions.propose_policy(
            db.session, proposal=proposal, shown_sha256=form.shown.data or "", author=signer(), who=current_who(), now=now()
        )
    except InvalidInput as error:
        put_problems(form, error)
        return _new_page(form, read, 422)
    except Conflict as error:
        db.session.rollback()
        form.form_errors.append(error.message)
        return _new_page(form, read, 409)
    draft_id = draft.id
    db.session.commit()
    _advance(draft_id, STEPS)
    flash("Proposed. Another admin reads the preview and publishes it.", "ok")
    return redirect(url_for("clearances.policy_draft", draft_id=draft_id))


def _new_page(form: PolicyForm, read: Read | None, status: int) -> Answer:
    policy, version = read.policy if read is not None else None, find_policy_at(db.session, now())
    if policy is not None:
        form.shown.data = shown_digest(_proposal(form, policy).shown())
    page = render_template(
        "clearances/policy_new.html", form=form, policy=policy, problems=read.problems if read is not None else (),
        version=version, differences=differences(policy_of(version), policy) if version is not None and policy is not None else (),
        may=may_propose_policy(current_who(), at=now()), signer=current_person(), tiers=TIERS,
        asked=asked(), roll_out_words=ROLL_OUT_WORDS,
    )  # fmt: skip
    return page, status


def _advance(draft_id: int, steps: int) -> None:
    """Some steps of a preview, each in a transaction of its own."""
    for _ in range(steps):
        ready = actions.advance_policy_preview(db.session, draft_id, now=now()).phase == "ready"
        db.session.commit()
        if ready:
            return


@blueprint.get("/admin/policies/drafts/<int:draft_id>")
@allow("admin", "auditor")
def policy_draft(draft_id: int) -> Answer:
    """A draft: what it asks, how it differs, whom it concerns, and the second signature."""
    return _draft_page(get_draft(db.session, draft_id), PublishForm(), WithdrawPolicyForm())


def _draft_page(found: Draft, form: PublishForm, back: WithdrawPolicyForm, status: int = 200) -> Answer:
    draft, admin = found.draft, current_who().has("admin")
    policy, number = parse_stored_policy(draft.content), actions.next_number(db.session)
    before = find_policy_before(db.session, found.version.id) if found.version else find_policy_at(db.session, now())
    form.shown.data = shown_digest(actions.shown_for_publishing(db.session, found))
    page = render_template(
        "clearances/policy_draft.html", found=found, draft=draft, policy=policy, tiers=TIERS, form=form, back=back,
        differences=differences(policy_of(before), policy) if before is not None else (), against=before, admin=admin,
        stale=found.state == "drafted" and is_stale(db.session, found, now()), number=number,
        may=may_publish_policy(current_who(), draft.author_id, at=now()), signer=current_person(),
        asked=asked(), meaning=actions.publishing_meaning(found, number),
        roll_out_words=ROLL_OUT_WORDS, **_preview(draft.id),
    )  # fmt: skip
    return page, status


def _preview(draft_id: int) -> dict[str, Any]:
    """The counts of a preview, and a page of the names of each verdict."""
    counts = counts_of(db.session, draft_id)
    pages = {verdict: max(1, whole_number(request.args.get(verdict)) or 1) for verdict in VERDICT_WORDS}
    lines = {v: lines_of(db.session, draft_id, v, offset=(pages[v] - 1) * LINES, limit=LINES) for v in VERDICT_WORDS if counts[v]}
    sites = names_of_sites(db.session, [line for some in lines.values() for line in some])
    return {
        "counts": counts, "lines": lines, "pages": pages, "of_pages": {v: max(1, -(-n // LINES)) for v, n in counts.items()},
        "sites": sites, "verdict_words": VERDICT_WORDS, "names": catalogue_in_force(db.session).catalogue.names,
    }  # fmt: skip


@blueprint.post("/admin/policies/drafts/<int:draft_id>/preview")
@allow("admin")
def policy_preview(draft_id: int) -> Answer:
    """Compute the preview, or go on with it; `anew` begins it again."""
    get_draft(db.session, draft_id)
    if request.form.get("anew") == "1":
        actions.begin_policy_preview(db.session, draft_id, now=now())
        db.session.commit()
    _advance(draft_id, 1 if wants_problem() else STEPS)
    if not wants_problem():
        return redirect(url_for("clearances.policy_draft", draft_id=draft_id))
    preview = get_draft(db.session, draft_id).preview
    if preview is None:
        raise NotFound("There is no preview of this draft yet.")
    return jsonify(phase=preview.phase, done=preview.done, total=preview.total)


@blueprint.post("/admin/policies/drafts/<int:draft_id>/publish")
@allow("admin")
def publish_policy(draft_id: int) -> Answer:
    """Be the second person: sign the preview that was shown."""
    form, found = PublishForm(), get_draft(db.session, draft_id)
    if form.validate_on_submit():
        try:
            confirm(form)
            version = actions.publish_policy(
                db.session, draft_id=draft_id, shown_sha256=form.shown.data or "", approver=signer(), who=current_who(), now=now()
            )
        except InvalidInput as error:
            put_problems(form, error)
            return _draft_page(get_draft(db.session, draft_id), form, WithdrawPolicyForm(formdata=None), 422)
        version_id, later = version.id, version.in_force_from > now()
        db.session.commit()
        flash("Published. It comes into force by its date." if later else "Published. It is in force now.", "ok")
        return redirect(url_for("clearances.policy_version", version_id=version_id))
    return _draft_page(found, form, WithdrawPolicyForm(formdata=None), 422)


@blueprint.post("/admin/policies/drafts/<int:draft_id>/withdraw")
@allow("admin")
def withdraw_policy(draft_id: int) -> Answer:
    """Take a draft back."""
    back, found = WithdrawPolicyForm(), get_draft(db.session, draft_id)
    if not back.validate_on_submit():
        return _draft_page(found, PublishForm(formdata=None), back, 422)
    actions.withdraw_policy(
        db.session, draft_id=draft_id, reason=back.reason.data or "", actor=signer(), who=current_who(), now=now()
    )
    db.session.commit()
    flash("Withdrawn. The policy in force stays as it is.", "ok")
    return redirect(url_for("clearances.policies"))
