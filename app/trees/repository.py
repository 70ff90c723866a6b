"""The statements behind the trees: installed procedures by their file names, and two private queries."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from app.cache import Loaded, Served
from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase, Seen
from app.trees.cursors import START, Position
from app.trees.errors import InvalidCursorError
from app.trees.models import EVERYBODY, Filters, Tree

Columns = dict[str, Any]
LOOKED_AT: Final = 2_000
"""People that one filtered page looks at."""
CURSOR_LIFE_MS: Final = 24 * 3600 * 1000
"""How long a list goes on as it was begun. It may hold people whom the caller would not see in a list begun now."""


class TreeRepository:
    """Reads trees and tallies. Answers are columns, as the procedures give them; None when there is no such person."""

    def __init__(self, db: GraphDatabase) -> None:
        self._db = db

    async def downline(
        self,
        tree: Tree,
        id: str,
        after: Position,
        *,
        depth: int,
        page: int,
        whole: int | None = None,
        filters: Filters = EVERYBODY,
        period: int = 0,
        calendar: str = MONTHLY,
    ) -> Loaded | None:
        """A page below `id`, with its structural version; filters weigh volumes of `period`.

        The first page is as of the fact `whole`, of which and of all before it everything is seen by whoever reads now;
        None: as of the last fact, which is waited for.
        """
        params = {"id": id, "depth": depth, "after_level": after.level, "after_ix": after.ix, "page": page}
        params |= _filter_params(filters) | {"period": period, "calendar": calendar, "look": LOOKED_AT}
        return await self._as_of(tree, after, whole, f"procedures/downline_{tree}", params)

    async def downline_as_of(
        self, tree: Tree, id: str, *, at: int, seq: int, depth: int, after_level: int, after_ix: int, page: int
    ) -> Columns | None:
        """A page of those who stood below `id` at an instant, as known at a fact."""
        params = {"id": id, "at": at, "seq": seq, "depth": depth, "page": page}
        params |= {"after_level": after_level, "after_ix": after_ix}
        return await self._db.read_one(f"procedures/downline_as_of_{tree}", params)

    async def frontline(
        self, tree: Tree, id: str, after: Position, *, page: int, whole: int | None = None
    ) -> Loaded | None:
        """A page of the people directly below `id`; `whole` as for a downline."""
        params = {"id": id, "after_ix": after.ix, "page": page}
        return await self._as_of(tree, after, whole, f"procedures/frontline_{tree}", params)

    async def upline(self, tree: Tree, id: str, levels: int) -> Columns | None:
        """The people above."""
        return await self._db.read_one(f"procedures/upline_{tree}", {"id": id, "levels": levels})

    async def upline_as_of(self, tree: Tree, id: str, *, at: int, seq: int, levels: int) -> Columns | None:
        """The people who stood above at an instant, as known at a fact."""
        params = {"id": id, "at": at, "seq": seq, "levels": levels}
        return await self._db.read_one(f"procedures/upline_as_of_{tree}", params)

    async def legs(self, tree: Tree, id: str, period: int, calendar: str) -> Columns | None:
        """The legs with their rolled-up figures."""
        params = {"id": id, "period": period, "calendar": calendar}
        return await self._db.read_one(f"procedures/legs_{tree}", params)

    async def is_in_downline(self, tree: Tree, id: str, top_id: str) -> Columns | None:
        """Whether `id` is `top_id` or below."""
        return await self._db.read_one(f"procedures/is_in_downline_{tree}", {"id": id, "top_id": top_id})

    async def path(self, tree: Tree, id: str, other_id: str) -> Columns | None:
        """The way between two people; None when one of them does not exist."""
        return await self._db.read_one(f"procedures/path_{tree}", {"id": id, "other_id": other_id})

    async def common_upline(self, tree: Tree, id: str, other_id: str) -> Columns | None:
        """The nearest person at or above both; None when one of them does not exist."""
        return await self._db.read_one(f"procedures/common_upline_{tree}", {"id": id, "other_id": other_id})

    async def level_summary(
        self, tree: Tree, id: str, period: int, calendar: str, *, depth: int, most: int
    ) -> Columns | None:
        """People and volumes by level."""
        params = {"id": id, "period": period, "calendar": calendar, "depth": depth, "most": most}
        return await self._db.read_one(f"procedures/level_summary_{tree}", params)

    async def numbers(self, ixs: Sequence[int], calendar: str = MONTHLY) -> Served[dict[int, list[int]]]:
        """Rolled-up figures by ix, columns of queries/trees/numbers without the ix."""
        (row,) = await self._db.read("queries/trees/numbers", {"ixs": list(ixs), "calendar": calendar})
        return Served({ix: figures for ix, *figures in row["numbers"]}, row["as_of_seq"])

    async def _as_of(
        self, tree: Tree, after: Position, whole: int | None, procedure: str, params: Columns
    ) -> Loaded | None:
        """A page as of the fact of `after`; the first one of a list as of `whole`, or of the last fact."""
        seen, first = Seen(), after == START
        asked = {"id": params["id"], "seq": -1 if first else after.seq}
        versions_of = self._db.read_one("queries/trees/versions", asked, seen=seen)
        if whole is not None and after.seq <= whole:
            # Either may be read first: the version counts only where it is not above the fact, and then nothing below
            # changed from it to the fact, however far the roll-up had come.
            params |= {"seq": whole if first else after.seq}
            versions, page = await asyncio.gather(versions_of, self._db.read_one(procedure, params))
            if versions is not None and versions[tree] > whole:
                versions["as_of_seq"] = whole  # somebody's status may have changed between the two
        else:
            versions = await versions_of
            params |= {"seq": after.seq if versions is None or not first else versions["seq"]}
            page = None if versions is None else await self._db.read_one(procedure, params, seen=seen)
        if versions is None or page is None:
            return None
        if after.seq > versions["seq"]:
            raise InvalidCursorError("The cursor knows of facts that do not exist; leave it out to begin here.")
        if versions["behind_ms"] > CURSOR_LIFE_MS:
            raise InvalidCursorError("The cursor is more than a day old; leave it out to begin again.")
        version = versions[tree] if versions[tree] <= page["seq"] else -1
        return Loaded(versions["ix"], version, versions["as_of_seq"], page["seq"], page)


def _filter_params(filters: Filters) -> Columns:
    lists = {name: list(getattr(filters, name)) or None for name in ("titles", "ranks", "statuses", "regions")}
    bounds = {name: getattr(filters, name) for name in ("pv_from", "pv_to", "group_pv_from", "group_pv_to")}
    return lists | bounds
