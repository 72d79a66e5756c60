"""A wrong key from the candidate who doubts it to everybody who is told: challenge, correction, preview, commit, notice."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import select

from app.attempts.models import Attempt, AttemptItem
from app.bank.queries import parse_stored
from app.domain.items import SingleBestAnswer
from tests import builders
from tests.builders import days_ago, find_clinic
from tests.journeys.people import choose, heading, press_to_sign, sign_in
from tests.journeys.server import Served

GROUP, QUIZ = "standard-limb", "general-safety"
REASON = "The key followed an old edition of its source; the current one calls that answer unsafe."
WORDS = "My course book calls the answer that I gave unsafe, in its chapter on screening."
Contexts = Callable[..., BrowserContext]


def prepare(served: Served) -> tuple[int, int, str, int, int]:
    """The trainee is cleared on full marks. (attempt, position, item, the option to become right, the one that was right)"""
    with served.session() as session:
        clinic = find_clinic(session)
        application = builders.make_ready(clinic, "trainee", GROUP)
        builders.decide(clinic, application, "grant", "director", days_ago(20))
        query = select(Attempt).where(Attempt.quiz_id == QUIZ, Attempt.person_id == clinic.people["trainee"].id)
        attempt = session.scalars(query).one()
        for place in session.scalars(select(AttemptItem).where(AttemptItem.attempt_id == attempt.id)):
            content = parse_stored(place.version.content)
            options = content.options if isinstance(content, SingleBestAnswer) and content.critical else ()
            harmless = [n for n, o in enumerate(options) if not o.correct and not o.dangerous]
            if harmless:
                was = next(n for n, o in enumerate(options) if o.correct)
                return attempt.id, place.position, place.item_id, harmless[0], was
    raise AssertionError("the form holds no item of the kind that this story needs")


def challenge(page: Page, attempt: int, position: int) -> None:
    page.goto(f"/attempts/{attempt}/result")
    page.get_by_label("Item", exact=True).select_option(str(position))
    page.get_by_role("button", name="Challenge this item").click()
    heading(page, f"Challenge item {position}")
    page.get_by_label("What is wrong, and how you know").fill(WORDS)
    page.get_by_role("button", name="Send").click()
    heading(page, "Your challenge waits for its answer")


def correct_the_key(page: Page, item: str, right: int, was: int) -> None:
    page.goto(f"/admin/items/{item}")
    page.get_by_role("button", name="Edit").click()
    page.locator(f"input[name='option-{was}-correct']").uncheck()
    page.locator(f"input[name='option-{was}-dangerous']").check()
    page.locator(f"input[name='option-{right}-correct']").check()
    page.get_by_role("button", name="Publish").click()
    heading(page, f"{item}: published, version 2")


def propose(page: Page, item: str) -> None:
    page.goto(f"/admin/regrades/new?item={item}")
    expect(page.get_by_label("Version 1: 1 finished attempt")).to_be_checked()
    page.get_by_label("What was wrong").fill(REASON)
    choose(page, "After 7 days")
    press_to_sign(page, "Propose and preview")
    heading(page, "1 result would move")
    expect(page.get_by_role("main")).to_contain_text("You proposed this. A second person commits it.")


def answer(page: Page) -> None:
    page.goto("/admin/challenges")
    page.get_by_role("link", name="Open next").click()
    expect(page.get_by_role("main")).to_contain_text(WORDS)
    page.locator("label:has(input[name=verdict][value=upheld])").click()
    page.get_by_label("What follows").select_option("regrade:1")
    page.get_by_label("Reasons").fill("You are right. The answers are scored again with the corrected key.")
    page.get_by_role("button", name="Answer").click()
    heading(page, "No challenge waits")


def commit(page: Page) -> None:
    page.goto("/admin/regrades/1")
    main = page.get_by_role("main")
    expect(main).to_contain_text("Tom Trainee")
    expect(main).to_contain_text("LOSES THE PASS")
    expect(page.locator("#effects")).to_contain_text("NOT CLEARED")
    press_to_sign(page, "Commit")
    heading(page, "1 result moved")


def test_a_wrong_key_is_corrected_by_two_people_and_its_consequences_are_told(served_on_both: Served, contexts: Contexts) -> None:
    served = served_on_both
    attempt, position, item, right, was = prepare(served)
    pages = {key: contexts(served).new_page() for key in ("trainee", "admin", "director")}
    for key, page in pages.items():
        sign_in(page, key)
    challenge(pages["trainee"], attempt, position)
    correct_the_key(pages["admin"], item, right, was)
    propose(pages["director"], item)
    answer(pages["director"])
    commit(pages["admin"])
    home = pages["trainee"]
    home.goto("/home")
    main = home.get_by_role("main")
    expect(main).to_contain_text("A correction took away your pass of General safety exam")
    expect(main).to_contain_text(REASON)
    expect(main).to_contain_text("Your challenge was upheld")
    expect(main).to_contain_text("Sit General safety exam again.")
    for _ in range(2):
        home.get_by_role("button", name="I have noted this").first.click()
        home.wait_for_load_state()
    expect(home.get_by_role("button", name="I have noted this")).to_have_count(0)
    served.clock.advance(days=8)
    pages["director"].context.clear_cookies()
    sign_in(pages["director"], "director")
    pages["director"].goto("/queue")
    expect(pages["director"].get_by_role("main")).to_contain_text("Not cleared any more.")


def test_a_preview_runs_by_itself_where_there_is_script_and_by_its_button_where_there_is_none(
    served: Served, contexts: Contexts
) -> None:
    _, _, item, right, was = prepare(served)
    admin = contexts(served).new_page()
    sign_in(admin, "admin")
    correct_the_key(admin, item, right, was)
    propose(admin, item)
    with served.session() as session:
        session.connection().exec_driver_sql("DELETE FROM regrade_move")
        session.connection().exec_driver_sql("DELETE FROM regrade_effect")
        session.connection().exec_driver_sql(
            "UPDATE regrade_preview SET phase = 'scoring', done = 0, moved = 0, last_attempt_id = 0, sha256 = NULL"
        )
    plain = contexts(served, script=False).new_page()
    sign_in(plain, "director")
    plain.goto("/admin/regrades/1")
    heading(plain, "preview not finished")
    expect(plain.get_by_role("main")).to_contain_text("0 of 1 attempts scored, 0 would move.")
    admin.goto("/admin/regrades/1")
    heading(admin, "1 result would move")
    plain.reload()
    heading(plain, "1 result would move")
    with served.session() as session:
        session.connection().exec_driver_sql("DELETE FROM regrade_effect")
        session.connection().exec_driver_sql("UPDATE regrade_preview SET phase = 'standing', sha256 = NULL")
    plain.reload()
    plain.get_by_role("button", name="Go on").click()
    heading(plain, "1 result would move")
