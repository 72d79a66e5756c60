"""What a candidate sees of a running attempt does not depend on keys, rationales or danger marks, not by one byte.

Two installations differ only in those: same clock, same chance, same tokens. The walk sees every page and reply of a
running attempt in both. CSRF tokens and session cookies are random and are the only things that are made equal first.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from flask import Flask
from sqlalchemy.engine import make_url
from werkzeug.test import TestResponse

from app.bank.files import read_bank
from app.database import db
from app.domain.items import Case, Hotspot, ItemContent, Matching, NeedlePlacement, key_answer, make_variant, presentation
from tests.attempts.sitting import Sitting, form_fields, sit, some_answer
from tests.branches import branch
from tests.builders import QUESTION_BANK, ApartClient, client, email_of, make_clinic
from tests.clock import FakeClock
from tests.conftest import make_app

TOKEN = re.compile(rb'((?:name="csrf[_-]token"[^>]*(?:value|content)=|"csrf_token":)")[^"]*')
QUIZZES = ("complication-response", "general-safety", "thorax")


def turned(data: dict[str, Any]) -> dict[str, Any]:
    """The same question with another key, other reasons, dangers and identities; what a candidate sees is untouched."""
    data = {
        **data,
        "explanation": f"Turned round for a test: the explanation of {data['id']}.",
        "safe_needle_rule": f"Turned round for a test: the rule of {data['id']}.",
    }
    turn = {
        "ordering": _turned_ordering, "numeric": _turned_numeric, "matching": _turned_matching, "hotspot": _turned_hotspot,
        "needle_placement": _turned_needle, "case": _turned_case,
    }.get(data["type"], _turned_options)  # fmt: skip
    return turn(data)


def renamed(option: str) -> str:
    """Another identity in the same alphabetical place, since that is what the seeded shuffle begins with."""
    return f"q{option}"[:12]


def _turned_options(data: dict[str, Any]) -> dict[str, Any]:
    """Every mark moves on by one option; multiple responses are turned into their opposite where that is allowed."""
    options, count = data["options"], len(data["options"])
    right = [bool(options[n - 1].get("correct")) for n in range(count)]
    if data["type"] == "multiple_response" and sum(right) != count - sum(right):
        right = [not r for r in right]
    wrong = [n for n in range(count) if not right[n]]
    dangerous = {wrong[0]} if data["critical"] else set(wrong[: 1 - bool(sum("dangerous" in o for o in options))])
    return {
        **data,
        "options": [
            {
                "id": renamed(o["id"]), "text": o["text"], "rationale": f"Turned round for a test: {data['id']} {o['id']}.",
                **({"correct": True} if right[n] else {}), **({"dangerous": True} if n in dangerous else {}),
            }
            for n, o in enumerate(options)
        ],
    }  # fmt: skip


def _turned_ordering(data: dict[str, Any]) -> dict[str, Any]:
    distractors = [
        {"id": renamed(d["id"]), "text": d["text"], "rationale": f"Turned round for a test: {data['id']} {d['id']}.",
         **({"dangerous": True} if (data["critical"] and n == 0) or (n and not d.get("dangerous")) else {})}
        for n, d in enumerate(data.get("distractors", []))
    ]  # fmt: skip
    steps = [{**step, "id": renamed(step["id"])} for step in data["steps"]]
    found = {**data, "steps": steps, "order": [[renamed(s) for s in tied] for tied in reversed(data["order"])]}
    return {**found, "distractors": distractors} if distractors else found


def _turned_numeric(data: dict[str, Any]) -> dict[str, Any]:
    words = f"Turned round for a test: {data['id']}."
    return {
        **data, "accept": {"min": 7000, "max": 7001}, "danger": [{"min": 1, "max": 2, "text": f"{words} Danger."}],
        "traps": [{"min": 3, "max": 4, "text": f"{words} Trap."}],
    }  # fmt: skip


def _turned_matching(data: dict[str, Any]) -> dict[str, Any]:
    """Every left gets the partner of the next one."""
    lefts, partners = [t["id"] for t in data["left"]], [data["pairs"][t["id"]] for t in data["left"]]
    words = f"Turned round for a test: {data['id']}"
    return {
        **data, "left": [{**t, "id": renamed(t["id"])} for t in data["left"]],
        "right": [{**t, "id": renamed(t["id"])} for t in data["right"]],
        "pairs": {renamed(name): renamed(partners[n - 1]) for n, name in enumerate(lefts)},
        "rationales": {renamed(name): f"{words} {name}." for name in lefts},
    }  # fmt: skip


def _turned_hotspot(data: dict[str, Any]) -> dict[str, Any]:
    """Every place gets the role of the one before it, and another outline."""
    found, words = data["candidates"], f"Turned round for a test: {data['id']}"
    return {
        **data, "elsewhere": {"rationale": f"{words} elsewhere."},
        "candidates": [_turned_place(c, found[n - 1], f"{words} {c['id']}.") for n, c in enumerate(found)],
    }  # fmt: skip


def _turned_place(place: dict[str, Any], before: dict[str, Any], words: str) -> dict[str, Any]:
    cx, cy = (sum(values) / len(values) for values in zip(*place["polygon"], strict=True))
    smaller = [[round(cx + (x - cx) * 0.8, 2), round(cy + (y - cy) * 0.8, 2)] for x, y in place["polygon"]]
    turned_round = {
        "id": renamed(place["id"]),
        "label": place["label"],
        "polygon": smaller,
        "role": before["role"],
        "rationale": words,
    }
    if before["role"] == "danger":
        turned_round["critical_error"] = {**before["critical_error"], "text": f"{words} Danger."}
    return turned_round


def _turned_needle(data: dict[str, Any]) -> dict[str, Any]:
    """Where a needle was the key, declining is; where declining was, any needle into the depth is."""
    words = f"Turned round for a test: {data['id']}"
    if not data["decline"]["correct"]:
        return {
            **{k: v for k, v in data.items() if k != "criteria"}, "proof": {"full": {"decline": "not-mine"}},
            "decline": {"correct": True, "accepted": ["not-mine"], "rationale": f"{words} declined."},
            "critical_errors": [
                {"id": "any", "quantity": "needled", "equals": True, "complication": "bleeding", "text": f"{words} needled."}
            ],
        }  # fmt: skip
    depth = {"quantity": "depth_mm"}
    deep = {"entry_along_mm": 0, "tilt_deg": 0, "depth": {"mm": 20}}
    return {
        **data, "decline": {"correct": False, "rationale": f"{words} declined."},
        "criteria": [{"id": "deep", **depth, "min": 1, "max": 7, "points": data["points"], "else": f"{words} deep."}],
        "critical_errors": [{"id": "far", **depth, "above": 15, "complication": "bleeding", "text": f"{words} far."}],
        "proof": {"full": {**deep, "depth": {"mm": 5}}, "dangerous": [{**deep, "error": "far"}]},
    }  # fmt: skip


def _turned_case(data: dict[str, Any]) -> dict[str, Any]:
    """Points and harm move on by one action; deadlines, outcomes and reasons change. What happens to the patient does not."""
    actions, words = data["actions"], f"Turned round for a test: {data['id']}"
    endings = list(data["endings"])
    found = [_turned_action(a, actions[n - 1], f"{words} {a['id']}.") for n, a in enumerate(actions)]
    tick = data["tick_s"]
    critical = [{"action": renamed_slug(actions[-1]["id"]), "by_s": tick, "text": f"{words} missed."}]
    return {
        **data, "debrief": f"{words}: the debrief of it.", "actions": found, "critical_actions": critical,
        "endings": {
            name: {**data["endings"][name], "outcome": data["endings"][endings[n - 1]]["outcome"]} for n, name in enumerate(endings)
        },
    }  # fmt: skip


def _turned_action(action: dict[str, Any], before: dict[str, Any], words: str) -> dict[str, Any]:
    kept = {k: v for k, v in action.items() if k not in ("points", "critical_error")}
    points = {"points": before["points"]} if "points" in before else {}
    harm = {"critical_error": f"{words} Harm."} if "critical_error" in before else {}
    return {**kept, "id": renamed_slug(action["id"]), **points, **harm, "why": f"{words} Why."}


def renamed_slug(name: str) -> str:
    """Another identity of an action in the same alphabetical place."""
    return f"q{name}"


def write_turned_bank(folder: Path) -> Path:
    """A copy of the real bank whose items are turned round."""
    shutil.copytree(QUESTION_BANK, folder)
    for path in sorted((folder / "scenes").rglob("*.yaml")):
        scene = yaml.safe_load(path.read_text("utf-8"))
        write_yaml(path.with_stem(f"{path.stem}-below"), below_the_skin(scene))
        write_yaml(path, turned_scene(scene))
    for path in (folder / "scenarios").rglob("*.yaml"):
        data = yaml.safe_load(path.read_text("utf-8"))
        if data.get("display") == "surface":
            data["scene"] = f"{data['scene']}-below"
        write_yaml(path, turned(data))
    return folder


def write_yaml(path: Path, data: dict[str, Any]) -> None:
    """A file of the bank."""
    path.write_text(yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=10_000), "utf-8")


def below_the_skin(scene: dict[str, Any]) -> dict[str, Any]:
    """The same skin over other depths: what a surface display must not tell."""
    found = scene["structures"]
    moved = [
        {**s, "polygon": [[round(x + 0.5, 1), round(y + 1.5, 1)] for x, y in s["polygon"]]} if "polygon" in s else s for s in found
    ]
    return {**scene, "id": f"{scene['id']}-below", "structures": moved}


def turned_scene(scene: dict[str, Any]) -> dict[str, Any]:
    """The same picture in which other structures are hazards and other bones stop the needle."""
    found = scene["structures"]
    for n, structure in enumerate(found):
        for name in ("hazard", "margin_mm", "stops_needle"):
            structure.pop(f"new {name}", None)
            if name in found[n - 1]:
                structure[f"new {name}"] = found[n - 1][name]
    for structure in found:
        for name in ("hazard", "margin_mm", "stops_needle"):
            structure.pop(name, None)
            if f"new {name}" in structure:
                structure[name] = structure.pop(f"new {name}")
    return scene


def secrets_of(content: ItemContent) -> Iterator[str]:
    """Every text of an item that a candidate must not see while an attempt runs."""
    yield content.explanation
    yield content.safe_needle_rule
    for part in (*getattr(content, "options", ()), *getattr(content, "distractors", ())):
        yield part.rationale
    for interval in (*getattr(content, "danger", ()), *getattr(content, "traps", ())):
        yield interval.text
    yield from _secrets_of_pictures(content)


def _secrets_of_pictures(content: ItemContent) -> Iterator[str]:
    if isinstance(content, Matching):
        yield from content.rationales.values()
    if isinstance(content, Hotspot):
        yield content.elsewhere.rationale
        yield from (c.rationale for c in content.candidates)
        yield from (c.critical_error.text for c in content.candidates if c.critical_error is not None)
    if isinstance(content, NeedlePlacement):
        yield content.decline.rationale
        yield from (c.else_ for c in content.criteria)
        yield from (e.text for e in content.critical_errors)
    if isinstance(content, Case):
        yield content.debrief
        yield from (a.why for a in content.actions)
        yield from (a.critical_error for a in content.actions if a.critical_error is not None)
        yield from (c.text for c in content.critical_actions)


@dataclass(slots=True)
class House:
    """One installation on one bank."""

    app: Flask
    folder: Path

    def walk(self, quiz: str) -> list[tuple[str, TestResponse]]:
        """Everything that a candidate can see of a running attempt, each under a name."""
        with self.app.app_context():
            return list(self._walk(quiz))

    def _walk(self, quiz: str) -> Iterator[tuple[str, TestResponse]]:
        browser = client(self.app, email_of("trainee"))
        yield "exams", browser.get("/quizzes")
        yield "exam", browser.get(f"/quizzes/{quiz}")
        sitting = sit(browser, quiz)
        yield "started again", browser.post(f"/quizzes/{quiz}/start")
        yield from _items(sitting)
        yield from _refusals(sitting)
        yield from _reviews(sitting)
        yield "exam, running", browser.get(f"/quizzes/{quiz}")
        yield "home", browser.get("/home")
        yield "clearances", browser.get("/clearances")
        yield from _assets(browser, sitting)

    def result(self, quiz: str) -> str:
        """The result of a submitted attempt, where the banks may and must differ."""
        with self.app.app_context():
            browser = client(self.app, email_of("trainee2"))
            sitting = sit(browser, quiz)
            sitting.submit({p.place.position: p.place.seq for p in sitting.places()})
            return browser.get(f"/attempts/{sitting.attempt_id}/result").text


def _items(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    """Each item: shown, saved by script, shown with its answer, changed by form, in conflict, taken back."""
    for place in sitting.places():
        n, page = place.place.position, f"/attempts/{sitting.attempt_id}?q={place.place.position}"
        first, second = some_answer(place), some_answer(place, 2)
        yield f"item {n}", sitting.browser.get(page)
        payload = {"answer": first, "struck": ["o1"] if place.variant.order else [], "flag": n % 2 == 0}
        yield f"save {n}", sitting.put(n, payload=payload, certainty="sure")
        yield f"saved item {n}", sitting.browser.get(page)
        now = sitting.places()[n - 1]
        yield f"form {n}", sitting.post(n, form_fields(now, second, f"form-of-{n:04d}"))
        yield f"conflict {n}", sitting.put(n, first, op_id=f"lost-op-{n:04d}")
        stale = {**form_fields(now, first, f"stale-{n:04d}"), "base_seq": "0"}
        yield f"form conflict {n}", sitting.post(n, stale)
        yield f"repeat {n}", sitting.put(n, payload=payload, certainty="sure")


def _refusals(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    """Wrong input for every item."""
    for place in sitting.places():
        n = place.place.position
        for word in ("choice", "choices", "sequence", "value", "pairs", "point", "actions", "decline", "entry_mm"):
            yield f"wrong {word} {n}", sitting.put(n, {word: "o99"}, op_id=f"wrong-{word}-{n:04d}", base_seq=2)
        wrong = {"base_seq": "2", "op_id": f"wrong-form-{n:04d}", "choice": "o99", "choices": "o99", "value": "x",
                 "place-o99": "1"}  # fmt: skip
        yield f"wrong form {n}", sitting.post(n, wrong)
    yield "no such item", sitting.browser.get(f"/attempts/{sitting.attempt_id}?q=99")
    yield "no such place", sitting.put(99, {"choice": "o1"})
    yield "no receipt", sitting.browser.get(f"/attempts/{sitting.attempt_id}/receipt")
    yield "no result", sitting.browser.get(f"/attempts/{sitting.attempt_id}/result")
    yield "no attempt", sitting.browser.get("/attempts/999")


def _reviews(sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    yield "clock", sitting.browser.get(f"/attempts/{sitting.attempt_id}/clock")
    yield "review", sitting.browser.get(f"/attempts/{sitting.attempt_id}/review")
    yield "not read back", sitting.submit()
    yield "half read back", sitting.submit(dict.fromkeys(range(1, 6), 2))


def _assets(browser: ApartClient, sitting: Sitting) -> Iterator[tuple[str, TestResponse]]:
    page = browser.get(f"/attempts/{sitting.attempt_id}").text
    for address in sorted(set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))):
        yield address, browser.get(address, buffered=True)


def normal(answer: TestResponse) -> tuple[int, list[tuple[str, str]], bytes]:
    """Status, headers and body, with CSRF tokens, the session's cookie and the real clock of static files made equal."""
    headers = [(k, v.partition("=")[0] if k == "Set-Cookie" else v) for k, v in answer.headers if k != "Date"]
    return answer.status_code, headers, TOKEN.sub(rb"\1", answer.data)


