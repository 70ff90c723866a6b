"""Variants beside a base on ugly trees: what adds up, what is equal, and moves as they would be made by hand."""

import csv
import io
import re
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from app.amounts import from_minor, to_minor
from app.differences.models import Cause, Paid
from app.engine.calculate import calculate
from app.engine.models import Orders, Snapshot
from app.errors import BanyanError
from app.facts.errors import (
    CycleError,
    InvalidCommandError,
    NoMatrixError,
    NotPlacedError,
    SamePlaceError,
    SlotTakenError,
    UnknownDistributorError,
)
from app.periods.models import Period
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.plans.payout import Payout
from app.plans.unilevel import Unilevel
from app.runs.models import Taken
from app.whatif.models import BASE, Base, PlannedMove, SideTable, Variant, WhatIf, WhatIfError, distinct
from app.whatif.moves import moved, read_move
from app.whatif.schemas import WhatIfBody
from app.whatif.tables import by_bonus, by_person, by_rank, by_region
from app.whatif.text import chart_svg, everybody, what_if_lines
from app.whatif.work import changes_of, side_of, work_out
from tests.unit.engine.companies import random_snapshot, snapshot

SEEDS = range(6)
REGIONS = ("", "DE", "=cmd", "Île-de-France")
PEOPLE = 80


def sample() -> Plan:
    return load_plan(library()["sample"])


def dearer() -> Plan:
    """Other rates, another bonus, another rank, no cap."""
    plan = sample()
    levels, team = plan.bonuses
    assert isinstance(levels, Unilevel)
    more = levels.model_copy(update={"multiplier": Decimal("0.9"), "name": "Levels anew"})
    ranks = [plan.ranks[0], *(rank.model_copy(update={"name": f"{rank.name}!"}) for rank in plan.ranks[1:2])]
    more = more.model_copy(update={"levels_by_rank": {"Member": levels.levels_by_rank["Gold"]}})
    team = team.model_copy(update={"cap_per_period": None})
    return plan.model_copy(update={"version": "2026.2", "ranks": tuple(ranks), "bonuses": (more, team)})


def base_of(given: Snapshot, plan: Plan | None = None, *, absent: tuple[int, ...] = ()) -> Base:
    """People D0, D1, … of whom `absent` joined later."""
    count = len(given.people)
    enrolled = np.ones(count, np.bool_)
    enrolled[list(absent)] = False
    ids, orders = [f"D{ix}" for ix in range(count)], [f"O{row}" for row in range(len(given.orders))]
    taken = Taken(given, ids, [REGIONS[ix % len(REGIONS)] for ix in range(count)], enrolled, orders, 9)
    paid = Paid(taken, plan or sample(), calculate(given, plan or sample()))
    start, end = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
    period = Period("monthly", 202603, "2026-03", "UTC", start, end, None, "placed", "open", (1,), None)
    return Base(period, None, "7c" * 32, paid, {id: ix for ix, id in enumerate(ids)})


def ugly(seed: int) -> Base:
    given = random_snapshot(PEOPLE, 300, seed, recent=(1.0, 0.05)[seed % 2])
    larger = replace(given.orders, **{name: getattr(given.orders, name) * 9 for name in ("pv", "cv")})
    return base_of(Snapshot(given.people, larger, given.titles))


def compared(base: Base, *variants: Variant, named: tuple[int, ...] = (), shown: int = 3) -> WhatIf:
    """As the service puts it together, without its reads."""
    sides, changes, people = [side_of(BASE, base.paid)], [], [*named]
    for name, variant in zip(distinct([each.name for each in variants]), variants, strict=True):
        worked = work_out(base, variant, name, shown)
        sides.append(worked.side)
        changes.append(changes_of(base, worked, named, {}))
        people += [*worked.gaining.tolist(), *worked.losing.tolist()]
    taken, chosen = base.paid.taken, np.array(list(dict.fromkeys(people)), np.int64)
    return WhatIf(
        base,
        "EUR",
        sides,
        changes,
        {
            "bonus": by_bonus(sides),
            "rank": by_rank(sides, taken.enrolled),
            "region": by_region(sides, taken.regions),
            "person": by_person(sides, chosen, taken.ids, {0: "Ada"}),
        },
    )


