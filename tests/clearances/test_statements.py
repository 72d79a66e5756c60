"""What the wide statements of a standing are made of."""

from __future__ import annotations

import pytest

from app.clearances.facts import _PIECES, PIECE
from app.clearances.statements import PEOPLE_AT_ONCE, parts_of, word


def test_the_columns_of_a_piece_come_in_the_order_that_its_readers_take_them_in() -> None:
    assert tuple(_PIECES.selected_columns.keys()) == PIECE


@pytest.mark.parametrize("text", ["'", "a'b", "a b", "A", "%", "\\", "a;--"])
def test_nothing_but_a_word_of_ours_is_written_into_a_statement(text: str) -> None:
    with pytest.raises(ValueError, match="make it a parameter"):
        word(text)


def test_everybody_is_named_once_in_parts_that_a_statement_has_room_for() -> None:
    parts = parts_of(range(2 * PEOPLE_AT_ONCE + 1))
    assert [len(some) for some in parts] == [PEOPLE_AT_ONCE, PEOPLE_AT_ONCE, 1]
    assert [person for some in parts for person in some] == list(range(2 * PEOPLE_AT_ONCE + 1))
    assert parts_of([]) == []
