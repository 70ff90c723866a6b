"""Whom a run pays how much, once what voided runs of its period had paid them is set off."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from app.facts.runs import SetOff, received_by
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, ranges
from app.runs.models import Payment, Run


class PaymentRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def voided_before(self, calendar: str, period: int) -> list[str]:
        """The voided runs of a period that no committed one has superseded, the oldest first."""
        row = await self._graph.read_one("queries/runs/voided_before", {"calendar": calendar, "period": period})
        return [] if row is None else list(row["before"])

    async def some(self, run_id: str, before: Sequence[str], from_ix: int, to_ix: int) -> list[Payment]:
        """Of a slice of people those of whom the run, or one before it, has a statement, by ix."""
        asked = {"runs": [*before, run_id], "from_ix": from_ix, "to_ix": to_ix}
        [row] = await self._graph.read("queries/runs/payments", asked)
        return list(_payments(row, len(before)))

    async def every(self, run_id: str, before: Sequence[str], from_ix: int = 0) -> AsyncIterator[list[Payment]]:
        """The same of everybody from an ix on, slice by slice."""
        [head] = await self._graph.read("queries/facts/head")
        for start, end in ranges(head["people"], PEOPLE_A_CALL):
            if end > from_ix:
                yield await self.some(run_id, before, max(start, from_ix), end)

    async def set_off(self, run: Run, before: Sequence[str]) -> SetOff:
        """What voided runs, one at least, paid, against what a run owes. Nothing of it changes any more."""
        people = amount = overpaid = 0
        async for payments in self.every(run.id, before):
            for one in payments:
                people += one.amount != 0 and one.to_pay == 0
                amount += one.amount - one.to_pay
                overpaid += one.overpaid
        return SetOff(before, people, amount, overpaid)


def _payments(row: Mapping[str, Any], last: int) -> Iterator[Payment]:
    """`last` is the place of the run itself, after those before it."""
    columns = (row[name] for name in ("ixs", "places", "distributors", "amounts", "paid"))
    for ix, rows in groupby(zip(*columns, strict=True), key=lambda said: said[0]):
        of_person = list(rows)
        received = received_by((amount, paid >= 0) for _, place, _, amount, paid in of_person if place < last)
        _, place, distributor, amount, paid = of_person[-1]
        amount, paid = (amount, paid) if place == last else (0, -1)
        yield Payment(ix, distributor, amount, received, None if paid < 0 else paid)
