"""Approve competencies."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from app.accounts.models import Person, Site
from app.accounts.queries import find_installation
from app.audit.actions import record
from app.domain.catalogue import Catalogue
from app.domain.errors import InvalidInput, NotAllowed
from app.domain.permissions import Actor, Who, may_sign, may_supervise, refuse_while_restored
from app.signatures.actions import sign
from app.supervision.models import CompetencyApproval


def approve_competency(
    session: Session, *, person: Person, person_sites: Collection[int], site: Site, competency: str, verdict: str, mode: str,
    evidence: str, until: datetime | None, approver: Person, who: Who, catalogue: Catalogue, now: datetime,
) -> CompetencyApproval:  # fmt: skip
    """Sign a competency *met* or *not yet* on named evidence; a supervisor of a shared site, never its holder."""
    allowed = may_supervise(who, person.id, person_sites)
    allowed = allowed if not allowed.allowed else may_sign(who, "supervisor", site.id, at=now)
    if not allowed.allowed:
        raise NotAllowed(allowed.reason)
    if verdict == "met":
        installation = find_installation(session)
        refuse_while_restored(installation.mode if installation else None)
    _check(catalogue, competency, verdict, mode, evidence)
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


def _check(catalogue: Catalogue, competency: str, verdict: str, mode: str, evidence: str) -> None:
    """Raise InvalidInput with everything that is wrong with a verdict."""
    found, problems = catalogue.find_competency(competency), []
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
