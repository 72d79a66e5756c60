"""After a restore every page of somebody who is signed in says so, and the pages that answer cannot confirm keep nobody out."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, expect

from app.accounts.models import Installation
from tests import builders
from tests.builders import days_ago, find_clinic
from tests.clock import START
from tests.journeys.axe import violations
from tests.journeys.browser import PHONE
from tests.journeys.people import let_in
from tests.journeys.server import Served
from tests.journeys.test_stop_and_start import cleared_trainee, door_reads, make_code

Contexts = Callable[..., BrowserContext]


def test_pages_of_a_restored_installation_say_so_and_keep_nobody_out(served: Served, contexts: Contexts) -> None:
    trainee = cleared_trainee(served)
    own = contexts(served, size=PHONE).new_page()
    let_in(own, "trainee")
    code = make_code(own)
    door_reads(own, code, "CLEARED")
    with served.session() as session:
        open_one = builders.open_watch(find_clinic(session), "trainee", "upper-trapezius", days_ago(0.1, START)).id
        session.get_one(Installation, 1).mode = "restored"
        site = find_clinic(session).site.id
    desk = contexts(served).new_page()
    let_in(desk, "director")
    shown = {
        own: ("/clearances", "/home"),
        desk: ("/register", f"/sites/{site}/today", f"/people/{trainee}", f"/observations/{open_one}"),
    }
    found = []
    for page, addresses in shown.items():
        for address in addresses:
            page.goto(address)
            expect(page.get_by_role("complementary", name="Restored from a backup")).to_be_visible()
            found += [f"{address}: {line}" for line in violations(page)]
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
    door_reads(own, code, "CANNOT CONFIRM")
    found += violations(own)
    assert found == []
