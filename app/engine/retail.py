"""Retail margin: the seller's own share of what their customers, or they themselves, buy."""

from fractions import Fraction
from functools import partial

from app.engine.case import Case, Draft
from app.engine.columns import Bools, Int64s
from app.engine.compiled import compiled
from app.engine.ways import NOTHING, Terms, Ways, draft_ways
from app.plans.retail import RetailMargin


def draft_retail(case: Case, index: int, bonus: RetailMargin) -> Draft:
    """One line or one miss an order, on no level; of a rate of 0 neither."""
    share = Fraction(bonus.multiplier) * Fraction(bonus.rate)
    who = ~case.snapshot.people.passed_over & (share > 0)
    walk = partial(_sell, case.ranks.active, who, bonus.of == "personal")
    return draft_ways(case, index, walk, Terms((Fraction(0), share), customers=0, own=0))


@compiled
def _sell(
    active: Bools, who: Bools, own_too: bool, places: Int64s, begin: int, end: int, ways: Ways, size: Int64s, keep: int
) -> None:
    """See ways.Walk. `who` (n) may have a margin."""
    people = len(active)
    for place in places[begin:end]:
        seller = place % people
        if who[seller] and (own_too or place < people):
            at = (ways.first[place] + size[place]) * keep
            ways.person[at] = seller if active[seller] else ~seller
            ways.paid_level[at], ways.needed[at] = 0, -1
            ways.share[at], ways.lost[at] = 1, NOTHING if active[seller] else 1
            size[place] += 1
