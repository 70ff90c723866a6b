"""Runs that were opened: what went in and came out, in memory. The last asked for stay, since many ask about the same.

Opening reads every file of a run: O(people + orders + lines + misses), seconds of a million people, in a thread; the
bench has a row of it. After that a statement costs what it tells.
"""

import asyncio
import sys
from collections import OrderedDict
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from app.blobs.store import BlobStore
from app.engine.because import nearest_sales
from app.engine.columns import Int32s, Int64s
from app.engine.forest import Forest
from app.engine.models import Result
from app.engine.reasons import Names
from app.engine.refunds import as_counted
from app.flights import SingleFlight
from app.plans.models import Plan
from app.runs.calculation import stored_plan, stored_result, stored_snapshot
from app.runs.models import Run, Taken
from app.volumes.models import Tree
from app.volumes.sums import Sold, volume_columns

MIB: Final = 2**20
WAIT_S: Final = 120.0
"""How long others wait for one who opens the run they ask for."""
_VOLUMES_OF_A_TREE: Final = 3
"""Columns of `OpenedRun.volumes`, beside four of people themselves."""
_A_TEXT: Final = 72
"""Bytes of a short text, and of the list's pointer to it."""


@dataclass(frozen=True)
class OpenedRun:
    """A run with everything it is explained from."""

    run: Run
    taken: Taken
    plan: Plan
    result: Result
    ix_of: dict[str, int]
    nearest_sales: dict[int, Int32s]
    size: int
    """Bytes in memory, nearly."""

    @property
    def names(self) -> Names:
        return Names(lambda ix: self.taken.ids[ix], lambda row: self.taken.order_ids[row])

    @cached_property
    def volumes(self) -> dict[str, Int64s]:
        """By ix own_pv, own_cv, customer_pv, customer_cv and, of whole subtrees, sponsor_pv, sponsor_cv, binary_pv,
        binary_cv in minor units; sponsor_people and binary_people, the person among them; of the matrix where one is
        kept."""
        snapshot, orders = self.taken.snapshot, self.taken.snapshot.orders
        trees: dict[Tree, Forest] = {"sponsor": snapshot.sponsor_tree, "binary": snapshot.binary_tree}
        if snapshot.matrix_tree is not None:
            trees["matrix"] = snapshot.matrix_tree
        sold = Sold(orders.seller, orders.buyer, orders.pv, orders.cv)
        people = {f"{tree}_people": whole.sizes for tree, whole in trees.items()}
        return people | volume_columns(len(self.taken.ids), trees, sold)


class OpenedRuns:
    """Keeps up to `most_mib` MiB of runs open; the one asked for last stays however large it is."""

    def __init__(self, blobs: BlobStore, most_mib: int) -> None:
        self._blobs = blobs
        self._most_bytes = most_mib * MIB
        self._opened: OrderedDict[str, OpenedRun] = OrderedDict()
        self._flights: SingleFlight[OpenedRun] = SingleFlight(WAIT_S)
        self._opening = asyncio.Lock()

    async def open(self, run: Run) -> OpenedRun:
        """The run as stored; those who ask for one at the same time open it once. Whoever asks for a run that is open
        waits for nobody."""
        opened = self._opened.get(run.hash)
        if opened is None:
            opened = await self._flights.load(run.hash, lambda: self._open(run))
        if opened.run != run:
            # How far it has come is told by the graph; the files of a hash never change.
            opened = replace(opened, run=run)
        if run.hash in self._opened:
            self._opened[run.hash] = opened
            self._opened.move_to_end(run.hash)
        return opened

    async def _open(self, run: Run) -> OpenedRun:
        # Two runs opened side by side would take the memory of both before either can be given up.
        async with self._opening:
            opened = await asyncio.to_thread(_opened, run, self._blobs)
            self._opened[run.hash] = opened
            while len(self._opened) > 1 and sum(each.size for each in self._opened.values()) > self._most_bytes:
                self._opened.popitem(last=False)
            return opened


def _opened(run: Run, blobs: BlobStore) -> OpenedRun:
    taken, plan = stored_snapshot(run, blobs), stored_plan(run, blobs)
    taken = replace(taken, snapshot=as_counted(taken.snapshot, plan))
    result = stored_result(run, taken, plan, blobs)
    ix_of, nearest = {id: ix for ix, id in enumerate(taken.ids)}, nearest_sales(taken.snapshot, plan, result)
    return OpenedRun(
        run,
        taken,
        plan,
        result,
        ix_of=ix_of,
        nearest_sales=nearest,
        size=_size_of(taken, result, ix_of, nearest),
    )


def _size_of(taken: Taken, result: Result, ix_of: dict[str, int], nearest: dict[int, Int32s]) -> int:
    people, snapshot = len(taken.ids), taken.snapshot
    went_in = (snapshot.people, snapshot.orders, snapshot.clawbacks)
    tables = (*went_in, result.lines, result.misses, result.carry, result.balances)
    columns = [column for table in tables for _, column in table.columns()]
    columns += [result.ranks.actuals, result.ranks.past, result.totals.by_person, *nearest.values()]
    columns += [each.met for each in snapshot.past]
    # Forests of three columns, the ranks, and the volumes, whether or not somebody has asked for them yet.
    trees = 2 if snapshot.matrix_tree is None else 3
    of_people = people * (trees * (3 * 4 + _VOLUMES_OF_A_TREE * 8) + 4 * 8 + 15)
    texts = _A_TEXT * (2 * people + 2 * len(taken.order_ids)) + sys.getsizeof(ix_of) + people * sys.getsizeof(people)
    return sum(column.nbytes for column in columns) + of_people + texts
