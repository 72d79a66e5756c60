"""Every page that can be read, with somebody who may read it; addresses are filled in from the museum's facts.

`tests/journeys/test_accessibility.py` compares this list with the application's routes, so that a new page has to be added.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page

from app.accounts.totp import code_at
from app.formats.unsent_file import FORMAT, plain_json
from tests.builders import PASSPHRASE
from tests.journeys.museum import EVERY_TYPE, PICTURES, PRACTISED, TYPES, Facts
from tests.journeys.people import choose

NOT_PAGES = {
    "static": "files",
    "bundle": "files",
    "home.root": "leads to /home",
    "operations.healthz": "JSON for machines",
    "operations.readyz": "JSON for machines",
    "attempts.clock": "JSON for the page's script",
    "attempts.items": "JSON for the page's script; each item is a page of its own as well",
    "attempts.receipt": "JSON to compute with",
    "clearances.calendar_file": "a file for calendar programs",
    "clearances.register_csv": "a file to download",
    "clearances.register_pdf": "a file to download",
    "clearances.register_xlsx": "a file to download",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A page, and who looks at it; nobody for a reader who is not signed in."""

    endpoint: str
    person: str | None
    address: str
    status: int = 200

    @property
    def name(self) -> str:
        return f"{self.person or 'nobody'} {self.address}"

    def path(self, facts: Facts) -> str:
        return self.address.format(**facts)


@dataclass(frozen=True, slots=True)
class Made:
    """A page that only an act leads to: what is shown once, and what a form says when something is missing."""

    name: str
    person: str | None
    act: Callable[[Page, Facts], object]


