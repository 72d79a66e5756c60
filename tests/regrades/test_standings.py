"""A pass that a correction takes away: the preview names the clearances, nothing is taken silently, and a new pass mends it."""

from __future__ import annotations

import json
import re
from datetime import timedelta

from app.attempts.actions import Save, grade_attempt, save_answer, start_attempt, submit_attempt
from app.attempts.queries import keyed_places
from app.bank.queries import contents
from app.clearances.evidence import evidence_of
from app.demonstration.answers import right_answer
from app.quizzes.queries import get_current_quiz
from app.regrades.actions import begin_preview
from app.regrades.queries import get_proposal, stored_effects
from tests.clearances.builders import Clinic, words_of
from tests.regrades.builders import correct, preview, propose, regraded


def effects(clinic: Clinic, regrade_id: int) -> dict[int, dict[str, list[dict[str, str]]]]:
    with clinic.act() as session:
        return {e.person_id: json.loads(e.content) for e in stored_effects(session, regrade_id)}


def proposed(clinic: Clinic, *, notice_days: int = 14, **changes: object) -> int:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, **changes)  # type: ignore[arg-type]
        regrade_id = propose(clinic, session, "director", notice_days=notice_days).id
        preview(clinic, session, regrade_id)
    return regrade_id


def pass_again(clinic: Clinic, key: str = "trainee", quiz: str = "thorax") -> None:
    """Sit an exam and answer everything by the keys of today."""
    at = clinic.clock.at
    with clinic.act() as session:
        person = clinic.person(session, key)
        attempt = start_attempt(
            session, person=person, quiz_version=get_current_quiz(session, quiz), seed="again", time_zone="UTC",
            need_review=False, now=at,
        )  # fmt: skip
        places = keyed_places(session, attempt.id)
        keys = contents(session, [p.version_id for p in places])
        for place in places:
            payload = {"answer": right_answer(keys[place.version_id], place.variant), "struck": [], "flag": False}
            save = Save(place.place.position, 0, f"again-operation-{place.place.position}", payload, "sure")
            save_answer(session, attempt_id=attempt.id, person_id=person.id, save=save, now=at)
        session.refresh(attempt)
        submit_attempt(session, attempt=attempt, read_back={1: 1, 2: 1}, now=at)
        session.refresh(attempt)
        assert grade_attempt(session, attempt, now=at).passed


def test_the_preview_names_each_standing_clearance_that_would_change(clinic: Clinic) -> None:
    clinic.granted()
    found = effects(clinic, proposed(clinic))[clinic.ids["trainee"]]
    assert {line["region"] for line in found["standings"]} == set(clinic.regions)
    line = found["standings"][0]
    assert (line["from"], line["to"], line["from_word"], line["to_word"]) == ("CLEARED", "BLOCKED", "CLEARED", "NOT CLEARED")
    assert "A correction took away the pass of Short exam of thorax" in line["cause"]
    assert clinic.standing().word == "CLEARED", "a preview changes nothing"


def test_a_clearance_on_a_lost_pass_stands_until_its_notice_ends_and_says_so(clinic: Clinic) -> None:
    clinic.granted()
    regraded(clinic, notice_days=14)
    ends = clinic.clock.at + timedelta(days=14)
    now = clinic.standing()
    assert (now.word, now.cleared_until, now.limiting_cause) == ("CLEARED", ends, "lost-pass:thorax")
    assert now.expiring
    assert "correction took away the pass" in now.reasons[0]
    assert clinic.standing(at=ends - timedelta(seconds=1)).word == "CLEARED"
    then = clinic.standing(at=ends)
    assert (then.state, then.word, then.limiting_cause) == ("BLOCKED", "NOT CLEARED", "lost-pass:thorax")
    assert then.to_do == "Sit Short exam of thorax again."


def test_an_urgent_correction_bites_at_once(clinic: Clinic) -> None:
    clinic.granted()
    regraded(clinic, notice_days=0, dangerous=("a", "b"))
    assert clinic.standing().word == "NOT CLEARED"


def test_history_is_not_rewritten_by_a_correction(clinic: Clinic) -> None:
    clinic.granted()
    before = clinic.clock.at
    clinic.clock.advance(days=30)
    regraded(clinic, notice_days=0)
    assert clinic.standing().word == "NOT CLEARED"
    assert clinic.standing(at=before + timedelta(minutes=1)).word == "CLEARED", "who was cleared then was cleared then"
    assert clinic.count("decision WHERE kind IN ('hold', 'suspend', 'revoke')") == 0


def test_passing_again_mends_a_lost_pass_before_and_after_its_notice(clinic: Clinic) -> None:
    clinic.granted()
    regraded(clinic, notice_days=7)
    clinic.clock.advance(days=8)
    assert clinic.standing().word == "NOT CLEARED"
    pass_again(clinic)
    standing = clinic.standing()
    assert (standing.word, standing.limiting_cause) == ("CLEARED", "licence")


def test_a_later_regrade_that_gives_the_pass_back_clears_again(clinic: Clinic) -> None:
    clinic.granted()
    regraded(clinic, notice_days=0)
    assert clinic.standing().word == "NOT CLEARED"
    clinic.clock.advance(hours=2)
    regraded(clinic, right="a")
    assert clinic.standing().word == "CLEARED"


