"""The orders of a period as columns that grow."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.engine.models import Orders
from app.engine.refunds import uncounted
from app.engine.touched import Sales
from app.plans.models import Plan

_DTYPES: Final = {"day": np.int16}
_ROOM: Final = 1024


class Book:
    """Orders by number. What is written beyond the first `rows` is nobody's until `turn` says so."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._columns: dict[str, NDArray[Any]] = {
            each.name: np.zeros(_ROOM, _DTYPES.get(each.name, np.int64)) for each in fields(Orders)
        }
        self._counted = np.zeros(_ROOM, np.int64)
        self._numbers = {"": -1}
        self.rows = 0

    def write(self, orders: Orders, customers: Iterable[str]) -> int:
        """Write orders behind the last row; how many rows there are with them. `customers`: who bought each, '' for
        own purchases, to be numbered as they come first."""
        end = self.rows + len(orders)
        self._make_room(end)
        here = slice(self.rows, end)
        for name, column in orders.columns():
            self._columns[name][here] = column
        numbers = self._numbers
        self._columns["customer"][here] = [numbers.setdefault(id, len(numbers) - 1) for id in customers]
        self._counted[here] = np.where(uncounted(orders.late_return, self._plan), 0, orders.pv)
        return end

    def turn(self, rows: int) -> None:
        """From now on there are so many."""
        self.rows = rows

    def orders(self, rows: int) -> Orders:
        """The first ones, as a snapshot has them."""
        return Orders(**{name: column[:rows] for name, column in self._columns.items()})

    def sales(self, rows: int) -> Sales:
        """What ranks look at of the first ones; not a copy."""
        columns = self._columns
        seller, buyer, customer = (columns[name][:rows] for name in ("seller", "buyer", "customer"))
        return Sales(seller, buyer, self._counted[:rows], customer)

    def _make_room(self, rows: int) -> None:
        room = len(self._counted)
        if rows <= room:
            return
        more = max(rows, 2 * room)
        self._counted = _grown(self._counted, more)
        self._columns = {name: _grown(column, more) for name, column in self._columns.items()}


def _grown(column: NDArray[Any], rows: int) -> NDArray[Any]:
    grown = np.zeros(rows, column.dtype)
    grown[: len(column)] = column
    return grown
