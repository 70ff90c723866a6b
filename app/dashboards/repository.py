"""The statements behind a dashboard."""

from typing import Any, Final

from app.cache import Loaded
from app.calculations.models import NIGHTLY
from app.clock import from_ms
from app.dashboards.models import Figures, Group, Runs, Volumes
from app.graph import GraphDatabase, Seen
from app.runs.standings import StoredRun
from app.trees.models import Leg

FEW: Final = 5_000
"""Up to so many people below somebody, all of them are looked at."""
LOOKED_AT: Final = 4_000
"""Else so many of the company's newest are."""
STEPS: Final = 200_000
"""Steps up from these, all together."""
_PREVIEWS_LOOKED_AT: Final = 100
_COUNTED_LATER: Final = 2
"""Times as many may stand below as the roll-up has counted."""


class DashboardRepository:
    def __init__(self, graph: GraphDatabase) -> None:
        self._graph = graph

    async def figures(self, id: str, period: int, calendar: str, legs: int) -> Figures | None:
        """A person with their volumes of a period and so many of their legs; None when there is no such person."""
        asked = {"id": id, "period": period, "slot": str(period % 2), "calendar": calendar, "most": legs}
        row = await self._graph.read_one("queries/dashboards/figures", asked)
        return None if row is None else _figures(row)

    async def runs(self, calendar: str, period: int) -> Runs:
        """The run that paid a calendar last, and the last nightly preview of a period of it."""
        asked = {"calendar": calendar, "period": period, "prefix": NIGHTLY, "looks": _PREVIEWS_LOOKED_AT}
        [row] = await self._graph.read("queries/dashboards/runs", asked)
        return Runs(*(None if row[name] is None else StoredRun(*row[name]) for name in Runs._fields))

    async def newest(self, id: str, most: int) -> Loaded | None:
        """Who was enrolled last below a person in the sponsor tree, with its structural version read before; None when
        there is no such person."""
        seen = Seen()
        reach = await self._graph.read_one("queries/dashboards/reach", {"id": id}, seen=seen)
        if reach is None:
            return None
        asked: dict[str, Any] = {"id": id, "most": most}
        if reach["heads"] <= FEW:
            name = "queries/dashboards/newest_below"
            asked["looks"] = _COUNTED_LATER * FEW
        else:
            name = "queries/dashboards/newest_of_company"
            asked |= {"people": reach["people"], "looks": LOOKED_AT, "steps": STEPS}
        page = await self._graph.read_one(name, asked, seen=seen)
        if page is None:
            return None
        return Loaded(reach["ix"], reach["version"], reach["as_of_seq"], reach["seq"], page, settled=page["complete"])


def _figures(row: dict[str, Any]) -> Figures:
    groups = {tree: Group(*row[tree]) for tree in ("sponsor", "binary")}
    return Figures(
        **row
        | groups
        | {
            "enrolled_at": from_ms(row["enrolled_at"]),
            "own": Volumes(*row["own"]),
            "customers": Volumes(*row["customers"]),
            "matrix": None if row["matrix"] is None else Group(*row["matrix"]),
            "legs": tuple(Leg(*leg) for leg in row["legs"]),
            "sides": tuple(Leg(*leg) for leg in row["sides"]),
        }
    )
