"""No state of an exam page keeps anybody out: axe in light and dark, nothing wider than the narrowest screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from tests.journeys.browser import Watch
from tests.journeys.exam_states import STATES
from tests.journeys.server import Served
from tests.journeys.taking import Taker
from tests.journeys.test_accessibility import barriers


@pytest.mark.parametrize("name", STATES)
def test_a_state_of_the_exam_page_keeps_nobody_out(served: Served, contexts: Callable[..., BrowserContext], name: str) -> None:
    taker = Taker(contexts(served), served)
    taker.open()
    page = STATES[name](taker, lambda: contexts(served))
    found = barriers(page, Watch(served.host))
    assert not found, "\n".join(found)
