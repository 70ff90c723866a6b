"""What a plan that does not say it means: every key of every bonus, of a rank's requirements and of gates.

A key that is not here is an option that nobody told the oracle about, and no comparison would be worth anything.
"""

from typing import Any

NEEDED = object()
"""There is no default."""

LEVELS: dict[str, Any] = {
    "multiplier": "1",
    "compression": "none",
    "compress_below": None,
    "levels_by_rank": NEEDED,
}

BONUSES: dict[str, dict[str, Any]] = {
    "unilevel": LEVELS | {"depth": None},
    "matrix": LEVELS | {"width": NEEDED, "depth": NEEDED},
    "binary": {
        "multiplier": "1",
        "method": "weak_leg",
        "rate": None,
        "cycle": None,
        "max_cycles": None,
        "carry": "forward",
        "flush_inactive": False,
        "carry_cap": None,
        "cap_per_period": None,
        "cap_per_day": None,
        "aggregate_cap": None,
        "cap_by": "pay_rank",
        "above_cap": "lost",
    },
    "differential": {
        "multiplier": "1",
        "volume": "group_pv",
        "schedule": None,
        "rates_by_rank": None,
        "own_purchases": True,
        "minimum_override": None,
        "inactive": "pass",
    },
    "breakaway": {
        "multiplier": "1",
        "breaks_away_at": NEEDED,
        "levels_by_rank": NEEDED,
        "override_by_rank": NEEDED,
        "minimum_override": None,
    },
    "leadership": {"multiplier": "1", "rate": NEEDED, "breaks_away_at": NEEDED, "guaranteed_cv": None},
    "retail_margin": {"multiplier": "1", "rate": NEEDED, "of": "customers"},
}

REQUIREMENTS: dict[str, Any] = {
    "active": False,
    "personal_pv": None,
    "customer_pv": None,
    "group_pv": None,
    "personal_group_pv": None,
    "active_legs": None,
    "personally_sponsored_active": None,
    "legs_with_rank": None,
    "volume_within_levels": None,
    "weak_leg_pv": None,
    "legs_with_volume": None,
    "personally_sponsored": None,
    "personally_sponsored_with_rank": None,
    "customers": None,
    "window": None,
}

WINDOW: dict[str, Any] = {"met": NEEDED, "of": NEEDED}

CAPPED_GROUP_PV: dict[str, Any] = {"pv": NEEDED, "leg_cap": NEEDED, "of": "requirement"}

GATES: dict[str, dict[str, Any]] = {
    "customer_pv": {"at_least": NEEDED},
    "customer_share": {"at_least": NEEDED},
    "majority_of_customers": {"more_than": NEEDED},
    "no_own_purchases": {},
    "customers": {"at_least": NEEDED},
    "any_of": {"gates": NEEDED},
}

CYCLE: dict[str, Any] = {"strong": NEEDED, "weak": NEEDED, "stronger_leg": "once", "equal_legs": "left", "pays": None}


def complete(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan with everything said."""
    filled(plan.get("payout") or {"minimum": "0"}, {"minimum": NEEDED})
    refunds = filled(plan.get("refunds", {}), {"after_close": "negative_volume", "window_days": None})
    return {
        "rounding": "half_up",
        "rounded_per": "line",
        "activity": {"personal_pv": None},
        "pay_rank": "paid_as",
        "payout": None,
        **plan,
        "refunds": refunds,
        "ranks": [complete_rank(rank) for rank in plan["ranks"]],
        "bonuses": [complete_bonus(bonus) for bonus in plan["bonuses"]],
        "gates": [complete_gate(gate) for gate in plan.get("gates", [])],
    }


def complete_gate(gate: dict[str, Any]) -> dict[str, Any]:
    """The gate, and all gates of which one is enough, with everything said."""
    said = filled(gate, {"type": NEEDED, "bonuses": None, **GATES[gate["type"]]})
    if said["type"] == "any_of":
        said["gates"] = [complete_gate(one) for one in said["gates"]]
    return said


def complete_rank(rank: dict[str, Any]) -> dict[str, Any]:
    """The rank with all that it asks, and all that it does not."""
    said = filled(rank, {"name": NEEDED, "requires": {}, "maintain": None})
    for rules in ("requires", "maintain"):
        if said[rules] is not None:
            said[rules] = filled(said[rules], REQUIREMENTS)
            if isinstance(said[rules]["group_pv"], dict):
                said[rules]["group_pv"] = filled(said[rules]["group_pv"], CAPPED_GROUP_PV)
            if said[rules]["window"] is not None:
                said[rules]["window"] = filled(said[rules]["window"], WINDOW)
    return said


def complete_bonus(bonus: dict[str, Any]) -> dict[str, Any]:
    """The bonus with everything said."""
    said = filled(bonus, {"type": NEEDED, "name": "", **BONUSES[bonus["type"]]})
    if said.get("cycle") is not None:
        said["cycle"] = filled(said["cycle"], CYCLE)
    return said


def filled(given: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """What is given, and the defaults of the rest."""
    assert given.keys() <= known.keys(), f"the oracle knows no {', '.join(sorted(given.keys() - known.keys()))}"
    both = known | given
    assert NEEDED not in both.values(), f"this says too little: {given}"
    return both
