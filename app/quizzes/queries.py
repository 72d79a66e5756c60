"""Quiz versions, and the pool that each may draw from."""

from __future__ import annotations

import json
from datetime import date
from functools import lru_cache

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload

from app.bank.queries import PoolVersion, published_pool
from app.catalogue.queries import catalogue_in_force
from app.domain.assembly import Feasibility, PoolItem, feasibility
from app.domain.catalogue import Catalogue
from app.domain.errors import NotFound
from app.domain.quiz import Quiz as QuizRules
from app.domain.quiz import belongs, parse_quiz
from app.quizzes.models import Quiz, QuizVersion


@lru_cache(maxsize=64)
def parse_stored_quiz(content: str) -> QuizRules:
    """The typed rules of a stored quiz version."""
    return parse_quiz(json.loads(content))


def rules_of(version: QuizVersion) -> QuizRules:
    """The typed rules of a quiz version."""
    return parse_stored_quiz(version.content)


def current_quizzes(session: Session) -> list[QuizVersion]:
    """The current version of each quiz, by title."""
    query = select(QuizVersion).join(Quiz, Quiz.current_version_id == QuizVersion.id).order_by(QuizVersion.title)
    return list(session.scalars(query))


_CURRENT = select(QuizVersion).join(Quiz, Quiz.current_version_id == QuizVersion.id).where(Quiz.id == bindparam("quiz"))


def get_current_quiz(session: Session, quiz_id: str) -> QuizVersion:
    """The current version of one quiz; raises NotFound."""
    version = session.scalar(_CURRENT, {"quiz": quiz_id})
    if version is None:
        raise NotFound("There is no such quiz.")
    return version


def pool_item(version: PoolVersion, seen_count: int = 0) -> PoolItem:
    """What the assembly needs to know of a version."""
    content = version.content
    return PoolItem(
        item_id=content.id,
        version_id=version.version_id,
        domain=content.domain,
        topic=content.topic,
        regions=frozenset(content.regions),
        complications=frozenset(content.complications),
        type=content.type,
        critical=content.critical,
        seen_count=seen_count,
    )


def eligible(rules: QuizRules, pool: list[PoolVersion], catalogue: Catalogue, *, need_review: bool) -> list[PoolVersion]:
    """The versions that a quiz may draw: those it selects, and in a real installation only the reviewed ones."""
    return [v for v in pool if (v.reviewed or not need_review) and belongs(rules, pool_item(v), catalogue.regions_by_group)]


def quiz_pool(session: Session, rules: QuizRules, on: date, *, need_review: bool) -> list[PoolVersion]:
    """The pool of one quiz today."""
    catalogue = catalogue_in_force(session).catalogue
    return eligible(rules, published_pool(session, on, rules.mode), catalogue, need_review=need_review)


def offers(session: Session, on: date, *, need_review: bool) -> dict[str, Feasibility]:
    """For each quiz whether it is offered today, or how many reviewed items short it is."""
    catalogue, pool = catalogue_in_force(session).catalogue, published_pool(session, on)
    found = {}
    for version in current_quizzes(session):
        rules = rules_of(version)
        drawn = eligible(rules, pool, catalogue, need_review=need_review)
        found[version.quiz_id] = feasibility(rules, [pool_item(v) for v in drawn])
    return found


def quiz_titles(session: Session) -> dict[str, str]:
    """Quiz id → title."""
    return {v.quiz_id: v.title for v in session.scalars(select(QuizVersion).options(joinedload(QuizVersion.quiz)))}
