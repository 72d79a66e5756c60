"""One's own account page."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask_login import login_user

from app.accounts import actions, queries
from app.accounts.forms import (
    ChangePasswordForm,
    ProfileForm,
)
from app.accounts.views.blueprint import Page, blueprint, passwords, status_of
from app.accounts.views.sessions import Session
from app.database import db
from app.domain.errors import InvalidInput
from app.web.access import SIGNED_IN, allow, current_person
from app.web.clockwork import new_token, now
from app.web.form_errors import put_problems


@blueprint.route("/account", methods=["GET", "POST"])
@allow(SIGNED_IN)
def account() -> Page:
    """One's own profile and appearance."""
    person = current_person()
    form = ProfileForm(obj=person)
    if form.validate_on_submit():
        actions.set_preferences(
            db.session,
            person=queries.get_person(db.session, person.id),
            printed_name=(form.printed_name.data or "").strip(),
            profession=(form.profession.data or "").strip(),
            theme=form.theme.data,
            shortcut_keys=form.shortcut_keys.data,
            now=now(),
        )
        db.session.commit()
        flash("Saved.", "ok")
        return redirect(url_for("accounts.account"))
    roles = queries.list_memberships(db.session, person.id)
    return render_template(
        "accounts/account.html",
        form=form,
        roles=roles,
        password_form=ChangePasswordForm(formdata=None),
        factor=queries.find_factor(db.session, person.id),
    ), status_of(form)


def _account_page(form: ProfileForm, password_form: ChangePasswordForm) -> str:
    me = current_person().id
    return render_template(
        "accounts/account.html", form=form, password_form=password_form, roles=queries.list_memberships(db.session, me),
        factor=queries.find_factor(db.session, me),
    )  # fmt: skip


@blueprint.post("/account/password")
@allow(SIGNED_IN)
def change_password() -> Page:
    """Change one's own password; other sessions end."""
    person = queries.get_person(db.session, current_person().id)
    form = ChangePasswordForm()
    try:
        if form.validate_on_submit():
            actions.change_password(
                db.session, person=person, old=form.old_password.data or "", new=form.password.data or "",
                passwords=passwords(), session_key=new_token(), now=now(),
            )  # fmt: skip
            db.session.commit()
            login_user(Session(person))
            flash("Your password is changed. Other sessions of yours have ended.", "ok")
            return redirect(url_for("accounts.account"))
    except InvalidInput as error:
        put_problems(form, error)
    roles = queries.list_memberships(db.session, person.id)
    return render_template(
        "accounts/account.html",
        form=ProfileForm(formdata=None, obj=person),
        roles=roles,
        password_form=form,
        factor=queries.find_factor(db.session, person.id),
    ), 422
