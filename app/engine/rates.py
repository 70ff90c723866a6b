"""Rates as reduced fractions in tables, and exact products rounded to the minor unit."""

from collections.abc import Iterable
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from app.engine.columns import Int8s, Int16s, Int64s
from app.engine.compiled import compiled
from app.engine.errors import AmountOverflowError
from app.engine.forest import SAFE_SUM
from app.plans.breakaway import Breakaway
from app.plans.models import Plan
from app.plans.unilevel import LevelBonus

UNPAID, PAID, PAID_AT_OTHER_RANK = 0, 1, 2
"""What a rank is to a level: nobody is paid on it, this rank is, another one is."""


class RateTable(NamedTuple):
    """multiplier x rate by rank and level, flattened: cell = rank x levels + level - 1, where the row behind the last
    rank is that of people without one.

    `needed` is the rank index that would be paid where this rank is not: the next higher one that is, else the lowest
    one; -1 where this rank is paid, or where no rank is. `kind`: UNPAID, PAID or PAID_AT_OTHER_RANK. `levels` is the
    deepest level any rank is paid on.
    """

    levels: int
    num: Int64s
    den: Int64s
    needed: Int16s
    kind: Int8s


def rate_table(bonus: LevelBonus | Breakaway, plan: Plan) -> RateTable:
    """The table of one bonus. Loops over ranks and levels only."""
    ranks, levels = len(plan.ranks), bonus.levels
    num = np.zeros((ranks + 1, levels), dtype=np.int64)
    den = np.ones((ranks + 1, levels), dtype=np.int64)
    needed = np.full((ranks + 1, levels), -1, dtype=np.int16)
    for row, name in enumerate(plan.rank_names):
        for level in range(levels):
            share = Fraction(bonus.multiplier) * bonus.rate(name, level + 1)
            num[row, level], den[row, level] = share.numerator, share.denominator
    for level in range(levels):
        paid = np.flatnonzero(num[:, level])
        for row in np.flatnonzero(num[:, level] == 0).tolist():
            higher = paid[paid > (row if row < ranks else -1)]
            if paid.size:
                needed[row, level] = (higher if higher.size else paid)[0]
    kind = np.select([num > 0, needed >= 0], [np.int8(PAID), np.int8(PAID_AT_OTHER_RANK)], np.int8(UNPAID))
    return RateTable(levels, num.ravel(), den.ravel(), needed.ravel(), kind.ravel())


class Rounding(NamedTuple):
    """How shares are rounded: exact halves to even or away from zero. `in_parts`: a product may leave 64 bits."""

    half_even: bool
    in_parts: bool


def rounding_of(plan_rounding: str, volume: Int64s, rates: Iterable[tuple[int, int]]) -> Rounding:
    """For shares of any of `volume` (minor units) at any of the rates, as numerators and denominators.

    Raises AmountOverflowError when a share may leave 64 bits.
    """
    largest = max(abs(int(volume.min())), abs(int(volume.max()))) if volume.size else 0
    in_parts = False
    for num, den in rates:
        if largest * num // den >= SAFE_SUM:
            raise AmountOverflowError(
                f"{largest} minor units at a rate of {num}/{den} leave 64 bits; check the volumes"
            )
        # What real volumes always take is one product, one division.
        in_parts |= largest * num >= SAFE_SUM
    return Rounding(plan_rounding == "half_even", in_parts)


@compiled
def share_of(base: int, num: int, den: int, half_even: bool, in_parts: bool) -> int:
    """round(base x num / den), exactly, halves away from zero or to even; a negative base mirrors a positive one."""
    volume = abs(base)
    parts = volume // den if in_parts else 0
    shifted = (volume - parts * den) * num + den // 2
    rounded = shifted // den
    exactly_half = den % 2 == 0 and shifted == rounded * den
    rounded += parts * num
    if half_even and exactly_half and rounded % 2 == 1:
        rounded -= 1
    return -rounded if base < 0 else rounded