PAGES = (
    Shown("home.help_page", None, "/help"),
    Shown("home.accessibility", None, "/accessibility"),
    Shown("home.privacy", None, "/privacy"),
    Shown("accounts.sign_in", None, "/sign-in"),
    Shown("accounts.invite", None, "/invite/{invite}"),
    Shown("accounts.invite", None, "/invite/unknown", 404),
    Shown("accounts.reset", None, "/reset/{reset}"),
    Shown("clearances.check", None, "/check/{code}"),
    Shown("clearances.check", None, "/check/{code}?region=upper-trapezius"),
    Shown("clearances.check", None, "/check/{empty_code}?region=upper-trapezius"),
    Shown("clearances.check", None, "/check/{code}?region=nowhere", 404),
    Shown("clearances.check", None, "/check/UNKNOWN", 404),
    Shown("home.home", "trainee1", "/home"),
    Shown("home.home", "trainee5", "/home"),
    Shown("home.home", "trainee2", "/home"),
    Shown("home.home", "trainee4", "/home"),
    Shown("home.home", "observer1", "/home"),
    Shown("home.queue", "observer1", "/queue"),
    Shown("home.queue", "observer5", "/queue"),
    Shown("home.admin", "admin", "/admin"),
    Shown("home.bank_coverage", "admin", "/admin/coverage"),
    Shown("accounts.account", "trainee1", "/account"),
    Shown("accounts.second_factor", "trainee1", "/account/second-factor"),
    Shown("accounts.second_factor", "trainee6", "/account/second-factor"),
    Shown("accounts.second_factor", "trainee4", "/account/second-factor"),
    Shown("accounts.second_factor", "director", "/account/second-factor"),
    Shown("signatures.identity", "director", "/people/{trainee1}/identity"),
    Shown("signatures.identity", "director", "/people/{trainee4}/identity"),
    Shown("signatures.identity", "admin", "/people/{director}/identity"),
    Shown("signatures.lost", "admin", "/people/{director}/identity/lost"),
    Shown("accounts.people", "admin", "/admin/people"),
    Shown("accounts.new_person", "admin", "/admin/people/new"),
    Shown("accounts.person_admin", "admin", "/admin/people/{trainee6}"),
    Shown("accounts.person_admin", "admin", "/admin/people/{guest}"),
    Shown("accounts.sites", "admin", "/admin/sites"),
    Shown("attempts.quizzes", "trainee2", "/quizzes"),
    Shown("attempts.quizzes", "trainee5", "/quizzes"),
    Shown("attempts.quiz", "trainee1", "/quizzes/thorax"),
    Shown("attempts.quiz", "trainee2", "/quizzes/thorax"),
    Shown("attempts.quiz", "trainee5", "/quizzes/general-safety"),
    Shown("attempts.quiz", "trainee5", "/quizzes/complication-response"),
    Shown("attempts.quiz", "trainee1", "/quizzes/jaw"),
    *(Shown("attempts.attempt", "trainee5", f"/attempts/{{running}}?q={{{kind}}}") for kind in TYPES),
    *(Shown("attempts.attempt", "trainee5", f"/attempts/{{slices}}?q={{{kind}}}") for kind in PICTURES),
    *(Shown("attempts.attempt", "observer5", f"/attempts/{{drill}}?q={{{kind}}}") for kind in ("case", "case_over")),
    Shown("attempts.review", "trainee5", "/attempts/{slices}/review"),
    Shown("attempts.attempt", "trainee5", "/attempts/{running}?q=99", 404),
    Shown("attempts.review", "trainee5", "/attempts/{running}/review"),
    Shown("attempts.result", "trainee1", "/attempts/{passed}/result"),
    Shown("attempts.result", "trainee5", "/attempts/{missed}/result"),
    Shown("attempts.result", "trainee2", "/attempts/{unsafe}/result"),
    Shown("practice.overview", "trainee1", "/practice"),
    Shown("practice.overview", "trainee5", "/practice"),
    Shown("practice.overview", "observer5", "/practice"),
    Shown("practice.session", "trainee2", "/practice/{practise_hotspot}"),
    Shown("practice.session", "trainee3", "/practice/{practise_needle_placement}"),
    Shown("practice.session", "trainee4", "/practice/{practise_case}"),
    *(Shown("practice.session", "observer2", f"/practice/{{explained}}?n={{explained_{kind}}}") for kind in PRACTISED),
    Shown("practice.session", "observer2", "/practice/{explained}"),
    Shown("practice.session", "observer3", "/practice/{withdrawn}"),
    Shown("practice.session", "trainee5", "/practice/{explained}", 404),
    Shown("attempts.result", "trainee4", "/attempts/{regraded}/result"),
    Shown("attempts.open_for", "observer1", "/people/{trainee2}/exams/thorax"),
    Shown("attempts.exam_time", "admin", "/admin/people/{trainee6}/exam-time"),
    Shown("attempts.more_time", "observer4", "/people/{trainee5}/attempts/{running}/time"),
    Shown("attempts.sittings", "observer1", "/sittings"),
    Shown("attempts.new_sitting", "observer1", "/sittings/new"),
    Shown("attempts.late_answers", "observer1", "/people/{trainee2}/late-answers"),
    Shown("supervision.observations", "trainee1", "/observations"),
    Shown("supervision.observations", "trainee5", "/observations"),
    Shown("supervision.observations", "observer1", "/observations"),
    Shown("supervision.new_observation", "trainee1", "/observations/new"),
    Shown("supervision.by_code", "observer1", "/observations/code"),
    Shown("supervision.observation", "observer1", "/observations/{open}"),
    Shown("supervision.observation", "trainee1", "/observations/{open}"),
    Shown("supervision.observation", "trainee1", "/observations/{signed}"),
    Shown("supervision.observation", "trainee1", "/observations/{void}"),
    Shown("supervision.competency", "observer1", "/people/{trainee2}/competencies/k-screening"),
    Shown("records.documents", "trainee2", "/documents"),
    Shown("records.documents", "trainee5", "/documents"),
    Shown("records.documents", "observer1", "/documents"),
    Shown("records.new_document", "trainee2", "/documents/new"),
    Shown("records.document", "observer1", "/documents/{paper}"),
    Shown("records.document", "trainee2", "/documents/{paper}"),
    Shown("clearances.clearances", "trainee4", "/clearances"),
    Shown("clearances.clearances", "trainee1", "/clearances"),
    Shown("clearances.clearances", "trainee5", "/clearances"),
    Shown("clearances.check_code", "trainee4", "/clearances/code"),
    Shown("clearances.calendar_link", "trainee4", "/clearances/calendar"),
    Shown("clearances.calendar_link", "trainee1", "/clearances/calendar"),
    Shown("clearances.apply", "trainee5", "/clearances/{group}/apply"),
    Shown("clearances.application", "trainee1", "/applications/{application_collecting}"),
    Shown("clearances.application", "director", "/applications/{application_ready}"),
    Shown("clearances.application", "auditor", "/applications/{application_granted}"),
    Shown("clearances.people", "observer1", "/people"),
    Shown("clearances.person", "observer1", "/people/{trainee4}"),
    Shown("clearances.person", "trainee5", "/people/{trainee5}"),
    Shown("clearances.stop", "director", "/people/{observer2}/stop/{site}/{group}"),
    Shown("clearances.stopped", "director", "/stops/{stop_open}"),
    Shown("clearances.stopped", "observer1", "/stops/{stop_proposed}"),
    Shown("clearances.stopped", "observer3", "/stops/{stop_proposed}"),
    Shown("clearances.stopped", "auditor", "/stops/{stop_ended}"),
    Shown("clearances.application", "trainee2", "/applications/{application_returned}"),
    Shown("clearances.application", "observer1", "/applications/{application_returned}"),
    Shown("clearances.notice", "observer2", "/decisions/{stop_open}/notice"),
    Shown("clearances.notice", "observer3", "/decisions/{stop_proposed}/notice"),
    Shown("clearances.notice", "director", "/decisions/{stop_ended}/notice"),
    Shown("clearances.appeal", "observer2", "/decisions/{stop_open}/appeal"),
    Shown("clearances.appeal", "observer3", "/decisions/{stop_proposed}/appeal"),
    Shown("clearances.appeal", "director", "/decisions/{stop_proposed}/appeal"),
    Shown("clearances.appeal", "observer2", "/decisions/{stop_proposed}/appeal"),
    Shown("clearances.appeal", "auditor", "/decisions/{stop_ended}/appeal"),
    Shown("clearances.appeal", "auditor", "/decisions/{stop_open}/appeal"),
    Shown("clearances.cover", "observer4", "/cover"),
    Shown("clearances.cover", "auditor", "/cover"),
    Shown("clearances.recall_person", "director", "/people/{observer2}/recall"),
    Shown("clearances.recall_person", "director", "/people/{trainee1}/recall"),
    Shown("clearances.recall_record", "director", "/evidence/observation/{counted}/recall"),
    Shown("clearances.today", "director", "/sites/{site}/today"),
    Shown("clearances.today", "auditor", "/sites/{site}/today?region=upper-trapezius"),
    Shown("clearances.today", "auditor", "/sites/{site}/today?region=nowhere", 404),
    Shown("clearances.register", "director", "/register"),
    Shown("clearances.register", "auditor", "/register?site={site}&as_of=2026-01-01"),
    Shown("clearances.register", "auditor", "/register?as_of=yesterday", 422),
    Shown("clearances.register", "director", "/register?state=CLEARED"),
    Shown("clearances.register", "director", "/register?only=exceptions&tier=high"),
    Shown("clearances.register", "director", "/register?name=nobody+is+called+this"),
    Shown("clearances.register", "director", "/register?as_of=2027-06-01&where=upper-trapezius"),
    Shown("clearances.observers", "observer3", "/observers"),
    Shown("clearances.observers", "auditor", "/observers"),
    Shown("clearances.nominate", "observer1", "/observers/{site}/{group}"),
    Shown("clearances.policies", "observer1", "/admin/policies"),
    Shown("clearances.policies", "admin", "/admin/policies"),
    Shown("clearances.policy_version", "observer1", "/admin/policies/{policy}"),
    Shown("clearances.policy_version", "auditor", "/admin/policies/{policy_coming}"),
    Shown("clearances.new_policy", "admin", "/admin/policies/new?preset=school"),
    Shown("clearances.policy_draft", "partner", "/admin/policies/drafts/{policy_draft}"),
    Shown("clearances.policy_draft", "auditor", "/admin/policies/drafts/{policy_begun}"),
    Shown("clearances.policy_draft", "admin", "/admin/policies/drafts/{policy_withdrawn}"),
    Shown("audit.trail", "auditor", "/audit"),
    Shown("audit.trail", "auditor", "/audit?verify=1"),
    Shown("bank.items", "admin", "/admin/items"),
    Shown("bank.items", "admin", "/admin/items?state=draft"),
    Shown("bank.items", "admin", "/admin/items?q=nothing+fits+this"),
    Shown("bank.new_item", "admin", "/admin/items/new"),
    Shown("bank.quick", "admin", "/admin/items/quick"),
    *(Shown("bank.item", "admin", f"/admin/items/{{item_{kind}}}") for kind in EVERY_TYPE),
    Shown("bank.item", "admin", "/admin/items/{suspended}"),
    *(Shown("bank.edit", "admin", f"/admin/items/{{item_{kind}}}/edit") for kind in EVERY_TYPE),
    Shown("bank.edit", "admin", "/admin/items/{blank}/edit"),
    *(Shown("bank.preview", "admin", f"/admin/items/{{item_{kind}}}/preview") for kind in EVERY_TYPE),
    Shown("bank.preview", "admin", "/admin/items/{item_needle_placement}/preview?{try_needle_placement}"),
    Shown("bank.preview", "admin", "/admin/items/{item_hotspot}/preview?{try_hotspot}"),
    Shown("bank.preview", "admin", "/admin/items/{item_case}/preview?{try_case}"),
    Shown("bank.scenes", "admin", "/admin/scenes"),
    Shown("bank.scene", "admin", "/admin/scenes/thoracic-axial-t5?entry_mm=45&tilt_deg=10&depth_mm=30"),
    Shown("bank.scene", "admin", "/admin/scenes/upper-trapezius-pincer"),
    Shown("bank.review_desk", "admin", "/admin/review"),
    Shown("bank.review_desk", "director", "/admin/review"),
    Shown("regrades.regrades", "admin", "/admin/regrades"),
    Shown("regrades.regrade", "admin", "/admin/regrades/{regrade_open}"),
    Shown("regrades.regrade", "auditor", "/admin/regrades/{regrade_half}"),
    Shown("regrades.regrade", "director", "/admin/regrades/{regrade_done}"),
    Shown("regrades.new_regrade", "observer1", "/admin/regrades/new?item={corrected}"),
    Shown("regrades.challenges", "observer1", "/admin/challenges"),
    Shown("regrades.challenged", "director", "/admin/challenges/{challenge_open}"),
    Shown("regrades.challenged", "auditor", "/admin/challenges/{challenge_answered}"),
    Shown("regrades.challenge", "observer2", "/items/{explained_item}/challenge?session={explained}&number={explained_hotspot}"),
    Shown("regrades.challenge", "trainee1", "/items/-/challenge?attempt={challengeable}&position=1"),
    Shown("regrades.challenge", "trainee1", "/items/-/challenge?attempt={challengeable}&position=2"),
    Shown("home.admin", "trainee1", "/admin", 403),
    Shown("home.home", "trainee1", "/no-such-page", 404),
)


