"""The pages of a regrade: proposed on one, read and committed on another; who sees whose name; auditors only read."""

from __future__ import annotations

import pytest

from app.attempts.models import Attempt
from app.bank.queries import get_item
from app.domain.errors import InvalidInput
from app.regrades.actions import Plan, problems_of
from benchmarks.crowd import crowd
from tests.clearances.builders import PASSWORD, Clinic, hidden, words_of
from tests.regrades.builders import ITEM, attempt_of, commit, correct, position_of, preview, propose, regraded, suspend, versions

NEW = f"/admin/regrades/new?item={ITEM}"
REASON = "The key followed an old edition of its source; the new one says otherwise."


def corrected(clinic: Clinic) -> list[int]:
    """The ids of the versions of an item whose key was corrected, the oldest first."""
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        return [v.id for v in versions(session)]


def fields(old: int, new: int, **changes: str) -> dict[str, str]:
    base = {"versions": str(old), "policy": "new_key", "to_version": str(new), "notice_days": "14", "reason": REASON}
    return {**base, "password": PASSWORD, **changes}


def waiting(clinic: Clinic) -> int:
    corrected(clinic)
    with clinic.act() as session:
        regrade_id = propose(clinic, session, "director").id
        preview(clinic, session, regrade_id)
    return regrade_id


def test_a_regrade_goes_from_the_page_of_its_item_to_everybody_who_is_told(clinic: Clinic) -> None:
    clinic.granted()
    old, new = corrected(clinic)
    director, admin = clinic.client("director"), clinic.client("admin")
    assert f"/admin/regrades/new?item={ITEM}" in admin.get(f"/admin/items/{ITEM}").get_data(as_text=True)
    page = words_of(director.get(NEW))
    assert "Propose a regrade of thorax-1" in page
    assert "Version 1: 3 finished attempts" in page
    answer = director.post(NEW, data=fields(old, new))
    assert answer.status_code == 302
    address = answer.location
    shown = words_of(admin.get(address))
    assert "3 results would move" in shown
    assert "Tara Trainee" in shown
    assert "CLEARED" in shown
    assert "LOSES THE PASS" in shown
    assert "Old and new key" in shown
    assert "You proposed this." in words_of(director.get(address))
    assert "1 regrade wait" in words_of(admin.get("/admin/regrades"))
    form = {"shown": hidden(admin.get(address), "shown"), "password": PASSWORD}
    assert admin.post(f"{address}/commit", data=form).status_code == 302
    assert "3 results moved" in words_of(admin.get(address))
    assert "A correction took away your pass" in words_of(clinic.client("trainee").get("/home"))


def test_a_commit_with_a_wrong_password_signs_nothing_and_keeps_the_page(clinic: Clinic) -> None:
    regrade_id, admin = waiting(clinic), clinic.client("admin")
    form = {"shown": hidden(admin.get(f"/admin/regrades/{regrade_id}"), "shown"), "password": "not the password"}
    clinic.clock.advance(minutes=16)
    answer = admin.post(f"/admin/regrades/{regrade_id}/commit", data=form)
    assert answer.status_code == 422
    assert "This is not your password. Nothing was signed." in words_of(answer)
    assert clinic.count("regrade_event") == 0


def test_what_is_missing_in_a_proposal_is_said_beside_its_field(clinic: Clinic) -> None:
    old, new = corrected(clinic)
    director = clinic.client("director")
    empty = words_of(director.post(NEW, data={"password": PASSWORD}))
    assert "Choose one." in empty
    assert "Fill this in." in empty
    none = director.post(NEW, data=fields(old, 0))
    assert none.status_code == 422
    assert "Choose the published version that holds the corrected key." in words_of(none)
    older = words_of(director.post(NEW, data=fields(new, old)))
    assert "The corrected version is a later one" in older
    short = words_of(director.post(NEW, data=fields(old, new, reason="Wrong.")))
    assert "20 characters or more" in short
    assert clinic.count("regrade") == 0


def test_a_supervisor_of_another_site_sees_no_name(clinic: Clinic) -> None:
    regrade_id = waiting(clinic)
    page = words_of(clinic.client("southern").get(f"/admin/regrades/{regrade_id}"))
    assert "Tara Trainee" not in page
    assert "Somebody at another site" in page
    assert "Results of people at other sites would move." in page
    assert "Tara Trainee" in words_of(clinic.client("auditor").get(f"/admin/regrades/{regrade_id}"))


def test_an_auditor_reads_and_finds_nothing_to_press(clinic: Clinic) -> None:
    regrade_id, auditor = waiting(clinic), clinic.client("auditor")
    page = auditor.get(f"/admin/regrades/{regrade_id}").get_data(as_text=True)
    assert page.count("<form") == 1, "the sign-out alone"
    for act in ("commit", "preview", "withdraw"):
        assert auditor.post(f"/admin/regrades/{regrade_id}/{act}", data={"reason": "No reason."}).status_code == 403
    assert auditor.get(NEW).status_code == 403


