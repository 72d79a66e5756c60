"""Every route × method as everybody: a table that must be whole, and that the pages must agree with.

Letters, in the order signed out, trainee, supervisor, admin, auditor:
  o  open (below 400, or refused only for its content: 409, 422)
  r  open, and redirects
  n  not found (404): it exists, and is none of this person's business
  x  closed (403)
  s  asks to sign in (a redirect for GET, 401 for the rest)
Things named in paths belong to the trainee of the walk (attempt 1 is theirs) unless a line says otherwise.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.accounts.actions import propose_role
from app.accounts.queries import who
from app.bank.actions import publish_version
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import Away, Stopping, delegate_to, nominate_observer, stop_clearance
from app.domain.permissions import SYSTEM, Actor
from app.domain.practice import day_in
from app.practice.actions import Chance, start_session
from app.supervision.actions import open_observation
from tests.clearances.builders import GROUP, Clinic
from tests.domain.items.samples import make_item
from tests.policies import newest_body, proposed
from tests.regrades.builders import challenge, propose

WALKERS = (None, "trainee", "observer1", "admin", "auditor")
ANSWER = {"base_seq": 0, "op_id": "matrix-0001", "payload": {"answer": {}, "struck": [], "flag": False}}
TABLE = {
    ("GET", "/"): "rrrrr",
    ("GET", "/accessibility"): "ooooo",
    ("GET", "/account"): "soooo",
    ("POST", "/account"): "soooo",
    ("POST", "/account/password"): "soooo",
    ("GET", "/account/second-factor"): "soooo",
    ("POST", "/account/second-factor"): "soooo",
    ("POST", "/account/second-factor/begin"): "soooo",
    ("POST", "/account/second-factor/lost"): "soooo",
    ("GET", "/admin"): "sxxox",
    ("GET", "/admin/challenges"): "sxooo",
    ("GET", "/admin/challenges/<int:challenge_id>"): "sxooo",
    ("POST", "/admin/challenges/<int:challenge_id>"): "sxoox",
    ("GET", "/admin/coverage"): "sxoox",
    ("GET", "/admin/items"): "sxxox",
    ("GET", "/admin/items/<item_id>"): "sxxox",
    ("POST", "/admin/items/<item_id>/discard"): "sxxnx",
    ("POST", "/admin/items/<item_id>/draft"): "sxxox",
    ("POST", "/admin/items/<item_id>/duplicate"): "sxxox",
    ("GET", "/admin/items/<item_id>/edit"): "sxxnx",
    ("POST", "/admin/items/<item_id>/edit"): "sxxox",
    ("GET", "/admin/items/<item_id>/preview"): "sxxox",
    ("POST", "/admin/items/<item_id>/state"): "sxxox",
    ("GET", "/admin/scenes"): "sxxox",
    ("GET", "/admin/scenes/<scene_id>"): "sxxnx",
    ("GET", "/admin/items/new"): "sxxox",
    ("POST", "/admin/items/new"): "sxxox",
    ("GET", "/admin/items/quick"): "sxxox",
    ("POST", "/admin/items/quick"): "sxxox",
    ("GET", "/admin/people"): "sxxox",
    ("GET", "/admin/people/<int:person_id>"): "sxxox",
    ("POST", "/admin/people/<int:person_id>/deactivate"): "sxxox",
    ("POST", "/admin/people/<int:person_id>/link"): "sxxox",
    ("POST", "/admin/people/<int:person_id>/reactivate"): "sxxox",
    ("POST", "/admin/people/<int:person_id>/roles"): "sxxox",
    ("GET", "/admin/people/<int:person_id>/exam-time"): "sxxox",
    ("POST", "/admin/people/<int:person_id>/exam-time"): "sxxox",
    ("GET", "/admin/people/new"): "sxxox",
    ("POST", "/admin/people/new"): "sxxox",
    ("GET", "/admin/policies"): "soooo",
    ("GET", "/admin/policies/<int:version_id>"): "soooo",
    ("GET", "/admin/policies/drafts/<int:draft_id>"): "sxxoo",
    ("POST", "/admin/policies/drafts/<int:draft_id>/preview"): "sxxox",
    ("POST", "/admin/policies/drafts/<int:draft_id>/publish"): "sxxox",
    ("POST", "/admin/policies/drafts/<int:draft_id>/withdraw"): "sxxox",
    ("GET", "/admin/policies/new"): "sxxox",
    ("POST", "/admin/policies/new"): "sxxox",
    ("GET", "/admin/regrades"): "sxooo",
    ("GET", "/admin/regrades/<int:regrade_id>"): "sxooo",
    ("POST", "/admin/regrades/<int:regrade_id>/commit"): "sxoox",
    ("POST", "/admin/regrades/<int:regrade_id>/preview"): "sxoox",
    ("POST", "/admin/regrades/<int:regrade_id>/withdraw"): "sxoox",
    ("GET", "/admin/regrades/new"): "sxoox",
    ("POST", "/admin/regrades/new"): "sxoox",
    ("GET", "/admin/review"): "sxoox",
    ("POST", "/admin/review/<int:version_id>"): "sxoox",
    ("POST", "/admin/roles/<int:membership_id>/confirm"): "sxxox",
    ("POST", "/admin/roles/<int:membership_id>/end"): "sxxox",
    ("GET", "/admin/sites"): "sxxox",
    ("POST", "/admin/sites"): "sxxox",
    ("GET", "/applications/<int:application_id>"): "soooo",
    ("POST", "/applications/<int:application_id>/claim"): "sxoxx",
    ("POST", "/applications/<int:application_id>/decide"): "sxoxx",
    ("POST", "/applications/<int:application_id>/release"): "sxoxx",
    ("POST", "/applications/<int:application_id>/send-again"): "soxxx",
    ("POST", "/applications/<int:application_id>/take-over"): "sxoxx",
    ("POST", "/applications/<int:application_id>/withdraw"): "soxxx",
    ("GET", "/attempts/<int:attempt_id>"): "srnnn",
    ("POST", "/attempts/<int:attempt_id>"): "sonnn",
    ("POST", "/attempts/<int:attempt_id>/break"): "sonnn",
    ("GET", "/attempts/<int:attempt_id>/clock"): "sonnn",
    ("GET", "/attempts/<int:attempt_id>/items"): "sonnn",
    ("POST", "/attempts/<int:attempt_id>/go-on"): "sonnn",
    ("POST", "/attempts/<int:attempt_id>/lease"): "sonnn",
    ("GET", "/attempts/<int:attempt_id>/receipt"): "sonnn",
    ("PUT", "/attempts/<int:attempt_id>/responses/<int:position>"): "sonnn",
    ("GET", "/attempts/<int:attempt_id>/result"): "sonnn",
    ("GET", "/attempts/<int:attempt_id>/review"): "srnnn",
    ("POST", "/attempts/<int:attempt_id>/submit"): "srnnn",
    ("GET", "/audit"): "sxxoo",
    ("GET", "/bundles/<name>"): "nnnnn",
    ("POST", "/challenges/<int:challenge_id>/noted"): "snnnn",
    ("GET", "/calendar/<token>.ics"): "nnnnn",
    ("GET", "/check/<code>"): "nnnnn",
    ("GET", "/clearances"): "sooxx",
    ("GET", "/clearances/<group_id>/apply"): "sooxx",
    ("POST", "/clearances/<group_id>/apply"): "sooxx",
    ("POST", "/clearances/<int:decision_id>/evidence"): "snooo",
    ("GET", "/clearances/calendar"): "sooxx",
    ("POST", "/clearances/calendar"): "sooxx",
    ("POST", "/clearances/calendar/end"): "srrxx",
    ("GET", "/clearances/code"): "sooxx",
    ("POST", "/clearances/code"): "sooxx",
    ("POST", "/corrections/<int:regrade_id>/noted"): "snnnn",
    ("GET", "/cover"): "sxooo",
    ("POST", "/cover"): "sxoxx",
    ("POST", "/cover/<int:delegation_id>/end"): "sxxox",
    ("POST", "/decisions/<int:decision_id>/answer"): "snnnn",
    ("GET", "/decisions/<int:decision_id>/appeal"): "snooo",
    ("POST", "/decisions/<int:decision_id>/appeal"): "snnnn",
    ("POST", "/decisions/<int:decision_id>/appeal/decide"): "sxoxx",
    ("GET", "/decisions/<int:decision_id>/notice"): "snooo",
    ("POST", "/decisions/<int:decision_id>/seen"): "snnnn",
    ("POST", "/decisions/<int:decision_id>/undo"): "sxnxx",
    ("GET", "/documents"): "sooxx",
    ("GET", "/documents/<int:document_id>"): "soooo",
    ("POST", "/documents/<int:document_id>"): "soooo",
    ("GET", "/documents/new"): "sooxx",
    ("POST", "/documents/new"): "sooxx",
    ("GET", "/evidence/<kind>/<int:record_id>/recall"): "sxoxx",
    ("POST", "/evidence/<kind>/<int:record_id>/recall"): "sxoxx",
    ("GET", "/healthz"): "ooooo",
    ("GET", "/help"): "ooooo",
    ("GET", "/home"): "soorr",
    ("GET", "/invite/<token>"): "nnnnn",
    ("POST", "/invite/<token>"): "nnnnn",
    ("GET", "/items/<item_id>/challenge"): "sonnn",
    ("POST", "/items/<item_id>/challenge"): "sonnn",
    ("GET", "/observations"): "sooxx",
    ("GET", "/observations/<int:observation_id>"): "soooo",
    ("POST", "/observations/<int:observation_id>"): "sxoxx",
    ("GET", "/observations/code"): "sxoxx",
    ("POST", "/observations/code"): "sxoxx",
    ("GET", "/observations/new"): "sooxx",
    ("POST", "/observations/new"): "sooxx",
    ("GET", "/observers"): "sxooo",
    ("GET", "/observers/<int:site_id>/<group_id>"): "sxoxx",
    ("POST", "/observers/<int:site_id>/<group_id>"): "sxoxx",
    ("POST", "/observers/nominations/<int:decision_id>/confirm"): "sxoxx",
    ("GET", "/people"): "sxooo",
    ("GET", "/people/<int:person_id>"): "soooo",
    ("GET", "/people/<int:person_id>/attempts/<int:attempt_id>/time"): "sxoxx",
    ("POST", "/people/<int:person_id>/attempts/<int:attempt_id>/time"): "sxoxx",
    ("GET", "/people/<int:person_id>/identity"): "sxoox",
    ("POST", "/people/<int:person_id>/identity"): "sxoox",
    ("GET", "/people/<int:person_id>/identity/lost"): "sxoox",
    ("POST", "/people/<int:person_id>/identity/lost"): "sxoox",
    ("GET", "/people/<int:person_id>/recall"): "sxoxx",
    ("POST", "/people/<int:person_id>/recall"): "sxoxx",
    ("GET", "/people/<int:person_id>/stop/<int:site_id>/<group_id>"): "sxoxx",
    ("POST", "/people/<int:person_id>/stop/<int:site_id>/<group_id>"): "sxoxx",
    ("GET", "/people/<int:person_id>/competencies/<slug>"): "sxoxx",
    ("POST", "/people/<int:person_id>/competencies/<slug>"): "sxoxx",
    ("GET", "/people/<int:person_id>/exams/<quiz_id>"): "sxoxx",
    ("POST", "/people/<int:person_id>/exams/<quiz_id>"): "sxoxx",
    ("GET", "/people/<int:person_id>/late-answers"): "sxoxx",
    ("POST", "/people/<int:person_id>/late-answers"): "sxoxx",
    ("GET", "/practice"): "sooxx",
    ("POST", "/practice"): "sooxx",
    ("GET", "/practice/<int:session_id>"): "sonxx",
    ("POST", "/practice/<int:session_id>"): "sonxx",
    ("POST", "/practice/<int:session_id>/next"): "sonxx",
    ("POST", "/practice/<int:session_id>/note"): "sonxx",
    ("GET", "/privacy"): "ooooo",
    ("GET", "/queue"): "sxoxx",
    ("GET", "/quizzes"): "sooxx",
    ("GET", "/quizzes/<quiz_id>"): "sooxx",
    ("POST", "/quizzes/<quiz_id>/start"): "sooxx",
    ("GET", "/readyz"): "ooooo",
    ("GET", "/register"): "sxooo",
    ("GET", "/register.csv"): "sxooo",
    ("GET", "/register.pdf"): "sxooo",
    ("GET", "/register.xlsx"): "sxooo",
    ("GET", "/reset/<token>"): "nnnnn",
    ("POST", "/reset/<token>"): "nnnnn",
    ("GET", "/sign-in"): "ooooo",
    ("POST", "/sign-in"): "ooooo",
    ("GET", "/sites/<int:site_id>/today"): "sxooo",
    ("GET", "/sittings"): "sxoxx",
    ("GET", "/sittings/new"): "sxoxx",
    ("POST", "/sittings/new"): "sxoxx",
    ("POST", "/sign-out"): "rrrrr",
    ("GET", "/static/<path:filename>"): "nnnnn",
    ("GET", "/stops/<int:stop_id>"): "snooo",
    ("POST", "/stops/<int:stop_id>/end"): "sxoxx",
}
PERSONAL = ("person_id", "application_id", "attempt_id", "document_id", "observation_id", "session_id")
REFUSED_FOR_CONTENT = frozenset({409, 410, 422, 429})
LAST = ("/sign-out", "/admin/people/<int:person_id>/deactivate", "/admin/roles/<int:membership_id>/end")


def routes(app: Flask) -> Iterator[tuple[str, str]]:
    """Every (method, rule) that the application answers, HEAD and OPTIONS apart."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            yield method, rule.rule