@pytest.fixture(scope="module")
def turned_bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the bank that is turned round."""
    return write_turned_bank(tmp_path_factory.mktemp("turned") / "bank")


@pytest.fixture(scope="module")
def houses(request: pytest.FixtureRequest, turned_bank: Path) -> Iterator[tuple[House, House]]:
    """Two installations on one kind of database: the real bank and the one turned round."""
    if request.param == "sqlite":
        template = f"sqlite:///{request.getfixturevalue('sqlite_template')}"
    else:
        server, name = request.getfixturevalue("postgres_server"), request.getfixturevalue("postgres_template")
        template = make_url(server).set(database=name).render_as_string(hide_password=False)
    with branch(template) as real, branch(template) as turned_round:
        found = House(make_house(real, QUESTION_BANK), QUESTION_BANK), House(make_house(turned_round, turned_bank), turned_bank)
        yield found
        for house in found:
            with house.app.app_context():
                db.engine.dispose()


def make_house(url: str, folder: Path) -> Flask:
    """An application on a clinic whose bank is that of a folder."""
    app = make_app(url, FakeClock())
    with app.app_context():
        make_clinic(db.session, folder=folder)
        db.session.commit()
        db.session.remove()
    return app


def test_the_two_banks_differ_in_every_key_and_in_nothing_that_is_shown(turned_bank: Path) -> None:
    real = {i.id: i for i in read_bank(QUESTION_BANK).items}
    other = {i.id: i for i in read_bank(turned_bank).items}
    assert real.keys() == other.keys()
    assert len(real) >= 100
    for name, item in real.items():
        assert key_answer(item) != key_answer(other[name]), name
        assert not set(secrets_of(item)) & set(secrets_of(other[name])), name
        shown, elsewhere = (presentation(i, make_variant(i, Random(1))) for i in (item, other[name]))
        assert shown == elsewhere


@pytest.mark.parametrize(("houses", "quiz"), [*(("sqlite", q) for q in QUIZZES), ("postgresql", QUIZZES[0])], indirect=["houses"])
def test_a_running_attempt_is_byte_for_byte_the_same_whatever_the_keys_are(houses: tuple[House, House], quiz: str) -> None:
    hidden = {text for house in houses for item in read_bank(house.folder).items for text in secrets_of(item)}
    seen = 0
    for (name, real), (_, other) in zip(houses[0].walk(quiz), houses[1].walk(quiz), strict=True):
        assert normal(real) == normal(other), name
        assert real.status_code < 500, name
        if not name.startswith("/static"):
            page = unescape(real.text)
            assert not [text for text in hidden if text in page], name
        seen += 1
    assert seen > 12 * 20


@pytest.mark.parametrize("houses", ["sqlite"], indirect=True)
def test_the_comparison_can_fail_since_results_differ_between_the_banks(houses: tuple[House, House]) -> None:
    real, other = (house.result("complication-response") for house in houses)
    assert "Turned round for a test" in other
    assert "Turned round for a test" not in real
