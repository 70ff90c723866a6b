"""Invariants of one tree, over columns: every edge joins whom it says, nobody has two parents, no slot two people,
there is no cycle, people's own notes of their places agree, and the history has no two truths at once."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.doctor.models import MOST_SHOWN, UNKNOWN, Finding, Ints, Mirrors, Name
from app.engine.errors import BrokenTreeError
from app.engine.forest import forest
from app.places.columns import MATRIX_NAMES as MATRIX_SPOTS
from app.places.columns import NAMES as SPOTS
from app.places.columns import matrix_spots_of, spots_of
from app.places.spots import SIDES
from app.volumes.edges import NEVER, Edges
from app.volumes.models import NOBODY, Tree

Telling = Callable[[int, Name], str]
"""What is wrong with a row."""
_PEOPLE: Final = ("run_top", "left_end", "right_end")
"""What of that kept about open slots is a person."""


def check_tree(tree: Tree, edges: Edges, mirrors: Mirrors, matrix_width: int) -> Iterator[Finding]:
    """What is wrong; nothing when all is well. `edges` are all there are, live and ended."""
    width = {"sponsor": 0, "binary": len(SIDES), "matrix": matrix_width}[tree]
    live = edges.live
    yield from _of_rows(
        (edges.child != edges.from_ix) | (edges.parent != edges.to_ix),
        lambda row, name: (
            f"The {tree} edge from {name(edges.from_ix[row])} to {name(edges.to_ix[row])} says that it joins "
            f"{name(edges.child[row])} to {name(edges.parent[row])}"
        ),
    )
    yield from _of_rows(
        live & _again(np.stack([edges.child]), live),
        lambda row, name: (
            f"{name(edges.child[row])} has a second live edge in the {tree} tree, to {name(edges.parent[row])}"
        ),
    )
    if tree != "sponsor":
        yield from _slots(tree, edges, live, width)
    yield from _cycles(tree, edges, len(mirrors.sponsor))
    yield from _mirrors(tree, edges, mirrors, width)
    yield from _history(tree, edges)


def _slots(tree: Tree, edges: Edges, live: NDArray[np.bool_], width: int) -> Iterator[Finding]:
    yield from _of_rows(
        live & ~_sound(edges.slot, width),
        lambda row, name: (
            f"{name(edges.child[row])} stands in slot {edges.slot[row]}; the {tree} tree has 1 to {width}"
        ),
    )
    yield from _of_rows(
        live & _again(np.stack([edges.parent, edges.slot]), live),
        lambda row, name: (
            f"{name(edges.child[row])} stands in slot {edges.slot[row]} of {name(edges.parent[row])}, where somebody "
            "else stands"
        ),
    )


def _cycles(tree: Tree, edges: Edges, people: int) -> Iterator[Finding]:
    try:
        forest(tree, edges.parents(people, edges.live & (edges.child < people) & (edges.parent < people)))
    except BrokenTreeError as error:
        yield Finding(error.count, (partial(_cycle, tree, error.people),))


def _cycle(tree: Tree, people: list[int], name: Name) -> str:
    return f"The {tree} tree has a cycle through {', '.join(map(name, people))}"


def _sound(slots: Ints, width: int) -> NDArray[np.bool_]:
    sound: NDArray[np.bool_] = (slots >= 1) & (slots <= width)
    return sound


def _mirrors(tree: Tree, edges: Edges, mirrors: Mirrors, width: int) -> Iterator[Finding]:
    people = len(mirrors.sponsor)
    parents = edges.parents(people, edges.live)
    what, said = {
        "sponsor": ("sponsor_ix", mirrors.sponsor),
        "binary": ("parent_ix", mirrors.parent),
        "matrix": ("matrix_parent_ix", mirrors.matrix_parent),
    }[tree]
    yield from _of_rows(
        said != parents,
        lambda ix, name: f"{name(ix)} has {what} {name(said[ix])}, the {tree} edge says {name(parents[ix])}",
    )
    if tree == "sponsor":
        return
    slots = edges.slots(people, edges.live)
    said_slots = mirrors.matrix_slot if tree == "matrix" else mirrors.slot
    yield from _of_rows(
        said_slots != slots,
        lambda ix, name: f"{name(ix)} has slot {_told(said_slots[ix])}, the {tree} edge says {slots[ix]}",
    )
    sound = _sound(slots, width) & (parents < people)  # others are faults of their own
    parents, slots = np.where(sound, parents, NOBODY), np.where(sound, slots, 0)
    if tree == "binary":
        yield from _spots(tree, SPOTS, spots_of(parents, slots), mirrors.spots)
    elif width:
        yield from _spots(tree, MATRIX_SPOTS, matrix_spots_of(parents, slots, width), mirrors.matrix_spots)


def _spots(tree: Tree, names: Iterable[str], wanted: object, kept: object) -> Iterator[Finding]:
    for what in names:
        says, should = getattr(kept, what), getattr(wanted, what)
        yield from _of_rows(says != should, _spot(tree, what, says, should))


def _spot(tree: Tree, what: str, says: Ints, should: Ints) -> Telling:
    def telling(ix: int, name: Name) -> str:
        told = name if what in _PEOPLE else _told
        return f"{name(ix)} keeps {what} {told(says[ix])} about open slots, the {tree} edges say {told(should[ix])}"

    return telling


def _told(number: int) -> str:
    return "nothing" if number == UNKNOWN else str(number)


def _history(tree: Tree, edges: Edges) -> Iterator[Finding]:
    """Each edge is known from one fact to a later one, and at no fact are two edges of a child known.

    Edges of a history that was taken over were never live: they begin and end with the one fact that tells them.
    """
    rows = np.flatnonzero(edges.seq_from != edges.seq_to)
    order = rows[np.lexsort([edges.seq_from[rows], edges.child[rows]])]
    child, seq_from, seq_to = edges.child[order], edges.seq_from[order], edges.seq_to[order]
    both = np.zeros(len(order), np.bool_)
    both[1:] = (child[1:] == child[:-1]) & (seq_from[1:] < seq_to[:-1])
    wrong = np.zeros(len(edges.child), np.bool_)
    wrong[order] = both | (seq_to <= seq_from)
    yield from _of_rows(
        wrong,
        lambda row, name: (
            f"{name(edges.child[row])}: the {tree} edge to {name(edges.parent[row])} known from fact "
            f"{edges.seq_from[row]} on overlaps another or ends before it begins"
        ),
    )
    yield from _overlaps(tree, edges)


def _overlaps(tree: Tree, edges: Edges) -> Iterator[Finding]:
    """As known now nobody stands in two places at once; what was corrected is known no more."""
    rows = np.flatnonzero((edges.void_seq == NEVER) & (edges.valid_from < edges.valid_to))
    order = rows[np.lexsort([edges.valid_from[rows], edges.child[rows]])]
    same = edges.child[order[1:]] == edges.child[order[:-1]]
    wrong = np.zeros(len(edges.child), np.bool_)
    wrong[order[1:]] = same & (edges.valid_from[order[1:]] < edges.valid_to[order[:-1]])
    yield from _of_rows(
        wrong,
        lambda row, name: (
            f"{name(edges.child[row])} stood under {name(edges.parent[row])} in the {tree} tree at a time at which "
            "they stood elsewhere"
        ),
    )


def _again(keys: Ints, rows: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the chosen rows repeat the key of an earlier one."""
    at = np.flatnonzero(rows)
    again = np.zeros(len(rows), np.bool_)
    if at.size:
        chosen = keys[:, at]
        order = np.lexsort([at, *chosen])
        same = np.all(chosen[:, order[1:]] == chosen[:, order[:-1]], axis=0)
        again[at[order[1:]][same]] = True
    return again


def _of_rows(wrong: NDArray[np.bool_], telling: Telling) -> Iterator[Finding]:
    rows = np.flatnonzero(wrong)
    if rows.size:
        yield Finding(len(rows), tuple(partial(telling, row) for row in rows[:MOST_SHOWN].tolist()))