def test_the_table_names_every_route_and_no_other(clinic: Clinic) -> None:
    real = set(routes(clinic.app))
    assert sorted(real - set(TABLE)) == [], "routes that the table does not name"
    assert sorted(set(TABLE) - real) == [], "lines of the table that no route has"
    assert {len(line) for line in TABLE.values()} == {len(WALKERS)}


def fill(clinic: Clinic, rule: str) -> str:
    """A real address for a rule: things of the trainee, at the northern site."""
    with clinic.act() as session:
        slug = catalogue_in_force(session).catalogue.critical_competencies[0]
    names = {
        "person_id": clinic.ids["trainee"],
        "application_id": clinic.application_id,
        "attempt_id": clinic.scalar("SELECT min(id) FROM attempt"),
        "position": 1,
        "document_id": clinic.scalar(f"SELECT min(id) FROM document WHERE holder_id = {clinic.ids['trainee']}"),
        "version_id": 1,
        "membership_id": clinic.scalar("SELECT max(id) FROM membership"),
        "site_id": clinic.sites["north"],
        "decision_id": clinic.scalar("SELECT max(id) FROM decision"),
        "stop_id": clinic.scalar("SELECT coalesce(max(id), 1) FROM decision WHERE kind = 'hold'"),
        "delegation_id": clinic.scalar("SELECT coalesce(max(id), 1) FROM delegation"),
        "kind": "observation",
        "record_id": clinic.scalar(f"SELECT min(id) FROM observation_record WHERE trainee_id = {clinic.ids['trainee']}"),
        "group_id": GROUP,
        "quiz_id": GROUP,
        "slug": slug,
        "observation_id": clinic.scalar("SELECT max(id) FROM observation"),
        "item_id": "thorax-1",
        "regrade_id": clinic.scalar("SELECT max(id) FROM regrade"),
        "challenge_id": clinic.scalar("SELECT max(id) FROM challenge"),
        "draft_id": clinic.scalar("SELECT max(id) FROM policy_draft"),
        "scene_id": "no-such-scene",
        "code": "NOSUCHCODE",
        "token": "none",
        "filename": "nothing.css",
        "session_id": clinic.scalar("SELECT coalesce(min(id), 1) FROM practice_session"),
        "name": "nothing.css",
    }
    if rule == "/items/<item_id>/challenge":  # an exam item is named by its place alone
        return f"/items/-/challenge?attempt={names['attempt_id']}&position=1"
    if rule.startswith("/decisions/") and not rule.endswith("/undo"):  # these are about decisions against somebody
        names["decision_id"] = names["stop_id"]
    if rule == "/clearances/<int:decision_id>/evidence":  # a clearance: the founding right of an observer
        names["decision_id"] = clinic.scalar("SELECT max(id) FROM decision WHERE kind = 'grant'")
    query = "?item=thorax-1" if rule == "/admin/regrades/new" else ""
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: str(names[m.group(1)]), rule) + query


