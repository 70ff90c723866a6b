"""What a plan's binary bonus says of each position: what of a match is paid, and the caps."""

from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from app.amounts import to_minor
from app.engine.case import Case
from app.engine.columns import Int16s, Int64s, sealed
from app.engine.forest import scatter_sums
from app.engine.legs import UNLIMITED, Way, way_of
from app.engine.models import Ranks, Snapshot
from app.engine.rates import Rounding, rounding_of
from app.plans.binary import Binary, RateByVolume
from app.plans.fields import Cap
from app.plans.models import Plan


class Legs(NamedTuple):
    """Available volume (carry-in + new) of every position, minor CV, shape (n,)."""

    left: Int64s
    right: Int64s


class Terms(NamedTuple):
    """How legs are matched; the shares of matched CV and whose each person's is; rounding; the caps of the period and
    of a day in minor money by rank, of none at last, and the rank by which each person has theirs; whether what they
    cut off is carried."""

    way: Way
    num: Int64s
    den: Int64s
    row: Int16s
    rounding: Rounding
    cap: Int64s
    day_cap: Int64s
    cap_row: Int16s
    carried: bool


class Come(NamedTuple):
    """What each position comes to, shape (n,): base, raw and amount as in `Settled`, and of raw what the caps of its
    days leave; left and right are taken of the legs, 0 where nothing is matched."""

    base: Int64s
    raw: Int64s
    due: Int64s
    amount: Int64s
    left: Int64s
    right: Int64s


class Shares(NamedTuple):
    """What is paid of each minor unit of a base, as many as the plan knows, and the number of each person's (n); no
    rank, -1, counts from the end."""

    all: list[Fraction]
    row: Int16s

    @property
    def pairs(self) -> list[tuple[int, int]]:
        """As numerators and denominators."""
        return [(share.numerator, share.denominator) for share in self.all]


def terms_of(case: Case, bonus: Binary, shares: Shares, bases: Int64s) -> Terms:
    """`bases`: the largest that there are. Raises AmountOverflowError."""
    num, den = np.array(shares.pairs, dtype=np.int64).T.copy()
    return Terms(
        way=way_of(bonus),
        num=num,
        den=den,
        row=shares.row,
        rounding=rounding_of(case.plan.rounding, bases, shares.pairs),
        cap=caps_of(case.plan, bonus.cap_per_period),
        day_cap=caps_of(case.plan, bonus.cap_per_day),
        cap_row=cap_rows(case.ranks, bonus),
        carried=bonus.above_cap == "carried",
    )


def shares_of(case: Case, bonus: Binary) -> Shares:
    """The shares that the bonus pays, and which of them each person is paid."""
    rate, names = bonus.rate, case.plan.rank_names
    if isinstance(rate, RateByVolume):
        begins = np.array([to_minor(step.from_) for step in rate.steps], dtype=np.int64)
        reached = np.searchsorted(begins, _own_volume(case.whole, case.ranks, rate), side="right")
        return Shares(
            [share_of_base(bonus, each) for each in (Decimal(0), *(step.rate for step in rate.steps))], _rows(reached)
        )
    if isinstance(rate, dict):
        return Shares(
            [share_of_base(bonus, bonus.rate_of(name, Decimal(0))) for name in (*names, None)], case.ranks.pay
        )
    return Shares([share_of_base(bonus, rate or Decimal(0))], _rows(np.zeros(len(case.snapshot.people))))


def share_of_base(bonus: Binary, rate: Decimal) -> Fraction:
    """Of the base: what is paid of each minor unit."""
    if bonus.cycle is not None and bonus.cycle.pays is not None:
        return Fraction(to_minor(bonus.cycle.pays), to_minor(bonus.cycle.weak))
    return Fraction(bonus.multiplier) * Fraction(rate)


def caps_of(plan: Plan, cap: Cap | None) -> Int64s:
    """Minor units by rank. Where caps go by rank, it is 0 without one, which is the last entry."""
    if isinstance(cap, dict):
        return np.array([*(to_minor(cap[name]) for name in plan.rank_names), 0], dtype=np.int64)
    return np.full(len(plan.ranks) + 1, UNLIMITED if cap is None else to_minor(cap), dtype=np.int64)


def cap_rows(ranks: Ranks, bonus: Binary) -> Int16s:
    """The rank index by which each person has their caps (n), -1 without one."""
    return ranks.title if bonus.cap_by == "title" else ranks.pay


def limit_of(plan: Plan, cap: Cap | None, rank: int) -> int:
    """The cap of somebody of that rank, minor units; UNLIMITED without one."""
    return int(caps_of(plan, cap)[rank])


def keeps_when_inactive(bonus: Binary) -> bool:
    """Whether an inactive position keeps what it would have matched."""
    return bonus.carry == "net_off" and not bonus.flush_inactive


def own_volume_of(snapshot: Snapshot, ranks: Ranks, bonus: Binary, person: int) -> int:
    """The volume of their own that a person's rate goes by, minor units; 0 where it does not."""
    if not isinstance(bonus.rate, RateByVolume):
        return 0
    if bonus.rate.by == "personal_pv":
        return int(ranks.actual("personal_pv")[person])
    return int(snapshot.orders.cv[snapshot.orders.seller == person].sum())


def _own_volume(snapshot: Snapshot, ranks: Ranks, rate: RateByVolume) -> Int64s:
    """The volume of their own that each person's rate goes by (n), minor units: all orders of the seller."""
    if rate.by == "personal_pv":
        return ranks.actual("personal_pv")
    return scatter_sums(snapshot.orders.seller, snapshot.orders.cv, len(snapshot.people))


def _rows(values: Any) -> Int16s:
    return sealed(values.astype(np.int16))
