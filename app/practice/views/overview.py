"""Where practice starts: what is due today, what exams assigned, progress, notes."""

from __future__ import annotations

from flask import render_template
from werkzeug.wrappers import Response

from app.accounts.queries import get_person
from app.database import db
from app.domain.practice import day_in
from app.practice import actions, queries
from app.practice.views.blueprint import PRACTISERS, Page, blueprint, chance, my_day, my_zone, to_session
from app.quizzes.queries import quiz_titles
from app.web.access import allow, current_person
from app.web.clockwork import now


@blueprint.get("/practice")
@allow(*PRACTISERS)
def overview() -> Page:
    """Due today by hazard, assigned practice with what is left, progress with its uncertainty."""
    me, zone = current_person().id, my_zone()
    domains, regions = queries.progress_of(db.session, me)
    return render_template(
        "practice/overview.html", agenda=queries.agenda_of(db.session, me, day=day_in(zone, now()), now=now()), zone=zone,
        running=queries.find_open_session(db.session, me), assigned=queries.assigned_to(db.session, me),
        domains=domains, regions=regions, notes=queries.notes_of(db.session, me), names=queries.hazard_names(db.session),
        titles=quiz_titles(db.session),
    )  # fmt: skip


@blueprint.post("/practice")
@allow(*PRACTISERS)
def start() -> Response:
    """Begin five minutes, or go on with the session that is open."""
    person = get_person(db.session, current_person().id)
    found = actions.start_session(db.session, person=person, day=my_day(), chance=chance(), now=now())
    db.session.commit()
    return to_session(found.id)
