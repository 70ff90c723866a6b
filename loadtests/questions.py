"""What both sides are asked, and the answers by NumPy that every other answer must equal before its time counts."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.engine.columns import Bools, Int64s
from app.engine.forest import Forest, scatter_sums
from app.engine.models import LEFT, RIGHT
from loadtests.trees import Trees

Kind = Literal["downline", "upline", "legs", "unilevel_volumes", "binary_volumes", "binary_volumes_by_level"]
Tree = Literal["sponsor", "binary"]
Rows = list[tuple[int, ...]]

SIZES: Final = (100, 1_000, 10_000, 100_000)
LEVELS: Final = 5
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Question:
    """`person` is NOBODY where everybody is asked about at once."""

    kind: Kind
    name: str
    tree: Tree
    person: int = NOBODY


def questions_about(trees: Trees) -> list[Question]:
    """Downlines of each size that the company has, the longest uplines, legs, and everybody's volumes."""
    asked: list[Question] = []
    for tree in ("sponsor", "binary"):
        asked += _about_one(_forest(trees, tree), tree)
    return [
        *asked,
        Question("unilevel_volumes", f"unilevel: volume on levels 1 to {LEVELS}, everybody", "sponsor"),
        Question("binary_volumes", "binary: volume of both legs, everybody", "binary"),
        Question("binary_volumes_by_level", "binary: the same by a loop in PL/pgSQL", "binary"),
    ]


def _about_one(forest: Forest, tree: Tree) -> list[Question]:
    below = forest.size - 1
    tops = [_nearest(below, size) for size in SIZES if size <= forest.people]
    tops = list(dict.fromkeys(tops)) or [int(np.argmax(below))]
    deepest, leader = int(np.argmax(forest.depth)), _nearest(below, 1_000)
    return [
        *(Question("downline", f"{tree}: downline of {below[top]:,}", tree, top) for top in tops),
        Question("upline", f"{tree}: upline of {forest.depth[deepest]:,}", tree, deepest),
        Question("legs", f"{tree}: legs of a downline of {below[leader]:,}", tree, leader),
    ]


def _nearest(below: Int64s, size: int) -> int:
    # By ratio: for 1,000 among downlines of 0 and 9,999, the large one is the nearer.
    return int(np.argmin(np.abs(np.log(np.maximum(below, 0.5) / size))))


def answer_of(trees: Trees, question: Question) -> Rows:
    """The sorted rows; see `sql/` for what their columns are."""
    return sorted(_ANSWERS[question.kind](trees, question))


def _downline(trees: Trees, question: Question) -> Rows:
    tree, person = _forest(trees, question.tree), question.person
    sums = tree.subtree_sums(trees.volume)
    return [(int(tree.size[person]) - 1, int(sums[person] - trees.volume[person]))]


def _upline(trees: Trees, question: Question) -> Rows:
    up = _forest(trees, question.tree).up
    rows: Rows = []
    above = int(up[question.person])
    while above != trees.people:
        rows.append((len(rows) + 1, above))
        above = int(up[above])
    return rows


def _legs(trees: Trees, question: Question) -> Rows:
    tree = _forest(trees, question.tree)
    heads = np.flatnonzero(tree.up[:-1] == question.person)
    return _rows(heads, tree.size[heads], tree.subtree_sums(trees.volume)[heads])


def _unilevel_volumes(trees: Trees, _question: Question) -> Rows:
    nobody = trees.people
    person = np.arange(nobody)
    rows: Rows = []
    for level in range(1, LEVELS + 1):
        person = trees.sponsor_tree.up[person]
        volume = scatter_sums(person, trees.volume, nobody + 1)[:-1]
        some = np.flatnonzero(volume)
        rows += _rows(some, np.full(len(some), level), volume[some])
    return rows


def _binary_volumes(trees: Trees, _question: Question) -> Rows:
    below = trees.binary_tree.subtree_sums(trees.volume)
    left, right = (_of_children(trees, trees.slot == slot, below) for slot in (LEFT, RIGHT))
    some = np.flatnonzero((left != 0) | (right != 0))
    return _rows(some, left[some], right[some])


def _of_children(trees: Trees, mask: Bools, values: Int64s) -> Int64s:
    children = np.flatnonzero(mask)
    found = np.zeros(trees.people, dtype=np.int64)
    found[trees.parent[children]] = values[children]
    return found


def _rows(*columns: Int64s) -> Rows:
    return list(zip(*(column.tolist() for column in columns), strict=True))


def _forest(trees: Trees, tree: Tree) -> Forest:
    return trees.sponsor_tree if tree == "sponsor" else trees.binary_tree


_ANSWERS: Final[dict[Kind, Callable[[Trees, Question], Rows]]] = {
    "downline": _downline,
    "upline": _upline,
    "legs": _legs,
    "unilevel_volumes": _unilevel_volumes,
    "binary_volumes": _binary_volumes,
    "binary_volumes_by_level": _binary_volumes,
}
