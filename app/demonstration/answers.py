"""What a well-prepared candidate would answer; for the demonstration's past attempts and for tests alone."""

from __future__ import annotations

from typing import Any

from app.domain.items import ItemContent, Variant, key_answer, wire_answer


def right_answer(content: ItemContent, variant: Variant) -> dict[str, Any]:
    """The full-mark answer in display keys."""
    return wire_answer(content, variant, key_answer(content, variant))
