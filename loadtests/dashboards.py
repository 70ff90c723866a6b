"""What a start page costs, asked of the application in this process as whoever opens it asks, with Redis in use."""

import asyncio
import itertools
from typing import Any, Final

import httpx

from app.access.models import Role
from app.access.tokens import issue_token
from app.cache import CacheRefresher, RedisStore, open_store
from app.main import create_app
from app.trees.repository import TreeRepository
from app.trees.service import MAX_DEPTH, MAX_PAGE
from app.wiring import House, calculation_worker, nightly_previews, with_token_secret
from loadtests.company import Filled, Somebody
from loadtests.counting import Counting
from loadtests.rows import Row
from loadtests.timing import must_equal, stopwatch_async, timing_of

COLD: Final = "dashboard, cold"
CACHED: Final = "dashboard, cached"
UNCOUNTED: Final = 10
"""The first people fill what everybody shares: plans, prepared statements, connections."""
_HOLD_MS: Final = 3_600_000
Answer = dict[str, Any]


async def ask_dashboards(company: Filled) -> None:
    """Leaders and anybody in turn, nobody twice; then all of them once more, which is out of what was kept of them. The
    open month is previewed before, as it is by night."""
    house, asked = company.house, different_people(company.people, UNCOUNTED + company.calls)
    await preview(house)
    # A name for each company: what is kept of another one is not found.
    settings = with_token_secret(house.settings.model_copy(update={"company": f"bench-{company.people}"}))
    app = create_app(settings, company.endpoints, roll_up=False)
    async with (
        app.router.lifespan_context(app),
        open_store(company.endpoints.redis_url, settings.company, settings.redis) as store,
        _caller(app, settings.token_secret, settings.company) as client,
    ):
        await _in_use(store, house)
        for id in asked[:UNCOUNTED]:
            await _ask(client, id)
        for what in (COLD, CACHED):
            timed = [await stopwatch_async(_ask(client, id)) for id in asked[UNCOUNTED:]]
            answers = [answer for _, answer in timed]
            for answer in answers:
                await _must_be_right(company, answer)
            timing = timing_of([seconds for seconds, _ in timed])
            company.sheet.add(Row(what, timing.calls, timing.p50_ms, timing.p95_ms, words=_words(answers)))


def different_people(people: int, count: int) -> list[str]:
    """Leaders and anybody in turn; fewer in a small company."""
    somebody = Somebody(people)
    drawn = (draw() for draw in itertools.cycle((somebody.leader, somebody.anybody)))
    return list(dict.fromkeys(itertools.islice(drawn, 4 * count)))[:count]


async def preview(house: House) -> None:
    for _ in await nightly_previews(house, "00:00").ask():
        await calculation_worker(house).calculate_next(asyncio.Event())
    await Counting(house).catch_up()


def _caller(app: Any, secret: Any, company: str) -> httpx.AsyncClient:
    """Staff, who are told all of it."""
    bearer = issue_token(secret, company, Role.SUPPORT)
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://bench.test", headers=headers)


async def _in_use(store: RedisStore, house: House) -> None:
    """Say to the cache that all is counted, as an idle worker does."""
    trees = TreeRepository(house.graph)
    [counted] = await house.graph.read("queries/volumes/lag")

    async def numbers(ixs: Any) -> dict[int, list[int]]:
        return (await trees.numbers(ixs)).value

    seq = counted["cursor_seq"]
    await CacheRefresher(store, numbers, hold_ms=_HOLD_MS).refresh(seq, seq, (), {}, recorded_at=0)


async def _ask(client: httpx.AsyncClient, id: str) -> Answer:
    answer = await client.get(f"/v1/distributors/{id}/dashboard")
    answer.raise_for_status()
    told: Answer = answer.json()
    return told


async def _must_be_right(company: Filled, told: Answer) -> None:
    """Heads as counted, and the newest of small downlines as the list of these has them."""
    graph, id = company.house.graph, told["id"]
    [tally] = await graph.read("procedures/tally", {"id": id, "period": 0})
    heads = tally["sponsor_heads"]
    must_equal(f"people from {id} down", heads, told["sponsor"]["people"])
    if heads <= MAX_PAGE:
        [page] = await graph.read("procedures/downline_sponsor", {"id": id, "depth": MAX_DEPTH, "page": MAX_PAGE})
        last = sorted(zip(page["ixs"], page["ids"], strict=True), reverse=True)[:5]
        must_equal(
            f"the newest below {id}", [name for _, name in last], [one["id"] for one in told["newest"]["people"]]
        )


def _words(answers: list[Answer]) -> str:
    early = sum(not answer["newest"]["complete"] for answer in answers)
    paid = sum(answer["earnings"]["committed"] is not None for answer in answers)
    previewed = sum(answer["earnings"]["present"] is not None for answer in answers)
    return f"{paid} with a committed run, {previewed} with a preview; {early} searches for the newest ended early"
