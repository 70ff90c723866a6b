"""The pure middle of a what-if: the base beside a variant through the engine."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from app.differences.lineup import line_up, most_changed, totals_by_cause, totals_of_people
from app.differences.models import LinedUp, Paid, PersonChange
from app.differences.pages import person_change
from app.engine.calculate import calculate
from app.engine.columns import Int64s
from app.reports.tables import share_of
from app.runs.models import Taken
from app.whatif.models import LINES_OF_NAMED, LINES_TOLD, Base, PlannedMove, Side, Variant, VariantChanges
from app.whatif.moves import moved


@dataclass(frozen=True, slots=True)
class Worked:
    """A variant on the snapshot, lined up with the base. `gaining`, `losing`: by ix those who do most."""

    side: Side
    paid: Paid
    lined: LinedUp
    gaining: Int64s
    losing: Int64s


def side_of(name: str, paid: Paid, moves: tuple[PlannedMove, ...] = ()) -> Side:
    """What a result comes to."""
    totals, plan = paid.result.totals, paid.plan
    amounts = totals.by_person.sum(axis=0)
    earners = np.count_nonzero(totals.by_person, axis=1).tolist()
    return Side(
        name=name,
        plan=f"{plan.name} {plan.version}",
        plan_hash=plan.hash,
        moves=moves,
        amount=totals.amount,
        paid=int(paid.result.balances.paid.sum()),
        breakage=totals.breakage,
        earners=int(np.count_nonzero(amounts)),
        share=share_of(totals.amount, totals.cv),
        bonuses={each.name: (count, each.amount) for each, count in zip(totals.bonuses, earners, strict=True)},
        ranks=plan.rank_names,
        pay=paid.result.ranks.pay,
        amounts=amounts,
    )


def work_out(base: Base, variant: Variant, name: str, shown: int, taken: Taken | None = None) -> Worked:
    """Pay the snapshot by the variant, and find up to `shown` people each who gain and who lose most. `taken`: the
    base's snapshot with what the variant's plan takes back, where that is something else.

    Raises what a move is refused by, and what the engine refuses.
    """
    taken, plan = taken or base.paid.taken, variant.plan or base.paid.plan
    if variant.moves:
        taken = replace(taken, snapshot=moved(taken, base.ix_of, variant.moves))
    paid = Paid(taken, plan, calculate(taken.snapshot, plan))
    lined = line_up(base.paid, paid)
    ranked = most_changed(lined)
    change = lined.change[ranked]
    gaining, losing = ranked[change > 0][:shown], ranked[change < 0][:shown]
    return Worked(side_of(name, paid, variant.moves), paid, lined, gaining, losing)


def changes_of(base: Base, worked: Worked, named: Sequence[int], names: Mapping[int, str]) -> VariantChanges:
    """How the variant pays otherwise, people (by ix) with the reasons of both sides."""
    lined, paid = worked.lined, (base.paid, worked.paid)

    def told(people: Sequence[int], most: int) -> list[PersonChange]:
        return [person_change(lined, paid, ix, names.get(ix, ""), most) for ix in people]

    return VariantChanges(
        causes=totals_by_cause(lined),
        people=totals_of_people(lined),
        lines_equal=lined.equal,
        lines_changed=len(lined.changed),
        gaining=told(worked.gaining.tolist(), LINES_TOLD),
        losing=told(worked.losing.tolist(), LINES_TOLD),
        named=told(named, LINES_OF_NAMED),
    )
