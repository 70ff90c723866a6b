"""Checks of decided ranks: what was said of whom, in the order in which it was said."""

from collections import defaultdict
from datetime import date

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.facts.limits import MAX_ID, MAX_TEXT
from app.imports import columns as col
from app.imports.files import Input, Table
from app.imports.models import Reason, SaidOfRank, Stored
from app.imports.trees import Checked, People, report_unknown

COLUMNS = ("rank", "since", "until", "author", "reason")


def check_rank_overrides(read: Input, people: People, stored: Stored) -> Checked:
    """Check decided ranks; texts by column, with `who`, and `number`: the how manyth that is said of that person, from
    0. Rows are few, and each hangs on the one before."""
    table, who = read.tables["rank_overrides"], people.rows.rank_decided
    col.check_text(table, "distributor", MAX_ID, required=True)
    report_unknown(table, "distributor", Reason.UNKNOWN_DISTRIBUTOR, people, who)
    for name, required in (("rank", False), ("author", True), ("reason", True)):
        col.check_text(table, name, MAX_TEXT, required=required)
    texts = {name: table.texts[name].to_pylist() for name in COLUMNS}
    said: list[SaidOfRank] = list(zip(*texts.values(), strict=True))
    _check_days(table, said)
    unchanged, number = _beside_stored(table, said, stored)
    columns = {name: table.texts[name] for name in ("distributor", *COLUMNS)}
    return Checked(unchanged, columns | {"who": who, "number": pa.array(number, pa.int64())})


def _check_days(table: Table, said: list[SaidOfRank]) -> None:
    blames = defaultdict[tuple[str, Reason], list[int]](list)
    for row, (rank, since, until, *_) in enumerate(said):
        for name, day in (("since", since), ("until", until)):
            if not day and (name == "since" or rank):
                blames[name, Reason.EMPTY].append(row)
            elif day and not _is_day(day):
                blames[name, Reason.BAD_DAY].append(row)
        if until and not rank:
            blames["rank", Reason.EMPTY].append(row)
        elif rank and until < since:
            blames["until", Reason.ENDS_EARLIER].append(row)
    for (column, reason), rows in blames.items():
        table.blame(column, reason, rows, "such as 2026-12-31" if reason is Reason.BAD_DAY else "")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _beside_stored(table: Table, said: list[SaidOfRank], stored: Stored) -> tuple[NDArray[np.bool_], list[int]]:
    """Which rows are stored already, and the number of each among what is said of its person, stored or not."""
    unchanged, number, nothing_ends = np.zeros(len(table), dtype=bool), [0] * len(table), list[int]()
    lasts = {id: kept[-1][2] for id, kept in stored.rank_overrides.items()}
    counts = {id: len(kept) for id, kept in stored.rank_overrides.items()}
    left = {id: list(kept) for id, kept in stored.rank_overrides.items()}
    for row, (id, one) in enumerate(zip(table.texts["distributor"].to_pylist(), said, strict=True)):
        if one in left.get(id, ()):
            left[id].remove(one)
            unchanged[row] = True
            continue
        number[row], counts[id] = counts.get(id, 0), counts.get(id, 0) + 1
        rank, since, until, *_ = one
        if not rank and lasts.get(id, "") < since:
            nothing_ends.append(row)
        lasts[id] = until
    table.blame("rank", Reason.NOTHING_ENDS, [row for row in nothing_ends if not table.bad[row]])
    return unchanged, number
