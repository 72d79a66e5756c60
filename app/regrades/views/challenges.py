"""Challenging an item from one's own result, the desk where challenges are answered, and taking note of what one was told."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.attempts.queries import keyed_places
from app.database import db
from app.domain.errors import Conflict, InvalidInput, NotFound, TooMany
from app.domain.items import answer_words
from app.regrades import actions, queries
from app.regrades.forms import AnswerForm, ChallengeForm
from app.regrades.views.blueprint import Page, blueprint, keyed, me, refuse_candidates
from app.web.access import SIGNED_IN, allow, current_person, current_who, current_zone
from app.web.choices import choices
from app.web.clockwork import now
from app.web.errors import STATUS
from app.web.form_errors import put_problems
from app.web.numbers import whole_number


@blueprint.route("/items/<item_id>/challenge", methods=["GET", "POST"])
@allow(SIGNED_IN)
def challenge(item_id: str) -> Page:
    """Dispute an item by its place in one's own finished attempt or practice, or read the answer."""
    place, form, refused = _place(item_id), ChallengeForm(), None
    refuse_candidates(place.item_id)
    if form.validate_on_submit():
        try:
            actions.make_challenge(db.session, person=me(), place=place, words=form.words.data or "", now=now())
            db.session.commit()
            flash("Sent. Somebody who reviews items answers, and you are told on your page of next steps.", "ok")
            return redirect(url_for("regrades.challenge", item_id=item_id, **_named(place)))
        except InvalidInput as error:
            put_problems(form, error)
        except (Conflict, TooMany) as refusal:
            db.session.rollback()
            refused = refusal
    made = queries.said_of(db.session, current_person().id, place)
    page = render_template(
        "regrades/challenge.html", place=place, form=form, made=made, verdicts=queries.VERDICT_WORDS, zone=current_zone(),
        refused=refused,
    )  # fmt: skip
    return page, STATUS[type(refused)] if refused else 422 if form.errors else 200


def _named(place: queries.Place) -> dict[str, Any]:
    """The query that names a place."""
    if place.attempt_id is not None:
        return {"attempt": place.attempt_id, "position": place.number}
    return {"session": place.session_id, "number": place.number}


def _place(item_id: str) -> queries.Place:
    """What the address names: `attempt` and `position`, or `session` and `number` of one's practice."""
    attempt_id, position, session_id, number = (
        whole_number(request.args.get(name)) for name in ("attempt", "position", "session", "number")
    )
    mine = current_person().id
    if attempt_id is not None and position is not None:
        return queries.own_place(db.session, mine, item_id, attempt_id, position)
    if session_id is not None and number is not None:
        return queries.own_practice(db.session, mine, item_id, session_id, number)
    raise NotFound("Begin from the result of the attempt in which the item stood, or from its explanation in practice.")


@blueprint.get("/admin/challenges")
@allow("admin", "supervisor", "auditor")
def challenges() -> Page:
    """Challenges that wait, and those that were answered; without names, since the item is judged and not the person."""
    return render_template(
        "regrades/challenges.html", waiting=queries.list_challenges(db.session, waiting=True),
        answered=queries.list_challenges(db.session, waiting=False), verdicts=queries.VERDICT_WORDS,
        closed=queries.items_sat_now(db.session, current_person().id),
    )  # fmt: skip


@blueprint.route("/admin/challenges/<int:challenge_id>", methods=["GET"])
@allow("admin", "supervisor", "auditor")
def challenged(challenge_id: int) -> Page:
    """One challenge beside its item, with everything that the reviewer needs."""
    return _desk_page(challenge_id, AnswerForm())


def _desk_page(challenge_id: int, form: AnswerForm) -> Page:
    found = queries.get_challenge(db.session, challenge_id)
    refuse_candidates(found.challenge.item_id)
    form.follows.choices = _follows(found)
    content, shown = keyed(found.challenge.version)
    acts = current_who().has("admin") or current_who().has("supervisor")
    page = render_template(
        "regrades/challenged.html", found=found, form=form, content=content, shown=shown, given=_given(found),
        may=actions.may_answer(found, current_who(), now=now()) if acts else None, verdicts=queries.VERDICT_WORDS,
        proposals=queries.list_proposals(db.session, found.challenge.item_id),
    )  # fmt: skip
    return page, 422 if form.errors else 200


def _follows(found: queries.Challenged) -> Any:
    """What may follow: nothing, a suspension, a regrade of the item, a later version."""
    item_id, number = found.challenge.item_id, found.challenge.version.number
    proposals = [p for p in queries.list_proposals(db.session, item_id) if p.state != "withdrawn"]
    later = [u.version for u in queries.uses_of(db.session, item_id) if u.version.number > number]
    return choices([
        ("", "Nothing"), ("suspend", "The item is suspended"),
        *((f"regrade:{p.regrade.id}", f"Regrade {p.regrade.id}, {queries.STATE_WORDS[p.state].lower()}") for p in proposals),
        *((f"version:{v.id}", f"Corrected in version {v.number}") for v in later),
    ])  # fmt: skip


def _given(found: queries.Challenged) -> tuple[str, ...]:
    """What the challenger had answered in an exam, in words; what is answered in practice is shown to nobody else."""
    if found.challenge.attempt_id is None:
        return ()
    places = keyed_places(db.session, found.challenge.attempt_id)
    place = next(p for p in places if p.place.position == found.challenge.position)
    return answer_words(place.content, place.variant, place.place.answer)


@blueprint.post("/admin/challenges/<int:challenge_id>")
@allow("admin", "supervisor")
def answer(challenge_id: int) -> Page:
    """Answer a challenge."""
    found, form = queries.get_challenge(db.session, challenge_id), AnswerForm()
    refuse_candidates(found.challenge.item_id)
    form.follows.choices = _follows(found)
    if form.validate_on_submit():
        try:
            actions.answer_challenge(
                db.session, challenge_id=challenge_id, ruling=form.ruling(), answerer=me(), who=current_who(), now=now()
            )
            db.session.commit()
            flash("Answered. The challenger is told on their page of next steps.", "ok")
            return redirect(url_for("regrades.challenges"))
        except InvalidInput as error:
            put_problems(form, error)
    return _desk_page(challenge_id, form)


@blueprint.post("/corrections/<int:regrade_id>/noted")
@allow(SIGNED_IN)
def note_correction(regrade_id: int) -> Response:
    """Take note of a correction."""
    actions.acknowledge(db.session, person=me(), kind="regrade", reference=regrade_id, now=now())
    db.session.commit()
    return redirect("/home")


@blueprint.post("/challenges/<int:challenge_id>/noted")
@allow(SIGNED_IN)
def note_answer(challenge_id: int) -> Response:
    """Take note of the answer to one's challenge."""
    actions.acknowledge(db.session, person=me(), kind="challenge", reference=challenge_id, now=now())
    db.session.commit()
    return redirect("/home")
