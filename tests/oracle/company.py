"""The people, who stands under whom, what they bought, and what they are by the plan's rules."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from tests.oracle import gates, ranks, refunds
from tests.oracle.defaults import complete
from tests.oracle.numbers import minor
from tests.oracle.results import NO_RANK, NOBODY

Person = dict[str, Any]
Order = dict[str, Any]
Plan = dict[str, Any]
Bonus = dict[str, Any]
Why = tuple[str, int, int]
"""Why somebody is not paid: the reason, what was needed, and what there was."""


class Company:
    """The people, who stands under whom, what they bought, and what they are by the plan's rules."""

    def __init__(self, people: list[Person], orders: list[Order], plan: Plan, days: int | None = None) -> None:
        """`days` of the period: by default up to the last with an order."""
        self.people, self.plan = people, complete(plan)
        self.orders = refunds.counted(orders, self.plan)
        self.everybody = range(len(people))
        self.days = days or max((order.get("day", 1) for order in orders), default=1)
        self.sponsored: list[list[int]] = [[] for _ in people]
        self.placed: list[dict[int, int]] = [{} for _ in people]
        self.orders_of: list[list[Order]] = [[] for _ in people]
        for ix, person in enumerate(people):
            if person["sponsor"] != NOBODY:
                self.sponsored[person["sponsor"]].append(ix)
            if person["parent"] != NOBODY:
                self.placed[person["parent"]][person["slot"]] = ix
        for order in self.orders:
            self.orders_of[order["seller"]].append(order)
        self.paid_as = self._fixpoint_of_ranks()

    # ------------------------------------------------------------------------------------------------------ trees

    def sponsor_leg(self, head: int) -> Iterator[int]:
        """The head and everybody below them in the sponsor tree. A list of things to do instead of recursion."""
        todo = [head]
        while todo:
            ix = todo.pop()
            yield ix
            todo.extend(self.sponsored[ix])

    def way_up(self, ix: int) -> Iterator[int]:
        """The person, their sponsor, the sponsor's sponsor and so on; nothing for nobody."""
        while ix != NOBODY:
            yield ix
            ix = self.people[ix]["sponsor"]

    def matrix_way_up(self, ix: int) -> Iterator[int]:
        """The same in the matrix."""
        while ix != NOBODY:
            yield ix
            ix = self.people[ix]["matrix_parent"]

    def in_matrix(self, ix: int) -> bool:
        """Whether somebody has a place in the matrix: below somebody, or as the top of the company."""
        person = self.people[ix]
        return bool(person["matrix_parent"] != NOBODY or person["sponsor"] == NOBODY)

    def binary_leg(self, ix: int, slot: int) -> Iterator[int]:
        """Everybody in one side of a position: whoever stands in the slot and everybody placed below them."""
        todo = [self.placed[ix][slot]] if slot in self.placed[ix] else []
        while todo:
            below = todo.pop()
            yield below
            todo.extend(self.placed[below].values())

    # ---------------------------------------------------------------------------------------------------- volumes

    def personal_pv(self, ix: int) -> int:
        """Own purchases and purchases of own customers."""
        return sum(order["pv"] for order in self.orders_of[ix])

    def personal_cv(self, ix: int) -> int:
        """The same in CV."""
        return sum(order["cv"] for order in self.orders_of[ix])

    def customer_pv(self, ix: int) -> int:
        """Purchases of own customers alone."""
        return sum(order["pv"] for order in self.orders_of[ix] if not order["own"])

    def customers(self, ix: int) -> int:
        """Different customers of their own to whom they sold this period: each whose orders, less what came back of
        them, have PV."""
        bought: dict[Any, int] = {}
        for order in self.orders_of[ix]:
            if not order["own"] and order.get("customer") is not None:
                bought[order["customer"]] = bought.get(order["customer"], 0) + order["pv"]
        return sum(pv > 0 for pv in bought.values())

    def group_pv(self, ix: int) -> int:
        """Self and whole downline."""
        return self._group_pvs[ix]

    @cached_property
    def _group_pvs(self) -> list[int]:
        """Added up once for everybody, for it is asked often."""
        return [sum(self.personal_pv(below) for below in self.sponsor_leg(ix)) for ix in self.everybody]

    def personal_group_pv(self, ix: int, paid_as: list[int]) -> int:
        """Self and downline without the groups that have broken away: whoever heads one, and everybody below them."""
        threshold = next(b["breaks_away_at"] for b in self.plan["bonuses"] if "breaks_away_at" in b)
        total, todo = self.personal_pv(ix), list(self.sponsored[ix])
        while todo:
            below = todo.pop()
            if not self.has_broken_away(below, threshold, paid_as):
                total += self.personal_pv(below)
                todo.extend(self.sponsored[below])
        return total

    def group_customer_pv(self, ix: int) -> int:
        """Purchases of all their customers."""
        return sum(self.customer_pv(below) for below in self.sponsor_leg(ix))

    def leg_cv(self, ix: int, slot: int, bonus: Bonus, day: int = 0) -> int:
        """This period's CV of one binary leg, of the orders that the bonus pays for; of one day unless that is 0."""
        orders = (order for below in self.binary_leg(ix, slot) for order in self.orders_of[below])
        of_the_day = (order for order in orders if day in (0, order.get("day", 1)))
        return sum(order["cv"] for order in of_the_day if gates.pays_for(self, bonus, order))

    def owners(self) -> list[list[int]]:
        """The positions of each owner, in order of ix."""
        positions: dict[int, list[int]] = {}
        for ix, person in enumerate(self.people):
            positions.setdefault(person.get("owner", ix), []).append(ix)
        return list(positions.values())

    # --------------------------------------------------------------------------------------------------- activity

    def inactivity(self, ix: int) -> Why | None:
        """Reason, needed and actual when the person is not active: the status first, then the volume asked for."""
        if not self.people[ix]["active"]:
            return ("INACTIVE_STATUS", 1, 0)
        asked = self.plan["activity"]["personal_pv"]
        if asked is not None and self.personal_pv(ix) < minor(asked):
            return ("INACTIVE_VOLUME", minor(asked), self.personal_pv(ix))
        return None

    def is_active(self, ix: int) -> bool:
        """Status active, and the volume the plan asks for, if any."""
        return self.inactivity(ix) is None

    def kept_out(self, bonus: Bonus, ix: int) -> Why | None:
        """Reason, needed and actual when a bonus treats the person as inactive: they are, or a gate stops them."""
        return gates.kept_out(self, bonus, ix)

    def takes_part(self, bonus: Bonus, ix: int) -> bool:
        """Active, and through all gates before the bonus."""
        return self.kept_out(bonus, ix) is None

    # ------------------------------------------------------------------------------------------------------ ranks

    def active_legs(self, ix: int) -> int:
        """Frontline people with somebody active among themselves and everybody below."""
        return sum(any(self.is_active(below) for below in self.sponsor_leg(head)) for head in self.sponsored[ix])

    def sponsored_active(self, ix: int) -> int:
        """Active people among those the person sponsored themselves."""
        return sum(self.is_active(child) for child in self.sponsored[ix])

    def legs_with_rank(self, ix: int, rank: int, paid_as: list[int]) -> int:
        """Frontline people with somebody of that rank or a higher one among themselves and everybody below."""
        return sum(any(paid_as[below] >= rank for below in self.sponsor_leg(head)) for head in self.sponsored[ix])

    def sponsored_with_rank(self, ix: int, rank: int, paid_as: list[int]) -> int:
        """Frontline people who are themselves paid as that rank or a higher one."""
        return sum(paid_as[child] >= rank for child in self.sponsored[ix])

    def _fixpoint_of_ranks(self) -> list[int]:
        """Nobody has a rank at first; give each the highest that they earn or that somebody decided they have, until
        nothing changes."""
        paid_as = [NO_RANK for _ in self.people]
        while True:
            after = [max(ranks.earned(self, ix, paid_as), self.decided(ix)) for ix in self.everybody]
            if after == paid_as:
                return paid_as
            paid_as = after

    def rank_index(self, name: str | None) -> int:
        """Height of a rank by its name; a name the plan does not know is no rank."""
        names = [rank["name"] for rank in self.plan["ranks"]]
        return names.index(name) if name in names else NO_RANK

    def title(self, ix: int) -> int:
        """The rank whose name the person's title is."""
        return self.rank_index(self.people[ix]["title"])

    def reached(self, ix: int) -> int:
        """The highest rank they had before this period: their title, or what they earned in any period before."""
        return max(self.title(ix), self.rank_index(self.people[ix].get("highest")))

    def decided(self, ix: int) -> int:
        """The rank that somebody decided they are paid as at least."""
        name = self.people[ix].get("decided")
        rank = self.rank_index(name)
        assert name is None or rank != NO_RANK, f"the plan has no rank {name}, by which somebody is to be paid"
        return rank

    def met_before(self, ix: int) -> list[int]:
        """The highest rank whose rules they met in each period before this one, the latest first."""
        return [self.rank_index(name) for name in self.people[ix].get("past", [])]

    def pay_rank(self, ix: int) -> int:
        """The rank the plan pays by."""
        return self._pays_by(ix, self.paid_as)

    def _pays_by(self, ix: int, paid_as: list[int]) -> int:
        earned, title = paid_as[ix], self.title(ix)
        return {"paid_as": earned, "title": title, "higher": max(earned, title)}[self.plan["pay_rank"]]

    def by_rank(self, table: dict[str, Any], rank: int, otherwise: Any) -> Any:
        """What a table by rank says of a rank; something else of one that it does not name, and of no rank."""
        return otherwise if rank == NO_RANK else table.get(self.plan["ranks"][rank]["name"], otherwise)

    def has_broken_away(self, ix: int, threshold: str, paid_as: list[int]) -> bool:
        """Do they have the rank at which a group leaves, or a higher one?"""
        return self._pays_by(ix, paid_as) >= self.rank_index(threshold)
