"""Let several people act at the same moment, each in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

WAIT = 60


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Begin all acts at the same moment, each in its own thread; their answers in order (or what they raised)."""
    barrier, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def work(number: int, act: Callable[[], Any]) -> None:
        barrier.wait(WAIT)
        try:
            answers[number] = act()
        except Exception as error:  # noqa: BLE001  (a fault of a thread is an answer that the test compares)
            answers[number] = error

    threads = [threading.Thread(target=work, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WAIT)
        assert not thread.is_alive()
    return answers


def statuses(answers: list[Any]) -> list[int]:
    """The status of each answer; what was raised is raised here."""
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return sorted(answer.status_code for answer in answers)
