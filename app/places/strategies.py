"""How a place below the sponsor is found in the binary tree: the names that commands, API, procedure and people's
preferences share. What each does is in cypher/procedures/find_place_binary.cypher."""

from typing import Final, Literal, get_args

Preferable = Literal[
    "outside_left",
    "outside_right",
    "inside_left",
    "inside_right",
    "left_leg",
    "right_leg",
    "lighter_by_people",
    "lighter_by_volume",
    "first_open",
]
"""What a distributor can prefer for those they sponsor."""
Strategy = Literal[Preferable, "preference"]
PREFERABLE: Final[tuple[Preferable, ...]] = get_args(Preferable)
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
MATRIX_STRATEGIES: Final[tuple[Strategy, ...]] = ("first_open",)
"""What finds a slot of the matrix: cypher/procedures/find_place_matrix.cypher."""
