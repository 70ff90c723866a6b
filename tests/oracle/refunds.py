"""Returns that come after their order's period was closed: what of them counts by the plan."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from tests.oracle.results import Pay

NOT_LATE = -1


def counted(orders: list[dict[str, Any]], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The orders, of which late returns have no volume where they do not count below zero. `late_return` is how many
    whole days after its order a return came whose order counts in an earlier period; -1, or left out, for others."""
    return [order | {"pv": 0, "cv": 0} if has_no_volume(order, plan) else order for order in orders]


def has_no_volume(order: dict[str, Any], plan: dict[str, Any]) -> bool:
    """A late return, by a plan that lets all that was paid stand or takes it back from those whom it paid, or beyond
    the plan's window."""
    days, rules = order.get("late_return", NOT_LATE), plan["refunds"]
    if days == NOT_LATE:
        return False
    too_late = rules["window_days"] is not None and days > rules["window_days"]
    return rules["after_close"] != "negative_volume" or too_late


def taken_back(paid: Pay, plan: dict[str, Any], returned: Iterable[int]) -> dict[tuple[int, str], int]:
    """By person and bonus the opposite of what a period paid on orders that came back; `returned` are their rows."""
    found = defaultdict[tuple[int, str], int](int)
    rows = {*returned}
    for line in paid.lines:
        if line.order in rows:
            found[line.earner, plan["bonuses"][line.bonus]["name"]] -= line.amount
    return {key: amount for key, amount in found.items() if amount}
