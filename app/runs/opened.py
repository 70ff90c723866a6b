"""Runs that were opened: what went in and came out, in memory. The newest stay, since many ask about the same ones."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from app.blobs.store import BlobStore
from app.engine.because import nearest_sales
from app.engine.columns import Int32s, Int64s
from app.engine.forest import Forest
from app.engine.models import Result
from app.engine.reasons import Names
from app.plans.models import Plan
from app.runs.calculation import stored_plan, stored_result, stored_snapshot
from app.runs.models import Run, Taken
from app.volumes.models import Tree
from app.volumes.sums import Sold, volume_columns

RUNS_KEPT_OPEN: Final = 2


@dataclass(frozen=True)
class OpenedRun:
    """A run with everything it is explained from."""

    run: Run
    taken: Taken
    plan: Plan
    result: Result
    ix_of: dict[str, int]
    nearest_sales: dict[str, Int32s]

    @property
    def names(self) -> Names:
        return Names(lambda ix: self.taken.ids[ix], lambda row: self.taken.order_ids[row])

    @cached_property
    def volumes(self) -> dict[str, Int64s]:
        """By ix own_pv, own_cv, customer_pv, customer_cv and, of whole subtrees, sponsor_pv, sponsor_cv, binary_pv,
        binary_cv in minor units; sponsor_people and binary_people, the person among them."""
        snapshot, orders = self.taken.snapshot, self.taken.snapshot.orders
        trees: dict[Tree, Forest] = {"sponsor": snapshot.sponsor_tree, "binary": snapshot.binary_tree}
        sold = Sold(orders.seller, orders.buyer, orders.pv, orders.cv)
        people = {f"{tree}_people": whole.sizes for tree, whole in trees.items()}
        return people | volume_columns(len(self.taken.ids), trees, sold)


class OpenedRuns:
    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs
        self._opened: OrderedDict[str, OpenedRun] = OrderedDict()
        self._opening = asyncio.Lock()

    async def open(self, run: Run) -> OpenedRun:
        """The run as stored."""
        async with self._opening:
            opened = self._opened.get(run.id)
            if opened is None or opened.run.state != run.state:
                opened = await asyncio.to_thread(_opened, run, self._blobs)
                self._opened[run.id] = opened
                while len(self._opened) > RUNS_KEPT_OPEN:
                    self._opened.popitem(last=False)
            self._opened.move_to_end(run.id)
            return opened


def _opened(run: Run, blobs: BlobStore) -> OpenedRun:
    taken, plan = stored_snapshot(run, blobs), stored_plan(run, blobs)
    result = stored_result(run, taken, plan, blobs)
    return OpenedRun(
        run,
        taken,
        plan,
        result,
        ix_of={id: ix for ix, id in enumerate(taken.ids)},
        nearest_sales=nearest_sales(taken.snapshot, plan, result),
    )