def prepare(clinic: Clinic) -> None:
    """What addresses need: an observation, a stop, a nomination, a cover, a waiting role, practice, a regrade, a challenge, a draft
    of a policy."""
    with clinic.act() as session:
        begin_practice(clinic, session)
        pack, now = catalogue_in_force(session).catalogue, clinic.clock.at
        open_observation(
            session,
            trainee=clinic.person(session, "trainee"),
            site=clinic.site(session),
            region=clinic.regions[0],
            technique="As taught",
            purpose="assessment",
            subject="patient",
            code="MATRIX22",
            catalogue=pack,
            now=now - timedelta(hours=1),
        )
        director = clinic.person(session, "director")
        stop_clearance(
            session,
            person=clinic.person(session, "observer2"),
            site=clinic.site(session),
            asked=Stopping("hold", "may_observe", GROUP, clinic.regions, "Something is being looked into."),
            signer=director,
            who=who(session, director, now),
            now=now,
        )
        signer = clinic.person(session, "external")
        nominate_observer(
            session,
            person=clinic.person(session, "senior"),
            site=clinic.site(session),
            group=GROUP,
            regions=clinic.regions,
            grounds="Instructor of a course.",
            signer=signer,
            who=who(session, signer, now),
            now=now,
        )
        second = clinic.person(session, "second")
        delegate_to(
            session, site=clinic.site(session), delegate=signer, delegator=second, who=who(session, second, now), now=now,
            away=Away(signer.id, now.date() + timedelta(days=7), "On leave for a week."),
        )  # fmt: skip
        propose(clinic, session, "director", "thorax-1", policy="full_marks")
        challenge(clinic, session, "trainee", int(session.execute(text("SELECT min(id) FROM attempt")).scalar_one()), 1)
        partner = clinic.person(session, "partner")
        proposed(session, newest_body(session), partner, now)
        propose_role(
            session,
            person=clinic.person(session, "nobody"),
            role="supervisor",
            site_id=clinic.sites["north"],
            actor=Actor(partner.id, "Piet"),
            who=who(session, partner, now),
            now=now,
        )


