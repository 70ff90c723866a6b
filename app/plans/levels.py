"""Rates by rank and level, which several bonuses have."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from itertools import zip_longest
from typing import Annotated

from pydantic import Field

from app.plans.fields import Name, Rate
from app.plans.shares import Finding, fine_message, too_fine, unknown_rank

LevelRates = Annotated[
    dict[Name, Annotated[tuple[Rate, ...], Field(strict=False, max_length=100)]], Field(min_length=1)
]
"""For each rank the rates of level 1, 2, ..."""


def level_rate(levels: LevelRates, rank: str, level: int) -> Fraction:
    """Rate of a level (from 1) for a rank, 0 where there is none."""
    rates = levels.get(rank, ())
    return Fraction(rates[level - 1]) if 1 <= level <= len(rates) else Fraction(0)


def deepest(levels: LevelRates) -> int:
    """The deepest level any rank is paid on."""
    return max(len(rates) for rates in levels.values())


def top_rates(levels: LevelRates) -> list[Decimal]:
    """Per level the highest rate of any rank."""
    return [max(rates) for rates in zip_longest(*levels.values(), fillvalue=Decimal(0))]


def level_findings(levels: LevelRates, multiplier: Decimal, names: Sequence[str]) -> Iterator[Finding]:
    """Nobody paid, ranks that do not exist, rates that are too fine; paths begin at `levels_by_rank`."""
    if not deepest(levels):
        yield ("levels_by_rank",), "no rank is paid any level; give a rate, such as Member: [5%]"
    for name, rates in levels.items():
        if name not in names:
            yield ("levels_by_rank", name), unknown_rank(name, names)
        for level, rate in enumerate(rates):
            if too_fine(rate, multiplier):
                yield ("levels_by_rank", name, level), fine_message(rate, multiplier)
