"""Page cursors: opaque, round, and refused when they are not ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.trees.cursors import START, Position, decode
from app.trees.errors import InvalidCursorError

LIST = "downline/sponsor/D1"
numbers = st.integers(0, 2**53)


@given(numbers, numbers, st.integers(-1, 2**31))
def test_a_cursor_comes_back_as_it_went(seq: int, level: int, ix: int) -> None:
    cursor = Position(seq, level, ix).encode(LIST)
    assert decode(cursor, LIST) == Position(seq, level, ix)
    assert cursor.isascii()
    assert "=" not in cursor


def test_no_cursor_is_the_start() -> None:
    assert decode(None, LIST) == START


@pytest.mark.parametrize("cursor", ["", "x", "!!!!", "MS4y", "MS4yLjMuNA", "YS5iLmM", "LTEuMC4w", "MC4wLi05", "é"])
def test_anything_else_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursorError, match="cursor"):
        decode(cursor, LIST)


@pytest.mark.parametrize("other", ["downline/sponsor/D2", "downline/binary/D1", "children/sponsor/D1"])
def test_a_cursor_of_another_list_is_refused(other: str) -> None:
    with pytest.raises(InvalidCursorError, match="another"):
        decode(Position(7, 2, 40).encode(other), LIST)


@pytest.mark.parametrize("position", [Position(2**63, 1, 1), Position(1, 2**63, 1), Position(1, 1, 2**63)])
def test_a_number_the_graph_cannot_take_is_refused(position: Position) -> None:
    with pytest.raises(InvalidCursorError, match="outside"):
        decode(position.encode(LIST), LIST)
