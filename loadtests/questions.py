"""What both sides are asked, and the answers by NumPy that every other answer must equal before its time counts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from app.engine.columns import Bools, Int64s
from app.engine.forest import Forest, scatter_sums
from app.engine.models import LEFT, RIGHT
from loadtests.trees import Trees

Kind = Literal[
    "downline",
    "downline_list",
    "upline",
    "legs",
    "levels",
    "frontline",
    "is_in_downline",
    "path",
    "common_upline",
    "open_slots",
    "first_open",
    "unilevel_volumes",
    "binary_volumes",
    "binary_volumes_by_level",
]
Tree = Literal["sponsor", "binary"]
Table = Int64s
"""Rows of an answer, sorted."""

SIZES: Final = (100, 1_000, 10_000, 100_000)
LONGEST_LIST: Final = 10_000
FAR: Final = 2.0
LEVELS: Final = 5
SUMMED: Final = 10
"""Levels of a summary."""
PAGE: Final = 50
"""People of a frontline and open slots that are told at once."""
SLOTS: Final = (LEFT, RIGHT)
NOBODY: Final = -1


@dataclass(frozen=True, slots=True)
class Question:
    """`person` is NOBODY where everybody is asked about at once. `about`: how many people, or levels of an upline.
    `other` is the second one where two are asked about."""

    kind: Kind
    name: str
    tree: Tree
    person: int = NOBODY
    about: int | None = None
    other: int = NOBODY


def questions_about(trees: Trees) -> list[Question]:
    """Downlines of each size that the company has, the longest uplines, legs, and everybody's volumes."""
    asked: list[Question] = []
    for tree in ("sponsor", "binary"):
        asked += _about_one(_forest(trees, tree), tree)
    top = nearest(trees.binary_tree.sizes - 1, 10_000)
    return [
        *asked,
        Question("open_slots", f"binary: nearest {PAGE} open slots below a leader", "binary", top),
        Question("first_open", "binary: first open slot below a leader", "binary", top),
        Question("unilevel_volumes", f"unilevel: volume on {LEVELS} levels, everybody (in memory)", "sponsor"),
        Question("binary_volumes", "binary: volume of both legs, everybody (tallies read)", "binary"),
        Question("binary_volumes_by_level", "binary: volume of both legs, everybody (in memory)", "binary"),
    ]


def _about_one(forest: Forest, tree: Tree) -> list[Question]:
    below = forest.sizes - 1
    asked = []
    for size in SIZES:
        top = nearest(below, size)
        about = int(below[top])
        # A company may have nobody with a downline of about that size.
        if size / FAR <= about <= size * FAR:
            asked.append(Question("downline", f"{tree}: people and volume below, {size:,}", tree, top, about))
            if size <= LONGEST_LIST:
                asked.append(Question("downline_list", f"{tree}: list of those below, {size:,}", tree, top, about))
    deepest, leader, top = int(np.argmax(forest.depth)), nearest(below, 1_000), nearest(below, 10_000)
    far, another = int(forest.depth[deepest]), _in_the_middle(forest)
    return [
        *asked,
        Question("upline", f"{tree}: upline of the deepest", tree, deepest, far),
        Question("legs", f"{tree}: legs of a leader", tree, leader, int(below[leader])),
        Question("levels", f"{tree}: people and volume on {SUMMED} levels below a leader", tree, top, int(below[top])),
        Question("frontline", f"{tree}: frontline of a leader, {PAGE} at most", tree, top),
        Question("is_in_downline", f"{tree}: whether the deepest stands below a leader", tree, deepest, far, top),
        Question("path", f"{tree}: way between the deepest and another", tree, deepest, far, another),
        Question("common_upline", f"{tree}: nearest common upline of these", tree, deepest, far, another),
    ]


