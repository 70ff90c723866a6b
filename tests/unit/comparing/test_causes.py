"""What a difference is called, from the lines and misses of one person: what they paid, and what explains it."""

from dataclasses import replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pytest

from app.comparing.causes import causes_of
from app.comparing.lineup import line_up
from app.comparing.models import MOST_ROUNDED, Cause, Results
from app.comparing.names import NO_NAMES
from app.engine.calculate import calculate
from app.engine.models import Lines, Misses, Reason, Result
from app.plans.loader import library, load_plan
from tests.unit.engine.companies import snapshot

BONUS: Final = "Unilevel"
STATUS, VOLUME, DEPTH = Reason.INACTIVE_STATUS, Reason.INACTIVE_VOLUME, Reason.RANK_DEPTH


def cause(theirs: int, lines: list[int], *misses: tuple[Reason, int]) -> Cause:
    """Of person 1, with somebody on either side who has lines and misses too."""
    empty = calculate(snapshot([-1, 0, 0]), load_plan(library()["g7-unilevel"]))
    paid = [(0, 7), *((1, amount) for amount in lines), (2, 7)]
    missed = [(0, VOLUME, 90_000), *((1, *miss) for miss in misses), (2, VOLUME, 90_000)]
    result = replace(
        empty,
        lines=rows(Lines, empty.lines, earner=[who for who, _ in paid], amount=[amount for _, amount in paid]),
        misses=rows(
            Misses,
            empty.misses,
            person=[who for who, *_ in missed],
            reason=[reason for _, reason, _ in missed],
            forgone=[forgone for *_, forgone in missed],
        ),
    )
    return found(result, theirs, [7, sum(lines), 7])


def rows(kind: Any, like: Any, **values: list[int]) -> Any:
    """A table of the run with these columns, and zero in the others."""
    count = len(next(iter(values.values())))
    return kind.of(**{name: np.array(values.get(name, [0] * count), column.dtype) for name, column in like.columns()})


def found(result: Result, theirs: int, ours: list[int]) -> Cause:
    amounts = np.array([theirs], dtype=np.int64)
    results = Results("old.csv", pa.array(["B"]), pa.array([BONUS]), amounts, pa.array([""]))
    lined = line_up(results, NO_NAMES, (BONUS,), ["A", "B", "C"], np.array([ours], dtype=np.int64))
    [row] = np.flatnonzero(lined.person == 1)
    return Cause(int(causes_of(lined, np.array([row]), result, np.ones(3, dtype=bool))[0]))


@pytest.mark.parametrize(
    ("theirs", "lines", "misses", "expected"),
    [
        (1_000, [], [(VOLUME, 1_000)], Cause.INACTIVE_VOLUME),
        (1_000, [], [(VOLUME, 400), (DEPTH, 600)], Cause.RANK_DEPTH),
        (1_000, [300], [(DEPTH, 700)], Cause.RANK_DEPTH),
        (1_000, [300], [(DEPTH, 300)], Cause.LESS),
        (1_000, [], [(DEPTH, 300)], Cause.LESS),
        (1_000, [300], [], Cause.LESS),
        (1_000, [], [], Cause.NOTHING_REACHES),
        (300, [1_000], [(VOLUME, 700)], Cause.MORE),
        (0, [1_000], [(VOLUME, 700)], Cause.ONLY_OURS),
    ],
)
def test_a_rule_is_missed_where_what_it_withheld_covers_the_difference(
    theirs: int, lines: list[int], misses: list[tuple[Reason, int]], expected: Cause
) -> None:
    assert cause(theirs, lines, *misses) is expected


def test_a_return_that_was_withheld_explains_no_less_pay() -> None:
    assert cause(1_000, [600], (DEPTH, -400)) is Cause.LESS
    assert cause(1_000, [], (DEPTH, -400)) is Cause.LESS
    assert cause(1_000, [600], (DEPTH, -400), (VOLUME, 400)) is Cause.INACTIVE_VOLUME
    assert cause(1_000, [600], (DEPTH, 400), (DEPTH, -400)) is Cause.LESS


@pytest.mark.parametrize("sign", [1, -1])
def test_rounding_is_half_a_cent_a_line_and_for_the_total_and_never_much(sign: int) -> None:
    less_or_more = Cause.LESS if sign > 0 else Cause.MORE
    for lines, most in ((1, 1), (2, 1), (3, 2), (99, 50), (2_000, MOST_ROUNDED)):
        ours = [100] * lines
        assert cause(sum(ours) + sign * most, ours) is Cause.ROUNDING, lines
        assert cause(sum(ours) + sign * (most + 1), ours) is less_or_more, lines
    assert cause(200_000 + sign * 1_500, [100] * 2_000) is less_or_more, "15.00 are not rounding"


def test_what_was_missed_stands_before_rounding() -> None:
    assert cause(303, [100] * 3, (STATUS, 3)) is Cause.INACTIVE_STATUS
    assert cause(302, [100] * 3, (STATUS, 1)) is Cause.INACTIVE_STATUS, "covered within what rounding differs"
    assert cause(298, [100] * 3, (STATUS, 1)) is Cause.ROUNDING, "withheld pay is no reason to pay more"
