"""What another plan would pay beside a committed run, or the same plan with a branch moved: the variant worked out and
lined up with the run, with the reasons of those who gain and lose most."""

from decimal import Decimal
from typing import Final

import numpy as np

from app.plans.models import Plan
from app.runs.calculation import stored_plan
from app.runs.models import Run
from app.whatif.models import Asked, PlannedMove, Variant
from loadtests.company import Filled, id_of
from loadtests.rows import once
from loadtests.timing import must_equal, stopwatch_async

OTHER_PLAN: Final = "what-if: another plan beside a run"
LEVEL: Final = 3
A_MOVE: Final = "what-if: a planned move beside a run"


async def ask_what_if(company: Filled, run: Run) -> None:
    """A row for each; what is earned in the base must be what the run says."""
    plan = stored_plan(run, company.house.blobs)
    asked = ((OTHER_PLAN, Variant("", changed(plan))), (A_MOVE, Variant("", None, (a_move(company),))))
    for what, variant in asked:
        seconds, found = await stopwatch_async(company.house.what_ifs.compare(Asked(run.id, (variant,))))
        must_equal("the base of a what-if", run.earned, found.sides[0].amount)
        changes = found.changes[0]
        words = f"{changes.lines_changed:,} of {changes.lines_changed + changes.lines_equal:,} lines change"
        company.sheet.add(once(what, seconds, words=words))


def changed(plan: Plan) -> Plan:
    """Nine tenths of the CV that the first bonus commissions."""
    first, *others = plan.bonuses
    less = first.model_copy(update={"multiplier": first.multiplier * Decimal("0.9")})
    return plan.model_copy(update={"version": f"{plan.version} less", "bonuses": (less, *others)})


def a_move(company: Filled) -> PlannedMove:
    """The largest branch on the third level below the top goes below the top."""
    tree = company.trees.sponsor_tree
    return PlannedMove(id_of(int(np.argmax(np.where(tree.depth == LEVEL, tree.sizes, 0)))), "sponsor", id_of(0))
