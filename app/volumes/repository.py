"""The roll-up's statements. Everything runs inside the transaction that locks the cursor."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from app.facts.calendars import MONTHLY
from app.graph import GraphTransaction
from app.graph.paging import FACTS_A_CALL, ranges
from app.volumes.climb import Ints
from app.volumes.errors import NewerPeriodError, TallyMissingError
from app.volumes.models import TREES, Batch, CursorState, OpenPeriod, Structure, Tree, VolumeFact

_ROWS_A_CALL: Final = 10_000


async def lock_cursor(tx: GraphTransaction, holder: str) -> CursorState:
    """Keep every other roll-up out until the transaction ends, then read how far it is."""
    locked = await tx.run_one("queries/volumes/lock_cursor", {"holder": holder})
    if not locked or not locked["locked"]:
        raise TallyMissingError("The graph has no Cursor 'rollup': run the migrations (banyan migrate) first.")
    (row,) = await tx.run("queries/volumes/read_cursor")
    return CursorState(row["seq"], row["epoch"], row["holder"], row["lease_until"], levels_kept(row))


def levels_kept(row: Mapping[str, int | None]) -> dict[Tree, int]:
    """To how many levels volumes are kept, of each tree that is kept, from columns such as sponsor_levels."""
    levels = {tree: row[f"{tree}_levels"] for tree in TREES}
    return {tree: depth for tree, depth in levels.items() if depth is not None}


async def claim_cursor(tx: GraphTransaction, holder: str, lease_until: int) -> int:
    """Begin a reign; its epoch."""
    (row,) = await tx.run("queries/volumes/claim_cursor", {"holder": holder, "lease_until": lease_until})
    return int(row["epoch"])


async def move_cursor(tx: GraphTransaction, seq: int, lease_until: int) -> int:
    """Say that facts up to `seq` are counted; when that one was recorded, epoch ms, 0 before the first."""
    (row,) = await tx.run("queries/volumes/move_cursor", {"seq": seq, "lease_until": lease_until})
    return int(row["recorded_at"])


async def read_batch(tx: GraphTransaction, after: int, max_facts: int) -> Batch:
    """The next facts that can be counted together; empty (to == after) when there are none."""
    (row,) = await tx.run("queries/volumes/read_batch", {"after_seq": after, "max_facts": max_facts})
    not_yet_closed = await _open_periods(tx, after)
    periods = tuple(period for period in not_yet_closed if period.closed_at(after) is None)
    reopened = tuple(period for period in not_yet_closed if period.closed_at(after) is not None)
    facts = [fact for fact in (Structure(*columns) for columns in row["structure"]) if _matters(fact, periods)]
    moves = [fact.seq for fact in facts if fact.kind in ("Move", "Vacate", "PastMove")]
    to = _end_of_batch(after, row["seqs"], moves, periods, reopened)
    structure = tuple(fact for fact in facts if fact.seq <= to)
    orders = tuple(VolumeFact(*columns) for columns in row["orders"] if columns[0] <= to)
    statuses = tuple((seq, ix) for seq, ix in row["statuses"] if seq <= to)
    now_open = tuple(period for period in reopened if period.closed_at(to) is None)
    return Batch(after, to, structure, statuses, orders, periods, now_open)


def _matters(fact: Structure, periods: Sequence[OpenPeriod]) -> bool:
    """A place of the past changes a tally only if a period that takes volume ended in its time."""
    return fact.kind != "PastMove" or any(fact.held_at(period.ends_at - 1) for period in periods)


def _end_of_batch(
    after: int,
    seqs: Sequence[int],
    moves: Sequence[int],
    periods: Sequence[OpenPeriod],
    reopened: Sequence[OpenPeriod],
) -> int:
    """Up to the first gap (facts of a commit that is still being applied), move, or close of a period; what is counted
    alone (a move, or what opens a period again) is the first, or comes after it."""
    to = after
    for seq in seqs:
        if seq != to + 1:
            break
        to = seq
    closings = (period.next_turn(after) for period in periods)
    alone = (*moves[:1], *(period.next_turn(after) for period in reopened))
    ends = [to, *(seq for seq in closings if seq is not None)]
    return min(*ends, *(max(seq - 1, after + 1) for seq in alone if seq is not None), to)


async def _open_periods(tx: GraphTransaction, after: int) -> tuple[OpenPeriod, ...]:
    (row,) = await tx.run("queries/volumes/open_periods", {"after_seq": after})
    return periods_of(row)


def periods_of(row: Mapping[str, Sequence[Any]]) -> tuple[OpenPeriod, ...]:
    """Periods of parallel lists."""
    return tuple(map(OpenPeriod, row["calendars"], row["numbers"], row["ends_at"], map(tuple, row["turns"])))


async def shifts_while_closed(tx: GraphTransaction, period: OpenPeriod, after: int, to: int) -> list[Structure]:
    """The facts (after, to] that may have changed the trees of the period's end, in their order."""
    shifts = []
    for first, last in ranges(to, FACTS_A_CALL, after):
        shift = {"after_seq": first, "to_seq": last, "before": period.ends_at}
        (row,) = await tx.run("queries/volumes/shifts", shift)
        shifts += [Structure(*columns) for columns in row["structure"]]
    return [fact for fact in shifts if _matters(fact, (period,))]


