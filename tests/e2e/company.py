"""The company that the browser tests look at: small, ugly, and with names as people really have them.

sponsor: D1 > D2, D3, D4, D5; D2 > D6 > D7; D3 > D8, D9; D9 > F001 … F120; D2 > C01 > C02 > … > C40
binary: D1 > D2 (left), D3 (right); D2 > D4 (left), C01 … C40 down its right outside; D4 > D5 (left), D6 (right);
D3 > D9 (right); D7, D8 and the F… wait for a place
matrix, where one is kept: D1 > D5 (slot 1), D2 (slot 3); D2 > D3 (slot 2); D3 > D6 (slot 1), D4 (slot 3);
D6 > D7 (slot 2); nobody else is in it
"""

from itertools import pairwise
from typing import Final

from app.facts.commands import BelowSponsor, Command, Enrol, Explicit, KeepMatrix, Order, Place, Placement
from app.graph import GraphDatabase
from tests.component.volumes.company import MARCH, Company, ms, open_period

FRONTLINE: Final = 120
LINE: Final = 40
MATRIX: Final = KeepMatrix(width=3, depth=9)
IN_MATRIX: Final = {
    "D2": ("D1", 3), "D5": ("D1", 1), "D3": ("D2", 2), "D4": ("D3", 3), "D6": ("D3", 1), "D7": ("D6", 2),
}  # fmt: skip
"""Parent and slot, in the order in which they are placed."""
HTML_NAME: Final = "<img src=x onerror=\"document.title='owned'\"> & <b>Sons</b>"
LONG_NAME: Final = "Wolfeschlegelsteinhausenbergerdorff " * 5
RIGHT_TO_LEFT_NAME: Final = "ليلى حداد"
_FIRST: Final = (
    "Amara",
    "Beatriz",
    "Chen",
    "Dalia",
    "Emeka",
    "Farah",
    "Goran",
    "Hiro",
    "Ines",
    "Jonas",
    "Kofi",
    "Lena",
)
_LAST: Final = ("Silva", "Nakamura", "Novak", "Okoye", "Petit", "Quist", "Rahman", "Santos", "Tanaka", "Umar")


async def found_company(graph: GraphDatabase) -> Company:
    """The company in an empty, migrated graph, with its volumes rolled up."""
    company = Company(graph)
    await company.write(open_period(MARCH), *_people(), *_frontline(), *_line(), *_orders())
    await company.catch_up()
    return company


async def keep_matrix(company: Company) -> Company:
    """The company keeps a matrix from now on, in which people stand under others than in its two trees."""
    places = [Place(id, Explicit(*place), ms(2026, 3, 1), "matrix") for id, place in IN_MATRIX.items()]
    await company.write(MATRIX, *places)
    await company.catch_up()
    return company


def _enrol(
    id: str,
    sponsor: str | None,
    name: str,
    place: Placement | None = None,
    *,
    status: str = "active",
    region: str = "",
    title: str = "",
) -> Enrol:
    return Enrol(id, sponsor, name, id, ms(2026, 1, 12), status, region, title, place)


def _people() -> list[Command]:
    return [
        _enrol("D1", None, "Ada Okafor", title="Diamond", region="NG"),
        _enrol("D2", "D1", "Bruno Keller", Explicit("D1", 1), title="Gold", region="DE"),
        _enrol("D3", "D1", "Chiara Rossi", Explicit("D1", 2), title="Gold", region="IT"),
        _enrol("D4", "D1", "Dmitri Volkov", Explicit("D2", 1)),
        _enrol("D5", "D1", "Elif Demir", Explicit("D4", 1), status="suspended"),
        _enrol("D6", "D2", LONG_NAME.strip(), Explicit("D4", 2)),
        _enrol("D7", "D6", HTML_NAME),
        _enrol("D8", "D3", RIGHT_TO_LEFT_NAME, status="terminated"),
        _enrol("D9", "D3", "Hana Sato", Explicit("D3", 2), title="Silver"),
    ]


def _frontline() -> list[Command]:
    return [
        _enrol(f"F{n:03}", "D9", f"{_FIRST[n % len(_FIRST)]} {_LAST[n % len(_LAST)]}") for n in range(1, FRONTLINE + 1)
    ]


def _line() -> list[Command]:
    """A line of people, each sponsored by the one before and placed at the right outside below D2."""
    ids = ["D2", *(f"C{n:02}" for n in range(1, LINE + 1))]
    return [_enrol(id, above, f"Link {id}", BelowSponsor("outside_right")) for above, id in pairwise(ids)]


def _orders() -> list[Command]:
    volumes = {"D1": 12_000, "D2": 123_456, "D4": 5_000, "D6": 80_050, "D9": 40_000, "C40": 9_999}
    volumes |= {f"F{n:03}": 1_000 * (n % 7) for n in range(1, FRONTLINE + 1) if n % 7}
    return [Order(f"O-{id}", id, "distributor", ms(2026, 3, 10), pv, pv // 2) for id, pv in volumes.items()]
