"""Who stands where as known at a fact, and who stood where before, as columns by ix."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.graph import GraphDatabase
from app.graph.paging import PEOPLE_A_CALL, in_order, ranges
from app.volumes.models import TREES, Tree

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
NOBODY: Final = -1
_PAST: Final = ("children", "parents", "slots", "valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Standing:
    """One tree by ix: parent (-1 for none), slot (0 for none), and since when."""

    parent: NDArray[np.int32]
    slot: NDArray[np.int8]
    since: Ints
    past: Mapping[str, Ints]
    """The ended edges: children, parents, slots, valid_from, valid_to."""


async def read_standing(graph: GraphDatabase, tree: Tree, people: int, seq: int) -> Standing:
    """One tree as known at `seq`. Live edges are read before ended ones, so what a move ends meanwhile is seen."""
    parent, slot = np.full(people, NOBODY, np.int32), np.zeros(people, np.int8)
    since = np.zeros(people, np.int64)
    past: dict[str, list[Ints]] = {name: [] for name in _PAST}
    reads = [
        partial(_live_then_ended, graph, tree, {"from_ix": first, "to_ix": to})
        for first, to in ranges(people, PEOPLE_A_CALL)
    ]
    async for pages in in_order(reads):
        for page in map(_columns, pages):
            known = (page["seq_from"] <= seq) & (page["seq_to"] > seq)
            children = page["children"][known]
            parent[children], slot[children] = page["parents"][known], page["slots"][known]
            since[children] = page["valid_from"][known]
            ended = page["seq_to"] <= seq
            for name, columns in past.items():
                columns.append(page[name][ended])
    return Standing(parent, slot, since, {name: np.concatenate([_NONE, *columns]) for name, columns in past.items()})


_NONE: Final = np.zeros(0, np.int64)
_NEVER: Final = np.iinfo(np.int64).max


async def _live_then_ended(graph: GraphDatabase, tree: Tree, params: dict[str, int]) -> list[dict[str, Any]]:
    return [
        page
        for state in ("live", "ended")
        for page in await graph.read(f"queries/volumes/{state}_edges_{tree}", params)
    ]


def _columns(page: Mapping[str, Any]) -> dict[str, Ints]:
    count = len(page["children"])
    absent = {"slots": 0, "seq_to": _NEVER, "valid_to": _NEVER}
    names = (*_PAST, "seq_from", "seq_to")
    return {name: np.array(page[name], np.int64) if name in page else np.full(count, absent[name]) for name in names}


def moves_of(standing: Mapping[Tree, Standing], ids: Any, slots: Any) -> dict[str, Any]:
    """The rows of moves: ended edges by tree, person and time."""
    tables = []
    for tree in TREES:
        past = standing[tree].past
        columns = {
            "tree": pa.array([tree] * len(past["children"]), pa.string()),
            "distributor": ids.take(pa.array(past["children"])),
            "parent": ids.take(pa.array(past["parents"])),
            "slot": slots.take(pa.array(past["slots"])),
            "valid_from": past["valid_from"],
            "valid_to": past["valid_to"],
        }
        tables.append(pa.table(columns))
    keys = ("tree", "distributor", "valid_to", "valid_from", "parent", "slot")
    whole = pa.concat_tables(tables).sort_by([(key, "ascending") for key in keys]).combine_chunks()
    numbers = ("valid_from", "valid_to")
    return {name: whole[name].to_numpy() if name in numbers else _one_chunk(whole[name]) for name in whole.column_names}


def _one_chunk(column: Any) -> Any:
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], pa.string())
