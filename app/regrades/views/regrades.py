"""Regrades: the list, a new proposal, the preview with its steps, the second person's commit."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import memberships_at, needs_clinical_review
from app.accounts.step_up import asked, confirm
from app.bank.models import Item
from app.bank.queries import get_item, get_version, parse_stored
from app.catalogue.queries import catalogue_in_force
from app.database import db
from app.domain.corrections import wordings
from app.domain.errors import InvalidInput, NotFound
from app.domain.regrading import POLICY_WORDS
from app.quizzes.queries import quiz_titles
from app.regrades import actions, queries
from app.regrades.forms import CommitForm, ProposalForm, WithdrawForm
from app.regrades.views.blueprint import Page, blueprint, keyed, me, refuse_candidates
from app.web.access import allow, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.errors import wants_problem
from app.web.form_errors import put_problems
from app.web.numbers import whole_number

STEPS = 6
"""Steps that one request takes where nobody's script asks for them one by one."""
LINES = 50


@blueprint.get("/admin/regrades")
@allow("admin", "supervisor", "auditor")
def regrades() -> Page:
    """Every regrade, and attempts that were graded with an old key since."""
    return render_template(
        "regrades/regrades.html", proposals=queries.list_proposals(db.session), left_over=queries.left_over(db.session),
        state_words=queries.STATE_WORDS, waiting=queries.challenges_waiting(db.session), may_act=_may_act(),
    )  # fmt: skip


def _may_act() -> bool:
    return current_who().has("admin") or current_who().has("supervisor")


@blueprint.route("/admin/regrades/new", methods=["GET", "POST"])
@allow("admin", "supervisor")
def new_regrade() -> Page:
    """Propose a regrade of one item."""
    item = get_item(db.session, request.args.get("item", ""))
    refuse_candidates(item.id)
    uses, form = queries.uses_of(db.session, item.id), ProposalForm()
    form.versions.choices = choices((u.version.id, _use_words(u)) for u in uses)
    form.to_version.choices = choices([(0, "None"), *((u.version.id, f"Version {u.version.number}") for u in uses)])
    if request.method == "GET":
        _fill_in(form, uses)
    if form.validate_on_submit():
        try:
            return _propose(item, form)
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template(
        "regrades/new.html", item=item, form=form, uses=uses, signer=current_person(),
        asked=asked(), open_id=queries.open_regrade_id(db.session, item.id),
    )  # fmt: skip
    return page, 422 if form.errors or form.form_errors else 200


def _use_words(use: queries.Use) -> str:
    running = f", {use.running} running now" if use.running else ""
    return f"Version {use.version.number}: {use.closed} finished attempt{'' if use.closed == 1 else 's'}{running}"


def _fill_in(form: ProposalForm, uses: list[queries.Use]) -> None:
    """Begin with the newest version as the corrected one, and every older one that was answered."""
    form.to_version.data = uses[0].version.id if len(uses) > 1 else 0
    older = uses[1:] if len(uses) > 1 else uses
    form.versions.data = [u.version.id for u in older if u.closed or u.running]
    form.policy.data = "new_key" if len(uses) > 1 else "full_marks"


def _propose(item: Item, form: ProposalForm) -> Response:
    confirm(form)
    target = get_version(db.session, form.to_version.data) if form.to_version.data else None
    plan = actions.Plan(
        get_item(db.session, item.id), queries.versions_among(db.session, form.versions.data or []), form.policy.data,
        target if form.policy.data == "new_key" else None, form.reason.data or "", form.notice_days.data,
    )  # fmt: skip
    regrade = actions.propose_regrade(db.session, plan=plan, proposer=me(), who=current_who(), now=now())
    regrade_id = regrade.id
    db.session.commit()
    _advance(regrade_id, STEPS)
    return redirect(url_for("regrades.regrade", regrade_id=regrade_id))


def _advance(regrade_id: int, steps: int) -> None:
    """Some steps of a preview, each in a transaction of its own."""
    for _ in range(steps):
        preview = actions.advance_preview(db.session, regrade_id, now=now())
        ready = preview.phase == "ready"
        db.session.commit()
        if ready:
            return


@blueprint.get("/admin/regrades/<int:regrade_id>")
@allow("admin", "supervisor", "auditor")
def regrade(regrade_id: int) -> Page:
    """What a regrade changes, before anybody commits it; and what it changed, afterwards."""
    return _regrade_page(regrade_id, CommitForm(), WithdrawForm())


def _regrade_page(regrade_id: int, form: CommitForm, back: WithdrawForm) -> Page:
    proposal = queries.get_proposal(db.session, regrade_id)
    refuse_candidates(proposal.regrade.item_id)
    preview = proposal.preview
    stale = proposal.event is None and preview is not None and queries.is_stale(db.session, proposal, preview)
    may = actions.may_commit(db.session, proposal, current_who(), now=now())[1] if _may_act() else None
    obstacle = actions.obstacle_to(db.session, proposal, need_review=needs_clinical_review(db.session), now=now())
    if preview is not None and form.shown.data is None:
        form.shown.data = preview.sha256
    page = render_template(
        "regrades/regrade.html", proposal=proposal, regrade=proposal.regrade, preview=preview, stale=stale, may=may,
        obstacle=obstacle, form=form, back=back, policy_words=POLICY_WORDS, state_words=queries.STATE_WORDS,
        asked=asked(), signer=current_person(), may_act=_may_act(),
        **_found(regrade_id), **_versions(proposal),
    )  # fmt: skip
    return page, 422 if form.errors or back.errors else 200


