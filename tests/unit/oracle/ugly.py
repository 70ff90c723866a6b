"""Hypothesis strategies: companies no tidy test would think of, and plans of every option the model has."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from app.engine.models import Snapshot
from app.plans.models import Plan
from tests.unit.oracle.both import snapshot_of
from tests.unit.oracle.ugly_plans import is_slow, plan_data, width_of
from tests.unit.oracle.ugly_ranks import MOST_PERIODS

RANKS = ("Member", "Silver", "Gold", "Diamond")
THRESHOLDS = ("0", "0.01", "0.5", "1", "50", "99.99", "100", "200", "1000")
VOLUMES = (0, 1, -1, 50, 99, 100, 5_000, 9_999, 10_000, 20_000, -5_000, -10_000, 33_333, 12_345_678_901)
"""Minor units: thresholds met exactly, missed by one, halves of cents, returns."""

RATES = ("0", "0.05", "0.1", "0.07", "0.125", "0.005", "0.0333", "0.012345")
MULTIPLIERS = ("1", "0.4", "0.8", "0.5", "0.333", "1.5")

WIDTH = 2
"""Of a matrix."""

_volume = st.sampled_from(VOLUMES) | st.integers(-30_000, 60_000)
_round = st.sampled_from((0, 100, 5_000, 10_000, 20_000))
"""Sums and halves of these meet thresholds and shares exactly."""

_threshold = st.sampled_from(THRESHOLDS)
_carry = st.just(0) | st.just(0) | _volume
_shape = st.sampled_from(("any", "any", "chain", "star", "two chains"))
_draws = st.integers(0, 2**16)


def _maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


# -------------------------------------------------------------------------------------------------------------- people


@st.composite
def sponsors(draw: st.DrawFn, count: int) -> list[int]:
    """A sponsor per person: any forest, chains and stars among them, and parents not always older than children."""
    order, shape = draw(st.permutations(range(count))), draw(_shape)
    picks = draw(st.lists(_draws, min_size=count, max_size=count))
    found = [-1] * count
    for place, (ix, pick) in enumerate(zip(order, picks, strict=True)):
        if place and pick % 13 != 12:  # else one more root
            earlier = {"chain": place - 1, "star": 0, "two chains": max(place - 2, 0)}.get(shape, pick % place)
            found[ix] = order[earlier]
    return found


@st.composite
def placements(draw: st.DrawFn, count: int) -> list[tuple[int, int]]:
    """A binary parent and slot per person, whoever sponsors them; some stand nowhere, some below somebody unplaced."""
    order, shape = draw(st.permutations(range(count))), draw(_shape)
    picks = draw(st.lists(_draws, min_size=count, max_size=count))
    found, open_slots = [(-1, 0)] * count, list[tuple[int, int]]()
    for ix, pick in zip(order, picks, strict=True):
        if open_slots and pick % 7 != 6:
            at = {"chain": -1, "star": 0, "two chains": -2 if len(open_slots) > 2 else 0}.get(
                shape, pick % len(open_slots)
            )
            found[ix] = open_slots.pop(at)
        open_slots += [(ix, 1), (ix, 2)] if pick % 2 else [(ix, 2), (ix, 1)]
    return found


@st.composite
def owners(draw: st.DrawFn, count: int) -> list[int]:
    """The first position of each position's owner, who may hold several."""
    people = draw(st.lists(st.integers(0, draw(st.sampled_from((1, 3, count)))), min_size=count, max_size=count))
    return [people.index(owner) for owner in people]


@st.composite
def matrix_places(draw: st.DrawFn, count: int, width: int | None) -> list[tuple[int, int | None]]:
    """A parent and slot in a matrix that wide per person, whoever sponsors them and wherever they stand in the binary
    tree; some stand nowhere, some below somebody unplaced. None: no matrix is kept."""
    if width is None:
        return [(-1, None)] * count
    order, shape = draw(st.permutations(range(count))), draw(_shape)
    picks = draw(st.lists(_draws, min_size=count, max_size=count))
    found: list[tuple[int, int | None]] = [(-1, 0)] * count
    open_slots = list[tuple[int, int]]()
    for ix, pick in zip(order, picks, strict=True):
        if open_slots and pick % 7 != 6:
            at = {"chain": -1, "star": 0, "two chains": max(-width - 1, -len(open_slots))}.get(
                shape, pick % len(open_slots)
            )
            found[ix] = open_slots.pop(at)
        slots = range(1, width + 1) if pick % 2 else range(width, 0, -1)
        open_slots += [(ix, slot) for slot in slots]
    return found


