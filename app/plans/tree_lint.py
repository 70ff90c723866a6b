"""What is wrong with the trees that a plan names: what it goes by must be there, and something goes by each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.plans.shares import Finding, Path

if TYPE_CHECKING:
    from app.plans.models import Plan, Tree

_OF_BONUS: dict[str, Tree] = {"binary": "binary", "matrix": "matrix"}
"""All others pay up the sponsor tree."""


def trees_used(plan: Plan) -> Iterator[tuple[Path, Tree, str]]:
    """Where a plan goes by a tree, and what does so there; everybody has a sponsor."""
    for at, rank in enumerate(plan.ranks):
        for key, rules in (("requires", rank.requires), ("maintain", rank.maintain)):
            if rules is not None and rules.weak_leg_pv is not None:
                yield ("ranks", at, key, "weak_leg_pv"), "binary", f"the rank {rank.name!r}"
    for at, bonus in enumerate(plan.bonuses):
        yield ("bonuses", at, "type"), _OF_BONUS.get(bonus.type, "sponsor"), f"the bonus {bonus.name!r}"


def tree_errors(plan: Plan) -> Iterator[Finding]:
    """Bonuses and ranks on a tree that the plan lacks, and trees named twice."""
    if plan.trees is None:
        return
    for at, tree in enumerate(plan.trees):
        if tree in plan.trees[:at]:
            yield ("trees", at), f"{tree} stands here a second time"
    if "sponsor" not in plan.trees:
        yield ("trees",), "ranks and gates go by the sponsor tree, so it is always one of them"
    for path, tree, what in trees_used(plan):
        if tree != "sponsor" and tree not in plan.trees:
            yield path, f"{what} goes by the {tree} tree, which the plan lacks (it has {', '.join(plan.trees)})"


def tree_warnings(plan: Plan) -> Iterator[Finding]:
    """Trees that nothing goes by."""
    used = {"sponsor", *(tree for _, tree, _ in trees_used(plan))}
    for at, tree in enumerate(plan.trees or ()):
        if tree not in used:
            yield ("trees", at), f"nothing in the plan goes by the {tree} tree"
