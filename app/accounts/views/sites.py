"""An admin's page for sites."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from app.accounts import actions, queries
from app.accounts.forms import (
    SiteForm,
)
from app.accounts.views.blueprint import Page, blueprint, status_of
from app.database import db
from app.domain.errors import InvalidInput
from app.web.access import allow, current_actor
from app.web.clockwork import now
from app.web.form_errors import put_problems


@blueprint.route("/admin/sites", methods=["GET", "POST"])
@allow("admin")
def sites() -> Page:
    """Sites, and a form to add one."""
    form = SiteForm()
    if form.validate_on_submit():
        try:
            actions.add_site(
                db.session, name=form.name.data or "", jurisdiction=form.jurisdiction.data or "",
                time_zone=(form.time_zone.data or "").strip(), actor=current_actor(), now=now(),
            )  # fmt: skip
            db.session.commit()
            flash("The site is added.", "ok")
            return redirect(url_for("accounts.sites"))
        except InvalidInput as error:
            put_problems(form, error)
    return render_template("accounts/sites.html", form=form, sites=queries.list_sites(db.session)), status_of(form)
