"""The policy in force, in words, with what it leaves out."""

from __future__ import annotations

from flask import render_template

from app.clearances.queries import get_policy, list_policies, parse_stored_policy
from app.clearances.views.blueprint import Page, blueprint, catalogue
from app.database import db
from app.domain.policy import TIERS
from app.web.access import SIGNED_IN, allow


@blueprint.get("/admin/policies")
@allow(SIGNED_IN)
def policies() -> Page:
    """The newest policy and the list of all versions."""
    versions = list_policies(db.session)
    policy = parse_stored_policy(versions[0].content) if versions else None
    return render_template(
        "clearances/policy.html",
        versions=versions,
        version=versions[0] if versions else None,
        policy=policy,
        tiers=TIERS,
        catalogue=catalogue() if versions else None,
    )


@blueprint.get("/admin/policies/<int:version_id>")
@allow(SIGNED_IN)
def policy_version(version_id: int) -> Page:
    """One version of the policy."""
    version = get_policy(db.session, version_id)
    return render_template(
        "clearances/policy.html",
        versions=list_policies(db.session),
        version=version,
        policy=parse_stored_policy(version.content),
        tiers=TIERS,
        catalogue=catalogue(),
    )
