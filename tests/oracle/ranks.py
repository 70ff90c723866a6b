"""What a rank asks of a person, how much of it they have, and the report card that tells them: one person at a time.

`requires` and `maintain` of a plan's rank are its canonical JSON. What is not asked is null there, or left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, Any

from tests.oracle.numbers import minor, number
from tests.oracle.results import NO_RANK

if TYPE_CHECKING:
    from tests.oracle.company import Company

LEFT, RIGHT = 1, 2
Rules = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """One requirement: at least so many (minor units of PV, or people, or legs) of something one can count of a person
    when everybody has the ranks of a list."""

    measure: str
    required: int
    actual: Callable[[int, list[int]], int]


def earned(company: Company, ix: int, paid_as: list[int]) -> int:
    """The highest rank that they earn by what they did, when everybody has the ranks of `paid_as`."""
    return max((rank for rank in heights(company) if earns(company, ix, rank, paid_as)), default=NO_RANK)


def earns(company: Company, ix: int, rank: int, paid_as: list[int]) -> bool:
    """A rank with a window is earned when its rules were met in so many of the last periods, this one among them; any
    other when they are met in this one."""
    window = rules_for(company, ix, rank)["window"]
    if window is None:
        return meets(company, ix, rank, paid_as)
    needed: int = window["met"]
    return periods_met(company, ix, rank, window["of"], paid_as) >= needed


def periods_met(company: Company, ix: int, rank: int, of: int, paid_as: list[int]) -> int:
    """In how many of the last `of` periods, this one among them, they met the rules of that rank or of a higher one. A
    period that nothing is known of is one in which they did not."""
    every = [met(company, ix, paid_as), *company.met_before(ix)]
    return sum(there >= rank for there in every[:of])


def met(company: Company, ix: int, paid_as: list[int]) -> int:
    """The highest rank whose rules they meet in this very period, whatever was before and whoever decided what."""
    return max((rank for rank in heights(company) if meets(company, ix, rank, paid_as)), default=NO_RANK)


def heights(company: Company) -> range:
    """All ranks, the lowest first."""
    return range(len(company.plan["ranks"]))


def meets(company: Company, ix: int, rank: int, paid_as: list[int]) -> bool:
    """Are all requirements of that rank met in this period, when everybody has the ranks of `paid_as`?"""
    rules = rules_for(company, ix, rank)
    if rules["active"] and not company.is_active(ix):
        return False
    return all(one.actual(ix, paid_as) >= one.required for one in asked(company, rules))


def rules_for(company: Company, ix: int, rank: int) -> Rules:
    """What the rank asks of this person."""
    rules: Rules = company.plan["ranks"][rank][which_rules(company, ix, rank)]
    return rules


def which_rules(company: Company, ix: int, rank: int) -> str:
    """Whoever had the rank or a higher one before maintains it, where the plan says how; all others reach it."""
    says_how = company.plan["ranks"][rank]["maintain"] is not None
    return "maintain" if says_how and company.reached(ix) >= rank else "requires"


def highest(company: Company, ix: int) -> int:
    """The highest rank ever: the one they had before, or what they earn this period. What somebody decided is not
    earned."""
    return max(company.reached(ix), earned(company, ix, company.paid_as))


# -------------------------------------------------------------------------------------------------------- requirements


def asked(company: Company, rules: Rules) -> Iterator[Asked]:
    """All that is asked, beside being active."""
    yield from asked_volumes(company, rules)
    yield from asked_people(company, rules)
    yield from asked_ranks(company, rules)


def asked_volumes(company: Company, rules: Rules) -> Iterator[Asked]:
    """Sums of PV."""
    if (pv := rules.get("personal_pv")) is not None:
        yield Asked("personal_pv", minor(pv), lambda ix, _: company.personal_pv(ix))
    if (pv := rules.get("customer_pv")) is not None:
        yield Asked("customer_pv", minor(pv), lambda ix, _: company.customer_pv(ix))
    if (pv := rules.get("weak_leg_pv")) is not None:
        yield Asked("weak_leg_pv", minor(pv), lambda ix, _: weak_leg_pv(company, ix))
    if (pv := rules.get("personal_group_pv")) is not None:
        yield Asked("personal_group_pv", minor(pv), company.personal_group_pv)
    if (within := rules.get("volume_within_levels")) is not None:
        levels = within["levels"]
        name = f"volume_within_levels:{levels}"
        yield Asked(name, minor(within["pv"]), lambda ix, _: volume_within_levels(company, ix, levels))
    if (group := rules.get("group_pv")) is not None:
        if isinstance(group, str):
            yield Asked("group_pv", minor(group), lambda ix, _: company.group_pv(ix))
        else:
            yield Asked(capped_name(group), minor(group["pv"]), lambda ix, _: capped_group_pv(company, ix, group))


def asked_people(company: Company, rules: Rules) -> Iterator[Asked]:
    """Numbers of frontline people and of legs, whatever their ranks."""
    if (count := rules.get("personally_sponsored")) is not None:
        yield Asked("personally_sponsored", count, lambda ix, _: len(company.sponsored[ix]))
    if (count := rules.get("personally_sponsored_active")) is not None:
        yield Asked("personally_sponsored_active", count, lambda ix, _: company.sponsored_active(ix))
    if (count := rules.get("customers")) is not None:
        yield Asked("customers", count, lambda ix, _: company.customers(ix))
    if (count := rules.get("active_legs")) is not None:
        yield Asked("active_legs", count, lambda ix, _: company.active_legs(ix))
    if (legs := rules.get("legs_with_volume")) is not None:
        pv = minor(legs["pv"])
        yield Asked(f"legs_with_volume:{legs['pv']}", legs["count"], lambda ix, _: legs_with_volume(company, ix, pv))


def asked_ranks(company: Company, rules: Rules) -> Iterator[Asked]:
    """Numbers of frontline people and of legs that hold a rank; each of a list counts by itself."""
    for wanted in one_or_several(rules.get("legs_with_rank")):
        yield asked_holders(company, wanted, "legs_with_rank", company.legs_with_rank)
    for wanted in one_or_several(rules.get("personally_sponsored_with_rank")):
        yield asked_holders(company, wanted, "personally_sponsored_with_rank", company.sponsored_with_rank)


def asked_holders(
    company: Company, wanted: dict[str, Any], name: str, holders: Callable[[int, int, list[int]], int]
) -> Asked:
    """So many holders of a rank."""
    rank = company.rank_index(wanted["rank"])
    return Asked(f"{name}:{wanted['rank']}", wanted["count"], lambda ix, paid_as: holders(ix, rank, paid_as))


def one_or_several(wanted: dict[str, Any] | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """A list of what a plan may say once, several times or not at all."""
    if wanted is None:
        return []
    return wanted if isinstance(wanted, list) else [wanted]


# -------------------------------------------------------------------------------------------------------- what one has


def volume_within_levels(company: Company, ix: int, levels: int) -> int:
    """Personal PV of the person and of everybody on so many levels below, active or not."""
    level, total = [ix], company.personal_pv(ix)
    for _ in range(levels):
        level = [child for above in level for child in company.sponsored[above]]
        total += sum(company.personal_pv(below) for below in level)
    return total


def capped_group_pv(company: Company, ix: int, group: dict[str, Any]) -> int:
    """Group PV of which no leg counts for more than a share of what is asked, or of the whole group PV. A leg below
    zero counts as it is; a cap below zero is none of anything."""
    of = company.group_pv(ix) if group["of"] == "total" else minor(group["pv"])
    cap = max(floor(number(group["leg_cap"]) * of), 0)
    return company.personal_pv(ix) + sum(min(company.group_pv(head), cap) for head in company.sponsored[ix])


def capped_name(group: dict[str, Any]) -> str:
    """What the capped group PV is called: the cap of a requirement hangs on what is asked."""
    name = f"group_pv:{group['leg_cap']}:{group['of']}"
    return f"{name}:{group['pv']}" if group["of"] == "requirement" else name


def weak_leg_pv(company: Company, ix: int) -> int:
    """This period's PV of the smaller side in the placement tree."""
    left, right = (sum(company.personal_pv(below) for below in company.binary_leg(ix, slot)) for slot in (LEFT, RIGHT))
    return min(left, right)


