"""A company as plain dictionaries and a list of what was said: what the graph must hold after any command.

Nothing of the service is imported but what commands look like. What is refused stands in refusals.py; the history and
the volumes are read from the list of tests/oracle, the slow and obvious way.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import NamedTuple

from app.facts.commands import (
    BelowSponsor,
    ClosePeriod,
    Command,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    OpenPeriod,
    Order,
    Place,
    Placement,
    Prefer,
    Register,
    Reinstate,
    Return,
    Terminate,
    Tree,
    Vacate,
)
from tests.component.places.model import SIDES, PlainPlaces
from tests.oracle.year import FOREVER, NOWHERE, Month, Year

TREES: tuple[Tree, ...] = ("sponsor", "binary", "matrix")
CALENDARS = ("daily", "four_weeks", "monthly", "weekly")
Slot = tuple[str, int]
Figures = dict[str, int | list[int]]


class NoPeriodError(Exception):
    """No open period for an instant."""


class Stay(NamedTuple):
    """Somebody's place in a tree from `since` on, until the next one begins; under NOWHERE who gave it up."""

    since: int
    parent: str
    slot: int


@dataclass(slots=True)
class Person:
    id: str
    top: bool
    """Whether nobody sponsors them."""
    enrolled_at: int
    seq: int
    changed_at: int
    """Since when the status is what it is."""
    status: str = "active"
    terminated_at: int | None = None
    consequence: str | None = None
    preference: str = ""
    tank: tuple[int, str] | None = None
    """Until when they may choose a place, and the strategy after it."""


@dataclass(slots=True)
class Period:
    number: int
    starts: int
    ends: int
    closed: int | None = None
    """The fact that closed it."""


@dataclass(frozen=True, slots=True)
class Sale:
    seller: str
    customer: bool
    placed_at: int
    pv: int
    cv: int
    counts_in: dict[str, int | None]
    returned: bool = False


