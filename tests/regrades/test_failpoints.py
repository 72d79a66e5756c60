"""A death between any two statements of a commit, or of a preview's step, leaves the database as it was; both can be done again."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import select

from app.attempts.models import AttemptItem
from app.bank.actions import publish_version
from app.bank.models import ItemVersion
from app.bank.queries import get_item, parse_stored
from app.domain.items import SingleBestAnswer, item_json, parse_item
from app.domain.permissions import SYSTEM
from app.regrades.actions import Plan, advance_preview, commit_regrade, propose_regrade
from app.regrades.models import RegradePreview
from tests.attempts.acts import Act, assert_nothing_is_half, die, prepare, run
from tests.attempts.sitting import QUIZ
from tests.branches import KILLED, branch, exit_at_once, in_a_child, sizes, snapshot
from tests.builders import Clinic, answer_all, days_ago, start, submit_and_grade
from tests.clock import START


def _neutral(version: ItemVersion) -> str | None:
    """An option that is neither right nor dangerous, if there is one."""
    content = parse_stored(version.content)
    options = content.options if isinstance(content, SingleBestAnswer) else ()
    return next((o.id for o in options if not o.correct and not o.dangerous), None)


def _proposed(clinic: Clinic) -> None:
    """Two finished attempts, an item of both corrected, a regrade proposed and its preview begun."""
    session = clinic.session
    for key in ("trainee", "trainee2"):  # the same seed draws the same form
        attempt = start(clinic, key, QUIZ, days_ago(9))
        answer_all(clinic, attempt, days_ago(9))
        submit_and_grade(clinic, attempt, days_ago(9))
    places = session.scalars(select(AttemptItem).where(AttemptItem.attempt_id == attempt.id).order_by(AttemptItem.position))
    old = next(v for v in (session.get_one(ItemVersion, p.item_version_id) for p in places) if _neutral(v) is not None)
    content, right = parse_stored(old.content), _neutral(old)
    body = item_json(content)
    for option in body["options"]:
        option.pop("correct", None)
        option |= {"correct": True} if option["id"] == right else {}
    new = publish_version(session, parse_item(body), origin="desk", author_id=None, reason="corrected", actor=SYSTEM, now=START)
    plan = Plan(get_item(session, old.item_id), [old], "new_key", new, "The key followed an old edition of its source.", 14)
    director = clinic.people["director"]
    regrade = propose_regrade(session, plan=plan, proposer=director, who=clinic.who("director", START), now=START)
    advance_preview(session, regrade.id, now=START)


def _finished(clinic: Clinic) -> None:
    _proposed(clinic)
    while advance_preview(clinic.session, 1, now=START).phase != "ready":
        clinic.session.flush()


def _step(clinic: Clinic) -> Callable[[], object]:
    return lambda: advance_preview(clinic.session, 1, now=START)


def _commit(clinic: Clinic) -> Callable[[], object]:
    shown = clinic.session.get_one(RegradePreview, 1).sha256
    return lambda: commit_regrade(
        clinic.session, regrade_id=1, shown_sha256=shown, signer=clinic.people["admin"], who=clinic.who("admin", START),
        need_review=False, now=START,
    )  # fmt: skip


STEP = Act("a step of a preview", _proposed, _step)
COMMIT = Act("commit a regrade", _finished, _commit)


def name_of(act: Act) -> str:
    return act.name.replace(" ", "-")


@pytest.mark.parametrize("act", [STEP, COMMIT], ids=name_of)
def test_a_death_before_any_statement_changes_nothing_and_the_act_can_be_repeated(clinic_url: str, act: Act) -> None:
    prepare(clinic_url, act)
    before = snapshot(clinic_url)
    with branch(clinic_url) as copy:
        statements = run(copy, act)
        assert_nothing_is_half(copy)
        after = sizes(snapshot(copy))
    assert after != sizes(before)
    for number in range(1, len(statements) + 2):  # the last one is the commit
        die(clinic_url, act, number)
        assert snapshot(clinic_url) == before, (number, statements[number - 2 : number])
    assert_nothing_is_half(clinic_url)
    run(clinic_url, act)
    assert sizes(snapshot(clinic_url)) == after
    assert_nothing_is_half(clinic_url)


def test_a_killed_process_leaves_no_part_of_a_commit(clinic_url: str) -> None:
    prepare(clinic_url, COMMIT)
    before = snapshot(clinic_url)
    with branch(clinic_url) as copy:
        commit = len(run(copy, COMMIT)) + 1
    for number in sorted({2, commit // 2, commit - 3, commit - 1, commit}):
        assert in_a_child(partial(run, clinic_url, COMMIT, number, exit_at_once)) == KILLED, number
        assert snapshot(clinic_url) == before, number
    run(clinic_url, COMMIT)
    assert_nothing_is_half(clinic_url)
