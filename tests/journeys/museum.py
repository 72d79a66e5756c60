"""The demonstration clinic with one of everything that a page can show, for walks over all pages."""

from __future__ import annotations

import json
import random
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from sqlalchemy import select

from app.accounts import actions as accounts
from app.accounts.actions import begin_factor
from app.accounts.models import Person, Site
from app.accounts.queries import find_person_by_email, list_sites, who
from app.attempts.actions import Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.models import Attempt, Grade
from app.attempts.queries import keyed_places
from app.bank import desk
from app.bank.models import Item, ItemVersion
from app.bank.queries import parse_stored, published_contents
from app.catalogue.queries import catalogue_in_force
from app.clearances.actions import (
    Away,
    Hearing,
    Stopping,
    answer_decision,
    decide_appeal,
    decide_application,
    delegate_to,
    end_stop,
    hearing_digest,
    nominate_observer,
    open_appeal,
    open_application,
    stop_clearance,
    take_note,
)
from app.clearances.models import Application, PolicyVersion
from app.clearances.queries import adverse_of, case_of, stop_of, uninvolved_at
from app.cli.bank import load_bank
from app.database import db
from app.demonstration.actions import build_demonstration
from app.demonstration.answers import poor_answer, right_answer, saves_to
from app.demonstration.clinic import PEOPLE, email_of
from app.demonstration.knowing import set_up
from app.demonstration.making import DAYS_OF_HISTORY
from app.domain.items import Variant, make_variant
from app.domain.permissions import Actor
from app.domain.practice import day_in
from app.domain.standing import Limits
from app.practice.actions import Chance, Given, answer_item, end_session, show_version, start_session
from app.practice.models import PracticeSession
from app.quizzes.queries import get_current_quiz
from app.records.actions import Entry, enter_document
from app.supervision.actions import open_observation
from app.supervision.models import Observation, ObservationRecord
from app.web.clockwork import new_token
from tests.builders import PASSPHRASE
from tests.clock import FakeClock
from tests.journeys.corrections import Corrections
from tests.journeys.policy_states import policies_of

GROUP = "thorax"
TYPES = ("single_best_answer", "multiple_response", "ordering", "numeric")
PICTURES = ("hotspot", "needle_placement")
PRACTISED = (*PICTURES, "case")
EVERY_TYPE = (*TYPES, *PICTURES, "matching", "case")
Facts = dict[str, Any]


def fill_museum(app: Flask, clock: FakeClock) -> Facts:
    """Build it in an empty, migrated database; the ids and codes that addresses need."""
    today = clock()
    with app.app_context():
        load_bank(today - timedelta(days=DAYS_OF_HISTORY + 1))
        codes = build_demonstration(
            db.session, passphrase=PASSPHRASE, passwords=app.extensions["needle_clearance.passwords"],
            tokens=new_token, today=today,
        )  # fmt: skip
        curator = Curator(db.session, clock)
        facts: Facts = {"today": today, "code": codes["trainee4"], "empty_code": codes["trainee1"]}
        facts |= curator.people_and_places() | curator.attempts() | curator.observations()
        facts |= curator.stops() | curator.papers_and_roles() | curator.items() | curator.applications()
        facts |= curator.practice()
        curator.second_factors()
        facts |= curator.against(facts)
        facts |= Corrections(curator).all()
        facts |= policies_of(curator)
        db.session.commit()
        db.session.remove()
    return facts


