"""Who stands where as known at a fact, and who stood where before, as columns by ix."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from app.graph import GraphDatabase
from app.imports.places import SLOTS
from app.places.spots import PlacementTree
from app.volumes.edges import read_edges
from app.volumes.models import NOBODY, Tree

Ints = NDArray[np.int64]
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
    """One tree as known at `seq`."""
    edges = await read_edges(graph, tree, people)
    parent, slot = np.full(people, NOBODY, np.int32), np.zeros(people, np.int8)
    since = np.zeros(people, np.int64)
    known, ended = edges.known_at(seq), (edges.seq_to <= seq) & (edges.void_seq > seq)
    children = edges.child[known]
    parent[children], slot[children] = edges.parent[known], edges.slot[known]
    since[children] = edges.valid_from[known]
    columns = (edges.child, edges.parent, edges.slot, edges.valid_from, edges.valid_to)
    return Standing(parent, slot, since, {name: of[ended] for name, of in zip(_PAST, columns, strict=True)})


def slots_of(tree: PlacementTree, slots: NDArray[Any]) -> Any:
    """Slots as files spell them."""
    return pa.array(SLOTS[tree]).take(pa.array(slots))


def moves_of(standing: Mapping[Tree, Standing], ids: Any) -> dict[str, Any]:
    """The rows of moves: ended edges by tree, person and time."""
    tables = []
    for tree, of_tree in standing.items():
        past = of_tree.past
        columns = {
            "tree": pa.array([tree] * len(past["children"]), pa.string()),
            "distributor": ids.take(pa.array(past["children"])),
            "parent": ids.take(pa.array(past["parents"])),
            "slot": slots_of("matrix" if tree == "matrix" else "binary", past["slots"]),
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
