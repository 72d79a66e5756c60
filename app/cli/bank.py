"""flask bank: check and load the question bank."""

from __future__ import annotations

import json
import sys
from datetime import datetime

import click

from app.audit.actions import record
from app.bank.actions import load_items, load_scenes
from app.bank.check import check
from app.catalogue.actions import load_catalogue
from app.clearances.actions import load_policy
from app.cli.speaking import fail, settings
from app.database import db
from app.domain.permissions import SYSTEM
from app.domain.policy import SHIPPED
from app.quizzes.actions import load_quizzes
from app.web.clockwork import now


@click.group("bank")
def bank_group() -> None:
    """The question bank."""


@bank_group.command("check")
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def bank_check(as_json: bool) -> None:
    """Check every file of the bank; needs no database and no secret. Exit 1 if there are problems."""
    report = check(settings().question_bank)
    body = report.as_json()
    if as_json:
        click.echo(json.dumps(body, indent=2, ensure_ascii=False))
    else:
        for problem in body["problems"]:
            click.echo(f"{problem['file']}:{problem['line']}: {problem['field']}: {problem['message']} {problem['cure']}")
        click.echo(f"{body['items']} items, {len(body['problems'])} problems")
        for quiz in body["quizzes"]:
            click.echo(f"{quiz['title']}: {quiz['words']}")
    sys.exit(1 if body["problems"] else 0)


@bank_group.command("load")
def bank_load() -> None:
    """Bring the bank's files in: catalogue, items, quizzes, policy, in one transaction; a broken bank is refused whole."""
    click.echo(load_bank(now()))
    db.session.commit()


def load_bank(at: datetime) -> str:
    """Load everything, without committing; the words say what it did. Exits 1 if the bank has problems."""
    checked = check(settings().question_bank)
    problems = checked.as_json()["problems"]
    if problems:
        first = problems[0]
        fail(
            f"{len(problems)} problems, nothing was changed. The first: {first['file']}:{first['line']}: {first['message']} "
            "Run: flask --app app bank check"
        )
    files = checked.files
    record(db.session, stream="bank", act="bank.load", actor=SYSTEM, now=at, facts={"items": len(files.items)})
    load_catalogue(db.session, files.catalogue, actor=SYSTEM, now=at)
    scenes = load_scenes(db.session, files.scenes, actor=SYSTEM, now=at)
    report = load_items(db.session, files.items, actor=SYSTEM, now=at)
    quizzes = load_quizzes(db.session, files.quizzes, actor=SYSTEM, now=at)
    first = [p for p in files.policies if p.id == SHIPPED]
    policies = [p.id for p in first if load_policy(db.session, p, actor=SYSTEM, now=at)]
    return (
        f"Items: {len(report.added)} new, {len(report.changed)} changed, {len(report.unchanged)} as before, "
        f"{len(report.conflicts)} in conflict. "
        f"New or changed: {len(scenes)} scenes, {len(quizzes)} quizzes, {len(policies)} policies."
    )
