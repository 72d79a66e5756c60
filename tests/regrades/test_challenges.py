"""Candidates challenge an item by its place; somebody else answers once; the answer is told, and nothing of the key is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.attempts.actions import start_attempt
from app.bank.models import Item, ItemVersion
from app.database import db
from app.domain.errors import Conflict, NotAllowed, NotFound, TooMany
from app.quizzes.queries import get_current_quiz
from app.regrades.actions import Ruling, answer_challenge
from app.regrades.models import Challenge
from app.regrades.queries import get_challenge, own_place
from tests.clearances.builders import Clinic, words_of
from tests.regrades.builders import (
    ITEM,
    WORDS,
    attempt_of,
    challenge,
    correct,
    position_of,
    propose,
    regraded,
    suspend,
    who_is,
)

REASONS = "The second chapter of the source says what the key says; the figure is of another muscle."


def challenged(clinic: Clinic, key: str = "trainee") -> int:
    attempt_id = attempt_of(clinic, key)
    with clinic.act() as session:
        return challenge(clinic, session, key, attempt_id, position_of(clinic, attempt_id)).id


def answered(clinic: Clinic, challenge_id: int, key: str, ruling: Ruling) -> None:
    with clinic.act() as session:
        answer_challenge(
            session, challenge_id=challenge_id, ruling=ruling, answerer=clinic.person(session, key),
            who=who_is(clinic, session, key), now=clinic.clock.at,
        )  # fmt: skip


def address_of(clinic: Clinic, key: str = "trainee", item: str = "-") -> str:
    attempt_id = attempt_of(clinic, key)
    return f"/items/{item}/challenge?attempt={attempt_id}&position={position_of(clinic, attempt_id)}"


def test_the_page_of_a_challenge_shows_nothing_of_the_item(clinic: Clinic) -> None:
    page = clinic.client("trainee").get(address_of(clinic))
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    for secret in (ITEM, "Hold the fold between", "Straight down", "What do you choose", "A rower lies prone", "guard"):
        assert secret not in text


def test_an_exam_item_is_not_found_by_its_own_id_so_that_nobody_learns_it_by_trying(clinic: Clinic) -> None:
    client = clinic.client("trainee")
    assert client.get(address_of(clinic, item=ITEM)).status_code == 404
    assert client.get(address_of(clinic, item="thorax-2")).status_code == 404


def test_the_attempt_of_somebody_else_and_a_running_one_do_not_exist(clinic: Clinic) -> None:
    assert clinic.client("ready").get(address_of(clinic, "trainee")).status_code == 404
    assert clinic.client("trainee").get("/items/-/challenge").status_code == 404
    with clinic.act() as session:
        running = start_attempt(
            session, person=clinic.person(session, "beginner"), quiz_version=get_current_quiz(session, "thorax"), seed="9",
            time_zone="UTC", need_review=False, now=clinic.clock.at,
        )  # fmt: skip
        with pytest.raises(NotFound):
            own_place(session, running.person_id, "-", running.id, 1)


def test_the_same_words_again_are_the_same_challenge_and_other_words_are_refused(clinic: Clinic) -> None:
    client, address = clinic.client("trainee"), address_of(clinic)
    for _ in range(2):
        assert client.post(address, data={"words": WORDS}).status_code == 302
    assert clinic.count("challenge") == 1
    refused = client.post(address, data={"words": f"{WORDS} Really."})
    assert refused.status_code == 409
    assert "You have challenged this item already" in words_of(refused)
    assert "Your challenge waits for its answer" in words_of(client.get(address))


def test_too_few_words_are_asked_for_again_and_stay_on_the_page(clinic: Clinic) -> None:
    answer = clinic.client("trainee").post(address_of(clinic), data={"words": "Wrong."})
    assert answer.status_code == 422
    assert "20 characters or more" in words_of(answer)
    assert "Wrong." in answer.get_data(as_text=True)


def test_five_challenges_a_day_are_enough(clinic: Clinic) -> None:
    attempts = [attempt_of(clinic, quiz=quiz) for quiz in ("thorax", "general-safety", "complication-response")]
    places = [(a, p) for a in attempts for p in (1, 2)]
    for attempt_id, place in places[:5]:
        with clinic.act() as session:
            challenge(clinic, session, "trainee", attempt_id, place)
    with clinic.act() as session, pytest.raises(TooMany, match="tomorrow"):
        challenge(clinic, session, "trainee", *places[5])
    clinic.clock.advance(hours=24)
    with clinic.act() as session:
        challenge(clinic, session, "trainee", *places[5])


def test_the_desk_shows_the_item_with_its_key_and_no_name(clinic: Clinic) -> None:
    challenge_id = challenged(clinic)
    desk = clinic.client("director")
    assert "1 challenge to answer" in words_of(desk.get("/admin/challenges"))
    page = words_of(desk.get(f"/admin/challenges/{challenge_id}"))
    assert "Tara" not in page
    assert WORDS in page
    assert "Hold the fold between the fingers" in page
    assert "Answered:" in page


def test_not_upheld_is_told_with_its_reasons_until_it_is_noted(clinic: Clinic) -> None:
    challenge_id, client = challenged(clinic), clinic.client("trainee")
    answered(clinic, challenge_id, "director", Ruling("not_upheld", REASONS))
    home = words_of(client.get("/home"))
    assert "Your challenge was not upheld" in home
    assert REASONS in home
    assert REASONS in words_of(client.get(address_of(clinic)))
    assert client.post(f"/challenges/{challenge_id}/noted").status_code == 302
    assert client.post(f"/challenges/{challenge_id}/noted").status_code == 302
    assert "Your challenge was not upheld" not in words_of(client.get("/home"))
    assert clinic.client("ready").post(f"/challenges/{challenge_id}/noted").status_code == 404


def test_upheld_with_a_suspension_takes_the_item_out_of_new_forms(clinic: Clinic) -> None:
    answered(clinic, challenged(clinic), "director", Ruling("upheld", REASONS, "suspend"))
    with clinic.act() as session:
        assert session.get_one(Item, ITEM).state == "suspended"


def test_upheld_with_a_regrade_tells_the_challenger_the_public_change_note(clinic: Clinic) -> None:
    challenge_id = challenged(clinic)
    with clinic.act() as session:
        correct(session, at=clinic.clock.at)
        regrade_id = propose(clinic, session, "second").id
    answered(clinic, challenge_id, "director", Ruling("upheld", REASONS, "regrade", regrade_id))
    home = words_of(clinic.client("trainee").get("/home"))
    assert "Your challenge was upheld" in home
    assert "A reader found that the key followed an old edition" in home


@pytest.mark.parametrize("follows", ["", "regrade", "version"])
def test_upheld_names_what_really_follows(clinic: Clinic, follows: str) -> None:
    """Nothing, a regrade of another item, and a version of another item are no consequence."""
    challenge_id = challenged(clinic)
    with clinic.act() as session:
        suspend(clinic, session, "thorax-2")
        other = propose(clinic, session, "second", "thorax-2", policy="full_marks").id
        version = session.query(ItemVersion).filter_by(item_id="thorax-2").one().id
    data = {"verdict": "upheld", "words": REASONS, "follows": f"{follows}:{other if follows == 'regrade' else version}"}
    assert clinic.client("director").post(f"/admin/challenges/{challenge_id}", data=data).status_code == 422
    assert clinic.count("challenge_answer") == 0


@pytest.mark.parametrize(
    ("key", "words"), [("senior", "challenged this item yourself"), ("newcomer", "younger than 24 hours"), ("trainee", "Only an")]
)
def test_whoever_may_not_answer_is_told_why(clinic: Clinic, key: str, words: str) -> None:
    challenge_id = challenged(clinic, "senior")
    with pytest.raises(NotAllowed, match=words):
        answered(clinic, challenge_id, key, Ruling("not_upheld", REASONS))


def test_the_writer_of_the_version_does_not_answer(clinic: Clinic) -> None:
    with clinic.act() as session:
        found = get_challenge(session, challenge(clinic, session, "trainee", attempt_of(clinic), 1).id)
        version = found.challenge.version
        later = ItemVersion(
            **{c.name: getattr(version, c.name) for c in ItemVersion.__table__.columns if c.name not in ("id", "number")} | {
                "number": 2, "author_id": clinic.ids["director"], "editor_ids": f"[{clinic.ids['second']}]"
            }
        )  # fmt: skip
        session.add(later)
        session.flush()
        twin = Challenge(
            person_id=clinic.ids["ready"], item_id=version.item_id, version_id=later.id, ordinal=1, attempt_id=None,
            position=None, words=WORDS, made_at=clinic.clock.at,
        )  # fmt: skip
        session.add(twin)
        session.flush()
        challenge_id = twin.id
    for key in ("director", "second"):
        with pytest.raises(NotAllowed, match="wrote or published"):
            answered(clinic, challenge_id, key, Ruling("not_upheld", REASONS))
    answered(clinic, challenge_id, "admin", Ruling("not_upheld", REASONS))


def test_an_answer_is_given_once_and_a_challenge_of_it_is_not_reopened(clinic: Clinic) -> None:
    challenge_id = challenged(clinic)
    answered(clinic, challenge_id, "director", Ruling("not_upheld", REASONS))
    with pytest.raises(Conflict, match="answered already"):
        answered(clinic, challenge_id, "second", Ruling("not_upheld", REASONS))
    attempt_id = attempt_of(clinic)
    with clinic.act() as session, pytest.raises(Conflict, match="was answered"):
        challenge(clinic, session, "trainee", attempt_id, position_of(clinic, attempt_id), f"{WORDS} Still.")


def test_the_database_refuses_an_answer_to_ones_own_challenge(clinic: Clinic) -> None:
    challenge_id = challenged(clinic, "senior")
    values = {"c": challenge_id, "p": clinic.ids["senior"], "at": clinic.clock.at.isoformat(sep=" ")}
    with clinic.app.app_context():
        query = (
            "INSERT INTO challenge_answer (challenge_id, person_id, verdict, words, suspended, answered_by_id, answered_at) "
            "VALUES (:c, :p, 'not_upheld', 'x', :no, :p, :at)"
        )
        with pytest.raises(IntegrityError):
            db.session.execute(db.text(query), {**values, "no": False})


def test_somebody_who_sits_the_item_now_sees_no_key_of_it_whatever_their_role(clinic: Clinic) -> None:
    challenge_id = challenged(clinic)
    regrade_id = regraded(clinic)
    with clinic.act() as session:
        start_attempt(
            session, person=clinic.person(session, "director"), quiz_version=get_current_quiz(session, "thorax"), seed="9",
            time_zone="UTC", need_review=False, now=clinic.clock.at + timedelta(minutes=1),
        )  # fmt: skip
    director = clinic.client("director")
    listed = words_of(director.get("/admin/challenges"))
    assert "Closed to you while you sit an exam that holds it." in listed
    assert WORDS not in listed
    assert WORDS in words_of(clinic.client("second").get("/admin/challenges"))
    for address in (f"/admin/challenges/{challenge_id}", f"/admin/regrades/{regrade_id}", f"/admin/regrades/new?item={ITEM}"):
        answer = director.get(address)
        assert answer.status_code == 403, address
        assert "You are sitting an exam that holds this item" in words_of(answer)
    assert clinic.client("second").get(f"/admin/regrades/{regrade_id}").status_code == 200


def test_who_sits_the_item_now_reads_nothing_of_their_own_challenge_of_it(clinic: Clinic) -> None:
    client, address = clinic.client("trainee"), address_of(clinic)
    assert client.post(address, data={"words": WORDS}).status_code == 302
    clinic.clock.advance(days=610)  # the pass runs out soon, so that the exam may be sat again
    with clinic.act() as session:
        start_attempt(
            session, person=clinic.person(session, "trainee"), quiz_version=get_current_quiz(session, "thorax"), seed="9",
            time_zone="UTC", need_review=False, now=clinic.clock.at,
        )  # fmt: skip
    answer = client.get(address)
    assert answer.status_code == 403
    assert "You are sitting an exam that holds this item" in words_of(answer)
    assert WORDS not in words_of(answer)
