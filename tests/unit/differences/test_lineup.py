"""Two runs side by side against a comparison that walks line by line in plain Python."""

import csv
import io
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from app.amounts import to_minor
from app.differences import text
from app.differences.lineup import line_up, most_changed, totals_by_bonus, totals_by_cause, totals_of_people
from app.differences.models import Cause, LinedUp, Paid
from app.differences.text import differences_csv
from app.differences.words import told
from app.engine.calculate import calculate
from app.engine.models import Orders, People, Snapshot
from app.plans.loader import library, load_plan
from app.plans.matrix import Matrix
from app.plans.models import Plan
from app.plans.unilevel import LevelBonus
from app.runs.models import Taken
from tests.unit.engine.companies import random_snapshot, snapshot

SEEDS = range(21)
PLAN_ALONE, ROUNDED = 9, 17
BY_MATRIX = (18, 19, 20)
"""Of the last of them the matrix is less deep by the other plan."""
Key = tuple[str, str, str | None]


def run_of(snapshot: Snapshot, plan: Plan, ids: list[str], orders: list[str], enrolled: Any = None) -> Paid:
    joined = np.ones(len(ids), np.bool_) if enrolled is None else enrolled
    return Paid(Taken(snapshot, ids, [""] * len(ids), joined, orders, 9), plan, calculate(snapshot, plan))


def sample() -> Plan:
    return load_plan(library()["sample"])


def halves() -> Plan:
    """The sample plan with a multiplier that gives halves of a cent."""
    plan = sample()
    return plan.model_copy(update={"bonuses": (plan.bonuses[0].model_copy(update={"multiplier": Decimal("0.5")}),)})


def by_matrix(depth: int = 6) -> Plan:
    """The sample plan, whose levels go up a matrix."""
    plan = sample()
    levels, team = plan.bonuses
    matrix = Matrix.model_validate(levels.model_dump(mode="json") | {"type": "matrix", "width": 3, "depth": depth})
    return plan.model_copy(update={"bonuses": (matrix, team)})


def plan_of(seed: int) -> Plan:
    """Of the first of both runs."""
    if seed in BY_MATRIX:
        return by_matrix()
    return halves() if seed == ROUNDED else sample()


def changed_plan(number: int) -> Plan:
    """The sample plan with one rule of it changed, or none."""
    if number == ROUNDED:
        return halves().model_copy(update={"rounding": "half_even"})
    if number in BY_MATRIX:
        return by_matrix(5 if number == max(BY_MATRIX) else 6)
    plan = sample()
    levels, team = plan.bonuses
    assert isinstance(levels, LevelBonus)
    rates = levels.levels_by_rank | {"Gold": levels.levels_by_rank["Silver"]}
    changes: list[dict[str, Any]] = [
        {},
        {"bonuses": (levels.model_copy(update={"levels_by_rank": rates}), team)},
        {"bonuses": (levels.model_copy(update={"compression": "none"}), team)},
        {"bonuses": (levels, team.model_copy(update={"cap_per_period": None}))},
        {"bonuses": (team, levels.model_copy(update={"name": "Other levels"}))},
        {"activity": plan.activity.model_copy(update={"personal_pv": None})},
        {"bonuses": (levels.model_copy(update={"name": team.name}), team.model_copy(update={"name": levels.name}))},
        {"pay_rank": "title"},
        {"bonuses": (levels.model_copy(update={"compression": "dynamic"}), team)},
    ]
    return plan.model_copy(update=changes[number % len(changes)])


