"""Write people, roles, one-time links, sign-ins and second factors."""

from __future__ import annotations

from app.accounts.actions.factors import (
    NO_FACTOR,
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    USED_CODE,
    WRONG_CODE,
    begin_factor,
    confirm_identity_of,
    enrol_factor,
    lose_factor,
    use_code,
)
from app.accounts.actions.links import (
    FOUND_AGAIN,
    LINK_LIFE,
    change_password,
    check_new_password,
    issue_link,
    use_link,
)
from app.accounts.actions.people import (
    add_person,
    add_site,
    deactivate,
    found_installation,
    reactivate,
    set_preferences,
)
from app.accounts.actions.roles import (
    confirm_role,
    end_role,
    found_admins,
    propose_role,
)
from app.accounts.actions.throttle import (
    check_throttle,
    note_failure,
)

__all__ = [
    "FOUND_AGAIN",
    "LINK_LIFE",
    "NO_FACTOR",
    "RECOVERY_CODES",
    "RECOVERY_LENGTH",
    "USED_CODE",
    "WRONG_CODE",
    "add_person",
    "add_site",
    "begin_factor",
    "change_password",
    "check_new_password",
    "check_throttle",
    "confirm_identity_of",
    "confirm_role",
    "deactivate",
    "end_role",
    "enrol_factor",
    "found_admins",
    "found_installation",
    "issue_link",
    "lose_factor",
    "note_failure",
    "propose_role",
    "reactivate",
    "set_preferences",
    "use_code",
    "use_link",
]
