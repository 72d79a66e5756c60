"""The states of standing in their order: the first rule that matches answers.

Only CLEARED means that somebody may act alone. Nothing here is stored, so an expired person cannot read as cleared even
if every job and clock is dead. Whatever is not known reads as not cleared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from app.domain.evidence import Evidence, Setting
from app.domain.lost_passes import KIND, lost_passes
from app.domain.permissions import TWO_PERSON_TIERS
from app.domain.policy import Policy, Requirement
from app.domain.policy_versions import Versions
from app.domain.requirements import Outcome, evaluate, watched_since
from app.domain.standing.decided import Decided, decide_from
from app.domain.standing.record import GRACE, DecisionFact, Standing, State, Word

ASK_SITE = "Speak with a supervisor of the site."
APPLY = "Apply again for this group."


@dataclass(frozen=True)
class _Question:
    """What is asked, and what the rules look at; each is worked out at most once."""

    region: str
    level: str
    decisions: tuple[DecisionFact, ...]
    evidence: Evidence
    versions: Versions
    tier: str
    setting: Setting
    at: datetime
    known: datetime
    restored: bool
    renewals: Mapping[int, datetime]
    asked: datetime
    """the instant asked about; `at` is later only where a version of the policy that is known will begin to rule"""

    @cached_property
    def decided(self) -> Decided:
        return decide_from(self.decisions, self.region, at=self.asked, known=self.known)

    @cached_property
    def policy(self) -> Policy | None:
        """The version whose continuing rules count at the instant; None where there is none."""
        grant = self.decided.grant
        ruling = self.versions.ruling(grant.policy_version_id if grant is not None else None, self.at)
        return ruling.policy if ruling is not None else None

    @property
    def grant(self) -> DecisionFact:
        """The grant that holds; rules after `_not_held` alone may ask."""
        assert self.decided.grant is not None
        return self.decided.grant

    @property
    def rules(self) -> Policy:
        """The same, where there is one; rules after `_not_held` alone may ask."""
        assert self.policy is not None
        return self.policy

    @property
    def granted_under(self) -> Policy:
        """The version that the initial evidence was judged under."""
        own = self.versions.find(self.grant.policy_version_id)
        return own.policy if own is not None else self.rules

    @cached_property
    def outcomes(self) -> list[Outcome]:
        """Everything that goes on being asked while a clearance is held."""
        ids, since = self.grant.exam_ids, self.grant.effective_at
        setting = replace(self.setting, since=since)
        found = continuing_outcomes(self.rules, self.tier, self.level, self.evidence, setting, at=self.at)
        return found + lost_passes(ids, since, self.granted_under, self.tier, self.evidence, self.setting, at=self.at)

    @cached_property
    def scope(self) -> list[Outcome]:
        """What the policy asks about the scope of practice."""
        asked = self.policy.rules(self.tier).requirements if self.policy is not None else ()
        return [evaluate(r, self.evidence, self.setting, at=self.at) for r in asked if r.kind == "scope"]

    @property
    def broken(self) -> list[Outcome]:
        """What blocks: every continuing requirement that is not met, but for scope and currency, which have states of their own."""
        return [o for o in self.outcomes if o.state != "met" and o.kind not in ("scope", "currency")]

    @property
    def lapsed(self) -> Outcome | None:
        """The requirement of currency, where it is not met."""
        return next((o for o in self.outcomes if o.kind == "currency" and o.state != "met"), None)

    def answer(self, state: State, word: Word, reason: str, to_do: str, **more: Any) -> Standing:
        """The answer of one rule."""
        held = self.decided.grant
        reasons = more.pop("reasons", (reason,))
        return Standing(
            self.region, self.level, state, word, reasons=reasons, to_do=to_do, grant_id=held.id if held else None, **more
        )

    def stopped(self, state: State, stop: DecisionFact | None, reason: str) -> Standing | None:
        """The answer of a rule that a decision stops, where there is one."""
        return self.answer(state, "NOT CLEARED", reason, ASK_SITE, stop_id=stop.id) if stop is not None else None


def standing(
    *, region: str, level: str, decisions: Iterable[DecisionFact], evidence: Evidence, policy: Versions | Policy | None,
    tier: str, setting: Setting, at: datetime, as_known_at: datetime | None = None,
    restored: bool = False, renewals: Mapping[int, datetime] | None = None, asked: datetime | None = None,
) -> Standing:  # fmt: skip
    """The standing at `at`, from what was recorded by `as_known_at` (default `at`); the first matching state wins.

    `policy`: every version there is, or one that always was in force. `renewals`: when the application that would renew a
    grant was opened, while it is open, by the grant's id. `asked`: an earlier instant, on whose facts it is answered: since
    then time has passed and nothing has happened.
    """
    known, facts = as_known_at or at, tuple(decisions)
    evidence = evidence.as_of(asked) if asked is not None else evidence
    versions = (policy if isinstance(policy, Versions) else Versions.always(policy)).known_by(known)
    return _answer(
        _Question(region, level, facts, evidence, versions, tier, setting, at, known, restored, renewals or {}, asked or at)
    )


def _answer(question: _Question) -> Standing:
    return next(answer for rule in _RULES if (answer := rule(question)) is not None)


def _pending(q: _Question) -> Standing | None:
    if not q.restored:
        return None
    words = "This installation was restored from a backup and is not confirmed yet."
    return Standing(q.region, q.level, "PENDING_CONFIRMATION", "CANNOT CONFIRM", reasons=(words,))


def _out_of_scope(q: _Question) -> Standing | None:
    refused = next((o for o in q.scope if o.state == "unmet"), None)
    if refused is None:
        return None
    return q.answer("OUT_OF_SCOPE", "NOT CLEARED", refused.reason, refused.to_do, limiting_cause=refused.requirement)


def _scope_unknown(q: _Question) -> Standing | None:
    doubtful = next((o for o in q.scope if o.state == "unknown"), None)
    if doubtful is None:
        return None
    return q.answer("SCOPE_UNKNOWN", "CANNOT CONFIRM", doubtful.reason, doubtful.to_do, limiting_cause=doubtful.requirement)


def _revoked(q: _Question) -> Standing | None:
    return q.stopped("REVOKED", q.decided.revoked, "The clearance was revoked.")


def _suspended(q: _Question) -> Standing | None:
    return q.stopped("SUSPENDED", q.decided.suspended, "The clearance is suspended.")


def _not_held(q: _Question) -> Standing | None:
    grant = q.decided.grant
    if grant is None or q.policy is None or grant.until is None:
        words = "No clearance was granted here."
        return Standing(q.region, q.level, reasons=(words,), to_do="Apply for this region.")
    if q.tier in TWO_PERSON_TIERS and not grant.by_two:
        return q.answer("NOT_HELD", "NOT CLEARED", "This group asks for two people now, and one granted this.", APPLY)
    return None


def _expired(q: _Question) -> Standing | None:
    until = q.grant.until
    assert until is not None
    if q.at < until:
        return None
    ended = {"cleared_until": until, "limiting_cause": "term"}
    if _in_grace(q, until):
        words = "The term has ended and its renewal is open: only with an observer present."
        return q.answer("EXPIRED", "ONLY WITH AN OBSERVER", words, "Ask an observer to be present.", in_grace=True, **ended)
    return q.answer("EXPIRED", "NOT CLEARED", "The term of the clearance has ended.", APPLY, **ended)


def _in_grace(q: _Question, until: datetime) -> bool:
    """A renewal was opened before the end, that is at most 30 days ago, and nothing else stands against the clearance."""
    opened_at = q.renewals.get(q.grant.id)
    in_time = opened_at is not None and opened_at < until and q.at - until <= GRACE
    return in_time and not (q.decided.hold or q.decided.watched_hold or q.broken or q.lapsed)


def _on_hold(q: _Question) -> Standing | None:
    return q.stopped("ON_HOLD", q.decided.hold, "The clearance is on hold.")


def _blocked(q: _Question) -> Standing | None:
    broken = q.broken
    if not broken:
        return None
    reasons = tuple(o.reason for o in broken)
    return q.answer("BLOCKED", "NOT CLEARED", "", broken[0].to_do, reasons=reasons, limiting_cause=broken[0].requirement)


def _watched(q: _Question) -> Standing | None:
    hold, words = q.decided.watched_hold, "On hold: only with an observer present."
    if hold is None:
        return None
    return q.answer("ON_HOLD", "ONLY WITH AN OBSERVER", words, "Ask an observer to be present.", stop_id=hold.id)


def _not_current(q: _Question) -> Standing | None:
    lapsed = q.lapsed
    if lapsed is None:
        return None
    return q.answer("NOT_CURRENT", "ONLY WITH AN OBSERVER", lapsed.reason, lapsed.to_do, limiting_cause=lapsed.requirement)


def _provisional(q: _Question) -> Standing | None:
    """After a suspension the first cases are done with an observer present."""
    since, needed = q.decided.returned_at, q.rules.cases_after_suspension
    if since is None or q.level != "independent":
        return None
    done = watched_since(q.evidence, q.setting, since=since, at=q.at)
    if done >= needed:
        return None
    words = f"Back from a suspension: {done} of the first {needed} procedures were done with an observer."
    return q.answer("PROVISIONAL", "ONLY WITH AN OBSERVER", words, "Ask an observer before the next procedure.")


def _cleared(q: _Question) -> Standing | None:
    term = q.grant.until
    assert term is not None
    ends = [(term, "term", "The term of the clearance ends then.")]
    ends += [(o.until, o.requirement, _ending(o)) for o in q.outcomes if o.until is not None]
    until, cause, words = min(ends, key=lambda e: e[0])
    to_do = "Renew before the term ends." if cause == "term" else _cheapest(q.outcomes, cause)
    change = q.versions.next_change(q.grant.policy_version_id, q.at)
    if change is not None and change < until:
        until, cause, words, to_do = _under_the_next_version(q, change)
    return q.answer(
        "CLEARED", "CLEARED", words, to_do, limits=q.grant.limits.words(), cleared_until=until, limiting_cause=cause,
        expiring=until - q.at <= timedelta(days=q.rules.expiring_days),
    )  # fmt: skip


def _under_the_next_version(q: _Question, begins: datetime) -> tuple[datetime, str, str, str]:
    """The end of a clearance, its cause, the words and what to do, where another version begins to rule it before."""
    later = _answer(replace(q, at=begins, evidence=q.evidence.as_of(q.asked)))
    if later.state == "CLEARED" and later.cleared_until is not None:
        return later.cleared_until, later.limiting_cause, " ".join(later.reasons), later.to_do
    words = f"A new version of the policy begins to count then. {' '.join(later.reasons)}"
    return begins, later.limiting_cause or "policy", words, later.to_do


_RULES: tuple[Callable[[_Question], Standing | None], ...] = (
    _pending, _out_of_scope, _revoked, _suspended, _not_held, _scope_unknown, _expired, _on_hold, _blocked, _watched,
    _not_current, _provisional, _cleared,
)  # fmt: skip
"""In the order of the design; the last one always answers."""


def _ending(outcome: Outcome) -> str:
    return f"{outcome.words} It stands until then." if outcome.kind == KIND else f"{outcome.words} runs out then."


def _cheapest(outcomes: list[Outcome], cause: str) -> str:
    kind, to_do = next((o.kind, o.to_do) for o in outcomes if o.requirement == cause)
    if kind == KIND:
        return to_do
    return {
        "document": "Enter the renewed document and have it verified.",
        "competency": "Have a supervisor approve the competency again.",
        "exam": "Sit the exam again.",
        "currency": "Log the next procedure.",
        "attestation": "Read and sign the text again.",
    }.get(kind, "Have another procedure observed.")


def continuing_outcomes(
    policy: Policy, tier: str, level: str, evidence: Evidence, setting: Setting, *, at: datetime
) -> list[Outcome]:
    """The continuing requirements of a level: all of the tier's for acting alone, the documents for observing."""
    requirements: Iterable[Requirement] = (r for r in policy.rules(tier).requirements if r.continuing)
    if level == "may_observe":
        requirements = (r for r in requirements if r.kind == "document" and r.document in ("licence", "indemnity"))
    return [evaluate(r, evidence, setting, at=at, held=True) for r in requirements]


def initial_outcomes(policy: Policy, tier: str, evidence: Evidence, setting: Setting, *, at: datetime) -> list[Outcome]:
    """Every requirement that must be met before a first grant: the initial ones and the continuing ones."""
    return [evaluate(r, evidence, setting, at=at) for r in policy.rules(tier).requirements if r.initial or r.continuing]
