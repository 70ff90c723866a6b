"""Binary bonuses of every option, drawn."""

from typing import Any

from hypothesis import strategies as st

from app.plans.models import Plan

RANKS = ("Member", "Silver", "Gold", "Platinum", "Diamond")
"""All the titles of `companies`, so that plans may pay by title."""

_rates = st.sampled_from(("0%", "5%", "10%", "12.5%", "3.33%"))
_volumes = st.sampled_from(("0.01", "0.5", "25", "100", "200", "333.33"))
_caps = st.sampled_from(("0", "0.01", "3", "12.34", "100"))


def _table(values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    return st.fixed_dictionaries(dict.fromkeys(RANKS, values))


@st.composite
def _rate(draw: st.DrawFn) -> Any:
    kind = draw(st.sampled_from(("one", "by rank", "by volume")))
    if kind == "one":
        return draw(_rates)
    if kind == "by rank":
        return draw(st.dictionaries(st.sampled_from(RANKS), _rates, min_size=1))
    begins = sorted(draw(st.sets(st.sampled_from((0, 25, 50, 100, 250)), min_size=1)))
    by = draw(st.sampled_from(("personal_cv", "personal_pv")))
    return {"by": by, "steps": [{"from": begin, "rate": draw(_rates)} for begin in begins]}


@st.composite
def binaries(draw: st.DrawFn) -> dict[str, Any]:
    """A bonus that lint has nothing against."""
    method = draw(st.sampled_from(("weak_leg", "volume_ratio", "cycles")))
    bonus: dict[str, Any] = {"type": "binary", "name": "Team", "method": method, "rate": draw(_rate())}
    bonus["multiplier"] = draw(st.sampled_from(("1", "40%")))
    if method == "cycles":
        cycle = {"strong": draw(_volumes), "weak": draw(_volumes)}
        cycle["stronger_leg"] = draw(st.sampled_from(("once", "each_cycle")))
        cycle["equal_legs"] = draw(st.sampled_from(("left", "right")))
        if draw(st.booleans()):
            cycle["pays"] = cycle["weak"]
            del bonus["rate"], bonus["multiplier"]
        bonus |= {"cycle": cycle, "max_cycles": draw(st.none() | st.integers(1, 9))}
    bonus["carry"] = draw(st.sampled_from(("forward", "net_off", "full_flush")))
    bonus["flush_inactive"] = draw(st.booleans())
    bonus["carry_cap"] = draw(st.none() | _caps | _table(_caps))
    bonus["cap_per_period"] = draw(st.none() | _caps | _table(_caps))
    bonus["cap_per_day"] = draw(st.none() | st.none() | _caps | _table(_caps))
    bonus["aggregate_cap"] = draw(st.none() | _caps | _table(_caps))
    bonus["cap_by"] = draw(st.sampled_from(("pay_rank", "title")))
    bonus["above_cap"] = "lost" if method == "volume_ratio" else draw(st.sampled_from(("lost", "carried")))
    return bonus


@st.composite
def binary_plans(draw: st.DrawFn) -> Plan:
    """A plan of one such bonus, and some ranks that are earned."""
    requires: list[dict[str, Any]] = [{"personal_pv": 60}, {}, {"group_pv": 200}, {"active_legs": 2}, {"active": True}]
    return Plan.model_validate(
        {
            "name": "Any binary",
            "version": "1",
            "currency": "EUR",
            "rounding": draw(st.sampled_from(("half_up", "half_even"))),
            "activity": {"personal_pv": draw(st.none() | st.just("20"))},
            "pay_rank": draw(st.sampled_from(("paid_as", "title", "higher"))),
            "ranks": [{"name": name, "requires": each} for name, each in zip(RANKS, requires, strict=True)],
            "bonuses": [draw(binaries())],
        }
    )
