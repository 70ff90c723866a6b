"""Matrix: levels up a tree in which everybody has so many slots, each paid so many levels down."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import Field

from app.plans.shares import Finding
from app.plans.unilevel import LevelBonus

MOST_WIDE, MOST_DEEP = 20, 50
"""As wide and as deep as a company can keep one."""


class Matrix(LevelBonus):
    """Pays up the matrix: amount = CV x multiplier x the rate of the earner's rank at that level."""

    type: Literal["matrix"]
    width: Annotated[int, Field(ge=1, le=MOST_WIDE)] = Field(
        description="slots below each person; the company's matrix must be as wide"
    )
    depth: Annotated[int, Field(ge=1, le=MOST_DEEP)] = Field(
        description="levels that each person's matrix has: what is sold further below pays them nothing, whatever "
        "compression does; the company's matrix must be as deep or deeper"
    )

    def findings(self, names: Sequence[str]) -> Iterator[Finding]:
        """As of all levels; and none is below the matrix."""
        yield from super().findings(names)
        for name, rates in self.levels_by_rank.items():
            if len(rates) > self.depth:
                yield (
                    ("levels_by_rank", name),
                    f"there are rates of {len(rates)} levels, and the matrix is {self.depth} deep",
                )

    def warnings(self, names: Sequence[str]) -> Iterator[Finding]:
        """As of all levels; and levels of the matrix that pay nobody."""
        yield from super().warnings(names)
        if self.compression == "none" and self.levels < self.depth:
            yield (
                ("depth",),
                f"the matrix is {self.depth} deep, and without compression nothing is paid below level {self.levels}",
            )
