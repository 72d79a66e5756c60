"""Sign-in, one-time links, the account page, and an admin's forms for people and sites."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Email, EqualTo, InputRequired, Length, Optional

from app.web.choices import choices

NEEDED = "Fill this in."


class SignInForm(FlaskForm):  # type: ignore[misc]
    """E-mail and password."""

    email = EmailField("E-mail", [DataRequired(NEEDED), Length(max=254)])
    password = PasswordField("Password", [DataRequired(NEEDED), Length(max=200)])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, twice."""

    password = PasswordField(
        "New password",
        [DataRequired(NEEDED), Length(max=200)],
        description="At least 12 characters; a short sentence works well.",
    )
    again = PasswordField(
        "The same password again",
        [DataRequired(NEEDED), EqualTo("password", "The two passwords differ. Type them again.")],
    )


class ChangePasswordForm(NewPasswordForm):
    """The present password and a new one."""

    old_password = PasswordField("Present password", [DataRequired(NEEDED), Length(max=200)])


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """One's own name, profession and how pages look."""

    printed_name = StringField(
        "Printed name",
        [InputRequired(NEEDED), DataRequired(NEEDED), Length(min=2, max=200)],
        description="As it stands in signatures from now on; earlier ones keep theirs.",
    )
    profession = StringField("Profession", [Optional(), Length(max=100)])
    theme = RadioField(
        "Appearance", choices=choices([("auto", "As the device"), ("light", "Light"), ("dark", "Dark")]), default="auto"
    )
    shortcut_keys = BooleanField("Single-key shortcuts")


class PersonForm(FlaskForm):  # type: ignore[misc]
    """Invite somebody."""

    printed_name = StringField("Printed name", [DataRequired(NEEDED), Length(min=2, max=200)])
    email = EmailField("E-mail", [DataRequired(NEEDED), Length(max=254), Email("Write it like name@clinic.example.")])
    profession = StringField("Profession", [Optional(), Length(max=100)])


class SiteForm(FlaskForm):  # type: ignore[misc]
    """Add a site."""

    name = StringField("Name", [DataRequired(NEEDED), Length(min=2, max=200)])
    jurisdiction = StringField(
        "Jurisdiction",
        [DataRequired(NEEDED), Length(max=100)],
        description="Whose law holds there, for example a state or country. Licences are read against it.",
    )
    time_zone = StringField(
        "Time zone",
        [DataRequired(NEEDED), Length(max=64)],
        description="IANA name, such as Europe/Dublin. Days of records here are days in this zone.",
    )


class SigningForm(FlaskForm):  # type: ignore[misc]
    """What proves who signs; a page shows of it what is asked for now."""

    password = PasswordField("Your password", [Length(max=200)])
    code = StringField("Code of your authenticator", [Length(max=40)])


class EnrolForm(FlaskForm):  # type: ignore[misc]
    """The first code of a new authenticator."""

    code = StringField("Six digits that your authenticator shows", [DataRequired(NEEDED), Length(max=20)])


class LostForm(FlaskForm):  # type: ignore[misc]
    """Report one's own authenticator as lost."""

    password = PasswordField("Your password", [DataRequired(NEEDED), Length(max=200)])


class RoleForm(SigningForm):
    """Give or propose a role."""

    role = SelectField(
        "Role",
        choices=choices([("trainee", "Trainee"), ("supervisor", "Supervisor"), ("admin", "Admin"), ("auditor", "Auditor")]),
    )
    site_id = SelectField(
        "Site", coerce=int, description="Admin and auditor hold for the whole installation, trainee and supervisor at one site."
    )
    external = BooleanField("External: does not work at this site")


class ActForm(FlaskForm):  # type: ignore[misc]
    """A single button; carries nothing but the CSRF token."""
