"""Two people, or two windows, at the same moment: one commit, one end, one set of grades, one challenge."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.clearances.builders import PASSWORD, Clinic, hidden
from tests.races import at_once, statuses
from tests.regrades.builders import WORDS, attempt_of, correct, position_of, preview, propose


def waiting(clinic: Clinic, item_id: str = "thorax-1", key: str = "director") -> int:
    """A regrade with its preview ready."""
    with clinic.act() as session:
        correct(session, item_id, at=clinic.clock.at)
        regrade_id = propose(clinic, session, key, item_id).id
        preview(clinic, session, regrade_id)
    return regrade_id


def form_of(client: FlaskClient, regrade_id: int) -> dict[str, str]:
    return {"shown": hidden(client.get(f"/admin/regrades/{regrade_id}"), "shown"), "password": PASSWORD}


def test_two_people_who_commit_at_once_append_one_set_of_grades(clinic: Clinic) -> None:
    regrade_id = waiting(clinic)
    first, second = clinic.client("admin"), clinic.client("second")
    forms = [form_of(client, regrade_id) for client in (first, second)]
    address = f"/admin/regrades/{regrade_id}/commit"
    answers = at_once(lambda: first.post(address, data=forms[0]), lambda: second.post(address, data=forms[1]))
    assert statuses(answers) == [302, 409]
    assert clinic.count("regrade_event") == 1
    assert clinic.count("grade WHERE run = 2") == clinic.count("regraded_attempt") == 3
    assert clinic.count("grade WHERE run > 2") == 0


def test_a_commit_and_a_withdrawal_at_once_leave_one_of_them(clinic: Clinic) -> None:
    regrade_id = waiting(clinic)
    admin, director = clinic.client("admin"), clinic.client("director")
    form, base = form_of(admin, regrade_id), f"/admin/regrades/{regrade_id}"
    answers = at_once(
        lambda: admin.post(f"{base}/commit", data=form),
        lambda: director.post(f"{base}/withdraw", data={"reason": "Proposed too early."}),
    )
    assert statuses(answers) == [302, 409]
    committed = clinic.count("regrade_event WHERE kind = 'committed'")
    assert clinic.count("regrade_event") == 1
    assert clinic.count("grade WHERE run = 2") == 3 * committed


def test_two_regrades_of_the_same_attempts_at_once_never_overwrite_each_other(clinic: Clinic) -> None:
    ids = [waiting(clinic, "thorax-1"), waiting(clinic, "thorax-2")]
    clients = [clinic.client("admin"), clinic.client("second")]
    forms = [form_of(client, regrade_id) for client, regrade_id in zip(clients, ids, strict=True)]
    answers = at_once(*(
        lambda c=c, i=i, f=f: c.post(f"/admin/regrades/{i}/commit", data=f)  # type: ignore[misc]
        for c, i, f in zip(clients, ids, forms, strict=True)
    ))  # fmt: skip
    assert statuses(answers) == [302, 409], "the second stands on grades that are no longer the newest"
    assert clinic.count("grade WHERE run = 2") == 3
    assert clinic.count("grade WHERE run > 2") == 0


def test_two_windows_that_compute_a_preview_at_once_come_to_the_same_one(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "director").id
    windows = [clinic.client("admin"), clinic.client("director")]
    address = f"/admin/regrades/{regrade_id}/preview"
    answers = at_once(*(lambda w=w: w.post(address) for w in windows))  # type: ignore[misc]
    assert set(statuses(answers)) <= {302, 409}
    windows[0].post(address)
    assert clinic.scalar("SELECT phase FROM regrade_preview") == "ready"
    assert clinic.scalar("SELECT done FROM regrade_preview") == clinic.count("regrade_move") == 3


def test_two_windows_that_propose_at_once_make_one_regrade(clinic: Clinic) -> None:
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        version_ids = [row[0] for row in session.connection().exec_driver_sql(
            "SELECT id FROM item_version WHERE item_id = 'thorax-1' ORDER BY number"
        )]  # fmt: skip
    windows = [clinic.client("admin"), clinic.client("director")]
    data = {
        "versions": str(version_ids[0]), "policy": "new_key", "to_version": str(version_ids[1]), "notice_days": "14",
        "reason": "The key followed an old edition of its source.", "password": PASSWORD,
    }  # fmt: skip
    answers = at_once(*(lambda w=w: w.post("/admin/regrades/new?item=thorax-1", data=data) for w in windows))  # type: ignore[misc]
    assert statuses(answers) == [302, 409]
    assert clinic.count("regrade") == 1


def test_two_windows_that_challenge_an_item_at_once_make_one_challenge(clinic: Clinic) -> None:
    attempt_id = attempt_of(clinic)
    place = position_of(clinic, attempt_id)
    windows = [clinic.client("trainee") for _ in range(2)]
    address = f"/items/-/challenge?attempt={attempt_id}&position={place}"
    words = (WORDS, f"{WORDS} And the picture is turned round.")
    answers = at_once(*(lambda w=w, t=t: w.post(address, data={"words": t}) for w, t in zip(windows, words, strict=True)))  # type: ignore[misc]
    assert statuses(answers) == [302, 409]
    assert clinic.count("challenge") == 1


def test_two_reviewers_who_answer_at_once_leave_one_answer(clinic: Clinic) -> None:
    attempt_id = attempt_of(clinic)
    place = position_of(clinic, attempt_id)
    clinic.client("trainee").post(f"/items/-/challenge?attempt={attempt_id}&position={place}", data={"words": WORDS})
    reviewers = [clinic.client("director"), clinic.client("second")]
    data = {"verdict": "not_upheld", "follows": "", "words": "The source says what the key says, in its second chapter."}
    answers = at_once(*(lambda r=r: r.post("/admin/challenges/1", data=data) for r in reviewers))  # type: ignore[misc]
    assert statuses(answers) == [302, 409]
    assert clinic.count("challenge_answer") == 1
