"""A case: ordered actions over simulated time. The answer is the list of actions; each save extends it by one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from app.domain.cases import (
    GROUPS,
    VITALS,
    WAIT,
    Exploration,
    State,
    Step,
    Story,
    explore,
    judge,
    play,
    possible,
    story_faults,
    vitals_at,
)
from app.domain.cases.story import Action, CriticalAction, Ending, Limits, Phase
from app.domain.errors import InvalidInput
from app.domain.items.base import Answer, Finding, ItemBase, Mark, Presentation, Review, Variant, sent, unanswered
from app.domain.items.views import CourseReview, CourseStep, LogEntry, Offered, Patient, Reading
from app.domain.strict import Fault, Slug, tuples, visible

MOST_ACTIONS = 40
"""A list of actions is no longer: every action once, and waiting."""


class Case(ItemBase):
    """The story of a patient, and what is said of it afterwards. The scenario of a case is how it begins."""

    type: Literal["case"]
    tick_s: Annotated[int, Field(gt=0, le=604_800)]
    limits: Limits
    start: Slug
    phases: Annotated[Mapping[Slug, Phase], Field(min_length=1, max_length=20)]
    endings: Annotated[Mapping[Slug, Ending], Field(min_length=2, max_length=10)]
    actions: Annotated[tuple[Action, ...], Field(min_length=3, max_length=20)]
    critical_actions: Annotated[tuple[CriticalAction, ...], Field(max_length=6)] = ()
    debrief: Annotated[str, Field(min_length=20, max_length=2000), AfterValidator(visible)]

    @classmethod
    def broken_rules(cls, data: Mapping[str, Any]) -> Iterator[Fault]:
        """Names that lead nowhere, durations off the beat, points that do not add up."""
        yield from story_faults(data)


def story_of(content: Case) -> Story:
    """The part that the engine runs."""
    return Story.model_construct(
        tick_s=content.tick_s, limits=content.limits, start=content.start, phases=content.phases, endings=content.endings,
        actions=content.actions, critical_actions=content.critical_actions,
    )  # fmt: skip


def explore_case(content: Case) -> Exploration:
    """Walk through every state of the case; kept, since a case never changes."""
    return _explored(item_text(content))


@lru_cache(maxsize=64)
def _explored(text: str) -> Exploration:
    return explore(story_of(Case.model_validate(tuples(json.loads(text)))))


def item_text(content: Case) -> str:
    """The case as text: what tells one case from another."""
    return content.model_dump_json(by_alias=True, exclude_defaults=True)


def option_ids(content: Case) -> tuple[str, ...]:
    return tuple(a.id for a in content.actions)


def extends(before: Sequence[str] | None, after: Sequence[str] | None) -> bool:
    """Whether a list of actions is the one before, or that and one action more."""
    was, now = list(before or []), list(after or [])
    return now == was or now[:-1] == was


def presentation(content: Case, variant: Variant, answer: Answer | None) -> Presentation:
    words = "Choose one action at a time. Each takes time, and what was done stays done."
    return Presentation(
        "case", content.scenario, content.stem, words, content.critical, content.points,
        patient=_patient(content, variant, answer if isinstance(answer, list) else []),
    )  # fmt: skip


def _patient(content: Case, variant: Variant, taken: Sequence[str]) -> Patient:
    story = story_of(content)
    steps = play(story, taken)
    now = steps[-1].after if steps else State(story.start)
    text = content.endings[now.ending].text if now.ending else content.phases[now.phase].text
    return Patient(
        text, now.time_s, _readings(story, steps, now), _offered(story, variant, now), tuple(_entry(content, s) for s in steps),
        tuple(_key(variant, name) for name in taken), bool(now.ending),
    )  # fmt: skip


def _key(variant: Variant, name: str) -> str:
    return WAIT if name == WAIT else variant.key_of(name)


def _readings(story: Story, steps: Sequence[Step], now: State) -> tuple[Reading, ...]:
    history = [vitals_at(story, s.before) for s in steps]
    found = []
    for name, value in vitals_at(story, now).items():
        before = tuple(h[name] for h in history if name in h)
        label, unit = VITALS[name]
        found.append(Reading(name, label, unit, value, before, _trend(before, value)))
    return tuple(sorted(found, key=lambda r: list(VITALS).index(r.name)))


def _trend(before: Sequence[float], value: float) -> str:
    if not before:
        return "first reading"
    return "rising" if value > before[-1] else "falling" if value < before[-1] else "unchanged"


def _offered(story: Story, variant: Variant, now: State) -> tuple[tuple[str, tuple[Offered, ...]], ...]:
    """What is possible now, by group; inside a group in the order that the form drew."""
    actions = sorted(possible(story, now), key=lambda a: variant.order.index(a.id))
    groups = (
        (GROUPS[g], tuple(Offered(variant.key_of(a.id), a.label, a.takes_s) for a in actions if a.group == g)) for g in GROUPS
    )
    return tuple((name, offered) for name, offered in groups if offered)


def _entry(content: Case, step: Step) -> LogEntry:
    if step.action == WAIT:
        told = "" if step.after.ending or step.after.phase == step.before.phase else content.phases[step.after.phase].text
        return LogEntry(step.before.time_s, step.after.time_s, "Waited and watched", told)
    action = story_of(content).action(step.action)
    told = "The patient's state changed before this was completed." if step.too_late else action.tells or ""
    return LogEntry(step.before.time_s, step.after.time_s, action.label, told)


def parse_answer(content: Case, variant: Variant, wire: object) -> list[str] | None:
    keys = sent(wire, "actions")
    if keys is None:
        return None
    if not isinstance(keys, list) or len(keys) > MOST_ACTIONS:
        raise InvalidInput([("answer", f"Send actions as a list of at most {MOST_ACTIONS} keys.")])
    names = [WAIT if key == WAIT else variant.option_of(key) for key in keys]
    play(story_of(content), names)
    return names


def wire_answer(content: Case, variant: Variant, answer: list[str] | None) -> dict[str, Any]:
    return {} if answer is None else {"actions": [_key(variant, name) for name in answer]}


def answer_words(content: Case, variant: Variant, answer: list[str] | None) -> tuple[str, ...]:
    labels = {a.id: a.label for a in content.actions} | {WAIT: "Waited and watched"}
    return tuple(labels[name] for name in answer or ())


def key_answer(content: Case) -> list[str]:
    return list(explore_case(content).best)


def score(content: Case, variant: Variant, answer: list[str] | None) -> Mark:
    if not answer:
        return unanswered(content.points)
    story = story_of(content)
    last = play(story, answer)[-1].after
    verdict = judge(story, last)
    errors = tuple(Finding("dangerous", text) for text in verdict.critical_errors)
    done = tuple(_finding(a) for a in story.actions if a.id in last.done and a.critical_error is None)
    left = tuple(Finding("missing", f"Not done: {a.label}", a.id) for a in story.actions if a.points > 0 and a.id not in last.done)
    return Mark(Fraction(verdict.points), content.points, errors, (*done, *left))


def _finding(action: Action) -> Finding:
    return Finding("right" if action.points > 0 else "wrong", f"{action.label}: {action.why}", action.id)


def review(content: Case, variant: Variant, answer: list[str] | None) -> Review:
    story = story_of(content)
    steps = play(story, answer or [])
    last = steps[-1].after if steps else State(story.start)
    best = explore_case(content).best
    course = CourseReview(
        tuple(_course_step(content, s) for s in steps), judge(story, last).missed if steps else (),
        content.endings[last.ending].text if last.ending else "The case was not played to its end.",
        answer_words(content, variant, list(best)),
        tuple(_not_done(a) for a in story.actions if a.id not in last.done),
    )  # fmt: skip
    key = answer_words(content, variant, list(best))
    return Review((), key, content.debrief, content.safe_needle_rule, content.sources, course=course)


def _course_step(content: Case, step: Step) -> CourseStep:
    phase = content.phases[step.before.phase].text
    if step.action == WAIT:
        return CourseStep(step.before.time_s, step.after.time_s, "Waited and watched", phase, 0, critical=False, why="")
    action = story_of(content).action(step.action)
    critical = action.critical_error is not None
    points = 0 if step.too_late else action.points
    return CourseStep(step.before.time_s, step.after.time_s, action.label, phase, points, critical, action.why)


def _not_done(action: Action) -> CourseStep:
    return CourseStep(0, action.takes_s, action.label, "", action.points, action.critical_error is not None, action.why)
