"""Every promise of a case that the explorer proves is broken here once, and named with state and path."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from app.domain.cases import explore, story_faults
from app.domain.strict import tuples
from tests.domain.cases.stories import STORY, make_story, with_action


def test_a_sound_case_has_no_problem_and_its_best_course_is_the_shortest() -> None:
    found = explore(make_story())
    assert found.problems == ()
    assert found.best == ("out", "look", "call", "tell")
    assert (found.decisions, found.endings, found.grey) == (4, {"end-good", "end-plain", "end-late"}, ("wait-more",))
    assert found.passing_runs >= 2


def problems(**changes: Any) -> dict[str, str]:
    return dict(explore(make_story(**changes)).problems)


def test_too_many_states() -> None:
    assert "more than 10 states" in problems(limits={"max_time_s": 1800, "max_states": 10})["limits.max_states"]


def test_a_course_without_an_end_is_named_with_its_path() -> None:
    phases = copy.deepcopy(STORY["phases"])
    phases["worse"]["then"] = "pain"
    said = problems(phases=phases)["limits.max_time_s"]
    assert "time runs past max_time_s in phase" in said
    assert "wait → wait" in said


def test_phases_endings_and_actions_that_no_path_reaches() -> None:
    lost = {"text": "Nobody comes here.", "lasts_s": 30, "then": "end-late"}
    assert "no path leads here" in problems(phases={**STORY["phases"], "lost": lost})["phases.lost"]
    ending = {"outcome": "fair", "text": "Never told."}
    assert "no path leads here" in problems(endings={**STORY["endings"], "end-lost": ending})["endings.end-lost"]
    never = {
        "id": "never",
        "group": "ask",
        "label": "Never asked",
        "takes_s": 30,
        "needs": ["called"],
        "phases": ["pain"],
        "why": "Never.",
    }
    assert "never possible" in problems(actions=[*STORY["actions"], never])["actions.6"]


def test_a_poor_ending_that_passes_is_named() -> None:
    endings = copy.deepcopy(STORY["endings"])
    endings["end-good"]["outcome"] = "poor"
    endings["end-plain"]["outcome"] = "good"
    said = problems(endings=endings)
    assert "passes although it ends poorly: ending end-good at" in said["endings.end-good"]
    assert "(by out → call → tell)" in said["endings.end-good"]


def test_a_full_mark_that_nobody_can_reach() -> None:
    story = with_action("look", needs=["called"], phases=["pain"])
    assert any("no path earns every point" in said for _, said in explore(story).problems)


def test_a_case_with_one_way_only_and_no_grey_choice() -> None:
    one_way = [a for a in STORY["actions"] if a["id"] != "wait-more"]
    said = [words for _, words in explore(make_story(actions=one_way)).problems]
    assert any("no grey choice" in words for words in said)
    strict = [{**a, "points": 3} if a["id"] == "look" else a for a in one_way]
    assert any("sets of actions pass" in words for _, words in explore(make_story(actions=strict)).problems)


def test_waiting_alone_must_not_pass() -> None:
    free = [{k: v for k, v in a.items() if k not in ("points", "critical_error")} for a in STORY["actions"]]
    assert any("waiting alone passes" in said for _, said in explore(make_story(actions=free, critical_actions=[])).problems)


@pytest.mark.parametrize(
    ("change", "where", "said"),
    [
        ({"start": "nowhere"}, ("start",), "there is no phase nowhere"),
        ({"points": 7}, ("points",), "add up to 6, not 7"),
        ({"tick_s": 50}, ("actions", 0, "takes_s"), "60 s is no multiple of tick_s (50 s)"),
        ({"critical": False}, ("critical",), "set critical: true"),
        (
            {"critical_actions": [{"action": "cal", "by_s": 60, "text": "Missed."}]},
            ("critical_actions", 0),
            "there is no action cal",
        ),
    ],
)
def test_what_the_file_alone_shows_is_named_with_its_place(change: dict[str, Any], where: tuple[Any, ...], said: str) -> None:
    body = {**copy.deepcopy(STORY), "critical": True, "points": 6, **change}
    found = dict(story_faults(tuples(body)))  # type: ignore[arg-type]
    assert said in found[where]


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("goto", "nowhere", "there is no phase or ending nowhere"), ("needs", ["nothing"], "no action sets nothing"),
        ("phases", ["nowhere"], "there is no phase nowhere"), ("id", "wait", "wait is always offered"),
    ],
)  # fmt: skip
def test_names_of_an_action_that_lead_nowhere(field: str, value: Any, said: str) -> None:
    actions = copy.deepcopy(STORY["actions"])
    actions[1][field] = value
    found = dict(story_faults(tuples({**STORY, "critical": True, "points": 6, "actions": actions})))  # type: ignore[arg-type]
    assert said in found[("actions", 1, field)]
