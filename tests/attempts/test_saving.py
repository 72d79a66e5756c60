"""Saving answers: revisions, conflicts, repeats, lateness, and the chain that a receipt proves."""

from __future__ import annotations

import hashlib
import json
import re
from datetime import timedelta

import pytest
from flask import Flask

from app.attempts.actions import CERTAINTIES
from app.database import db
from app.domain.canonical import canonical_bytes
from app.domain.chain import GENESIS, link
from tests.attempts.sitting import Sitting, form_fields, sit, some_answer
from tests.builders import Clinic
from tests.clock import FakeClock


def test_a_first_save_is_answered_with_seq_1_and_stored_as_the_current_answer(sitting: Sitting) -> None:
    place = sitting.place_of("single_best_answer")
    answer = sitting.put(place.place.position, {"choice": "o2"}, certainty="sure")
    assert (answer.status_code, answer.json["seq"]) == (200, 1)
    assert answer.json["saved_at"] == answer.json["server_now"] == "2026-11-24T09:00:00+00:00"
    [row] = sitting.revisions()
    assert (row.kept, row.seq, row.number, row.certainty) == ("current", 1, 1, "sure")
    assert json.loads(row.payload)["answer"] == place.variant.order[1]
    assert row.sha256 == answer.json["sha256"] == sitting.attempt().head_sha256


