"""Pieces of sentences that several parts of a plan say alike."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from app.plans.fields import Cap
from app.plans.levels import LevelRates
from app.plans.shares import percent


def listed(parts: Iterable[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def number(value: Decimal) -> str:
    """`1,200`, `0.5`."""
    return f"{value:,f}"


def by_rank(table: Mapping[str, Decimal], unit: str = "") -> str:
    """`5 % for Member and 7 % for Gold`; without a unit the values are shares."""
    return listed(
        f"{f'{number(value)} {unit}' if unit else percent(value)} for {rank}" for rank, value in table.items()
    )


def capped(cap: Cap, unit: str) -> str:
    """`1,000 EUR`, or by rank."""
    return by_rank(cap, unit) if isinstance(cap, dict) else f"{number(cap)} {unit}"


def levels(rates: LevelRates) -> str:
    """`Member 5 %; Silver 5 %, 3 %`: rates of level 1, 2, ..."""
    return "; ".join(f"{rank} {', '.join(map(percent, of)) or 'nothing'}" for rank, of in rates.items())


def of_volume(multiplier: Decimal) -> str:
    """`the CV`, or the part of it that is commissionable."""
    return "the CV" if multiplier == 1 else f"{percent(multiplier)} of the CV"


def times(count: int, one: str, several: str) -> str:
    """`1 leg`, `2 legs`."""
    return f"{count:,} {one if count == 1 else several}"
