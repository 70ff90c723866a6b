"""A comparison for people: a summary for the screen, every difference for a file."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from app.amounts import from_minor
from app.comparing.models import Amounts, Comparison, Difference
from app.errors import InvalidInputError
from app.files import replacing
from app.spreadsheets import guarded

SHOWN: Final = 10
HEADER: Final = ("distributor", "name", "bonus", "theirs", "ours", "difference", "cause", "reason", "note")


def comparison_lines(comparison: Comparison, *, shown: int = SHOWN) -> Iterator[str]:
    """Totals, people, causes and the largest differences."""
    run = comparison.run
    state = f"{run.state}, {'final' if run.final else 'estimate: the period is still open'}"
    yield f"{comparison.file} beside run {run.id} ({state}) by plan {run.plan_name}"
    yield from _totals(comparison)
    people = comparison.people
    yield (
        f"people: {people.equal:,} equal, {people.differing:,} differing, {people.only_theirs:,} paid only by them, "
        f"{people.only_ours:,} paid only by us"
    )
    if comparison.tolerated:
        limit = from_minor(comparison.tolerance)
        yield f"{comparison.tolerated:,} amounts differ by at most {limit} and count as equal"
    if comparison.unknown_bonuses:
        names = _named(comparison.unknown_bonuses, shown)
        yield f"our plan has no bonus called {names}; --bonus-names says what they are called with us"
    if comparison.unused_names:
        yield f"no row of {comparison.file} has the bonus {_named(comparison.unused_names, shown)} of --bonus-names"
    if comparison.equal:
        yield "Equal: every bonus of every person."
        return
    count = len(comparison.differences)
    yield f"{count:,} difference{'' if count == 1 else 's'}, by cause:"
    for cause in comparison.causes:
        yield f"{cause.count:>10,}{from_minor(cause.difference):>16,}  {cause.cause.words}"
    yield "The largest:"
    largest = sorted(comparison.differences, key=lambda each: -abs(each.difference))
    for each in largest[:shown]:
        yield from _one(each)
    if len(largest) > shown:
        yield f"  … and {len(largest) - shown:,} more"


def refuse_to_overwrite(out: Path, read: Iterable[Path]) -> None:
    """Raises InvalidInputError when `out`, which is going to be replaced, is one of the files that are `read`."""
    for path in read:
        try:
            same = out.samefile(path)
        except OSError:  # What cannot be seen is told by whoever opens it.
            same = False
        if same:
            raise InvalidInputError(f"{out} is read and would be replaced by the differences; name another by --out.")


def write_differences(comparison: Comparison, path: Path) -> None:
    """Every difference as CSV, sorted; the file is replaced whole or not at all."""
    with replacing(path) as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(_cells(each) for each in comparison.differences)


def _cells(one: Difference) -> tuple[object, ...]:
    amounts = map(from_minor, (one.theirs, one.ours, one.difference))
    who = map(guarded, (one.distributor, one.name, one.bonus))
    return (*who, *amounts, one.cause.words, guarded(one.reason), guarded(one.note))


def _named(names: list[str], shown: int) -> str:
    more = f" and {rest:,} others" if (rest := len(names) - shown) > 0 else ""
    return ", ".join(map(repr, names[:shown])) + more


def _totals(comparison: Comparison) -> Iterator[str]:
    rows = [*comparison.bonuses, comparison.total]
    width = max(len("bonus"), *(len(row.name) for row in rows)) + 2
    yield f"{'bonus':<{width}}{'theirs':>18}{'ours':>18}{'difference':>18}"
    for row in [*rows[:-1][: SHOWN * 2], rows[-1]]:
        yield f"{row.name:<{width}}{_amounts(row)}"


def _amounts(row: Amounts) -> str:
    return "".join(f"{from_minor(amount):>18,}" for amount in (row.theirs, row.ours, row.difference))


def _one(each: Difference) -> Iterator[str]:
    who = f"{each.distributor} {each.name}".rstrip()
    theirs, ours, difference = map(from_minor, (each.theirs, each.ours, each.difference))
    yield f"  {who}, {each.bonus}: theirs {theirs:,}, ours {ours:,}, difference {difference:,}"
    yield f"    {each.reason}"
    if each.note:
        yield f"    their note: {each.note}"
