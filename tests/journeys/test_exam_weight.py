"""What an exam page costs on a slow line: few requests, few bytes, and almost nothing for the next item."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.journeys.people import heading, places_of
from tests.journeys.server import Served
from tests.journeys.taking import Taker

MOST_REQUESTS = 5
MOST_BYTES = 60_000
NEXT_TEXT_ITEM = 15_000
PICTURES = ("hotspot", "needle_placement")


@dataclass
class Meter:
    """Requests of a page and the bytes of their answers as they came over the line."""

    addresses: list[str] = field(default_factory=list)
    bytes: int = 0
    kept: int = 0

    def over(self, page: Page, *, cold: bool) -> None:
        """Count what this page asks for from now on; cold means that the browser has kept nothing."""
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        if cold:
            session.send("Network.clearBrowserCache")
        session.on("Network.requestWillBeSent", lambda event: self.addresses.append(event["request"]["url"]))
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _received(self, event: dict[str, Any]) -> None:
        self.kept += bool(event["response"].get("fromDiskCache"))

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])


def open_and_weigh(taker: Taker, position: int, *, cold: bool) -> tuple[Meter, int]:
    """Open an item in a tab of its own; the page itself counts as compressed, which a server in front of it does."""
    page, meter = taker.context.new_page(), Meter()
    meter.over(page, cold=cold)
    answer = page.goto(f"/attempts/{taker.attempt}?q={position}")
    assert answer is not None
    heading(page, f"Item {position}")
    page.wait_for_load_state("networkidle")
    html = answer.body()
    page.close()
    return meter, meter.bytes - len(html) + len(gzip.compress(html))


@pytest.mark.parametrize("kind", ["single_best_answer", *PICTURES])
def test_an_exam_page_needs_few_requests_and_few_bytes(served: Served, contexts: Callable[..., BrowserContext], kind: str) -> None:
    taker = Taker(contexts(served, ahead=True), served, title="Thorax and shoulder crest")
    position = next(p.place.position for p in places_of(served, taker.attempt) if p.content.type == kind)
    meter, weight = open_and_weigh(taker, position, cold=True)
    assert len(meter.addresses) <= MOST_REQUESTS, meter.addresses
    assert weight <= MOST_BYTES
    later, further = open_and_weigh(taker, position, cold=False)
    assert len(later.addresses) - later.kept == 1, "everything but the page itself is there already"
    if kind not in PICTURES:
        assert further <= NEXT_TEXT_ITEM


def test_all_items_at_once_weigh_no_more_than_one_after_the_other(served: Served, contexts: Callable[..., BrowserContext]) -> None:
    taker = Taker(contexts(served), served, title="Thorax and shoulder crest")
    answer = taker.context.request.get(f"{served.url}/attempts/{taker.attempt}/items")
    items = answer.json()["items"]
    assert len(gzip.compress(answer.body())) <= NEXT_TEXT_ITEM * len(items)
    texts = [i for i, keyed in zip(items, places_of(served, taker.attempt), strict=True) if keyed.content.type not in PICTURES]
    assert len(gzip.compress("".join(texts).encode())) <= NEXT_TEXT_ITEM
