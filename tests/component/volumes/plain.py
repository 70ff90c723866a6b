"""What the tallies must say, worked out person by person from what was asked of the writer.

No sums are kept, and nothing is shared with the code under test."""

import random
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from app.facts.commands import (
    ClosePeriod,
    Enrol,
    Explicit,
    Move,
    OpenPeriod,
    Order,
    Place,
    Register,
    ReopenPeriod,
    Return,
)

Pair = tuple[int, int]
NEVER = 2**62


@dataclass(slots=True)
class Sale:
    """An order or a return."""

    seller: str
    by_customer: bool
    pv: int
    cv: int
    periods: dict[str, str]
    """By calendar the name of the period it counts in."""


@dataclass
class PlainCompany:
    """Everybody with their places over time, and every sale. Commands must be ones that the writer accepts."""

    places: dict[str, dict[str, list[tuple[int, str]]]] = field(
        default_factory=lambda: {"sponsor": defaultdict(list), "binary": defaultdict(list)}
    )
    """By tree and person from when on they stood below whom, oldest first."""
    periods: dict[str, list[OpenPeriod]] = field(default_factory=lambda: defaultdict(list))
    closed: set[str] = field(default_factory=set)
    customers: dict[str, str] = field(default_factory=dict)
    orders: dict[str, Sale] = field(default_factory=dict)
    sales: list[Sale] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    slots: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Who stands in which slot of whom now."""

    def enrolled_at(self, id: str) -> int:
        """When somebody came to their first sponsor; 0 for whoever has none."""
        return min((since for since, _ in self.places["sponsor"].get(id, ())), default=0)

    def apply(self, command: object, now: int) -> None:
        match command:
            case OpenPeriod(calendar=calendar):
                self.periods[calendar].append(command)
            case ClosePeriod(calendar=calendar, number=number):
                self.closed |= {p.name for p in self.periods[calendar] if p.number == number}
            case ReopenPeriod(calendar=calendar, number=number):
                self.closed -= {p.name for p in self.periods[calendar] if p.number == number}
            case Enrol(id=id, sponsor_id=sponsor, enrolled_at=at, placement=placement):
                self.people.append(id)
                if sponsor is not None:
                    self.places["sponsor"][id].append((at, sponsor))
                if isinstance(placement, Explicit):
                    self._place(id, placement.parent_id, placement.slot, at)
            case Place(id=id, placement=Explicit(parent_id=parent, slot=slot), placed_at=at):
                self._place(id, parent, slot, at)
            case Move():
                self._move(command, command.effective_at or now)
            case Register(id=id, distributor_id=distributor):
                self.customers[id] = distributor
            case Order():
                by_customer = command.buyer_kind == "customer"
                seller = self.customers[command.buyer_id] if by_customer else command.buyer_id
                self._sell(command.id, Sale(seller, by_customer, command.pv, command.cv, self._of(command.placed_at)))
            case Return(id=id, order_id=order_id):
                sold = self.orders[order_id]
                later = {calendar: self._open_from(calendar, name) for calendar, name in sold.periods.items()}
                self._sell(id, Sale(sold.seller, sold.by_customer, -sold.pv, -sold.cv, later))
            case _:
                raise AssertionError(f"the model knows no {command}")

    def _move(self, command: Move, at: int) -> None:
        if command.tree == "binary":
            self._place(command.id, command.new_parent_id, command.slot, at)
        else:
            self._stand(command.tree, command.id, command.new_parent_id, at)

    def _place(self, id: str, parent: str, slot: int, at: int) -> None:
        self._stand("binary", id, parent, at)
        self.slots[id] = (parent, slot)

    def _stand(self, tree: str, id: str, parent: str, at: int) -> None:
        """Since then, whatever was said of later times."""
        self.places[tree][id] = [*((since, one) for since, one in self.places[tree][id] if since < at), (at, parent)]

    def _sell(self, id: str, sale: Sale) -> None:
        self.orders[id] = sale
        self.sales.append(sale)

    def _of(self, instant: int) -> dict[str, str]:
        """The period of each calendar that contains an instant, or the next one that is open."""
        found = {}
        for calendar, periods in self.periods.items():
            for period in periods:
                if period.starts_at <= instant < period.ends_at:
                    found[calendar] = self._open_from(calendar, period.name)
        return found

    def _open_from(self, calendar: str, name: str) -> str:
        names = [period.name for period in self.periods[calendar]]
        return next(later for later in names[names.index(name) :] if later not in self.closed)

    def open_periods(self) -> list[OpenPeriod]:
        return [p for periods in self.periods.values() for p in periods if p.name not in self.closed]

    def way_up(self, tree: str, id: str) -> list[str]:
        """A person and everybody above as of now, nearest first."""
        way = [id]
        while (above := self.above(tree, way[-1], NEVER)) is not None:
            way.append(above)
        return way

    def way_up_at(self, tree: str, id: str, instant: int) -> list[str]:
        """The same at an instant."""
        way = [id]
        while (above := self.above(tree, way[-1], instant + 1)) is not None:
            way.append(above)
        return way

    def open_slot(self, rng: random.Random, under: str) -> tuple[str, int] | None:
        """A free place below somebody, at random; None below somebody without a place."""
        if self.above("sponsor", under, NEVER) is not None and not self.places["binary"].get(under):
            return None
        slot = rng.choice((1, 2))
        while (under, slot) in self.slots.values():
            under = next(id for id, taken in self.slots.items() if taken == (under, slot))
            slot = rng.choice((1, 2))
        return under, slot

    def personal(self, id: str, period: str, *, by_customer: bool | None = None) -> Pair:
        here = [
            sale
            for sale in self.sales
            if sale.seller == id and period in sale.periods.values() and by_customer in (None, sale.by_customer)
        ]
        return sum(sale.pv for sale in here), sum(sale.cv for sale in here)

    def above(self, tree: str, id: str, ends_at: int) -> str | None:
        """Whom somebody stood below just before an instant."""
        parent = None
        for since, one in self.places[tree].get(id, ()):
            if since < ends_at:
                parent = one
        return parent

    def distances(self, tree: str, ends_at: int) -> Iterator[tuple[str, str, int]]:
        """Everybody with everybody above them and themselves: (above, below, how far)."""
        for id in self.people:
            at: str | None = id
            distance = 0
            while at is not None:
                yield at, id, distance
                at = self.above(tree, at, ends_at)
                distance += 1

    def within(self, tree: str, period: OpenPeriod, levels: int | None) -> dict[str, Pair]:
        """The volume of everybody and those at most so many levels below them; of all below with None."""
        own = {id: self.personal(id, period.name) for id in self.people}
        sums: dict[str, Pair] = dict.fromkeys(self.people, (0, 0))
        for above, below, distance in self.distances(tree, period.ends_at):
            if levels is None or distance <= levels:
                pv, cv = sums[above]
                sums[above] = pv + own[below][0], cv + own[below][1]
        return sums
