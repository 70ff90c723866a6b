"""The search for names while the index of names fills."""

from typing import Any, cast

import pytest

from app.graph import GraphDatabase
from app.people.models import NamesNotReadyError
from app.people.repository import PeopleRepository

pytestmark = pytest.mark.anyio


class Graph:
    """Answers as a server does whose index of names fills until it is asked for the last time."""

    def __init__(self, *states: str) -> None:
        self._states = list(states)
        self.asked: list[str] = []

    async def run_admin(self, name: str) -> list[dict[str, Any]]:
        self.asked.append(name)
        return [{"state": self._states.pop(0), "percent": 41.7}]

    async def read_one(self, name: str, _params: Any) -> None:
        self.asked.append(name)


async def test_a_search_is_refused_while_names_fill_and_asks_no_more_once_they_are_there() -> None:
    graph = Graph("POPULATING", "ONLINE")
    people = PeopleRepository(cast(GraphDatabase, graph))
    with pytest.raises(NamesNotReadyError, match=r"42 % so far"):
        await people.search(["Ann"], "ann*", None, 10)
    assert graph.asked == ["queries/people/index_of_names"]
    for _ in range(2):
        await people.search(["Ann"], "ann*", None, 10)
    assert graph.asked == ["queries/people/index_of_names"] * 2 + ["queries/people/search"] * 2
