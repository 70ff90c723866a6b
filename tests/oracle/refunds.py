"""Returns that come after their order's period was closed: what of them counts by the plan."""

from typing import Any

NOT_LATE = -1


def counted(orders: list[dict[str, Any]], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The orders, of which those that take nothing back have no volume. `late_return` is how many whole days after its
    order a return came whose order counts in an earlier period; -1, or left out, for everything else."""
    return [order | {"pv": 0, "cv": 0} if takes_nothing_back(order, plan) else order for order in orders]


def takes_nothing_back(order: dict[str, Any], plan: dict[str, Any]) -> bool:
    """A late return, by a plan that lets all that was paid stand, or beyond the plan's window."""
    days, rules = order.get("late_return", NOT_LATE), plan["refunds"]
    if days == NOT_LATE:
        return False
    return rules["after_close"] == "kept" or (rules["window_days"] is not None and days > rules["window_days"])
