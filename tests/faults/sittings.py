"""One person at one exam: what they want next, and what they were told so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from app.attempts.queries import KeyedPlace
from tests.attempts.sitting import form_fields, some_answer
from tests.faults.operations import SAVES, Browser, Operation, Unexpected

ENDINGS = ("submit", "submit", "submit", "look", "list", "late submit")
CERTAINTIES = (None, "sure", "fairly_sure", "unsure")


@dataclass(slots=True)
class Item:
    """One place of the form, and what may be answered there."""

    keyed: KeyedPlace
    seq: int = 0
    counted: int = 0

    @property
    def position(self) -> int:
        """Its place."""
        return self.keyed.place.position

    def answers(self) -> Sequence[dict[str, Any]]:
        """Answers that may follow the one that counts; nothing is taken back in a case, and one action is enough of it here."""
        if self.keyed.content.type == "case":
            return [] if self.counted else [some_answer(self.keyed, 1)]
        return [some_answer(self.keyed, 1), some_answer(self.keyed, 2)]


@dataclass(slots=True)
class Sitting:
    """`frozen` gives the places of an attempt that has started."""

    name: str
    browser: Browser
    quiz: str
    rng: Random
    frozen: Callable[[int], list[KeyedPlace]]
    saves_left: int
    late_saves_left: int
    ending: str
    attempt_id: int = 0
    over: bool = False
    done: bool = False
    items: list[Item] = field(default_factory=list)
    told: dict[str, tuple[Operation, dict[str, Any]]] = field(default_factory=dict)
    pending: Operation | None = None
    _number: int = 0

    def wish(self) -> Operation | None:
        """What is sent next: what was not acknowledged yet, or something new; None while there is nothing to do."""
        if self.pending is None:
            self.pending = self._next()
        return self.pending

    def _next(self) -> Operation | None:
        if self.done:
            return None
        if not self.attempt_id:
            return self._operation("start", "POST", f"/quizzes/{self.quiz}/start", quiz=self.quiz)
        if self.saves_left > 0 and not self.over:
            return self._save_or_repeat()
        if self.ending == "submit" and not self.over:
            return self._submit("submit")
        return self._next_after_time() if self.over else None

    def _next_after_time(self) -> Operation | None:
        if self.late_saves_left > 0:
            return self._save_or_repeat()
        if self.ending == "late submit":
            return self._submit("late submit")
        if self.ending == "list":
            return self._operation("list", "GET", "/quizzes", attempt=self.attempt_id)
        return self._operation("look", "GET", f"/attempts/{self.attempt_id}/result", attempt=self.attempt_id)

    def time_is_up(self) -> None:
        """The deadline and its grace have passed."""
        self.over = True

    def _operation(self, act: str, method: str, path: str, body: Any = None, **facts: Any) -> Operation:
        self._number += 1
        return Operation(
            f"{self.name}-{self._number:04d}-{act.replace(' ', '-')}", act, self.browser, method, path, body or {}, facts
        )

    def _save_or_repeat(self) -> Operation:
        if self.told and self.rng.random() < 0.08:
            before, _ = self.told[self.rng.choice(list(self.told))]
            return Operation(before.op_id, before.act, self.browser, before.method, before.path, before.body, before.facts)
        free = [i for i in self.items if i.answers()]
        again = [i for i in free if i.seq] if self.rng.random() < 0.5 else []
        item = self.rng.choice(again or free)
        answer = self.rng.choice(item.answers())
        base = item.seq if self.rng.random() < 0.85 else max(0, item.seq - 1)
        struck = ["o2"] if len(item.keyed.variant.order) > 1 and self.rng.random() < 0.2 else []
        facts = {
            "attempt": self.attempt_id, "position": item.position, "base_seq": base, "answer": answer, "struck": struck,
            "flag": self.rng.random() < 0.2, "certainty": self.rng.choice(CERTAINTIES),
        }  # fmt: skip
        if base == item.seq and self.rng.random() < 0.25:
            return self._by_form(item, facts)
        operation = self._operation("save", "PUT", f"/attempts/{self.attempt_id}/responses/{item.position}", **facts)
        payload = {name: facts[name] for name in ("answer", "struck", "flag")}
        operation.body = {"base_seq": base, "op_id": operation.op_id, "payload": payload, "certainty": facts["certainty"]}
        return operation

    def _by_form(self, item: Item, facts: dict[str, Any]) -> Operation:
        """The page without script; a repeated field of the answer is a list."""
        operation = self._operation("form", "POST", f"/attempts/{self.attempt_id}?q={item.position}", **facts)
        fields = form_fields(item.keyed, facts["answer"], operation.op_id) | {"base_seq": item.seq, "go": "stay"}
        fields |= {"certainty": facts["certainty"] or "", **({"flag": "1"} if facts["flag"] else {})}
        fields |= {"strike": facts["struck"]}
        operation.body = fields | {"csrf_token": self.browser.token}
        return operation

    def _submit(self, act: str) -> Operation:
        body = {f"read-back-{i.position}": i.seq for i in self.items if i.seq}
        body |= {"csrf_token": self.browser.token}
        return self._operation(act, "POST", f"/attempts/{self.attempt_id}/submit", body, attempt=self.attempt_id)

    def learn(self, operation: Operation, ack: dict[str, Any]) -> None:
        """Take an acknowledgement in; raises Unexpected if the same operation was answered otherwise before."""
        self.pending = None
        if operation.act == "start":
            self.attempt_id = ack["attempt"]
            self.items = [Item(keyed) for keyed in self.frozen(self.attempt_id)]
        elif operation.act in SAVES:
            self._learn_save(operation, ack)
        elif operation.act in ("submit", "late submit", "list"):
            self.over, self.ending, self.late_saves_left = True, "look", min(self.late_saves_left, 1)
        elif operation.act == "look":
            self.done = True

    def _learn_save(self, operation: Operation, ack: dict[str, Any]) -> None:
        if operation.op_id in self.told:
            before = self.told[operation.op_id][1]
            if (before["kept"], before.get("sha256")) != (ack["kept"], ack.get("sha256")):
                raise Unexpected(f"{operation.op_id} was answered {before}, and when repeated {ack}")
            return
        self.told[operation.op_id] = operation, ack
        if self.over:
            self.late_saves_left -= 1
        else:
            self.saves_left -= 1
        item = next(i for i in self.items if i.position == operation.facts["position"])
        if ack["kept"] == "current":
            item.seq, item.counted = ack.get("seq", item.seq + 1), item.counted + 1
