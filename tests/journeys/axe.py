"""axe-core in a page: what it found, in lines that a person can read."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[1] / "vendor" / "axe-core" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
OF_COLOUR = ("color-contrast", "link-in-text-block")
"""The rules of TAGS that look at colours; a scheme changes nothing else."""
_RUN = """async only => (await axe.run(document, {
  runOnly: only, rules: only.type === "tag" ? {"target-size": {enabled: true}} : {}, resultTypes: ["violations"],
})).violations"""


@lru_cache(maxsize=1)
def _source() -> str:
    return AXE.read_text(encoding="utf-8")


def violations(page: Page) -> list[str]:
    """One line for each element that breaks a rule in light, or a rule of colour in dark: scheme, rule, element, what is wrong."""
    page.evaluate(_source())
    lines = []
    for scheme, only in (("light", {"type": "tag", "values": TAGS}), ("dark", {"type": "rule", "values": OF_COLOUR})):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found: list[dict[str, Any]] = page.evaluate(_RUN, only)
        lines += [f"{scheme}, {_line(rule, node)}" for rule in found for node in rule["nodes"]]
    return lines


def _line(rule: dict[str, Any], node: dict[str, Any]) -> str:
    target = " ".join(str(part) for part in node["target"])
    summary = " ".join(node["failureSummary"].split())
    return f"{rule['id']}: {target}\n    {node['html'][:160]}\n    {summary}"
