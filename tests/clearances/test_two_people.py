"""The high tier takes two people, the granter no counted observer: held by the actions and over HTTP."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.accounts import actions as accounts
from app.accounts.queries import list_memberships, who
from app.clearances.actions import confirm_observer, nominate_observer, open_application
from app.clearances.queries import case_of, get_application
from app.domain.errors import Conflict, InvalidInput, NotAllowed
from app.domain.permissions import Actor
from tests.clearances.builders import PASSWORD, Clinic, hidden, watch, words_of
from tests.policies import newest_body, publish

ALONE = ("director", "second", "observer1", "observer2", "external")


def press(clinic: Clinic, key: str, act: str, application_id: int | None = None, **fields: str) -> tuple[int, str]:
    """Post a decision as somebody with the digest that is true now; status and words."""
    number = application_id or clinic.application_id
    with clinic.act() as session:
        shown = clinic.case(session, number).evidence_sha256
    data = {"act": act, "shown": shown, "password": PASSWORD, **fields}
    answer = clinic.client(key).post(f"/applications/{number}/decide", data=data)
    return answer.status_code, words_of(answer)


def refused(clinic: Clinic, act: str, key: str, application_id: int | None = None) -> str:
    """Try a decision by the action; the words of the refusal."""
    with pytest.raises((NotAllowed, Conflict)) as caught, clinic.act() as session:
        clinic.decide(session, act, key, application_id=application_id)
    return caught.value.message


def reset_access(clinic: Clinic, key: str) -> None:
    """Let an admin reset somebody's access; the owner sets the same password again."""
    with clinic.act() as session:
        link = accounts.issue_link(
            session,
            person=clinic.person(session, key),
            purpose="reset",
            token=f"reset-{key}",
            actor=Actor(clinic.ids["admin"], "Ada"),
            now=clinic.clock.at,
        )
        accounts.use_link(
            session,
            link=link,
            password=PASSWORD,
            passwords=clinic.app.extensions["needle_clearance.passwords"],
            session_key=f"fresh-{key}",
            now=clinic.clock.at,
        )


@pytest.mark.parametrize("key", ALONE)
def test_nobody_alone_reaches_cleared_by_grant_or_by_recommend_and_grant(clinic: Clinic, key: str) -> None:
    assert "two people" in refused(clinic, "grant", key)
    with clinic.act() as session:
        clinic.decide(session, "recommend", key)
    assert "You recommended" in refused(clinic, "grant", key)
    assert clinic.count("decision WHERE kind = 'grant' AND level = 'independent'") == 0
    assert clinic.standing().word == "NOT CLEARED"


@pytest.mark.parametrize("key", ALONE)
def test_nobody_alone_reaches_cleared_over_http(clinic: Clinic, key: str) -> None:
    status, words = press(clinic, key, "grant")
    assert (status, "two people" in words) == (403, True)
    assert press(clinic, key, "recommend")[0] == 302
    status, words = press(clinic, key, "grant")
    assert (status, "You recommended" in words) == (403, True)
    assert clinic.standing().word == "NOT CLEARED"


@pytest.mark.parametrize("granter", ["observer1", "observer2"])
@pytest.mark.parametrize("recommender", ["director", "second"])
def test_a_counted_observer_cannot_grant_whoever_recommended(clinic: Clinic, granter: str, recommender: str) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", recommender)
    assert "counted observation" in refused(clinic, "grant", granter)
    status, words = press(clinic, granter, "grant")
    assert (status, "counted observation" in words) == (403, True)
    assert clinic.standing().word == "NOT CLEARED"


