"""Choices of a form's select, radio and checkbox fields."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import SelectMultipleField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.widgets import CheckboxInput, ListWidget


def choices(pairs: Iterable[tuple[str | int, str]], optgroup: str | None = None) -> list[Any]:
    """(value, words) pairs as WTForms wants them, in one group or in none."""
    return [SelectChoice(value=value, label=words, optgroup=optgroup) for value, words in pairs]


class Checkboxes(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()
