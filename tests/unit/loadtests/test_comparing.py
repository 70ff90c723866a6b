"""How questions are timed."""

import pytest

from loadtests import comparing
from loadtests.comparing import DifferentAnswerError, LeftOutError, line_of, measured, must_equal


def test_a_quick_question_is_asked_again_after_its_answer_was_checked() -> None:
    """One check, nine runs."""
    asked: list[int] = []
    checked: list[int] = []

    def ask() -> int:
        asked.append(7)
        return 7

    row = measured("seven", ask, checked.append)

    assert checked == [7]
    assert (row.runs, len(asked)) == (9, 10)
    assert row.median_ms is not None


def test_a_slow_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first time is the measurement."""
    monkeypatch.setattr(comparing, "SLOW_S", 0.0)
    asked: list[int] = []

    row = measured("slow", lambda: asked.append(1), lambda _answer: None)

    assert (row.runs, len(asked)) == (1, 1)


def test_a_wrong_answer_gets_no_time() -> None:
    """The run ends, with both answers."""
    with pytest.raises(DifferentAnswerError, match="six: expected 6, was given 7"):
        measured("six", lambda: 7, lambda answer: must_equal("six", 6, answer))


def test_what_was_left_out_is_said_in_the_row() -> None:
    """In words, where the number would stand."""

    def ask() -> int:
        raise LeftOutError("over 120 s")

    row = measured("too much", ask, lambda _answer: None)

    assert (row.runs, row.median_ms) == (0, None)
    assert line_of(row).split() == ["too", "much", "over", "120", "s"]
