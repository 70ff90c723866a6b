"""Questions about open slots and the holding tank. Whether the caller may ask about a person is decided before."""

from typing import Final

from app.clock import Clock, to_ms
from app.places.models import FoundPlace, Held, OpenSlot
from app.places.repository import PlaceRepository
from app.places.spots import PlacementTree
from app.places.strategies import Strategy
from app.trees.cursors import Position, decode
from app.trees.errors import UnknownPersonError

_TANK: Final = "holding tank"


class PlaceService:
    def __init__(self, places: PlaceRepository, clock: Clock) -> None:
        self._places = places
        self._clock = clock

    async def find(self, tree: PlacementTree, sponsor_id: str, strategy: Strategy) -> FoundPlace:
        """Where a newcomer of that sponsor would be placed, and why. Nothing is placed."""
        found = await self._places.find(tree, sponsor_id, strategy, to_ms(self._clock.now()))
        if found is None:
            raise UnknownPersonError(f"There is no distributor {sponsor_id!r}.", distributor=sponsor_id)
        return FoundPlace(found["parent_id"] or None, found["slot"], found["why"])

    async def open_slots(self, tree: PlacementTree, id: str, most: int) -> tuple[OpenSlot, ...]:
        """The nearest open slots at and below somebody, nearest level first and from the left."""
        found = await self._places.open_slots(tree, id, most)
        if found is None:
            raise UnknownPersonError(f"There is no distributor {id!r}.", distributor=id)
        columns = (found[name] for name in ("parent_ids", "parent_names", "slots", "levels"))
        return tuple(OpenSlot(*slot) for slot in zip(*columns, strict=True))

    async def matrix(self) -> tuple[int, int] | None:
        """Width and depth of the matrix that the company keeps; None without one."""
        return await self._places.matrix()

    async def holding_tank(self, cursor: str | None, limit: int) -> tuple[tuple[Held, ...], str | None]:
        """Those in the holding tank, whose time ends first before the others, and the cursor of the next page."""
        position = decode(cursor, _TANK)
        found = await self._places.held(after=(position.level, position.ix), page=limit)
        columns = (found[name] for name in ("ids", "names", "sponsor_ids", "sponsors_placed", "untils", "strategies"))
        people = tuple(Held(*held) for held in zip(*columns, strict=True))
        more = found["more"] and people
        return people, Position(0, people[-1].until, found["ixs"][-1]).encode(_TANK) if more else None
