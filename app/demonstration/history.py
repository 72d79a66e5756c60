"""What each person of the demonstration clinic did, at earlier instants."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from random import Random

from app.accounts.queries import time_zone_of, who
from app.attempts.actions import Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.queries import keyed_places
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    Stopping,
    decide_application,
    open_application,
    stop_clearance,
)
from app.clearances.models import Application
from app.clearances.queries import case_of
from app.demonstration.answers import poor_answer, right_answer, saves_to
from app.demonstration.clinic import Someone
from app.demonstration.making import Clinic
from app.demonstration.practising import Habit, practise
from app.domain.standing import Limits
from app.quizzes.queries import get_current_quiz
from app.records.actions import Entry, enter_document, verify_document
from app.supervision.actions import Form, approve_competency, open_observation, sign_observation
from app.supervision.queries import form_sha256, get_observation


def live_history(clinic: Clinic, someone: Someone) -> None:
    """Go as far as the person's stage says: papers, exams, observations, application, clearance; and practise beside it."""
    if someone.stage != "none":
        _live_stage(clinic, someone)
    if someone.missed:
        _sit_exam(clinic, someone.key, someone.missed, 7, poor_every=4)
    chance = Random(f"practice of {someone.key}")  # its own, so that practice moves nobody's exam
    habit = Habit(chance, clinic.tokens, clinic.sites["north"].time_zone)
    for days_ago in someone.practised:
        practise(clinic.session, clinic.people[someone.key], habit, clinic.at(days_ago))


def _live_stage(clinic: Clinic, someone: Someone) -> None:
    expiring = someone.stage == "expiring"
    _documents(clinic, someone.key, soon=expiring)
    for quiz in ("general-safety", "complication-response"):
        _sit_exam(clinic, someone.key, quiz, 120)
    if someone.stage == "exams":
        return
    _competencies(clinic, someone.key)
    for group in someone.groups:
        if group == "thorax" and someone.stage != "observed":
            _sit_exam(clinic, someone.key, group, 100)
        _observed(clinic, someone.key, group, 90, short=1 if someone.stage == "observed" else 0)
        application = _apply(clinic, someone.key, group, 60)
        if someone.stage in ("cleared", "expiring", "suspended"):
            _grant(clinic, application, 40)
        if someone.stage == "suspended":
            _suspend(clinic, someone.key, group, 2)


def _suspend(clinic: Clinic, key: str, group: str, days_ago: float) -> None:
    """Stopped by one supervisor; nobody has proposed to end it."""
    session, at = clinic.session, clinic.at(days_ago)
    regions = tuple(catalogue_in_force(session).catalogue.regions_of(group))[:2]
    reason = "A patient felt short of breath after needling here. It is being looked into with both of them (fictional)."
    stop_clearance(
        session, person=clinic.people[key], site=clinic.sites["north"],
        asked=Stopping("suspend", "independent", group, regions, reason), signer=clinic.people["observer2"],
        who=who(session, clinic.people["observer2"], at), now=at,
    )  # fmt: skip


def _documents(clinic: Clinic, key: str, *, soon: bool) -> None:
    session, today = clinic.session, clinic.today.date()
    end = today + timedelta(days=25 if soon else 400)
    papers = (
        ("licence", "Practising licence", end),
        ("indemnity", "Professional indemnity", today + timedelta(days=330)),
        ("bls", "Basic life support with AED", today + timedelta(days=500)),
        ("course", "Dry needling course record", None),
    )
    for kind, title, until in papers:
        _paper(clinic, key, kind, title, until, today - timedelta(days=300))
    session.flush()


def _paper(clinic: Clinic, key: str, kind: str, title: str, until: date | None, since: date) -> None:
    session, site = clinic.session, clinic.sites["north"]
    jurisdiction = site.jurisdiction if kind == "licence" else ""
    entry = Entry(kind, title, "Fictional Register", f"FICT-{key.upper()}", jurisdiction, since, until)
    document = enter_document(session, holder=clinic.people[key], entry=entry, actor=clinic.actor(key), now=clinic.at(200))
    verifier = "observer1" if key != "observer1" else "observer2"
    verify_document(
        session, document=document, verdict="verified", how="Register looked up (fictional).", verifier=clinic.people[verifier],
        who=who(session, clinic.people[verifier], clinic.at(199)),
        holder_sites=[site.id], time_zone=site.time_zone, now=clinic.at(199),
    )  # fmt: skip