async def parents(
    tx: GraphTransaction, tree: Tree, ixs: Sequence[int], known: int, before: int
) -> tuple[Sequence[int], Sequence[int]]:
    """Eight levels of the ways up, as edges (children, parents)."""
    (row,) = await tx.run(f"queries/volumes/parents_{tree}", {"ixs": ixs, "known": known, "before": before})
    return row["children"], row["parents"]


async def counts_of(tx: GraphTransaction, tree: Tree, ixs: Sequence[int]) -> dict[int, int]:
    """Subtree heads as stored."""
    (row,) = await tx.run("queries/volumes/counts_of", {"ixs": ixs, "key": f"{tree}_count"})
    return dict(row["counts"])


async def volumes_of(
    tx: GraphTransaction, tree: Tree, period: OpenPeriod, ixs: Sequence[int]
) -> dict[int, tuple[int, int]]:
    """Inclusive (PV, CV) in a period as stored; who has none is left out."""
    (row,) = await tx.run("queries/volumes/volumes_of", {"ixs": ixs, **_slot_keys(period, tree)})
    return {ix: (pv, cv) for ix, pv, cv in row["volumes"]}


async def levels_of(
    tx: GraphTransaction, tree: Tree, period: OpenPeriod, ixs: Sequence[int], depth: int
) -> dict[int, Ints]:
    """Volumes by level in a period as stored (depth, 2): level 0, the person's own and customers', first; who has none
    is left out."""
    (row,) = await tx.run(
        "queries/volumes/levels_of",
        {
            "ixs": ixs,
            "calendar": period.calendar,
            "period": period.number,
            "slot": str(period.slot),
            "levels_key": f"{tree}_levels_{period.slot}",
        },
    )
    found = {}
    for ix, pv, cv, further in row["levels"]:
        volumes = np.zeros(2 * depth, np.int64)
        said = [pv, cv, *(further or ())][: 2 * depth]
        volumes[: len(said)] = said
        found[ix] = volumes.reshape(depth, 2)
    return found


async def keep_levels(tx: GraphTransaction, depths: Mapping[Tree, int]) -> None:
    """Say to how many levels the tallies hold volumes."""
    await tx.run("queries/volumes/keep_levels", {tree: depths.get(tree) for tree in TREES})


async def create_tallies(tx: GraphTransaction, ixs: Sequence[int], seqs: Sequence[int]) -> None:
    """Tallies of newcomers."""
    for first in range(0, len(ixs), _ROWS_A_CALL):
        rows = slice(first, first + _ROWS_A_CALL)
        await tx.run("queries/volumes/create_tallies", {"ixs": ixs[rows], "seqs": seqs[rows]})