def test_two_observers_together_cannot_reach_cleared(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    assert press(clinic, "observer2", "grant")[0] == 403
    assert clinic.standing().word == "NOT CLEARED"


def test_applicants_decide_nothing_about_themselves_even_as_supervisors(clinic: Clinic) -> None:
    own = clinic.senior_application_id
    for act in ("recommend", "return", "deny"):
        assert "own record" in refused(clinic, act, "senior", own)
        assert press(clinic, "senior", act, own, reason="long enough a reason")[0] == 403
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1", application_id=own)
    assert "own record" in refused(clinic, "grant", "senior", own)
    assert press(clinic, "senior", "grant", own)[0] == 403
    assert clinic.standing("senior").word == "NOT CLEARED"


@pytest.mark.parametrize("act", ["recommend", "grant"])
@pytest.mark.parametrize(
    ("key", "reason", "status"),
    [
        ("southern", "Only a supervisor of this site", 404),
        ("newcomer", "younger than 24 hours", 403),
        ("admin", "Only a supervisor of this site", 403),
        ("trainee", "own record", 403),
        ("ready", "Only a supervisor of this site", 403),
        ("auditor", "Only a supervisor of this site", 403),
    ],
)
def test_people_without_standing_to_sign_neither_recommend_nor_grant(
    clinic: Clinic, act: str, key: str, reason: str, status: int
) -> None:
    if act == "grant":
        with clinic.act() as session:
            clinic.decide(session, "recommend", "observer1")
    assert reason in refused(clinic, act, key)
    found, words = press(clinic, key, act)
    assert found == status
    assert len(words) > 60
    assert clinic.standing().word == "NOT CLEARED"


def test_a_role_counts_for_signing_once_it_is_a_day_old(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    assert "younger than 24 hours" in refused(clinic, "grant", "newcomer")
    clinic.clock.advance(minutes=1)
    with clinic.act() as session:
        clinic.decide(session, "grant", "newcomer")
    clinic.settle()
    assert clinic.standing().word == "CLEARED"


@pytest.mark.parametrize(("act", "key"), [("recommend", "observer1"), ("grant", "director")])
def test_somebody_whose_access_was_reset_signs_only_a_day_later(clinic: Clinic, act: str, key: str) -> None:
    if act == "grant":
        with clinic.act() as session:
            clinic.decide(session, "recommend", "observer1")
    reset_access(clinic, key)
    assert "reset your access" in refused(clinic, act, key)
    status, words = press(clinic, key, act)
    assert (status, "reset your access" in words) == (403, True)
    clinic.clock.advance(hours=24)
    with clinic.act() as session:
        clinic.decide(session, act, key)


def test_an_ended_role_grants_nothing(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
        membership = list_memberships(session, clinic.ids["director"])[0]
        admin = clinic.person(session, "admin")
        accounts.end_role(
            session,
            membership=membership,
            actor=Actor(admin.id, "Ada"),
            who=who(session, admin, clinic.clock.at),
            now=clinic.clock.at,
        )
    assert "Only a supervisor" in refused(clinic, "grant", "director")
    assert press(clinic, "director", "grant")[0] == 403


def test_who_left_a_site_for_another_one_is_not_cleared_at_the_first(clinic: Clinic) -> None:
    clinic.granted()
    with clinic.act() as session:
        admin, trainee = clinic.person(session, "admin"), clinic.person(session, "trainee")
        by = {"actor": Actor(admin.id, "Ada"), "who": who(session, admin, clinic.clock.at), "now": clinic.clock.at}
        accounts.propose_role(session, person=trainee, role="trainee", site_id=clinic.sites["south"], external=False, **by)
        here = next(m for m in list_memberships(session, trainee.id) if m.site_id == clinic.sites["north"])
        accounts.end_role(session, membership=here, **by)
    found = clinic.standing()
    assert (found.word, found.reasons) == ("NOT CLEARED", ("This person does not belong to this site now.",))


def test_a_deactivated_supervisor_grants_nothing(clinic: Clinic) -> None:
    client = clinic.client("director")
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
        admin, director = clinic.person(session, "admin"), clinic.person(session, "director")
        accounts.deactivate(
            session,
            person=director,
            session_key="gone",
            actor=Actor(admin.id, "Ada"),
            who=who(session, admin, clinic.clock.at),
            now=clinic.clock.at,
        )
    assert refused(clinic, "grant", "director")
    assert client.post(f"/applications/{clinic.application_id}/decide", data={"act": "grant"}).status_code == 401
    assert clinic.standing().word == "NOT CLEARED"


# --- evidence that changes ------------------------------------------------------------------------------------------


def another_observation(clinic: Clinic) -> None:
    """One more counted observation by observer1."""
    with clinic.act() as session:
        watch(
            session,
            trainee=clinic.person(session, "trainee"),
            site=clinic.site(session),
            region=clinic.regions[1],
            observer=clinic.person(session, "observer1"),
            code="ONEMORE1",
            at=clinic.clock.at - timedelta(hours=1),
        )


def test_evidence_that_changed_since_the_page_was_shown_is_refused_with_409(clinic: Clinic) -> None:
    client = clinic.client("director")
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
    shown = hidden(client.get(f"/applications/{clinic.application_id}"), "shown")
    another_observation(clinic)
    answer = client.post(f"/applications/{clinic.application_id}/decide", data={"act": "grant", "shown": shown})
    assert answer.status_code == 409
    assert "changed" in words_of(answer)
    assert clinic.standing().word == "NOT CLEARED"


def test_evidence_that_changed_since_the_page_was_shown_is_refused_for_a_recommendation_too(clinic: Clinic) -> None:
    client = clinic.client("observer1")
    shown = hidden(client.get(f"/applications/{clinic.application_id}"), "shown")
    another_observation(clinic)
    answer = client.post(f"/applications/{clinic.application_id}/decide", data={"act": "recommend", "shown": shown})
    assert answer.status_code == 409
    assert "changed since this page was shown" in words_of(answer)
    assert clinic.count("decision WHERE kind = 'recommend' AND level = 'independent'") == 0


def test_evidence_that_changed_voids_the_recommendation_until_somebody_recommends_again(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
        assert clinic.case(session).status.state == "RECOMMENDED"
    another_observation(clinic)
    with clinic.act() as session:
        status = clinic.case(session).status
        assert (status.recommendation, status.voided_recommendation) == (None, True)
    assert "two people" in refused(clinic, "grant", "director")
    clinic.granted()
    assert clinic.standing().word == "CLEARED"


def test_a_grant_repeats_the_limits_of_its_recommendation_whatever_the_granter_types(clinic: Clinic) -> None:
    assert press(clinic, "observer1", "recommend", max_needle_mm="40")[0] == 302
    assert press(clinic, "director", "grant", max_needle_mm="150")[0] == 302
    clinic.settle()
    assert clinic.standing().limits == ("needle at most 40 mm",)


def test_an_application_that_lacks_evidence_cannot_be_recommended(clinic: Clinic) -> None:
    with clinic.act() as session:
        person = clinic.person(session, "beginner")
        opened = open_application(
            session,
            person=person,
            site=clinic.site(session),
            who=who(session, person, clinic.clock.at),
            group="thorax",
            regions=clinic.regions,
            now=clinic.clock.at,
        )
        number = opened.id
    assert "Not every requirement" in refused(clinic, "recommend", "observer1", number)
    assert press(clinic, "observer1", "recommend", number)[0] == 403


def test_a_decided_application_is_closed(clinic: Clinic) -> None:
    clinic.granted()
    for act in ("recommend", "grant", "return", "deny"):
        assert "closed already" in refused(clinic, act, "second")
        assert press(clinic, "second", act, reason="long enough a reason")[0] in (403, 409)
    assert clinic.count("decision WHERE kind = 'grant' AND level = 'independent'") == 1


@pytest.mark.parametrize("act", ["return", "deny"])
def test_return_and_deny_need_a_reason_that_the_applicant_reads(clinic: Clinic, act: str) -> None:
    status, words = press(clinic, "director", act, reason="no")
    assert (status, "10 characters" in words) == (422, True)
    assert press(clinic, "director", act, reason="Two more on patients, please.")[0] == 302
    page = words_of(clinic.client("trainee").get(f"/applications/{clinic.application_id}"))
    assert "Two more on patients, please." in page


def test_a_wrong_password_signs_nothing_and_keeps_what_was_typed(clinic: Clinic) -> None:
    client = clinic.client("director")
    shown = hidden(client.get(f"/applications/{clinic.application_id}"), "shown")
    clinic.clock.advance(minutes=16)
    data = {"act": "return", "shown": shown, "reason": "Please add two more on patients.", "password": "not the password"}
    answer = client.post(f"/applications/{clinic.application_id}/decide", data=data)
    assert answer.status_code == 422
    assert "Please add two more on patients." in answer.get_data(as_text=True)
    assert "Nothing was signed" in words_of(answer)
    assert clinic.count("decision WHERE kind = 'return'") == 0


def test_a_signature_asks_for_the_password_again_after_five_minutes(clinic: Clinic) -> None:
    client = clinic.client("observer1")
    shown = hidden(client.get(f"/applications/{clinic.application_id}"), "shown")
    clinic.clock.advance(minutes=5, seconds=1)
    path, data = f"/applications/{clinic.application_id}/decide", {"act": "recommend", "shown": shown}
    assert client.post(path, data=data).status_code == 422
    assert client.post(path, data={**data, "password": PASSWORD}).status_code == 302


def test_a_standard_group_is_granted_by_one_signer_without_a_recommendation(clinic: Clinic) -> None:
    with clinic.act() as session:
        person, site = clinic.person(session, "trainee"), clinic.site(session)
        for n in range(2):
            _limb(clinic, session, n)
        opened = open_application(
            session,
            person=person,
            site=site,
            who=who(session, person, clinic.clock.at),
            group="standard-limb",
            regions=["forearm-extensors"],
            now=clinic.clock.at,
        )
        assert case_of(session, get_application(session, opened.id), now=clinic.clock.at).ready
        clinic.decide(session, "grant", "director", application_id=opened.id)
    clinic.settle()
    assert clinic.standing("trainee", "forearm-extensors").word == "CLEARED"


def _limb(clinic: Clinic, session: object, n: int) -> None:
    site, person = clinic.site(session), clinic.person(session, "observer1")
    if n == 0:
        signers = [clinic.person(session, k) for k in ("observer2", "external")]
        nomination = nominate_observer(
            session,
            person=person,
            site=site,
            group="standard-limb",
            regions=["forearm-extensors"],
            grounds="Instructor of a course.",
            signer=signers[0],
            who=who(session, signers[0], clinic.clock.at),
            now=clinic.clock.at - timedelta(days=3),
        )
        confirm_observer(
            session,
            nomination=nomination,
            person=person,
            site=site,
            external=True,
            signer=signers[1],
            who=who(session, signers[1], clinic.clock.at),
            now=clinic.clock.at - timedelta(days=3),
        )
    watch(
        session,
        trainee=clinic.person(session, "trainee"),
        site=site,
        region="forearm-extensors",
        observer=person,
        code=f"LIMB000{n}",
        at=clinic.clock.at - timedelta(days=2 - n),
    )


def test_a_form_without_a_known_act_is_refused(clinic: Clinic) -> None:
    with pytest.raises((InvalidInput, KeyError, NotAllowed)), clinic.act() as session:
        clinic.decide(session, "revoke", "director")
    status, _ = press(clinic, "director", "revoke")
    assert status == 422


def test_a_grant_on_a_page_that_showed_another_recommendation_is_refused(clinic: Clinic) -> None:
    """The evidence is the same, the limits are not: what was read is what is signed."""
    assert press(clinic, "observer1", "recommend", max_needle_mm="30")[0] == 302
    page = clinic.client("director").get(f"/applications/{clinic.application_id}")
    read = hidden(page, "recommendation")
    clinic.clock.advance(minutes=1)
    assert press(clinic, "second", "return", reason="Please look at the limits again.")[0] == 302
    clinic.clock.advance(minutes=1)
    another_observation(clinic)
    assert press(clinic, "second", "recommend")[0] == 302
    status, words = press(clinic, "director", "grant", recommendation=read)
    assert (status, "recommendation changed" in words) == (409, True)
    assert clinic.standing().word == "NOT CLEARED"


def test_a_group_that_the_policy_in_force_has_switched_off_is_not_granted(clinic: Clinic) -> None:
    with clinic.act() as session:
        clinic.decide(session, "recommend", "observer1")
        body = newest_body(session)
        body["high"]["open"] = False
        publish(session, body, clinic.person(session, "admin"), clinic.person(session, "partner"), clinic.clock.at)
    clinic.clock.advance(minutes=1)
    assert "off in the policy" in refused(clinic, "grant", "director")