def begin_practice(clinic: Clinic, session: Any) -> None:
    """The trainee's session at its first item."""
    content = make_item(id="practice-1", pool="practice")
    publish_version(session, content, origin="file", author_id=None, reason="for a walk", actor=SYSTEM, now=clinic.clock.at)
    start_session(
        session, person=clinic.person(session, "trainee"), day=day_in("UTC", clinic.clock.at),
        chance=Chance(random.Random(1), "showing-of-the-walk"), now=clinic.clock.at,
    )  # fmt: skip


def expected(letter: str, method: str, status: int) -> bool:
    """Whether a status is of the family that a letter means."""
    if letter == "s":
        return status == 302 if method == "GET" else status in (400, 401)
    return {
        "o": status < 400 or status in REFUSED_FOR_CONTENT,
        "r": status in (301, 302, 303),
        "n": status == 404,
        "x": status in (403, 404),
    }[letter]


@pytest.mark.parametrize("number", range(len(WALKERS)), ids=[k or "signed out" for k in WALKERS])
def test_every_route_answers_each_role_as_the_table_says(clinic: Clinic, number: int) -> None:
    prepare(clinic)
    client, wrong = clinic.client(WALKERS[number]), []
    for (method, rule), line in sorted(TABLE.items(), key=lambda entry: (entry[0][1] in LAST, entry[0][0], entry[0][1])):
        path = fill(clinic, rule)
        answer = client.open(path, method=method, json=ANSWER if method == "PUT" else None)
        to_sign_in = answer.status_code == 302 and answer.location.startswith("/sign-in")
        asks = line[number] == "s" and method == "GET"
        if not expected(line[number], method, answer.status_code) or (to_sign_in != asks and rule != "/sign-out"):
            wrong.append(f"{method} {path}: {answer.status_code} instead of {line[number]}")
        answer.close()
    assert wrong == []


@pytest.mark.parametrize("key", ["southern", "nobody", "ready"])
def test_somebody_without_a_role_at_the_site_sees_and_changes_nothing_of_its_people(clinic: Clinic, key: str) -> None:
    prepare(clinic)
    client, events = clinic.client(key), clinic.count("audit_event")
    for method, rule in sorted(TABLE):
        personal = any(name in rule for name in PERSONAL)
        if personal or any(name in rule for name in ("decision_id", "stop_id", "site_id", "record_id")):
            answer = client.open(fill(clinic, rule), method=method, json=ANSWER if method == "PUT" else None)
            assert answer.status_code in (403, 404), f"{method} {rule} as {key}: {answer.status_code}"
    assert clinic.count("audit_event") == events


def test_a_method_that_a_route_does_not_have_is_refused(clinic: Clinic) -> None:
    client = clinic.client("admin")
    for method, path in (("POST", "/register"), ("DELETE", "/admin/people/1"), ("PUT", "/sign-in"), ("PATCH", "/account")):
        assert client.open(path, method=method).status_code == 405
    assert clinic.client().open("/account", method="DELETE").status_code in (401, 405)