def _press(page: Page, address: str, button: str) -> None:
    page.goto(address)
    page.get_by_role("button", name=button, exact=True).first.click()
    page.wait_for_load_state()


def _observation_code(page: Page, facts: Facts) -> None:
    page.goto("/observations/new")
    page.get_by_label("Technique").fill("Pincer grip, 30 mm")
    choose(page, "Assessment")
    choose(page, "Patient")
    page.get_by_role("button", name="Show code").click()
    page.get_by_role("heading", name="Show this code").wait_for()


def _filled_on_the_device(page: Page, facts: Facts) -> None:
    page.goto(f"/observations/{facts['open']}")
    page.locator("#observer-form[data-ready]").wait_for()
    page.get_by_role("button", name="All done, then mark exceptions").click()
    page.get_by_text("Saved on this device").wait_for()


def _signed_empty(page: Page, facts: Facts) -> None:
    page.goto(f"/observations/{facts['open']}")
    page.locator("#observer-form[data-ready]").wait_for()
    page.get_by_role("button", name="Sign", exact=True).click()
    page.get_by_role("alert").wait_for()


def _refused_sign_in(page: Page, facts: Facts) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("nobody@demo.invalid")
    page.get_by_label("Password").fill(f"not {PASSPHRASE}")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("alert").wait_for()