def test_a_preview_goes_on_where_it_stopped_without_script_and_step_by_step_with_it(clinic: Clinic) -> None:
    corrected(clinic)
    with clinic.act() as session:
        regrade_id = propose(clinic, session, "director").id
    admin, address = clinic.client("admin"), f"/admin/regrades/{regrade_id}"
    assert "Not begun yet." in words_of(admin.get(address))
    steps = [admin.post(f"{address}/preview", headers={"Accept": "application/json"}).get_json() for _ in range(3)]
    assert [s["phase"] for s in steps] == ["scoring", "standing", "ready"]
    assert steps[-1] == {"phase": "ready", "done": 3, "affected": 3, "moved": 3}
    assert admin.post(f"{address}/preview", data={"anew": "1"}).status_code == 302
    assert clinic.scalar("SELECT phase FROM regrade_preview") == "ready"


def test_a_stale_preview_says_so_and_offers_to_compute_it_again(clinic: Clinic) -> None:
    regrade_id = waiting(clinic)
    regraded(clinic, "thorax-2")
    admin, address = clinic.client("admin"), f"/admin/regrades/{regrade_id}"
    page = admin.get(address)
    assert "The preview is out of date." in words_of(page)
    assert 'value="1"' in page.get_data(as_text=True)
    admin.post(f"{address}/preview", data={"anew": "1"})
    assert "The preview is out of date." not in words_of(admin.get(address))


def test_a_withdrawn_regrade_says_why(clinic: Clinic) -> None:
    regrade_id, director = waiting(clinic), clinic.client("director")
    address = f"/admin/regrades/{regrade_id}"
    assert director.post(f"{address}/withdraw", data={"reason": "No"}).status_code == 422
    assert director.post(f"{address}/withdraw", data={"reason": "Proposed for the wrong version."}).status_code == 302
    page = words_of(director.get(address))
    assert "withdrawn" in page
    assert "Proposed for the wrong version." in page
    assert clinic.client("admin").post(f"{address}/preview").status_code == 409


def test_a_correction_that_candidates_read_differently_is_shown_word_by_word(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, stem="What do you choose for it today?")
        regrade_id = propose(clinic, session, "director").id
    page = words_of(clinic.client("admin").get(f"/admin/regrades/{regrade_id}"))
    assert "Candidates read something else then." in page
    assert "“What do you choose for it?” became “What do you choose for it today?”" in page


def test_people_who_were_taught_an_old_rule_are_told_though_their_result_stays(clinic: Clinic) -> None:
    """Their answer was wrong before and is wrong now, so the review showed them the rule that no longer holds."""
    regraded(clinic, dangerous=("a", "b"))
    trainee = clinic.client("trainee")
    trainee.post("/corrections/1/noted")
    clinic.clock.advance(hours=1)
    with clinic.act() as session:
        correct(session, at=clinic.clock.at, dangerous=("a",), safe_needle_rule="Keep the needle flat on the rib.")
        regrade_id = propose(clinic, session, "director", from_=[1, 2]).id
        preview(clinic, session, regrade_id)
        commit(clinic, session, "admin", regrade_id)
    assert clinic.count(f"regraded_attempt WHERE regrade_id = {regrade_id}") == 0
    home = words_of(trainee.get("/home"))
    assert "An item that you answered was corrected" in home
    assert "Holds now Keep the needle flat on the rib." in home
    assert "your result stays as it was" in home
    assert "corrected" not in words_of(clinic.client("beginner").get("/home")), "nobody else is told"
    assert clinic.client("beginner").post(f"/corrections/{regrade_id}/noted").status_code == 404


def test_full_marks_say_that_the_item_was_withdrawn(clinic: Clinic) -> None:
    regraded(clinic, dangerous=("a", "b"))
    clinic.clock.advance(hours=1)
    regraded(clinic, policy="full_marks")
    attempt_id = attempt_of(clinic)
    page = words_of(clinic.client("trainee").get(f"/attempts/{attempt_id}/result"))
    assert "Passed with 100 %" in page
    home = words_of(clinic.client("trainee").get("/home"))
    assert "A correction gave you the pass of Short exam of thorax" in home


def test_full_marks_need_no_version_and_refuse_one(clinic: Clinic) -> None:
    corrected(clinic)
    with clinic.act() as session:
        suspend(clinic, session)
        every = versions(session)
        plan = Plan(get_item(session, ITEM), every[:1], "full_marks", every[-1], REASON, 14)
        assert ("to_version", "Full marks to everybody need no corrected version: leave it out.") in problems_of(plan)
        with pytest.raises(InvalidInput):
            propose(clinic, session, "director", policy="full_marks", from_=[])


def test_a_long_preview_is_read_page_by_page_with_the_losses_first(clinic: Clinic) -> None:
    attempt_id = attempt_of(clinic)
    place = position_of(clinic, attempt_id)
    with clinic.act() as session:
        template = session.get_one(Attempt, attempt_id)
        crowd(session, template, place, 120, site_id=clinic.sites["north"], now=clinic.clock.at)
    regrade_id, admin = waiting(clinic), clinic.client("admin")
    first, second = (words_of(admin.get(f"/admin/regrades/{regrade_id}?crossing={n}")) for n in (1, 2))
    assert first.count("LOSES THE PASS") > 0 == second.count("LOSES THE PASS")
    assert second.count("GAINS A PASS") > 0
    assert "Page 2 of 2" in second
    assert "Attempt" in words_of(admin.get(f"/admin/regrades/{regrade_id}?crossing=1&page=7"))
