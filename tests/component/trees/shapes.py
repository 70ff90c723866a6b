"""Big spillover shapes: nearly everybody stands under somebody else than their sponsor, in the binary tree and in the
matrix, and was placed below their sponsor there."""

import random
from collections.abc import Iterator, Sequence
from typing import Final

from app.facts.commands import BelowSponsor, Command, Enrol, Explicit, Place, TakenOver
from tests.component.volumes.company import enrol, ms

BALANCED: Final = 8_191
"""Both sides of each person are full, thirteen levels deep."""
DEEP: Final = 10_000
FRONTLINE: Final = 50_000
SEATED: Final = 3_000
"""So many of the frontline stand in the matrix too."""
WIDTH: Final = 3
_AT: Final = ms(2026, 3, 1)


def shapes(top: str) -> list[Command]:
    """B0 heads the balanced tree, S0 the line, F0 the frontline; H0 and H1 carry them at the top's outside right."""
    head = enrol("H0", top)
    return [
        Enrol(head.id, top, head.name, head.owner, head.enrolled_at, placement=BelowSponsor("outside_right")),
        enrol("H1", top, "H0", 2),
        *balanced("B", BALANCED, top, "H0", 1),
        *deep("S", DEEP, top, "H1", 2),
        *frontline("F", FRONTLINE, top, "H1", 1),
    ]


def balanced(name: str, people: int, sponsor: str, parent: str, slot: int) -> Iterator[Command]:
    """A perfect binary tree in which everybody is sponsored by whoever stands above their parent."""
    yield enrol(f"{name}0", sponsor, parent, slot)
    for number in range(1, people):
        above = (number - 1) // 2
        yield enrol(f"{name}{number}", f"{name}{max(0, (above - 1) // 2)}", f"{name}{above}", 2 - number % 2)


def deep(name: str, people: int, sponsor: str, parent: str, slot: int) -> Iterator[Command]:
    """A line that turns left and right, in which everybody is sponsored by the one before the one above."""
    yield enrol(f"{name}0", sponsor, parent, slot)
    for number in range(1, people):
        by = f"{name}{number - 2}" if number > 1 else sponsor
        yield enrol(f"{name}{number}", by, f"{name}{number - 1}", 1 + number % 2)


def frontline(name: str, people: int, sponsor: str, parent: str, slot: int) -> Iterator[Command]:
    """One person's frontline, spilled over breadth first."""
    yield enrol(f"{name}0", sponsor, parent, slot)
    for number in range(1, people + 1):
        yield enrol(f"{name}{number}", f"{name}0", f"{name}{(number - 1) // 2}", 2 - number % 2)


def seats(top: str, people: Sequence[str], seed: int) -> list[Command]:
    """The matrix of the shapes at the top's right slot, and of `people` left of it, some of whom get no seat."""
    return [
        *(_seat(id, parent, slot) for id, parent, slot in (("H0", top, 3), ("H1", "H0", 1))),
        *(_seat(id, parent, slot) for id, parent, slot in (("B0", "H0", 2), ("S0", "H1", 2), ("F0", "H1", 3))),
        # The sponsor need not be above in the matrix where the place is taken over from a former system.
        *(Place(f"B{n}", TakenOver(f"B{(n - 1) // 3}", 1 + (n - 1) % 3), _AT, "matrix") for n in range(1, BALANCED)),
        *(_seat(f"S{n}", f"S{n - 1}", 1 + n % 3) for n in range(1, DEEP)),
        *(_seat(f"F{n}", f"F{(n - 1) // 3}", 1 + (n - 1) % 3) for n in range(1, SEATED)),
        *some_seats(top, people, seed),
    ]


def some_seats(top: str, people: Sequence[str], seed: int, at: int = _AT) -> Iterator[Command]:
    """Anywhere below the top but in its third slot, the sponsors above or not; a few get none."""
    rng = random.Random(seed)
    taken: dict[tuple[str, int], str] = {}
    for id in people:
        if id == top or rng.random() < 0.1:
            continue
        parent, slot = top, rng.choice((1, 2))
        while (below := taken.get((parent, slot))) is not None:
            parent, slot = below, rng.choice((1, 2, 3))
        taken[parent, slot] = id
        yield Place(id, TakenOver(parent, slot), at, "matrix")


def _seat(id: str, parent: str, slot: int) -> Place:
    return Place(id, Explicit(parent, slot), _AT, "matrix")