def _quick_add(page: Page, facts: Facts) -> None:
    page.goto("/admin/items/quick")
    page.get_by_label("Name").fill("upper-trapezius")
    page.get_by_label("Questions").fill("A story without a question.\n* Right")
    page.get_by_role("button", name="Make drafts").click()
    page.get_by_role("alert").wait_for()


def _bad_number(page: Page, facts: Facts) -> None:
    page.goto(f"/attempts/{facts['running']}?q={facts['numeric']}")
    page.locator("#value").fill("about three")
    page.get_by_role("button", name="Save and").click()
    page.get_by_role("alert").wait_for()


def _empty_practice(page: Page, facts: Facts) -> None:
    _press(page, f"/practice/{facts['practise_hotspot']}", "See the explanation")
    page.get_by_role("alert").wait_for()


def _saved_note(page: Page, facts: Facts) -> None:
    _press(page, "/account", "Save")
    page.get_by_role("status").wait_for()


def _bring_in_a_file(page: Page, facts: Facts) -> None:
    page.goto(f"/people/{facts['trainee2']}/late-answers")
    ops = [{"op_id": "museum-late-0001", "position": 1, "base_seq": 0, "payload": {"answer": {}}, "certainty": "sure"}]
    content = {"format": FORMAT, "attempt": facts["unsafe"], "person": facts["trainee2"], "made_at": "2026-11-24T09:06:00Z"}
    content["ops"] = [{**op, "client_at": "2026-11-24T09:05:00Z"} for op in ops]
    content["sha256"] = hashlib.sha256(plain_json(content).encode()).hexdigest()
    file = {"name": "unsent-answers.json", "mimeType": "application/json", "buffer": json.dumps(content).encode()}
    page.locator("#file").set_input_files(files=[file])  # type: ignore[list-item]
    page.get_by_role("button", name="Take in this file").click()
    page.get_by_role("heading", name="What the file held").wait_for()


