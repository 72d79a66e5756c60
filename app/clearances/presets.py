"""The policies of the bank's folder that a new one can begin with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.domain.errors import InvalidInput
from app.domain.policy import parse_policy
from app.formats import strict_yaml


@dataclass(frozen=True, slots=True)
class Preset:
    """One shipped policy: its text as reviewed, and what it says of itself."""

    id: str
    title: str
    basis: str
    text: str


def read_presets(folder: Path) -> list[Preset]:
    """Every sound policy of a bank, by the name of its file; `flask bank check` names the broken ones."""
    found = (_preset(path) for path in sorted((folder / "policies").glob("*.yaml")))
    return [preset for preset in found if preset is not None]


def _preset(path: Path) -> Preset | None:
    try:
        raw = path.read_bytes()
        policy = parse_policy(strict_yaml.load(raw, path.name).data)
    except (InvalidInput, OSError):
        return None
    return Preset(policy.id, policy.title, policy.basis, raw.decode("utf-8"))
