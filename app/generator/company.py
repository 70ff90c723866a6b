"""`generate(spec) -> Company`: a company with a documented shape, from a seed alone.

The shape (docs/import-format.md says it for people):

- one root; every other person's sponsor enrolled earlier. Half of the newcomers join whoever sponsored a random
  earlier person, half a random earlier person: preferential attachment, so the number of recruits is heavy-tailed;
- joins over three years before the first month and up to the end of the last, denser towards the end;
- binary places by each sponsor's habit: first open slot breadth first (half of sponsors), outside left leg (a third),
  outside right leg (a sixth); well over 30 % of people have a parent other than their sponsor; 1 % have no place yet;
- 3 % suspended, 2 % terminated, never the root; six regions that run in families; titles by number of recruits;
- income centres: 2 % of those with two recruits or more own their first two recruits' positions themselves;
- one retail customer per two distributors, most of them with a few busy sellers;
- in each month about half of the active distributors and three in five customers order once or more often, with
  log-normal amounts (median 60 points); 3 % of the orders come back within ten days, still within the months given.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.generator.placement import BREADTH_FIRST, OUTSIDE_LEFT, OUTSIDE_RIGHT, place_everyone

Ints = NDArray[np.int64]

STATUSES: Final = ("active", "suspended", "terminated")
REGIONS: Final = ("US", "BR", "DE", "IN", "JP", "ZA")
TITLES: Final = ("", "Member", "Silver", "Gold", "Diamond")
MAX_DISTRIBUTORS: Final = 9_999_999
MAX_MONTHS: Final = 24

_DAY_MS: Final = 86_400_000
_HISTORY_MS: Final = 3 * 365 * _DAY_MS
_EDGE_MS: Final = 14 * 3_600_000
"""No order stands nearer than this to a month's edge, so the month holds whatever zone the calendar has."""
_RECRUITS_FOR_TITLE: Final = (1, 3, 8, 20)


@dataclass(frozen=True, slots=True)
class CompanySpec:
    """What to make: how many distributors, from which seed, with orders in which months ("2026-01", …)."""

    distributors: int
    seed: int
    months: tuple[str, ...] = ("2026-01", "2026-02")


@dataclass(frozen=True, slots=True)
class Company:
    """Columns by position. Instants are epoch milliseconds, volumes minor units, -1 means nobody.

    People stand in enrolment order, customers in registration order, orders in order of `order_at`.
    """

    sponsor: Ints
    parent: Ints
    slot: Ints
    enrolled_at: Ints
    status: Ints
    owner: Ints
    region: Ints
    title: Ints
    customer_of: Ints
    registered_at: Ints
    order_buyer: Ints
    """Index of the distributor or of the customer who bought."""
    order_by_customer: NDArray[np.bool_]
    order_at: Ints
    order_pv: Ints
    order_cv: Ints
    return_of: Ints
    """Index of the order that came back."""
    return_at: Ints

    @property
    def spillover_share(self) -> float:
        """The share of placed people whose binary parent is not their sponsor."""
        placed = self.parent >= 0
        return float(np.mean(self.parent[placed] != self.sponsor[placed])) if placed.any() else 0.0


def generate(spec: CompanySpec) -> Company:
    """The company of a spec: the same spec gives the same arrays. O(n log n); about a second for 10,000 at most."""
    months = _months(spec)
    if not 1 <= spec.distributors <= MAX_DISTRIBUTORS:
        raise InvalidInputError(f"{spec.distributors} distributors asked for; give 1 to {MAX_DISTRIBUTORS:,}")
    if spec.seed < 0:
        raise InvalidInputError(f"the seed is {spec.seed}; give zero or more")
    # One stream per topic: a change to one part of the shape leaves the others' draws alone.
    tree, people, retail, sales = (np.random.default_rng([spec.seed, topic]) for topic in range(4))
    count = spec.distributors
    enrolled_at = _joins(tree, count, months[0][0] - _HISTORY_MS, months[-1][1])
    sponsor = _sponsors(tree, count)
    unplaced = tree.random(count) < 0.01
    unplaced[0] = False
    habits = np.array([BREADTH_FIRST, OUTSIDE_LEFT, OUTSIDE_RIGHT])
    parent, slot = place_everyone(sponsor, unplaced, tree.choice(habits, count, p=[3 / 6, 2 / 6, 1 / 6]))
    status = people.choice(3, count, p=[0.95, 0.03, 0.02])
    status[0] = 0
    customer_of, registered_at = _customers(retail, enrolled_at, months[-1][1])
    active = status == 0
    orders = _orders(
        sales,
        months,
        [_Buyers(enrolled_at, active, 0.5, False), _Buyers(registered_at, active[customer_of], 0.6, True)],
    )
    return_of, return_at = _returns(sales, orders[2], months[-1][1] - _EDGE_MS)
    return Company(
        sponsor,
        parent,
        slot,
        enrolled_at,
        status,
        _owners(people, sponsor),
        _regions(people, sponsor),
        np.searchsorted(_RECRUITS_FOR_TITLE, _recruits(sponsor), side="right"),
        customer_of,
        registered_at,
        *orders,
        return_of,
        return_at,
    )


