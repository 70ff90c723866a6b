"""Hypothesis strategies for plans: every option of every bonus, in all combinations that lint lets through."""

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.unit.oracle.ugly_ranks import THRESHOLDS, gates, ranks, threshold

RATES = ("0", "0.05", "0.1", "0.07", "0.125", "0.005", "0.0333", "0.012345")
MULTIPLIERS = ("1", "0.4", "0.8", "0.5", "0.333", "1.5")
MONEY = ("0", "0.01", "1", "10", "123.45", "1000")
CYCLES = ("0.5", "1", "50", "100", "200")
EVERY_KIND = ("unilevel", "matrix", "binary", "differential", "breakaway", "leadership", "retail_margin")
ONCE = ("binary", "breakaway", "leadership")
"""Kinds of which a plan has at most one."""

Bonus = dict[str, Any]


def maybe(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def by_rank(names: list[str], values: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    """A value for each of the ranks."""
    return st.fixed_dictionaries(dict.fromkeys(names, st.sampled_from(values)))


@st.composite
def rising(draw: st.DrawFn, keys: tuple[str, ...], values: tuple[str, ...], most: int = 4) -> list[tuple[str, str]]:
    """Some of the keys, in their order, each with a higher value than the one before."""
    chosen = draw(st.sets(st.sampled_from(range(len(keys))), min_size=1, max_size=min(most, len(keys), len(values))))
    rates = draw(st.sets(st.sampled_from(values), min_size=len(chosen), max_size=len(chosen)))
    return list(zip((keys[at] for at in sorted(chosen)), sorted(rates, key=Decimal), strict=True))


@st.composite
def steps(draw: st.DrawFn) -> list[dict[str, str]]:
    """Rates that rise with a volume."""
    drawn = draw(rising(THRESHOLDS, RATES[1:]))
    return [{"from": at, "rate": rate} for at, rate in drawn]


# ------------------------------------------------------------------------------------------------------------- bonuses


@st.composite
def unilevels(draw: st.DrawFn, names: list[str]) -> Bonus:
    """Levels under each compression, some without those of low ranks, as deep as the rates are, deeper or endless."""
    compression = draw(st.sampled_from(("none", "standard", "dynamic")))
    least = draw(maybe(st.sampled_from(names))) if compression == "standard" else None
    levels = draw(levels_for(names if least is None else names[names.index(least) :]))
    if compression == "dynamic":
        levels = without_a_level_for_nobody(levels)
    if not any(levels.values()):
        levels = {least or names[0]: ("0.05",)}
    deeper = draw(maybe(st.sampled_from((0, 0, 1, 3))))
    return {
        "type": "unilevel",
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "compression": compression,
        "compress_below": least,
        "levels_by_rank": levels,
        "depth": None if deeper is None else max(map(len, levels.values())) + deeper,
    }


@st.composite
def matrices(draw: st.DrawFn, names: list[str]) -> Bonus:
    """The same up a matrix, which may be deeper than its rates are; how wide the plan says of all of them."""
    levels: Bonus = draw(unilevels(names))
    deepest = max(len(rates) for rates in levels["levels_by_rank"].values())
    return levels | {"type": "matrix", "depth": max(1, deepest) + draw(st.sampled_from((0, 0, 1, 3)))}


def width_of(plan: dict[str, Any]) -> int | None:
    """How wide the matrix of a company is whom the plan can pay; None where it needs none."""
    return next((bonus["width"] for bonus in plan["bonuses"] if bonus["type"] == "matrix"), None)


@st.composite
def levels_for(draw: st.DrawFn, names: list[str]) -> dict[str, tuple[str, ...]]:
    """Levels for some of the ranks: gaps, zero rates, ranks that pay fewer levels than lower ones, none at all."""
    paid = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    rates = st.lists(st.sampled_from(RATES), max_size=5)
    return {name: tuple(draw(rates)) for name in paid}


def without_a_level_for_nobody(levels: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Rates as far down as every level pays some rank, which dynamic compression asks for."""
    deep = 0
    while any(Decimal(rate) for rates in levels.values() for rate in rates[deep : deep + 1]):
        deep += 1
    return {name: rates[:deep] for name, rates in levels.items()}


@st.composite
def binaries(draw: st.DrawFn, names: list[str]) -> Bonus:
    """Each way to match, to pay, to cap and to carry; zero caps and zero rates among them."""
    method = draw(st.sampled_from(("weak_leg", "weak_leg", "volume_ratio", "cycles")))
    carried = method != "volume_ratio" and draw(st.booleans())
    bonus: Bonus = {
        "type": "binary",
        "method": method,
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "carry": draw(st.sampled_from(("forward", "net_off", "full_flush"))),
        "flush_inactive": draw(st.booleans()),
        "carry_cap": draw(st.none() | st.sampled_from(MONEY) | by_rank(names, MONEY)),
        "cap_per_period": draw(st.none() | st.sampled_from(MONEY) | by_rank(names, MONEY)),
        "cap_per_day": draw(st.none() | st.sampled_from(MONEY) | by_rank(names, MONEY)),
        "aggregate_cap": draw(st.none() | st.sampled_from(MONEY) | by_rank(names, MONEY)),
        "cap_by": draw(st.sampled_from(("pay_rank", "title"))),
        "above_cap": "carried" if carried else "lost",
    }
    if method == "cycles":
        bonus |= {"cycle": draw(cycles()), "max_cycles": draw(maybe(st.integers(1, 4)))}
        if bonus["cycle"].get("pays") is not None:
            return bonus | {"multiplier": "1"}
    return bonus | {"rate": draw(binary_rates(names))}


@st.composite
def cycles(draw: st.DrawFn) -> dict[str, Any]:
    """So much of the stronger leg and so much of the weaker one, whichever is more; paid by a rate or in money."""
    strong, weak = draw(st.sampled_from(CYCLES)), draw(st.sampled_from(CYCLES))
    cycle: dict[str, Any] = {
        "strong": strong,
        "weak": weak,
        "stronger_leg": draw(st.sampled_from(("once", "each_cycle"))),
        "equal_legs": draw(st.sampled_from(("left", "right"))),
    }
    affordable = [each for each in MONEY if Decimal(each) <= Decimal(strong) + Decimal(weak)]
    return cycle | {"pays": draw(maybe(st.sampled_from(affordable)))}


@st.composite
def binary_rates(draw: st.DrawFn, names: list[str]) -> Any:
    """One rate, one for each of some ranks, or one by the person's own volume."""
    kind = draw(st.sampled_from(("one", "one", "by rank", "by volume")))
    if kind == "one":
        return draw(st.sampled_from(RATES))
    if kind == "by volume":
        return {"by": draw(st.sampled_from(("personal_cv", "personal_pv"))), "steps": draw(steps())}
    return draw(by_rank(draw(st.lists(st.sampled_from(names), min_size=1, unique=True)), RATES))


@st.composite
def differentials(draw: st.DrawFn, names: list[str]) -> Bonus:
    """By a schedule or by rank, from the buyer or from above, over inactive people or not."""
    bonus: Bonus = {
        "type": "differential",
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "own_purchases": draw(st.booleans()),
        "minimum_override": draw(maybe(st.sampled_from(RATES))),
        "inactive": draw(st.sampled_from(("pass", "keep"))),
    }
    if draw(st.booleans()):
        volumes = st.sampled_from(("group_pv", "group_pv", "personal_pv", {"within_levels": 2}))
        return bonus | {"volume": draw(volumes), "schedule": draw(steps())}
    return bonus | {"rates_by_rank": dict(draw(rising(tuple(names), RATES[1:])))}


@st.composite
def breakaways(draw: st.DrawFn, names: list[str]) -> Bonus:
    """Groups that leave at any rank; overrides for some of the ranks from there on."""
    at = draw(st.sampled_from(range(len(names))))
    levels = draw(levels_for(names))
    return {
        "type": "breakaway",
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "breaks_away_at": names[at],
        "levels_by_rank": levels if any(levels.values()) else {names[0]: ("0.05",)},
        "override_by_rank": dict(draw(rising(tuple(names[at:]), RATES[1:]))),
        "minimum_override": draw(maybe(st.sampled_from(RATES))),
    }


@st.composite
def leaderships(draw: st.DrawFn, names: list[str]) -> Bonus:
    """Groups that leave at any rank, of which much, little or nothing is guaranteed."""
    return {
        "type": "leadership",
        "rate": draw(st.sampled_from(RATES)),
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "breaks_away_at": draw(st.sampled_from(names)),
        "guaranteed_cv": draw(maybe(st.sampled_from(MONEY))),
    }


@st.composite
def retail_margins(draw: st.DrawFn, names: list[str]) -> Bonus:
    """A share of customers' orders, or of own ones as well."""
    assert names
    return {
        "type": "retail_margin",
        "rate": draw(st.sampled_from(RATES)),
        "multiplier": draw(st.sampled_from(MULTIPLIERS)),
        "of": draw(st.sampled_from(("customers", "personal"))),
    }


STRATEGIES = {
    "unilevel": unilevels,
    "matrix": matrices,
    "binary": binaries,
    "differential": differentials,
    "breakaway": breakaways,
    "leadership": leaderships,
    "retail_margin": retail_margins,
}


refunds = st.fixed_dictionaries(
    {
        "after_close": st.sampled_from(("negative_volume", "clawback", "kept")),
        "window_days": maybe(st.sampled_from((1, 14, 30))),
    }
)


@st.composite
def plan_data(draw: st.DrawFn, kinds: tuple[str, ...] = EVERY_KIND) -> dict[str, Any]:
    """Any plan with bonuses of these kinds that is small enough to look at."""
    heights = draw(ranks())
    names = [rank["name"] for rank in heights]
    chosen = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    chosen = [kind for at, kind in enumerate(chosen) if kind not in ONCE or kind not in chosen[:at]]
    if {"breakaway", "leadership"} & {*chosen}:
        for rules in (rank[key] for rank in heights for key in ("requires", "maintain") if key in rank):
            rules["personal_group_pv"] = draw(st.none() | st.none() | threshold)
    bonuses = [draw(STRATEGIES[kind](names)) | {"name": f"Bonus {at}"} for at, kind in enumerate(chosen)]
    leaving = [bonus for bonus in bonuses if "breaks_away_at" in bonus]
    for bonus in leaving[1:]:
        bonus["breaks_away_at"] = leaving[0]["breaks_away_at"]
    for bonus in bonuses:
        if leaving and bonus.get("schedule") and draw(st.booleans()):
            bonus["volume"] = "personal_group_pv"
    width = draw(st.integers(1, 3))
    bonuses = [bonus | ({"width": width} if bonus["type"] == "matrix" else {}) for bonus in bonuses]
    return {
        "name": "Any",
        "version": "1",
        "currency": "EUR",
        "rounding": draw(st.sampled_from(("half_up", "half_even"))),
        "rounded_per": draw(st.sampled_from(("line", "total"))),
        "activity": {"personal_pv": draw(maybe(threshold))},
        "pay_rank": draw(st.sampled_from(("paid_as", "title", "higher"))),
        "refunds": draw(refunds),
        "payout": draw(maybe(st.fixed_dictionaries({"minimum": st.sampled_from(MONEY)}))),
        "ranks": heights,
        "bonuses": bonuses,
        "gates": draw(gates([bonus["name"] for bonus in bonuses])),
    }


def is_slow(plan: dict[str, Any]) -> bool:
    """Whether the oracle counts cycle by cycle, which no company of millions of cycles is worth."""
    return any((bonus.get("cycle") or {}).get("stronger_leg") == "each_cycle" for bonus in plan["bonuses"])