async def add_counts(tx: GraphTransaction, tree: Tree, ixs: Ints, heads: Ints, seqs: Ints) -> None:
    """Change subtree heads and versions; `ixs` ascending."""
    for first in range(0, ixs.size, _ROWS_A_CALL):
        rows = slice(first, first + _ROWS_A_CALL)
        (row,) = await tx.run(
            "queries/volumes/add_counts",
            {
                "ixs": ixs[rows].tolist(),
                "heads": heads[rows].tolist(),
                "seqs": seqs[rows].tolist(),
                "count_key": f"{tree}_count",
                "seq_key": f"{tree}_seq",
            },
        )
        _all_there(row["changed"], ixs[rows])


async def add_volumes(
    tx: GraphTransaction, kind: str, period: OpenPeriod, ixs: Ints, volumes: Ints, *, trees: Iterable[Tree]
) -> None:
    """Add (PV, CV) pairs to the slot of a period; `kind` is own, customer or one of the trees that the company keeps,
    `ixs` ascending."""
    for first in range(0, ixs.size, _ROWS_A_CALL):
        rows = slice(first, first + _ROWS_A_CALL)
        (row,) = await tx.run(
            "queries/volumes/add_volumes" if period.calendar == MONTHLY else "queries/volumes/add_first_volumes",
            {
                "ixs": ixs[rows].tolist(),
                "pvs": volumes[rows, 0].tolist(),
                "cvs": volumes[rows, 1].tolist(),
                "blank": _blank(period, trees),
                **_slot_keys(period, kind),
            },
        )
        _all_there(row["changed"], ixs[rows])
        if row["newer"]:
            ix, later = row["newer"][0]
            raise NewerPeriodError(
                f"Volume of {period.calendar} period {period.number} reaches ix {ix}, whose slot {period.slot} already "
                f"holds period {later}: only two periods may take orders at once. Close {period.number}.",
                period=period.number,
                newer=row["newer"],
            )


async def add_levels(tx: GraphTransaction, tree: Tree, period: OpenPeriod, ixs: Ints, volumes: Ints) -> None:
    """Add PV and CV of levels 1, 2, … (n, depth, 2) to the slot of a period, which they have reached before as a whole;
    `ixs` ascending."""
    for first in range(0, ixs.size, _ROWS_A_CALL):
        rows = slice(first, first + _ROWS_A_CALL)
        (row,) = await tx.run(
            "queries/volumes/add_levels",
            {
                "ixs": ixs[rows].tolist(),
                "volumes": volumes[rows].reshape(len(ixs[rows]), -1).tolist(),
                "calendar": period.calendar,
                "period": period.number,
                "tag_key": f"period_{period.slot}",
                "levels_key": f"{tree}_levels_{period.slot}",
            },
        )
        _all_there(row["changed"], ixs[rows])


def _slot_keys(period: OpenPeriod, kind: str) -> dict[str, object]:
    slot = period.slot
    return {
        "calendar": period.calendar,
        "period": period.number,
        "slot": str(slot),
        "tag_key": f"period_{slot}",
        "pv_key": f"{kind}_pv_{slot}",
        "cv_key": f"{kind}_cv_{slot}",
    }


def _blank(period: OpenPeriod, trees: Iterable[Tree]) -> dict[str, int | None]:
    volumes = {f"{kind}_{unit}_{period.slot}": 0 for kind in ("own", "customer", *trees) for unit in ("pv", "cv")}
    by_level = {f"{tree}_levels_{period.slot}": None for tree in trees}
    return {f"period_{period.slot}": period.number, **volumes, **by_level}


def _all_there(changed: int, ixs: Ints) -> None:
    if changed != ixs.size:
        raise TallyMissingError(
            f"{ixs.size - changed} of {ixs.size} people between ix {ixs[0]} and {ixs[-1]} have no tally; nothing was "
            "counted. Run banyan doctor."
        )
