"""Applying, and deciding an application on one page with all its evidence."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from app.accounts.models import Site
from app.accounts.queries import get_person, get_site, site_ids_of, sites_of
from app.accounts.step_up import asked, confirm
from app.clearances import actions
from app.clearances.forms import ApplicationForm, DecisionForm, WordsForm
from app.clearances.models import Application, ReturnedGap
from app.clearances.queries import (
    Case,
    answers_to,
    case_of,
    events_of,
    find_renewable,
    gaps_of,
    get_application,
    next_step_for,
    seals_of,
)
from app.clearances.views.blueprint import Page, blueprint, catalogue, signer
from app.database import db
from app.decisions.models import Decision
from app.domain.catalogue import Group
from app.domain.errors import Conflict, InvalidInput, NotFound
from app.domain.permissions import may_read_record
from app.domain.policy import ObservedRequirement
from app.domain.requirements import Denominator, Outcome, denominator
from app.domain.standing import GRANTS, DecisionFact
from app.records.queries import papers_of
from app.supervision.queries import InTurn, newest_approvals, observations_of, shown_to, watched_in_turn
from app.web.access import SIGNED_IN, allow, current_actor, current_person, current_who
from app.web.choices import choices
from app.web.clockwork import now
from app.web.form_errors import put_problems

ACTS = ("recommend", "grant", "return", "deny")
DONE = {
    "recommend": "Recommended.",
    "grant": "Granted. It takes effect in 10 seconds.",
    "return": "Returned.",
    "deny": "Denied.",
}


@blueprint.route("/clearances/<group_id>/apply", methods=["GET", "POST"])
@allow("trainee", "supervisor")
def apply(group_id: str) -> Page:
    """Apply for a group: choose site and regions."""
    group, form = catalogue().find_group(group_id), ApplicationForm()
    if group is None:
        raise NotFound("There is no such group.")
    form.site_id.choices = choices((s.id, s.name) for s in sites_of(db.session, current_person().id, now()))
    form.regions.choices = choices((r, catalogue().get_region(r).name) for r in group.regions)
    renewal = _prefill(form, group)
    if form.validate_on_submit():
        try:
            opened = actions.open_application(
                db.session, person=signer(), site=get_site(db.session, form.site_id.data), who=current_who(), group=group_id,
                regions=form.regions.data or [], now=now(),
            )  # fmt: skip
            db.session.commit()
            return redirect(url_for("clearances.application", application_id=opened.id))
        except InvalidInput as error:
            put_problems(form, error)
    page = render_template("clearances/apply.html", form=form, group=group, renewal=renewal)
    return page, 422 if form.errors else 200


def _prefill(form: ApplicationForm, group: Group) -> tuple[DecisionFact, Site] | None:
    """Choose what can be renewed now, where something can."""
    for site in sites_of(db.session, current_person().id, now()):
        found = find_renewable(db.session, current_person().id, site.id, group.id, group.regions, at=now())
        if found is not None:
            if not form.is_submitted():
                form.site_id.data, form.regions.data = site.id, found[1]
            return found[0], site
    return None


def _readable(application_id: int) -> Application:
    """An application that one may read; any other does not exist."""
    application = get_application(db.session, application_id)
    shared = site_ids_of(db.session, application.person_id, now())
    who = current_who()
    foreign = who.person_id != application.person_id and not (who.has("admin") or who.has("auditor"))
    if not may_read_record(who, application.person_id, shared).allowed or (
        foreign and not who.has("supervisor", application.site_id)
    ):
        raise NotFound("There is no such application.")
    return application


def _case(application: Application) -> Case:
    return case_of(db.session, application, now=now())


@blueprint.get("/applications/<int:application_id>")
@allow(SIGNED_IN)
def application(application_id: int) -> Page:
    """Everything an application rests on, and what may be done with it."""
    return _application_page(_case(_readable(application_id)), DecisionForm())


def _application_page(case: Case, form: DecisionForm, words: WordsForm | None = None) -> Page:
    person_id, who = case.application.person_id, current_who()
    may = {kind: actions.may_decide(case, kind, who, now=now()) for kind in ACTS}
    form.shown.data = case.evidence_sha256
    form.recommendation.data = _recommendation_of(case)
    form.missing.choices = choices((o.requirement, o.words) for o in case.gaps)
    if not form.is_submitted():
        form.missing.data = [o.requirement for o in case.gaps]
    words, waiting = words or WordsForm(formdata=None), _waiting(case)
    seals = seals_of(db.session, case.decisions)
    page = render_template(
        "clearances/application.html", case=case, form=form, may=may, catalogue=catalogue(), two=actions.needs_two(case),
        observations=shown_to(observations_of(db.session, [person_id], now()), who.person_id), denominators=_denominators(case),
        in_turn=[] if person_id == who.person_id else _in_turn(case), papers=papers_of(db.session, [person_id]),
        approvals=newest_approvals(db.session, person_id), own=person_id == who.person_id,
        act_words={k: actions.act_for(case, k, limits=form.limits(), reason="", now=now()).meaning for k in ACTS},
        asked=asked(), signer=current_person(), waiting=waiting, seals=seals,
        may_undo=waiting is not None and actions.may_undo(waiting, who, undone=False, now=now()).allowed,
        undo_words=actions.undo_meaning(case.application.person.printed_name), words_form=words, **_review_facts(case),
    )  # fmt: skip
    return page, 422 if form.errors or words.errors else 200


def _review_facts(case: Case) -> dict[str, object]:
    """What the page says of the review: who claimed it and since when, what was returned, denied and answered."""
    who, d = current_who(), case.decisions
    returned = next((x for x in reversed(d) if x.kind == "return"), None) if case.status.state == "RETURNED" else None
    taking_over, covers = actions.may_take_over_now(db.session, case, who, now=now())
    claimant = case.status.claimed_by
    return {
        "claimant": get_person(db.session, claimant) if claimant is not None else None, "taking_over": taking_over,
        "covers": covers, "returned": returned, "returned_gaps": _returned_gaps(case, returned),
        "events": events_of(db.session, case.application.id), "answers": answers_to(db.session, [x.id for x in d]),
        "keys_on": current_person().shortcut_keys, "old_claim": case.status.claim_is_old(now()),
    }  # fmt: skip


def _returned_gaps(case: Case, returned: Decision | None) -> list[tuple[ReturnedGap, Outcome | None, tuple[str, str]]]:
    """Each requirement that a return named, as it is today, with the cheapest next step."""
    if returned is None:
        return []
    today = {o.requirement: o for o in case.outcomes}
    found = []
    for gap in gaps_of(db.session, returned.id):
        outcome = today.get(gap.requirement)
        step = next_step_for(outcome.kind, gap.requirement, case.application.group_slug) if outcome else ("", "")
        found.append((gap, outcome, step))
    return found


def _denominators(case: Case) -> dict[str, Denominator]:
    """What became of everything that was asked for, by the requirement that counts it."""
    rules = [r for r in case.policy.rules(case.tier).requirements if isinstance(r, ObservedRequirement)]
    return {r.id: denominator(r, case.evidence, case.setting, at=now()) for r in rules}


def _in_turn(case: Case) -> list[InTurn]:
    """With whom the applicant watched procedures in turn, for those who decide."""
    a = case.application
    return watched_in_turn(db.session, a.person_id, at=now(), time_zone=a.site.time_zone)


def _waiting(case: Case) -> Decision | None:
    """A grant that has not taken effect yet, so that nobody takes it for one that has."""
    undone = {d.about_decision_id for d in case.decisions if d.kind == "undo"}
    return next((d for d in case.decisions if d.kind in GRANTS and d.id not in undone and now() < d.effective_at), None)


@blueprint.post("/applications/<int:application_id>/decide")
@allow("supervisor")
def decide(application_id: int) -> Page:
    """Sign a decision on exactly the evidence that was shown."""
    found, form = _readable(application_id), DecisionForm()
    if form.validate_on_submit() and form.act.data not in ACTS:
        form.act.errors = ["Use one of the buttons of the page."]
    elif form.validate_on_submit():
        try:
            confirm(form)
            actions.hold_application(db.session, found)
            case = _case(found)
            if form.recommendation.data not in ("", None, _recommendation_of(case)):
                raise Conflict("The recommendation changed since this page was shown. Read it again, then sign.")
            actions.decide_application(
                db.session, case=case, kind=form.act.data or "", limits=form.limits(), reason=form.reason.data or "",
                shown_sha256=form.shown.data or "", signer=signer(), who=current_who(), now=now(),
                missing=form.missing.data or () if form.act.data == "return" else (),
            )  # fmt: skip
            db.session.commit()
            flash(DONE[form.act.data or ""], "ok")
            return redirect(url_for("clearances.application", application_id=application_id))
        except InvalidInput as error:
            put_problems(form, error)
    return _application_page(_case(_readable(application_id)), form)


def _recommendation_of(case: Case) -> str:
    """Which recommendation the page shows: a grant repeats its limits, so it must be the one that was read."""
    standing = case.status.recommendation
    return str(standing.decision_id) if standing is not None else "none"


def _event(application_id: int, kind: str, words: str, said: str = "") -> Response:
    found = _readable(application_id)
    actions.hold_application(db.session, found)
    actions.note_event(db.session, application=found, kind=kind, actor=current_actor(), who=current_who(), now=now(), words=said)
    db.session.commit()
    flash(words, "ok")
    return redirect(url_for("clearances.application", application_id=application_id))


@blueprint.post("/applications/<int:application_id>/claim")
@allow("supervisor")
def claim(application_id: int) -> Response:
    """Take an application into review."""
    return _event(application_id, "claimed", "It is yours to review.")


@blueprint.post("/applications/<int:application_id>/release")
@allow("supervisor")
def release(application_id: int) -> Response:
    """Put an application back into the queue."""
    return _event(application_id, "released", "It is back in the queue.")


def _said(application_id: int, kind: str, words: str) -> Page:
    """An event with words of one's own; what was typed is shown again where they do not do."""
    form = WordsForm()
    try:
        if form.validate_on_submit():
            return _event(application_id, kind, words, form.words.data or "")
    except InvalidInput as error:
        put_problems(form, error)
    return _application_page(_case(_readable(application_id)), DecisionForm(formdata=None), form)


@blueprint.post("/applications/<int:application_id>/take-over")
@allow("supervisor")
def take_over(application_id: int) -> Page:
    """Take over what somebody else has claimed: after five days, or at once while covering for them."""
    return _said(application_id, "taken_over", "It is yours to review now.")


@blueprint.post("/applications/<int:application_id>/send-again")
@allow("trainee", "supervisor")
def send_again(application_id: int) -> Page:
    """Send a returned application again, saying what has changed."""
    return _said(application_id, "resubmitted", "Sent again. A supervisor of the site looks at it.")


@blueprint.post("/applications/<int:application_id>/withdraw")
@allow("trainee", "supervisor")
def withdraw(application_id: int) -> Response:
    """Withdraw one's own application."""
    return _event(application_id, "withdrawn", "Withdrawn. You can apply again at any time.")