def _found(regrade_id: int) -> dict[str, Any]:
    """The lines of the preview, with the names that the reader may see."""
    counts, page, crossing = queries.counts_of(db.session, regrade_id), _page("page"), _page("crossing")
    return {
        "counts": counts, "page": page, "crossing_page": crossing, "pages": _pages(counts.quiet),
        "crossing_pages": _pages(counts.crossing),
        "crossing": queries.crossing_lines(db.session, regrade_id, offset=(crossing - 1) * LINES, limit=LINES),
        "lines": queries.other_lines(db.session, regrade_id, offset=(page - 1) * LINES, limit=LINES),
        "effects": [(e, json.loads(e.content)) for e in queries.stored_effects(db.session, regrade_id)],
        "named": _named(regrade_id), "titles": quiz_titles(db.session), "catalogue": catalogue_in_force(db.session).catalogue,
    }  # fmt: skip


def _page(name: str) -> int:
    return max(1, whole_number(request.args.get(name)) or 1)


def _pages(lines: int) -> int:
    return max(1, -(-lines // LINES))


def _named(regrade_id: int) -> frozenset[int]:
    """The people whom the reader sees by name: all for admin and auditor, those of their sites for a supervisor."""
    people, who = list(queries.moved_people(db.session, regrade_id)), current_who()
    if who.has("admin") or who.has("auditor"):
        return frozenset(people)
    mine = who.sites_as("supervisor")
    return frozenset(m.person_id for m in memberships_at(db.session, people, now()) if m.site_id in mine)


def _versions(proposal: queries.Proposal) -> Mapping[str, Any]:
    """The old and the new key side by side, and what else a candidate reads differently."""
    target = proposal.regrade.to_version
    old = [(v, *keyed(v)) for v in proposal.versions]
    changed = [] if target is None else [w for v in proposal.versions for w in _wordings(v.content, target.content)]
    return {"old": old, "new": (target, *keyed(target)) if target is not None else None, "wordings": changed}


def _wordings(old: str, new: str) -> Any:
    return wordings(parse_stored(old), parse_stored(new))


@blueprint.post("/admin/regrades/<int:regrade_id>/preview")
@allow("admin", "supervisor")
def preview(regrade_id: int) -> Page:
    """Compute the preview, or go on with it; `anew` begins it again."""
    refuse_candidates(queries.get_proposal(db.session, regrade_id).regrade.item_id)
    if request.form.get("anew") == "1":
        actions.begin_preview(db.session, regrade_id, now=now())
        db.session.commit()
    _advance(regrade_id, 1 if wants_problem() else STEPS)
    if not wants_problem():
        return redirect(url_for("regrades.regrade", regrade_id=regrade_id))
    found = queries.get_proposal(db.session, regrade_id).preview
    if found is None:
        raise NotFound("There is no preview of this regrade yet.")
    return jsonify(phase=found.phase, done=found.done, affected=found.affected, moved=found.moved)


@blueprint.post("/admin/regrades/<int:regrade_id>/commit")
@allow("admin", "supervisor")
def commit(regrade_id: int) -> Page:
    """Be the second person: sign the preview that was shown, and let its grades be appended."""
    form = CommitForm()
    refuse_candidates(queries.get_proposal(db.session, regrade_id).regrade.item_id)
    if form.validate_on_submit():
        try:
            confirm(form)
            actions.commit_regrade(
                db.session, regrade_id=regrade_id, shown_sha256=form.shown.data or "", signer=me(), who=current_who(),
                need_review=needs_clinical_review(db.session), now=now(),
            )  # fmt: skip
        except InvalidInput as error:
            put_problems(form, error)
            return _regrade_page(regrade_id, form, WithdrawForm())
        db.session.commit()
        flash("Committed. Everybody whose result moved is told on their page of next steps.", "ok")
        return redirect(url_for("regrades.regrade", regrade_id=regrade_id))
    return _regrade_page(regrade_id, form, WithdrawForm())


@blueprint.post("/admin/regrades/<int:regrade_id>/withdraw")
@allow("admin", "supervisor")
def withdraw(regrade_id: int) -> Page:
    """Take a proposal back."""
    back = WithdrawForm()
    if not back.validate_on_submit():
        return _regrade_page(regrade_id, CommitForm(formdata=None), back)
    actions.withdraw_regrade(
        db.session, regrade_id=regrade_id, reason=back.reason.data or "", actor=me(), who=current_who(), now=now()
    )
    db.session.commit()
    flash("Withdrawn. No result was changed.", "ok")
    return redirect(url_for("regrades.regrades"))
