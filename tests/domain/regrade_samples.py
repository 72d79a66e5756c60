"""Corrections of the sample items: another key, nothing else that a candidate could notice."""

from __future__ import annotations

import copy
from typing import Any


def rekeyed(body: dict[str, Any]) -> dict[str, Any]:
    """The same question with another key."""
    new = copy.deepcopy(body)
    match body["type"]:
        case "single_best_answer":
            del new["options"][0]["correct"]
            new["options"][2]["correct"] = True
        case "multiple_response":
            del new["options"][1]["correct"]
        case "ordering":
            new["order"] = [["d"], ["b", "c"], ["a"]]
        case "numeric":
            new["accept"] = {"min": 20, "max": 21}
        case "matching":
            new["pairs"] = {"a": "y", "b": "x", "c": "z"}
        case "hotspot":
            new["candidates"][1]["role"], new["candidates"][2]["role"] = "other", "target"
        case "needle_placement":
            new["criteria"][0]["min"] = -20
        case "case":
            new["actions"][0]["why"] = "Another reason is given for it now."
            new["debrief"] = "Another debriefing of the same course."
    return new
