"""The columns of a stored run that reports are made from, each read when it is first asked for."""

from functools import cached_property
from typing import Any

import numpy as np
import pyarrow.compute

from app.blobs.store import BlobStore
from app.engine.columns import Bools, Int16s, Int64s
from app.engine.forest import scatter_sums
from app.plans.models import Plan
from app.runs.calculation import stored_plan
from app.runs.models import Run
from app.runs.tables import table_of

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take


class StoredRun:
    """A run's blobs; each is checked against its name. Cost: O(rows of the columns read)."""

    def __init__(self, run: Run, blobs: BlobStore) -> None:
        self.run = run
        self._blobs = blobs

    @cached_property
    def plan(self) -> Plan:
        return stored_plan(self.run, self._blobs)

    @cached_property
    def bonuses(self) -> list[str]:
        """The plan's bonuses; lines and misses hold their numbers."""
        return [bonus.name for bonus in self.plan.bonuses]

    @cached_property
    def ids(self) -> Any:
        """Arrow text per ix."""
        return self._table(self.run.people_blob, "id").column("id")

    @cached_property
    def enrolled(self) -> Bools:
        """Per ix: whether the person had joined by the period's end."""
        enrolled: Bools = self._columns(self.run.people_blob, "enrolled")["enrolled"]
        return enrolled

    @cached_property
    def regions(self) -> tuple[list[str], Int64s]:
        """The regions that occur, and the number of each ix's."""
        encoded = pc.dictionary_encode(self._table(self.run.people_blob, "region").column("region").combine_chunks())
        return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)

    @cached_property
    def pay(self) -> Int16s:
        """Per ix the rank paid by, -1 none."""
        pay: Int16s = self._columns(self.run.ranks_blob, "pay")["pay"]
        return pay

    @cached_property
    def lines(self) -> dict[str, Any]:
        return self._columns(self.run.lines_blob, "bonus", "earner", "raw", "amount")

    @cached_property
    def misses(self) -> dict[str, Any]:
        return self._columns(self.run.misses_blob, "bonus", "person", "reason", "forgone", "breakage")

    @cached_property
    def volume(self) -> tuple[int, int]:
        """PV and CV of every order of the run."""
        orders = self._columns(self.run.orders_blob, "pv", "cv")
        pv, cv = (int(scatter_sums(np.zeros(len(each), np.int64), each, 1)[0]) for each in orders.values())
        return pv, cv

    @cached_property
    def amounts(self) -> Int64s:
        """Per ix what the run pays."""
        return scatter_sums(self.lines["earner"], self.lines["amount"], len(self.enrolled))

    @cached_property
    def lost(self) -> Int64s:
        """Per ix the breakage of what they missed."""
        return scatter_sums(self.misses["person"], self.misses["breakage"], len(self.enrolled))

    def _columns(self, blob: str, *names: str) -> dict[str, Any]:
        table = self._table(blob, *names)
        return {name: table.column(name).to_numpy() for name in names}

    def _table(self, blob: str, *names: str) -> Any:
        return table_of(self._blobs.get(blob), names)