def some_move(base: Base) -> PlannedMove:
    """Somebody with a sponsor goes below somebody outside their downline."""
    sponsor = base.paid.taken.snapshot.people.sponsor
    for person in np.flatnonzero(sponsor >= 0).tolist():
        for target in range(len(sponsor)):
            at = target
            while at not in (-1, person):
                at = int(sponsor[at])
            if at == -1 and target != sponsor[person]:
                return PlannedMove(f"D{person}", "sponsor", f"D{target}")
    raise AssertionError("nobody can move")


def place(table: SideTable, what: str, side: int) -> int:
    """Where a column stands."""
    return next(at for at, each in enumerate(table.columns) if (each.what, each.side) == (what, side))


def column(table: SideTable, what: str, side: int) -> list[int]:
    """A column of the rows, the rest, and last the total."""
    at = place(table, what, side)
    rows = [*table.rows, *([table.rest] if table.rest else []), table.total]
    return [int(row[at] or 0) for row in rows]


@pytest.mark.parametrize("seed", SEEDS)
def test_every_table_adds_up_to_every_side(seed: int) -> None:
    base = ugly(seed)
    move = some_move(base)
    variants = Variant("Dearer", dearer()), Variant("Moved", None, (move,)), Variant("Dearer", dearer(), (move,))
    found = compared(base, *variants)
    assert [side.name for side in found.sides] == ["base", "Dearer", "Moved", "Dearer (2)"]
    given = base.paid.taken.snapshot
    after = moved(base.paid.taken, base.ix_of, [move])
    sides = (given, sample()), (given, dearer()), (after, sample()), (after, dearer())
    amounts = [calculate(*side).totals.amount for side in sides]
    assert [side.amount for side in found.sides] == amounts
    assert len(set(amounts)) > 2
    for table in found.tables.values():
        for side, amount in enumerate(amounts):
            *rows, total = column(table, "amount", side)
            assert sum(rows) == total == amount
            if side:
                *rows, total = column(table, "change", side)
                assert sum(rows) == total == amount - amounts[0]
    for variant, changes in found.variants:
        change = variant.amount - amounts[0]
        assert sum(each.change for each in changes.causes) == change == changes.people.gained - changes.people.lost
    for side in range(4):
        *rows, total = column(found.tables["rank"], "people", side)
        assert sum(rows) == total == PEOPLE
    assert [row[0] for row in found.tables["rank"].rows] == [
        None, "Member", "Silver", "Gold", "Platinum", "Diamond", "Silver!",
    ]  # fmt: skip
    assert [row[0] for row in found.tables["bonus"].rows] == ["Level bonus", "Team bonus", "Levels anew"]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_variant_that_is_the_base_changes_nothing(seed: int) -> None:
    base = ugly(seed)
    move = some_move(base)
    sponsor = base.paid.taken.snapshot.people.sponsor[int(move.distributor[1:])]
    back = replace(move, new_parent=f"D{sponsor}")
    found = compared(base, Variant("", sample()), Variant("back", None, (move, back)), named=(3,))
    for table in found.tables.values():
        for side in (1, 2):
            assert set(column(table, "change", side)) == {0}
            assert set(column(table, "percent", side)) == {0}
    for _, changes in found.variants:
        assert (changes.lines_changed, changes.causes, changes.gaining, changes.losing) == (0, [], [], [])
        assert changes.lines_equal == len(base.paid.result.lines)
        assert [person.amounts.change for person in changes.named] == [0]


@pytest.mark.parametrize("seed", SEEDS)
def test_those_told_of_are_those_who_change_most(seed: int) -> None:
    base = ugly(seed)
    found = compared(base, Variant("Dearer", dearer()), named=(5,))
    change = found.sides[1].amounts - found.sides[0].amounts
    [changes] = found.changes
    assert [person.amounts.change for person in changes.gaining] == sorted(change[change > 0].tolist())[::-1][:3]
    assert [person.amounts.change for person in changes.losing] == sorted(change[change < 0].tolist())[:3]
    for person in [*changes.gaining, *changes.losing, *changes.named]:
        assert person.amounts.change == change[int(person.distributor[1:])]
        assert sum(bonus.amounts.change for bonus in person.bonuses) == person.amounts.change
    labels = [row[0] for row in found.tables["person"].rows]
    assert labels[0] == "D5"
    assert len(labels) == len(set(labels))


