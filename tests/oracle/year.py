"""A company as a plain list of what was said and when, read the slow and obvious way.

It imports nothing of the service. Whatever is asked names two things: an instant, and how many of the things said are
known. Instants are epoch milliseconds, a month is [starts, ends), volumes are minor units. A month may be a period of
another calendar as well: an order is said once for each calendar, and numbers of months and weeks never meet.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

NOBODY = -1
NOWHERE = ""
FOREVER = 2**62
Stay = tuple[int, str, int]
"""Since when, under whom, and in which slot."""


@dataclass(frozen=True)
class Said:
    """One thing that was said, of somebody or of an order; `seq` counts what was said."""

    seq: int
    what: str
    who: str
    at: int
    more: dict[str, Any]


@dataclass
class Month:
    """A month that orders count in; `closed` is the seq of its closing."""

    number: int
    starts: int
    ends: int
    closed: int | None = None
    calendar: str = "monthly"


@dataclass
class Year:
    """All that was said, in order."""

    said: list[Said] = field(default_factory=list)
    months: dict[int, Month] = field(default_factory=dict)

    def say(self, seq: int, what: str, who: str, at: int, **more: Any) -> None:
        self.said.append(Said(seq, what, who, at, more))

    def known(self, seq: int, *kinds: str) -> Iterator[Said]:
        return (one for one in self.said if one.seq <= seq and one.what in kinds)

    def people(self, seq: int) -> list[str]:
        """In the order of their enrolment."""
        return [one.who for one in self.known(seq, "enrol")]

    # ------------------------------------------------------------------------------------------------------------ trees

    def stays(self, tree: str, seq: int) -> dict[str, list[Stay]]:
        """Since when everybody stood under whom and in which slot, as known then; under NOWHERE who gave up a place."""
        stays: dict[str, list[Stay]] = {}
        for one in self.known(seq, "enrol", "place", "move"):
            where = one.more.get(tree)
            if where is None:
                continue
            # A move says where somebody stands from its instant on, whatever was said of later instants before.
            kept = [stay for stay in stays.get(one.who, []) if stay[0] < one.at]
            stays[one.who] = [*kept, (one.at, *where)]
        return stays

    def places(self, tree: str, at: int, seq: int) -> dict[str, tuple[str, int]]:
        """Who stood under whom, and in which slot, at an instant as known then."""
        found = {}
        for who, those in self.stays(tree, seq).items():
            begun = [stay for stay in those if stay[0] <= at]
            if begun and max(begun)[1] != NOWHERE:
                _, parent, slot = max(begun)
                found[who] = parent, slot
        return found

    def promote(self, seq: int, who: str, at: int | None, now: int, widths: dict[str, int]) -> None:
        """Whom somebody sponsored goes to their sponsor, not before that one was theirs; and their place in each tree
        with so many slots is somebody else's. `seq` says that they leave; each of these is said after it."""

        def since(came: int) -> int:
            return now if at is None else min(now, max(at, came + 1))

        sponsors = self.stays("sponsor", seq)
        for one in self.people(seq):
            if one in sponsors and sponsors[one][-1][1] == who:
                seq += 1
                came = max(sponsors[one][-1][0], sponsors[who][-1][0])
                self.say(seq, "move", one, since(came), sponsor=(sponsors[who][-1][1], 0))
        for tree, width in widths.items():
            seq = self._give_place(tree, width, seq, who, since)

    def _give_place(self, tree: str, width: int, seq: int, who: str, since: Callable[[int], int]) -> int:
        """Whoever enrolled first of those below, those who left after all others, takes the place, the others below.
        The last that is said of it."""
        places, sides = self.stays(tree, seq), range(1, width + 1)
        if who not in places or places[who][-1][1] == NOWHERE:
            return seq
        slots = {place: one for one, place in self.places(tree, FOREVER, seq).items()}
        enrolled = {one.who: one.at for one in self.known(seq, "enrol")}
        gone = {one: self.status(one, FOREVER, seq)[0] == "terminated" for one in enrolled}
        below = [one for one in self.people(seq) if one in slots.values() and places[one][-1][1] == who]
        below.sort(key=lambda one: (gone[one], enrolled[one]))
        left = [later[0] for those in places.values() for stay, later in pairwise(those) if stay[1] == who]
        moment = since(max([places[who][-1][0], *(places[one][-1][0] for one in below), *left]))
        for one in sorted(below[1:], key=lambda one: places[one][-1][2]):
            found, waiting = (below[0], places[one][-1][2]), [below[0]]
            while found in slots:
                top, *waiting = [*waiting, *(slots[waiting[0], side] for side in sides if (waiting[0], side) in slots)]
                found = next(((top, side) for side in sides if (top, side) not in slots), found)
            seq += 1
            slots[found] = one
            self.say(seq, "move", one, moment, **{tree: found})
        seq += 1
        self.say(seq, "move", who, moment, **{tree: (NOWHERE, 0)})
        if below:
            seq += 1
            self.say(seq, "move", below[0], moment, **{tree: places[who][-1][1:]})
        return seq

    def up(self, tree: str, who: str, at: int, seq: int) -> list[str]:
        """The person and everybody above them."""
        places = self.places(tree, at, seq)
        way = [who]
        while way[-1] in places:
            way.append(places[way[-1]][0])
            assert len(way) <= len(self.said), f"{who} stands below themselves in the {tree} tree at {at}"
        return way

    # ----------------------------------------------------------------------------------------------------------- volume

    def month_of(self, at: int, seq: int, calendar: str = "monthly") -> int | None:
        """Where an order counts: in its own month, or the first open one after it; None before the calendar begins."""
        of = sorted((one for one in self.months.values() if one.calendar == calendar), key=lambda one: one.starts)
        if at < of[0].starts:
            return None
        assert at < of[-1].ends
        later = [one for one in of if at < one.ends]
        return next(one.number for one in later if one.closed is None or one.closed > seq)

    def orders(self, number: int, seq: int) -> list[Said]:
        """The orders and returns that count in a month: never one that was said after it was closed."""
        return [one for one in self.known(seq, "order") if one.more["month"] == number]

    def volumes(self, tree: str, number: int, seq: int) -> dict[str, tuple[int, int]]:
        """PV and CV of everybody with all below them, by the tree as it is just before the month's end."""
        places = self.places(tree, self.months[number].ends - 1, seq)
        sums = dict.fromkeys(self.people(seq), (0, 0))
        for one in self.orders(number, seq):
            at: str | None = one.who
            while at is not None:
                pv, cv = sums[at]
                sums[at] = pv + one.more["pv"], cv + one.more["cv"]
                at = places[at][0] if at in places else None
        return sums

    # -------------------------------------------------------------------------------------------------------------- pay

    def status(self, who: str, at: int, seq: int) -> tuple[str, str]:
        """Active or terminated, and what became of the place."""
        found = "active", ""
        for one in self.known(seq, "terminate", "reinstate"):
            if one.who == who and one.at <= at:
                found = ("terminated", one.more["consequence"]) if one.what == "terminate" else ("active", "")
        return found

    def company(
        self, number: int, seq: int, carry: dict[str, tuple[int, int]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """People and orders of a month in the words of the oracle of pay."""
        at, people = self.months[number].ends - 1, self.people(seq)
        enrolled = {one.who: one.at for one in self.known(seq, "enrol")}
        sponsors, places, seats = (self.places(tree, at, seq) for tree in ("sponsor", "binary", "matrix"))
        index = {who: ix for ix, who in enumerate(people)} | {None: NOBODY}
        rows = []
        for who in people:
            status, consequence = self.status(who, at, seq)
            parent, slot = places.get(who, (None, 0))
            rows.append(
                {
                    "sponsor": index[sponsors[who][0] if who in sponsors else None],
                    "parent": index[parent],
                    "slot": slot,
                    "matrix_parent": index[seats[who][0] if who in seats else None],
                    "active": enrolled[who] <= at and status == "active",
                    "passed_over": status == "terminated" and consequence == "compress_for_pay",
                    "title": None,
                    "carry_left": carry.get(who, (0, 0))[0],
                    "carry_right": carry.get(who, (0, 0))[1],
                }
            )
        orders = [
            {
                "seller": index[one.who],
                "own": not one.more["customer"],
                "pv": one.more["pv"],
                "cv": one.more["cv"],
                "seq": one.seq,
            }
            for one in self.orders(number, seq)
        ]
        return rows, orders
