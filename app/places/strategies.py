"""How a place below the sponsor is found in the binary tree: the names that commands, API, procedure and people's
preferences share. What each does is in cypher/procedures/find_place_binary.cypher."""

from typing import Final, Literal, get_args

OfEveryCompany = Literal[
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
OfACalendar = Literal["lighter_by_volume_daily", "lighter_by_volume_four_weeks", "lighter_by_volume_weekly"]
"""Those that weigh what was sold in a period of a calendar which not every company keeps."""
Preferable = Literal[OfEveryCompany, OfACalendar]
"""What a distributor can prefer for those they sponsor."""
Strategy = Literal[Preferable, "preference"]
OF_EVERY_COMPANY: Final[tuple[OfEveryCompany, ...]] = get_args(OfEveryCompany)
PREFERABLE: Final[tuple[Preferable, ...]] = get_args(Preferable)
STRATEGIES: Final[tuple[Strategy, ...]] = get_args(Strategy)
MATRIX_STRATEGIES: Final[tuple[Strategy, ...]] = ("first_open",)
"""What finds a slot of the matrix: cypher/procedures/find_place_matrix.cypher."""