def _sit_exam(clinic: Clinic, key: str, quiz: str, days_ago: float, *, poor_every: int = 0) -> None:
    """Sit an exam at full marks; or with every so many answers poor, given as sure."""
    session, start = clinic.session, clinic.at(days_ago)
    attempt = start_attempt(
        session, person=clinic.people[key], quiz_version=get_current_quiz(session, quiz),
        seed=f"{clinic.rng.getrandbits(128):032x}",
        time_zone=time_zone_of(session, clinic.people[key].id, start), need_review=False, now=start,
    )  # fmt: skip
    places = keyed_places(session, attempt.id)
    for n, place in enumerate(places, start=1):
        poor = bool(poor_every) and n % poor_every == 0
        answer = (poor_answer if poor else right_answer)(place.content, place.variant)
        for seq, step in enumerate(saves_to(answer)):
            payload = {"answer": step, "struck": [], "flag": False}
            certainty = "sure" if poor else "fairly_sure"
            save = Save(place.place.position, seq, f"demo-{attempt.id}-{n:04d}-{seq}", payload, certainty)
            at = start + timedelta(seconds=40 * n)
            save_answer(session, attempt_id=attempt.id, person_id=clinic.people[key].id, save=save, now=at)
    end = start + timedelta(seconds=40 * (len(places) + 1))
    session.refresh(attempt)
    read_back = {p.place.position: p.place.seq for p in keyed_places(session, attempt.id)}
    submit_attempt(session, attempt=attempt, read_back=read_back, now=end)
    session.refresh(attempt)
    grade_attempt(session, attempt, now=end)


def _observed(clinic: Clinic, key: str, group: str, days_ago: float, *, short: int) -> None:
    pack = catalogue_in_force(clinic.session).catalogue
    regions = list(pack.regions_of(group))[:2]
    total = {"high": 6, "elevated": 4}.get(pack.get_group(group).tier, 2)
    observers = [o for o in ("observer1", "observer2", "observer3") if o != key]
    for n in range(total - short):
        _watch(clinic, key, regions[n % len(regions)], observers[n % 2], days_ago - 3 * n)


def _watch(clinic: Clinic, key: str, region: str, observer: str, days_ago: float) -> None:
    session, at = clinic.session, clinic.at(days_ago)
    pack, site = catalogue_in_force(session).catalogue, clinic.sites["north"]
    opened = open_observation(
        session, trainee=clinic.people[key], site=site, region=region, technique="As taught for this region (fictional)",
        purpose="assessment", subject="patient", code=clinic.tokens(), catalogue=pack, now=at,
    )  # fmt: skip
    form = Form(
        presence="in_room", outcome="completed", rating=5 if clinic.rng.random() < 0.5 else 4,
        rows=dict.fromkeys(pack.form_rows, 2),
        auto_fail=(), done_well="Said side, needle and direction aloud.",
        to_change="Let the patient rest a little longer afterwards.", version=form_sha256(pack),
    )  # fmt: skip
    later = at + timedelta(minutes=35)
    sign_observation(
        session, watched=get_observation(session, opened.id, later), form=form, observer=clinic.people[observer],
        who=who(session, clinic.people[observer], later), catalogue=pack, now=later,
    )  # fmt: skip


def _competencies(clinic: Clinic, key: str) -> None:
    session, at, site = clinic.session, clinic.at(80), clinic.sites["north"]
    pack = catalogue_in_force(session).catalogue
    approver = "observer1" if key != "observer1" else "observer2"
    for slug in pack.critical_competencies:
        competency = pack.find_competency(slug)
        if competency is None:
            continue
        approve_competency(
            session, person=clinic.people[key], person_sites=[site.id], site=site, competency=slug, verdict="met",
            mode=competency.modes[0], evidence="Seen over several sessions in the clinic (fictional).", until=None,
            approver=clinic.people[approver], who=who(session, clinic.people[approver], at), catalogue=pack, now=at,
        )  # fmt: skip


def _apply(clinic: Clinic, key: str, group: str, days_ago: float) -> Application:
    session, at = clinic.session, clinic.at(days_ago)
    pack, person = catalogue_in_force(session).catalogue, clinic.people[key]
    return open_application(
        session, person=person, site=clinic.sites["north"], who=who(session, person, at), group=group,
        regions=list(pack.regions_of(group))[:2], now=at,
    )  # fmt: skip


def _grant(clinic: Clinic, application: Application, days_ago: float) -> None:
    """Two people at the high tier: an observer recommends, a supervisor who observed none of it grants."""
    session, at = clinic.session, clinic.at(days_ago)
    case = case_of(session, application, now=at)
    granter = "observer4" if application.person_id == clinic.people["director"].id else "director"
    limits = Limits(max_needle_mm=40) if case.tier == "high" else Limits()
    if case.tier in ("high", "restricted"):
        _decide(clinic, application, "recommend", "observer1", limits, at)
        at += timedelta(days=1)
    _decide(clinic, application, "grant", granter, limits, at)


def _decide(clinic: Clinic, application: Application, kind: str, signer: str, limits: Limits, at: datetime) -> None:
    session = clinic.session
    case = case_of(session, application, now=at)
    decide_application(
        session, case=case, kind=kind, limits=limits, reason="", shown_sha256=case.evidence_sha256, signer=clinic.people[signer],
        who=who(session, clinic.people[signer], at), now=at,
    )  # fmt: skip
