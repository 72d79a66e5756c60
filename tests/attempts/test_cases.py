"""A case in a running attempt: one action a save, nothing taken back, the patient after each, and two windows never merge."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.attempts.queries import KeyedPlace
from app.demonstration.answers import saves_to
from app.domain.items import presentation
from tests.attempts.sitting import Sitting, sit
from tests.builders import Clinic, full_answer


@pytest.fixture
def case(clinic: Clinic, clinic_app: Flask) -> tuple[Sitting, KeyedPlace]:
    """A running complication exam at its first case."""
    sitting = sit(clinic.client(clinic_app, "trainee2"), "complication-response")
    return sitting, sitting.place_of("case")


def offered(keyed: KeyedPlace) -> list[str]:
    patient = keyed.place.shown.patient
    assert patient is not None
    return [a.key for _, actions in patient.groups for a in actions]


def act(sitting: Sitting, keyed: KeyedPlace, taken: list[str], seq: int, op: str) -> Any:
    return sitting.put(keyed.place.position, {"actions": taken}, base_seq=seq, op_id=f"case-op-{op}")


def test_each_save_extends_the_list_by_one_and_brings_the_next_patient(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    first = offered(keyed)[0]
    reply = act(sitting, keyed, [first], 0, "0001")
    assert reply.status_code == 200
    patient = reply.json["patient"]
    assert patient["taken"] == [first]
    assert patient["time_s"] > 0
    now = sitting.place_of("case")
    assert now.place.shown.patient.time_s == patient["time_s"]  # type: ignore[union-attr]
    page = sitting.browser.get(f"/attempts/{sitting.attempt_id}?q={keyed.place.position}").text
    assert f'name="taken" value="{first}"' in page


def test_what_was_done_is_not_taken_back_nor_replaced(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    one, other = offered(keyed)[:2]
    act(sitting, keyed, [one], 0, "0001")
    for n, taken in enumerate(([], [other])):
        reply = act(sitting, keyed, taken, 1, f"back-{n:03d}")
        assert reply.status_code == 409, taken
        assert reply.json["theirs"]["answer"] == {"actions": [one]}
    assert sitting.place_of("case").place.answer == [keyed.variant.option_of(one)]


def test_two_actions_in_one_save_are_refused_and_kept_aside(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    first = offered(keyed)[0]
    answer = [keyed.variant.option_of(first)]
    after = presentation(keyed.content, keyed.variant, answer).patient
    assert after is not None
    second = next(a.key for _, actions in after.groups for a in actions)
    assert act(sitting, keyed, [first, second], 0, "both").status_code == 409
    assert [r.kept for r in sitting.revisions()] == ["superseded"]


def test_an_action_that_is_not_possible_now_is_refused(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    hidden = next(k for k in (f"o{n}" for n in range(1, 30)) if k not in offered(keyed) and keyed.variant.has_key(k))
    assert act(sitting, keyed, [hidden], 0, "hidden").status_code == 422
    assert act(sitting, keyed, ["o99"], 0, "no-such").status_code == 422
    assert not sitting.revisions()


def test_the_same_save_sent_twice_is_done_once(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    first = offered(keyed)[0]
    one, again = (act(sitting, keyed, [first], 0, "twice") for _ in range(2))
    assert one.json["seq"] == again.json["seq"] == 1
    assert one.json["patient"] == again.json["patient"]
    assert len(sitting.revisions()) == 1


def test_two_windows_that_act_at_once_do_not_merge(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    one, other = offered(keyed)[:2]
    assert act(sitting, keyed, [one], 0, "left").status_code == 200
    assert act(sitting, keyed, [other], 0, "right").status_code == 409
    assert sitting.place_of("case").place.shown.patient.taken == (one,)  # type: ignore[union-attr]


def test_a_flag_can_be_set_without_acting(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    first = offered(keyed)[0]
    act(sitting, keyed, [first], 0, "acted")
    payload = {"answer": {"actions": [first]}, "struck": [], "flag": True}
    reply = sitting.put(keyed.place.position, payload=payload, base_seq=1, op_id="flagged-it")
    assert reply.status_code == 200
    assert sitting.place_of("case").place.flagged


def test_a_case_is_played_to_its_end_by_forms_alone_and_scores_full(case: tuple[Sitting, KeyedPlace]) -> None:
    sitting, keyed = case
    position = keyed.place.position
    for n, answer in enumerate(saves_to(full_answer(keyed))):
        fields = {"base_seq": str(n), "op_id": f"form-case-{n:03d}", "taken": " ".join(answer["actions"][:-1])}
        reply = sitting.post(position, {**fields, "act": answer["actions"][-1]})
        assert reply.headers["Location"].endswith(f"?q={position}"), reply.text[-500:]
    page = sitting.browser.get(f"/attempts/{sitting.attempt_id}?q={position}").text
    assert "How it ended" in page
    assert 'name="act"' not in page
    reply = act(sitting, keyed, [*full_answer(keyed)["actions"], "wait"], len(full_answer(keyed)["actions"]), "after")
    assert reply.status_code == 422