def pair(seed: int) -> tuple[Paid, Paid]:
    """A company, and what became of it: other orders, people who moved, joined, became active or not, in another order
    where the seed is odd; of the later seeds the same company by another plan."""
    rng = np.random.default_rng(seed)
    before = random_snapshot(60, 150, seed, recent=(1.0, 0.05)[seed % 2])
    if seed % 9 == 3:  # enough to reach caps
        larger = {name: getattr(before.orders, name) * 20 for name in ("pv", "cv")}
        before = Snapshot(before.people, replace(before.orders, **larger), before.titles)
    ids, orders = [f"D{ix}" for ix in range(60)], [f"O{row}" for row in range(150)]
    enrolled = rng.random(60) > 0.05
    first = run_of(before, plan_of(seed), ids, orders, enrolled)
    if seed >= PLAN_ALONE and seed not in BY_MATRIX[:2]:
        return first, run_of(before, changed_plan(seed), ids, orders, enrolled)

    people, sales = before.people, before.orders
    sponsor = people.sponsor.copy()
    for leaf in np.setdiff1d(np.arange(60), sponsor)[:4]:
        sponsor[leaf] = (leaf + 1) % 60 if (leaf + 1) % 60 in sponsor else sponsor[leaf]
    assert people.matrix_parent is not None
    assert people.matrix_slot is not None
    stands = ~np.isin(np.arange(60), np.setdiff1d(np.arange(60), people.matrix_parent)[:12])
    matrix_parent, matrix_slot = np.where(stands, people.matrix_parent, -1), np.where(stands, people.matrix_slot, 0)
    active = people.active ^ (rng.random(60) < 0.1)
    joined = {"sponsor": 3, "parent": -1, "slot": 0, "active": True, "passed_over": False, "owner": 60}
    joined |= dict.fromkeys(("title", "highest", "decided", "matrix_parent"), -1)
    changed = replace(people, sponsor=sponsor, matrix_parent=matrix_parent, matrix_slot=matrix_slot)
    changed = replace(changed, active=active & ~people.passed_over)
    columns = {name: np.append(column, joined.get(name, 0)) for name, column in changed.columns()}
    kept = np.flatnonzero(rng.random(150) > 0.1)
    sold = {name: column[kept] for name, column in sales.columns()}
    new = {"seller": 60, "buyer": -1, "pv": 20_000, "cv": 20_000, "seq": 10_000, "day": 1}
    new |= dict.fromkeys(("late_return", "customer"), -1)
    sold = {name: np.append(column, new[name]) for name, column in sold.items()}
    ids, orders = [*ids, "Newcomer"], [*(f"O{row}" for row in kept), "Newest"]
    now = np.append(enrolled | (rng.random(60) < 0.5), np.True_)
    after = Snapshot(People.of(**columns), Orders.of(**sold), before.titles)
    if seed % 2:
        after, ids, now = shuffled(after, ids, now, rng)
    return first, run_of(after, changed_plan(seed), ids, orders, now)


def shuffled(snapshot: Snapshot, ids: list[str], enrolled: Any, rng: Any) -> tuple[Snapshot, list[str], Any]:
    """The same people under other numbers."""
    place = rng.permutation(len(ids))
    number = np.append(np.argsort(place), -1)
    people = {name: column[place] for name, column in snapshot.people.columns()}
    for name in ("sponsor", "parent", "owner", "matrix_parent"):
        people[name] = number[people[name]]
    orders = dict(snapshot.orders.columns())
    orders |= {name: number[orders[name]] for name in ("seller", "buyer")}
    named = [ids[ix] for ix in place]
    return Snapshot(People.of(**people), Orders.of(**orders), snapshot.titles), named, enrolled[place]


# ---------------------------------------------------------------------------------------------- one by one in Python


class Plain:
    """A run as dictionaries."""

    def __init__(self, paid: Paid) -> None:
        self.paid, self.ids = paid, paid.taken.ids
        lines, names = paid.result.lines, [bonus.name for bonus in paid.plan.bonuses]
        self.lines: dict[Key, dict[str, int]] = {}
        for row in range(len(lines)):
            said = {name: int(column[row]) for name, column in lines.columns()}
            order = paid.taken.order_ids[said["order"]] if said["order"] >= 0 else None
            self.lines[self.ids[said["earner"]], names[said["bonus"]], order] = said
        self.bonuses = {bonus.name: bonus for bonus in paid.plan.bonuses}
        self.ix = {id: ix for ix, id in enumerate(self.ids)}
        self.row = {id: row for row, id in enumerate(paid.taken.order_ids)}

    def amount(self, key: Key) -> int:
        return self.lines[key]["amount"] if key in self.lines else 0

    def there(self, person: str) -> bool:
        return person in self.ix and bool(self.paid.taken.enrolled[self.ix[person]])

    def active(self, person: str) -> bool:
        return person in self.ix and bool(self.paid.result.ranks.active[self.ix[person]])

    def rank(self, person: str) -> str | None:
        pay = int(self.paid.result.ranks.pay[self.ix[person]])
        return self.paid.plan.rank_names[pay] if pay >= 0 else None

    def walk(self, person: str, order: str | None, bonus: Any) -> tuple[int, int] | None:
        """Distance and paid level, by climbing; no way is needed without an order."""
        if order is None:
            return 0, 0
        orders, people = self.paid.taken.snapshot.orders, self.paid.taken.snapshot.people
        row, at = self.row[order], int(orders.seller[self.row[order]])
        told = self.lines.get((person, bonus.name, order), {}).get("paid_level", -1)
        own, distance, level = int(orders.buyer[row]) >= 0, 0, 0
        up, reach = people.sponsor, len(people)
        if isinstance(bonus, Matrix):
            assert people.matrix_parent is not None
            up, reach = people.matrix_parent, bonus.depth
            if up[at] < 0 <= people.sponsor[at]:
                return (0, -1) if self.ids[at] == person else None
        while at >= 0:
            silent = people.passed_over[at]
            if bonus.compression == "standard":
                silent = not self.paid.result.ranks.active[at]
            if self.ids[at] == person:
                reached = level + 1 if (distance or not own) and distance + (not own) <= reach else -1
                return distance, told if bonus.compression == "dynamic" else reached
            level += int(not silent and (distance > 0 or not own))
            at, distance = int(up[at]), distance + 1
        return None

    def rate(self, bonus: Any, rank: str | None, level: int) -> Fraction | None:
        """None for a rank that the plan does not have."""
        if rank is not None and rank not in self.paid.plan.rank_names:
            return None
        if not isinstance(bonus, LevelBonus):
            return Fraction(bonus.rate) * Fraction(bonus.multiplier)
        return bonus.rate(rank, level) * Fraction(bonus.multiplier) if rank else Fraction(0)


