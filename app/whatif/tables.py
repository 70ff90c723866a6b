"""The base and its variants beside each other by bonus, rank, region and person: whole columns at a time, loops only
over sides and shown rows. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from app.engine.columns import Bools, Int64s
from app.engine.forest import scatter_sums
from app.reports.models import MOST_ROWS, Cell, Row
from app.reports.tables import share_of
from app.whatif.models import By, Side, SideColumn, SideTable

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take

Figures = Sequence[tuple[int, int]]
"""Of each side how many people, and what they are paid."""


def by_bonus(sides: Sequence[Side]) -> SideTable:
    """Bonuses of every plan; how many each pays, and what. Whoever is paid by several is one of the total."""
    names = dict.fromkeys(name for side in sides for name in side.bonuses)
    rows = [(name, [side.bonuses.get(name, (0, 0)) for side in sides]) for name in names]
    return _table("bonus", sides, rows, [(side.earners, side.amount) for side in sides])


def by_rank(sides: Sequence[Side], enrolled: Bools) -> SideTable:
    """Ranks of every plan, those without one first; how many are paid by each, and what."""
    names = [None, *dict.fromkeys(name for side in sides for name in side.ranks)]
    numbers = [np.array([*(names.index(name) for name in side.ranks), 0], np.int64)[side.pay] for side in sides]
    rows = _grouped(sides, names, numbers, [enrolled] * len(sides))
    return _table("rank", sides, rows, _added_up([figures for _, figures in rows]))


def by_region(sides: Sequence[Side], regions: Sequence[str]) -> SideTable:
    """Regions of the enrolments, the one best paid in the base first; how many are paid something there, and what."""
    encoded = pc.dictionary_encode(pa.array(regions, pa.string()))
    names = [name or None for name in encoded.dictionary.to_pylist()]
    number = encoded.indices.to_numpy().astype(np.int64)
    rows = _grouped(sides, names, [number] * len(sides), [side.amounts != 0 for side in sides])
    rows.sort(key=lambda row: (-row[1][0][1], str(row[0] or "")))
    total, others = _added_up([figures for _, figures in rows]), [figures for _, figures in rows[MOST_ROWS:]]
    rest = (len(others), _added_up(others)) if others else None
    return _table("region", sides, rows[:MOST_ROWS], total, rest)


def by_person(sides: Sequence[Side], shown: Int64s, ids: Sequence[str], names: Mapping[int, str]) -> SideTable:
    """Some people, by ix; everybody else who is paid something by any side is one row."""
    rows = [
        (f"{ids[ix]} {names.get(ix, '')}".rstrip(), [(1, int(side.amounts[ix])) for side in sides])
        for ix in shown.tolist()
    ]
    paid = np.any([side.amounts != 0 for side in sides], axis=0)
    paid[shown] = False
    others = int(np.count_nonzero(paid))
    rest = (others, [(others, int(side.amounts[paid].sum())) for side in sides]) if others else None
    return _table("person", sides, rows, [(len(shown) + others, side.amount) for side in sides], rest)


def _grouped(
    sides: Sequence[Side], labels: Sequence[Cell], numbers: Sequence[Int64s], counted: Sequence[Bools]
) -> list[tuple[Cell, Figures]]:
    """Of each side per ix the number of its label, and whether the person counts."""
    counts = [scatter_sums(*each, len(labels)).tolist() for each in zip(numbers, counted, strict=True)]
    amounts = [
        scatter_sums(number, side.amounts, len(labels)).tolist() for number, side in zip(numbers, sides, strict=True)
    ]
    return [
        (label, list(zip(*of_label, strict=True)))
        for label, *of_label in zip(labels, zip(*counts, strict=True), zip(*amounts, strict=True), strict=True)
    ]


def _added_up(rows: Sequence[Figures]) -> Figures:
    return [(sum(people for people, _ in side), sum(paid for _, paid in side)) for side in zip(*rows, strict=True)]


def _table(
    by: By,
    sides: Sequence[Side],
    rows: Sequence[tuple[Cell, Figures]],
    total: Figures,
    rest: tuple[int, Figures] | None = None,
) -> SideTable:
    """`rest`: how many are in no row, and their figures."""
    return SideTable(
        by=by,
        columns=tuple(_columns(by, sides)),
        rows=[_row(by, label, figures) for label, figures in rows],
        total=_row(by, None, total),
        left_out=0 if rest is None else rest[0],
        rest=None if rest is None else _row(by, None, rest[1]),
    )


def _columns(by: By, sides: Sequence[Side]) -> Iterator[SideColumn]:
    yield SideColumn(by, "text", None, "label")
    for at, side in enumerate(sides):
        if by != "person":
            yield SideColumn(f"{side.name} people", "count", at, "people")
        yield SideColumn(side.name, "amount", at, "amount")
        if at:
            yield SideColumn(f"{side.name} change", "amount", at, "change")
            yield SideColumn(f"{side.name} percent", "share", at, "percent")


def _row(by: By, label: Cell, figures: Figures) -> Row:
    cells: list[Cell] = [label]
    base = figures[0][1]
    for at, (people, amount) in enumerate(figures):
        cells += [amount] if by == "person" else [people, amount]
        if at:
            cells += [amount - base, share_of(amount - base, base)]
    return tuple(cells)
