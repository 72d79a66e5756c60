"""What a well-prepared candidate would answer; for the demonstration's past attempts and for tests alone."""

from __future__ import annotations

from typing import Any

from app.domain.items import ItemContent, Variant, key_answer, wire_answer


def right_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """The full-mark answer in display keys."""
    return wire_answer(content, variant, key_answer(content, variant))


def saves_to(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The answers to save one after the other: the actions of a case are saved one by one, everything else at once."""
    taken = answer.get("actions")
    return [answer] if taken is None else [{"actions": taken[:n]} for n in range(1, len(taken) + 1)]