def test_everybody_who_had_joined_is_a_row_of_the_file() -> None:
    given = ugly(1).paid.taken.snapshot
    orders = Orders(**{name: each[given.orders.seller != 7] for name, each in given.orders.columns()})
    base = base_of(Snapshot(given.people, orders, given.titles), absent=(7,))
    found = compared(base, Variant("Dearer", dearer()))
    rows = list(csv.DictReader(io.StringIO(everybody(found, "csv").decode())))
    assert [row["distributor"] for row in rows] == [f"D{ix}" for ix in range(PEOPLE) if ix != 7]
    assert {row["region"] for row in rows} == {"", "DE", "'=cmd", "Île-de-France"}
    for at, side in enumerate(found.sides):
        for row in rows:
            ix = int(row["distributor"][1:])
            assert to_minor(row[f"{side.name} amount"]) == side.amounts[ix]
            assert row[f"{side.name} rank"] == (*side.ranks, "")[side.pay[ix]]
            if at:
                assert to_minor(row["Dearer change"]) == side.amounts[ix] - found.sides[0].amounts[ix]
    table = pq.read_table(pa.BufferReader(everybody(found, "parquet")))
    assert table.column("region").to_pylist()[2] == "=cmd"
    assert [str(each) for each in table.column("Dearer change").to_pylist()] == [row["Dearer change"] for row in rows]


def test_the_chart_says_what_the_table_does() -> None:
    found = compared(ugly(2), Variant("Dearer <b>", dearer()))
    for by, table in found.tables.items():
        drawn = ElementTree.fromstring(chart_svg(found, by))
        said = "".join(drawn[1].itertext())
        for side, name in enumerate(("base", "Dearer <b>")):
            at = place(table, "amount", side)
            for row in table.rows:
                cents = int(row[at] or 0)
                amount = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02}"
                assert f"{row[0] or '(none)'} · {name}: {amount} EUR" in said


def test_the_terminal_and_the_body_tell_all_of_it() -> None:
    base = ugly(3)
    found = compared(base, Variant("Dearer", dearer(), (some_move(base),)), named=(4,))
    text = "\n".join(what_if_lines(found))
    for words in ("Payout by bonus", "Payout by rank", "Payout by region", "gain most:", "lose most:", "asked for:"):
        assert words in text
    assert re.search(rf"moved: {some_move(base)}", text)
    body = WhatIfBody.of(found)
    assert [table.by for table in body.tables] == ["bonus", "rank", "region", "person"]
    assert body.sides[1].moves[0].distributor_id == some_move(base).distributor
    assert body.variants[0].total.change == body.sides[1].change


# sponsor: 0 > 1 > 2 > 3, 0 > 4; binary: 0 > 4 (left), 1 (right); 1 > 3 (left); 2 waits for a place; 5 joins later
SMALL: dict[str, Any] = {"parent": [-1, 0, -1, 1, 0, -1], "slot": [0, 2, 0, 1, 1, 0]}


def small() -> Base:
    return base_of(snapshot(sponsor=[-1, 0, 1, 2, 0, -1], **SMALL), absent=(5,))


@pytest.mark.parametrize(
    ("move", "error", "words"),
    [
        ("D1 sponsor D3", CycleError, "D3 is D1 or stands below D1 in the sponsor tree"),
        ("D1 sponsor D1", CycleError, "D1 is D1 or stands below"),
        ("D1 binary D3 2", CycleError, "in the binary tree"),
        ("D1 sponsor D0", SamePlaceError, "D0 is already the sponsor of D1"),
        ("D1 binary D0 2", SamePlaceError, "D1 already stands in slot 2 of D0"),
        ("D0 sponsor D1", CycleError, "D1 is D0 or stands below"),
        ("D9 sponsor D1", UnknownDistributorError, "D9 had not joined"),
        ("D1 sponsor D9", UnknownDistributorError, "D9 had not joined"),
        ("D5 sponsor D1", UnknownDistributorError, "D5 had not joined"),
        ("D3 binary D0 1", SlotTakenError, "Slot 1 of D0 in the binary tree is taken"),
        ("D2 binary D4 1", NotPlacedError, "D2 has no place"),
        ("D3 binary D2 1", NotPlacedError, "D2 has no place"),
        ("D3 binary D4 3", InvalidCommandError, "1 \\(left\\) or 2 \\(right\\)"),
        ("D3 binary D4", InvalidCommandError, "1 \\(left\\) or 2 \\(right\\)"),
        ("D3 matrix D4 1", NoMatrixError, "the company keeps no matrix"),
    ],
)
def test_a_move_that_cannot_be_is_refused_by_name(move: str, error: type[BanyanError], words: str) -> None:
    base = small()
    with pytest.raises(error, match=words):
        moved(base.paid.taken, base.ix_of, [read_move(move)])


