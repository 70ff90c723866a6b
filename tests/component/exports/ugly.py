"""A company with a past: moves, places that came late, slots that were freed and taken, orders that came late."""

from dataclasses import replace

from app.demo.commit import commit_with_two
from app.facts.commands import (
    BelowSponsor,
    Command,
    Enrol,
    Explicit,
    HoldingTank,
    KeepMatrix,
    Move,
    MoveLimits,
    Opening,
    Order,
    OverrideRank,
    PastLine,
    PastStatement,
    Place,
    Prefer,
    Register,
    Reinstate,
    Return,
    SetMovePolicy,
    Submission,
    Terminate,
)
from app.periods.calendars import calendar_of, number_of
from app.plans.loader import library, load_plan
from app.wiring import House
from tests.component.volumes.company import TestClock, customer_order, enrol, ms, order, spillover

POLICY = SetMovePolicy(
    "Asia/Tokyo",
    (
        MoveLimits("sponsor", window_days=400, blackout_days=(31, 30)),
        MoveLimits("binary", backdate_days=0),
        MoveLimits("matrix", largest_subtree=60),
    ),
)
"""It allows the moves of this past."""


class Past:
    """Writes commands on days that go by."""

    def __init__(self, house: House, clock: TestClock) -> None:
        self.house = house
        self.clock = clock
        self.keys = 0

    async def on(self, month: int, day: int, *commands: Command) -> None:
        self.clock.set(2026, month, day, 9, 30, day)
        for command in commands:
            self.keys += 1
            why = 'a "decision", by letter' if isinstance(command, OverrideRank) else ""
            await self.house.writer.submit(Submission(f"past-{self.keys}", "test", why, command))

    async def leaves(self, month: int, day: int, terminate: Terminate) -> None:
        """With those who move up."""
        self.clock.set(2026, month, day, 9, 30, day)
        await self.house.moves.terminate(terminate, key=f"leaves-{terminate.id}", actor="test", reason="left")

    async def open(self, *names: str, zone: str = "Europe/Berlin") -> None:
        for name in names:
            await self.house.periods.open(name, zone, key=f"open-{name}", actor="test")

    async def close(self, name: str, *, commit: bool = False) -> None:
        await self.house.periods.close(name, key=f"close-{name}", actor="test")
        if commit:
            kept = {"calendar": calendar_of(name), "zone": (await self.house.periods.get(name)).zone}
            plan = load_plan(library()["g14-binary"]).model_copy(update=kept)
            run = await self.house.runs.calculate(name, plan)
            await commit_with_two(self.house, run.id)


ODD_NAMES = ('Anne "the\\boss" O\'Neil, Jr.', "Zoë 😀 Müller", "=1+1", "ناصر")


