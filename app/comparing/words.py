"""Our reason for one difference in words: the lines that made our amount, or the missed rule, needed and actual."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from app.amounts import from_minor
from app.comparing.models import Cause
from app.engine.models import Reason, Result
from app.engine.reasons import Names, explain_line, explain_miss, rank_card
from app.plans.binary import Binary
from app.plans.models import Plan
from app.plans.unilevel import LevelBonus
from app.runs.models import Taken

_TOLD: Final = 3
"""Lines, and misses, that are told of one difference, the largest first; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Explainer:
    """A run with what its amounts are explained from."""

    taken: Taken
    plan: Plan
    result: Result

    def reason(self, cause: Cause, bonus: int, lines: range, misses: range, *, we_pay_less: bool) -> str:
        """Why we pay what we pay. `lines` and `misses`: rows of the run that are this person's and this bonus's."""
        told = [*self._lines(lines), *(self._misses(misses) if we_pay_less else ())]
        if told:
            return ". ".join(told) + "."
        if cause is not Cause.NOTHING_REACHES:
            return f"{cause.sentence}."
        if isinstance(self.plan.bonuses[bonus], Binary):
            return "Neither leg has volume in this month, and none was carried in."
        if isinstance(self.plan.bonuses[bonus], LevelBonus):
            return "No order of this month reaches them on a level that the plan pays."
        return "No order of this month leaves them a part."

    @property
    def _names(self) -> Names:
        return Names(lambda ix: self.taken.ids[ix], lambda row: self.taken.order_ids[row])

    def _lines(self, rows: range) -> Iterator[str]:
        amounts = self.result.lines.amount
        yield from _largest_first(rows, amounts, self._line, "paid")

    def _misses(self, rows: range) -> Iterator[str]:
        yield from _largest_first(rows, self.result.misses.forgone, self._miss, "missed")

    def _line(self, row: int) -> str:
        return explain_line(self.taken.snapshot, self.plan, self.result, row, self._names)

    def _miss(self, row: int) -> str:
        words = explain_miss(self.taken.snapshot, self.plan, self.result, row, self._names)
        misses, plan = self.result.misses, self.plan
        if int(misses.reason[row]) != Reason.RANK_DEPTH or plan.pay_rank == "title":
            return words
        card = rank_card(plan, self.result, int(misses.person[row]), int(misses.needed[row]))
        lacking = [f"{check.requirement} {check.actual} of {check.required}" for check in card.checks if not check.met]
        return f"{words}; short of {card.rank}: {', '.join(lacking)}" if lacking else words


def _largest_first(rows: range, amounts: Any, words: Callable[[int], str], more: str) -> Iterator[str]:
    values = np.abs(amounts[rows.start : rows.stop])
    order = np.argsort(-values, kind="stable")
    for place in order[:_TOLD].tolist():
        yield words(rows.start + place)
    if rest := order[_TOLD:].tolist():
        amount = sum(int(amounts[rows.start + place]) for place in rest)
        yield f"And {len(rest):,} more {more}, {from_minor(amount)} together"
