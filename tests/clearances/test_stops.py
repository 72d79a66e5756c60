"""One supervisor stops a clearance at once; two end the stop; a slip is taken back within ten seconds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app.accounts.queries import who
from app.clearances.actions import Stopping, end_stop, stop_clearance, undo_decision
from app.clearances.queries import case_of, get_application, open_stops_of
from app.decisions.queries import get_decision
from app.domain.errors import Conflict, DomainError, NotAllowed
from tests.clearances.builders import GROUP, PASSWORD, Clinic, hidden, watch, words_of

REASON = "Two reports of needles that went deeper than planned."
OUTCOME = "Both reports were looked into; depth was right in each."


@pytest.fixture
def cleared(clinic: Clinic) -> Clinic:
    """The clinic with its trainee cleared in the thorax."""
    clinic.granted()
    assert clinic.standing().word == "CLEARED"
    return clinic


def press_stop(clinic: Clinic, key: str = "observer1", **changes: Any) -> TestResponse:
    """Post a stop as a browser does."""
    data = {"what": "suspend", "level": "independent", "regions": list(clinic.regions), "reason": REASON, "password": PASSWORD}
    address = f"/people/{clinic.ids['trainee']}/stop/{clinic.sites['north']}/{GROUP}"
    return clinic.client(key).post(address, data={**data, **changes})


def stop(clinic: Clinic, key: str = "observer1", what: str = "suspend", level: str = "independent", of: str = "trainee") -> int:
    """Stop by the product's action; the decision's id."""
    with clinic.act() as session:
        signer = clinic.person(session, key)
        made = stop_clearance(
            session, person=clinic.person(session, of), site=clinic.site(session),
            asked=Stopping(what, level, GROUP, clinic.regions, REASON), signer=signer, who=who(session, signer, clinic.clock.at),
            now=clinic.clock.at,
        )  # fmt: skip
        return int(made.id)


def end(clinic: Clinic, stop_id: int, act: str, key: str, reason: str = OUTCOME) -> int:
    """Propose to end a stop, or end it, by the product's action; the decision's id."""
    with clinic.act() as session:
        signer = clinic.person(session, key)
        found = next(iter(s for s in open_stops_of(session, [clinic.ids["trainee"]], clinic.sites["north"])), None)
        shown = str(found.proposal.id) if found is not None and found.proposal is not None else ""
        made = end_stop(
            session, stop_id=stop_id, act=act, reason=reason, shown_proposal=shown, signer=signer,
            who=who(session, signer, clinic.clock.at), now=clinic.clock.at,
        )  # fmt: skip
        return int(made.id)


def undo(clinic: Clinic, decision_id: int, key: str) -> None:
    """Take a decision back by the product's action."""
    with clinic.act() as session:
        signer = clinic.person(session, key)
        undo_decision(
            session, decision=get_decision(session, decision_id), signer=signer, who=who(session, signer, clinic.clock.at),
            now=clinic.clock.at,
        )  # fmt: skip


def refused(error: type[DomainError], act: Any, *arguments: Any) -> str:
    """The words with which an act is refused."""
    with pytest.raises(error) as caught:
        act(*arguments)
    return caught.value.message


@pytest.mark.parametrize(
    ("what", "state", "word"),
    [
        ("suspend", "SUSPENDED", "NOT CLEARED"),
        ("hold", "ON_HOLD", "NOT CLEARED"),
        ("watched_hold", "ON_HOLD", "ONLY WITH AN OBSERVER"),
        ("revoke", "REVOKED", "NOT CLEARED"),
    ],
)
def test_one_supervisor_stops_at_once(cleared: Clinic, what: str, state: str, word: str) -> None:
    answer = press_stop(cleared, what=what)
    assert answer.status_code == 302
    assert (cleared.standing().state, cleared.standing().word) == (state, word)
    assert cleared.standing().stop_id is not None
    page = cleared.client("director").get(answer.location)
    assert REASON in words_of(page)
    kind = "hold" if what == "watched_hold" else what
    assert cleared.count(f"audit_event WHERE act = 'decision.{kind}'") == 1


def test_a_stop_of_one_region_leaves_the_others(cleared: Clinic) -> None:
    assert press_stop(cleared, regions=[cleared.regions[0]]).status_code == 302
    assert cleared.standing(region=cleared.regions[0]).word == "NOT CLEARED"
    assert cleared.standing(region=cleared.regions[1]).word == "CLEARED"


@pytest.mark.parametrize(
    ("key", "status"),
    [("trainee", 403), ("admin", 403), ("auditor", 403), ("southern", 404), ("newcomer", 403), ("ready", 403)],
)
def test_nobody_else_stops(cleared: Clinic, key: str, status: int) -> None:
    assert press_stop(cleared, key).status_code == status
    assert cleared.standing().word == "CLEARED"


