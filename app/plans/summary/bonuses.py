"""Bonuses in plain sentences: who is paid what of which sale."""

from collections.abc import Iterator

from app.plans.binary import Binary
from app.plans.breakaway import Breakaway
from app.plans.differential import Differential, VolumeOfLevels
from app.plans.leadership import Leadership
from app.plans.matrix import Matrix
from app.plans.models import Bonus
from app.plans.retail import RetailMargin
from app.plans.shares import percent
from app.plans.summary.binary import binary_sentences
from app.plans.summary.pieces import by_rank, levels, number, of_volume, times
from app.plans.unilevel import LevelBonus, Unilevel

_UP = "A purchase by a distributor begins with their sponsor, one by a customer with the seller."
_COMPRESSION = {
    "none": "Who is inactive keeps the level, and nobody is paid for it.",
    "standard": "Who is inactive takes no level: it goes to the next active person above.",
    "dynamic": "Who is not paid on a level takes none: it goes to the next active one above whose rank is paid on it.",
}


def bonus_sentences(bonus: Bonus, currency: str) -> Iterator[str]:
    """All that a bonus says."""
    match bonus:
        case Unilevel():
            yield f"It pays those above each sale, level by level, a share of {of_volume(bonus.multiplier)}. {_UP}"
            yield from _levels(bonus)
            if bonus.depth is not None:
                yield f"Nothing is paid further up than {times(bonus.depth, 'level', 'levels')}, whoever takes them."
        case Matrix():
            yield from _matrix(bonus)
        case Binary():
            yield from binary_sentences(bonus, currency)
        case Differential():
            yield from _differential(bonus)
        case Breakaway():
            yield from _breakaway(bonus)
        case Leadership():
            yield from _leadership(bonus)
        case RetailMargin():
            yield from _retail(bonus)


def _matrix(bonus: Matrix) -> Iterator[str]:
    yield (
        f"It pays those above each sale in the matrix, level by level, a share of {of_volume(bonus.multiplier)}. "
        "A purchase by a distributor begins with who stands above them there, one by a customer with the seller."
    )
    yield (
        f"Everybody has {bonus.width} slots in the matrix, and is paid for what is sold on {bonus.depth} levels below "
        "them, whoever sponsored whom. Whoever has no place in it has no part in it."
    )
    yield from _levels(bonus)


def _levels(bonus: LevelBonus) -> Iterator[str]:
    yield f"Your rank for pay says the share on level 1, 2 and so on: {levels(bonus.levels_by_rank)}."
    yield _COMPRESSION[bonus.compression]
    if bonus.compress_below is not None:
        yield f"Who is paid by a rank below {bonus.compress_below}, or by none, takes no level either."


def _differential(bonus: Differential) -> Iterator[str]:
    yield (
        "Everybody has a rate. Of each sale below you, you are paid what your rate is above the highest one paid "
        f"before you, of {of_volume(bonus.multiplier)}."
    )
    if bonus.schedule is not None:
        steps = "; ".join(f"{percent(step.rate)} from {number(step.from_)} PV on" for step in bonus.schedule)
        yield f"Your rate goes by {_volume(bonus)}: {steps}."
    if bonus.rates_by_rank is not None:
        yield f"Your rate goes by your rank for pay: {by_rank(bonus.rates_by_rank)}; other ranks have none."
    if bonus.own_purchases:
        yield "On your own purchases you are paid your own rate."
    else:
        yield "On your own purchases you are paid nothing; those above you are paid what their rates are above yours."
    if bonus.minimum_override is not None:
        override = percent(bonus.minimum_override)
        yield f"Where somebody below you was paid the top rate and you have it too, you have {override}, once a sale."
    if bonus.inactive == "pass":
        yield "Who is inactive counts as without a rate, so the next one above is paid the whole difference."
    else:
        yield "What somebody inactive would have been paid is paid to nobody."


def _volume(bonus: Differential) -> str:
    if isinstance(bonus.volume, VolumeOfLevels):
        down = times(bonus.volume.within_levels, "level", "levels")
        return f"the PV of you and those on the first {down} below you"
    return {
        "group_pv": "the PV of you and everybody below you",
        "personal_group_pv": "the PV of your group, without those that have broken away",
        "personal_pv": "the PV of what you and your customers buy",
    }[bonus.volume]


def _breakaway(bonus: Breakaway) -> Iterator[str]:
    yield (
        f"Who reaches {bonus.breaks_away_at} has broken away: they and everybody below them are a group of their own, "
        "which leaves the levels of those above."
    )
    yield (
        f"Within a group, up to its leader, each sale pays level by level a share of {of_volume(bonus.multiplier)}: "
        f"{levels(bonus.levels_by_rank)}. {_UP}"
    )
    yield (
        "The next active leader above a group is paid their override rate less that of the group's leader on all "
        f"its sales: {by_rank(bonus.override_by_rank)}; other ranks have none."
    )
    if bonus.minimum_override is not None:
        yield f"The override is at least {percent(bonus.minimum_override)}."


def _leadership(bonus: Leadership) -> Iterator[str]:
    yield (
        f"Who reaches {bonus.breaks_away_at} leads a group that has broken away. Of each such group the next active "
        f"leader above is paid {percent(bonus.rate)} of {of_volume(bonus.multiplier)}."
    )
    if bonus.guaranteed_cv is not None:
        yield (
            f"That leader is guaranteed what {number(bonus.guaranteed_cv)} CV would pay: what a group makes less is "
            "taken from what its own leader receives of groups below, worked out from the lowest level up."
        )


def _retail(bonus: RetailMargin) -> Iterator[str]:
    what = "what your customers buy" if bonus.of == "customers" else "what your customers and you yourself buy"
    yield f"You are paid {percent(bonus.rate)} of {of_volume(bonus.multiplier)} of {what}."
