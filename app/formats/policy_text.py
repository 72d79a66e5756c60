"""A policy as text: YAML that `strict_yaml` reads back to the same data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml


def to_text(body: Mapping[str, Any]) -> str:
    """The YAML of a policy, each requirement in lines of its own, in the order of its fields."""
    return yaml.safe_dump(dict(body), sort_keys=False, allow_unicode=True, width=110)
