"""Applications by the thousand: werkzeug composes code for each of their routes, the same every time; here it is composed once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]
_BUILT: dict[tuple[Any, ...], Builder] = {}
_compose = Rule._compile_builder


def _remembered(rule: Rule, append_unknown: bool = True) -> Builder:
    """What builds a route's address: it reads the rule that it is bound to, so that rules of the same parts can share it."""
    if rule.defaults:
        return _compose(rule, append_unknown)
    key = (rule.rule, tuple(rule._trace), append_unknown)
    if key not in _BUILT:
        _BUILT[key] = _compose(rule, append_unknown)
    return _BUILT[key]


def compose_once() -> None:
    """From here on, in this process."""
    Rule._compile_builder = _remembered  # type: ignore[method-assign]