@dataclass(frozen=True)
class Amounts:
    """Where a company's numbers come from."""

    volume: st.SearchStrategy[int]
    carry: st.SearchStrategy[int]


COMMON = Amounts(_volume, _carry)
FEW_CYCLES = Amounts(st.integers(-30_000, 60_000), st.just(0) | st.integers(-5_000, 60_000))
"""For plans whose cycles the oracle counts one by one."""


@st.composite
def orders_among(draw: st.DrawFn, count: int, amounts: Amounts, days: int) -> list[dict[str, Any]]:
    """Own and customers' orders, returns among them, whose facts were numbered in another order than their rows."""
    volume = draw(st.sampled_from((amounts.volume, amounts.volume, _round)))
    row = st.fixed_dictionaries(
        {
            "seller": st.integers(0, count - 1),
            "pv": volume,
            "cv": volume,
            "day": st.integers(1, days),
            "late_return": st.just(-1) | st.just(-1) | st.integers(0, 40),
        }
    )
    own = st.just({"own": True, "customer": None})
    to_a_customer = st.fixed_dictionaries({"own": st.just(False), "customer": st.none() | st.integers(0, 3)})
    drawn = draw(st.lists(st.tuples(row, own | to_a_customer), max_size=16))
    seqs = draw(st.permutations(range(10, 10 + len(drawn))))
    return [each | who | {"seq": seq} for (each, who), seq in zip(drawn, seqs, strict=True)]


@st.composite
def periods(
    draw: st.DrawFn, number: int, titles: tuple[str, ...], amounts: Amounts, width: int | None = None
) -> list[Snapshot]:
    """One company over some periods: new orders, states, titles and decisions in each, after some a new binary tree
    and a new matrix, `width` slots wide, and ranks from before the first."""
    count = draw(st.integers(1, 14))
    sponsor, placed, owner = draw(sponsors(count)), draw(placements(count)), draw(owners(count))
    seated = draw(matrix_places(count, width))
    carry = draw(st.lists(st.tuples(amounts.carry, amounts.carry), min_size=count, max_size=count))
    balance = draw(st.lists(_carry, min_size=count, max_size=count))
    activity = st.sampled_from(((True, False), (True, False), (True, False), (False, False), (False, True)))
    held = st.none() | st.sampled_from(titles)
    known = tuple(name for name in titles if name != "Retired")
    decided = st.just(None) | st.just(None) | st.just(None) | st.sampled_from(known)
    state = st.tuples(activity, held, decided)
    before = st.tuples(held, st.lists(held, min_size=MOST_PERIODS - 1, max_size=MOST_PERIODS - 1))
    ranks_before = draw(st.lists(before, min_size=count, max_size=count))
    snapshots = []
    for _ in range(number):
        states = draw(st.lists(state, min_size=count, max_size=count))
        people = [
            {
                "sponsor": sponsor[ix],
                "parent": placed[ix][0],
                "slot": placed[ix][1],
                "matrix_parent": seated[ix][0],
                "matrix_slot": seated[ix][1],
                "active": states[ix][0][0],
                "passed_over": states[ix][0][1],
                "title": states[ix][1],
                "decided": states[ix][2],
                "highest": ranks_before[ix][0],
                "past": ranks_before[ix][1],
                "carry_left": carry[ix][0],
                "carry_right": carry[ix][1],
                "owner": owner[ix],
                "balance": balance[ix],
            }
            for ix in range(count)
        ]
        days = draw(st.sampled_from((1, 2, 5)))
        snapshots.append(snapshot_of(people, draw(orders_among(count, amounts, days)), titles, days))
        if draw(st.integers(0, 4)) == 4:
            placed, seated = draw(placements(count)), draw(matrix_places(count, width))
    return snapshots


# --------------------------------------------------------------------------------------------------------------- plans


