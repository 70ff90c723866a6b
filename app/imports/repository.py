"""Reads what is stored under the ids that an input names."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence, Set
from functools import partial
from typing import Any, Final

import pyarrow.compute

from app.clock import to_ms
from app.facts.calendars import CALENDARS, LATER_DATES
from app.facts.canonical import policy_of
from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.graph.ways import Stretch, asks_for_the_tree, ways_up
from app.imports.files import Input
from app.imports.later_dates import column_of
from app.imports.models import (
    CompanySettings,
    Kind,
    MatrixShape,
    PastPlace,
    PastRow,
    SaidOfRank,
    Stored,
    StoredCustomer,
    StoredDistributor,
    StoredOpening,
    StoredOrder,
    StoredPeriod,
    StoredPlace,
    StoredTree,
)
from app.imports.places import KINDS as PLACEMENTS
from app.periods.calendars import name_of
from app.periods.models import Period
from app.periods.repository import PeriodRepository
from app.places.spots import PlacementTree

Texts = Mapping[Kind, Mapping[str, Any]]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_IDS_A_CALL: Final = 5_000


class ImportRepository:
    """The stored side of an import."""

    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph
        self._periods = PeriodRepository(graph)

    async def load(self, read: Input) -> Stored:
        """The stored values of every id an input names, and the places around the parents it names."""
        texts = {kind: table.texts for kind, table in read.tables.items()}
        people, sales, former, periods, settings = await asyncio.gather(
            self._people(texts),
            self._sales(texts),
            self._former(texts),
            every_period(self._periods),
            self._settings(),
        )
        paid = {
            name: tuple(period.number for period in periods if period.calendar == name and period.run is not None)
            for name in CALENDARS
        }
        return Stored(**people, **sales, **former, periods=stored_periods(periods), paid=paid, settings=settings)

    async def _settings(self) -> CompanySettings:
        matrix = await self._graph.read_one("queries/facts/matrix")
        policy = await self._graph.read_one("queries/facts/move_policy")
        return CompanySettings(
            MatrixShape(matrix["width"], matrix["depth"]) if matrix and matrix["width"] else None,
            None if policy is None else policy_of(policy["body"]),
        )

    async def _people(self, texts: Texts) -> dict[str, Any]:
        placements = {tree: texts[kind] for tree, kind in PLACEMENTS.items()}
        # An order's buyer may be a customer: asking for that id among distributors as well does no harm.
        distributors = await self._distributors(
            _named(
                texts["distributors"]["id"],
                texts["distributors"]["sponsor"],
                *(of[column] for of in placements.values() for column in ("distributor", "parent")),
                texts["customers"]["distributor"],
                texts["orders"]["buyer"],
                texts["moves"]["distributor"],
                texts["moves"]["parent"],
                texts["openings"]["distributor"],
                texts["past_statements"]["distributor"],
                texts["rank_overrides"]["distributor"],
            )
        )
        # A person who has a place already is compared with that place alone; a new place is seen among its neighbours.
        new: dict[PlacementTree, list[tuple[str, str]]] = {}
        for tree, texts_of in placements.items():
            rows = zip(texts_of["distributor"].to_pylist(), texts_of["parent"].to_pylist(), strict=True)
            new[tree] = [
                (id, parent)
                for id, parent in rows
                if id not in distributors or not distributors[id].place_in(tree).slot
            ]
        placed = (distributors[id] for pairs in new.values() for id, _ in pairs if id in distributors)
        distributors |= await self._distributors({d.sponsor for d in placed} - distributors.keys() - {""})
        around: dict[str, StoredTree] = {}
        for tree, pairs in new.items():
            parents = {parent for _, parent in pairs if parent in distributors}
            slots, ancestors = await asyncio.gather(self._slots(tree, parents), self._ancestors(tree, parents))
            around[tree] = StoredTree(slots, ancestors)
        return {"distributors": distributors, **around}

    async def _sales(self, texts: Texts) -> dict[str, Any]:
        orders = texts["orders"]
        stored = await self._orders(_named(orders["id"], orders["return_of"]))
        dated = pc.or_(*(pc.not_equal(orders[column_of(date)], "") for date in LATER_DATES))
        again = set(orders["id"].filter(dated).to_pylist()) & stored.keys()
        return {
            "customers": await self._customers(_named(texts["customers"]["id"], orders["buyer"])),
            "orders": stored,
            "returned": await self._returned(_named(orders["return_of"]) | again),
        }

    async def _former(self, texts: Texts) -> dict[str, Any]:
        openings = _named(texts["openings"]["distributor"])
        return {
            "opens": await self._opens() if openings else {},
            "openings": await self._openings(openings),
            "past_statements": await self._past_statements(_named(texts["past_statements"]["distributor"])),
            "rank_overrides": await self._rank_overrides(_named(texts["rank_overrides"]["distributor"])),
            "past": await self._past(_named(texts["moves"]["distributor"])),
        }

    async def _distributors(self, ids: Iterable[str]) -> dict[str, StoredDistributor]:
        columns: tuple[str, ...] = ("names", "sponsors", "enrolled_at", "statuses", "owners", "regions", "titles")
        columns += ("preferences", "held_until", "held_for", "terminated_at", "consequences", "places", "seats")
        return {
            id: StoredDistributor(*[*said, StoredPlace(*place), StoredPlace(*seat)])
            async for lists in self._answers("distributors", ids)
            for id, *said, place, seat in _rows(lists, "ids", *columns)
        }

    async def _customers(self, ids: Iterable[str]) -> dict[str, StoredCustomer]:
        return {
            id: StoredCustomer(*values)
            async for lists in self._answers("customers", ids)
            for id, *values in _rows(lists, "ids", "names", "distributors", "registered_at")
        }

    async def _orders(self, ids: Iterable[str]) -> dict[str, StoredOrder]:
        return {
            id: StoredOrder(*[*values, dict(zip(CALENDARS, counts_in, strict=True)), *dates])
            async for lists in self._answers("orders", ids)
            for id, *values, counts_in, dates in _rows(
                lists, "ids", "buyers", "buyer_kinds", "returns_of", "placed_at", "pv", "cv", "periods", "dates"
            )
        }

    async def _returned(self, ids: Iterable[str]) -> dict[str, str]:
        return {
            order: number
            async for lists in self._answers("returns", ids)
            for order, number in _rows(lists, "orders", "returns")
        }

    async def _slots(self, tree: PlacementTree, ids: Iterable[str]) -> dict[tuple[str, int], str]:
        return {
            (parent, slot): child
            async for lists in self._answers(f"slots_{tree}", ids)
            for parent, slot, child in _rows(lists, "parents", "slots", "children")
        }

    async def _ancestors(self, tree: PlacementTree, ids: set[str]) -> dict[str, str]:
        """The parents of everybody above; of everybody, where many people are asked about."""
        people = (await self._graph.read("queries/facts/head"))[0]["people"]
        if not asks_for_the_tree(len(ids), people):
            return await ways_up(ids, set(), partial(self._stretch, tree))
        parents: dict[str, str] = {}
        reads = [
            partial(self._graph.read, f"queries/imports/all_parents_{tree}", {"from_ix": first, "to_ix": end})
            for first, end in ranges(people, PEOPLE_A_CALL)
        ]
        async for [edges] in in_order(reads):
            parents.update(_rows(edges, "children", "parents"))
        return parents

    async def _stretch(self, tree: PlacementTree, stretch: Stretch, ids: Set[str]) -> dict[str, str]:
        return {
            child: parent
            async for lists in self._answers(f"{stretch}_{tree}", ids)
            for child, parent in _rows(lists, "children", "parents")
        }

    async def _opens(self) -> dict[str, int]:
        [row] = await self._graph.read("queries/facts/opens")
        return dict(zip(row["calendars"], row["periods"], strict=True))

    async def _openings(self, ids: Iterable[str]) -> dict[tuple[str, str], StoredOpening]:
        columns = ("carry_left", "carry_right", "balances", "highest_ranks")
        return {
            (id, name_of(calendar, period)): StoredOpening(*values)
            async for lists in self._answers("openings", ids)
            for id, calendar, period, *values in _rows(lists, "ids", "calendars", "periods", *columns)
        }

    async def _past_statements(self, ids: Iterable[str]) -> dict[tuple[str, str], Counter[PastRow]]:
        return {
            (id, name_of(calendar, period)): rows_of_statement(body)
            async for lists in self._answers("past_statements", ids)
            for id, calendar, period, body in _rows(lists, "ids", "calendars", "periods", "bodies")
        }

    async def _rank_overrides(self, ids: Iterable[str]) -> dict[str, list[SaidOfRank]]:
        found: dict[str, list[SaidOfRank]] = {}
        columns = ("ranks", "since", "until", "authors", "reasons")
        async for lists in self._answers("rank_overrides", ids):
            for id, said in zip(lists["ids"], _rows(lists, *columns), strict=True):
                found.setdefault(id, []).append(said)
        return found

    async def _past(self, ids: Iterable[str]) -> frozenset[PastPlace]:
        columns = ("trees", "distributors", "parents", "slots", "valid_from", "valid_to")
        return frozenset([row async for lists in self._answers("moves", ids) for row in _rows(lists, *columns)])

    async def _answers(self, query: str, ids: Iterable[str]) -> AsyncIterator[Mapping[str, Any]]:
        asked = sorted(ids)
        for start in range(0, len(asked), _IDS_A_CALL):
            for lists in await self._graph.read(
                f"queries/imports/{query}", {"ids": asked[start : start + _IDS_A_CALL]}
            ):
                yield lists


def rows_of_statement(body: str) -> Counter[PastRow]:
    """The lines of a statement by the body of its fact, and how often it has each."""
    said = json.loads(body)
    return Counter((line["bonus"], line["amount"], said["currency"], line["note"]) for line in said["lines"])


async def every_period(periods: PeriodRepository) -> list[Period]:
    """Every one of every calendar, by calendar, oldest first."""
    return [period for calendar in CALENDARS for period in await periods.all(calendar)]


def stored_periods(periods: Sequence[Period]) -> tuple[StoredPeriod, ...]:
    """Periods as an import compares them."""
    return tuple(
        StoredPeriod(
            p.number,
            p.zone,
            to_ms(p.starts_at),
            to_ms(p.ends_at),
            p.open,
            p.calendar,
            None if p.grace_ends_at is None else to_ms(p.grace_ends_at),
            p.commission_date,
            p.open and len(p.turns) > 1,
        )
        for p in periods
    )


def _named(*columns: Any) -> set[str]:
    """The different texts of some columns, without the empty one."""
    return {text for column in columns for text in column.unique().to_pylist()} - {""}


def _rows(lists: Mapping[str, Any], *columns: str) -> Iterable[Any]:
    return zip(*(lists[column] for column in columns), strict=True)
