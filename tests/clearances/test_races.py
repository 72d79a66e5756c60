"""Two people, or two windows, at the same moment: one grant, one application, one current code."""

from __future__ import annotations

import os
from functools import partial

from tests.clearances.builders import PASSWORD, Clinic, hidden
from tests.clearances.test_stops import end, stop
from tests.policies import newest_body, proposed
from tests.races import at_once, statuses

GRANTS = int(os.environ.get("DEEP_GRANTS", "4"))
"""Rounds on each database."""


def _shown(clinic: Clinic) -> str:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    with clinic.act() as session:
        return clinic.case(session).evidence_sha256


def test_two_directors_who_grant_at_once_make_one_grant(clinic: Clinic) -> None:
    shown, first, second = _shown(clinic), clinic.client("director"), clinic.client("second")
    address, data = f"/applications/{clinic.application_id}/decide", {"act": "grant", "shown": shown, "password": PASSWORD}
    answers = at_once(lambda: first.post(address, data=data), lambda: second.post(address, data=data))
    assert statuses(answers)[0] == 302
    assert statuses(answers)[1] in (403, 409)
    assert clinic.count("decision WHERE kind = 'grant' AND level = 'independent'") == 1
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


def test_rounds_of_two_grants_at_once_make_one_grant_each(clinic: Clinic) -> None:
    """Each round is taken back, so that the same application is granted again."""
    clients = {key: clinic.client(key) for key in ("director", "second")}
    address = f"/applications/{clinic.application_id}/decide"
    for number in range(1, GRANTS + 1):
        data = {"act": "grant", "shown": _shown(clinic), "password": PASSWORD}
        acts = (partial(client.post, address, data=data) for client in clients.values())
        answers = at_once(*acts)
        assert statuses(answers)[0] == 302
        assert statuses(answers)[1] in (403, 409)
        assert clinic.count("decision WHERE kind = 'grant' AND level = 'independent'") == number
        assert clinic.count("application_decision WHERE kind = 'grant'") == number
        grant, signer = (
            clinic.scalar("SELECT max(id) FROM decision"),
            clinic.scalar("SELECT signer_id FROM decision ORDER BY id DESC LIMIT 1"),
        )
        key = next(k for k in clients if clinic.ids[k] == signer)
        assert clients[key].post(f"/decisions/{grant}/undo").status_code == 302
    clinic.settle()
    assert clinic.standing().state == "NOT_HELD"


def test_a_withdrawal_and_a_grant_at_once_leave_one_of_them(clinic: Clinic) -> None:
    shown, director, trainee = _shown(clinic), clinic.client("director"), clinic.client("trainee")
    base, data = f"/applications/{clinic.application_id}", {"act": "grant", "shown": shown, "password": PASSWORD}
    answers = at_once(lambda: director.post(f"{base}/decide", data=data), lambda: trainee.post(f"{base}/withdraw"))
    assert statuses(answers)[0] == 302
    assert statuses(answers)[1] in (403, 409)
    granted = clinic.count("decision WHERE kind = 'grant' AND level = 'independent'")
    assert granted + clinic.count("application_event WHERE kind = 'withdrawn'") == 1


def test_two_who_end_a_stop_at_once_end_it_once(clinic: Clinic) -> None:
    clinic.granted()
    address = f"/stops/{stop(clinic)}"
    proposal = end(clinic, int(address.rsplit("/", 1)[1]), "propose", "director")
    data = {"act": "lift", "proposal": str(proposal), "password": PASSWORD}
    second, external = clinic.client("second"), clinic.client("external")
    answers = at_once(lambda: second.post(f"{address}/end", data=data), lambda: external.post(f"{address}/end", data=data))
    assert statuses(answers)[0] == 302
    assert statuses(answers)[1] in (403, 409)
    assert clinic.count("decision WHERE kind = 'lift'") == 1


