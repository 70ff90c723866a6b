"""How somebody's standing goes from the worker that keeps it to the process that is asked, with the plan's hash."""

from dataclasses import asdict
from typing import Any, Final

import numpy as np
import orjson

from app.engine.models import RANK_COLUMNS, Ranks
from app.plans.models import Plan
from app.runs.models import RankDecision
from app.runs.standings import Pay, Standing

_DTYPES: Final[dict[str, Any]] = {"active": np.bool_, "actuals": np.int64}
_BY_PERSON: Final = ("past", "actuals")
"""Columns with a row of their own for each period, or each measure."""


def written(standing: Standing | None) -> bytes:
    """A standing as JSON; of nobody `null`."""
    if standing is None:
        return b"null"
    ranks, decision, pay = standing.ranks, standing.decision, standing.pay
    return orjson.dumps(
        {
            "period": standing.period,
            "seq": standing.seq,
            "plan": standing.plan.hash,
            "enrolled": standing.enrolled,
            "ranks": {name: getattr(ranks, name).tolist() for name in RANK_COLUMNS},
            "measures": ranks.measures,
            "highest": standing.highest,
            "decision": None if decision is None else asdict(decision),
            "past": standing.past,
            "pay": None if pay is None else asdict(pay),
        }
    )


def said(content: bytes) -> dict[str, Any] | None:
    """What `written` wrote, read; `plan` is the hash of the plan that `standing` wants."""
    read: dict[str, Any] | None = orjson.loads(content)
    return read


def standing(said: dict[str, Any], plan: Plan) -> Standing:
    """The standing that was written."""
    decision, pay = said["decision"], said["pay"]
    return Standing(
        period=said["period"],
        run=None,
        seq=said["seq"],
        plan=plan,
        ranks=Ranks(measures=tuple(said["measures"]), **{name: _column(name, said["ranks"]) for name in RANK_COLUMNS}),
        highest=said["highest"],
        decision=None if decision is None else RankDecision(**decision),
        past=tuple((name, run) for name, run in said["past"]),
        pay=None if pay is None else _pay(pay),
        carried=None,
        enrolled=said["enrolled"],
    )


def _pay(said: dict[str, Any]) -> Pay:
    left, right = said["matched"]
    bonuses = tuple((name, amount) for name, amount in said["bonuses"])
    return Pay(**said | {"bonuses": bonuses, "matched": (left, right)})


def _column(name: str, columns: dict[str, list[Any]]) -> Any:
    column = np.array(columns[name], _DTYPES.get(name, np.int16))
    return column.reshape(-1, 1) if name in _BY_PERSON else column
