"""Who is who in the demonstration clinic. Plainly fictional: every name is a needle, a muscle or a tool."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Someone:
    """One fictional person and what they have done so far."""

    key: str
    name: str
    profession: str
    roles: tuple[tuple[str, str | None, bool], ...]
    """(role, site key or None for everywhere, external)"""
    stage: str = "none"
    """none, exams, observed, ready, cleared, expiring, suspended, cleared_all"""
    groups: tuple[str, ...] = field(default=())
    practised: tuple[float, ...] = field(default=())
    """how many days ago each session of practice was"""
    missed: str = ""
    """an exam that was sat a week ago and not passed"""


ORGANISATION = "Demonstration Clinic (fictional)"
SITES = {
    "north": ("North Bank Clinic (fictional)", "Demonstration Land", "Europe/Dublin"),
    "south": ("South Quay School (fictional)", "Demonstration Land", "Europe/Lisbon"),
}
PEOPLE = (
    Someone("admin", "Ada Demo-Admin", "Practice manager", (("admin", None, False),)),
    Someone("partner", "Piet Demo-Partner", "Practice manager", (("admin", None, False),)),
    Someone("auditor", "Otto Demo-Auditor", "Quality officer", (("auditor", None, False),)),
    Someone("director", "Dora Demo-Director", "Physiotherapist", (("supervisor", "north", False),), "cleared", ("thorax",)),
    Someone("observer1", "Olga Demo-Observer", "Physiotherapist", (("supervisor", "north", False),), practised=(20, 12)),
    Someone("observer2", "Omar Demo-Observer", "Physiotherapist", (("supervisor", "north", False),)),
    Someone("observer3", "Oona Demo-Observer", "Osteopath", (("supervisor", "north", True),)),
    Someone("observer4", "Ovid Demo-Observer", "Physician", (("supervisor", "south", False), ("supervisor", "north", True))),
    Someone("observer5", "Opal Demo-Observer", "Physiotherapist", (("supervisor", "south", False),)),
    Someone(
        "trainee1",
        "Tara Demo-Trainee",
        "Physiotherapist",
        (("trainee", "north", False),),
        "observed",
        ("thorax",),
        practised=(13, 12, 10, 7, 5, 3, 2.5, 1),
    ),
    Someone("trainee2", "Timo Demo-Trainee", "Physiotherapist", (("trainee", "north", False),), "exams"),
    Someone("trainee3", "Tess Demo-Trainee", "Osteopath", (("trainee", "north", False),), "ready", ("thorax",)),
    Someone(
        "trainee4",
        "Toni Demo-Trainee",
        "Physiotherapist",
        (("trainee", "north", False),),
        "expiring",
        ("thorax", "standard-limb"),
    ),
    Someone("trainee5", "Thea Demo-Trainee", "Physiotherapist", (("trainee", "south", False),)),
    Someone(
        "trainee6",
        "Todd Demo-Trainee",
        "Athletic trainer",
        (("trainee", "north", False),),
        "cleared",
        ("standard-limb",),
        practised=(9, 4, 2),
        missed="thorax",
    ),
    Someone(
        "trainee7",
        "Tilo Demo-Trainee",
        "Physiotherapist",
        (("trainee", "north", False),),
        "suspended",
        ("thorax",),
        practised=(6, 3),
    ),  # fmt: skip
)
SIGN_INS = (
    ("trainee", "trainee1"),
    ("supervisor", "observer1"),
    ("director", "director"),
    ("admin", "admin"),
    ("auditor", "auditor"),
)


def email_of(key: str) -> str:
    """A sign-in e-mail in a domain that cannot exist."""
    return f"{key}@demo.invalid"