def legs_with_volume(company: Company, ix: int, pv: int) -> int:
    """Frontline people whose group PV is at least that."""
    return sum(company.group_pv(head) >= pv for head in company.sponsored[ix])


def measures(company: Company) -> dict[str, list[int]]:
    """What ranks and gates were judged by: the plain ones always, the others where the plan asks for them."""
    plain: Rules = {"personal_pv": "0", "customer_pv": "0", "group_pv": "0"}
    plain |= {"active_legs": 0, "personally_sponsored_active": 0}
    rules = [plain, *(rank["requires"] for rank in company.plan["ranks"])]
    rules += [rank["maintain"] for rank in company.plan["ranks"] if rank["maintain"] is not None]
    rules += [schedule_rules(bonus) for bonus in company.plan["bonuses"] if bonus.get("schedule")]
    measured = {
        one.measure: [one.actual(ix, company.paid_as) for ix in company.everybody]
        for some in rules
        for one in asked(company, some)
    }
    types = {one["type"] for gate in company.plan["gates"] for one in (gate, *gate.get("gates", []))}
    if "majority_of_customers" in types:
        measured["group_customer_pv"] = [company.group_customer_pv(ix) for ix in company.everybody]
    if "customers" in types:
        measured["customers"] = [company.customers(ix) for ix in company.everybody]
    return measured


def schedule_rules(bonus: dict[str, Any]) -> Rules:
    """What a schedule is looked up with, as if a rank asked for it."""
    volume = bonus["volume"]
    if isinstance(volume, dict):
        return {"volume_within_levels": {"levels": volume["within_levels"], "pv": "0"}}
    return {volume: "0"}


# --------------------------------------------------------------------------------------------------------- report card


@dataclass(frozen=True)
class Entry:
    """One line of the report card. Whoever must be active has 1 or 0 of the 1 that is required."""

    measure: str
    required: int
    actual: int

    @property
    def met(self) -> bool:
        return self.actual >= self.required

    @property
    def missing(self) -> int:
        return max(self.required - self.actual, 0)


@dataclass(frozen=True)
class RankOnCard:
    """A rank on the report card, and by which of its rules the person is asked."""

    rank: int
    by: str
    entries: list[Entry]


def report_card(company: Company, ix: int) -> list[RankOnCard]:
    """The rank paid as, if any, and the next two above."""
    earned = company.paid_as[ix]
    shown = range(max(earned, 0), min(earned + 3, len(company.plan["ranks"])))
    return [RankOnCard(rank, which_rules(company, ix, rank), entries(company, ix, rank)) for rank in shown]


def entries(company: Company, ix: int, rank: int) -> list[Entry]:
    """Everything that rank asks of the person, and what they have of it."""
    rules = rules_for(company, ix, rank)
    active = [Entry("active", 1, int(company.is_active(ix)))] if rules["active"] else []
    found = active + [
        Entry(one.measure, one.required, one.actual(ix, company.paid_as)) for one in asked(company, rules)
    ]
    if (window := rules["window"]) is not None:
        periods = periods_met(company, ix, rank, window["of"], company.paid_as)
        found.append(Entry(f"periods_met:{window['of']}", window["met"], periods))
    return found