def cause_of(key: Key, was: Plain, now: Plain) -> Cause:
    person, name, order = key
    both = was, now
    if order is not None and (order in was.row) != (order in now.row):
        return Cause.ORDER
    if was.there(person) != now.there(person):
        return Cause.PERSON
    if type(was.bonuses.get(name)) is not type(now.bonuses.get(name)):
        return Cause.BONUS
    walks = [each.walk(person, order, each.bonuses[name]) for each in both]
    if walks[0] is None or walks[1] is None or walks[0][0] != walks[1][0]:
        return Cause.TREE
    if was.active(person) != now.active(person):
        return Cause.ACTIVE
    known = -1 not in (walks[0][1], walks[1][1])
    if known and walks[0] != walks[1]:
        return Cause.SKIPS
    cause = cause_of_amount(key, was, now, max(walks[0][1], walks[1][1]))
    return Cause.SKIPS if not known and cause in (Cause.ROUNDING, Cause.OTHER) else cause


def cause_of_amount(key: Key, was: Plain, now: Plain, level: int) -> Cause:
    """Who stands at the same level in both runs, and is active in both or in none."""
    person, name, order = key
    both = was, now
    said = [each.lines.get(key) for each in both]
    capped = [line is not None and line["raw"] != line["amount"] for line in said]
    raws = [line["raw"] if line else 0 for line in said]
    if all(capped) or (said[0] and said[1] and raws[0] == raws[1]):
        return Cause.CAP
    if order is None and (said[0] or {}).get("base", 0) != (said[1] or {}).get("base", 0):
        return Cause.VOLUME
    for plan in both:
        rates = [plan.rate(plan.bonuses[name], each.rank(person), level) for each in both]
        if None not in rates and rates[0] != rates[1]:
            return Cause.RANK
    if was.rate(was.bonuses[name], was.rank(person), level) != now.rate(now.bonuses[name], now.rank(person), level):
        return Cause.RATE
    if any(capped):
        return Cause.CAP
    return Cause.ROUNDING if raws[0] != raws[1] else Cause.OTHER


# --------------------------------------------------------------------------------------------------------------- tests


