"""The statements behind the trees: installed procedures by their file names, and two private queries."""

from collections.abc import Sequence
from typing import Any

from app.cache import Loaded, Served
from app.facts.calendars import MONTHLY
from app.graph import GraphDatabase
from app.trees.models import Tree

Columns = dict[str, Any]


class TreeRepository:
    """Reads trees and tallies. Answers are columns, as the procedures give them; None when there is no such person."""

    def __init__(self, db: GraphDatabase) -> None:
        self._db = db

    async def downline(
        self, tree: Tree, id: str, *, depth: int, after_level: int, after_ix: int, page: int
    ) -> Loaded | None:
        """A page below `id`, with the structural version read before it."""
        params = {"id": id, "depth": depth, "after_level": after_level, "after_ix": after_ix, "page": page}
        return await self._versioned(tree, id, f"procedures/downline_{tree}", params)

    async def downline_as_of(
        self, tree: Tree, id: str, *, at: int, seq: int, depth: int, after_level: int, after_ix: int, page: int
    ) -> Columns | None:
        """A page of those who stood below `id` at an instant, as known at a fact."""
        params = {"id": id, "at": at, "seq": seq, "depth": depth, "page": page}
        params |= {"after_level": after_level, "after_ix": after_ix}
        return await self._db.read_one(f"procedures/downline_as_of_{tree}", params)

    async def frontline(self, tree: Tree, id: str, *, after_ix: int, page: int) -> Loaded | None:
        """A page of the people directly below `id`."""
        params = {"id": id, "after_ix": after_ix, "page": page}
        return await self._versioned(tree, id, f"procedures/frontline_{tree}", params)

    async def upline(self, tree: Tree, id: str, levels: int) -> Columns | None:
        """The people above."""
        return await self._db.read_one(f"procedures/upline_{tree}", {"id": id, "levels": levels})

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

    async def _versioned(self, tree: Tree, id: str, procedure: str, params: Columns) -> Loaded | None:
        # The version first: a page may then be newer than its version, which does no harm, but never older.
        versions = await self._db.read_one("queries/trees/versions", {"id": id})
        page = await self._db.read_one(procedure, params) if versions is not None else None
        if versions is None or page is None:
            return None
        return Loaded(versions["ix"], versions[tree], versions["as_of_seq"], page)
