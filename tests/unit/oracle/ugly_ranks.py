"""Hypothesis strategies for what ranks ask and for gates: every kind, met exactly, missed by one, and out of reach."""

from typing import Any

from hypothesis import strategies as st

RANKS = ("Member", "Silver", "Gold", "Diamond")
THRESHOLDS = ("0", "0.01", "0.5", "1", "50", "99.99", "100", "200", "1000")
SHARES = ("0.5", "0.5", "0.4", "0.7", "1", "0.3333", "0.00001")

threshold = st.sampled_from(THRESHOLDS)
count = st.integers(1, 3)
MOST_PERIODS = 4
"""As far as windows look, this period among them."""
share = st.sampled_from(SHARES)
capped = st.fixed_dictionaries({"pv": threshold, "leg_cap": share}) | st.fixed_dictionaries(
    {"pv": threshold, "leg_cap": share, "of": st.sampled_from(("total", "total", "requirement"))}
)

ASKED: dict[str, st.SearchStrategy[Any]] = {
    "active": st.booleans(),
    "personal_pv": threshold,
    "customer_pv": threshold,
    "group_pv": threshold | capped,
    "volume_within_levels": st.fixed_dictionaries({"levels": st.integers(1, 4), "pv": threshold}),
    "weak_leg_pv": threshold,
    "legs_with_volume": st.fixed_dictionaries({"pv": threshold, "count": count}),
    "active_legs": count,
    "customers": count,
    "personally_sponsored": count,
    "personally_sponsored_active": count,
}
ASKED_OF_RANKS = ("legs_with_rank", "personally_sponsored_with_rank")


@st.composite
def requirements(draw: st.DrawFn, lower: tuple[str, ...]) -> dict[str, Any]:
    """At most four volumes and numbers of people, and mostly something that builds on lower ranks."""
    found = {
        kind: draw(ASKED[kind]) for kind in draw(st.lists(st.sampled_from(sorted(ASKED)), max_size=4, unique=True))
    }
    for kind in ASKED_OF_RANKS:
        if draw(st.booleans()) and lower:
            found[kind] = draw(holders(lower))
    if draw(st.integers(0, 2)) == 0 and any(found.values()):
        of = draw(st.integers(2, MOST_PERIODS))
        found["window"] = {"met": draw(st.integers(1, of)), "of": of}
    return found


def holders(lower: tuple[str, ...]) -> st.SearchStrategy[Any]:
    """So many of one lower rank, or of several."""
    one = st.fixed_dictionaries({"rank": st.sampled_from(lower), "count": st.integers(1, 2)})
    return one | st.lists(one, min_size=1, max_size=3, unique_by=lambda each: each["rank"])


@st.composite
def ranks(draw: st.DrawFn) -> list[dict[str, Any]]:
    """One to four ranks with every kind of requirement, some maintained by other rules; a lower one may well be harder
    than a higher one."""
    names = RANKS[: draw(st.integers(1, len(RANKS)))]
    heights = []
    for height, name in enumerate(names):
        rank: dict[str, Any] = {"name": name, "requires": draw(requirements(names[:height]))}
        if draw(st.booleans()):
            rank["maintain"] = draw(requirements(names[:height]))
        heights.append(rank)
    return heights


CHECKS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "customer_pv": {"at_least": threshold},
    "customer_share": {"at_least": share},
    "majority_of_customers": {"more_than": share},
    "no_own_purchases": {},
    "customers": {"at_least": count},
}
CHOICES = sorted(CHECKS.keys() - {"no_own_purchases"})


@st.composite
def checks(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """A gate of one kind, which guards all bonuses."""
    if kind == "any_of":
        kinds = draw(st.lists(st.sampled_from(CHOICES), min_size=2, max_size=4, unique=True))
        return {"type": kind, "gates": [draw(checks(one)) for one in kinds]}
    return {"type": kind} | {key: draw(value) for key, value in CHECKS[kind].items()}


@st.composite
def gates(draw: st.DrawFn, bonuses: list[str]) -> list[dict[str, Any]]:
    """None, one or several gates in any order, before all bonuses or some."""
    found = []
    for kind in draw(st.lists(st.sampled_from([*sorted(CHECKS), "any_of"]), max_size=3)):
        gate = draw(checks(kind))
        named = draw(st.just([]) | st.lists(st.sampled_from(bonuses), min_size=1, unique=True))
        found.append(gate | ({"bonuses": named} if named else {}))
    return found
