"""The export over HTTP: its headers and formats, how it refuses, and what becomes of it when either side breaks off."""

import contextlib
import csv
import io

import pyarrow.parquet as pq
import pytest

from app.downlines.encoders import SCHEMA
from app.downlines.models import Asked
from app.downlines.schemas import ANSWER, MEDIA_TYPES
from app.downlines.service import AT_ONCE
from tests.api.conftest import Company, token
from tests.api.test_trees import expected

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(300)]
PATH = "/v1/distributors/{}/downline/export"


@pytest.mark.parametrize("tree", ["sponsor", "binary"])
async def test_the_answer_and_its_headers(standing: Company, tree: str) -> None:
    for top, depth in [("D1", 10_000), ("D1", 2), ("D2", 1), ("D8", 5)]:
        people = expected(tree, top, depth)
        answers = {
            name: await standing.get(PATH.format(top), params={"tree": tree, "depth": depth, "format": name})
            for name in MEDIA_TYPES
        }
        for name, answer in answers.items():
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-type"].partition(";")[0] == MEDIA_TYPES[name]
            assert answer.headers["content-disposition"] == f'attachment; filename="downline-{top}-{tree}.{name}"'
            assert answer.headers["row-count"] == str(len(people))
            assert answer.headers["as-of-seq"] == "8"
            assert answer.headers["as-of-at"].startswith("2026-04-15T12:00:00")
            assert (answer.headers["figures-as-of-seq"], answer.headers["figures-period"]) == ("8", "")
        lines = list(csv.DictReader(io.StringIO(answers["csv"].text)))
        assert [(line["id"], int(line["level"])) for line in lines] == people
        assert len(answers["ndjson"].text.splitlines()) == len(people)
        assert pq.read_table(io.BytesIO(answers["parquet"].content)).column("id").to_pylist() == [
            id for id, _ in people
        ]
    left_out = await standing.get(PATH.format("D1"))
    assert left_out.content == (await standing.get(f"{PATH.format('D1')}?format=ndjson&tree=sponsor&depth=9")).content


async def test_refusals_are_problems(standing: Company) -> None:
    for query in ("depth=0", "depth=10001", "format=xlsx", "tree=stack", "period=2026-13"):
        answer = await standing.get(f"{PATH.format('D1')}?{query}")
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-input"), query
    foreign = await standing.get(PATH.format("D3"), token("distributor", "D2"))
    assert (foreign.status_code, foreign.json()["type"]) == (404, "/problems/unknown-distributor")
    exports = standing.app.state.services.exports
    async with contextlib.AsyncExitStack() as taken:
        for _ in range(AT_ONCE):
            await taken.enter_async_context(exports.open(Asked("D1", "sponsor", 1, 0, "monthly", "ndjson")))
        busy = await standing.get(PATH.format("D1"))
    assert (busy.status_code, busy.json()["type"]) == (429, "/problems/too-many-exports")
    assert int(busy.headers["retry-after"]) > 0
    assert (await standing.get(PATH.format("D1"))).status_code == 200


async def test_a_spreadsheet_gets_no_formula(ugly: Company) -> None:
    names = ["=1+1", "+49", "-2", "@x", "'quoted", 'a "b", c', "plain"]
    for number, name in enumerate(names):
        await ugly.enrol(f"-N{number}", "D7", name=name)
    path = PATH.format("D7")
    lines = list(csv.DictReader(io.StringIO((await ugly.get(f"{path}?format=csv")).text)))
    assert [line["name"] for line in lines] == ["'=1+1", "'+49", "'-2", "'@x", "''quoted", 'a "b", c', "plain"]
    assert [line["id"] for line in lines] == [f"'-N{number}" for number in range(len(names))]
    assert [line["name"].removeprefix("'") for line in lines] == names, "one apostrophe less is the name again"
    table = pq.read_table(io.BytesIO((await ugly.get(f"{path}?format=parquet")).content))
    assert table.column("name").to_pylist() == names, "only CSV is opened in a spreadsheet unasked"


def test_the_documentation_shows_the_columns_there_are() -> None:
    header, line, _ = ANSWER["content"]["text/csv"]["example"].split("\r\n")
    assert header.split(",") == SCHEMA.names
    assert len(line.split(",")) == len(SCHEMA)