class Curator:
    """Adds the states that the demonstration lacks, through the product's own actions."""

    def __init__(self, session: Any, clock: FakeClock) -> None:
        self.session, self.now = session, clock()
        found = {someone.key: find_person_by_email(session, email_of(someone.key)) for someone in PEOPLE}
        self.people: dict[str, Person] = {key: person for key, person in found.items() if person is not None}
        self.site: Site = list_sites(session)[0]
        self.catalogue = catalogue_in_force(session).catalogue

    def actor(self, key: str) -> Actor:
        return Actor(self.people[key].id, self.people[key].printed_name)

    def people_and_places(self) -> Facts:
        policy = self.session.scalar(select(PolicyVersion.id))
        return {**{key: p.id for key, p in self.people.items()}, "site": self.site.id, "policy": policy, "group": GROUP}

    def second_factors(self) -> None:
        """One that waits to be confirmed, and one that is only begun."""
        set_up(self.session, holder=self.people["trainee4"], tokens=new_token, at=self.now - timedelta(hours=1))
        begin_factor(self.session, person=self.people["trainee6"], token=new_token(), actor=self.actor("trainee6"), now=self.now)

    def attempts(self) -> Facts:
        """One running with all four types, one passed, one missed, one with a critical error."""
        running = self._start("trainee5", "general-safety")
        places = keyed_places(self.session, running.id)
        for keyed in {p.place.position: p for p in [*places[:3], *(p for p in places if p.content.critical)]}.values():
            self._save(running, keyed, {"answer": right_answer(keyed.content, keyed.variant), "struck": [], "flag": True})
        kinds = {p.content.type: p.place.position for p in reversed(places)}
        missing = [t for t in TYPES if t not in kinds]
        assert not missing, f"the form of the running attempt has no item of the types {missing}"
        passed = self.session.scalar(
            select(Attempt.id).join(Grade, Grade.attempt_id == Attempt.id)
            .where(Grade.passed, Attempt.person_id == self.people["trainee1"].id)
        )  # fmt: skip
        missed = self._close(self._start("trainee5", "complication-response"))
        unsafe = self._start("trainee2", GROUP)
        self._answer_unsafely(unsafe)
        return {
            "running": running.id, **kinds, "passed": passed, "missed": missed, "unsafe": self._close(unsafe), **self._pictures(),
            **self._case(),
        }  # fmt: skip

    def _pictures(self) -> Facts:
        """A running exam at its first hotspot and its first needle placement, both answered."""
        slices = self._start("trainee5", GROUP)
        places = keyed_places(self.session, slices.id)
        for kind in PICTURES:
            keyed = next(p for p in places if p.content.type == kind)
            self._save(slices, keyed, {"answer": right_answer(keyed.content, keyed.variant), "struck": [], "flag": False})
        return {
            "slices": slices.id,
            **{kind: next(p.place.position for p in places if p.content.type == kind) for kind in PICTURES},
        }

    def _case(self) -> Facts:
        """A running case in the middle, and one at its end."""
        drill = self._start("observer5", "complication-response")
        cases = [p for p in keyed_places(self.session, drill.id) if p.content.type == "case"]
        for keyed, share in zip(cases, (0.5, 1), strict=False):
            taken = right_answer(keyed.content, keyed.variant)["actions"]
            some = {"actions": taken[: max(1, int(len(taken) * share))]}
            self._save(drill, keyed, {"answer": some, "struck": [], "flag": False})
        return {"drill": drill.id, "case": cases[0].place.position, "case_over": cases[1].place.position}

    def _start(self, key: str, quiz: str) -> Attempt:
        return start_attempt(
            self.session, person=self.people[key], quiz_version=get_current_quiz(self.session, quiz), seed="museum",
            time_zone="UTC", need_review=False, now=self.now,
        )  # fmt: skip

    def _save(self, attempt: Attempt, keyed: Any, payload: dict[str, Any]) -> None:
        for seq, answer in enumerate(saves_to(payload["answer"])):
            op_id = f"museum-{attempt.id}-{keyed.place.position:03d}-{seq}"
            save = Save(keyed.place.position, seq, op_id, {**payload, "answer": answer}, "sure")
            save_answer(self.session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=self.now)

    def _answer_unsafely(self, attempt: Attempt) -> None:
        """Full marks but for one dangerous choice."""
        for keyed in keyed_places(self.session, attempt.id):
            answer = right_answer(keyed.content, keyed.variant)
            self._save(attempt, keyed, {"answer": answer, "struck": [], "flag": False})
        keyed = next(
            k for k in keyed_places(self.session, attempt.id)
            if k.content.critical and k.content.type == "single_best_answer"
        )  # fmt: skip
        wrong = next(o.id for o in keyed.content.options if o.dangerous)
        answer = {"choice": keyed.variant.key_of(wrong)}
        save = Save(keyed.place.position, 1, f"museum-{attempt.id}-unsafe", {"answer": answer, "struck": [], "flag": False})
        save_answer(self.session, attempt_id=attempt.id, person_id=attempt.person_id, save=save, now=self.now)

    def _close(self, attempt: Attempt) -> int:
        self.session.refresh(attempt)
        read_back = {k.place.position: k.place.seq for k in keyed_places(self.session, attempt.id)}
        submit_attempt(self.session, attempt=attempt, read_back=read_back, now=self.now)
        self.session.refresh(attempt)
        grade_attempt(self.session, attempt, now=self.now)
        return attempt.id

    def observations(self) -> Facts:
        """One signed, one open, one void."""
        trainee = self.people["trainee1"].id
        signed = self.session.scalar(
            select(Observation.id).join(ObservationRecord, ObservationRecord.observation_id == Observation.id)
            .where(Observation.trainee_id == trainee)
        )  # fmt: skip
        counted = self.session.scalar(
            select(ObservationRecord.id).where(ObservationRecord.trainee_id == self.people["trainee4"].id).limit(1)
        )
        return {"counted": counted, "signed": signed, "open": self._watch("MUSEUM-OPEN", 0), "void": self._watch("MUSEUM-VOID", 20)}

    def _watch(self, code: str, days_ago: int) -> int:
        region = self.catalogue.regions_of(GROUP)[0]
        opened = open_observation(
            self.session, trainee=self.people["trainee1"], site=self.site, region=region, technique="Pincer grip, 30 mm",
            purpose="assessment", subject="patient", code=code, catalogue=self.catalogue,
            now=self.now - timedelta(days=days_ago, hours=1),
        )  # fmt: skip
        return opened.id

    def stops(self) -> Facts:
        """Of rights to observe: one open, one that somebody proposes to end, one that was ended."""
        facts = {
            "stop_open": self._stop("observer2", GROUP, "hold"),
            "stop_proposed": self._stop("observer3", GROUP, "suspend"),
            "stop_ended": self._stop("observer2", "neck", "hold"),
        }
        for name in ("stop_proposed", "stop_ended"):
            self._end(facts[name], "propose", "director")
        self._end(facts["stop_ended"], "lift", "observer1")
        return facts

    def _stop(self, key: str, group: str, what: str) -> int:
        asked = Stopping(what, "may_observe", group, tuple(self.catalogue.regions_of(group)), "Reports of hasty forms (fictional).")
        stopped = stop_clearance(
            self.session, person=self.people[key], site=self.site, asked=asked, signer=self.people["director"],
            who=who(self.session, self.people["director"], self.now), now=self.now,
        )  # fmt: skip
        return stopped.id

    def _end(self, stop_id: int, act: str, key: str) -> None:
        proposal = stop_of(self.session, stop_id, now=self.now).proposal
        end_stop(
            self.session, stop_id=stop_id, act=act, reason="Looked into with both people; the forms were right (fictional).",
            shown_proposal=str(proposal.id if proposal else ""), signer=self.people[key],
            who=who(self.session, self.people[key], self.now), now=self.now,
        )  # fmt: skip

    def against(self, facts: Facts) -> Facts:
        """An appeal that waits, one that was heard, an application that was returned, a cover; the first notice is unread."""
        words = "On both days I was on leave; the rota shows it (fictional)."
        for name, key in (("stop_proposed", "observer3"), ("stop_ended", "observer2")):
            common: dict[str, Any] = {"decision_id": facts[name], "person": self.people[key], "now": self.now}
            take_note(self.session, **common)
            answer_decision(self.session, words=words, **common)
            open_appeal(self.session, grounds=words, **common)
        heard = adverse_of(self.session, facts["stop_ended"])
        hearer = uninvolved_at(self.session, heard, at=self.now)[0]
        decide_appeal(
            self.session, decision_id=facts["stop_ended"], hearing=Hearing("set_aside", words, hearing_digest(heard)),
            signer=hearer, who=who(self.session, hearer, self.now), now=self.now,
        )  # fmt: skip
        away = Away(self.people["observer1"].id, self.now.date() + timedelta(days=14), "On leave for two weeks (fictional).")
        delegate_to(
            self.session, site=self.site, away=away, delegate=self.people["observer1"], delegator=self.people["observer4"],
            who=who(self.session, self.people["observer4"], self.now), now=self.now,
        )  # fmt: skip
        return {"application_returned": self._returned()}

    def _returned(self) -> int:
        """An application for the neck that the director returned for its first three gaps."""
        trainee, director = self.people["trainee2"], self.people["director"]
        application = open_application(
            self.session, person=trainee, site=self.site, who=who(self.session, trainee, self.now), group="neck",
            regions=["suboccipital"], now=self.now,
        )  # fmt: skip
        case = case_of(self.session, application, now=self.now)
        decide_application(
            self.session, case=case, kind="return", limits=Limits(), reason="Begin with these, please (fictional).",
            shown_sha256=case.evidence_sha256, signer=director, who=who(self.session, director, self.now), now=self.now,
            missing=[o.requirement for o in case.gaps[:3]],
        )  # fmt: skip
        return application.id

    def papers_and_roles(self) -> Facts:
        """A paper, a role and a nomination that wait, an invitation and a reset link."""
        session, now = self.session, self.now
        entry = Entry("bls", "Basic life support", "Fictional Register", "FICT-5", "", date(2026, 1, 5), date(2028, 1, 5))
        person = self.people["trainee2"]
        paper = enter_document(session, holder=person, entry=entry, actor=self.actor("trainee2"), now=now)
        accounts.propose_role(
            session, person=self.people["trainee6"], role="supervisor", site_id=self.site.id, actor=self.actor("admin"),
            who=who(session, self.people["admin"], now), now=now,
        )  # fmt: skip
        nominate_observer(
            session, person=self.people["observer4"], site=self.site, group=GROUP,
            regions=list(self.catalogue.regions_of(GROUP)), grounds="Instructor of a recognised course (fictional).",
            signer=self.people["observer1"], who=who(session, self.people["observer1"], now), now=now,
        )  # fmt: skip
        guest = accounts.add_person(
            session, email="guest@demo.invalid", printed_name="Gus Demo-Guest", profession="Physiotherapist",
            session_key=new_token(), actor=self.actor("admin"), now=now,
        )  # fmt: skip
        for somebody, purpose, token in ((guest, "invite", "museum-invite"), (self.people["trainee6"], "reset", "museum-reset")):
            accounts.issue_link(session, person=somebody, purpose=purpose, token=token, actor=self.actor("admin"), now=now)
        return {"paper": paper.id, "guest": guest.id, "invite": "museum-invite", "reset": "museum-reset"}

    def items(self) -> Facts:
        """An open draft of each type, an empty one, and a suspended item."""
        facts: Facts = {}
        for kind in EVERY_TYPE:
            version = self.session.scalars(
                select(ItemVersion).join(Item, Item.current_version_id == ItemVersion.id)
                .where(ItemVersion.type == kind).order_by(Item.id)
            ).first()  # fmt: skip
            facts[f"item_{kind}"] = version.item_id
            facts |= self._tried(kind, version)
            desk.open_draft(
                self.session, item_id=version.item_id, content=json.loads(version.content), author=self.people["admin"],
                now=self.now,
            )  # fmt: skip
        blank = {"schema": "item/1", "id": "museum-001", "type": "single_best_answer", "pool": "exam", "points": 1}
        desk.open_draft(self.session, item_id="museum-001", content=blank, author=self.people["admin"], now=self.now)
        other = self.session.scalars(select(Item).where(Item.id.not_in(facts.values())).order_by(Item.id)).first()
        desk.change_state(
            self.session, item=other, state="suspended", reason="Under discussion.", actor=self.actor("admin"), now=self.now
        )
        return {**facts, "blank": "museum-001", "suspended": other.id}

    @staticmethod
    def _tried(kind: str, version: ItemVersion) -> Facts:
        """What the address of a preview carries to answer it: the key's own placement, place or first action."""
        content = parse_stored(version.content)
        answer = right_answer(content, make_variant(content, random.Random(1)))
        if kind == "case":
            return {"try_case": urlencode({"act": answer["actions"][0]})}
        return {f"try_{kind}": urlencode(answer)} if kind in PICTURES else {}

    def applications(self) -> Facts:
        """By what stands on the page: evidence missing, ready, granted."""
        facts: Facts = {}
        for name, key in (("collecting", "trainee1"), ("ready", "trainee3"), ("granted", "director")):
            found = self.session.scalars(
                select(Application).where(Application.person_id == self.people[key].id, Application.group_slug == GROUP)
            ).one()  # fmt: skip
            state = case_of(self.session, found, now=self.now).status.state
            assert state == name.upper(), (name, state)
            facts[f"application_{name}"] = found.id
        return facts

    def practice(self) -> Facts:
        """Sessions at an item of each kind, one whose item was withdrawn, and one in which each kind was answered and explained."""
        pool = {c.type: c for c in published_contents(self.session, "practice").values()}
        facts: Facts = {}
        for key, kind in zip(("trainee2", "trainee3", "trainee4"), PRACTISED, strict=True):
            facts[f"practise_{kind}"] = self._show(key, pool[kind]).id
        explained = self._begin("observer2")
        for n, kind in enumerate(PRACTISED, start=explained.shown_count + 1):
            self._show("observer2", pool[kind])
            wire = poor_answer(pool[kind], variant_of(explained))
            given = Given(str(explained.shown_op_id), lambda _, wire=wire: wire, "sure", finish=True)  # type: ignore[misc]
            answer_item(self.session, session_id=explained.id, person_id=explained.person_id, given=given, now=self.now)
            facts[f"explained_{kind}"] = n
        end_session(self.session, session_id=explained.id, person_id=explained.person_id, now=self.now)
        withdrawn = self._begin("observer3")
        shown = self.session.scalars(select(Item).where(Item.current_version_id == withdrawn.shown_version_id)).one()
        desk.change_state(
            self.session, item=shown, state="suspended", reason="Under discussion.", actor=self.actor("admin"), now=self.now
        )
        return {**facts, "explained": explained.id, "explained_item": pool["hotspot"].id, "withdrawn": withdrawn.id}

    def _begin(self, key: str) -> PracticeSession:
        return start_session(
            self.session, person=self.people[key], day=day_in("UTC", self.now),
            chance=Chance(random.Random(1), f"museum-{key}"), now=self.now,
        )  # fmt: skip

    def _show(self, key: str, content: Any) -> PracticeSession:
        practice = self._begin(key)
        number = next(n for n, c in published_contents(self.session, "practice").items() if c.id == content.id)
        variant = make_variant(content, random.Random(1))
        show_version(practice, number, variant, why="due", op_id=f"museum-{key}-{content.id}", now=self.now)
        return practice


def variant_of(practice: PracticeSession) -> Variant:
    """The variant that a session shows."""
    return Variant.from_json(json.loads(practice.shown_variant or "{}"))