@dataclass
class Model:
    width: int = 0
    """How wide the matrix is that the company keeps; 0: none."""
    year: Year = field(default_factory=Year)
    """Everything that was said. A sale is said once for each calendar; numbers of months and weeks never meet."""
    seq: int = 0
    now: int = 0
    """When the last thing was said."""
    cursor: int = 0
    """The last fact that the roll-up counted."""
    moves: list[int] = field(default_factory=list)
    """The facts that are moves."""
    placements: list[tuple[int, str]] = field(default_factory=list)
    """Who was placed in the binary tree by which fact."""
    people: dict[str, Person] = field(default_factory=dict)
    """In the order of their enrolment, which numbers them."""
    stays: dict[Tree, dict[str, list[Stay]]] = field(default_factory=lambda: {tree: {} for tree in TREES})
    """As known now, in the order of time."""
    customers: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Whose customer, and since when."""
    orders: dict[str, Sale] = field(default_factory=dict)
    counted: dict[str, dict[str, int | None]] = field(default_factory=dict)
    """By the number of an order or return the period of each calendar in which it counts."""
    periods: dict[str, list[Period]] = field(default_factory=lambda: defaultdict(list))
    touched: dict[Tree, list[tuple[int, set[str]]]] = field(default_factory=lambda: {tree: [] for tree in TREES})
    """Each fact that changes what a page of a tree shows, with everybody whose downline that is in."""

    # ------------------------------------------------------------------------------------------------------------ trees

    @property
    def trees(self) -> tuple[Tree, ...]:
        """Those that the company keeps."""
        return TREES if self.width else TREES[:2]

    def sides(self, tree: Tree) -> tuple[int, ...]:
        """The slots that everybody has in a tree."""
        return tuple(range(1, self.width + 1)) if tree == "matrix" else SIDES

    def above(self, tree: Tree, id: str, at: int = FOREVER) -> str | None:
        """Under whom somebody stands at an instant, as known now."""
        begun = [stay for stay in self.stays[tree].get(id, ()) if stay.since <= at]
        return begun[-1].parent or None if begun else None

    def place(self, tree: Tree, id: str) -> Stay | None:
        """Where somebody stands now."""
        stays = self.stays[tree].get(id)
        return stays[-1] if stays and stays[-1].parent != NOWHERE else None

    def way_up(self, tree: Tree, id: str, at: int = FOREVER) -> list[str]:
        """The person and everybody above them."""
        way: list[str] = []
        one: str | None = id
        while one is not None:
            way.append(one)
            one = self.above(tree, one, at)
        return way

    def placed(self, id: str, tree: Tree = "binary") -> bool:
        """Whether somebody can be placed below."""
        return self.people[id].top or self.place(tree, id) is not None

    def slots(self, tree: Tree = "binary") -> dict[Slot, str]:
        """Who stands where in a tree with slots now."""
        places = {id: self.place(tree, id) for id in self.stays[tree]}
        return {(place.parent, place.slot): id for id, place in places.items() if place is not None}

    def places(self, tree: Tree = "binary") -> PlainPlaces:
        """A tree with slots as it is now, with the plain search for every strategy that looks at nothing else."""
        preference = {one.id: one.preference for one in self.people.values() if one.preference}
        places = PlainPlaces(self.sides(tree), preference=preference)
        for (parent, slot), id in self.slots(tree).items():
            places.put(id, parent, slot)
        return places

    def left(self, tree: Tree, parent: str, slot: int, but: str) -> list[int]:
        """When others than `but` left a slot."""
        return [
            later.since
            for id, stays in self.stays[tree].items()
            for stay, later in pairwise(stays)
            if id != but and (stay.parent, stay.slot) == (parent, slot)
        ]

    def overdue(self, now: int) -> list[tuple[str, str]]:
        """Whose time in the holding tank ended, with their strategy, where the sponsor has a place and legs can be
        weighed; earliest first."""
        waiting = []
        for number, one in enumerate(self.people.values()):
            if one.tank and one.tank[0] <= now:
                sponsor = self.stays["sponsor"][one.id][-1].parent
                calendar = weighed_by(self.by_preference(one.tank[1], sponsor))
                if self.placed(sponsor) and (calendar is None or self.weighed_period(calendar) is not None):
                    waiting.append((*one.tank, number, one.id))
        return [(id, strategy) for _, strategy, _, id in sorted(waiting, key=lambda one: (one[0], one[2]))]

    def effective(self, command: Move | Vacate, now: int) -> int:
        """When a move takes effect, or a place is given up."""
        stays = self.stays[command.tree].get(command.id, [])
        if command.effective_at is None:
            above = self.people[self.goal(command)[0]].enrolled_at if isinstance(command, Move) else 0
            return max([now, above, *(stay.since for stay in stays)])
        return min(command.effective_at, now)

    def gave_up(self, tree: Tree, id: str) -> int:
        """When somebody without a place gave up their last one; 0 for who never had any."""
        stays = self.stays[tree].get(id)
        return stays[-1].since if stays else 0

    def stood_since(self, tree: Tree, id: str) -> int:
        """Since when somebody has had a place without a break; of who gave it up, until then; else 0."""
        stays = self.stays[tree][id]
        if stays[-1].parent == NOWHERE:
            stays = stays[:-1]
        breaks = [stay.since for stay in stays if stay.parent == NOWHERE]
        return min((stay.since for stay in stays if not breaks or stay.since > breaks[-1]), default=0)

    def below(self, tree: Tree, id: str) -> list[str]:
        """Who stands directly below somebody: who did not leave first, then who enrolled first, then who was entered
        first."""
        below = [one for one in self.people if (place := self.place(tree, one)) is not None and place.parent == id]
        people = self.people
        return sorted(below, key=lambda one: (people[one].status == "terminated", people[one].enrolled_at))

    def unchanged_below(self, tree: Tree, id: str) -> int:
        """Since when nobody else stands directly below somebody than now; 0: ever."""
        stays = self.stays[tree]
        came = [stays[one][-1].since for one in self.below(tree, id)]
        left = [later.since for of in stays.values() for stay, later in pairwise(of) if stay.parent == id]
        return max([0, *came, *left])

    def former(self, move: Move, now: int) -> Stay:
        """Where somebody stands until a move takes effect."""
        stays, at = self.stays[move.tree][move.id], self.effective(move, now)
        before = [stay for stay in stays if stay.since < at]
        return before[-1] if before and before[-1].parent != NOWHERE else stays[-1]

    def goal(self, move: Move) -> Slot:
        """Where a move leads."""
        wanted = move.new_parent_id, move.slot
        if move.strategy is None or (move.slot and wanted not in self.slots(move.tree)):
            return wanted
        return self.find(move.strategy, move.new_parent_id, move.tree, mover=move.id)

    # ------------------------------------------------------------------------------------------------------- strategies

    def find(self, strategy: str, sponsor: str, tree: Tree = "binary", mover: str | None = None) -> Slot:
        """Where a strategy puts somebody, outside the branch of a mover. What weighs legs knows people and volume as
        the roll-up counted them, and placements since."""
        places = self.places(tree)
        strategy = self.by_preference(strategy, sponsor)
        if (calendar := weighed_by(strategy)) is not None:
            left, right = (self._volume(places.children.get((sponsor, side)), calendar) for side in SIDES)
            strategy = "outside_right" if right < left else "outside_left"
        if strategy == "lighter_by_people":
            return self._lighter(places, sponsor, mover)
        return places.find(strategy, sponsor, mover)

    def by_preference(self, strategy: str, sponsor: str) -> str:
        """The strategy that is meant."""
        return self.people[sponsor].preference or "first_open" if strategy == "preference" else strategy

    def weighed_period(self, calendar: str) -> int | None:
        """The number of the open period that contains the present; where none does, of the newest open one."""
        still_open = [period for period in self.periods[calendar] if period.closed is None]
        present = [period.number for period in still_open if period.starts <= self.now < period.ends]
        return max(present or [period.number for period in still_open], default=None)

    def _volume(self, leg: str | None, calendar: str) -> int:
        period = self.weighed_period(calendar)
        if leg is None or period is None:
            return 0
        return self.year.volumes("binary", period, self.cursor).get(leg, (0, 0))[1]

    def _lighter(self, places: PlainPlaces, id: str, mover: str | None) -> Slot:
        heads = self.heads("binary", self.cursor)
        new = [placed for seq, placed in self.placements if seq > self.cursor]
        while True:
            left, right = (places.children.get((id, side)) for side in SIDES)
            if left is None or right is None:
                return id, 1 if left is None else 2
            people = [
                heads.get(leg, 1) + sum(leg in self.way_up("binary", one)[1:] for one in new) for leg in (left, right)
            ]
            lighter, other = (right, left) if people[1] < people[0] else (left, right)
            id = other if lighter == mover else lighter

    # ---------------------------------------------------------------------------------------------------------- periods

    def counts_in(self, instant: int) -> dict[str, int | None]:
        """By calendar the period in which an order counts. Raises NoPeriodError where one has none for it, or all began
        later."""
        found = {calendar: self._period_of(self.periods[calendar], instant) for calendar in CALENDARS}
        if all(number is None for number in found.values()):
            raise NoPeriodError
        return found

    def _period_of(self, periods: list[Period], instant: int) -> int | None:
        if not periods or instant < periods[0].starts:
            return None
        if instant >= periods[-1].ends:
            raise NoPeriodError
        return self._open_from(periods, next(period for period in periods if instant < period.ends))

    def comes_back_in(self, sale: Sale) -> dict[str, int | None]:
        """By calendar the period in which the return of a sale counts: with it, or the next open one."""
        found: dict[str, int | None] = {}
        for calendar, number in sale.counts_in.items():
            own = [period for period in self.periods[calendar] if period.number == number]
            found[calendar] = self._open_from(self.periods[calendar], own[0]) if own else None
        return found

    @staticmethod
    def _open_from(periods: list[Period], first: Period) -> int:
        for period in periods:
            if period.starts >= first.starts and period.closed is None:
                return period.number
        raise NoPeriodError

    # ----------------------------------------------------------------------------------------------------- what happens

    def apply(self, command: Command, now: int) -> None:
        """An accepted command is the next fact."""
        self.seq, self.now = self.seq + 1, now
        shown = _shown(command)
        before = [self.way_up(tree, id) for tree, id in shown]
        self._apply(command, now)
        for (tree, id), way in zip(shown, before, strict=True):
            self.touched[tree].append((self.seq, {*way, *self.way_up(tree, id)}))

    def _apply(self, command: Command, now: int) -> None:
        match command:
            case Enrol():
                self._enrol(command)
            case Place():
                self._place(command.id, command.placement, command.placed_at, command.tree)
            case KeepMatrix(width=width):
                self.width = width
            case Move() | Vacate():
                self._move(command, now)
            case Terminate() | Reinstate():
                self._new_status(command, now)
            case Prefer():
                self.people[command.id].preference = command.preference
            case Register():
                self.customers[command.id] = command.distributor_id, command.registered_at
            case Order():
                customer = command.buyer_kind == "customer"
                seller = self.customers[command.buyer_id][0] if customer else command.buyer_id
                counts_in = self.counts_in(command.placed_at)
                self._sell(command.id, Sale(seller, customer, command.placed_at, command.pv, command.cv, counts_in))
            case Return():
                self._return(command)
            case OpenPeriod(calendar=calendar, number=number, starts_at=starts, ends_at=ends):
                self.periods[calendar].append(Period(number, starts, ends))
                self.year.months[number] = Month(number, starts, ends)
            case ClosePeriod(calendar=calendar, number=number):
                [period] = [one for one in self.periods[calendar] if one.number == number]
                period.closed = self.year.months[number].closed = self.seq
            case _:
                raise AssertionError(f"the model knows no {command}")

    def _enrol(self, command: Enrol) -> None:
        id, at, sponsor = command.id, command.enrolled_at, command.sponsor_id
        self.people[id] = Person(id, sponsor is None, at, self.seq, at)
        self.year.say(self.seq, "enrol", id, at)
        if sponsor is not None:
            self._stand("sponsor", id, Stay(at, sponsor, 0))
        if isinstance(command.placement, HoldingTank):
            self.people[id].tank = command.placement.until, command.placement.then
        elif command.placement is not None:
            self._place(id, command.placement, at)
        if command.matrix_placement is not None:
            self._place(id, command.matrix_placement, at, "matrix")

    def _place(self, id: str, placement: Placement, at: int, tree: Tree = "binary") -> None:
        """A place that a strategy finds is the person's from when it was there and free."""
        if isinstance(placement, BelowSponsor):
            parent, slot = self.find(placement.strategy, self.stays["sponsor"][id][-1].parent, tree)
            free = self.left(tree, parent, slot, but=id)
            at = max([at, self.people[parent].enrolled_at, self.gave_up(tree, id), *free])
        else:
            assert isinstance(placement, Explicit)
            parent, slot = placement.parent_id, placement.slot
        self._stand(tree, id, Stay(at, parent, slot))
        if tree == "binary":
            self.placements.append((self.seq, id))
            self.people[id].tank = None

    def _move(self, command: Move | Vacate, now: int) -> None:
        where = self.goal(command) if isinstance(command, Move) else (NOWHERE, 0)
        self._stand(command.tree, command.id, Stay(self.effective(command, now), *where))
        self.moves.append(self.seq)

    def _stand(self, tree: Tree, id: str, stay: Stay) -> None:
        """From now on it is known that somebody stands there since, whatever was said of later times."""
        kept = [one for one in self.stays[tree].get(id, []) if one.since < stay.since]
        self.stays[tree][id] = [*kept, stay]
        self.year.say(self.seq, "move", id, stay.since, **{tree: (stay.parent, stay.slot)})

    def status_since(self, command: Terminate | Reinstate, now: int) -> int:
        at = max(now, self.people[command.id].changed_at)
        return at if command.effective_at is None else min(command.effective_at, at)

    def _new_status(self, command: Terminate | Reinstate, now: int) -> None:
        person, at = self.people[command.id], self.status_since(command, now)
        person.changed_at = at
        if isinstance(command, Terminate):
            person.status, person.terminated_at, person.consequence = "terminated", at, command.consequence
        else:
            person.status, person.terminated_at, person.consequence = "active", None, None

    def _return(self, command: Return) -> None:
        sale = self.orders[command.order_id]
        self.orders[command.order_id] = replace(sale, returned=True)
        counts_in = self.comes_back_in(sale)
        back = replace(sale, placed_at=command.placed_at, pv=-sale.pv, cv=-sale.cv, counts_in=counts_in)
        self._say_sale(command.id, back)

    def _sell(self, number: str, sale: Sale) -> None:
        self.orders[number] = sale
        self._say_sale(number, sale)

    def _say_sale(self, number: str, sale: Sale) -> None:
        self.counted[number] = sale.counts_in
        for period in sale.counts_in.values():
            if period is not None:
                volume = {"pv": sale.pv, "cv": sale.cv, "customer": sale.customer}
                self.year.say(self.seq, "order", sale.seller, sale.placed_at, month=period, **volume)

    # --------------------------------------------------------------------------------------------------------- roll-up

    def end_of_batch(self, most: int) -> int:
        """Up to which fact the roll-up counts next: a move alone, never beyond the close of a period."""
        to = min(self.seq, self.cursor + most)
        moves = [seq for seq in self.moves if self.cursor < seq <= to]
        if moves:
            to = max(moves[0] - 1, self.cursor + 1)
        closes = [one.closed for periods in self.periods.values() for one in periods if one.closed is not None]
        return min([to, *(seq for seq in closes if seq > self.cursor)])

    def heads(self, tree: Tree, seq: int) -> dict[str, int]:
        """How many people everybody's subtree has, as known at a fact."""
        parents = {id: parent for id, (parent, _) in self.year.places(tree, FOREVER, seq).items()}
        heads = dict.fromkeys(self.year.people(seq), 0)
        for id in heads:
            for one in _way(parents, id):
                heads[one] += 1
        return heads

    def versions(self, tree: Tree, seq: int) -> dict[str, int]:
        """By which fact everybody's downline last changed, as known at a fact."""
        return {id: fact for fact, ids in self.touched[tree] if fact <= seq for id in ids}

    def newest_of_each_slot(self, calendar: str) -> dict[int, Period]:
        return {period.number % 2: period for period in self.periods[calendar]}

    def figures(self, period: Period, depths: dict[Tree, int]) -> dict[str, Figures]:
        """Everybody's volumes in a period as of the cursor, by the names that tallies have for them."""
        known = self.cursor if period.closed is None else min(self.cursor, period.closed)
        found: dict[str, Figures] = {id: {} for id in self.year.people(self.cursor)}
        for kind, customer in (("own", False), ("customer", True)):
            sums = {id: [0, 0] for id in found}
            for sale in self.year.orders(period.number, known):
                if sale.more["customer"] == customer:
                    _add(sums[sale.who], sale.more["pv"], sale.more["cv"])
            for id, (pv, cv) in sums.items():
                found[id] |= {f"{kind}_pv": pv, f"{kind}_cv": cv}
        for tree in self.trees:
            levels = self._by_level(tree, period, known, found)
            for id, volumes in levels.items():
                found[id] |= {f"{tree}_{unit}": sum(one[at] for one in volumes) for at, unit in enumerate(("pv", "cv"))}
                below = (volumes[1:] + [[0, 0]] * depths[tree])[: depths[tree]]
                found[id][f"{tree}_levels"] = [amount for one in below for amount in one]
        return found

    def _by_level(self, tree: Tree, period: Period, known: int, people: Iterable[str]) -> dict[str, list[list[int]]]:
        """PV and CV of everybody's level 0, 1, … by the tree just before the period's end."""
        parents = {id: parent for id, (parent, _) in self.year.places(tree, period.ends - 1, known).items()}
        levels: dict[str, list[list[int]]] = {id: [[0, 0]] for id in people}
        for sale in self.year.orders(period.number, known):
            for level, one in enumerate(_way(parents, sale.who)):
                levels[one] += [[0, 0] for _ in range(level + 1 - len(levels[one]))]
                _add(levels[one][level], sale.more["pv"], sale.more["cv"])
        return levels

    # ---------------------------------------------------------------------------------------------------------- history

    def downline(self, tree: Tree, top: str, at: int, seq: int) -> list[tuple[int, str, str, int]]:
        """(level, id, parent, slot) of everybody who stood below somebody, nearest level first and by enrolment."""
        places = self.year.places(tree, at, seq)
        found: list[tuple[int, str, str, int]] = []
        above, level = {top}, 0
        while above:
            level += 1
            here = [(level, id, *places[id]) for id in self.people if id in places and places[id][0] in above]
            found += here
            above = {id for _, id, _, _ in here}
        return found

    # ------------------------------------------------------------------------------------------------------- open slots

    def nearest(self, tree: Tree) -> dict[str, tuple[int, int]]:
        """How many levels below everybody the nearest open slot is, and through which slot of theirs."""
        places, sides = self.places(tree), self.sides(tree)
        nearest: dict[str, tuple[int, int]] = {}
        for id in reversed(_breadth_first(places, self.people)):
            below = [(places.children.get((id, side)), side) for side in sides]
            is_open = any(child is None for child, _ in below)
            nearest[id] = (0, 0) if is_open else min((nearest[child][0] + 1, side) for child, side in below if child)
        return nearest

    def spots(self) -> dict[str, dict[str, str | int | None]]:
        """What everybody keeps about open slots, read off the binary tree (app/places/spots.py says what each is)."""
        places, nearest = self.places(), self.nearest("binary")
        spots: dict[str, dict[str, str | int | None]] = {}
        for id in self.people:
            parent, slot = places.parent.get(id, (None, 0))
            while parent is not None and places.parent.get(parent, ("", 0))[1] == slot:
                parent = places.parent[parent][0]
            spots[id] = {
                "run_top": parent,
                "left_end": None if slot == 1 else places.find("outside_left", id)[0],
                "right_end": None if slot == 2 else places.find("outside_right", id)[0],
                "open_distance": nearest[id][0],
                "open_side": nearest[id][1],
            }
        return spots


