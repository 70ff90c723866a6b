"""A what-if for people: tables and causes for the terminal, and every person as CSV or Parquet."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, Literal

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

from app.amounts import from_minor
from app.differences.models import PersonChange
from app.differences.text import person_lines
from app.reports.chart import MOST_BARS, Bar, bars_svg
from app.reports.text import NONE, lines_of
from app.runs.tables import to_parquet
from app.spreadsheets import guarded_column
from app.whatif.models import BASE, By, Side, SideTable, VariantChanges, WhatIf

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
TITLES: Final[dict[By, str]] = {
    "bonus": "Payout by bonus",
    "rank": "Payout by rank",
    "region": "Payout by region",
    "person": "Who gains and who loses most",
}
_HUNDREDTH: Final = pa.scalar(Decimal("0.01"), pa.decimal128(2, 2))
_OF_BASE: Final = "#8a9691"
_OF_VARIANTS: Final = ("#1b6e53", "#1d5fa8", "#8a5a00", "#7a3e9d", "#a33b2a")


def what_if_lines(found: WhatIf) -> Iterator[str]:
    """Totals of the sides, the four tables, and of each variant its causes and people."""
    yield f"{headline(found)}, {found.currency}"
    for side in found.sides:
        yield _side(side, found.sides[0])
    for by, table in found.tables.items():
        yield ""
        yield TITLES[by]
        yield from lines_of(table)
    for side, changes in found.variants:
        yield ""
        yield from _changes(side, changes)


def headline(found: WhatIf) -> str:
    """What the base is."""
    base = found.base
    of = f"run {base.run}" if base.run else f"{base.period.name} as of fact {base.paid.taken.seq:,}"
    return f"What if, beside {of} (snapshot {base.snapshot_hash[:12]})"


def chart_svg(found: WhatIf, by: By) -> str:
    """The amounts of each row side by side: a bar of the base, then one of each variant."""
    table: SideTable = found.tables[by]
    amounts = [at for at, column in enumerate(table.columns) if column.what == "amount"]
    rows = table.rows[: max(1, MOST_BARS // len(amounts))]
    bars = [
        Bar(f"{row[0] or NONE} · {side.name}", int(row[at] or 0), _OF_VARIANTS[number - 1] if number else _OF_BASE)
        for row in rows
        for number, (at, side) in enumerate(zip(amounts, found.sides, strict=True))
    ]
    more = (len(table.rows) + table.left_out - len(rows)) * len(amounts)
    return bars_svg(f"{TITLES[by]}, {found.currency}", bars, f" {found.currency}", more=more)


def everybody(found: WhatIf, written_as: Literal["csv", "parquet"]) -> bytes:
    """A row for each person who had joined: region, and of each side the rank for pay and the amount; of each variant
    the change. Amounts are decimals with two places. Cost: O(people), whole columns at a time."""
    taken, enrolled = found.base.paid.taken, pa.array(found.enrolled)
    columns: dict[str, Any] = {
        "distributor": pa.array(taken.ids, pa.string()),
        "region": pa.array(taken.regions, pa.string()),
    }
    base = found.sides[0].amounts
    for number, side in enumerate(found.sides):
        ranks = pa.array([*side.ranks, ""], pa.string())
        pay = side.pay.astype("int64")
        pay[pay < 0] = len(side.ranks)
        columns[f"{side.name} rank"] = ranks.take(pa.array(pay))
        columns[f"{side.name} amount"] = decimals(side.amounts)
        if number:
            columns[f"{side.name} change"] = decimals(side.amounts - base)
    table = pa.table(columns).filter(enrolled)
    if written_as == "parquet":
        return to_parquet({name: table.column(name).combine_chunks() for name in table.column_names})
    texts = [guarded_column(each) if pa.types.is_string(each.type) else each for each in table.columns]
    sink = pa.BufferOutputStream()
    pa.csv.write_csv(pa.table(texts, table.column_names), sink)
    return bytes(sink.getvalue())


def decimals(minor: Any) -> Any:
    """Minor units as decimals with two places."""
    return pc.multiply(pa.array(minor, pa.int64()).cast(pa.decimal128(19, 0)), _HUNDREDTH)


def _side(side: Side, base: Side) -> str:
    moves = f"; moved: {', '.join(map(str, side.moves))}" if side.moves else ""
    share = "" if side.share is None else f", {from_minor(side.share)} % of CV"
    out = "" if side.paid == side.amount else f", of which and of balances {from_minor(side.paid):,} is paid out"
    change = "" if side is base else f" ({from_minor(side.amount - base.amount):+,})"
    return (
        f"  {side.name}: {from_minor(side.amount):,}{change} to {side.earners:,} people{share}{out}, breakage "
        f"{from_minor(side.breakage):,}; plan {side.plan}{moves}"
    )


def _changes(side: Side, changes: VariantChanges) -> Iterator[str]:
    people = changes.people
    yield f"{side.name}, beside {BASE}: {changes.lines_equal:,} lines equal, {changes.lines_changed:,} changed"
    yield (
        f"people: {people.gaining:,} gain {from_minor(people.gained):,}, {people.losing:,} lose "
        f"{from_minor(people.lost):,}, {people.even:,} get as much by other lines"
    )
    for each in changes.causes:
        yield f"{each.lines:>10,} lines{from_minor(each.change):>16,}  {each.cause.words}"
    told: tuple[tuple[str, list[PersonChange]], ...] = (
        ("gain most:", changes.gaining),
        ("lose most:", changes.losing),
        ("asked for:", changes.named),
    )
    for what, group in told:
        if group:
            yield what
        for person in group:
            yield from person_lines(person)
