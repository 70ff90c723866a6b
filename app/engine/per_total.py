"""Rounding of totals: what a person has of a bonus is added up exactly and rounded once, and its lines share that."""

from typing import Any

import numpy as np

from app.engine.columns import Int16s, Int64s
from app.engine.compiled import compiled
from app.engine.errors import AmountOverflowError
from app.engine.forest import guard_sum
from app.engine.models import Lines, LinesRecord
from app.plans.binary import Binary
from app.plans.leadership import Leadership
from app.plans.models import Bonus, Plan

_FINEST = 2**60
"""Two fractions in units of this many parts are added up within 64 bits."""
_TOO_FINE = -1


def is_of_orders(bonus: Bonus) -> bool:
    """Whether its lines are shares of orders. What others pay is a total already: of legs, or of a group."""
    return not isinstance(bonus, Binary | Leadership)


def round_totals(lines: Lines, plan: Plan) -> None:
    """Write into `raw` and `amount` what each line has of its person's total of the bonus, where the plan rounds that:
    by largest remainder, so that lines add up to it; of equal fractions the line that stands first has more.

    The lines are sorted by person and bonus. Raises AmountOverflowError.
    """
    if plan.rounded_per == "line":
        return
    guard_sum("all amounts", lines.amount)
    parts = np.array([int(is_of_orders(bonus)) for bonus in plan.bonuses], dtype=np.int64)
    _common_parts(lines.bonus, lines.rate_den, parts)
    for bonus, of in zip(plan.bonuses, parts.tolist(), strict=True):
        if of == _TOO_FINE:
            raise AmountOverflowError(
                f"the rates of {bonus.name!r} have too many digits to be added up exactly in 64 bits; shorten them"
            )
    _share_out(lines.as_record(LinesRecord), parts, plan.rounding == "half_even")


# -------------------------------------------------------------------------------------------------------------- kernels


@compiled
def _common_parts(bonus: Int16s, den: Int64s, parts: Int64s) -> None:
    """In how many parts of a minor unit all lines of each bonus can be told; `parts` begins as 1, or 0 where nobody
    asks, and is _TOO_FINE where there are too many."""
    for at in range(len(bonus)):
        of = parts[bonus[at]]
        if of > 0 and of % den[at] != 0:
            common, rest = of, den[at]
            while rest > 0:
                common, rest = rest, common % rest
            times = den[at] // common
            parts[bonus[at]] = of * times if of <= _FINEST // times else _TOO_FINE


@compiled
def _share_out(line: Any, parts: Int64s, half_even: bool) -> None:
    """Round down, and give what is left of the rounded total to the lines with the largest fractions."""
    first, rows = 0, len(line.bonus)
    while first < rows:
        of, end = parts[line.bonus[first]], first + 1
        while end < rows and line.bonus[end] == line.bonus[first] and line.earner[end] == line.earner[first]:
            end += 1
        if of > 0:
            fractions = np.empty(end - first, dtype=np.int64)
            given, beyond, fraction = 0, 0, 0
            for at in range(first, end):
                base, num, den = line.base[at], line.rate_num[at], line.rate_den[at]
                # In parts, since the product may leave 64 bits.
                within = base % den * num
                line.amount[at] = base // den * num + within // den
                fractions[at - first] = within % den * (of // den)
                given += line.amount[at]
                fraction += fractions[at - first]
                if fraction >= of:
                    fraction, beyond = fraction - of, beyond + 1
            total = given + beyond
            exactly_half = 2 * fraction == of
            # Halves go away from zero, or to the even one.
            up = 2 * fraction > of or (exactly_half and (total % 2 == 1 if half_even else total >= 0))
            left = beyond + 1 if up else beyond
            if left > 0:
                # Sorting keeps equals in their order.
                largest = np.argsort(-fractions, kind="mergesort")
                for place in range(left):
                    line.amount[first + largest[place]] += 1
            for at in range(first, end):
                line.raw[at] = line.amount[at]
        first = end
