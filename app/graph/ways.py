"""The ways up from many people in one tree, each edge read about once."""

from collections.abc import Awaitable, Callable, Mapping, Set
from typing import Final, Literal, TypeVar

Person = TypeVar("Person", int, str)
"""An ix or an id."""

Stretch = Literal["levels_up", "ways_up"]
"""Some levels of the ways up, or the ways up to the top: a name of a query."""

FEW: Final = 16
"""Each goes up to the top by itself."""
ONE_IN: Final = 100
"""With more people asked about than one in so many, a tree is read faster than the ways up it."""


def asks_for_the_tree(asked: int, people: int) -> bool:
    """Whether so many of a tree's people are asked about that all its edges are read instead."""
    return asked > FEW and asked * ONE_IN > people


async def ways_up(
    start: Set[Person],
    climbed: set[Person],
    ask: Callable[[Stretch, Set[Person]], Awaitable[Mapping[Person, Person]]],
) -> dict[Person, Person]:
    """Child to parent of everybody above `start`: some levels of all ways, on from where they met, and so on until few
    are left, since most ways join soon.

    `climbed`: people whose way is known, who are not asked about; whose way becomes known is added.
    """
    parents: dict[Person, Person] = {}
    waiting = start - climbed
    while waiting:
        found = await ask("ways_up" if len(waiting) <= FEW else "levels_up", waiting)
        parents.update(found)
        climbed |= waiting
        climbed.update(found)
        waiting = set(found.values()) - climbed
    return parents
