"""Open observations, fill and sign them, approve competencies."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.audit.actions import record
from app.catalogue.queries import catalogue_in_force
from app.decisions.queries import may_observe, observer_grants
from app.domain.canonical import canonical_bytes
from app.domain.catalogue import Catalogue
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import NEW_ROLE_WAIT, Actor, Who, may_sign, may_supervise
from app.signatures.actions import sign
from app.supervision.models import CompetencyApproval, Observation, ObservationDraft, ObservationRecord
from app.supervision.queries import PRESENCE_WORDS, PURPOSE_WORDS, SUBJECT_WORDS, Watched, code_sha256

OUTCOMES = ("completed", "abandoned")
MEANING_WATCHED = "I watched this procedure"
MEANING_NOT_SEEN = "I did not see this procedure"


def open_observation(
    session: Session, *, trainee: Person, site: Site, region: str, technique: str, purpose: str, subject: str, code: str,
    catalogue: Catalogue, now: datetime,
) -> Observation:  # fmt: skip
    """Ask for an observation before the procedure begins; coaching or assessment is declared here, before the needle."""
    problems = []
    if catalogue.find_region(region) is None:
        problems.append(("region", "Choose a region from the list."))
    if purpose not in PURPOSE_WORDS:
        problems.append(("purpose", "Choose coaching or assessment; it cannot be changed afterwards."))
    if subject not in SUBJECT_WORDS:
        problems.append(("subject", "Choose who or what is needled."))
    if not 3 <= len(technique.strip()) <= 200:
        problems.append(("technique", "Name the technique in 3 to 200 characters, without anything about the patient."))
    if problems:
        raise InvalidInput(problems)
    observation = Observation(
        trainee_id=trainee.id, site_id=site.id, region=region, technique=technique.strip(), purpose=purpose, subject=subject,
        code_sha256=code_sha256(code), opened_at=now,
    )  # fmt: skip
    session.add(observation)
    session.flush()
    facts = {"observation": observation.id, "region": region, "purpose": purpose}
    actor = Actor(trainee.id, trainee.printed_name)
    record(session, stream=f"person:{trainee.id}", act="observation.opened", actor=actor, now=now, facts=facts)
    return observation


@dataclass(frozen=True, slots=True)
class Form:
    """What an observer fills in. `rows` are 0, 1 or 2 for each row of the observed-procedure form."""

    presence: str
    outcome: str
    rating: int | None
    rows: Mapping[str, int]
    auto_fail: tuple[str, ...]
    done_well: str
    to_change: str


def check_form(form: Form, row_names: Collection[str], fail_names: Collection[str]) -> None:
    """Raise InvalidInput that lists everything missing from an observation form."""
    problems = []
    if form.presence not in PRESENCE_WORDS:
        problems.append(("presence", "Say whether you were in the room."))
    if form.outcome not in OUTCOMES:
        problems.append(("outcome", "Say whether the procedure was completed or abandoned."))
    if form.presence in ("in_room", "live_video"):
        missing = [name for name in row_names if form.rows.get(name) not in (0, 1, 2)]
        if missing:
            problems.append(("rows", f"{len(missing)} rows are not marked yet: {missing[0]}."))
        if form.rating not in (1, 2, 3, 4, 5):
            problems.append(("rating", "Choose how much help you had to give."))
        if not form.done_well.strip():
            problems.append(("done_well", "Write one thing that was done well."))
        if not form.to_change.strip():
            problems.append(("to_change", "Write one thing to change next time."))
    unknown = set(form.rows) - set(row_names) | set(form.auto_fail) - set(fail_names)
    if unknown:
        problems.append(("rows", "The form has rows that this version does not know. Load the page again."))
    if max(len(form.done_well), len(form.to_change)) > 500:
        problems.append(("done_well", "Keep each remark under 500 characters."))
    if problems:
        raise InvalidInput(problems)


def save_draft(session: Session, *, observation_id: int, observer_id: int, content: Mapping[str, Any], now: datetime) -> None:
    """Keep what an observer has filled in, so that nothing typed is lost."""
    draft = session.get(ObservationDraft, (observation_id, observer_id))
    if draft is None:
        draft = ObservationDraft(observation_id=observation_id, observer_id=observer_id)
        session.add(draft)
    draft.content, draft.saved_at = json.dumps(dict(content), sort_keys=True), now
    session.flush()


def shown_for_observation(watched: Watched, form: Form) -> dict[str, object]:
    """What the observer signs."""
    observation = watched.observation
    return {
        "auto_fail": sorted(form.auto_fail),
        "done_well": form.done_well.strip(),
        "observation": observation.id,
        "opened_at": observation.opened_at.isoformat(),
        "outcome": form.outcome,
        "presence": form.presence,
        "purpose": observation.purpose,
        "rating": form.rating,
        "region": observation.region,
        "rows": dict(sorted(form.rows.items())),
        "subject": observation.subject,
        "technique": observation.technique,
        "to_change": form.to_change.strip(),
        "trainee": observation.trainee_id,
    }


def may_sign_observation(session: Session, watched: Watched, who: Who, now: datetime) -> str:
    """The reason why this person may not sign this observation; empty if they may."""
    observation = watched.observation
    if who.person_id == observation.trainee_id:
        return "Nobody acts on their own record."
    if not who.has("supervisor", observation.site_id):
        return "Only a supervisor of this site may sign this observation."
    if who.access_reset_at is not None and who.access_reset_at > now - NEW_ROLE_WAIT:
        return "Somebody reset your access within the last 24 hours. You can sign a day after the reset."
    answer = may_sign(who, "supervisor", observation.site_id, at=now)
    if not answer.allowed:
        return answer.reason
    grants = observer_grants(session, [who.person_id])
    group = catalogue_in_force(session).catalogue.group_of(observation.region).id
    if not may_observe(grants, site_id=observation.site_id, group=group, region=observation.region, at=observation.opened_at):
        return "You did not hold the right to observe this region when the procedure was opened."
    return ""


def sign_observation(
    session: Session, *, watched: Watched, form: Form, observer: Person, who: Who, catalogue: Catalogue, now: datetime
) -> ObservationRecord:
    """Sign what was seen; one record for each observation, within 14 days of opening."""
    observation = watched.observation
    refusal = may_sign_observation(session, watched, who, now)
    if refusal:
        raise NotAllowed(refusal)
    if watched.state != "open":
        words = {
            "signed": "This observation is signed already.",
            "void": "This observation was not signed within 14 days and is void.",
        }
        raise Conflict(words[watched.state])
    check_form(form, catalogue.form_rows, catalogue.auto_fail)
    seen = form.presence != "not_seen"
    signature = sign(
        session, signer=observer, meaning=MEANING_WATCHED if seen else MEANING_NOT_SEEN, subject=f"observation:{observation.id}",
        shown=shown_for_observation(watched, form), shown_sha256=None, now=now, time_zone=observation.site.time_zone,
    )  # fmt: skip
    row = ObservationRecord(
        observation_id=observation.id, trainee_id=observation.trainee_id, observer_id=observer.id, presence=form.presence,
        outcome=form.outcome, rating=form.rating if seen else None, rows=canonical_bytes(dict(form.rows)).decode(),
        auto_fail=canonical_bytes(sorted(form.auto_fail)).decode(), done_well=form.done_well.strip(),
        to_change=form.to_change.strip(), signed_at=now, signature_id=signature.id,
    )  # fmt: skip
    session.add(row)
    try:
        session.flush()
    except IntegrityError:
        session.rollback()
        raise Conflict("This observation was signed in the meantime. Load the page again.") from None
    facts = {"observation": observation.id, "record": row.id, "sealed": signature.sha256, "signature": signature.id}
    actor = Actor(observer.id, observer.printed_name)
    record(session, stream=f"person:{observation.trainee_id}", act="observation.signed", actor=actor, now=now, facts=facts)
    return row


def approve_competency(
    session: Session, *, person: Person, person_sites: Collection[int], site: Site, competency: str, verdict: str, mode: str,
    evidence: str, until: datetime | None, approver: Person, who: Who, catalogue: Catalogue, now: datetime,
) -> CompetencyApproval:  # fmt: skip
    """Sign a competency *met* or *not yet* on named evidence; a supervisor of a shared site, never its holder."""
    allowed = may_supervise(who, person.id, person_sites)
    allowed = allowed if not allowed.allowed else may_sign(who, "supervisor", site.id, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    found = catalogue.find_competency(competency)
    problems = []
    if found is None:
        problems.append(("competency", "Choose a competency from the matrix."))
    elif mode not in found.modes:
        problems.append(("mode", f"This competency is assessed by: {', '.join(found.modes)}."))
    if verdict not in ("met", "not_yet"):
        problems.append(("verdict", "Choose met or not yet."))
    if not 10 <= len(evidence.strip()) <= 1000:
        problems.append(("evidence", "Name the evidence in 10 to 1,000 characters: which attempt, observation or talk."))
    if problems:
        raise InvalidInput(problems)
    shown = {
        "competency": competency, "evidence": evidence.strip(), "mode": mode, "person": person.id, "site": site.id,
        "until": until.isoformat() if until else None, "verdict": verdict,
    }  # fmt: skip
    meaning = "I approve this competency on the evidence named" if verdict == "met" else "This competency is not met yet"
    signature = sign(
        session, signer=approver, meaning=meaning, subject=f"person:{person.id}", shown=shown, shown_sha256=None, now=now,
        time_zone=site.time_zone,
    )  # fmt: skip
    row = CompetencyApproval(
        person_id=person.id, site_id=site.id, competency=competency, verdict=verdict, mode=mode, evidence=evidence.strip(),
        approver_id=approver.id, approved_at=now, until=until, signature_id=signature.id,
    )  # fmt: skip
    session.add(row)
    session.flush()
    facts = {
        "competency": competency, "verdict": verdict, "approval": row.id, "sealed": signature.sha256, "signature": signature.id,
    }  # fmt: skip
    actor = Actor(approver.id, approver.printed_name)
    record(session, stream=f"person:{person.id}", act=f"competency.{verdict}", actor=actor, now=now, facts=facts)
    return row
