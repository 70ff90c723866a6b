"""Rates as reduced fractions in tables, and exact products rounded to the minor unit."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from app.engine.columns import Bools, Int16s, Int64s
from app.engine.errors import AmountOverflowError
from app.engine.forest import SAFE_SUM
from app.plans.models import Plan, Unilevel


@dataclass(frozen=True, slots=True)
class RateTable:
    """multiplier x rate by rank and level, flattened: look up at `cells(rank, paid_level)`.

    `needed` is the rank index that would be paid where this rank is not: the next higher one that is, else the lowest
    one; -1 where this rank is paid, or where no rank is. `levels` is the deepest level any rank is paid on.
    """

    levels: int
    num: Int64s
    den: Int64s
    needed: Int16s

    def cells(self, rank: Int16s, paid_level: Int64s) -> Int64s:
        """Index of each (rank, level from 1). No rank, -1, counts from the end: the table's last row is its row."""
        return rank * np.int64(self.levels) + (paid_level - 1)


def rate_table(bonus: Unilevel, plan: Plan) -> RateTable:
    """The table of one bonus. Loops over ranks and levels only."""
    ranks, levels = len(plan.ranks), bonus.depth
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
    return RateTable(levels, num.ravel(), den.ravel(), needed.ravel())


def share_of(base: Int64s, num: Int64s, den: Int64s, rounding: str) -> Int64s:
    """round(base x num / den), exactly, halves away from zero (half_up) or to even; a negative base mirrors a positive
    one.

    Raises AmountOverflowError when a result may leave 64 bits.
    """
    if not base.size:
        return np.zeros(0, dtype=np.int64)
    largest, most = max(abs(int(base.min())), abs(int(base.max()))), int(num.max())
    volume = np.abs(base)
    if largest * most < SAFE_SUM:
        # What real volumes always take: one product, one division.
        rounded = _divided(volume * num, den, rounding)
    elif largest * most // int(den.min()) < SAFE_SUM:
        parts = volume // den
        rounded = parts * num + _divided((volume - parts * den) * num, den, rounding, odd=(parts * num) % 2 == 1)
    else:
        raise AmountOverflowError(
            f"{largest} minor units at a rate of up to {most}/{int(den.min())} leave 64 bits; check the volumes"
        )
    return np.where(base < 0, -rounded, rounded)


def _divided(product: Int64s, den: Int64s, rounding: str, odd: Bools | None = None) -> Int64s:
    """product / den rounded, product >= 0. `odd` says where an odd number is still to be added, for "half to even"."""
    shifted = product + den // 2
    whole = shifted // den
    if rounding == "half_even":
        half = (den % 2 == 0) & (shifted == whole * den)
        uneven = (whole % 2 == 1) if odd is None else (whole % 2 == 1) ^ odd
        whole -= half & uneven
    return whole