async def live_through(house: House, clock: TestClock) -> None:
    """January and February closed, January with a committed run, March and April open."""
    past = Past(house, clock)
    await past.on(1, 3)
    await past.open("2026-01")
    people = spillover(40, seed=4, unplaced=0.2)
    unplaced = [c.id for c in people if isinstance(c, Enrol) and c.placement is None and c.sponsor_id][:2]
    await past.on(
        1, 4, *people, *[Enrol(f"N{n}", "D0", name, f"N{n}", ms(2026, 1, 2)) for n, name in enumerate(ODD_NAMES)]
    )
    await past.on(1, 5, Enrol("T", "D3", "Tom", "D3", ms(2026, 1, 1), "terminated", "DE", "Gold"))
    tank = HoldingTank(ms(2026, 6, 1), "preference")
    await past.on(
        1,
        5,
        Enrol("H", "D0", "Held", "", ms(2026, 1, 3), placement=tank, preference="inside_left"),
        Enrol("K", "D0", "Held", "", ms(2026, 1, 3), placement=tank),
        Prefer("D0", "lighter_by_people"),
        Place("K", BelowSponsor("first_open"), ms(2026, 1, 3)),
    )
    await past.on(1, 5, *[Register(f"C{n}", f"Customer {n}", f"D{n}", ms(2026, 1, 3)) for n in range(5)])
    await past.on(
        1,
        5,
        Opening("D0", 202601, 500_000, 1, -12_34, "Crown"),
        Opening("D1", 202601, 0, 0, 0, "Silver"),
        PastStatement(
            "D0", 202512, "EUR", (PastLine(100, "Level", "b"), PastLine(-5, "Fee", ""), PastLine(100, "Level", "a"))
        ),
        PastStatement("T", 202511, "EUR", (PastLine(7, 'Team "x"', "one, two"),)),
        PastStatement("T", 202512, "USD", (PastLine(0, "Team", ""),)),
    )
    # A leg of their own below N0, in which slots are freed and taken again.
    await past.on(1, 6, Place("N0", await free_slot(house), ms(2026, 1, 5)))
    came = ms(2026, 1, 3)
    await past.on(1, 7, enrol("A", "N0", "N0", 1, at=came), enrol("B", "N0", "A", 1, at=came))
    await past.on(1, 7, enrol("E", "B", "B", 2, at=came))
    # Q stands there although the sponsor S has no place yet; S gets one elsewhere, and earlier than somebody above.
    await past.on(
        1, 8, enrol("S", "N1", at=came), enrol("Q", "S", "E", 1, at=came), Place("S", Explicit("A", 2), ms(2026, 1, 4))
    )
    # In the matrix people stand below others than in the binary tree; Q got one before the sponsor S did.
    await past.on(1, 8, KeepMatrix(3, 7), *[seat(id, "D0", slot) for slot, id in enumerate(("D1", "D2", "D3"), 1)])
    await past.on(1, 8, seat("E", "D2", 2), seat("Q", "E", 3), seat("S", "E", 1), seat("N0", "D1", 3))
    both = replace(enrol("M", "E", "Q", 2, at=ms(2026, 1, 7)), matrix_placement=BelowSponsor("first_open"))
    await past.on(1, 8, both)
    sales = [order(f"O{n}", f"D{n % 40}", 1_000 + 37 * n, at=ms(2026, 1, 9, n % 24)) for n in range(60)]
    await past.on(1, 10, *sales, *[customer_order(f"OC{n}", f"C{n}", 5_000, at=ms(2026, 1, 9)) for n in range(5)])
    await past.on(
        1, 12, Return("R1", "O1", ms(2026, 1, 11)), Order("O-zero", "E", "distributor", ms(2026, 1, 12), 0, 0)
    )
    await past.on(1, 13, SetMovePolicy("UTC", (MoveLimits("binary", window_days=90),)), POLICY)
    await past.on(1, 14, Move("B", "binary", "N0", 2), Move("B", "sponsor", "D7"))
    await past.on(1, 15, Move("E", "matrix", "N0", 2), Move("S", "matrix", "D2", 2), KeepMatrix(3, 9))
    await past.on(1, 16, enrol("F", "A", "A", 1, at=ms(2026, 1, 15)), Move("B", "sponsor", "N2"))
    await past.on(2, 1)
    await past.open("2026-02")
    await past.on(2, 2, Move("E", "sponsor", "N3"), Move("F", "binary", "B", 1), Move("F", "binary", "E", 2))
    await past.close("2026-01", commit=True)
    await past.on(2, 3, order("O-late", "D5", 700, at=ms(2026, 1, 30)), Return("R2", "O2", ms(2026, 2, 3)))
    await past.on(
        2, 4, *[order(f"P{n}", f"D{n}", 900, at=ms(2026, 2, 3)) for n in range(20)], Return("R3", "P3", ms(2026, 2, 4))
    )
    await past.on(2, 5, Move("E", "matrix", "D3", 1, effective_at=ms(2026, 2, 2)), Move("Q", "matrix", "S", 2))
    await past.on(3, 2)
    await past.open("2026-03")
    await past.on(3, 3, enrol("G", "F", "F", 1, at=ms(2026, 3, 1)), Move("S", "sponsor", "G"))
    await past.close("2026-02")
    await past.on(3, 4, order("O-later", "D6", 800, at=ms(2026, 1, 29)), Return("R4", "P4", ms(2026, 3, 4)))
    await past.on(3, 5, *[Place(id, await free_slot(house), ms(2026, 3, 1)) for id in unplaced[:1]])
    await past.on(3, 5, order("O-march", "G", 1_200, at=ms(2026, 3, 5)), order("O-s", "S", 77, at=ms(2026, 3, 5)))
    await past.on(3, 6, Move("B", "sponsor", "N1", effective_at=ms(2026, 1, 15)))
    await past.on(3, 7, OverrideRank("T", "Crown", "2026-03-01", "2026-12-31", "the board"))
    await past.on(3, 7, OverrideRank("D9", "Gold", "2026-03-01", "2026-06-30"), OverrideRank("T", "", "2026-05-01", ""))
    await past.on(3, 7, Terminate("D8", "compress_for_pay", ms(2026, 3, 6)), Terminate("N3"), Terminate("D9"))
    await past.on(3, 8, Reinstate("D9"))
    await past.on(4, 1)
    await past.open("2026-04")
    await past.on(4, 2, order("O-april", "E", 1_300, at=ms(2026, 4, 1)), order("O-march2", "F", 50, at=ms(2026, 3, 31)))
    await past.on(4, 3, Move("A", "binary", "Q", 1))
    await past.on(4, 4, order("O-left", "B", 640, at=ms(2026, 3, 20)), order("O-left2", "B", 60, at=ms(2026, 4, 4)))
    # B stood above E and E above others; E leaves since March, B now, and B is back and placed anew.
    await past.leaves(4, 5, Terminate("E", "promote", ms(2026, 3, 8)))
    await past.leaves(4, 6, Terminate("B", "promote"))
    await past.leaves(4, 7, Terminate("D2", "promote", trees=("matrix",)))
    await past.on(4, 8, Reinstate("B"))
    await past.on(4, 9, Place("B", Explicit("F", 2), ms(2026, 4, 8)))


