"""What a period's run says, in plain records. Volumes and money are minor units."""

from dataclasses import dataclass
from fractions import Fraction

NOBODY = -1
NO_RANK = -1
NO_ORDER = -1


@dataclass(frozen=True, order=True)
class Line:
    """Money for one earner from one bonus: of one order on one level, or of one period's match (then order is -1)."""

    bonus: int
    earner: int
    source: int
    order: int
    level: int
    paid_level: int
    rate: Fraction
    base: int
    raw: int
    amount: int
    rank: int


@dataclass(frozen=True, order=True)
class Miss:
    """Somebody who stood in line for money and did not get it. `reason` in words, volumes and money in minor units."""

    bonus: int
    person: int
    order: int
    level: int
    paid_level: int
    reason: str
    rank_needed: int
    needed: int
    actual: int
    forgone: int
    breakage: int


@dataclass(frozen=True)
class Leg:
    """One binary leg of one position over the period: came_in + new = matched + flushed + out."""

    came_in: int
    new: int
    matched: int
    flushed: int
    out: int


@dataclass(frozen=True)
class Balance:
    """Money of one person over the period: came_in + earned + taken_back = paid + out. Below zero they owe it."""

    came_in: int
    earned: int
    taken_back: int
    paid: int
    out: int


@dataclass(frozen=True)
class Pay:
    """Everything a period's run says. Lists have one entry per person, in order of ix."""

    lines: list[Line]
    misses: list[Miss]
    active: list[bool]
    paid_as: list[int]
    title: list[int]
    pay_rank: list[int]
    highest: list[int]
    met: list[int]
    measures: dict[str, list[int]]
    carry: list[tuple[Leg, Leg]]
    by_person: list[list[int]]
    balances: list[Balance]
    amount: int
    pv: int
    cv: int
