"""Invariants of one tree, over columns: every edge joins whom it says, nobody has two parents, no slot two people,
there is no cycle, people's own notes of their places agree, and the history has no two truths at once."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from app.doctor.models import MOST_SHOWN, Finding, Ints, Mirrors
from app.engine.errors import BrokenTreeError
from app.engine.forest import forest
from app.places.columns import MATRIX_NAMES as MATRIX_SPOTS
from app.places.columns import NAMES as SPOTS
from app.places.columns import matrix_spots_of, spots_of
from app.places.spots import SIDES
from app.volumes.edges import NEVER, Edges
from app.volumes.models import NOBODY, Tree

Sentence = Callable[[int], str]


def check_tree(tree: Tree, edges: Edges, mirrors: Mirrors, matrix_width: int) -> Iterator[Finding]:
    """What is wrong; nothing when all is well. `edges` are all there are, live and ended."""
    width = {"sponsor": 0, "binary": len(SIDES), "matrix": matrix_width}[tree]
    live = edges.live
    yield from _of_rows(
        (edges.child != edges.from_ix) | (edges.parent != edges.to_ix),
        lambda row: (
            f"the {tree} edge from {_name(edges.from_ix[row])} to {_name(edges.to_ix[row])} says that it joins "
            f"{_name(edges.child[row])} to {_name(edges.parent[row])}"
        ),
    )
    yield from _of_rows(
        live & _again(np.stack([edges.child]), live),
        lambda row: (
            f"{_name(edges.child[row])} has a second live edge in the {tree} tree, to {_name(edges.parent[row])}"
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
        lambda row: f"{_name(edges.child[row])} stands in slot {edges.slot[row]}; the {tree} tree has 1 to {width}",
    )
    yield from _of_rows(
        live & _again(np.stack([edges.parent, edges.slot]), live),
        lambda row: (
            f"{_name(edges.child[row])} stands in slot {edges.slot[row]} of {_name(edges.parent[row])}, where somebody "
            "else stands"
        ),
    )


def _cycles(tree: Tree, edges: Edges, people: int) -> Iterator[Finding]:
    try:
        forest(tree, edges.parents(people, edges.live & (edges.child < people) & (edges.parent < people)))
    except BrokenTreeError as error:
        named = ", ".join(map(_name, error.details["people"]))
        yield Finding(error.details["count"], (f"the {tree} tree has a cycle through {named}",))


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
        lambda ix: f"{_name(ix)} has {what} {said[ix]}, the {tree} edge says {parents[ix]}",
    )
    if tree == "sponsor":
        return
    slots = edges.slots(people, edges.live)
    said_slots = mirrors.matrix_slot if tree == "matrix" else mirrors.slot
    yield from _of_rows(
        said_slots != slots,
        lambda ix: f"{_name(ix)} has slot {said_slots[ix]}, the {tree} edge says {slots[ix]}",
    )
    sound = _sound(slots, width)  # other slots are a fault of their own
    parents, slots = np.where(sound, parents, NOBODY), np.where(sound, slots, 0)
    if tree == "binary":
        yield from _spots(tree, SPOTS, spots_of(parents, slots), mirrors.spots)
    elif width:
        yield from _spots(tree, MATRIX_SPOTS, matrix_spots_of(parents, slots, width), mirrors.matrix_spots)


def _spots(tree: Tree, names: Iterable[str], wanted: object, kept: object) -> Iterator[Finding]:
    for name in names:
        says, should = getattr(kept, name), getattr(wanted, name)
        yield from _of_rows(
            says != should,
            lambda ix, what=name, says=says, should=should: (  # type: ignore[misc]
                f"{_name(ix)} keeps {what} {says[ix]} about open slots, the {tree} edges say {should[ix]}"
            ),
        )


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
        lambda row: (
            f"{_name(edges.child[row])}: the {tree} edge to {_name(edges.parent[row])} known from fact "
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
        lambda row: (
            f"{_name(edges.child[row])} stood under {_name(edges.parent[row])} in the {tree} tree at a time at which "
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


def _of_rows(wrong: NDArray[np.bool_], sentence: Sentence) -> Iterator[Finding]:
    rows = np.flatnonzero(wrong)
    if rows.size:
        shown = rows[:MOST_SHOWN].tolist()
        yield Finding(len(rows), tuple(map(sentence, shown)))


def _name(ix: int) -> str:
    return "nobody" if ix == NOBODY else f"person number {ix}"
