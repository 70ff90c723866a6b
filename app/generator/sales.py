"""Retail customers, orders and returns of a company."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from app.generator.models import ACTIVE, Bools, Ints
from app.generator.months import DAY_MS, EDGE_MS, LocalClock, Month

DISTRIBUTORS_BUY: Final = 0.5
CUSTOMERS_BUY: Final = 0.6
_RETURNED: Final = 0.03
_RETURNS_MS: Final = 10 * DAY_MS
_LATE: Final = 0.1
_LATE_MS: Final = 5 * DAY_MS


@dataclass(frozen=True, slots=True)
class Orders:
    """By instant."""

    buyer: Ints
    by_customer: Bools
    at: Ints
    pv: Ints
    cv: Ints
    late: Bools


@dataclass(frozen=True, slots=True)
class Buyers:
    """One group of buyers: since when each is there, whether they may buy, where they live."""

    since: Ints
    may_buy: Bools
    region: Ints
    share_a_month: float
    are_customers: bool


def customers(rng: np.random.Generator, enrolled_at: Ints, end: int) -> tuple[Ints, Ints]:
    """Whose each customer is, and since when; one for every two distributors, most with a few busy sellers."""
    count = len(enrolled_at) // 2
    reach = np.cumsum(rng.pareto(1.5, len(enrolled_at)) + 0.05)
    seller = np.searchsorted(reach, rng.random(count) * reach[-1], side="right").astype(np.int64)
    since = enrolled_at[seller]
    registered_at = since + (rng.random(count) * (end - since)).astype(np.int64)
    by_date = np.argsort(registered_at, kind="stable")
    return seller[by_date], registered_at[by_date]


def buyer_groups(
    status: Ints, region: Ints, enrolled_at: Ints, customer_of: Ints, registered_at: Ints
) -> tuple[Buyers, Buyers]:
    """Distributors who are active, and the customers of those."""
    active = status == ACTIVE
    return (
        Buyers(enrolled_at, active, region, DISTRIBUTORS_BUY, False),
        Buyers(registered_at, active[customer_of], region[customer_of], CUSTOMERS_BUY, True),
    )


def orders(rng: np.random.Generator, months: Sequence[Month], groups: Sequence[Buyers]) -> Orders:
    """What is bought in each month, and which of it is known only after the month."""
    clock = LocalClock(months[0].start, months[-1].end)
    buyer, by_customer, placed_at, at_the_end = [], [], [], []
    for month in months:
        for group in groups:
            who, at = _bought(rng, month, group, clock)
            buyer.append(who)
            by_customer.append(np.full(len(who), group.are_customers))
            placed_at.append(at)
            at_the_end.append(at >= month.end - _LATE_MS)
    instants = np.concatenate(placed_at)
    by_date = np.argsort(instants, kind="stable")
    pv = np.clip(rng.lognormal(np.log(6_000), 0.9, len(instants)), 100, 2_000_000).astype(np.int64)
    cv = pv * rng.choice(np.array([60, 80, 100]), len(instants)) // 100
    late = np.concatenate(at_the_end)[by_date] & (rng.random(len(instants)) < _LATE)
    return Orders(np.concatenate(buyer)[by_date], np.concatenate(by_customer)[by_date], instants[by_date], pv, cv, late)


def _bought(rng: np.random.Generator, month: Month, group: Buyers, clock: LocalClock) -> tuple[Ints, Ints]:
    """Who bought and when: one to four orders each, none before they were there nor near the month's edge."""
    opens, closes = np.maximum(group.since, month.start + EDGE_MS), month.end - EDGE_MS
    share = group.share_a_month * month.season
    buys = group.may_buy & (rng.random(len(opens)) < share) & (opens < closes)
    who = np.repeat(np.flatnonzero(buys), np.minimum(rng.geometric(0.85, int(buys.sum())), 4))
    earliest = opens[who]
    at = earliest + (rng.random(len(who)) * (closes - earliest)).astype(np.int64)
    by_day = clock.in_the_day(rng, at, group.region[who])
    return who, np.where((by_day >= earliest) & (by_day < closes), by_day, at)


def returns(rng: np.random.Generator, order_at: Ints, last_month_end: int) -> tuple[Ints, Ints]:
    """Which orders come back, and when: within ten days and before the last month's edge, by instant."""
    back = np.flatnonzero(rng.random(len(order_at)) < _RETURNED)
    sold_at = order_at[back]
    longest = np.minimum(_RETURNS_MS, last_month_end - EDGE_MS - sold_at - 1)
    back_at = sold_at + 1 + (rng.random(len(back)) * longest).astype(np.int64)
    by_date = np.argsort(back_at, kind="stable")
    return back[by_date], back_at[by_date]
