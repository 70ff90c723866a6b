"""Checks of settings: what a company keeps beside its people."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from app.imports import columns as col
from app.imports.files import Input
from app.imports.models import MatrixShape, Reason, Stored
from app.imports.trees import Checked
from app.places.matrix import MOST_DEEP, MOST_WIDE

WIDTH, DEPTH = "matrix_width", "matrix_depth"
MOST: Final[Mapping[str, int]] = {WIDTH: MOST_WIDE, DEPTH: MOST_DEEP}


def check_settings(read: Input, stored: Stored) -> tuple[Checked, MatrixShape | None]:
    """Check settings; also the matrix that the company keeps with them, None for none."""
    table = read.tables["settings"]
    names = table.texts["setting"].to_pylist()
    col.words(table, "setting", {name: number for number, name in enumerate(MOST)})
    _, (numbers,) = col.encode(table.texts["setting"])
    col.repeated_rows(table, "setting", Reason.REPEATED_SETTING, numbers, col.first_rows(numbers, len(table)))
    said: dict[str, int] = {}
    unchanged = np.zeros(len(table), dtype=bool)
    kept = stored.matrix_shape
    stored_values = {} if kept is None else {WIDTH: kept.width, DEPTH: kept.depth}
    for row, (name, value) in enumerate(zip(names, table.texts["value"].to_pylist(), strict=True)):
        if table.bad[row]:
            continue
        if not (value.isascii() and value.isdigit() and len(value) < 9 and 1 <= int(value) <= MOST[name]):
            table.blame("value", Reason.NOT_A_COUNT, [row], f"1 to {MOST[name]}")
            continue
        said[name] = int(value)
        if stored_values.get(name) == said[name]:
            unchanged[row] = True
        elif name in stored_values:
            table.blame("value", Reason.DIFFERS, [row], f"stored: {stored_values[name]}")
    if not table.bad.any() and not stored_values and len(said) == 1:
        [other] = MOST.keys() - said
        table.blame("setting", Reason.HALF_SET, [0], f"{other} is missing")
    if table.bad.any():
        return Checked(unchanged, {}), MatrixShape(MOST_WIDE, MOST_DEEP)  # what is wrong with it is told here alone
    whole = stored_values | said
    return Checked(unchanged, {}), MatrixShape(whole[WIDTH], whole[DEPTH]) if len(whole) == len(MOST) else None
