"""Options on which sources disagree, worked out by hand: how deep levels reach, whom compression skips, which of equal
legs is the stronger, and what a schedule is looked up with. Engine and oracle say the same each time."""

from typing import Any

import pytest

from tests.unit.oracle.both import run_alike
from tests.unit.oracle.plain import ME, lines, misses, order, person, terms, two_legs

FIVE: dict[str, Any] = {"type": "unilevel", "levels_by_rank": {"Member": ["5%", "4%"]}}


def chain(count: int, **others: dict[int, Any]) -> list[dict[str, Any]]:
    """Each sponsored by the one before; what is said of some of them by name and ix."""
    return [person(ix - 1, **{name: said[ix] for name, said in others.items() if ix in said}) for ix in range(count)]


# --------------------------------------------------------------------------------------------------------------- depth


@pytest.mark.parametrize(
    ("depth", "paid"),
    [
        (None, [(0, 4, 2, 4_00), (1, 3, 1, 5_00)]),
        (4, [(0, 4, 2, 4_00), (1, 3, 1, 5_00)]),
        (3, [(1, 3, 1, 5_00)]),
        (2, []),
    ],
)
def test_compression_closes_gaps_within_the_depth_alone(
    depth: int | None, paid: list[tuple[int, int, int, int]]
) -> None:
    """Two inactive people stand between: level 1 is on the third place up, and level 2 on the fourth."""
    people = chain(5, active={2: False, 3: False})
    for compression in ("standard", "dynamic"):
        plan = terms(FIVE | {"compression": compression, "depth": depth})
        assert lines(run_alike(people, [order(4, 100_00, own=True)], plan)) == paid


# ------------------------------------------------------------------------------------------------------- compress_below

SILVER: dict[str, Any] = {"compression": "standard", "levels_by_rank": {"Silver": ["5%", "4%"], "Gold": ["5%", "4%"]}}
TITLES: dict[str, Any] = {"ranks": ("Member", "Silver", "Gold"), "pay_rank": "title"}


def test_whoever_is_below_a_rank_takes_no_level() -> None:
    """From the buyer up: a Member, somebody without title, Silver and, who is inactive, Gold. Skipping the inactive
    alone, the first two would have kept levels 1 and 2, unpaid."""
    people = chain(5, title={0: "Gold", 1: "Silver", 3: "Member"}, active={0: False})
    bought = [order(4, 100_00, own=True)]
    below = run_alike(people, bought, terms({"type": "unilevel", "compress_below": "Silver"} | SILVER, **TITLES))
    assert lines(below) == [(1, 3, 1, 5_00)]
    assert misses(below) == [(2, "RANK_DEPTH", 5_00, 0), (3, "RANK_DEPTH", 5_00, 0)]
    inactive = run_alike(people, bought, terms({"type": "unilevel"} | SILVER, **TITLES))
    assert lines(inactive) == []
    assert misses(inactive) == [(2, "RANK_DEPTH", 4_00, 4_00), (3, "RANK_DEPTH", 5_00, 5_00)]


def test_in_a_matrix_as_well() -> None:
    people = [
        person(-1 if ix == 0 else 0, matrix_parent=ix - 1, matrix_slot=int(ix > 0), title=title)
        for ix, title in enumerate(("Gold", "Silver", "Member", "Gold"))
    ]
    matrix = {"type": "matrix", "width": 2, "depth": 3, "compress_below": "Silver"} | SILVER
    assert lines(run_alike(people, [order(3, 100_00, own=True)], terms(matrix, **TITLES))) == [
        (0, 3, 2, 4_00),
        (1, 2, 1, 5_00),
    ]


# ---------------------------------------------------------------------------------------------------------- equal legs


@pytest.mark.parametrize(
    ("stronger_leg", "volume", "cycles", "from_left", "from_right"),
    [
        ("once", 200_00, 1, 100_00, 200_00),
        ("each_cycle", 200_00, 1, 100_00, 200_00),
        ("each_cycle", 300_00, 2, 300_00, 300_00),  # right of 300 and 300, then left of 200 and 100
        ("each_cycle", 500_00, 3, 400_00, 500_00),  # right, left, and right again of 200 and 200
    ],
)
def test_of_equal_legs_the_right_one_may_be_the_stronger(
    stronger_leg: str, volume: int, cycles: int, from_left: int, from_right: int
) -> None:
    """Cycles of 200 and 100."""
    cycle = {"strong": "200", "weak": "100", "stronger_leg": stronger_leg}
    for equal_legs in ("left", "right"):
        bonus = {"type": "binary", "rate": "0.1", "method": "cycles", "cycle": cycle | {"equal_legs": equal_legs}}
        result = run_alike(*two_legs(volume, volume), terms(bonus))
        assert result.by_person[0][ME] == cycles * 10_00
        taken = [leg.matched for leg in result.carry[ME]]
        assert taken == ([from_left, from_right] if equal_legs == "right" else [from_right, from_left])
        unequal = run_alike(*two_legs(volume + 1, volume), terms(bonus))
        assert unequal.carry[ME][0].matched == from_right, "the left one is stronger by a cent"


# ----------------------------------------------------------------------------------------------------- schedule volumes


def test_a_schedule_goes_by_the_volume_that_the_plan_says() -> None:
    """A chain of four with 100, 200, 400 and 800 PV from the top down, where the third and fourth have broken
    away: the top's rate is that of 1,500 as a group, of 300 without these, of 100 alone, of 700 within two levels."""
    people, sold = chain(4), [order(ix, pv) for ix, pv in enumerate((100_00, 200_00, 400_00, 800_00))]
    steps = [
        {"from": begin, "rate": f"0.{rate:02}"} for begin, rate in (("100", 1), ("300", 3), ("700", 7), ("1500", 15))
    ]
    ranks = ("Member", {"name": "Leader", "requires": {"personal_pv": "400"}})
    away = {"type": "leadership", "rate": "1%", "breaks_away_at": "Leader"}
    for volume, rate in (
        ("group_pv", 15),
        ("personal_group_pv", 3),
        ("personal_pv", 1),
        ({"within_levels": 2}, 7),
        ({"within_levels": 3}, 15),
    ):
        bonus = {"type": "differential", "volume": volume, "schedule": steps}
        paid = run_alike(people, sold, terms(bonus, away, ranks=ranks)).lines
        own = [line.amount for line in paid if line.bonus == line.source == line.earner == 0]
        assert own == [rate * 1_00], volume