def test_the_standing_of_somebody_whose_result_stays_is_not_touched(clinic: Clinic) -> None:
    clinic.granted()
    before = clinic.standing()
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, right="a", dangerous=("b", "c"))
        regrade_id = propose(clinic, session, "director").id
        found = preview(clinic, session, regrade_id)
        assert found.preview is not None
        assert found.preview.moved == 0
    assert effects(clinic, regrade_id) == {}
    assert clinic.standing() == before


def test_no_new_grant_rests_on_a_lost_pass_even_while_its_notice_runs(clinic: Clinic) -> None:
    regraded(clinic, notice_days=28)
    with clinic.act() as session:
        case = clinic.case(session)
        outcome = next(o for o in case.outcomes if o.requirement == "group-exam")
        assert (case.ready, outcome.state) == (False, "unmet")
        facts = evidence_of(session, [clinic.ids["trainee"]], clinic.clock.at)[clinic.ids["trainee"]].exams
        assert [f.passed for f in facts if f.quiz_id == "thorax"] == [False]


def test_the_preview_names_applications_that_fall_back(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    found = effects(clinic, proposed(clinic))[clinic.ids["trainee"]]
    assert found["standings"] == []
    assert found["applications"] == [{"id": clinic.application_id, "group": "thorax", "from": "RECOMMENDED", "to": "COLLECTING"}]


def test_a_recommendation_on_a_grade_that_is_scored_again_is_given_again(clinic: Clinic) -> None:
    """The pass was taken and given back: the evidence is another one, whatever it says."""
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    regraded(clinic)
    clinic.clock.advance(hours=1)
    regraded(clinic, right="a")
    with clinic.act() as session:
        case = clinic.case(session)
        assert case.ready
        assert case.status.voided_recommendation


def test_the_person_and_the_supervisors_are_told_until_it_is_mended(clinic: Clinic) -> None:
    clinic.granted()
    regrade_id = regraded(clinic, safe_needle_rule="Slide the needle flat along the rib.")
    trainee, director = clinic.client("trainee"), clinic.client("director")
    home = words_of(trainee.get("/home"))
    assert "A correction took away your pass of Short exam of thorax" in home
    assert "Taught then Hold the fold until it is out. Holds now Slide the needle flat along the rib." in home
    assert "passed with 100 %, now not yet passed with 50 %" in home
    assert "Clearances that rest on it stand until" in home
    queue = words_of(director.get("/queue"))
    assert "Tara Trainee: Thorax" in queue
    assert "Cleared until 8 Dec 2026, 09:00." in queue
    assert trainee.post(f"/corrections/{regrade_id}/noted").status_code == 302
    noted = words_of(trainee.get("/home"))
    assert "A correction took away your pass of Short exam of thorax" not in noted
    assert "Sit Short exam of thorax again." in noted, "the standing still says so"
    clinic.clock.advance(days=15)
    assert "Not cleared any more." in words_of(clinic.client("director").get("/queue"))
    pass_again(clinic)
    assert "Tara Trainee: Thorax" not in words_of(clinic.client("director").get("/queue"))


def test_the_treatment_room_learns_when_it_ends_and_nothing_of_a_lost_pass(clinic: Clinic) -> None:
    clinic.granted()
    regraded(clinic)
    client = clinic.client("trainee")
    page = words_of(client.post("/clearances/code", data={"site_id": str(clinic.sites["north"])}))
    found = re.search(r"/check/([\w-]+)", page)
    assert found is not None
    shown = words_of(clinic.client().get(f"/check/{found.group(1)}"))
    assert "Until 8 Dec 2026, 09:00. An exam runs out then." in shown
    assert "correction" not in shown
    assert "Short exam" not in shown


def test_the_result_page_says_that_it_was_scored_again_and_teaches_the_rule_of_today(clinic: Clinic) -> None:
    regrade_id = regraded(clinic, safe_needle_rule="Slide the needle flat along the rib.")
    attempt_id = clinic.scalar("SELECT id FROM attempt WHERE person_id = :p AND quiz_id = 'thorax'", p=clinic.ids["trainee"])
    page = words_of(clinic.client("trainee").get(f"/attempts/{attempt_id}/result"))
    assert "Scored again" in page
    assert f"Regrade {regrade_id}. A reader found" in page
    assert "Slide the needle flat along the rib." in page
    assert "Hold the fold until it is out." not in page


def test_two_previews_of_the_same_facts_have_the_same_digest(clinic: Clinic) -> None:
    clinic.granted()
    regrade_id = proposed(clinic)
    first = {}
    for turn in range(2):
        clinic.clock.advance(minutes=3)
        with clinic.act() as session:
            begin_preview(session, regrade_id, now=clinic.clock.at)
            found = preview(clinic, session, regrade_id).preview
            assert found is not None
            first[turn] = found.sha256
    assert first[0] == first[1]
    with clinic.act() as session:
        assert get_proposal(session, regrade_id).state == "proposed"