def _months(spec: CompanySpec) -> list[tuple[int, int]]:
    """[start, end) of each month in epoch milliseconds, in order of time."""
    if not 1 <= len(spec.months) <= MAX_MONTHS or len(set(spec.months)) < len(spec.months):
        raise InvalidInputError(f"months {spec.months}: give 1 to {MAX_MONTHS} different ones, such as 2026-01")
    spans = []
    for name in sorted(spec.months):
        try:
            start = datetime.strptime(name, "%Y-%m").replace(tzinfo=UTC)
        except ValueError:
            raise InvalidInputError(f"month {name!r} is not written as YYYY-MM") from None
        end = start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
        spans.append((int(start.timestamp()) * 1000, int(end.timestamp()) * 1000))
    return spans


def _joins(rng: np.random.Generator, count: int, first: int, end: int) -> Ints:
    # The square root makes the company grow steadily; adding the position makes every instant different.
    spread = np.sort((np.sqrt(rng.random(count)) * (end - first - _DAY_MS)).astype(np.int64))
    spread[0] = 0
    return first + spread + np.arange(count)


def _sponsors(rng: np.random.Generator, count: int) -> Ints:
    people = np.arange(count)
    earlier = (rng.random(count) * people).astype(np.int64)
    copies = rng.random(count) < 0.5
    copies[:2] = False
    sponsor = earlier[_resolve(np.where(copies, earlier, people))]
    sponsor[0] = -1
    # A copy of the root's place has no sponsor to share, so it joins the root.
    sponsor[1:][sponsor[1:] < 0] = 0
    return sponsor


def _resolve(link: Ints) -> Ints:
    """Where each chain of links ends; link[i] == i ends it. Pointer doubling: log2(longest chain) rounds."""
    while not np.array_equal(link, further := link[link]):
        link = further
    return link


def _recruits(sponsor: Ints) -> Ints:
    return np.bincount(sponsor[1:], minlength=len(sponsor))


def _owners(rng: np.random.Generator, sponsor: Ints) -> Ints:
    people = np.arange(len(sponsor))
    owns_more = (rng.random(len(sponsor)) < 0.02) & (_recruits(sponsor) >= 2)
    by_sponsor = np.argsort(sponsor, kind="stable")
    first_of_sponsor = np.searchsorted(sponsor[by_sponsor], sponsor[by_sponsor], side="left")
    nth_recruit = np.empty(len(sponsor), dtype=np.int64)
    nth_recruit[by_sponsor] = people - first_of_sponsor
    return _resolve(np.where((sponsor >= 0) & owns_more[sponsor] & (nth_recruit < 2), sponsor, people))


def _regions(rng: np.random.Generator, sponsor: Ints) -> Ints:
    people = np.arange(len(sponsor))
    own = rng.choice(len(REGIONS), len(sponsor), p=[0.3, 0.2, 0.15, 0.15, 0.1, 0.1])
    follows = (rng.random(len(sponsor)) < 0.85) & (sponsor >= 0)
    return own[_resolve(np.where(follows, sponsor, people))]


def _customers(rng: np.random.Generator, enrolled_at: Ints, end: int) -> tuple[Ints, Ints]:
    count = len(enrolled_at) // 2
    reach = np.cumsum(rng.pareto(1.5, len(enrolled_at)) + 0.05)
    seller = np.searchsorted(reach, rng.random(count) * reach[-1], side="right").astype(np.int64)
    since = enrolled_at[seller]
    registered_at = since + (rng.random(count) * (end - since)).astype(np.int64)
    by_date = np.argsort(registered_at, kind="stable")
    return seller[by_date], registered_at[by_date]


@dataclass(frozen=True, slots=True)
class _Buyers:
    since: Ints
    may_buy: NDArray[np.bool_]
    share_a_month: float
    are_customers: bool


def _orders(
    rng: np.random.Generator, months: list[tuple[int, int]], groups: list[_Buyers]
) -> tuple[Ints, NDArray[np.bool_], Ints, Ints, Ints]:
    """Buyer, whether a customer, instant, PV and CV of each order, by instant."""
    buyer, by_customer, placed_at = [], [], []
    for start, end in months:
        for group in groups:
            opens, closes = np.maximum(group.since, start + _EDGE_MS), end - _EDGE_MS
            buys = group.may_buy & (rng.random(len(opens)) < group.share_a_month) & (opens < closes)
            who = np.repeat(np.flatnonzero(buys), np.minimum(rng.geometric(0.85, int(buys.sum())), 4))
            buyer.append(who)
            by_customer.append(np.full(len(who), group.are_customers))
            placed_at.append(opens[who] + (rng.random(len(who)) * (closes - opens[who])).astype(np.int64))
    instants = np.concatenate(placed_at)
    by_date = np.argsort(instants, kind="stable")
    pv = np.clip(rng.lognormal(np.log(6_000), 0.9, len(instants)), 100, 2_000_000).astype(np.int64)
    cv = pv * rng.choice(np.array([60, 80, 100]), len(instants)) // 100
    return np.concatenate(buyer)[by_date], np.concatenate(by_customer)[by_date], instants[by_date], pv, cv


def _returns(rng: np.random.Generator, order_at: Ints, end: int) -> tuple[Ints, Ints]:
    back = np.flatnonzero(rng.random(len(order_at)) < 0.03)
    back_at = (
        order_at[back]
        + 1
        + (rng.random(len(back)) * np.minimum(10 * _DAY_MS, end - order_at[back] - 1)).astype(np.int64)
    )
    by_date = np.argsort(back_at, kind="stable")
    return back[by_date], back_at[by_date]
