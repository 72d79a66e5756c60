"""Somebody at an exam item in a browser, what the page said, and what the server has."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Locator, Page, Route, expect
from sqlalchemy import select

from app.attempts.actions import Save, save_answer
from app.attempts.models import Attempt, ResponseRevision
from app.attempts.queries import KeyedPlace
from tests.journeys.people import begin_exam, heading, let_in, places_of
from tests.journeys.server import Served

SAVE = re.compile(r"/attempts/\d+/responses/\d+$")
SAVED = re.compile(r"^Saved \d\d:\d\d:\d\d$")
EXAM = "General safety exam"
OFFLINE = "Offline, kept on this device"
_LISTEN = """addEventListener("DOMContentLoaded", () => {
  const main = document.querySelector("#main");
  if (!main?.querySelector("#save-line")) return;
  const now = () => {
    const line = main.querySelector("#save-line");
    const position = +document.querySelector("#answer-form").dataset.position;
    return JSON.stringify({position, words: line.textContent.trim(), seq: line.dataset.seq ?? null});
  };
  let last = now();
  const said = () => {
    const text = now();
    if (text !== last) noteSaid(text);
    last = text;
  };
  new MutationObserver(said).observe(main, {subtree: true, childList: true, characterData: true, attributes: true});
});"""
_TYPED = """() => {
  const data = new FormData(document.querySelector("#answer-form"));
  return {choice: data.get("choice"), certainty: data.get("certainty"), flag: data.get("flag") === "1"};
}"""
_UNSENT = """async () => {
  const database = await new Promise((ok, no) => {
    const request = indexedDB.open("needle-clearance");
    request.onsuccess = () => ok(request.result);
    request.onerror = no;
  });
  const all = await new Promise((ok) => {
    database.transaction("unsent").objectStore("unsent").getAll().onsuccess = (event) => ok(event.target.result);
  });
  database.close();
  return all;
}"""


@dataclass
class Heard:
    """What pages of one context said, in order, each with whether the server had committed it by then."""

    served: Served
    attempt: int
    words: list[tuple[int, str]] = field(default_factory=list)
    too_early: list[str] = field(default_factory=list)

    def note(self, _source: object, text: str) -> None:
        """Called by the page at each change of its line."""
        said = json.loads(text)
        self.words.append((said["position"], said["words"]))
        if said["words"].startswith("Saved") and (said["position"], int(said["seq"] or 0)) not in self.committed():
            self.too_early.append(text)

    def committed(self) -> set[tuple[int, int]]:
        """(position, seq) of every answer that counted when it came."""
        with self.served.session() as session:
            query = select(ResponseRevision.position, ResponseRevision.seq)
            rows = session.execute(query.where(ResponseRevision.attempt_id == self.attempt, ResponseRevision.kept == "current"))
            return {(row.position, row.seq) for row in rows}


class Taker:
    """A person at an exam: one context, one page at a time; `listen` writes down what the pages say."""

    def __init__(self, context: BrowserContext, served: Served, key: str = "trainee2", title: str = EXAM) -> None:
        self.context, self.served, self.key = context, served, key
        self.page = context.new_page()
        let_in(self.page, key)
        self.attempt = begin_exam(self.page, served, title)
        self.singles = [p for p in places_of(served, self.attempt) if p.content.type == "single_best_answer"]
        self.heard = Heard(served, self.attempt)

    @property
    def position(self) -> int:
        """The first item with one answer."""
        return self.singles[0].place.position

    def listen(self) -> None:
        """From the next page on, write down what is said."""
        self.context.expose_binding("noteSaid", self.heard.note)
        self.context.add_init_script(_LISTEN)

    def open(self, position: int | None = None, page: Page | None = None, key: str | None = None) -> Page:
        """Go to an item; with a key, sign in first."""
        place, page = position or self.position, page or self.page
        if key is not None:
            let_in(page, key)
        page.goto(f"/attempts/{self.attempt}?q={place}")
        heading(page, f"Item {place}")
        restored(page)
        return page

    def new_tab(self) -> Page:
        """The page is closed as a tab is, and another one takes its place."""
        if not self.page.is_closed():
            self.page.close()
        self.page = self.context.new_page()
        return self.page

    def line(self, page: Page | None = None) -> Any:
        """The words beside the item."""
        return (page or self.page).locator("#save-line")

    def typed(self, page: Page | None = None) -> dict[str, Any]:
        """What the form shows."""
        found: dict[str, Any] = (page or self.page).evaluate(_TYPED)
        return found

    def unsent(self, page: Page | None = None) -> list[dict[str, Any]]:
        """The queue of this browser, as stored."""
        found: list[dict[str, Any]] = (page or self.page).evaluate(_UNSENT)
        return found

    def revisions(self) -> list[ResponseRevision]:
        """Every stored revision in order."""
        with self.served.session() as session:
            query = select(ResponseRevision).where(ResponseRevision.attempt_id == self.attempt)
            rows = list(session.scalars(query.order_by(ResponseRevision.number)))
            session.expunge_all()
            return rows

    def kept(self) -> list[str]:
        """What became of each of them."""
        return [row.kept for row in self.revisions()]

    def keep_as_evidence(self, entry: dict[str, Any]) -> None:
        """An answer of the queue reaches the server by a supervisor's hand."""
        with self.served.session() as session:
            person = session.get_one(Attempt, self.attempt).person_id
            save = Save(entry["position"], entry["base_seq"], entry["op_id"], entry["payload"], entry["certainty"])
            now = self.served.clock.at
            save_answer(session, attempt_id=self.attempt, person_id=person, save=save, now=now, evidence=True)

    def hold_saves(self) -> list[Route]:
        """From now on saves of this page wait until they are let go."""
        held: list[Route] = []
        self.page.route(SAVE, lambda route: held.append(route))
        return held

    def wait_for(self, held: list[Route]) -> None:
        """Until a save has left the page."""
        while not held:
            self.page.wait_for_timeout(20)

    def beside(self, context: BrowserContext) -> Taker:
        """The same person at the same item in another browser."""
        found = Taker.__new__(Taker)
        found.context, found.served, found.key, found.attempt = context, self.served, self.key, self.attempt
        found.singles, found.heard, found.page = self.singles, self.heard, context.new_page()
        found.open(key=self.key)
        return found

    def place_of(self, kind: str) -> KeyedPlace:
        """The first item of a type."""
        return next(p for p in places_of(self.served, self.attempt) if p.content.type == kind)

    def place(self, position: int | None = None) -> KeyedPlace:
        """An item with its newest counting answer."""
        return places_of(self.served, self.attempt)[(position or self.position) - 1]

    def counts(self, position: int | None = None) -> dict[str, Any]:
        """The answer that counts, as the form would show it."""
        keyed = self.place(position)
        answer = keyed.place.answer
        return {
            "choice": None if answer is None else keyed.variant.key_of(answer), "certainty": keyed.place.certainty,
            "flag": keyed.place.flagged,
        }  # fmt: skip