def test_nobody_stops_themselves(cleared: Clinic) -> None:
    address = f"/people/{cleared.ids['observer1']}/stop/{cleared.sites['north']}/{GROUP}"
    page = cleared.client("observer1").get(address)
    assert "Nobody acts on their own record" in words_of(page)
    assert "own record" in refused(NotAllowed, stop, cleared, "observer1", "suspend", "may_observe", "observer1")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"regions": []}, "at least one region"),
        ({"regions": ["groin"]}, "Regions"),
        ({"reason": "short"}, "Between 10 and 2,000 characters"),
        ({"reason": "x" * 2001}, "Between 10 and 2,000 characters"),
        ({"what": ""}, "Choose one"),
        ({"what": "forgive"}, "How"),
        ({"level": "god"}, "What"),
    ],
)
def test_bad_input_stops_nothing_and_says_what_to_do(cleared: Clinic, changes: dict[str, Any], words: str) -> None:
    answer = press_stop(cleared, **changes)
    assert answer.status_code == 422
    assert words in words_of(answer)
    assert cleared.standing().word == "CLEARED"


def test_observing_is_stopped_as_a_whole(cleared: Clinic) -> None:
    address = f"/people/{cleared.ids['observer1']}/stop/{cleared.sites['north']}/{GROUP}"
    data = {
        "what": "watched_hold",
        "level": "may_observe",
        "regions": list(cleared.regions),
        "reason": REASON,
        "password": PASSWORD,
    }
    answer = cleared.client("director").post(address, data=data)
    assert (answer.status_code, "Observing others is stopped as a whole" in words_of(answer)) == (422, True)
    answer = cleared.client("director").post(address, data={**data, "what": "hold"}, follow_redirects=True)
    assert "Nothing that begins from now on can be observed" in words_of(answer)


def test_the_statement_that_is_shown_is_the_one_that_is_signed(cleared: Clinic) -> None:
    director = cleared.client("director")
    shown = words_of(director.get(f"/people/{cleared.ids['trainee']}/stop/{cleared.sites['north']}/{GROUP}"))
    assert press_stop(cleared).status_code == 302
    meaning = cleared.scalar("SELECT meaning FROM signature ORDER BY id DESC LIMIT 1")
    assert meaning in shown


def test_a_browser_in_which_nobody_proved_who_they_are_takes_nothing_back(clinic: Clinic) -> None:
    decide(clinic, "recommend", "observer1")
    decide(clinic, "grant", "director")
    grant = clinic.scalar("SELECT max(id) FROM decision")
    stale = clinic.client("director")
    with stale.session_transaction() as cookie:
        cookie.pop("step_up", None)
    answer = stale.post(f"/decisions/{grant}/undo")
    assert (answer.status_code, "in another browser" in words_of(answer)) == (403, True)
    assert clinic.count("decision WHERE kind = 'undo'") == 0


def test_everybody_reads_that_a_grant_has_not_taken_effect_yet(clinic: Clinic) -> None:
    decide(clinic, "recommend", "observer1")
    decide(clinic, "grant", "director")
    page = f"/applications/{clinic.application_id}"
    assert "It takes effect at" in words_of(clinic.client("trainee").get(page))
    assert "Take it back" not in words_of(clinic.client("trainee").get(page))
    clinic.settle()
    assert "It takes effect at" not in words_of(clinic.client("trainee").get(page))


def test_what_was_never_granted_is_not_stopped(clinic: Clinic) -> None:
    answer = press_stop(clinic)
    assert answer.status_code == 409
    assert "Return or deny" in words_of(answer)
    assert clinic.count("decision WHERE kind = 'suspend'") == 0


