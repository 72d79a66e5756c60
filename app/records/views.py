"""Documents: one's own, and those that wait for a second person."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.queries import get_person, people_of_sites, site_ids_of, sites_of
from app.accounts.step_up import asked, confirm
from app.database import db
from app.domain.errors import InvalidInput, NotFound
from app.domain.permissions import may_read_record, may_verify_document
from app.records import actions, queries
from app.records.forms import DocumentForm, VerificationForm
from app.records.models import Document
from app.web.access import SIGNED_IN, allow, current_actor, current_person, current_who
from app.web.clockwork import now
from app.web.form_errors import put_problems

blueprint = Blueprint("records", __name__)
Page = str | Response | tuple[str, int]


@blueprint.get("/documents")
@allow("trainee", "supervisor")
def documents() -> Page:
    """One's own papers and what became of them."""
    me = current_person().id
    return render_template(
        "records/documents.html", papers=queries.papers_of(db.session, [me]), waiting=_waiting(), today=now().date()
    )


def _waiting() -> list[queries.Paper]:
    """Papers of the people of one's sites that one may verify, the oldest first."""
    who = current_who()
    people = people_of_sites(db.session, who.sites_as("supervisor"), now())
    papers = queries.papers_of(db.session, [p.id for p in people])
    mine = [p for p in papers if p.verification is None and who.person_id not in (p.document.holder_id, p.document.entered_by_id)]
    return mine[::-1]


@blueprint.route("/documents/new", methods=["GET", "POST"])
@allow("trainee", "supervisor")
def new_document() -> Page:
    """Enter a paper."""
    form = DocumentForm()
    if form.validate_on_submit() and form.valid_from.data is not None:
        entry = actions.Entry(
            form.kind.data, form.title.data or "", form.issuer.data or "", form.reference.data or "", form.jurisdiction.data or "",
            form.valid_from.data, form.valid_until.data,
        )  # fmt: skip
        try:
            holder = get_person(db.session, current_person().id)
            actions.enter_document(db.session, holder=holder, entry=entry, actor=current_actor(), now=now())
            db.session.commit()
            flash("Entered. It counts once a second person has verified it.", "ok")
            return redirect(url_for("records.documents"))
        except InvalidInput as error:
            put_problems(form, error)
    sites = sites_of(db.session, current_person().id, now())
    return render_template("records/new_document.html", form=form, sites=sites), 422 if form.errors else 200


@blueprint.route("/documents/<int:document_id>", methods=["GET", "POST"])
@allow(SIGNED_IN)
def document(document_id: int) -> Page:
    """One paper; a second person verifies or refuses it here."""
    found, form = _readable(document_id), VerificationForm()
    if form.validate_on_submit():
        try:
            _verify(found, form)
            flash("Signed.", "ok")
            return redirect(
                url_for("records.documents")
                if current_who().has("supervisor")
                else url_for("records.document", document_id=found.id)
            )
        except InvalidInput as error:
            put_problems(form, error)
    holder_sites = site_ids_of(db.session, found.holder_id, now())
    may = may_verify_document(current_who(), found.holder_id, found.entered_by_id, holder_sites, at=now())
    paper = queries.Paper(found, queries.find_verification(db.session, found.id))
    page = render_template(
        "records/document.html", paper=paper, form=form, may=may, enterer=get_person(db.session, found.entered_by_id),
        asked=asked(), signer=current_person(),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _readable(document_id: int) -> Document:
    found = queries.get_document(db.session, document_id)
    if not may_read_record(current_who(), found.holder_id, site_ids_of(db.session, found.holder_id, now())).allowed:
        raise NotFound("There is no such document.")
    return found


def _verify(found: Document, form: VerificationForm) -> None:
    verifier = get_person(db.session, current_person().id)
    confirm(form)
    sites = sites_of(db.session, found.holder_id, now())
    actions.verify_document(
        db.session, document=found, verdict=form.verdict.data, how=form.how.data or "", verifier=verifier, who=current_who(),
        holder_sites=[s.id for s in sites], time_zone=sites[0].time_zone if sites else "UTC", now=now(),
    )  # fmt: skip
    db.session.commit()
