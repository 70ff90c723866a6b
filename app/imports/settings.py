"""Checks of settings: what a company keeps beside its people, the matrix and which moves it allows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from zoneinfo import available_timezones

import numpy as np

from app.facts.commands import MoveLimits, SetMovePolicy
from app.facts.limits import MAX_COUNT
from app.imports import columns as col
from app.imports.files import Input, Table
from app.imports.history import TREES
from app.imports.models import CompanySettings, MatrixShape, Reason
from app.imports.trees import Checked
from app.places.matrix import MOST_DEEP, MOST_WIDE

WIDTH, DEPTH, ZONE = "matrix_width", "matrix_depth", "move_zone"
MOVES: Final = "move_"
"""What every setting of the policy of moves begins with."""
COUNTS: Final = ("window_days", "largest_subtree", "backdate_days")
LIMITS: Final = (*COUNTS, "stay_below", "blackout_days")
Values = Mapping[str, Any]
"""What a setting says, by its name: a number, a word, or days."""


def settings_as_values(kept: CompanySettings) -> dict[str, Any]:
    """Every setting that a company has, by name."""
    values: dict[str, Any] = {} if kept.matrix is None else {DEPTH: kept.matrix.depth, WIDTH: kept.matrix.width}
    if kept.moves is not None:
        values[ZONE] = kept.moves.zone
        for limits in kept.moves.limits:
            said = {name: getattr(limits, name) for name in LIMITS}
            said["blackout_days"] = tuple(sorted(set(limits.blackout_days)))
            values |= {_limit(limits.tree, name): value for name, value in said.items() if value not in (None, "", ())}
    return values


def as_text(value: Any) -> str:
    """How a file spells a setting."""
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _limit(tree: str, name: str) -> str:
    return f"{MOVES}{tree}_{name}"


@dataclass(frozen=True, slots=True)
class _Spelled:
    """How a setting is read: None where a text is none; `words` say what it must be."""

    read: Callable[[str], Any]
    reason: Reason
    words: str


def _count(least: int, most: int) -> _Spelled:
    def read(text: str) -> int | None:
        known = text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most
        return int(text) if known else None

    return _Spelled(read, Reason.NOT_A_COUNT, f"{least:,} to {most:,}")


def _word(words: tuple[str, ...]) -> _Spelled:
    return _Spelled(lambda text: text if text in words else None, Reason.UNKNOWN_WORD, " or ".join(words))


def _days(text: str) -> tuple[int, ...] | None:
    read = [_count(1, 31).read(day) for day in text.split(" ")]
    days = [day for day in read if day is not None]
    return tuple(days) if len(days) == len(read) and days == sorted(set(days)) else None


_SPELLED: Final[Mapping[str, _Spelled]] = {
    WIDTH: _count(1, MOST_WIDE),
    DEPTH: _count(1, MOST_DEEP),
    ZONE: _Spelled(
        lambda text: text if text in available_timezones() else None, Reason.UNKNOWN_ZONE, "such as Europe/Berlin"
    ),
    **{_limit(tree, name): _count(0, MAX_COUNT) for tree in TREES for name in COUNTS},
    **{
        _limit(tree, "stay_below"): _word(("enroller", "sponsor") if tree == "sponsor" else ("sponsor",))
        for tree in TREES
    },
    **{_limit(tree, "blackout_days"): _Spelled(_days, Reason.NOT_DAYS, "such as 1 2 31, ascending") for tree in TREES},
}


def check_settings(read: Input, stored: CompanySettings) -> tuple[Checked, CompanySettings]:
    """Check settings; also those that the company has with them."""
    table = read.tables["settings"]
    names = table.texts["setting"].to_pylist()
    col.words(table, "setting", {name: number for number, name in enumerate(_SPELLED)})
    _, (numbers,) = col.encode(table.texts["setting"])
    col.repeated_rows(table, "setting", Reason.REPEATED_SETTING, numbers, col.first_rows(numbers, len(table)))
    had, said = settings_as_values(stored), dict[str, Any]()
    unchanged = np.zeros(len(table), dtype=bool)
    for row, (name, text) in enumerate(zip(names, table.texts["value"].to_pylist(), strict=True)):
        if table.bad[row]:
            continue
        spelled = _SPELLED[name]
        value = spelled.read(text)
        if value is None:
            table.blame("value", spelled.reason, [row], spelled.words)
        elif had.get(name) == value:
            unchanged[row] = True
        elif name in had or (name.startswith(MOVES) and stored.moves is not None):
            was = as_text(had[name]) if name in had else "nothing"
            table.blame("value", Reason.DIFFERS, [row], f"stored: {was}")
        else:
            said[name] = value
    if not table.bad.any():
        _check_whole(table, names, said)
    if table.bad.any():
        # What is wrong with the settings is told here alone: nothing else is refused for want of a matrix.
        return Checked(unchanged, {}), replace(stored, matrix=stored.matrix or MatrixShape(MOST_WIDE, MOST_DEEP))
    return Checked(unchanged, {}), _with(stored, said)


def _check_whole(table: Table, names: list[str], said: Values) -> None:
    """A matrix has a width and a depth, and days of a policy are those of a zone."""
    for needed, other in ((WIDTH, DEPTH), (DEPTH, WIDTH)):
        if other in said and needed not in said:
            table.blame("setting", Reason.HALF_SET, [names.index(other)], f"{needed} is missing")
    limits = [row for row, name in enumerate(names) if name in said and name.startswith(MOVES)]
    if limits and ZONE not in said:
        table.blame("setting", Reason.NO_ZONE, limits[:1], f"{ZONE} is missing")


def _with(stored: CompanySettings, said: Values) -> CompanySettings:
    matrix, moves = stored.matrix, stored.moves
    if WIDTH in said and DEPTH in said:
        matrix = MatrixShape(said[WIDTH], said[DEPTH])
    if ZONE in said:
        moves = SetMovePolicy(said[ZONE], tuple(limits for tree in TREES for limits in _limits(tree, said)))
    return CompanySettings(matrix, moves)


def _limits(tree: Any, said: Values) -> list[MoveLimits]:
    own = {name: said[_limit(tree, name)] for name in LIMITS if _limit(tree, name) in said}
    return [MoveLimits(tree, **own)] if own else []