PAID_BEFORE = ("2007-01", "2023-W41-W44", "2025-W51-W02", "2026-W04", "2026-01-24")
"""What a former system made statements of. The month and the first four weeks have the same number; the second
four weeks begin with another week than those here."""


async def live_by_calendars(house: House, clock: TestClock) -> None:
    """Months, weeks, four weeks and days, each by the clock of another zone: of each two are open in the end, and some
    were closed while others were open. Weeks are paid, and days are kept from February on."""
    past = Past(house, clock)
    await past.on(1, 26)
    await past.open("2026-01")
    await past.on(1, 26, enrol("Top", None), *[enrol(f"L{n}", "Top", f"L{n - 1}" if n else "Top", 1) for n in range(4)])
    await past.on(1, 26, *[enrol(f"R{n}", "Top", f"R{n - 1}" if n else "Top", 2) for n in range(4)])
    await past.on(
        1, 26, Register("C", "Customer", "L2", ms(2026, 1, 25)), order("month-only", "L1", 100, at=ms(2026, 1, 25))
    )
    line = (PastLine(120, "Team", ""),)
    await past.on(
        1,
        26,
        *[PastStatement("L1", number_of(name), "EUR", line, calendar_of(name)) for name in PAID_BEFORE],
    )
    # A week contains it, and yet it is in none: weeks were kept when it was there already.
    await past.on(1, 27, order("too-early", "R1", 200, at=ms(2026, 1, 27)))
    await past.open("2026-W05", zone="America/New_York")
    await past.open("2026-W05-W08", zone="UTC")
    await past.on(
        1,
        28,
        order("week", "L2", 5_000, at=ms(2026, 1, 28)),
        customer_order("by-customer", "C", 700, at=ms(2026, 1, 28)),
    )
    await past.on(
        1, 28, order("older", "L3", 300, at=ms(2026, 1, 20)), Return("too-early-back", "too-early", ms(2026, 1, 28))
    )
    await past.on(1, 31)
    await past.open("2026-W06", zone="America/New_York")
    await past.open("2026-02")
    await past.on(
        2, 1, order("right", "R2", 6_000, at=ms(2026, 1, 31)), order("february", "R3", 400, at=ms(2026, 2, 1))
    )
    await past.on(2, 2, order("in-grace", "L2", 800, at=ms(2026, 1, 30)))
    await past.close("2026-W05", commit=True)
    # February had to be open before the week was closed, and January to be open after it.
    await past.on(2, 2, order("next-week", "L3", 900, at=ms(2026, 1, 30)), Return("back", "week", ms(2026, 2, 2)))
    await past.close("2026-01")
    await past.on(
        2, 3, order("next-both", "R1", 1_000, at=ms(2026, 1, 29)), Return("back-2", "next-week", ms(2026, 2, 3))
    )
    await past.open("2026-02-03", "2026-02-04", zone="Asia/Tokyo")
    await past.on(2, 3, order("day", "L1", 1_100, at=ms(2026, 2, 3)), order("before-days", "R2", 50, at=ms(2026, 2, 2)))
    await past.on(2, 3, order("zero", "R3", 0, at=ms(2026, 2, 3, 8)))
    await past.on(2, 4, order("day-late", "L2", 1_200, at=ms(2026, 2, 3, 1)))
    await past.close("2026-02-03")
    await past.open("2026-02-05", zone="Asia/Tokyo")
    await past.on(2, 4, order("next-day", "R1", 1_300, at=ms(2026, 2, 3, 2)), Return("day-back", "day", ms(2026, 2, 4)))
    await past.open("2026-W07", zone="America/New_York")
    await past.open("2026-03")
    await past.open("2026-W09-W12", zone="UTC")
    await past.on(2, 4, order("last", "L3", 70, at=ms(2026, 2, 4)))


def seat(id: str, parent: str, slot: int) -> Place:
    return Place(id, Explicit(parent, slot), ms(2026, 1, 7), "matrix")


async def free_slot(house: House) -> Explicit:
    """A slot at the outside left of the top."""
    row = await house.graph.read_one("queries/people/card", {"id": "D0"})
    assert row is not None
    at = "D0"
    while True:
        [page] = await house.graph.read("queries/imports/slots_binary", {"ids": [at]})
        below = dict(zip(page["slots"], page["children"], strict=True))
        if 1 not in below:
            return Explicit(at, 1)
        at = below[1]
