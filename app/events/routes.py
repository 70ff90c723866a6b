"""GET /v1/events, the same as a stream, and groups of consumers."""

from collections.abc import Collection
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header, Path, Query, Request, Response

from app.access.caller import Caller, TokenFirstRoute, Writer
from app.errors import InvalidInputError
from app.events.feed import EventFeed
from app.events.groups import EventGroups
from app.events.models import MOST_AT_ONCE, RANK_CHANGED, TYPES
from app.events.ranks import RankFeed
from app.events.schemas import EXAMPLE, NEW_RANK, EventBody, EventsAnswer, GroupAnswer, GroupBody, TurnAnswer, TurnBody
from app.events.service import EventService
from app.events.stream import MEDIA_TYPE, EventStreamResponse
from app.problems import problems

router = APIRouter(prefix="/v1", tags=["events"], route_class=TokenFirstRoute)
_SEQ: Final = 2**53
_KNOWN: Final = frozenset(TYPES.values())

After = Annotated[int | None, Query(ge=0, le=_SEQ, description="The event to go on after", examples=[1208])]
Types = Annotated[
    list[str] | None, Query(max_length=len(TYPES) + 1, description="Only events of these types; all when left out")
]
Name = Annotated[str, Path(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._-]+$", examples=["warehouse"])]


async def event_service(request: Request) -> EventService:
    answer: EventService = request.app.state.services.events
    return answer


async def event_feed(request: Request) -> EventFeed:
    answer: EventFeed = request.app.state.services.feed
    return answer


async def rank_feed(request: Request) -> RankFeed:
    answer: RankFeed = request.app.state.services.rank_feed
    return answer


async def event_groups(request: Request) -> EventGroups:
    answer: EventGroups = request.app.state.services.groups
    return answer


@router.get(
    "/events",
    responses=problems(409),
    summary="What happened, from any event on",
    description="A page of events in their order. The staff hears everything, a distributor what happens to themselves "
    "and to everybody below them. `next_after` is what to ask after next.",
)
async def events(
    caller: Caller,
    service: Annotated[EventService, Depends(event_service)],
    after: Annotated[int, Query(ge=0, le=_SEQ, description="The event to go on after; 0 begins with the first")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_AT_ONCE, description="So many events are looked at")] = 100,
    types: Types = None,
) -> EventsAnswer:
    page = await service.page(caller, after, limit, _types(types))
    return EventsAnswer(
        events=[EventBody.model_validate(event) for event in page.events], next_after=page.next_after, last=page.last
    )


@router.get(
    "/events/stream",
    response_class=Response,
    responses={
        **problems(409, 429),
        200: {
            "description": "Server-sent events: the number of the event as `id`, its type as `event`, the event as "
            "`data`. An `id` alone says where the stream is. `rank.changed` has no `id`: it is no event, and is told "
            "to whoever follows at the moment.",
            "content": {
                MEDIA_TYPE: {
                    "schema": {"type": "string"},
                    "example": f"id: 1209\nevent: order.placed\ndata: {EXAMPLE}\n\n"
                    f"event: {RANK_CHANGED}\ndata: {NEW_RANK}\n\n",
                }
            },
        },
    },
    summary="What happens, as it happens",
    description="Begins after `Last-Event-ID`, else after `after`, else now, and ends after fifteen minutes: come "
    "again with the last `id`, and no event is lost or told twice. New live ranks come between them; nothing is "
    "promised of these.",
)
async def stream(
    *,
    caller: Caller,
    service: Annotated[EventService, Depends(event_service)],
    feed: Annotated[EventFeed, Depends(event_feed)],
    ranks: Annotated[RankFeed, Depends(rank_feed)],
    after: After = None,
    types: Types = None,
    last_event_id: Annotated[
        str | None, Header(pattern=r"^[0-9]{1,16}$", description="The last `id` that was heard", examples=["1208"])
    ] = None,
) -> Response:
    begin = after if last_event_id is None else int(last_event_id)
    wanted = _types(types, {RANK_CHANGED})
    return EventStreamResponse(feed, ranks, service, caller, after=begin, types=wanted)


@router.put(
    "/event-groups/{group}",
    responses=problems(403, 409),
    summary="Begin a group of consumers, or have it go on from another event",
    description="Every event after `after` is given to one consumer of the group. Said again it begins anew from "
    "there: what was dealt out before comes again.",
)
async def begin_group(
    group: Name, body: GroupBody, _caller: Writer, groups: Annotated[EventGroups, Depends(event_groups)]
) -> GroupAnswer:
    await groups.begin(group, body.after)
    return GroupAnswer(group=group, done_to=body.after)


@router.put(
    "/event-groups/{group}/consumers/{consumer}",
    responses=problems(403, 404),
    summary="Tell what is done, and take what comes next",
    description="Each event is given to one consumer at a time, and to another when nothing is heard of it for thirty "
    "seconds; so it comes at least once, and its number tells whether it came before. Asking again without `done` "
    "gives the same events.",
)
async def take_turn(
    group: Name, consumer: Name, body: TurnBody, _caller: Writer, groups: Annotated[EventGroups, Depends(event_groups)]
) -> TurnAnswer:
    delivery = await groups.deliver(group, consumer, body.done, body.most)
    return TurnAnswer(events=[EventBody.model_validate(event) for event in delivery.events], done_to=delivery.done_to)


def _types(types: list[str] | None, more: Collection[str] = ()) -> frozenset[str]:
    wanted = frozenset(types or ())
    if unknown := sorted(wanted - _KNOWN.union(more)):
        raise InvalidInputError(f"There are no events of type {', '.join(unknown)}; docs/events.md has all types.")
    return wanted
