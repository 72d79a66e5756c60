"""Publish quiz versions."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.audit.actions import record
from app.domain.canonical import canonical_bytes, digest
from app.domain.permissions import Actor
from app.domain.quiz import Quiz as QuizRules
from app.domain.quiz import quiz_json
from app.quizzes.models import Quiz, QuizVersion


def load_quizzes(session: Session, quizzes: Iterable[QuizRules], *, actor: Actor, now: datetime) -> list[str]:
    """Publish each quiz whose rules differ from its newest version; returns the ids of those."""
    return [rules.id for rules in quizzes if _publish(session, rules, actor, now)]


def _publish(session: Session, rules: QuizRules, actor: Actor, now: datetime) -> bool:
    body = quiz_json(rules)
    newest = session.scalar(select(QuizVersion).where(QuizVersion.quiz_id == rules.id).order_by(QuizVersion.number.desc()).limit(1))
    if newest is not None and newest.sha256 == digest(body):
        return False
    quiz = session.get(Quiz, rules.id)
    if quiz is None:
        quiz = Quiz(id=rules.id)
        session.add(quiz)
        session.flush()
    version = QuizVersion(
        quiz_id=rules.id,
        number=(newest.number if newest else 0) + 1,
        title=rules.title,
        mode=rules.mode,
        content=canonical_bytes(body).decode(),
        sha256=digest(body),
        origin="file",
        published_at=now,
    )
    session.add(version)
    session.flush()
    quiz.current_version_id = version.id
    facts = {"quiz": rules.id, "version": version.id, "sha256": version.sha256}
    record(session, stream="bank", act="quiz.published", actor=actor, now=now, facts=facts)
    return True
