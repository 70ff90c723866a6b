"""Rates as reduced fractions in tables, and exact products rounded to the minor unit."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from app.engine.columns import Bools, Int16s, Int64s
from app.engine.errors import AmountOverflowError
from app.engine.forest import SAFE_SUM
from app.plans.models import Plan, Unilevel


@dataclass(frozen=True, slots=True)
class RateTable:
    """multiplier x rate by (rank, level - 1), shape (ranks + 1, levels): the last row, index -1, is "no rank".

    `needed` is the rank index that would be paid where this rank is not: the next higher one that is, else the lowest
    one; -1 where this rank is paid, or where no rank is.
    """

    num: Int64s
    den: Int64s
    needed: Int16s

    @property
    def levels(self) -> int:
        """The deepest level any rank is paid on."""
        return int(self.num.shape[1])


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
    return RateTable(num, den, needed)


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
        # One division instead of three: what real volumes always take.
        product = volume * num
        whole = product // den
        rest = product - whole * den
    else:
        if largest * most // int(den.min()) >= SAFE_SUM:
            raise AmountOverflowError(
                f"{largest} minor units at a rate of up to {most}/{int(den.min())} leave 64 bits; check the volumes"
            )
        parts = volume // den
        tail = (volume - parts * den) * num
        whole = tail // den
        rest = tail - whole * den
        whole += parts * num
    rounded: Int64s = np.where(base < 0, -1, 1) * (whole + _rounds_up(whole, rest, den, rounding))
    return rounded


def _rounds_up(whole: Int64s, rest: Int64s, den: Int64s, rounding: str) -> Bools:
    above = rest > den - rest
    half: NDArray[np.bool_] = rest == den - rest
    result: Bools = above | (half if rounding == "half_up" else half & (whole % 2 == 1))
    return result
