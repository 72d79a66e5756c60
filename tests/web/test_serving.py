"""The server's connections: the loop leaves a small answer to the task that makes it, and still sends what a task cannot."""

from __future__ import annotations

import logging
import socket
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from waitress.adjustments import Adjustments

from app.operations.serving import BUFFERED, Channel, long_queue


@pytest.fixture
def channel() -> Iterator[Channel]:
    ours, theirs = socket.socketpair()
    made = Channel(SimpleNamespace(active_channels={}), ours, ("127.0.0.1", 1), Adjustments(), map={})
    yield made
    made.handle_close()
    theirs.close()


def test_while_a_task_is_at_work_the_loop_does_not_turn_for_a_small_answer(channel: Channel) -> None:
    channel.requests, channel.total_outbufs_len = [object()], 1
    assert not channel.writable()


@pytest.mark.parametrize(
    ("requests", "waiting", "closing"), [([], 1, False), ([object()], BUFFERED, False), ([object()], 1, True), ([], 0, True)]
)
def test_the_loop_sends_what_is_left_what_is_large_and_what_closes(
    channel: Channel, requests: list[object], waiting: int, closing: bool
) -> None:
    channel.requests, channel.total_outbufs_len, channel.will_close = requests, waiting, closing
    assert channel.writable()


def test_with_nothing_to_send_the_loop_rests(channel: Channel) -> None:
    assert not channel.writable()


@pytest.mark.parametrize(("depth", "told"), [(1, False), (49, False), (50, True), (51, False), (200, True)])
def test_the_log_tells_of_a_long_queue_and_not_of_each_who_waits_a_moment(depth: int, told: bool) -> None:
    assert long_queue(logging.LogRecord("waitress.queue", logging.WARNING, "", 0, "Task queue depth is %d", (depth,), None)) is told


def test_any_other_line_of_the_queue_is_told() -> None:
    assert long_queue(logging.LogRecord("waitress.queue", logging.WARNING, "", 0, "Something else", None, None))
