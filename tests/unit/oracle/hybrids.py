"""Three plans in which the options of all bonuses meet, for a company large enough that all of it occurs."""

from typing import Any

RANKS: list[dict[str, Any]] = [
    {"name": "Member"},
    {"name": "Silver", "requires": {"active": True, "customer_pv": "30", "personally_sponsored_active": 1}},
    {"name": "Gold", "requires": {"active": True, "group_pv": "900", "active_legs": 2}},
    {"name": "Diamond", "requires": {"active_legs": 3, "legs_with_rank": {"rank": "Gold", "count": 2}}},
]
LEVELS = {
    "Member": ("5%",),
    "Silver": ("5%", "5%"),
    "Gold": ("6%", "5%", "4%"),
    "Diamond": ("8%", "6%", "4%", "3.33%", "2%"),
}


def hybrid(name: str, *bonuses: dict[str, Any], **other: Any) -> dict[str, Any]:
    """A plan in which a person needs 20 PV to be active."""
    plan = {"name": name, "version": "1", "currency": "EUR", "activity": {"personal_pv": "20"}, "ranks": RANKS}
    return {**plan, "bonuses": bonuses, **other}


CARRY = hybrid(
    "Levels, weak leg, margin",
    {
        "type": "unilevel",
        "name": "Level bonus",
        "multiplier": "80%",
        "compression": "standard",
        "levels_by_rank": LEVELS,
    },
    {
        "type": "binary",
        "name": "Team bonus",
        "rate": {"Silver": "7%", "Gold": "10%", "Diamond": "12.5%"},
        "multiplier": "80%",
        "cap_per_period": {"Member": "100", "Silver": "200", "Gold": "500", "Diamond": "1000"},
        "cap_per_day": "40",
        "above_cap": "carried",
        "carry_cap": {"Member": "500", "Silver": "2000", "Gold": "10000", "Diamond": "30000"},
        "flush_inactive": True,
    },
    {"type": "retail_margin", "name": "Margin", "rate": "20%"},
    payout={"minimum": "50"},
)
CYCLES = hybrid(
    "Cycles, performance, matrix",
    {
        "type": "binary",
        "name": "Team bonus",
        "method": "cycles",
        "cycle": {"strong": "100", "weak": "50", "stronger_leg": "each_cycle"},
        "max_cycles": 60,
        "rate": {"by": "personal_cv", "steps": [{"from": "25", "rate": "4%"}, {"from": "100", "rate": "12%"}]},
        "carry": "net_off",
        "carry_cap": "300",
        "cap_per_period": {"Member": "50", "Silver": "60", "Gold": "70", "Diamond": "80"},
        "cap_per_day": {"Member": "20", "Silver": "25", "Gold": "30", "Diamond": "35"},
        "aggregate_cap": "75",
        "cap_by": "title",
    },
    {
        "type": "differential",
        "name": "Performance bonus",
        "volume": "group_pv",
        "schedule": [
            {"from": "100", "rate": "3%"},
            {"from": "600", "rate": "6%"},
            {"from": "2400", "rate": "12%"},
            {"from": "10000", "rate": "21%"},
        ],
        "minimum_override": "1%",
    },
    {
        "type": "matrix",
        "name": "Matrix bonus",
        "width": 3,
        "depth": 6,
        "multiplier": "60%",
        "compression": "dynamic",
        "levels_by_rank": LEVELS,
    },
    rounding="half_even",
)
STAIRS = hybrid(
    "Stairs, ratio, margin of all",
    {
        "type": "breakaway",
        "name": "Stairstep",
        "multiplier": "40%",
        "breaks_away_at": "Gold",
        "levels_by_rank": {name: LEVELS[name] for name in ("Member", "Silver", "Gold")},
        "override_by_rank": {"Gold": "5%", "Diamond": "9%"},
        "minimum_override": "1%",
    },
    {
        "type": "binary",
        "name": "Team bonus",
        "method": "volume_ratio",
        "rate": "10%",
        "carry": "full_flush",
        "cap_per_day": "20",
    },
    {
        "type": "differential",
        "name": "Rank bonus",
        "rates_by_rank": {"Member": "2%", "Silver": "5%", "Gold": "7%", "Diamond": "9%"},
        "own_purchases": False,
        "inactive": "keep",
    },
    {"type": "retail_margin", "name": "Margin", "rate": "5%", "multiplier": "50%", "of": "personal"},
    {"type": "leadership", "name": "Leadership", "rate": "4%", "breaks_away_at": "Gold", "guaranteed_cv": "400"},
    pay_rank="higher",
    rounded_per="total",
    ranks=[*RANKS[:2], {"name": "Gold", "requires": {"active": True, "personal_group_pv": "600"}}, RANKS[3]],
)