def test_a_grant_that_has_not_taken_effect_yet_can_be_stopped(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    with clinic.act() as session:
        clinic.decide(session, "grant", "director")
    stop(clinic)
    clinic.settle()
    assert clinic.standing().state == "SUSPENDED"


def test_the_same_stop_twice_is_one(cleared: Clinic) -> None:
    assert press_stop(cleared).status_code == 302
    assert press_stop(cleared, "director").status_code == 409
    assert press_stop(cleared, "director", what="revoke").status_code == 302
    assert cleared.count("decision WHERE kind IN ('suspend', 'revoke')") == 2


def test_two_people_end_a_suspension_and_the_first_cases_are_watched(cleared: Clinic) -> None:
    stopped = stop(cleared)
    assert "Two people lift" in refused(NotAllowed, end, cleared, stopped, "lift", "director")
    end(cleared, stopped, "propose", "director")
    assert cleared.standing().state == "SUSPENDED"
    assert "You proposed" in refused(NotAllowed, end, cleared, stopped, "lift", "director")
    end(cleared, stopped, "lift", "second")
    assert cleared.standing().state == "SUSPENDED"
    cleared.settle()
    assert (cleared.standing().state, cleared.standing().word) == ("PROVISIONAL", "ONLY WITH AN OBSERVER")
    with cleared.act() as session:
        for n in range(3):
            watch(
                session, trainee=cleared.person(session, "trainee"), site=cleared.site(session), region=cleared.regions[0],
                observer=cleared.person(session, "observer1"), code=f"BACK{n}", at=cleared.clock.at + timedelta(hours=n),
            )  # fmt: skip
    cleared.clock.advance(hours=4)
    assert cleared.standing().word == "CLEARED"


@pytest.mark.parametrize(("first", "second"), [("observer1", "director"), ("director", "observer1")])
def test_who_suspended_may_be_one_of_the_two_but_not_both(cleared: Clinic, first: str, second: str) -> None:
    stopped = stop(cleared, "observer1")
    end(cleared, stopped, "propose", first)
    assert "You proposed" in refused(NotAllowed, end, cleared, stopped, "lift", first)
    end(cleared, stopped, "lift", second)
    cleared.settle()
    assert cleared.standing().state == "PROVISIONAL"


def test_who_revoked_has_no_part_in_ending_it(cleared: Clinic) -> None:
    stopped = stop(cleared, "observer1", "revoke")
    assert "You revoked" in refused(NotAllowed, end, cleared, stopped, "propose", "observer1")
    end(cleared, stopped, "propose", "director")
    assert "You revoked" in refused(NotAllowed, end, cleared, stopped, "lift", "observer1")
    end(cleared, stopped, "lift", "second")
    cleared.settle()
    assert cleared.standing().word == "CLEARED"


@pytest.mark.parametrize("key", ["trainee", "southern", "admin", "auditor"])
def test_nobody_else_ends_a_stop(cleared: Clinic, key: str) -> None:
    stopped = stop(cleared)
    for act in ("propose", "lift"):
        data = {"act": act, "reason": OUTCOME, "password": PASSWORD}
        assert cleared.client(key).post(f"/stops/{stopped}/end", data=data).status_code in (403, 404)
        assert refused(NotAllowed, end, cleared, stopped, act, key)
    assert cleared.standing().state == "SUSPENDED"


def test_a_stop_is_ended_over_the_pages(cleared: Clinic) -> None:
    address = press_stop(cleared).location
    director, second = cleared.client("director"), cleared.client("second")
    bare = director.post(f"{address}/end", data={"act": "propose", "password": PASSWORD})
    assert (bare.status_code, "10 characters" in words_of(bare)) == (422, True)
    data = {"act": "propose", "reason": OUTCOME, "password": PASSWORD}
    assert director.post(f"{address}/end", data=data).status_code == 302
    page = second.get(address)
    assert OUTCOME in words_of(page)
    old = second.post(f"{address}/end", data={"act": "lift", "proposal": "999", "password": PASSWORD})
    assert old.status_code == 409
    data = {"act": "lift", "proposal": hidden(page, "proposal"), "password": PASSWORD}
    assert second.post(f"{address}/end", data=data).status_code == 302
    assert "Take it back" in words_of(second.get(address))
    assert "Take it back" not in words_of(director.get(address))
    cleared.settle()
    assert "Take it back" not in words_of(second.get(address))
    assert cleared.standing().state == "PROVISIONAL"


def test_the_holder_reads_why_and_a_stranger_nothing(cleared: Clinic) -> None:
    address = press_stop(cleared).location
    assert REASON in words_of(cleared.client("trainee").get(address))
    for key in ("ready", "southern"):
        assert cleared.client(key).get(address).status_code == 404
    assert cleared.client("auditor").get(address).status_code == 200
    assert address in cleared.client("trainee").get("/clearances").get_data(as_text=True)
    assert "See why, and how it ends" in words_of(cleared.client("trainee").get("/home"))


def test_a_stop_waits_in_the_queue_until_it_ends(cleared: Clinic) -> None:
    stopped = stop(cleared)
    assert f"/stops/{stopped}" in cleared.client("director").get("/queue").get_data(as_text=True)
    end(cleared, stopped, "propose", "director")
    assert "Dora Director proposes to end it" in words_of(cleared.client("second").get("/queue"))
    end(cleared, stopped, "lift", "second")
    assert f"/stops/{stopped}" not in cleared.client("director").get("/queue").get_data(as_text=True)


def test_the_room_reads_not_cleared_by_the_next_request_and_no_cause(cleared: Clinic) -> None:
    client = cleared.client("trainee")
    code = client.post("/clearances/code", data={"site_id": cleared.sites["north"]}).get_data(as_text=True)
    address = "/check/" + code.split("/check/")[1].split("<")[0].split('"')[0]
    room = cleared.client()
    assert "CLEARED" in words_of(room.get(f"{address}?region={cleared.regions[0]}"))
    assert press_stop(cleared).status_code == 302
    words = words_of(room.get(f"{address}?region={cleared.regions[0]}"))
    assert "NOT CLEARED" in words
    assert "suspend" not in words.lower()


def test_a_granted_slip_is_taken_back_and_decided_again(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    with clinic.act() as session:
        grant = clinic.decide(session, "grant", "director").id
    clinic.clock.advance(seconds=9)
    assert clinic.client("second").post(f"/decisions/{grant}/undo").status_code == 404
    director = clinic.client("director")
    assert "Take it back" in words_of(director.get(f"/applications/{clinic.application_id}"))
    assert director.post(f"/decisions/{grant}/undo").status_code == 302
    assert director.post(f"/decisions/{grant}/undo").status_code == 409
    clinic.clock.advance(days=1)
    assert clinic.standing().state == "NOT_HELD"
    with clinic.act() as session:
        assert clinic.case(session).status.state == "READY"
    assert "recommends first" in refused(NotAllowed, decide, clinic, "grant", "director")
    decide(clinic, "recommend", "observer2")
    decide(clinic, "grant", "director")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"
    with clinic.act() as session:
        assert case_of(session, get_application(session, clinic.application_id), now=clinic.clock.at).status.state == "GRANTED"


def decide(clinic: Clinic, kind: str, key: str) -> None:
    """Decide the waiting application by the product's action."""
    with clinic.act() as session:
        clinic.decide(session, kind, key)


def test_what_has_taken_effect_is_not_taken_back(cleared: Clinic) -> None:
    grant = cleared.scalar("SELECT max(id) FROM decision WHERE kind = 'grant' AND level = 'independent'")
    answer = cleared.client("director").post(f"/decisions/{grant}/undo")
    assert (answer.status_code, "Suspend the clearance instead" in words_of(answer)) == (409, True)
    stopped = stop(cleared, "director")
    assert "takes effect at once" in refused(Conflict, undo, cleared, stopped, "director")
    assert cleared.standing().state == "SUSPENDED"


def test_an_undone_lift_leaves_the_stop_and_needs_a_new_proposal(cleared: Clinic) -> None:
    stopped = stop(cleared)
    end(cleared, stopped, "propose", "director")
    lifted = end(cleared, stopped, "lift", "second")
    undo(cleared, lifted, "second")
    cleared.settle()
    assert cleared.standing().state == "SUSPENDED"
    assert "Two people lift" in refused(NotAllowed, end, cleared, stopped, "lift", "second")
    end(cleared, stopped, "propose", "second")
    end(cleared, stopped, "lift", "director")
    cleared.settle()
    assert cleared.standing().state == "PROVISIONAL"


def test_a_stopped_observer_cannot_sign_what_is_opened_after_it_and_earlier_records_stay(cleared: Clinic) -> None:
    counted = cleared.count("observation_record")
    stop(cleared, "director", "hold", "may_observe", "observer1")
    with pytest.raises(NotAllowed, match="right to observe"), cleared.act() as session:
        watch(
            session, trainee=cleared.person(session, "trainee"), site=cleared.site(session), region=cleared.regions[0],
            observer=cleared.person(session, "observer1"), code="LATE1", at=cleared.clock.at,
        )  # fmt: skip
    assert cleared.count("observation_record") == counted
    assert cleared.standing().word == "CLEARED"


def test_a_proposal_to_end_a_stop_of_an_observer_is_no_nomination(cleared: Clinic) -> None:
    stopped = stop(cleared, "director", "suspend", "may_observe", "observer1")
    with cleared.act() as session:
        signer = cleared.person(session, "second")
        proposal = end_stop(
            session, stop_id=stopped, act="propose", reason=OUTCOME, shown_proposal="", signer=signer,
            who=who(session, signer, cleared.clock.at), now=cleared.clock.at,
        ).id  # fmt: skip
    external = cleared.client("external")
    assert external.post(f"/observers/nominations/{proposal}/confirm", data={"password": PASSWORD}).status_code == 409
    assert f"/observers/nominations/{proposal}/" not in external.get("/observers").get_data(as_text=True)
