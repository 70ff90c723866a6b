"""Reads the ways up and the figures that a move would change."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from app.facts.canonical import policy_of
from app.facts.commands import SetMovePolicy, Tree
from app.facts.errors import UnknownDistributorError
from app.graph import GraphDatabase, GraphTransaction
from app.moves.models import Figures, FormerPlace, Frontline, MoveHistory, Stay, Surroundings
from app.periods.models import Period
from app.places.spots import PlacementTree

NOBODY = -1
_STAY_COLUMNS = (
    *("parent_ids", "parent_names", "slots", "begins", "ends", "seqs", "kinds", "actors", "reasons", "recorded"),
    *("ended_seqs", "corrected_seqs"),
)


@dataclass(frozen=True, slots=True)
class Tally:
    """Somebody's live figures in one tree."""

    id: str
    name: str
    heads: int
    volumes: Mapping[tuple[str, int], tuple[int, int]]
    """Calendar and number of a period to PV and CV."""

    def figures(self, period: Period | None) -> Figures:
        """People now, or the volume of a period."""
        if period is None:
            return Figures(people=self.heads)
        return Figures(0, *self.volumes.get((period.calendar, period.number), (0, 0)))


class MoveRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def parents(self, tree: Tree, ixs: Collection[int], *, before: int, known: int) -> dict[int, int]:
        """Who stood under whom on the ways up from some people just before an instant as known at a fact."""
        parents: dict[int, int] = {}
        asked, waiting = set[int](), set(ixs)
        while waiting:
            asked |= waiting
            params = {"ixs": sorted(waiting), "known": known, "before": before}
            [row] = await self._graph.read(f"queries/volumes/parents_{tree}", params)
            parents.update(zip(row["children"], row["parents"], strict=True))
            waiting = set(row["parents"]) - parents.keys() - asked
        return parents

    async def history(self, tree: Tree, id: str, *, offset: int, page: int) -> MoveHistory | None:
        """The places somebody had; None when there is no such person."""
        row = await self._graph.read_one(f"procedures/move_history_{tree}", {"id": id, "offset": offset, "page": page})
        if row is None:
            return None
        columns = [[None if value == NOBODY else value for value in row[name]] for name in _STAY_COLUMNS]
        return MoveHistory(tuple(Stay(*values) for values in zip(*columns, strict=True)), row["total"], row["seq"])

    async def policy(self) -> tuple[SetMovePolicy | None, int]:
        """The newest policy and its fact; None and 0 without any."""
        row = await self._graph.read_one("queries/facts/move_policy")
        return (None, 0) if row is None else (policy_of(row["body"]), row["seq"])

    async def tallies(
        self, tree: Tree, ixs: Collection[int], calendars: Collection[str] = ()
    ) -> tuple[dict[int, Tally], int]:
        """Figures by ix with volumes of some calendars, and the last fact that they count."""
        asked = {"ixs": sorted(ixs), "tree": tree, "calendars": sorted(calendars)}
        row = await self._graph.read_one("queries/moves/tallies", asked)
        if row is None:
            return {}, 0
        found = {}
        for ix, id, name, heads, kept in row["rows"]:
            volumes = {
                (calendar, slots[at]): (slots[at + 1], slots[at + 2]) for calendar, *slots in kept for at in (0, 3)
            }
            found[ix] = Tally(id, name, heads, volumes)
        return found, row["as_of_seq"]


async def read_frontline(tx: GraphTransaction, id: str, most: int) -> Frontline:
    """Whom somebody sponsors now. Raises UnknownDistributorError."""
    row = _known(id, await tx.run_one("queries/moves/frontline", {"id": id, "most": most}))
    return Frontline(tuple(row["ids"]), tuple(row["since"]), row["sponsor_id"], row["sponsored_since"])


async def read_surroundings(tx: GraphTransaction, tree: PlacementTree, id: str) -> Surroundings:
    """Where somebody stands now, above whom. Raises UnknownDistributorError."""
    row = _known(id, await tx.run_one(f"queries/moves/surroundings_{tree}", {"id": id}))
    lists = {name: tuple(row[name]) for name in ("ids", "slots")}
    return Surroundings(tree=tree, **row | lists)


async def read_former(tx: GraphTransaction, tree: Tree, id: str, until: int) -> FormerPlace:
    """Where somebody who moved stood until an instant (epoch ms)."""
    row = _known(id, await tx.run_one(f"queries/moves/former_{tree}", {"id": id, "until": until}))
    return FormerPlace(**row)


def _known(id: str, row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise UnknownDistributorError(f"Distributor {id} is not enrolled.", distributor=id)
    return row
