"""Differences of two runs for people: a summary for the terminal, and everything by person, bonus and cause as CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Final

import numpy as np

from app.amounts import from_minor
from app.differences.lineup import most_changed, totals_by_bonus
from app.differences.models import MOST_AS_CSV, Amounts, Cause, Differences, LineChange, LinedUp, PersonChange
from app.engine.columns import Int64s
from app.engine.forest import scatter_sums
from app.spreadsheets import guarded

LINES_SHOWN: Final = 3
HEADER: Final = ("row", "distributor", "bonus", "cause", "lines", "change")


def difference_lines(found: Differences) -> Iterator[str]:
    """Totals by bonus, people, causes, and the people of the page with their largest lines."""
    before, after = (f"run {run.id} by plan {run.plan_name}" for run in (found.before, found.after))
    yield f"From {before} to {after}, {found.currency}"
    yield from _table([*found.bonuses, found.total])
    yield f"lines: {found.lines_equal:,} equal, {found.lines_changed:,} changed"
    if found.equal:
        yield "Equal: every line of every person."
        return
    people = found.people
    yield (
        f"people: {people.gaining:,} gain {from_minor(people.gained):,}, {people.losing:,} lose "
        f"{from_minor(people.lost):,}, {people.even:,} get as much by other lines"
    )
    yield "by cause:"
    for each in found.causes:
        yield f"{each.lines:>10,} lines{from_minor(each.change):>16,}  {each.cause.words}"
    for person in found.page:
        yield from person_lines(person)
    others = found.people_changed - found.offset - len(found.page)
    if others > 0:
        yield f"  … and {others:,} other people"


def differences_csv(lined: LinedUp) -> str:
    """A row for each person, bonus and cause: how many lines changed, and by how much. People beyond the 100,000 of the
    largest changes are one row `rest`; the last row is the total. The changes add up to it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    changed, causes = lined.changed, max(Cause) + 1
    key = (changed.person * len(lined.bonuses) + changed.bonus) * causes + lined.cause
    keys, at = np.unique(key, return_inverse=True)
    lines, change = np.bincount(at, minlength=len(keys)), scatter_sums(at, changed.change, len(keys))
    pair, cause = np.divmod(keys, causes)
    person, bonus = np.divmod(pair, len(lined.bonuses))
    rank = _ranks(lined)
    order = np.lexsort((keys, rank[person]))
    shown = order[rank[person[order]] < MOST_AS_CSV]
    columns = (each[shown].tolist() for each in (person, bonus, cause, lines, change))
    for who, what, why, count, moved in zip(*columns, strict=True):
        names = guarded(lined.people[who]), guarded(lined.bonuses[what]), Cause(why).word
        writer.writerow(["row", *names, count, from_minor(moved)])
    if rest := order[len(shown) :].tolist():
        writer.writerow(["rest", "", "", "", int(lines[rest].sum()), from_minor(int(change[rest].sum()))])
    total = sum(each.change for each in totals_by_bonus(lined))
    writer.writerow(["total", "", "", "", len(changed), from_minor(total)])
    return out.getvalue()


def _ranks(lined: LinedUp) -> Int64s:
    """Per person the place in the order of the largest changes."""
    people = most_changed(lined)
    ranks = np.full(len(lined.people), len(lined.people), np.int64)
    ranks[people] = np.arange(len(people))
    return ranks


def _table(rows: list[Amounts]) -> Iterator[str]:
    width = max(len("bonus"), *(len(row.name) for row in rows)) + 2
    yield f"{'bonus':<{width}}{'before':>18}{'after':>18}{'change':>18}"
    for row in rows:
        amounts = "".join(f"{from_minor(amount):>18,}" for amount in (row.before, row.after, row.change))
        yield f"{row.name:<{width}}{amounts}"


def person_lines(person: PersonChange) -> Iterator[str]:
    """A person, their bonuses, and the largest lines of each with the reasons of both sides."""
    who = f"{person.distributor} {person.name}".rstrip()
    yield f"  {who}: {_moved(person.amounts)}"
    for bonus in person.bonuses:
        yield f"    {bonus.amounts.name}: {_moved(bonus.amounts)}"
        for line in bonus.told[:LINES_SHOWN]:
            yield from _line(line)
        if (left := bonus.lines - LINES_SHOWN) > 0:
            yield f"      … and {left:,} more lines"


def _line(line: LineChange) -> Iterator[str]:
    yield f"      {line.cause.words}{f' (order {line.order})' if line.order else ''}"
    yield f"        before: {line.before.words}"
    yield f"        after:  {line.after.words}"


def _moved(amounts: Amounts) -> str:
    return f"{from_minor(amounts.before):,} → {from_minor(amounts.after):,} ({from_minor(amounts.change):+,})"
