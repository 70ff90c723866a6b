"""What is wrong with a binary bonus although each of its fields is fine by itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from app.plans.shares import Finding, fine_message, percent, too_fine, unknown_rank

if TYPE_CHECKING:
    from app.plans.binary import Binary, Cycle

Path = tuple[str | int, ...]


def binary_errors(path: Path, bonus: Binary, names: Sequence[str]) -> Iterator[Finding]:
    """What makes the bonus at `path` unusable; `names` are the plan's ranks."""
    yield from _method_errors(path, bonus)
    yield from _rate_errors(path, bonus, names)
    if bonus.cycle is not None:
        yield from _pays_errors((*path, "cycle", "pays"), bonus.cycle)
    for key, what in (
        ("cap_per_period", "0 pays nothing"),
        ("cap_per_day", "0 pays nothing"),
        ("aggregate_cap", "0 pays nothing"),
        ("carry_cap", "0 carries nothing"),
    ):
        yield from _table_errors((*path, key), getattr(bonus, key), names, what)
    if bonus.above_cap == "carried" and bonus.method == "volume_ratio":
        yield (
            (*path, "above_cap"),
            "by volume ratio what is paid does not follow what is matched, so it cannot be carried; write lost",
        )


def binary_warnings(path: Path, bonus: Binary, calendar: str) -> Iterator[Finding]:
    """What is probably a slip; `calendar` is the plan's."""
    cycle = bonus.cycle
    if cycle is not None and cycle.pays is not None and cycle.pays > cycle.weak:
        yield (
            (*path, "cycle", "pays"),
            f"a cycle pays {cycle.pays}, more than 100 % of the {cycle.weak} CV that it takes from the weaker leg",
        )
    if bonus.above_cap == "carried" and bonus.cap_per_period is None and bonus.cap_per_day is None:
        lost = "; what is above the aggregate_cap is lost all the same" if bonus.aggregate_cap is not None else ""
        yield (*path, "above_cap"), f"there is no cap_per_period that anything could be above{lost}"
    caps = (bonus.cap_per_period, bonus.cap_per_day, bonus.aggregate_cap)
    if bonus.cap_by == "title" and not any(isinstance(cap, dict) for cap in caps):
        yield (*path, "cap_by"), "no cap is one per rank, so titles do not matter to any"
    if bonus.cap_per_day is not None and calendar == "daily":
        yield (*path, "cap_per_day"), "a period is a day; write cap_per_period"
    if (highest := _beyond_the_days(bonus)) is not None:
        yield (
            (*path, "cap_per_day"),
            f"a position is paid at most {highest} in the whole period, so no day ever reaches its cap_per_day",
        )
    if (least := _beyond_the_owners(bonus)) is not None:
        yield (
            (*path, "aggregate_cap"),
            f"an owner is paid at most {bonus.aggregate_cap}, so no position ever gets its cap_per_period of {least}",
        )


def _beyond_the_owners(bonus: Binary) -> Decimal | None:
    """The lowest cap of a position, where even that is above the one of its owner."""
    own, owners = bonus.cap_per_period, bonus.aggregate_cap
    if own is None or not isinstance(owners, Decimal):
        return None
    least = min(own.values()) if isinstance(own, dict) else own
    return least if least > owners else None


def _beyond_the_days(bonus: Binary) -> Decimal | None:
    """The highest cap of a period, where even that is no more than the lowest one of a day."""
    day, period = bonus.cap_per_day, bonus.cap_per_period
    if day is None or period is None:
        return None
    highest = max(period.values()) if isinstance(period, dict) else period
    return highest if highest <= (min(day.values()) if isinstance(day, dict) else day) else None


def top_rate(bonus: Binary) -> Decimal:
    """The highest share of the base that the bonus pays, to six decimals where a cycle pays money."""
    if bonus.cycle is not None and bonus.cycle.pays is not None:
        return (bonus.cycle.pays / bonus.cycle.weak).quantize(Decimal("0.000001"))
    return max(bonus.rates.values(), default=Decimal(0))


def _method_errors(path: Path, bonus: Binary) -> Iterator[Finding]:
    if bonus.method == "cycles" and bonus.cycle is None:
        yield (*path, "method"), "cycles need to know what one takes, such as cycle: {strong: 200, weak: 100}"
    for key in ("cycle", "max_cycles"):
        if bonus.method != "cycles" and getattr(bonus, key) is not None:
            yield (*path, key), f"it says something of cycles alone, and the method is {bonus.method}"
    if bonus.pays is not None and bonus.multiplier != 1:
        yield (*path, "multiplier"), "a cycle that pays money has no multiplier; leave it out"


def _rate_errors(path: Path, bonus: Binary, names: Sequence[str]) -> Iterator[Finding]:
    if bonus.rate is None and bonus.pays is None:
        told = "this key is required and missing"
        yield (*path, "rate"), f"{told}, or what a cycle pays" if bonus.method == "cycles" else told
    if bonus.rate is not None and bonus.pays is not None:
        yield (*path, "rate"), "the cycle pays money, so there is no rate; leave out one of the two"
    for key, rate in bonus.rates.items():
        if too_fine(rate, bonus.multiplier):
            yield (*path, *key), fine_message(rate, bonus.multiplier)
        if key != ("rate",) and rate * bonus.multiplier > 1:
            reached = percent(rate * bonus.multiplier)
            yield (*path, *key), f"with the multiplier it pays {reached} of what is matched, more than 100 %"
    if isinstance(bonus.rate, dict):
        for name in bonus.rate:
            if name not in names:
                yield (*path, "rate", name), unknown_rank(name, names)
    elif bonus.rate is not None and not isinstance(bonus.rate, Decimal):
        for at, (before, step) in enumerate(pairwise(bonus.rate.steps), start=1):
            if step.from_ <= before.from_:
                yield (
                    (*path, "rate", "steps", at, "from"),
                    f"{step.from_} is not above {before.from_}, which stands before it",
                )


def _pays_errors(path: Path, cycle: Cycle) -> Iterator[Finding]:
    taken = cycle.strong + cycle.weak
    if cycle.pays is not None and cycle.pays > taken:
        yield path, f"a cycle pays {cycle.pays}, more than all the {taken} CV that it takes from both legs"


def _table_errors(path: Path, table: object, names: Sequence[str], nothing: str) -> Iterator[Finding]:
    if not isinstance(table, dict):
        return
    for name in table:
        if name not in names:
            yield (*path, name), unknown_rank(name, names)
    if missing := [name for name in names if name not in table]:
        yield path, f"there is no cap for {', '.join(missing)}; name every rank, {nothing}"
