"""How questions are timed."""

import numpy as np
import pytest

from loadtests import timing
from loadtests.timing import DifferentAnswerError, must_equal, timed, timed_async, timing_of


def test_a_quick_question_is_asked_again_after_its_answer_was_checked() -> None:
    """One check, and the call that was checked is not among those counted."""
    asked: list[int] = []
    checked: list[int] = []

    def ask() -> int:
        asked.append(7)
        return 7

    took = timed(ask, checked.append)

    assert checked == [7]
    assert (took.calls, len(asked)) == (30, 31)


def test_a_slow_question_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its first time is the measurement."""
    monkeypatch.setattr(timing, "SLOW_S", 0.0)
    asked: list[int] = []

    took = timed(lambda: asked.append(1), lambda _answer: None)

    assert (took.calls, len(asked)) == (1, 1)


@pytest.mark.anyio
async def test_an_awaited_question_is_asked_as_often() -> None:
    """And checked as well."""
    asked: list[int] = []

    async def ask() -> int:
        asked.append(7)
        return 6

    assert (await timed_async(ask, lambda _answer: None)).calls == len(asked) - 1 == 30
    with pytest.raises(DifferentAnswerError):
        await timed_async(ask, lambda answer: must_equal("six", 7, answer))


def test_a_wrong_answer_gets_no_time() -> None:
    """The run ends, with both answers."""
    with pytest.raises(DifferentAnswerError, match="six: expected 6, was given 7"):
        timed(lambda: 7, lambda answer: must_equal("six", 6, answer))


def test_arrays_are_equal_in_every_figure() -> None:
    """And in their shape."""
    right = np.array([[1, 2], [3, 4]])

    must_equal("same", right, right.copy())
    for wrong in (np.array([[1, 2], [3, 5]]), right[:1], np.zeros((0, 0), np.int64)):
        with pytest.raises(DifferentAnswerError):
            must_equal("other", right, wrong)


def test_half_of_the_calls_took_longer_than_p50_and_a_twentieth_longer_than_p95() -> None:
    """In milliseconds."""
    took = timing_of([number / 1000 for number in range(1, 101)])

    assert (took.calls, took.p50_ms, took.p95_ms) == (100, 50.5, 96.0)
