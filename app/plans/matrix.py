"""Matrix: levels up a tree in which everybody has so many slots, each paid so many levels down."""

from typing import Annotated, Literal

from pydantic import Field

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

    @property
    def reach(self) -> int | None:
        """See LevelBonus."""
        return self.depth

    @property
    def reach_told(self) -> str:
        """See LevelBonus."""
        return f"the matrix is {self.depth} deep"
