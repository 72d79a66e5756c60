"""Open observations, keep drafts of their forms, and sign what was seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import find_installation, get_person
from app.accounts.queries import who as who_of
from app.audit.actions import record
from app.catalogue.queries import catalogue_in_force
from app.decisions.queries import may_observe, observer_grants
from app.domain.canonical import canonical_bytes
from app.domain.catalogue import Catalogue
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import NO_OBSERVING, Actor, Who, is_restored, may_sign_observed
from app.signatures.actions import sign
from app.supervision.actions.filled import Form, check_form
from app.supervision.models import Observation, ObservationDraft, ObservationRecord
from app.supervision.queries import PURPOSE_WORDS, SUBJECT_WORDS, Watched, code_sha256, find_record

MEANING_WATCHED = "I watched this procedure"
MEANING_NOT_SEEN = "I did not see this procedure"
TOO_LATE = "This observation was not signed within 14 days and is void."
SIGNED_ALREADY = "This observation is signed already, and what was signed stays as it is. Load the page again to read it."


def open_observation(
    session: Session, *, trainee: Person, site: Site, region: str, technique: str, purpose: str, subject: str, code: str,
    catalogue: Catalogue, now: datetime,
) -> Observation:  # fmt: skip
    """Ask for an observation before the procedure begins; coaching or assessment is declared here, before the needle."""
    if _restored(session):
        raise Conflict(f"{NO_OBSERVING} Nothing was opened.")
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


def _restored(session: Session) -> bool:
    installation = find_installation(session)
    return is_restored(installation.mode if installation else None)


def save_draft(session: Session, *, observation_id: int, observer_id: int, content: Mapping[str, Any], now: datetime) -> None:
    """Keep what an observer has filled in, so that nothing typed is lost; two at once leave the later one."""
    text, key = json.dumps(dict(content), sort_keys=True), (observation_id, observer_id)
    draft = session.get(ObservationDraft, key)
    if draft is None:
        draft = ObservationDraft(observation_id=observation_id, observer_id=observer_id, content=text, saved_at=now)
        try:
            with session.begin_nested():
                session.add(draft)
        except IntegrityError:
            draft = session.get_one(ObservationDraft, key)  # another window of the same observer was faster
    draft.content, draft.saved_at = text, now
    session.flush()


def shown_for_observation(watched: Watched, form: Form) -> dict[str, object]:
    """What the observer signs."""
    observation = watched.observation
    return {
        "auto_fail": sorted(form.auto_fail),
        "done_well": form.done_well,
        "form": form.version,
        "observation": observation.id,
        "opened_at": observation.opened_at.isoformat(),
        "outcome": form.outcome,
        "presence": form.presence,
        "purpose": observation.purpose,
        "rating": form.rating,
        "region": observation.region,
        "rows": dict(sorted(form.rows.items())),
        "site": observation.site_id,
        "subject": observation.subject,
        "technique": observation.technique,
        "to_change": form.to_change,
        "trainee": observation.trainee_id,
    }


def may_sign_observation(session: Session, watched: Watched, who: Who, now: datetime) -> str:
    """The reason why this person may not sign this observation; empty if they may."""
    if who.person_id == watched.observation.trainee_id or not who.has("supervisor", watched.observation.site_id):
        return may_sign_observed(who, who, watched.facts, observed_then=False, observes_now=False, at=now).reason
    if _restored(session):
        return NO_OBSERVING
    o, then = watched.observation, watched.observation.opened_at
    group = catalogue_in_force(session).catalogue.group_of(o.region).id
    grants = observer_grants(session, [who.person_id])
    observes = [may_observe(grants, site_id=o.site_id, group=group, region=o.region, at=at) for at in (then, now)]
    who_then = who_of(session, get_person(session, who.person_id), then)
    return may_sign_observed(who, who_then, watched.facts, observed_then=observes[0], observes_now=observes[1], at=now).reason


def sign_observation(
    session: Session, *, watched: Watched, form: Form, observer: Person, who: Who, catalogue: Catalogue, now: datetime
) -> ObservationRecord:
    """Sign what was seen; one record for each observation, within 14 days of opening.

    Pressing Sign twice signs once: the same form of the same observer finds its own record. Any other raises Conflict.
    """
    observation, form = watched.observation, form.as_signed()
    if watched.record is not None:
        return _signed_before(session, watched.record, form, observer)
    refusal = may_sign_observation(session, watched, who, now)
    if refusal:
        raise NotAllowed(refusal)
    if watched.state == "void":
        raise Conflict(TOO_LATE)
    check_form(form, catalogue)
    try:
        with session.begin_nested():
            row, sealed = _sealed(session, watched, form, observer, now)
    except IntegrityError:
        found = find_record(session, observation.id)
        if found is None:
            raise
        return _signed_before(session, found, form, observer)
    _forget_draft(session, observation.id, observer.id)
    facts = {"observation": observation.id, "record": row.id, "sealed": sealed, "signature": row.signature_id}
    actor = Actor(observer.id, observer.printed_name)
    record(session, stream=f"person:{observation.trainee_id}", act="observation.signed", actor=actor, now=now, facts=facts)
    return row


def _sealed(session: Session, watched: Watched, form: Form, observer: Person, now: datetime) -> tuple[ObservationRecord, str]:
    """The record of one form, and the digest of the signature under it."""
    observation = watched.observation
    signature = sign(
        session, signer=observer, meaning=MEANING_WATCHED if form.seen else MEANING_NOT_SEEN,
        subject=f"observation:{observation.id}", shown=shown_for_observation(watched, form), shown_sha256=None, now=now,
        time_zone=observation.site.time_zone,
    )  # fmt: skip
    row = ObservationRecord(
        observation_id=observation.id, trainee_id=observation.trainee_id, observer_id=observer.id, signed_at=now,
        signature_id=signature.id, **_columns(form),
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row, signature.sha256


def _columns(form: Form) -> dict[str, Any]:
    """A form as it is stored."""
    return {
        "presence": form.presence, "outcome": form.outcome, "rating": form.rating, "form_sha256": form.version,
        "rows": canonical_bytes(dict(form.rows)).decode(), "auto_fail": canonical_bytes(list(form.auto_fail)).decode(),
        "done_well": form.done_well, "to_change": form.to_change,
    }  # fmt: skip


def _signed_before(session: Session, found: ObservationRecord, form: Form, observer: Person) -> ObservationRecord:
    same = all(getattr(found, name) == value for name, value in _columns(form).items())
    if found.observer_id != observer.id or not same:
        raise Conflict(SIGNED_ALREADY)
    _forget_draft(session, found.observation_id, observer.id)
    return found


def _forget_draft(session: Session, observation_id: int, observer_id: int) -> None:
    """What is signed, or cannot be signed any more, is no draft."""
    session.execute(
        delete(ObservationDraft).where(
            ObservationDraft.observation_id == observation_id, ObservationDraft.observer_id == observer_id
        )
    )
