"""The evidence behind one clearance, to be taken away and re-checked by a stranger."""

from __future__ import annotations

from flask import Response

from app.clearances import actions
from app.clearances.queries import find_clearance, get_policy, pack_of
from app.clearances.register_table import internal_line
from app.clearances.views.blueprint import blueprint
from app.database import db
from app.decisions.models import Decision
from app.domain.errors import NotFound
from app.formats.evidence_pack import pack_files
from app.formats.zip_file import zip_bytes
from app.web.access import SIGNED_IN, allow, current_actor, current_who
from app.web.clockwork import now
from app.web.pages import organisation


def _readable(decision_id: int) -> Decision:
    """A clearance of one's own or of one's site; any other does not exist."""
    found, who = find_clearance(db.session, decision_id), current_who()
    readers = who.has("supervisor", found.site_id) or who.has("admin") or who.has("auditor")
    if who.person_id != found.person_id and not readers:
        raise NotFound("There is no such clearance.")
    return found


@blueprint.post("/clearances/<int:decision_id>/evidence")
@allow(SIGNED_IN)
def evidence_pack(decision_id: int) -> Response:
    """Make the pack, and note that it was made."""
    decision = _readable(decision_id)
    version = get_policy(db.session, decision.policy_version_id) if decision.policy_version_id is not None else None
    line = internal_line(organisation(), version.number if version is not None else None)
    files = pack_files(pack_of(db.session, decision, organisation=organisation(), line=line, now=now()))
    actions.note_pack(db.session, decision=decision, files=files, actor=current_actor(), now=now())
    db.session.commit()
    name = f"evidence-{decision.id}"
    response = Response(zip_bytes({f"{name}/{n}": content for n, content in files.items()}), mimetype="application/zip")
    response.headers["Content-Disposition"] = f"attachment; filename={name}.zip"
    return response
