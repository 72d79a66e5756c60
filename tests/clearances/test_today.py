"""Who here may needle what, now: names by region with limits, nobody else, no cause."""

from __future__ import annotations

from datetime import timedelta

from app.domain.standing import Limits
from tests.clearances.builders import LICENCE_ENDS, Clinic, words_of
from tests.clearances.test_stops import REASON, stop


def page(clinic: Clinic, region: str = "", key: str = "director") -> str:
    """The words of the page as a supervisor reads it."""
    query = f"?region={region}" if region else ""
    answer = clinic.client(key).get(f"/sites/{clinic.sites['north']}/today{query}")
    assert answer.status_code == 200
    return words_of(answer)


def test_nobody_is_named_before_anybody_is_cleared(clinic: Clinic) -> None:
    assert "Tara Trainee" not in page(clinic)
    words = page(clinic, clinic.regions[0])
    assert "CLEARED" not in words.replace("Needle Clearance", "")
    assert "NOBODY may needle" in words
    assert "CANNOT CONFIRM" not in words
    assert "Cannot confirm" not in words
    assert "Who may needle at" in page(clinic)


def test_who_is_cleared_is_named_with_limits_and_until_in_those_regions_alone(clinic: Clinic) -> None:
    clinic.granted(Limits(max_needle_mm=40))
    words = page(clinic, clinic.regions[0])
    assert "Tara Trainee Limits: needle at most 40 mm; until 1 Jul 2027" in words
    assert "Tara Trainee" not in page(clinic, "upper-trapezius")
    clinic.clock.at = LICENCE_ENDS - timedelta(seconds=1)
    assert "Tara Trainee" in page(clinic, clinic.regions[0])
    clinic.clock.at = LICENCE_ENDS
    assert "Tara Trainee" not in page(clinic, clinic.regions[0])


def test_who_needs_an_observer_is_named_apart_and_who_is_stopped_is_not_named(clinic: Clinic) -> None:
    clinic.granted()
    stop(clinic, what="watched_hold")
    words = page(clinic, clinic.regions[0])
    assert "ONLY WITH AN OBSERVER Tara Trainee" in words
    assert "Limits:" not in words
    stop(clinic, "director")
    words = page(clinic, clinic.regions[0])
    assert "Tara Trainee" not in words
    assert REASON not in words


def test_an_unknown_region_and_a_site_of_others_are_not_found(clinic: Clinic) -> None:
    director = clinic.client("director")
    assert director.get(f"/sites/{clinic.sites['north']}/today?region=left-elbow").status_code == 404
    assert director.get(f"/sites/{clinic.sites['south']}/today").status_code == 404
    assert director.get("/sites/999/today").status_code == 404
    assert clinic.client("auditor").get(f"/sites/{clinic.sites['south']}/today").status_code == 200
    assert clinic.client("trainee").get(f"/sites/{clinic.sites['north']}/today").status_code == 403
