"""What `banyan import` says once a large company can be used, while the rest of its indexes fill."""

import time
from contextlib import ExitStack
from io import StringIO
from types import SimpleNamespace
from typing import Any, cast

import pytest
from rich.console import Console

from app.cli.data import _fill_indexes
from app.graph.errors import GraphUnavailableError
from app.imports.progress import Stages
from app.wiring import House

pytestmark = pytest.mark.anyio


class Graph:
    """Answers when it is asked to wait for its indexes, or does not."""

    def __init__(self, error: Exception | None = None) -> None:
        self._error = error

    async def run_admin(self, name: str, _params: Any, **_more: Any) -> list[Any]:
        assert name == "queries/graph/await_indexes"
        if self._error:
            raise self._error
        return []


async def told(graph: Graph) -> list[str]:
    said = StringIO()
    house = cast(House, SimpleNamespace(graph=graph))
    await _fill_indexes(Stages(Console(file=said, width=300)), time.monotonic(), ExitStack(), house)
    return said.getvalue().splitlines()


async def test_both_times_are_said() -> None:
    usable, filled = await told(Graph())
    assert usable.startswith("The company can be used, after 0 s.")
    assert filled == "All indexes are filled, after 0 s."


async def test_an_import_that_stands_does_not_fail_for_an_index_that_fills() -> None:
    _, later = await told(Graph(GraphUnavailableError("the graph did not answer")))
    assert later.startswith("The import is done, but names are not all indexed yet; the next server goes on.")