def found_in(lined: LinedUp) -> dict[Key, tuple[int, Cause]]:
    changed = lined.changed
    return {
        (
            lined.people[int(changed.person[row])],
            lined.bonuses[int(changed.bonus[row])],
            lined.orders[int(changed.order[row])] if changed.order[row] >= 0 else None,
        ): (int(changed.change[row]), Cause(int(lined.cause[row])))
        for row in range(len(changed))
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_lines_and_causes_are_those_of_a_walk_line_by_line(seed: int) -> None:
    before, after = pair(seed)
    was, now = Plain(before), Plain(after)
    expected = {
        key: (now.amount(key) - was.amount(key), cause_of(key, was, now))
        for key in {*was.lines, *now.lines}
        if now.amount(key) != was.amount(key)
    }
    lined = line_up(before, after)
    assert found_in(lined) == expected
    assert Cause.OTHER not in {cause for _, cause in expected.values()}
    assert lined.equal == len({*was.lines, *now.lines}) - len(expected)


def test_the_random_pairs_have_every_cause() -> None:
    causes = {cause for seed in SEEDS for _, cause in found_in(line_up(*pair(seed))).values()}
    assert causes == set(Cause) - {Cause.OTHER, Cause.STEP}


def test_what_is_left_on_the_way_up_has_its_own_causes() -> None:
    """0 above 1 above 2, who all buy; 2 buys more later, and 1 becomes inactive."""
    bought = [(ix, ix, 30_000) for ix in range(3)]

    def run(active: bool, orders: list[Any], **bonus: Any) -> Paid:
        steps = [{"from": 250, "rate": "5%"}, {"from": 900, "rate": "9%"}]
        given = {"type": "differential", "name": "D", "schedule": steps}
        company = snapshot(sponsor=[-1, 0, 1], active=[True, active, True], orders=orders)
        plan = {"name": "P", "version": "1", "currency": "EUR", "ranks": [{"name": "M"}], "bonuses": [given | bonus]}
        ids, rows = ["Top", "Middle", "Low"], [f"O{row}" for row in range(len(orders))]
        return run_of(company, Plan.model_validate(plan), ids, rows)

    was = run(True, bought)
    more = found_in(line_up(was, run(True, [*bought, (2, -1, 70_000)])))
    assert more["Top", "D", "O2"] == (-1_200, Cause.SKIPS), "Low is paid up to Top's rate"
    assert more["Low", "D", "O2"] == (1_200, Cause.STEP)
    assert more["Middle", "D", "O1"] == (1_200, Cause.STEP)
    idle = found_in(line_up(was, run(False, bought)))
    assert idle == {("Middle", "D", "O1"): (-1_500, Cause.ACTIVE), ("Top", "D", "O1"): (1_500, Cause.SKIPS)}
    dearer = found_in(line_up(was, run(True, bought, multiplier="50%")))
    assert {cause for _, cause in dearer.values()} == {Cause.RATE}
    sides = was, run(False, bought)
    lined = line_up(*sides)
    words = {told(lined, sides, row).after.words for row in range(len(lined.changed))}
    assert any(each.startswith("15.00 EUR not paid: 5 % of 300.00 CV") for each in words)


@pytest.mark.parametrize("seed", SEEDS)
def test_changes_add_up_by_bonus_by_cause_and_by_people(seed: int) -> None:
    before, after = pair(seed)
    lined = line_up(before, after)
    change = after.result.totals.amount - before.result.totals.amount
    people = totals_of_people(lined)
    assert people.gained - people.lost == change
    assert sum(each.change for each in totals_by_bonus(lined)) == change
    assert sum(each.before for each in totals_by_bonus(lined)) == before.result.totals.amount
    assert sum(each.change for each in totals_by_cause(lined)) == change
    assert sum(each.lines for each in totals_by_cause(lined)) == len(lined.changed)
    by_person: dict[str, int] = defaultdict(int)
    for (person, _, _), (moved, _) in found_in(lined).items():
        by_person[person] += moved
    signs = [int(np.sign(moved)) for moved in by_person.values()]
    assert [people.gaining, people.losing, people.even] == [signs.count(sign) for sign in (1, -1, 0)]
    order = [lined.people[number] for number in most_changed(lined).tolist()]
    assert dict.fromkeys(order, 0).keys() == by_person.keys()
    sizes = [abs(by_person[person]) for person in order]
    assert sizes == sorted(sizes, reverse=True)


def test_a_run_beside_itself_is_equal() -> None:
    before, _ = pair(0)
    lined = line_up(before, before)
    assert (len(lined.changed), lined.equal) == (0, len(before.result.lines))
    assert differences_csv(lined).splitlines()[-1] == "total,,,,0,0.00"


@pytest.mark.parametrize("seed", SEEDS)
def test_both_sides_of_a_line_say_what_they_pay_and_why(seed: int) -> None:
    before, after = pair(seed)
    lined = line_up(before, after)
    for row in range(len(lined.changed)):
        change = told(lined, (before, after), row)
        assert change.after.amount - change.before.amount == lined.changed.change[row]
        for side, line in ((change.before, lined.changed.before[row]), (change.after, lined.changed.after[row])):
            assert (line >= 0) == side.words.startswith(f"{side.amount / 100:.2f} EUR: ")
            assert side.words
        if change.cause is Cause.ORDER:
            assert f"The order {change.order} does not count in this run" in (change.before.words, change.after.words)


def test_the_file_adds_up_with_the_people_who_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = pair(1)
    lined = line_up(before, after)
    rows = list(csv.DictReader(io.StringIO(differences_csv(lined))))
    expected: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for (person, bonus, _), (moved, cause) in found_in(lined).items():
        expected[person, bonus, cause.name.lower()].append(moved)
    assert {
        (row["distributor"], row["bonus"], row["cause"]): (int(row["lines"]), to_minor(row["change"]))
        for row in rows[:-1]
    } == {key: (len(moved), sum(moved)) for key, moved in expected.items()}
    monkeypatch.setattr(text, "MOST_AS_CSV", 3)
    short = list(csv.DictReader(io.StringIO(differences_csv(lined))))
    assert [row["row"] for row in short[-2:]] == ["rest", "total"]
    assert len({row["distributor"] for row in short[:-2]}) == 3
    assert sum(int(row["lines"]) for row in short[:-1]) == int(short[-1]["lines"]) == len(lined.changed)
    assert sum(to_minor(row["change"]) for row in short[:-1]) == to_minor(short[-1]["change"]) == lined.change.sum()
