"""The policy in words: every version with its state, one version, and the difference between two."""

from __future__ import annotations

from flask import current_app, render_template, request

from app.clearances.presets import read_presets
from app.clearances.queries import all_versions, find_policy_at, get_policy, list_drafts, list_policies, policy_of
from app.clearances.views.blueprint import Page, blueprint, catalogue
from app.database import db
from app.domain.errors import NotFound
from app.domain.policy import TIERS
from app.domain.policy_versions import ROLL_OUT_WORDS, STATE_WORDS
from app.domain.policy_words import differences, facts_of, when_asked
from app.web.access import SIGNED_IN, allow, current_who
from app.web.clockwork import now
from app.web.numbers import whole_number

blueprint.add_app_template_filter(facts_of, "policy_facts")
blueprint.add_app_template_filter(when_asked, "policy_when")


def states() -> dict[int, str]:
    """Version id → its state now."""
    every = all_versions(db.session)
    return {v.id: every.state_of(v, now()) for v in every.published}


def may_see_drafts() -> bool:
    """Drafts and their previews name people: admins and auditors read them."""
    return current_who().has("admin") or current_who().has("auditor")


@blueprint.get("/admin/policies")
@allow(SIGNED_IN)
def policies() -> Page:
    """Every version with its state; for admins the drafts, and what a new one can begin with."""
    admin = current_who().has("admin")
    return render_template(
        "clearances/policies.html", versions=list_policies(db.session), states=states(), state_words=STATE_WORDS,
        roll_out_words=ROLL_OUT_WORDS, drafts=list_drafts(db.session) if may_see_drafts() else [], may_see=may_see_drafts(),
        admin=admin, presets=read_presets(current_app.config["SETTINGS"].question_bank) if admin else [],
        in_force=find_policy_at(db.session, now()),
    )  # fmt: skip


@blueprint.get("/admin/policies/<int:version_id>")
@allow(SIGNED_IN)
def policy_version(version_id: int) -> Page:
    """One version of the policy, and how it differs from another one."""
    version = get_policy(db.session, version_id)
    others = [v for v in list_policies(db.session) if v.id != version_id]
    asked = whole_number(request.args.get("against"))
    against = next((v for v in others if v.id == asked), None)
    if "against" in request.args and against is None:
        raise NotFound("There is no such version to compare with.")
    if against is None:
        against = next((v for v in others if v.id < version_id), None)
    policy = policy_of(version)
    return render_template(
        "clearances/policy.html", version=version, policy=policy, tiers=TIERS, catalogue=catalogue(), others=others,
        against=against, differences=differences(policy_of(against), policy) if against is not None else (),
        state=states()[version_id], state_words=STATE_WORDS, roll_out_words=ROLL_OUT_WORDS, admin=current_who().has("admin"),
    )  # fmt: skip