def test_the_next_save_that_names_the_seq_before_it_replaces_the_answer(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    sitting.put(position, {"choice": "o1"})
    answer = sitting.put(position, {"choice": "o3"}, base_seq=1, op_id="another-op")
    assert (answer.status_code, answer.json["seq"]) == (200, 2)
    assert [(r.seq, r.base_seq, r.kept) for r in sitting.revisions()] == [(1, 0, "current"), (2, 1, "current")]
    place = sitting.place_of("single_best_answer")
    assert (place.place.seq, place.place.answer) == (2, place.variant.order[2])


@pytest.mark.parametrize(
    "item_type", ["single_best_answer", "multiple_response", "ordering", "numeric"]
)  # fmt: skip
def test_a_page_without_script_saves_what_a_page_with_script_saves(clinic: Clinic, clinic_app: Flask, item_type: str) -> None:
    sitting = sit(clinic.client(clinic_app, "trainee"), "complication-response")
    try:
        place = sitting.place_of(item_type)
    except StopIteration:
        sitting = sit(clinic.client(clinic_app, "trainee2"), "general-safety")
        place = sitting.place_of(item_type)
    position, answer = place.place.position, some_answer(place)
    assert sitting.put(position, answer).status_code == 200
    second = form_fields(sitting.places()[position - 1], answer, "by-the-form")
    assert sitting.post(position, second).status_code == 302
    by_script, by_form = sitting.revisions()
    assert (by_form.seq, by_form.payload) == (2, by_script.payload)


def test_an_answer_can_be_taken_back_and_then_counts_as_not_given(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    sitting.put(position, {"choice": "o1"})
    assert sitting.put(position, {}, base_seq=1, op_id="taken-back").status_code == 200
    assert not sitting.places()[position - 1].place.answered


@pytest.mark.parametrize("certainty", CERTAINTIES)
def test_strikes_flags_and_certainty_are_kept_with_the_answer(sitting: Sitting, certainty: str) -> None:
    position = sitting.place_of("single_best_answer").place.position
    payload = {"answer": {"choice": "o1"}, "struck": ["o2", "o3"], "flag": True}
    assert sitting.put(position, payload=payload, certainty=certainty).status_code == 200
    place = sitting.places()[position - 1].place
    assert (set(place.struck), place.flagged, place.certainty) == ({"o2", "o3"}, True, certainty)


def test_the_same_operation_sent_twice_gets_the_stored_reply_and_no_second_row(sitting: Sitting, clock: FakeClock) -> None:
    position = sitting.place_of("single_best_answer").place.position
    first = sitting.put(position, {"choice": "o1"}).json
    clock.advance(seconds=30)
    again = sitting.put(position, {"choice": "o1"})
    assert again.status_code == 200
    assert {k: again.json[k] for k in ("seq", "sha256", "saved_at")} == {k: first[k] for k in ("seq", "sha256", "saved_at")}
    assert len(sitting.revisions()) == sitting.attempt().revision_count == 1


def test_a_repeat_that_arrives_after_the_end_still_gets_its_stored_reply(sitting: Sitting, clock: FakeClock) -> None:
    position = sitting.place_of("single_best_answer").place.position
    first = sitting.put(position, {"choice": "o1"}).json
    clock.at = sitting.deadline + timedelta(hours=1)
    again = sitting.put(position, {"choice": "o1"})
    assert (again.status_code, again.json["sha256"]) == (200, first["sha256"])
    assert len(sitting.revisions()) == 1


@pytest.mark.parametrize("change", [{"answer": {"choice": "o2"}}, {"base_seq": 1}, {"certainty": "sure"}])
def test_the_same_operation_with_another_body_is_refused(sitting: Sitting, change: dict[str, object]) -> None:
    position = sitting.place_of("single_best_answer").place.position
    sitting.put(position, {"choice": "o1"})
    fields = {"answer": {"choice": "o1"}, **change}
    answer = sitting.put(position, **fields)
    assert answer.status_code == 422
    assert answer.json["problems"][0]["field"] == "op_id"
    assert len(sitting.revisions()) == 1


def test_the_same_operation_for_another_item_is_refused(sitting: Sitting) -> None:
    first, second = [p.place.position for p in sitting.places() if p.content.type == "single_best_answer"][:2]
    sitting.put(first, {"choice": "o1"}, op_id="one-operation")
    assert sitting.put(second, {"choice": "o1"}, op_id="one-operation").status_code == 422
    assert len(sitting.revisions()) == 1


@pytest.mark.parametrize("base_seq", [0, 2, 5000])
def test_a_save_on_a_wrong_base_gets_both_versions_and_the_losing_one_is_kept(sitting: Sitting, base_seq: int) -> None:
    position = sitting.place_of("single_best_answer").place.position
    winning = sitting.put(position, {"choice": "o1"}, certainty="sure").json
    answer = sitting.put(position, {"choice": "o2"}, base_seq=base_seq, op_id="other-window", certainty="unsure")
    assert answer.status_code == 409
    assert answer.content_type == "application/problem+json"
    assert answer.json["seq"] == 1
    assert answer.json["theirs"] == {"answer": {"choice": "o1"}, "struck": [], "flag": False, "certainty": "sure"}
    assert answer.json["yours"] == {"answer": {"choice": "o2"}, "struck": [], "flag": False, "certainty": "unsure"}
    rows = sitting.revisions()
    assert [r.kept for r in rows] == ["current", "superseded"]
    place = sitting.places()[position - 1]
    assert json.loads(rows[1].payload)["answer"] == place.variant.order[1]
    assert (place.place.seq, place.place.answer) == (1, place.variant.order[0])
    assert rows[0].sha256 == winning["sha256"]


def test_a_lost_save_sent_again_is_told_the_same_and_not_stored_twice(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    sitting.put(position, {"choice": "o1"})
    first = sitting.put(position, {"choice": "o2"}, op_id="other-window")
    again = sitting.put(position, {"choice": "o2"}, op_id="other-window")
    assert (again.status_code, again.json) == (409, first.json)
    assert len(sitting.revisions()) == 2


def test_a_save_on_top_of_a_conflict_goes_through_with_the_seq_that_the_conflict_named(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    sitting.put(position, {"choice": "o1"})
    seq = sitting.put(position, {"choice": "o2"}, op_id="other-window").json["seq"]
    assert sitting.put(position, {"choice": "o2"}, base_seq=seq, op_id="chosen-again").json["seq"] == 2


def test_a_form_post_on_a_wrong_base_shows_the_winning_answer_and_keeps_the_other(sitting: Sitting) -> None:
    place = sitting.place_of("single_best_answer")
    position = place.place.position
    stale = form_fields(place, {"choice": "o2"}, "stale-window")
    sitting.put(position, {"choice": "o1"})
    answer = sitting.post(position, stale)
    assert answer.status_code == 409
    assert "This answer was changed in another window." in answer.text
    assert [r.kept for r in sitting.revisions()] == ["current", "superseded"]


@pytest.mark.parametrize(("seconds", "status", "kept"), [(-1, 200, "current"), (0, 200, "current"),
    (10, 200, "current"), (11, 410, "late")])  # fmt: skip
def test_a_save_counts_until_ten_seconds_after_the_end(
    sitting: Sitting, clock: FakeClock, seconds: int, status: int, kept: str
) -> None:
    position = sitting.place_of("single_best_answer").place.position
    clock.at = sitting.deadline + timedelta(seconds=seconds)
    answer = sitting.put(position, {"choice": "o1"})
    assert answer.status_code == status
    assert [r.kept for r in sitting.revisions()] == [kept]


def test_a_save_after_submit_is_refused_kept_as_late_and_never_scored(sitting: Sitting) -> None:
    position = sitting.place_of("single_best_answer").place.position
    assert sitting.submit().status_code == 302
    answer = sitting.put(position, {"choice": "o1"})
    assert answer.status_code == 410
    assert "kept as evidence and not scored" in answer.json["detail"]
    assert [r.kept for r in sitting.revisions()] == ["late"]
    assert not sitting.places()[position - 1].place.answered


def test_a_form_post_after_the_end_leads_to_the_result_and_is_kept_as_late(sitting: Sitting, clock: FakeClock) -> None:
    place = sitting.place_of("single_best_answer")
    clock.at = sitting.deadline + timedelta(seconds=11)
    answer = sitting.post(place.place.position, form_fields(place, {"choice": "o1"}, "late-by-form"))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/attempts/{sitting.attempt_id}/result")
    assert [r.kept for r in sitting.revisions()] == ["late"]


def test_everything_of_somebody_elses_attempt_is_not_found(sitting: Sitting, clinic: Clinic, clinic_app: Flask) -> None:
    for key in ("trainee2", "observer1", "admin", "auditor"):
        other = clinic.client(clinic_app, key)
        stranger = Sitting(other, sitting.attempt_id, sitting.deadline)
        base = f"/attempts/{sitting.attempt_id}"
        answers = [
            stranger.put(1, {"choice": "o1"}), stranger.post(1, {"base_seq": "0", "op_id": "stranger-op"}),
            stranger.submit(), *(other.get(f"{base}{page}") for page in ("", "/review", "/result", "/receipt", "/clock", "/items")),
        ]  # fmt: skip
        assert [a.status_code for a in answers] == [404] * len(answers), key
    assert sitting.revisions() == []
    assert sitting.attempt().state == "open"


def test_a_save_without_signing_in_is_401_and_stores_nothing(sitting: Sitting, clinic: Clinic, clinic_app: Flask) -> None:
    nobody = Sitting(clinic.client(clinic_app, None), sitting.attempt_id, sitting.deadline)
    assert nobody.put(1, {"choice": "o1"}).status_code == 401
    assert sitting.revisions() == []


def test_the_chain_can_be_computed_from_the_receipt_and_ends_in_the_head(sitting: Sitting, clock: FakeClock) -> None:
    """The receipt says how; this does it with nothing but the receipt and SHA-256."""
    sba = [p.place.position for p in sitting.places() if p.content.type == "single_best_answer"][:3]
    for position in sba:
        clock.advance(seconds=7)
        sitting.put(position, {"choice": "o1"}, certainty="sure")
    sitting.put(sba[0], {"choice": "o2"}, op_id="the-losing-one")
    sitting.put(sba[0], {"choice": "o3"}, op_id="the-next-one", base_seq=1)
    sitting.submit({p.place.position: p.place.seq for p in sitting.places()})
    sitting.put(sba[0], {"choice": "o1"}, op_id="the-late-one", base_seq=2)

    attempt = sitting.attempt()
    receipt = sitting.browser.get(f"/attempts/{sitting.attempt_id}/receipt").json
    start = {"person": attempt.person_id, "quiz_version": attempt.quiz_version_id, "seed": attempt.seed}
    previous = link(GENESIS, canonical_bytes(start))
    for number, revision in enumerate(receipt["revisions"], start=1):
        assert revision["number"] == number
        assert revision["previous_sha256"] == previous
        fields = {k: v for k, v in revision.items() if k not in ("sha256", "previous_sha256")}
        text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        previous = hashlib.sha256((revision["previous_sha256"] + text).encode()).hexdigest()
        assert revision["sha256"] == previous
    assert [r["kept"] for r in receipt["revisions"]] == ["current"] * 3 + ["superseded", "current", "late"]
    assert receipt["head"] == attempt.head_sha256 == previous
    assert attempt.revision_count == len(receipt["revisions"])


def test_a_running_attempt_has_no_receipt_yet(sitting: Sitting) -> None:
    assert sitting.browser.get(f"/attempts/{sitting.attempt_id}/receipt").status_code == 404


def test_revisions_are_never_rewritten_or_deleted(sitting: Sitting) -> None:
    sitting.put(1, {})
    for statement in ("UPDATE response_revision SET payload = '{}'", "DELETE FROM response_revision"):
        with pytest.raises(Exception, match="append-only"):
            db.session.execute(db.text(statement))
        db.session.rollback()
    assert len(sitting.revisions()) == 1


def test_no_digest_and_no_receipt_depends_on_an_identity_in_the_bank(sitting: Sitting) -> None:
    """Identities may betray the key; the display keys that the candidate chose among do not."""
    place = sitting.place_of("ordering")
    position, keys = place.place.position, [f"o{n}" for n in range(1, len(place.variant.order) + 1)]
    sitting.put_raw(position, json.dumps({"base_seq": 0, "op_id": "identities", "certainty": None, "payload": {
        "answer": {"sequence": keys[:2]}, "struck": list(reversed(keys)), "flag": True}}).encode())  # fmt: skip
    [row] = sitting.revisions()
    assert json.loads(row.shown) == {"answer": {"sequence": keys[:2]}, "struck": keys, "flag": True}
    sitting.submit()
    [printed] = sitting.browser.get(f"/attempts/{sitting.attempt_id}/receipt").json["revisions"]
    assert "payload" not in printed
    assert json.loads(printed["shown"]) == json.loads(row.shown)


def test_a_refused_form_post_shows_what_was_typed_again(sitting: Sitting) -> None:
    place = sitting.place_of("ordering")
    page = {
        "base_seq": "0",
        "op_id": "typed-again-1",
        "place-o1": "1",
        "place-o2": "1",
        "flag": "1",
        "certainty": "unsure",
        "strike": "o3",
    }
    answer = sitting.post(place.place.position, page)
    assert answer.status_code == 422
    assert "the same place" in answer.text
    assert answer.text.count(' value="1" selected') == 2
    assert re.search(r'name="flag" value="1" checked', answer.text)
    assert re.search(r'name="certainty" value="unsure" checked', answer.text)


def test_the_clock_prolongs_the_session_and_a_save_need_not(sitting: Sitting) -> None:
    assert "Set-Cookie" not in sitting.put(1).headers
    assert "Set-Cookie" in sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock").headers
