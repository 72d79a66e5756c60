"""What a case file tells: a patient's phases, what can be done, what must not be missed, how it ends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from app.domain.strict import Slug, Strict, visible

Vital = Literal["hr", "rr", "spo2", "sbp", "temp", "pain"]
VITALS: dict[str, tuple[str, str]] = {
    "hr": ("Pulse", "/min"),
    "rr": ("Breathing", "/min"),
    "spo2": ("Oxygen saturation", "%"),
    "sbp": ("Systolic pressure", "mmHg"),
    "temp": ("Temperature", "°C"),
    "pain": ("Pain", "of 10"),
}
"""Every vital sign a case may show, with its words and its unit."""
Group = Literal["needles", "position", "assess", "ask", "treat", "help", "record"]
GROUPS: dict[str, str] = {
    "needles": "Needles",
    "position": "Position and comfort",
    "assess": "Look and measure",
    "ask": "Ask and tell",
    "treat": "Treat",
    "help": "Get help",
    "record": "Hand over and record",
}
"""The groups of actions in the order in which a practitioner thinks."""
Seconds = Annotated[int, Field(gt=0, le=7_776_000)]
"""At most 90 days."""
Told = Annotated[str, Field(min_length=5, max_length=600), AfterValidator(visible)]
Label = Annotated[str, Field(min_length=3, max_length=160), AfterValidator(visible)]
Value = Annotated[float, Field(ge=0, le=400, strict=False, allow_inf_nan=False)]


class Limits(Strict):
    """What the explorer of a case may need."""

    max_time_s: Seconds
    max_states: Annotated[int, Field(ge=1, le=200_000)]


class Phase(Strict):
    """A stretch of the patient's course. Vitals run straight from the first to the second value; `then` is the untreated course."""

    text: Told
    vitals: Mapping[Vital, tuple[Value, Value]] = Field(default_factory=dict)
    lasts_s: Seconds
    then: Slug


class Ending(Strict):
    """How it turned out."""

    outcome: Literal["good", "fair", "poor"]
    text: Told


class Action(Strict):
    """Something the practitioner may do, once. It takes time; then flags are set, and the patient may enter another phase."""

    id: Slug
    group: Group
    label: Label
    takes_s: Seconds
    phases: tuple[Slug, ...] = ()
    needs: tuple[Slug, ...] = ()
    unless: tuple[Slug, ...] = ()
    sets: tuple[Slug, ...] = ()
    goto: Slug | None = None
    points: Annotated[int, Field(ge=-10, le=10)] = 0
    tells: Told | None = None
    why: Told
    critical_error: Told | None = None

    @model_validator(mode="after")
    def _no_reward_for_harm(self) -> Action:
        if self.critical_error is not None and self.points > 0:
            raise ValueError("a critical error earns no points: set points to 0 or below, or delete critical_error")
        return self


class CriticalAction(Strict):
    """What must be done, completed by `by_s` seconds from the start; a missed one is a critical error."""

    action: Slug | None = None
    any_of: tuple[Slug, ...] = ()
    by_s: Seconds
    text: Told

    @model_validator(mode="after")
    def _one_kind(self) -> CriticalAction:
        if (self.action is None) == (not self.any_of):
            raise ValueError("name one action, or several under any_of: exactly one of the two")
        return self

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions of which one is enough."""
        return self.any_of or ((self.action,) if self.action else ())


class Story(Strict):
    """The part of a case that the engine runs."""

    tick_s: Annotated[int, Field(gt=0, le=604_800)]
    limits: Limits
    start: Slug
    phases: Annotated[Mapping[Slug, Phase], Field(min_length=1, max_length=20)]
    endings: Annotated[Mapping[Slug, Ending], Field(min_length=2, max_length=10)]
    actions: Annotated[tuple[Action, ...], Field(min_length=3, max_length=20)]
    critical_actions: Annotated[tuple[CriticalAction, ...], Field(max_length=6)] = ()

    def action(self, name: str) -> Action:
        """One action by its id; raises KeyError."""
        found = next((a for a in self.actions if a.id == name), None)
        if found is None:
            raise KeyError(name)
        return found
