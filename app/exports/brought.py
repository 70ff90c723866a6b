"""Opening figures and statements of a former system, as rows of their files.

Whatever people brought along is told again as it was told. Once a run is committed, its carry-over, the balances that
it leaves and the ranks up to it are the opening figures of the period after it, and take the place of what opened an
earlier one of its calendar.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.blobs.store import BlobStore
from app.facts.calendars import CALENDARS
from app.periods.calendars import name_of, number_after
from app.runs.calculation import stored_plan
from app.runs.models import Run
from app.runs.tables import some_columns
from app.runs.takeover import highest_of

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Achieved:
    """What the last committed run of a calendar leaves, by ix."""

    opens: int
    """The number of the period after it."""
    left: Ints
    right: Ints
    balance: Ints
    rank: Sequence[str]
    """The highest earned so far; empty for none. People who came later are not told of."""
    names: tuple[str, ...]
    """The newest plan's ranks."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One row of openings."""

    calendar: str
    period: int
    left: int
    right: int
    balance: int
    rank: str


def achieved_by(last: Run, people: int, blobs: BlobStore) -> Achieved:
    """What the last committed run of a calendar leaves."""
    left, right, balance = (np.zeros(people, np.int64) for _ in range(3))
    columns = some_columns(blobs.open(last.ranks_blob), ("left_out", "right_out", "balance_out", "highest"))
    known = len(columns["highest"])
    left[:known], right[:known] = columns["left_out"], columns["right_out"]
    balance[:known] = columns["balance_out"]
    names = tuple(stored_plan(last, blobs).rank_names)
    highest = [*columns["highest"].tolist(), *[""] * (people - known)]
    return Achieved(number_after(last.calendar, last.period), left, right, balance, highest, names)


def openings_of(
    page: Mapping[str, Any], brought: Mapping[str, Any], achieved: Mapping[str, Achieved]
) -> dict[str, Any]:
    """The rows of openings of a page of people; `achieved` by calendar in which a run is committed."""
    told: dict[tuple[int, str], Opening] = {}
    for ix, row in zip(brought["opening_ixs"], brought["openings"], strict=True):
        one = Opening(*row)
        told[ix, one.calendar] = one
    rows = [
        (id, opening)
        for ix, id in zip(page["ixs"].tolist(), page["ids"].to_pylist(), strict=True)
        for calendar in CALENDARS
        if (opening := _of_person(ix, calendar, told.get((ix, calendar)), achieved.get(calendar))) is not None
    ]
    return {
        "distributor": pa.array([id for id, _ in rows], pa.string()),
        "period": pa.array([name_of(one.calendar, one.period) for _, one in rows], pa.string()),
        "carry_left": np.array([one.left for _, one in rows], np.int64),
        "carry_right": np.array([one.right for _, one in rows], np.int64),
        "balance": np.array([one.balance for _, one in rows], np.int64),
        "highest_rank": pa.array([one.rank for _, one in rows], pa.string()),
    }


def _of_person(ix: int, calendar: str, told: Opening | None, achieved: Achieved | None) -> Opening | None:
    if achieved is None:
        return told
    said, balance = "" if told is None else told.rank, int(achieved.balance[ix])
    rank = highest_of(said, achieved.rank[ix], achieved.names)
    now = Opening(calendar, achieved.opens, int(achieved.left[ix]), int(achieved.right[ix]), balance, rank)
    # The first person has a row even when it says nothing: that the period is opened must be told.
    empty = ix and not (now.left or now.right or now.balance or now.rank)
    return None if empty else now


def past_statements_of(page: Mapping[str, Any], brought: Mapping[str, Any]) -> dict[str, Any]:
    """The rows of past_statements of a page of people, ordered by calendar, period, bonus, amount and note."""
    told: dict[int, list[tuple[str, int, str]]] = defaultdict(list)
    for ix, (calendar, period, body) in zip(brought["statement_ixs"], brought["statements"], strict=True):
        told[ix].append((calendar, period, body))
    rows: list[tuple[str, str, str, int, str, str]] = []
    for ix, id in zip(page["ixs"].tolist() if told else [], page["ids"].to_pylist(), strict=bool(told)):
        for calendar, number, body in sorted(told.get(ix, ())):
            said, period = json.loads(body), name_of(calendar, number)
            lines = sorted((line["bonus"], line["amount"], line["note"]) for line in said["lines"])
            rows += [(id, period, bonus, amount, said["currency"], note) for bonus, amount, note in lines]
    ids, periods, bonuses, amounts, currencies, notes = zip(*rows, strict=True) if rows else ((),) * 6
    return {
        "distributor": pa.array(ids, pa.string()),
        "period": pa.array(periods, pa.string()),
        "bonus": pa.array(bonuses, pa.string()),
        "amount": np.array(amounts, np.int64),
        "currency": pa.array(currencies, pa.string()),
        "note": pa.array(notes, pa.string()),
    }