def weighed_by(strategy: str) -> str | None:
    """By the volume of which calendar a strategy weighs legs; None for one that weighs no volume."""
    if strategy == "lighter_by_volume":
        return "monthly"
    return strategy.removeprefix("lighter_by_volume_") if strategy.startswith("lighter_by_volume_") else None


def _shown(command: Command) -> list[tuple[Tree, str]]:
    """In which tree's pages a command changes what is shown of whom: all name everybody's status, and those with slots
    their sponsor. An enrolment is shown in the matrix where it gives a place there."""
    match command:
        case Enrol(id=id, matrix_placement=seat):
            return [(tree, id) for tree in (TREES if seat else TREES[:2])]
        case Terminate(id=id) | Reinstate(id=id) | Move(tree="sponsor", id=id):
            return [(tree, id) for tree in TREES]
        case Place(id=id, tree=tree) | Move(id=id, tree=tree) | Vacate(id=id, tree=tree):
            return [(tree, id)]
    return []


def _way(parents: dict[str, str], id: str) -> Iterator[str]:
    """The person and everybody above them."""
    while True:
        yield id
        if id not in parents:
            return
        id = parents[id]


def _add(sums: list[int], pv: int, cv: int) -> None:
    sums[0] += pv
    sums[1] += cv


def _breadth_first(places: PlainPlaces, people: Iterable[str]) -> list[str]:
    """Everybody after whoever stands above them."""
    found = [id for id in people if id not in places.parent]
    for id in found:
        found += [places.children[id, side] for side in places.slots if (id, side) in places.children]
    return found
