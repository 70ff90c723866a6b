"""What kind of difference each is, for all at once. Of the rules that we missed, the one that withheld most decides."""

from typing import Any, Final

import numpy as np

from app.comparing.models import MOST_ROUNDED, Cause, Ints, LineUp
from app.engine.columns import Bools, Int16s, Int32s
from app.engine.forest import scatter_sums
from app.engine.models import Reason, Result

_MISSED: Final = {
    Reason.INACTIVE_STATUS: Cause.INACTIVE_STATUS,
    Reason.INACTIVE_VOLUME: Cause.INACTIVE_VOLUME,
    Reason.RANK_DEPTH: Cause.RANK_DEPTH,
    Reason.WEAK_LEG_EMPTY: Cause.WEAK_LEG_EMPTY,
    Reason.CAPPED: Cause.CAPPED,
    Reason.GATE_CUSTOMER_PV: Cause.GATE_CUSTOMER_PV,
    Reason.GATE_CUSTOMER_SHARE: Cause.GATE_CUSTOMER_SHARE,
    Reason.GATE_MAJORITY: Cause.GATE_MAJORITY,
    Reason.CAPPED_OWNER: Cause.CAPPED_OWNER,
    Reason.CAPPED_DAY: Cause.CAPPED_DAY,
    Reason.GATE_CUSTOMERS: Cause.GATE_CUSTOMERS,
}


def causes_of(lined: LineUp, rows: Ints, result: Result, enrolled: Bools) -> Ints:
    """A Cause for each of the rows of `lined` that differ."""
    person, bonus = lined.person[rows], lined.bonus[rows]
    theirs, ours = lined.theirs[rows], lined.ours[rows]
    stranger = person >= len(enrolled)
    joined = np.zeros(len(rows), dtype=bool)
    joined[~stranger] = enrolled[person[~stranger]]
    wanted = person * len(lined.bonuses) + bonus
    lines = _count(_pairs(lined, result.lines.earner, result.lines.bonus), wanted)
    missed = _count(_pairs(lined, result.misses.person, result.misses.bonus), wanted)
    withheld = _withheld(lined, wanted, result)
    worst = np.array([_MISSED[reason] for reason in Reason])[np.argmax(withheld, axis=0)]
    more = ours > theirs
    both = (theirs != 0) & (ours != 0)
    rounded = np.minimum((lines + 1) // 2, MOST_ROUNDED)
    # Misses explain why we pay less, never why we pay more; and 3.00 withheld are no reason for 15.00.
    explained = withheld.any(axis=0) & (withheld.sum(axis=0) >= theirs - ours - rounded)
    causes: Ints = np.select(
        [
            stranger,
            ~joined,
            bonus >= lined.planned,
            ~more & explained,
            both & (np.abs(ours - theirs) <= rounded),
            more & (theirs == 0),
            more,
            lines + missed == 0,
        ],
        [
            np.full(len(rows), Cause.UNKNOWN_PERSON),
            np.full(len(rows), Cause.NOT_JOINED),
            np.full(len(rows), Cause.UNKNOWN_BONUS),
            worst,
            np.full(len(rows), Cause.ROUNDING),
            np.full(len(rows), Cause.ONLY_OURS),
            np.full(len(rows), Cause.MORE),
            np.full(len(rows), Cause.NOTHING_REACHES),
        ],
        Cause.LESS,
    )
    return causes


def rows_of_pairs(lined: LineUp, rows: Ints, people: Int32s, bonuses: Int16s) -> tuple[Ints, Ints]:
    """First and after the last row of each pair, in a table of the run that is sorted by person and bonus."""
    wanted = lined.person[rows] * len(lined.bonuses) + lined.bonus[rows]
    pairs = _pairs(lined, people, bonuses)
    return np.searchsorted(pairs, wanted), np.searchsorted(pairs, wanted, side="right")


def _pairs(lined: LineUp, people: Int32s, bonuses: Int16s) -> Any:
    return people.astype(np.int64) * len(lined.bonuses) + bonuses


def _count(pairs: Any, wanted: Ints) -> Any:
    return np.searchsorted(pairs, wanted, side="right") - np.searchsorted(pairs, wanted)


def _withheld(lined: LineUp, wanted: Ints, result: Result) -> Ints:
    """What each rule withheld from each pair, shape (rules, pairs); none where returns outweigh the orders."""
    misses = result.misses
    pairs = _pairs(lined, misses.person, misses.bonus)
    at = np.searchsorted(wanted, pairs)
    of_wanted = np.flatnonzero(at < len(wanted))
    of_wanted = of_wanted[wanted[at[of_wanted]] == pairs[of_wanted]]
    rule = misses.reason[of_wanted].astype(np.int64) - 1
    cells = scatter_sums(rule * len(wanted) + at[of_wanted], misses.forgone[of_wanted], len(Reason) * len(wanted))
    return np.maximum(cells, 0).reshape(len(Reason), len(wanted))
