"""How somebody's standing goes from the worker that keeps it to the process that is asked."""

from typing import Any, Final

import numpy as np
import orjson

from app.engine.models import RANK_COLUMNS, Ranks
from app.live.models import Earned, PastName, Standing

_DTYPES: Final[dict[str, Any]] = {"active": np.bool_, "actuals": np.int64}
_BY_PERSON: Final = ("past", "actuals")
"""Columns with a row of their own for each period, or each measure."""


def written(standing: Standing | None) -> bytes:
    """A standing as JSON; of nobody `null`."""
    if standing is None:
        return b"null"
    ranks = standing.ranks
    return orjson.dumps(
        {
            "seq": standing.seq,
            "enrolled": standing.enrolled,
            "plan_hash": standing.plan_hash,
            "ranks": {name: getattr(ranks, name).tolist() for name in RANK_COLUMNS},
            "measures": ranks.measures,
            "past": [list(each) for each in standing.past],
            "earned": None if standing.earned is None else list(standing.earned),
        }
    )


def read(content: bytes) -> Standing | None:
    """What `written` wrote."""
    said = orjson.loads(content)
    if said is None:
        return None
    earned = said["earned"]
    return Standing(
        source="live",
        seq=said["seq"],
        enrolled=said["enrolled"],
        plan_hash=said["plan_hash"],
        ranks=Ranks(measures=tuple(said["measures"]), **{name: _column(name, said["ranks"]) for name in RANK_COLUMNS}),
        past=tuple(PastName(*each) for each in said["past"]),
        earned=None if earned is None else Earned(earned[0], tuple(earned[1]), (earned[2][0], earned[2][1])),
    )


def _column(name: str, columns: dict[str, list[Any]]) -> Any:
    column = np.array(columns[name], _DTYPES.get(name, np.int16))
    return column.reshape(-1, 1) if name in _BY_PERSON else column
