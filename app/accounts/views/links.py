"""One-time links: an invitation or a reset, and the password that it sets."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for

from app.accounts import actions, queries
from app.accounts.forms import (
    NewPasswordForm,
)
from app.accounts.models import AccessLink
from app.accounts.views.blueprint import Page, blueprint, passwords, status_of
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.web.access import PUBLIC, allow
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems


@blueprint.route("/invite/<token>", methods=["GET", "POST"])
@allow(PUBLIC)
def invite(token: str) -> Page:
    """Set the first password with an invitation."""
    return _use_link(token, ("invite", "founding"))


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@allow(PUBLIC)
def reset(token: str) -> Page:
    """Set a new password with a reset link."""
    return _use_link(token, ("reset",))


def _use_link(token: str, purposes: tuple[str, ...]) -> Page:
    link = queries.find_link(db.session, token, purposes, now())
    if link is None:
        raise NotFound("This link was used already, has expired or was replaced. Ask an admin for a new one.")
    form = NewPasswordForm()
    if form.validate_on_submit() and _set_password(link, form):
        flash("Your password is set. Sign in with it.", "ok")
        return redirect(url_for("accounts.sign_in"))
    return render_template("accounts/new_password.html", form=form, link=link), status_of(form)


def _set_password(link: AccessLink, form: NewPasswordForm) -> bool:
    try:
        actions.use_link(
            db.session,
            link=link,
            password=form.password.data or "",
            passwords=passwords(),
            session_key=new_token(),
            now=now(),
        )
    except InvalidInput as error:
        put_problems(form, error)
        return False
    db.session.commit()
    return True