def _recovery_codes(page: Page, facts: Facts) -> None:
    page.goto("/account/second-factor")
    secret = "".join(page.locator(".key-text").inner_text().split())
    page.get_by_label("Six digits").fill(code_at(secret, facts["today"]))
    page.get_by_role("button", name="Connect", exact=True).click()
    page.get_by_role("heading", name="Keep these ten codes").wait_for()


MADE = (
    Made("recovery codes, shown once", "trainee6", _recovery_codes),
    Made("an identity confirmed without a document", "director",
         lambda p, f: _press(p, f"/people/{f['trainee4']}/identity", "Confirm and sign")),
    Made("a file of unsent answers taken in", "observer1", _bring_in_a_file),
    Made("no file taken in", "observer1", lambda p, f: _press(p, f"/people/{f['trainee2']}/late-answers", "Take in this file")),
    Made("a reset link, shown once", "admin", lambda p, f: _press(p, f"/admin/people/{f['observer5']}", "Make a reset link")),
    Made("the code of an observation", "trainee1", _observation_code),
    Made("a check code", "trainee6", lambda p, f: _press(p, "/clearances/code", "Make a new code")),
    Made("a calendar link, shown once", "trainee4", lambda p, f: _press(p, "/clearances/calendar", "Make a link")),
    Made("a refused sign-in", None, _refused_sign_in),
    Made("a saved profile", "trainee1", _saved_note),
    Made("an observation without answers", "trainee1", lambda p, f: _press(p, "/observations/new", "Show code")),
    Made("an application without regions", "trainee5", lambda p, f: _press(p, f"/clearances/{f['group']}/apply", "Apply")),
    Made("an observation kept on the device", "observer1", _filled_on_the_device),
    Made("a form signed empty", "observer1", _signed_empty),
    Made("a return without reason", "director", lambda p, f: _press(p, f"/applications/{f['application_ready']}", "Return")),
    Made("a hearing without reasons", "observer2",
         lambda p, f: _press(p, f"/decisions/{f['stop_proposed']}/appeal", "Sign this decision")),
    Made("a cover without a day", "observer1", lambda p, f: _press(p, "/cover", "Arrange cover")),
    Made("an appeal without grounds", "observer2", lambda p, f: _press(p, f"/decisions/{f['stop_open']}/appeal", "Appeal")),
    Made("a document without anything", "trainee2", lambda p, f: _press(p, "/documents/new", "Add this document")),
    Made("an item published empty", "admin", lambda p, f: _press(p, f"/admin/items/{f['blank']}/edit", "Publish")),
    Made("a quick add that does not fit", "admin", _quick_add),
    Made("a word where a number belongs", "trainee5", _bad_number),
    Made("a practice answer left empty", "trainee2", _empty_practice),
    Made("a regrade proposed without reason", "observer1",
         lambda p, f: _press(p, f"/admin/regrades/new?item={f['corrected']}", "Propose and preview")),
    Made("a challenge without words", "trainee1",
         lambda p, f: _press(p, f"/items/-/challenge?attempt={f['challengeable']}&position=3", "Send")),
    Made("a review submitted without read-back", "trainee5", lambda p, f: _press(p, f"/attempts/{f['running']}/review", "Submit")),
)  # fmt: skip