def test_a_stop_and_the_end_of_an_earlier_one_at_once_leave_the_new_stop(clinic: Clinic) -> None:
    clinic.granted()
    address = f"/stops/{stop(clinic)}"
    proposal = end(clinic, int(address.rsplit("/", 1)[1]), "propose", "director")
    lift = {"act": "lift", "proposal": str(proposal), "password": PASSWORD}
    second, third = clinic.client("second"), clinic.client("external")
    new = {
        "what": "revoke",
        "level": "independent",
        "regions": list(clinic.regions),
        "reason": "Seen again today.",
        "password": PASSWORD,
    }
    where = f"/people/{clinic.ids['trainee']}/stop/{clinic.sites['north']}/thorax"
    answers = at_once(lambda: second.post(f"{address}/end", data=lift), lambda: third.post(where, data=new))
    assert statuses(answers) == [302, 302]
    clinic.settle()
    assert clinic.standing().state == "REVOKED"


def test_taking_a_grant_back_twice_at_once_takes_it_back_once(clinic: Clinic) -> None:
    _shown(clinic)
    with clinic.act() as session:
        grant = clinic.decide(session, "grant", "director").id
    windows = [clinic.client("director") for _ in range(2)]
    answers = at_once(*(lambda w=w: w.post(f"/decisions/{grant}/undo") for w in windows))  # type: ignore[misc]
    assert statuses(answers) == [302, 409]
    assert clinic.count("decision WHERE kind = 'undo'") == 1


def test_two_who_call_the_same_evidence_back_at_once_do_it_once(clinic: Clinic) -> None:
    clinic.granted()
    address = f"/people/{clinic.ids['observer1']}/recall"
    clients = [clinic.client(key) for key in ("director", "second")]
    data = {"reason": "The observer was not in the room.", "password": PASSWORD, "shown": hidden(clients[0].get(address), "shown")}
    answers = at_once(*(partial(client.post, address, data=data) for client in clients))
    assert statuses(answers)[0] == 302
    assert statuses(answers)[1] in (403, 409)
    assert clinic.count("evidence_void") == clinic.count("signature WHERE meaning LIKE 'I call back this evidence%'") > 0
    assert clinic.count("decision WHERE kind = 'hold'") == 1


def test_two_windows_that_apply_at_once_open_one_application(clinic: Clinic) -> None:
    windows = [clinic.client("ready") for _ in range(2)]
    data = {"site_id": str(clinic.sites["north"]), "regions": list(clinic.regions)}
    answers = at_once(*(lambda w=w: w.post("/clearances/thorax/apply", data=data) for w in windows))  # type: ignore[misc]
    assert statuses(answers) == [302, 409]
    assert clinic.count(f"application WHERE person_id = {clinic.ids['ready']}") == 1


def test_two_windows_that_make_a_check_code_at_once_leave_one_that_answers(clinic: Clinic) -> None:
    windows = [clinic.client("trainee") for _ in range(2)]
    data = {"site_id": str(clinic.sites["north"])}
    answers = at_once(*(lambda w=w: w.post("/clearances/code", data=data) for w in windows))  # type: ignore[misc]
    assert set(statuses(answers)) <= {200, 409}
    assert clinic.count("check_code WHERE ended_at IS NULL") == 1


def test_two_admins_who_publish_at_once_publish_one_version(clinic: Clinic) -> None:
    """The same draft, and then two drafts: whoever comes second is told that the preview is out of date."""
    clients = {key: clinic.client(key) for key in ("partner", "third_admin")}
    with clinic.act() as session:
        author = clinic.person(session, "admin")
        drafts = [proposed(session, newest_body(session), author, clinic.clock.at).id for _ in range(3)]
    for number, pair in enumerate([(drafts[0], drafts[0]), (drafts[1], drafts[2])], start=2):
        pages = [f"/admin/policies/drafts/{draft}" for draft in pair]
        if number == 3:
            for page in pages:
                clients["partner"].post(f"{page}/preview", data={"anew": "1"})
        sent = [{"shown": hidden(clients["partner"].get(page), "shown"), "password": PASSWORD} for page in pages]
        answers = at_once(
            *(partial(c.post, f"{page}/publish", data=data) for c, page, data in zip(clients.values(), pages, sent, strict=True))
        )
        assert statuses(answers) == [302, 409]
        assert clinic.count("policy_version") == number
