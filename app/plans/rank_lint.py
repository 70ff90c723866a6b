"""What is wrong with the ranks of a plan although each field is fine by itself."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from app.plans.ranks import CappedGroupVolume, LegsWithRank, Rank, Requirements, SponsoredWithRank
from app.plans.shares import Finding, Path, fine_message, too_fine, unknown_rank


def rank_errors(ranks: Sequence[Rank]) -> Iterator[Finding]:
    """Ranks that nobody can reach or keep, caps that let nothing count, and windows that say nothing."""
    for at, rank in enumerate(ranks):
        yield from _errors(("ranks", at, "requires"), rank.requires, ranks, at, "reach")
        if rank.maintain is not None:
            yield from _errors(("ranks", at, "maintain"), rank.maintain, ranks, at, "keep")


def _errors(path: Path, rules: Requirements, ranks: Sequence[Rank], at: int, verb: str) -> Iterator[Finding]:
    names = [rank.name for rank in ranks]
    asked: dict[str, tuple[str, object, Sequence[LegsWithRank | SponsoredWithRank]]] = {
        "legs_with_rank": ("legs with", rules.legs_with_rank, rules.every_legs_with_rank),
        "personally_sponsored_with_rank": (
            "people with",
            rules.personally_sponsored_with_rank,
            rules.every_sponsored_with_rank,
        ),
    }
    for key, (whom, given, every) in asked.items():
        for number, one in enumerate(every):
            place = (*path, key, number, "rank") if isinstance(given, tuple) else (*path, key, "rank")
            if one.rank not in names:
                yield place, f"nobody can {verb} {names[at]!r}: {unknown_rank(one.rank, names)}"
            elif names.index(one.rank) >= at:
                yield (
                    place,
                    f"nobody can {verb} {names[at]!r}: it needs {whom} {one.rank!r}, which is not a lower rank",
                )
    if (window := rules.window) is not None:
        if window.met > window.of:
            yield (*path, "window", "met"), f"nobody can {verb} {names[at]!r}: {window.met} of {window.of} periods"
        if rules.model_copy(update={"window": None}) == Requirements():
            yield (*path, "window"), "it asks for nothing else, so every period meets it; leave the window out"
    if isinstance(rules.group_pv, CappedGroupVolume):
        place = (*path, "group_pv", "leg_cap")
        if not rules.group_pv.leg_cap:
            yield place, "a cap of 0 % lets no leg count; give a share above 0 %"
        if too_fine(rules.group_pv.leg_cap, Decimal(1)):
            yield place, fine_message(rules.group_pv.leg_cap, Decimal(1))
