"""Commands drawn from what there is: most often possible ones, and now and then one that must be refused."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar, cast

from hypothesis import strategies as st

from app.clock import to_ms
from app.facts.commands import (
    CONSEQUENCES,
    BelowSponsor,
    Command,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    Order,
    Place,
    Prefer,
    Register,
    Reinstate,
    Return,
    Terminate,
    Tree,
)
from app.places.spots import PlacementTree
from app.places.strategies import MATRIX_STRATEGIES, PREFERABLE, STRATEGIES
from tests.component.stateful.model import TREES, Model
from tests.component.stateful.refusals import SKEW_MS
from tests.component.volumes.company import TestClock

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
NOBODY: Final = "nobody"
"""An id that is never anybody's."""
_AGO: Final = (0, 1, HOUR, 3 * DAY, 10 * DAY, 20 * DAY, 35 * DAY, -SKEW_MS, -SKEW_MS - 1)
_VOLUMES: Final = ((100, 70), (1, 0), (0, 3), (0, 0), (999, 500))
Data = st.DataObject
Drawn = TypeVar("Drawn")


def draw(data: Data, choices: Sequence[Drawn], label: str) -> Drawn:
    return data.draw(st.sampled_from(choices), label)


class Choices:
    """Each method draws one command. The first choice is the plainest, towards which Hypothesis shrinks."""

    def __init__(self, model: Model, clock: TestClock) -> None:
        self._model = model
        self._clock = clock
        self._numbers = 0

    @property
    def now(self) -> int:
        return to_ms(self._clock.now())

    @property
    def people(self) -> list[str]:
        return list(self._model.people)

    def number(self) -> int:
        """One that was never drawn before."""
        self._numbers += 1
        return self._numbers

    # --------------------------------------------------------------------------------------------------------- parts

    def person(self, data: Data, label: str) -> str:
        """Seldom nobody's id."""
        return draw(data, [*self.people * 4, NOBODY], label)

    def instant(self, data: Data, *more: int, since: int = 0) -> int:
        """Now, some time ago, at an edge of a period, as far ahead as a clock may run, or further; from an instant on,
        or right before it, or before it by as much as two clocks may differ, or further."""
        periods = [one for of in self._model.periods.values() for one in of]
        edges = [edge for one in periods for edge in (one.starts, one.ends - 1) if edge <= self.now]
        instants = dict.fromkeys(
            [*(self.now - by for by in _AGO), *more, *edges, since, since - 1, since - SKEW_MS, since - SKEW_MS - 1]
        )
        return draw(data, [at for at in instants if at >= max(since - SKEW_MS - 1, 1)], "at")

    def enrolled(self, *ids: str) -> int:
        """By when all of them were, as far as they are."""
        return max([self._model.people[id].enrolled_at for id in ids if id in self._model.people], default=0)

    def since(self, data: Data, *more: int) -> int | None:
        """Now, without saying so, or an instant."""
        return None if draw(data, (True, False), "now") else self.instant(data, *more)

    def slot(self, data: Data, top: str, tree: Tree = "binary", *, outside: bool = False) -> tuple[str, int]:
        """Most often an open one at or below somebody, or outside their downline."""
        places, below = self._model.places(tree), set[str]()
        if top in self._model.people and self._model.placed(top, tree):
            below = set(places.below(top))
        within = [id for id in self.people if self._model.placed(id, tree) and (id in below) != outside]
        open_slots = [(id, side) for id in within for side in places.slots if (id, side) not in places.children]
        if open_slots and draw(data, range(4), "how") < 3:
            return draw(data, open_slots, "slot")
        return self.person(data, "parent"), draw(data, (1, 2) if tree == "binary" else (1, 2, 3, 4), "side")

    def _newcomer(self, data: Data, sponsor: str, placement: Any) -> Enrol:
        id = f"D{self.number()}" if draw(data, range(8), "id") < 7 else self.people[-1]
        seat = self._seat(data, sponsor)
        above = [place.parent_id for place in (placement, seat) if isinstance(place, Explicit)]
        at = self.instant(data, since=self.enrolled(sponsor, *above))
        return Enrol(id, sponsor, f"Name {id}", id, at, placement=placement, matrix_placement=seat)

    def _seat(self, data: Data, sponsor: str) -> Explicit | BelowSponsor | None:
        """A place in the matrix for every third; seldom where there is none."""
        if not draw(data, (False, False, True) if self._model.width else (False,) * 9 + (True,), "seat"):
            return None
        if draw(data, (False, True), "explicit"):
            return Explicit(*self.slot(data, sponsor, "matrix"))
        return BelowSponsor("first_open")

    # ------------------------------------------------------------------------------------------------------ commands

    def newcomer_in_a_slot(self, data: Data) -> Command:
        sponsor = self.person(data, "sponsor")
        return self._newcomer(data, sponsor, Explicit(*self.slot(data, sponsor)))

    def newcomer_by_a_strategy(self, data: Data) -> Command:
        sponsor = self.person(data, "sponsor")
        return self._newcomer(data, sponsor, BelowSponsor(draw(data, STRATEGIES, "strategy")))

    def newcomer_without_a_place(self, data: Data) -> Command:
        sponsor = self.person(data, "sponsor")
        until = self.now + draw(data, (0, HOUR, 4 * DAY), "until")
        tank = HoldingTank(until, draw(data, STRATEGIES, "strategy"))
        return self._newcomer(data, sponsor, draw(data, (None, tank), "placement"))

    def newcomer(self, data: Data) -> Command:
        return self._any(data, self.newcomer_in_a_slot, self.newcomer_by_a_strategy, self.newcomer_without_a_place)

    def place(self, data: Data) -> Command:
        trees: tuple[PlacementTree, ...] = ("binary", "matrix")
        tree = draw(data, trees, "tree")
        without = [id for id in self.people if not self._model.placed(id, tree)]
        id = draw(data, without or self.people, "id")
        if draw(data, (True, False), "explicit"):
            parent, slot = self.slot(data, self._model.above("sponsor", id) or id, tree)
            return Place(id, Explicit(parent, slot), self.instant(data, since=self.enrolled(id, parent)), tree)
        strategies = STRATEGIES if tree == "binary" else MATRIX_STRATEGIES
        at = self.instant(data, since=self.enrolled(id))
        return Place(id, BelowSponsor(draw(data, strategies, "strategy")), at, tree)

    def matrix(self, data: Data) -> Command:
        """Another depth, and now and then another width."""
        width = self._model.width
        return KeepMatrix(draw(data, (width, width, width, width + 1), "width"), draw(data, (9, 5), "depth"))

    def move(self, data: Data, tree: Tree | None = None) -> Command:
        if tree is None:
            return self.move(data, draw(data, TREES, "tree"))
        stays, id, strategy = self._model.stays[tree], self.person(data, "id"), None
        parent, slot = self.person(data, "parent"), 0
        if tree != "sponsor":
            how = draw(data, ("slot", "slot", "strategy", "slot or strategy"), "goal")
            if "slot" in how:
                parent, slot = self.slot(data, id, tree, outside=True)
            if "strategy" in how:
                strategy = draw(data, STRATEGIES if tree == "binary" else MATRIX_STRATEGIES, "strategy")
        turns = [stay.since + by for one in (id, parent) for stay in stays.get(one, ()) for by in (0, 1)]
        return Move(id, tree, parent, slot, self.since(data, *turns), strategy=strategy)

    def order(self, data: Data) -> Command:
        buyers = [("distributor", id) for id in self.people * 2] + [("customer", id) for id in self._model.customers]
        buyers += [("distributor", NOBODY), ("customer", NOBODY)]
        kind, buyer = draw(data, buyers, "buyer")
        customer = kind == "customer" and buyer in self._model.customers
        since = self._model.customers[buyer][1] if customer else self.enrolled(buyer)
        return self.order_of(data, buyer, kind, self.instant(data, since=since))

    def order_of(self, data: Data, buyer: str, kind: str, at: int) -> Command:
        return Order(f"o{self.number()}", buyer, cast(Any, kind), at, *draw(data, _VOLUMES, "volume"))

    def late_trade(self, data: Data) -> Command:
        """An order of a period that is closed, or a return of one that counts there."""
        closed = [one for of in self._model.periods.values() for one in of if one.closed is not None]
        period = draw(data, closed, "period")
        sold = [id for id, sale in self._model.orders.items() if period.number in sale.counts_in.values()]
        if draw(data, (True, False), "return") and sold:
            return Return(f"r{self.number()}", draw(data, sold, "order"), self.now)
        at = draw(data, (period.starts, period.ends - 1), "at")
        return self.order_of(data, self.person(data, "buyer"), "distributor", at)

    def give_back(self, data: Data) -> Command:
        orders = self._model.orders
        id = draw(data, [*orders, "none"], "order")
        bought_at = orders[id].placed_at if id in orders else self.now
        return Return(f"r{self.number()}", id, self.instant(data, bought_at, bought_at - 1))

    def trade(self, data: Data) -> Command:
        return self._any(data, self.order, self.order, self.give_back)

    def status(self, data: Data) -> Command:
        id = self.person(data, "id")
        gone = id in self._model.people and self._model.people[id].status == "terminated"
        if gone == (draw(data, range(4), "possible") < 3):
            return Reinstate(id, self.since(data))
        return Terminate(id, draw(data, CONSEQUENCES[:2], "consequence"), self.since(data))

    def promotion(self, data: Data) -> Terminate:
        trees: tuple[tuple[Tree, ...], ...] = ((), ("binary",), ("sponsor", "matrix"))
        return Terminate(self.person(data, "id"), CONSEQUENCES[2], self.since(data), draw(data, trees, "trees"))

    def preference(self, data: Data) -> Command:
        return Prefer(self.person(data, "id"), draw(data, ("", *PREFERABLE), "preference"))

    def customer(self, data: Data) -> Command:
        id = f"C{draw(data, range(6), 'customer')}"
        distributor = self.person(data, "distributor")
        return Register(id, f"Name {id}", distributor, self.instant(data, since=self.enrolled(distributor)))

    def anything(self, data: Data) -> Command:
        return self._any(
            data, self.newcomer, self.place, self.move, self.trade, self.status, self.preference, self.customer
        )

    @staticmethod
    def _any(data: Data, *makers: Callable[[Data], Command]) -> Command:
        return makers[draw(data, range(len(makers)), "kind")](data)
