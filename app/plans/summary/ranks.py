"""What ranks ask for, in plain sentences."""

from collections.abc import Iterator

from app.plans.ranks import CappedGroupVolume, Rank, Requirements
from app.plans.shares import percent
from app.plans.summary.pieces import listed, number, times


def rank_sentences(ranks: tuple[Rank, ...]) -> Iterator[str]:
    """One of each rank, lowest first, and one of what it takes to keep it where that is something else."""
    for rank in ranks:
        yield f"{rank.name}: {_asked(rank.requires)}."
        if rank.maintain is not None:
            kept = _asked(rank.maintain)
            yield f"Who reached {rank.name}, or a higher one, before keeps {rank.name} by something else: {kept}."


def _asked(rules: Requirements) -> str:
    asked = [*_volumes(rules), *_people(rules)]
    told = listed(asked) if asked else "everybody has it"
    if rules.window is None:
        return told
    return f"{told}, all of it in {rules.window.met} of the last {times(rules.window.of, 'period', 'periods')}"


def _volumes(rules: Requirements) -> Iterator[str]:
    if rules.active:
        yield "you are active"
    if rules.personal_pv is not None:
        yield f"you and your customers buy {number(rules.personal_pv)} PV"
    if rules.customer_pv is not None:
        yield f"your customers alone buy {number(rules.customer_pv)} PV"
    if isinstance(rules.group_pv, CappedGroupVolume):
        of = "what is asked" if rules.group_pv.of == "requirement" else "your whole group"
        yield (
            f"you and everybody below you have {number(rules.group_pv.pv)} PV, of which no leg counts for more than "
            f"{percent(rules.group_pv.leg_cap)} of {of}"
        )
    elif rules.group_pv is not None:
        yield f"you and everybody below you have {number(rules.group_pv)} PV"
    if rules.personal_group_pv is not None:
        yield f"your group, without those that have broken away, has {number(rules.personal_group_pv)} PV"
    if rules.volume_within_levels is not None:
        within = rules.volume_within_levels
        down = times(within.levels, "level", "levels")
        yield f"you and those on the first {down} below you have {number(within.pv)} PV"
    if rules.weak_leg_pv is not None:
        yield f"your smaller side in the binary tree has {number(rules.weak_leg_pv)} PV"


def _people(rules: Requirements) -> Iterator[str]:
    if rules.customers is not None:
        yield times(rules.customers, "customer of your own buys", "different customers of your own buy")
    if rules.active_legs is not None:
        yield f"{times(rules.active_legs, 'leg has', 'legs have')} somebody active"
    if rules.legs_with_volume is not None:
        heavy = rules.legs_with_volume
        yield f"{times(heavy.count, 'leg has', 'legs have')} {number(heavy.pv)} PV each"
    if rules.personally_sponsored is not None:
        yield f"you sponsor {times(rules.personally_sponsored, 'person', 'people')}"
    if rules.personally_sponsored_active is not None:
        yield f"you sponsor {times(rules.personally_sponsored_active, 'active person', 'active people')}"
    for people in rules.every_sponsored_with_rank:
        yield f"you sponsor {times(people.count, 'person', 'people')} paid as {people.rank} or higher"
    for legs in rules.every_legs_with_rank:
        yield f"{times(legs.count, 'leg has', 'legs have')} somebody paid as {legs.rank} or higher"