def test_moves_are_made_one_after_the_other() -> None:
    base = small()
    moves = [read_move(text) for text in ("D3 binary D4 2", "D1 binary D4 1", "D3 sponsor D0", "D2 sponsor D3")]
    people = moved(base.paid.taken, base.ix_of, moves).people
    assert people.parent.tolist() == [-1, 4, -1, 4, 0, -1]
    assert people.slot.tolist() == [0, 1, 0, 2, 1, 0]
    assert people.sponsor.tolist() == [-1, 0, 3, 0, 0, -1]
    assert base.paid.taken.snapshot.people.parent.tolist() == SMALL["parent"], "the base is left as it is"
    with pytest.raises(CycleError):
        moved(base.paid.taken, base.ix_of, [*moves, read_move("D3 sponsor D2")])
    two_tops = base_of(snapshot(sponsor=[-1, -1]))
    with pytest.raises(InvalidCommandError, match="has no sponsor to leave"):
        moved(two_tops.paid.taken, two_tops.ix_of, [read_move("D0 sponsor D1")])


# matrix: 0 > 1 (first slot), 2 (third); 1 > 3; 4 waits for a place
SEATED: dict[str, Any] = {"matrix_parent": [-1, 0, 0, 1, -1], "matrix_slot": [0, 1, 3, 1, 0]}


def test_a_move_in_the_matrix_is_made_there_alone() -> None:
    base = base_of(snapshot(sponsor=[-1, 0, 1, 2, 0], **SEATED))
    people = moved(base.paid.taken, base.ix_of, [read_move("D3 matrix D2 2")]).people
    assert people.matrix_parent is not None
    assert people.matrix_slot is not None
    assert people.matrix_parent.tolist() == [-1, 0, 0, 2, -1]
    assert people.matrix_slot.tolist() == [0, 1, 3, 2, 0]
    assert people.sponsor.tolist() == [-1, 0, 1, 2, 0]
    assert people.parent.tolist() == [-1] * 5


@pytest.mark.parametrize(
    ("move", "error", "words"),
    [
        ("D1 matrix D3 1", CycleError, "D3 is D1 or stands below D1 in the matrix tree"),
        ("D1 matrix D0 1", SamePlaceError, "D1 already stands in slot 1 of D0"),
        ("D3 matrix D0 3", SlotTakenError, "Slot 3 of D0 in the matrix is taken"),
        ("D4 matrix D0 2", NotPlacedError, "D4 has no place in the matrix"),
        ("D3 matrix D4 1", NotPlacedError, "D4 has no place in the matrix"),
        ("D3 matrix D2 21", InvalidCommandError, "a slot of the matrix is 1 to its width, 20 at most"),
    ],
)
def test_a_move_in_the_matrix_that_cannot_be_is_refused(move: str, error: type[BanyanError], words: str) -> None:
    base = base_of(snapshot(sponsor=[-1, 0, 1, 2, 0], **SEATED))
    with pytest.raises(error, match=words):
        moved(base.paid.taken, base.ix_of, [read_move(move)])


def test_a_move_changes_the_lines_above_by_its_cause() -> None:
    base = ugly(4)
    found = compared(base, Variant("", None, (some_move(base),)))
    assert Cause.TREE in {each.cause for each in found.changes[0].causes}


@pytest.mark.parametrize("text", ["", "D1", "D1 sponsor", "sponsor D1", "D1 below D2", "D1  sponsor ", "D1 binary"])
def test_what_is_no_move_is_refused(text: str) -> None:
    with pytest.raises(WhatIfError, match="is not a move"):
        read_move(text)


def test_names_are_told_apart() -> None:
    assert distinct(["a", "base", "a", "a (2)"]) == ["a", "base (2)", "a (2)", "a (2) (2)"]


def test_what_is_paid_out_is_told_beside_what_is_earned() -> None:
    base = ugly(5)
    least = sample().model_copy(update={"version": "2026.3", "payout": Payout(minimum=Decimal(10))})
    found = compared(base, Variant("Least", least))
    amounts = found.sides[1].amounts
    assert found.sides[0].paid == found.sides[0].amount == found.sides[1].amount
    assert found.sides[1].paid == amounts[amounts >= 1_000].sum() != found.sides[1].amount
    told = [line for line in what_if_lines(found) if line.startswith("  Least: ")]
    assert f"{from_minor(found.sides[1].paid):,} is paid out" in told[0]
    assert WhatIfBody.of(found).sides[1].paid == from_minor(found.sides[1].paid)