def _in_the_middle(forest: Forest) -> int:
    """Somebody of the middling depth."""
    return int(np.argsort(forest.depth, kind="stable")[len(forest.depth) // 2])


def nearest(below: Int64s, size: int) -> int:
    """Whose downline is nearest to a size."""
    # By ratio: for 1,000 among downlines of 0 and 9,999, the large one is the nearer.
    return int(np.argmin(np.abs(np.log(np.maximum(below, 0.5) / size))))


def answer_of(trees: Trees, question: Question) -> Table:
    """See `sql/` for what the columns are."""
    return _ANSWERS[question.kind](trees, question)


def table_of(rows: Sequence[Sequence[int]]) -> Table:
    """Rows in any order as an answer."""
    return _sorted(*np.array(rows, dtype=np.int64).T) if rows else np.zeros((0, 0), np.int64)


def below_of(tree: Forest, person: int) -> Int64s:
    """Everybody below, by ix."""
    inside = tree.path_sums(np.arange(tree.people) == person) > 0
    inside[person] = False
    return np.flatnonzero(inside)


def _sorted(*columns: Int64s) -> Table:
    if not len(columns[0]):
        return np.zeros((0, 0), np.int64)
    return np.stack(columns, axis=1)[np.lexsort(columns[::-1])]


def _downline(trees: Trees, question: Question) -> Table:
    tree, person = _forest(trees, question.tree), question.person
    sums = tree.subtree_sums(trees.volume)
    return np.array([[tree.sizes[person] - 1, sums[person] - trees.volume[person]]])


def _downline_list(trees: Trees, question: Question) -> Table:
    tree, person = _forest(trees, question.tree), question.person
    below = below_of(tree, person)
    return _sorted(tree.depth[below] - tree.depth[person], below)


def _upline(trees: Trees, question: Question) -> Table:
    up = _forest(trees, question.tree).up
    above, people = [], int(up[question.person])
    while people != trees.people:
        above.append(people)
        people = int(up[people])
    return _sorted(np.arange(1, len(above) + 1), np.array(above, np.int64))


def _legs(trees: Trees, question: Question) -> Table:
    tree = _forest(trees, question.tree)
    heads = np.flatnonzero(tree.up[:-1] == question.person)
    return _sorted(heads, tree.sizes[heads], tree.subtree_sums(trees.volume)[heads])


def _levels(trees: Trees, question: Question) -> Table:
    tree, person = _forest(trees, question.tree), question.person
    below = below_of(tree, person)
    level = tree.depth[below] - tree.depth[person]
    people, volumes = np.bincount(level), np.bincount(level, trees.volume[below]).astype(np.int64)
    some = np.flatnonzero(people[: SUMMED + 1])
    return _sorted(some, people[some], volumes[some])


def _frontline(trees: Trees, question: Question) -> Table:
    up = _forest(trees, question.tree).up[:-1]
    some = np.flatnonzero(up == question.person)[:PAGE]
    return _sorted(some, np.bincount(up, minlength=trees.people)[some])


def _is_in_downline(trees: Trees, question: Question) -> Table:
    way = _way_up(trees, question.tree, question.person)
    return np.array([[way.index(question.other) if question.other in way else -1]])


def _path(trees: Trees, question: Question) -> Table:
    """Everybody on the way."""
    one, other = (_way_up(trees, question.tree, person) for person in (question.person, question.other))
    shared = set(one) & set(other)
    if not shared:
        return table_of([])
    meeting = next(person for person in one if person in shared)
    return table_of([(person,) for person in {meeting, *(set(one) ^ set(other))}])


def _common_upline(trees: Trees, question: Question) -> Table:
    one, other = (_way_up(trees, question.tree, person) for person in (question.person, question.other))
    shared = set(other)
    found = [(person, distance, other.index(person)) for distance, person in enumerate(one) if person in shared]
    return table_of(found[:1])


def _way_up(trees: Trees, tree: Tree, person: int) -> list[int]:
    """The person and everybody above, the nearest first."""
    up, way = _forest(trees, tree).up, [person]
    while (above := int(up[way[-1]])) != trees.people:
        way.append(above)
    return way


def _open_slots(trees: Trees, question: Question) -> Table:
    return table_of(_nearest_open(trees, question.person, PAGE))


def _first_open(trees: Trees, question: Question) -> Table:
    return table_of(_nearest_open(trees, question.person, 1))


def _nearest_open(trees: Trees, top: int, most: int) -> list[tuple[int, int]]:
    """(parent, slot), nearest level first and left before right."""
    child = {(parent, slot): ix for ix, (parent, slot) in enumerate(zip(trees.parent, trees.slot, strict=True))}
    found, level = list[tuple[int, int]](), [top]
    while level and len(found) < most:
        below = [(parent, slot) for parent in level for slot in SLOTS]
        found += [each for each in below if each not in child]
        level = [child[each] for each in below if each in child]
    return found[:most]


def level_volumes(trees: Trees) -> list[Int64s]:
    """Everybody's volume on each level."""
    nobody = trees.people
    person = np.arange(nobody, dtype=np.int32)
    volumes = []
    for _ in range(LEVELS):
        person = trees.sponsor_tree.up[person]
        volumes.append(scatter_sums(person, trees.volume, nobody + 1)[:-1])
    return volumes


def leg_volumes(trees: Trees) -> tuple[Int64s, Int64s]:
    """Everybody's volume in the left and in the right leg."""
    below = trees.binary_tree.subtree_sums(trees.volume)
    return of_legs(trees.parent, trees.slot, below)


def of_legs(parent: Int64s, slot: Int64s, below: Int64s) -> tuple[Int64s, Int64s]:
    """What each child has, by parent and side."""
    return _of_children(parent, slot == LEFT, below), _of_children(parent, slot == RIGHT, below)


def _of_children(parent: Int64s, mask: Bools, values: Int64s) -> Int64s:
    children = np.flatnonzero(mask)
    found = np.zeros(len(parent), dtype=np.int64)
    found[parent[children]] = values[children]
    return found


def _unilevel_volumes(trees: Trees, _question: Question) -> Table:
    earners, levels, volumes = [], [], []
    for level, volume in enumerate(level_volumes(trees), start=1):
        some = np.flatnonzero(volume)
        earners.append(some)
        levels.append(np.full(len(some), level))
        volumes.append(volume[some])
    return _sorted(np.concatenate(earners), np.concatenate(levels), np.concatenate(volumes))


def _binary_volumes(trees: Trees, _question: Question) -> Table:
    return legs_table(*leg_volumes(trees))


def legs_table(left: Int64s, right: Int64s) -> Table:
    """Whoever has volume in a leg."""
    some = np.flatnonzero((left != 0) | (right != 0))
    return _sorted(some, left[some], right[some])


def _forest(trees: Trees, tree: Tree) -> Forest:
    return trees.sponsor_tree if tree == "sponsor" else trees.binary_tree


_ANSWERS: Final[dict[Kind, Callable[[Trees, Question], Table]]] = {
    "downline": _downline,
    "downline_list": _downline_list,
    "upline": _upline,
    "legs": _legs,
    "levels": _levels,
    "frontline": _frontline,
    "is_in_downline": _is_in_downline,
    "path": _path,
    "common_upline": _common_upline,
    "open_slots": _open_slots,
    "first_open": _first_open,
    "unilevel_volumes": _unilevel_volumes,
    "binary_volumes": _binary_volumes,
    "binary_volumes_by_level": _binary_volumes,
}
