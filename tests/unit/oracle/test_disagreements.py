"""Where the engine and the definitions part: one smallest company each. Whoever settles one takes the mark off.

The general comparison steps around these, and only these, so that it keeps watch over everything else.
"""

import pytest

from tests.unit.oracle.both import misses_of, run_both, snapshot_of
from tests.unit.oracle.test_by_hand import person, plan


@pytest.mark.xfail(strict=True, raises=ValueError, reason="the engine breaks on a bonus that pays no level")
def test_a_bonus_without_levels_pays_nobody() -> None:
    """The model allows `Member: []`; then nobody is paid (or the plan is refused in words, which would do as well)."""
    orders = [{"seller": 0, "own": False, "pv": 100_00, "cv": 100_00, "seq": 1}]
    run_both(snapshot_of([person()], orders, ()), plan(levels_by_rank={"Member": ()})).assert_equal()


@pytest.mark.xfail(strict=True, reason="the engine names skipped people only as far up as the plan pays levels")
def test_everybody_whom_compression_skipped_is_told_why() -> None:
    """Three inactive people under Top, two levels: each of the three would have been paid level 1 were they active."""
    people = [person(), *(person(ix, active=False) for ix in range(3))]
    orders = [{"seller": 3, "own": False, "pv": 100_00, "cv": 100_00, "seq": 1}]
    both = run_both(snapshot_of(people, orders, ()), plan(compression="standard"))
    assert [(line.earner, line.level, line.paid_level) for line in both.oracle.lines] == [(0, 4, 1)]
    assert sorted(misses_of(both.engine.misses)) == sorted(both.oracle.misses)
