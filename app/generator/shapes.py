"""`plant(shape, rng, people) -> Genealogy`: the sponsor tree and the binary tree in one of the shapes.

The matrix, if a company keeps one, is filled along the sponsor tree (app/generator/matrix.py).

Below whom somebody is placed lies below their sponsor, as the service demands. So the people below anybody in the
sponsor tree are all below them in the binary tree: where both trees are to be complete, or one long chain, the two
cannot differ (`balanced`, and inside each chain of `chain`); everywhere else they do.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from app.generator.links import ends
from app.generator.models import Bools, Genealogy, Ints, Shape
from app.generator.placement import BREADTH_FIRST, LEFT, OUTSIDE_LEFT, OUTSIDE_RIGHT, RIGHT, place_everyone

CHAIN_DEPTH: Final = 10_000
FRONTLINE: Final = 50_000
FORCED_MATRIX: Final = (3, 9)
"""Width and depth."""

_WAITING: Final = 0.01
_WAITING_CHURNED: Final = 0.1


def plant(shape: Shape, rng: np.random.Generator, people: int) -> Genealogy:
    """The same shape, state of `rng` and number of people give the same trees."""
    return _PLANTERS[shape](rng, people)


def _heavy_tailed(rng: np.random.Generator, people: int, waiting: float = _WAITING) -> Genealogy:
    """Few recruit many; each sponsor has a habit of placing."""
    sponsor = _preferred_sponsors(rng, people)
    waits = rng.random(people) < waiting
    waits[0] = False
    habits = np.array([BREADTH_FIRST, OUTSIDE_LEFT, OUTSIDE_RIGHT])
    return _placed(sponsor, waits, rng.choice(habits, people, p=[3 / 6, 2 / 6, 1 / 6]))


def _churned(rng: np.random.Generator, people: int) -> Genealogy:
    return _heavy_tailed(rng, people, _WAITING_CHURNED)


def _balanced(_: np.random.Generator, people: int) -> Genealogy:
    """Both trees complete."""
    person = np.arange(people)
    parent = (person - 1) // 2
    return Genealogy(parent, parent, _of_tops(np.where(person % 2 == 1, LEFT, RIGHT)))


def _one_leg(rng: np.random.Generator, people: int) -> Genealogy:
    """Everybody spills to the outside left, so all stand in one run of left children."""
    return Genealogy(_preferred_sponsors(rng, people), np.arange(people) - 1, _of_tops(np.full(people, LEFT)))


def _chain(_: np.random.Generator, people: int) -> Genealogy:
    """Chains one after the other. The top sponsors their heads, which stand along its outside right leg.

    A head's own chain begins on its left; below that it hangs left and right in turns.
    """
    person = np.arange(people)
    level = (person - 1) % CHAIN_DEPTH
    is_head = level == 0
    sponsor = np.where(is_head, 0, person - 1)
    sponsor[0] = -1
    parent, slot = sponsor.copy(), np.where(level % 2 == 1, LEFT, RIGHT)
    heads = person[1:][is_head[1:]]
    # The first chain takes the top's left slot, so that the second head is the first on its right.
    slot[heads[:1]] = LEFT
    parent[heads[2:]] = heads[1:-1]
    return Genealogy(sponsor, parent, _of_tops(slot))


def _wide(rng: np.random.Generator, people: int) -> Genealogy:
    """The top recruits the first 50,000; of everybody after them a random earlier person but the top."""
    person = np.arange(people)
    sponsor = np.where(person <= FRONTLINE, 0, 1 + (rng.random(people) * (person - 1)).astype(np.int64))
    sponsor[0] = -1
    return _placed(sponsor, np.zeros(people, dtype=np.bool_), np.full(people, BREADTH_FIRST))


def _matrix(rng: np.random.Generator, people: int) -> Genealogy:
    """As many recruits as in `heavy-tailed`, so that most spill over; everybody is placed, breadth first."""
    return _placed(_preferred_sponsors(rng, people), np.zeros(people, dtype=np.bool_), np.full(people, BREADTH_FIRST))


_PLANTERS: Final[Mapping[Shape, Callable[[np.random.Generator, int], Genealogy]]] = {
    Shape.HEAVY_TAILED: _heavy_tailed,
    Shape.BALANCED: _balanced,
    Shape.ONE_LEG: _one_leg,
    Shape.CHAIN: _chain,
    Shape.WIDE: _wide,
    Shape.MATRIX: _matrix,
    Shape.CHURNED: _churned,
}


def _preferred_sponsors(rng: np.random.Generator, people: int) -> Ints:
    """Half join whoever sponsored a random earlier person, half that person: preferential attachment."""
    person = np.arange(people)
    earlier = (rng.random(people) * person).astype(np.int64)
    copies = rng.random(people) < 0.5
    copies[:2] = False
    sponsor = earlier[ends(np.where(copies, earlier, person))]
    sponsor[0] = -1
    # A copy of the top's place has no sponsor to share, so it joins the top.
    sponsor[1:][sponsor[1:] < 0] = 0
    return sponsor


def _placed(sponsor: Ints, waits: Bools, habits: Ints) -> Genealogy:
    return Genealogy(sponsor, *place_everyone(sponsor, waits, habits))


def _of_tops(slot: Ints) -> Ints:
    """The top tops its tree: it has no slot."""
    slot[0] = 0
    return slot
