"""Regrades and challenges for the museum: one of each state that their pages can show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from app.accounts.queries import who
from app.attempts.models import Attempt, AttemptItem
from app.bank.actions import publish_version
from app.bank.models import ItemVersion
from app.bank.queries import get_item, parse_stored
from app.domain.items import SingleBestAnswer, item_json, parse_item
from app.domain.permissions import SYSTEM
from app.regrades import actions
from app.regrades.queries import get_proposal, own_place

REASON = "The edition of the source that the key followed was withdrawn; the current one says otherwise."


class Corrections:
    """Adds corrected keys and challenges through the product's own actions."""

    def __init__(self, curator: Any) -> None:
        self.session, self.now, self.people = curator.session, curator.now, curator.people

    def all(self) -> dict[str, Any]:
        """The ids that addresses need."""
        lost = self._attempt("trainee4", "thorax")
        spared = [self._attempt(key, "thorax") for key in ("trainee1", "trainee3", "director")]
        done = self._regrade(next(self._correctable(lost, spared)), unsafe=True)
        self._finish(done)
        self._commit(done)
        safety = self._correctable(self._attempt("trainee1", "general-safety"), [])
        opened = self._regrade(next(safety))
        self._finish(opened)
        item = next(safety)
        half = self._regrade(item)
        actions.begin_preview(self.session, half, now=self.now)
        passed = self._attempt("trainee1", "general-safety")
        facts = {"regrade_done": done, "regrade_open": opened, "regrade_half": half, "corrected": next(safety).item_id}
        return {**facts, "regraded": lost, "challengeable": passed, **self._challenges(passed)}

    def _attempt(self, key: str, quiz: str) -> int:
        query = select(Attempt.id).where(Attempt.person_id == self.people[key].id, Attempt.quiz_id == quiz)
        found: int = self.session.scalars(query.where(Attempt.state == "closed").order_by(Attempt.id)).first()
        return found

    def _correctable(self, attempt_id: int, spared: list[int]) -> Iterator[ItemVersion]:
        """Choice items of an attempt with a harmless distractor, which some other attempts do not hold."""
        held = set(self.session.scalars(select(AttemptItem.item_id).where(AttemptItem.attempt_id.in_(spared))))
        places = select(AttemptItem).where(AttemptItem.attempt_id == attempt_id).order_by(AttemptItem.position)
        for place in self.session.scalars(places).all():
            content = parse_stored(place.version.content)
            if isinstance(content, SingleBestAnswer) and place.item_id not in held and self._harmless(content):
                yield place.version

    @staticmethod
    def _harmless(content: SingleBestAnswer) -> list[str]:
        return [o.id for o in content.options if not o.correct and not o.dangerous]

    def _regrade(self, old: ItemVersion, *, unsafe: bool = False) -> int:
        """Move the key to a harmless distractor (the old answer may become dangerous), and propose to score with it."""
        content = parse_stored(old.content)
        assert isinstance(content, SingleBestAnswer)
        body, right = item_json(content), self._harmless(content)[0]
        for option in body["options"]:
            was = option.pop("correct", False)
            option |= {"correct": True} if option["id"] == right else {"dangerous": True} if was and unsafe else {}
        body |= {"critical": True} if unsafe else {}
        body["safe_needle_rule"] = "Measure on the patient before you choose the needle, not after."
        new = publish_version(
            self.session, parse_item(body), origin="desk", author_id=None, reason="corrected", actor=SYSTEM, now=self.now
        )
        plan = actions.Plan(get_item(self.session, old.item_id), [old], "new_key", new, REASON, 14)
        proposer = self.people["observer1"]
        regrade = actions.propose_regrade(
            self.session, plan=plan, proposer=proposer, who=who(self.session, proposer, self.now), now=self.now
        )
        return regrade.id

    def _finish(self, regrade_id: int) -> None:
        while actions.advance_preview(self.session, regrade_id, now=self.now).phase != "ready":
            self.session.flush()

    def _commit(self, regrade_id: int) -> None:
        admin, preview = self.people["admin"], get_proposal(self.session, regrade_id).preview
        assert preview is not None
        actions.commit_regrade(
            self.session, regrade_id=regrade_id, shown_sha256=preview.sha256 or "", signer=admin,
            who=who(self.session, admin, self.now), need_review=False, now=self.now,
        )  # fmt: skip

    def _challenges(self, attempt_id: int) -> dict[str, Any]:
        """One that waits, and one that was answered."""
        found = {}
        for name, key, attempt, position in (
            ("challenge_open", "trainee1", attempt_id, 1),
            ("challenge_answered", "trainee2", self._attempt("trainee2", "general-safety"), 1),
        ):
            person = self.people[key]
            place = own_place(self.session, person.id, "-", attempt, position)
            words = "Two of the answers fit the story, since it does not say whether the patient was asked before."
            found[name] = actions.make_challenge(self.session, person=person, place=place, words=words, now=self.now).id
        reviewer = self.people["observer1"]
        actions.answer_challenge(
            self.session, challenge_id=found["challenge_answered"], answerer=reviewer,
            ruling=actions.Ruling("not_upheld", "The story says in its second sentence that consent was given and noted."),
            who=who(self.session, reviewer, self.now), now=self.now,
        )  # fmt: skip
        return found