@st.composite
def ranks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to four ranks with every kind of requirement; a lower one may well be harder than a higher one."""
    names = RANKS[: draw(st.integers(1, len(RANKS)))]
    drawn = []
    for height, name in enumerate(names):
        requires: dict[str, Any] = {
            "active": draw(st.booleans()),
            "personal_pv": draw(_maybe(_threshold)),
            "customer_pv": draw(_maybe(_threshold)),
            "group_pv": draw(_maybe(_threshold)),
            "active_legs": draw(_maybe(st.integers(1, 3))),
            "personally_sponsored_active": draw(_maybe(st.integers(1, 3))),
            "legs_with_rank": None,
        }
        if height and draw(st.booleans()):
            requires["legs_with_rank"] = {
                "rank": draw(st.sampled_from(names[:height])),
                "count": draw(st.integers(1, 2)),
            }
        kept = draw(st.sets(st.sampled_from(sorted(requires)), max_size=3)) | {"legs_with_rank"}
        drawn.append({"name": name, "requires": {key: value for key, value in requires.items() if key in kept}})
    return drawn


@st.composite
def unilevels(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """Levels for some of the ranks: gaps, zero rates, ranks that pay fewer levels than lower ones, none at all."""
    paid = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    rates = st.lists(st.sampled_from(RATES), max_size=5)
    levels = {name: tuple(draw(rates)) for name in paid}
    compression = draw(st.sampled_from(("none", "standard", "dynamic")))
    if compression == "dynamic":
        levels = without_a_level_for_nobody(levels)
    return {
        "type": "unilevel",
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "compression": compression,
        "levels_by_rank": levels if any(levels.values()) else {paid[0]: ("0.05",)},
    }


def without_a_level_for_nobody(levels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Rates as far down as every level pays some rank, which dynamic compression asks for."""
    deep = 0
    while any(Decimal(rate) for rates in levels.values() for rate in rates[deep : deep + 1]):
        deep += 1
    return {name: rates[:deep] for name, rates in levels.items()}


@st.composite
def matrices(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """The same up a matrix, no deeper than its rates, or deeper."""
    levels: dict[str, Any] = draw(unilevels(names))
    deepest = max(len(rates) for rates in levels["levels_by_rank"].values())
    return levels | {"type": "matrix", "width": WIDTH, "depth": max(1, deepest + draw(st.integers(0, 2)))}


@st.composite
def binaries(draw: st.DrawFn, names: list[str]) -> dict[str, Any]:
    """No cap, one cap, a cap per rank; zero caps and a zero rate among them."""
    cap = st.sampled_from(("0", "0.01", "1", "10", "123.45", "1000"))
    by_rank: st.SearchStrategy[dict[str, str]] = st.fixed_dictionaries(dict.fromkeys(names, cap))
    return {
        "type": "binary",
        "rate": draw(st.sampled_from(RATES)),
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "cap_per_period": draw(st.none() | cap | by_rank),
    }


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any plan of the model that is small enough to look at."""
    heights = draw(ranks())
    names = [rank["name"] for rank in heights]
    bonuses = draw(st.lists(unilevels(names) | matrices(names), max_size=2))
    if not bonuses or draw(st.booleans()):
        bonuses.insert(draw(st.integers(0, len(bonuses))), draw(binaries(names)))
    return Plan.model_validate(
        {
            "name": "Any",
            "version": "1",
            "currency": "EUR",
            "rounding": draw(st.sampled_from(("half_up", "half_even"))),
            "activity": {"personal_pv": draw(_maybe(_threshold))},
            "pay_rank": draw(st.sampled_from(("paid_as", "title", "higher"))),
            "ranks": heights,
            "bonuses": [bonus | {"name": f"Bonus {place}"} for place, bonus in enumerate(bonuses)],
        }
    )


@st.composite
def cases(
    draw: st.DrawFn,
    number: int,
    volumes: st.SearchStrategy[int] = _volume,
    carries: st.SearchStrategy[int] = _carry,
) -> tuple[Plan, list[Snapshot]]:
    """A plan and a company that knows its ranks as titles, in an order of its own, and foreign ones where harmless."""
    plan = draw(plans())
    titles = plan.rank_names[::-1] if plan.pay_rank != "paid_as" else ("Retired", *plan.rank_names[::-1])
    return plan, draw(periods(number, titles, Amounts(volumes, carries), WIDTH))


@st.composite
def cases_of_every_kind(draw: st.DrawFn, number: int, amounts: Amounts = COMMON) -> tuple[Plan, list[Snapshot]]:
    """As `cases`, with all options of all bonuses."""
    data = draw(plan_data())
    plan = Plan.model_validate(data)
    titles = plan.rank_names[::-1] if plan.pay_rank != "paid_as" else ("Retired", *plan.rank_names[::-1])
    return plan, draw(periods(number, titles, FEW_CYCLES if is_slow(data) else amounts, width_of(data)))
