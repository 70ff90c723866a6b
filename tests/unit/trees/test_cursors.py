"""Page cursors: opaque, round, and refused when they are not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trees.cursors import START, Position, decode
from app.trees.errors import InvalidCursorError

numbers = st.integers(0, 2**53)


@given(numbers, numbers, st.integers(-1, 2**31))
def test_a_cursor_comes_back_as_it_went(as_of_seq: int, level: int, ix: int) -> None:
    cursor = Position(as_of_seq, level, ix).encode()
    assert decode(cursor) == Position(as_of_seq, level, ix)
    assert cursor.isascii()
    assert "=" not in cursor


def test_no_cursor_is_the_start() -> None:
    assert decode(None) == START


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "MS4y", "MS4yLjMuNA", "YS5iLmM", "LTEuMC4w", "MC4wLi05", "é"])
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursorError, match="cursor"):
        decode(cursor)