def restored(page: Page) -> None:
    """The page has looked into its queue, and the form shows what was typed last."""
    expect(page.locator("#answer-form[data-restored]")).to_be_attached()


def pass_seconds(page: Page, at_most: int, until: Locator) -> None:
    """Lets a page whose clock the test moves live second by second until something shows.

    In one leap a request would meet the end of its own time before its reply could come.
    """
    for _ in range(at_most):
        page.clock.run_for(1_000)
        page.wait_for_timeout(30)
        if until.is_visible():
            break
    expect(until).to_be_visible()


def items_came(page: Page) -> None:
    """The page has asked for all items and has them."""
    pass_seconds(page, 22, page.locator("[data-ahead]"))


def palette(page: Page, position: int) -> None:
    """Go to an item by the list of items."""
    page.locator(".palette a", has_text=re.compile(f"^{position},")).click()
    heading(page, f"Item {position}")


def choose_option(page: Page, key: str) -> None:
    """Choose one answer by its display key."""
    page.locator(f"label:has(input[name=choice][value='{key}'])").click()


def saved_within(taker: Taker, seconds: int) -> None:
    """The page, whose clock the test moves, sends what waits and says Saved."""
    pass_seconds(taker.page, seconds, taker.line().filter(has_text=SAVED))


def expect_saved(taker: Taker, page: Page | None = None) -> None:
    """The page says Saved."""
    expect(taker.line(page)).to_have_text(SAVED, timeout=10_000)


def cut_before(route: Route) -> None:
    """The network goes before the request leaves."""
    route.abort()


def cut_after(route: Route) -> None:
    """The request arrives and is carried out; its reply is lost."""
    route.fetch()
    route.abort()


Cut = Callable[[Route], None]
