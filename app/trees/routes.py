"""Downline, children, upline, the way between two people, and levels."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from app.access.caller import Staff, TokenFirstRoute, seen_if_there, seen_other
from app.amounts import minor_text, to_minor
from app.clock import to_ms
from app.errors import InvalidInputError
from app.people.routes import NOT_MODIFIED, People
from app.periods.models import Period
from app.periods.routes import Periods
from app.periods.schemas import PeriodName as Name
from app.problems import problems
from app.trees.errors import PeriodOpenError
from app.trees.models import Filters, Member
from app.trees.schemas import (
    AncestorBody,
    ChildrenBody,
    CommonBody,
    CommonUplineBody,
    DownlineBody,
    FormerDownlineBody,
    FormerMemberBody,
    FormerUplineBody,
    LevelBody,
    LevelsBody,
    PathBody,
    StepBody,
    UplineBody,
)
from app.volumes.live import PeriodNotOpenError, of_period
from app.volumes.routes import CalendarName, Figures, Instants, PeriodName, Seen, TreeName, Trees
from app.volumes.schemas import LivePeriod, Status
from app.wire import AmountText, Instant, Text, amount, tagged, tagged_page

router = APIRouter(prefix="/v1/distributors/{distributor_id}", tags=["trees"], route_class=TokenFirstRoute)
Cursor = Annotated[str | None, Query(max_length=200, description="next_cursor of the page before")]
Other = Annotated[str, Depends(seen_other)]
SeenIfThere = Annotated[str, Depends(seen_if_there)]
_ANSWERS = {**problems(404, 409), **NOT_MODIFIED}
_MOST_CHOICES: Final = 50


async def filters(
    *,
    title: Annotated[list[Text] | None, Query(max_length=_MOST_CHOICES, description="Holding one of these now")] = None,
    rank: Annotated[
        list[Text] | None,
        Query(
            max_length=_MOST_CHOICES,
            description="Paid by one of these ranks by the newest committed run; who was paid nothing has none",
        ),
    ] = None,
    status: Annotated[list[Status] | None, Query(max_length=_MOST_CHOICES, description="With one of these now")] = None,
    region: Annotated[list[Text] | None, Query(max_length=_MOST_CHOICES, description="Of one of these now")] = None,
    personal_pv_from: Annotated[AmountText | None, Query(description="With at least this personal_pv")] = None,
    personal_pv_to: Annotated[AmountText | None, Query(description="With at most this personal_pv")] = None,
    group_pv_from: Annotated[AmountText | None, Query(description="With at least this group_pv")] = None,
    group_pv_to: Annotated[AmountText | None, Query(description="With at most this group_pv")] = None,
) -> Filters:
    """Who is let through: one of each list given, and within every bound, both ends included."""
    for name, least, most in (
        ("personal_pv", personal_pv_from, personal_pv_to),
        ("group_pv", group_pv_from, group_pv_to),
    ):
        if least is not None and most is not None and to_minor(least) > to_minor(most):
            raise InvalidInputError(f"{name}_from is {least} and {name}_to is {most}: no {name} lies between them.")
    bounds = (personal_pv_from, personal_pv_to, group_pv_from, group_pv_to)
    return Filters(_choice(title), _choice(rank), _choice(status), _choice(region), *map(_minor, bounds))


def _choice(words: list[str] | None) -> tuple[str, ...]:
    """The same however it was asked for."""
    return tuple(sorted(set(words or ())))


def _minor(bound: str | None) -> int | None:
    return None if bound is None else to_minor(bound)


@router.get(
    "/downline", response_model=DownlineBody, responses={**_ANSWERS, **problems(429)}, summary="Everybody below"
)
async def downline(
    *,
    request: Request,
    distributor_id: SeenIfThere,
    service: Trees,
    figures: Figures,
    instants: Instants,
    let_through: Annotated[Filters, Depends(filters)],
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    depth: Annotated[int, Query(ge=1, le=10_000, description="How many levels down")] = 5,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Cursor = None,
) -> Response:
    """People below with live figures, a page at a time: nearest level first, then in order of enrolment.

    Every page is of the tree as the first one found it. Of a list that filters make, a page may end before it is full,
    with `stopped_early` and a cursor.
    """
    chosen = await figures.period(period, calendar)
    if chosen is None and let_through.weigh:
        raise PeriodNotOpenError("No period is open, so there are no volumes to filter by.")
    asked: dict[str, Any] = {"depth": depth, "cursor": cursor, "limit": limit}
    if let_through.given:
        page = await service.filtered_downline(tree, distributor_id, let_through, *of_period(chosen), **asked)
    else:
        page = await service.downline(tree, distributor_id, *of_period(chosen), **asked)
    marks = await instants.each_at({page.seq, page.as_of_seq})
    body = {
        "id": distributor_id,
        "tree": tree,
        "period": _period(chosen),
        "members": [_member(member) for member in page.members],
        "next_cursor": page.next_cursor,
        "stopped_early": page.stopped_early,
        "ranks_of_run": page.run or None,
    }
    return tagged_page(request, body, tree_as_of=marks[page.seq], as_of=marks[page.as_of_seq])


@dataclass(frozen=True, slots=True)
class Moment:
    """When, and the last fact that was known; `period` when that is the end of one."""

    at: datetime
    seq: int
    period: str | None


async def moment(
    *,
    periods: Periods,
    instants: Instants,
    at: Annotated[Instant | None, Query(description="When they stood there")] = None,
    period: Annotated[Name | None, Query(description="At whose end, instead of `at`")] = None,
    known_at: Annotated[
        Instant | Literal["now"] | None,
        Query(description="As far as was known then; left out: now, and of a period when it was closed"),
    ] = None,
) -> Moment:
    """What `at` or `period` and `known_at` mean: a period as it was paid, when nothing else is said."""
    by = to_ms(known_at) if isinstance(known_at, datetime) else None
    if at is not None and period is None:
        return Moment(at, await instants.settled(by), None)
    if at is not None or period is None:
        raise InvalidInputError("Name an instant with at, or a period, and not both.")
    ended = await periods.get(period)
    if known_at is not None:
        seq = await instants.settled(by)
    elif ended.closed_seq is not None:
        seq = ended.closed_seq  # waits for nobody who writes
    else:
        raise PeriodOpenError(
            f"Period {ended.name} is open, so what counts in it is not settled; ask with known_at=now, or close it."
        )
    return Moment(ended.ends_at - timedelta(milliseconds=1), seq, ended.name)


@router.get("/downline/as-of", responses=problems(403, 404, 409), summary="Everybody below at an instant")
async def downline_as_of(
    *,
    distributor_id: Seen,
    _caller: Staff,
    service: Trees,
    instants: Instants,
    then: Annotated[Moment, Depends(moment)],
    tree: TreeName = "sponsor",
    depth: Annotated[int, Query(ge=1, le=10_000, description="How many levels down")] = 5,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Cursor = None,
) -> FormerDownlineBody:
    """Who stood below at an instant, or at a period's end, a page at a time: nearest level first, then in order of
    enrolment.

    What was written after `known_at` is left out, even what is dated earlier: the answer is the one of that day. Of a
    period it is the tree that a run of it is calculated from.
    """
    page = await service.downline_as_of(
        tree, distributor_id, at=to_ms(then.at), seq=then.seq, depth=depth, cursor=cursor, limit=limit
    )
    return FormerDownlineBody(
        id=distributor_id,
        tree=tree,
        at=then.at,
        period=then.period,
        enrolled=page.enrolled,
        members=[
            FormerMemberBody(id=one.id, name=one.name, level=one.level, parent_id=one.parent_id, slot=one.slot)
            for one in page.members
        ],
        next_cursor=page.next_cursor,
        as_of=await instants.at(page.seq),
    )


@router.get("/children", response_model=ChildrenBody, responses=_ANSWERS, summary="Those directly below")
async def children(
    *,
    request: Request,
    distributor_id: Seen,
    service: Trees,
    people: People,
    figures: Figures,
    instants: Instants,
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 50,
    cursor: Cursor = None,
) -> Response:
    """Those directly below, in order of enrolment, a page at a time, with live figures: what the explorer opens."""
    chosen = await figures.period(period, calendar)
    card, _ = await people.card(distributor_id)
    page = await service.children(tree, distributor_id, *of_period(chosen), cursor=cursor, limit=limit)
    marks = await instants.each_at({page.seq, page.as_of_seq})
    body = {
        "id": distributor_id,
        "tree": tree,
        "period": _period(chosen),
        "total": {"sponsor": card.sponsored, "binary": card.placed_below, "matrix": card.matrix_below}[tree],
        "children": [_member(member) for member in page.members],
        "next_cursor": page.next_cursor,
    }
    return tagged_page(request, body, tree_as_of=marks[page.seq], as_of=marks[page.as_of_seq])


@router.get("/upline", response_model=UplineBody, responses=_ANSWERS, summary="Everybody above")
async def upline(
    *,
    request: Request,
    distributor_id: Seen,
    service: Trees,
    instants: Instants,
    tree: TreeName = "sponsor",
    levels: Annotated[int, Query(ge=1, le=10_000, description="How many levels up")] = 10_000,
) -> Response:
    """Everybody above, nearest first, with id and name only. A distributor sees their own upline so, and nothing more
    of those people: asking about one of them is answered 404."""
    as_of = await instants.latest()
    found = await service.upline(tree, distributor_id, levels)
    body = UplineBody(
        id=distributor_id,
        tree=tree,
        upline=[AncestorBody(id=one.id, name=one.name, level=one.level, slot=one.slot) for one in found],
        as_of=as_of,
    )
    return tagged(request, body)


@router.get("/upline/as-of", responses=problems(403, 404, 409), summary="Everybody above at an instant")
async def upline_as_of(
    *,
    distributor_id: Seen,
    _caller: Staff,
    service: Trees,
    instants: Instants,
    then: Annotated[Moment, Depends(moment)],
    tree: TreeName = "sponsor",
    levels: Annotated[int, Query(ge=1, le=10_000, description="How many levels up")] = 10_000,
) -> FormerUplineBody:
    """Who stood above at an instant, or at a period's end, nearest first; `known_at` as of the downline then."""
    found = await service.upline_as_of(tree, distributor_id, at=to_ms(then.at), seq=then.seq, levels=levels)
    return FormerUplineBody(
        id=distributor_id,
        tree=tree,
        at=then.at,
        period=then.period,
        enrolled=found.enrolled,
        upline=[AncestorBody(id=one.id, name=one.name, level=one.level, slot=one.slot) for one in found.ancestors],
        as_of=await instants.at(then.seq),
    )


@router.get("/path", responses=problems(404), summary="The way to somebody else")
async def path(
    *, distributor_id: Seen, other: Other, service: Trees, instants: Instants, tree: TreeName = "sponsor"
) -> PathBody:
    """Everybody on the way from one person up to the nearest common upline and down to another, with id and name."""
    as_of = await instants.latest()
    way = await service.path(tree, distributor_id, other)
    return PathBody(
        id=distributor_id,
        other_id=other,
        tree=tree,
        steps=[StepBody(id=step.id, name=step.name, slot=step.slot) for step in way.steps],
        common_upline_id=None if way.turn is None else way.steps[way.turn].id,
        as_of=as_of,
    )


@router.get("/common-upline", responses=problems(404), summary="Who stands at or above both")
async def common_upline(
    *, distributor_id: Seen, other: Other, service: Trees, instants: Instants, tree: TreeName = "sponsor"
) -> CommonUplineBody:
    """The nearest person at or above two people, with id and name: one of them when the other stands below."""
    as_of = await instants.latest()
    found = await service.common_upline(tree, distributor_id, other)
    common = None
    if found is not None:
        common = CommonBody(id=found.id, name=found.name, distance=found.distance, other_distance=found.other_distance)
    return CommonUplineBody(id=distributor_id, other_id=other, tree=tree, common_upline=common, as_of=as_of)


@router.get("/levels", responses=problems(404, 409, 429), summary="People and volume by level")
async def levels(
    *,
    distributor_id: Seen,
    service: Trees,
    figures: Figures,
    instants: Instants,
    tree: TreeName = "sponsor",
    period: PeriodName = None,
    calendar: CalendarName = None,
    depth: Annotated[int, Query(ge=1, le=10_000, description="How many levels down")] = 10,
) -> LevelsBody:
    """How many people stand on each level below, how many of them are active, and what they and their customers buy.

    The level on which 100,000 people are reached is the last, and a level of more is left out; `more` says whether
    somebody stands below the last one.
    """
    chosen = await figures.period(period, calendar)
    found = await service.level_summary(tree, distributor_id, *of_period(chosen), depth=depth)
    return LevelsBody(
        id=distributor_id,
        tree=tree,
        period=LivePeriod.of(chosen),
        levels=[
            LevelBody(
                level=one.level,
                people=one.people,
                active=one.active,
                personal_pv=amount(one.pv),
                personal_cv=amount(one.cv),
            )
            for one in found.levels
        ],
        more=found.more,
        as_of=await instants.at(found.as_of_seq),
    )


def _member(member: Member) -> dict[str, Any]:
    """The members of a MemberBody, written out."""
    figures = member.figures
    return {
        "id": member.id,
        "name": member.name,
        "status": member.status,
        "level": member.level,
        "parent_id": member.parent_id,
        "slot": member.slot,
        "sponsor_id": member.sponsor_id,
        "child_count": member.child_count,
        "people": figures.heads,
        "personal_pv": minor_text(figures.own_pv + figures.customer_pv),
        "group_pv": minor_text(figures.group_pv),
    }


def _period(period: Period | None) -> dict[str, Any] | None:
    """A LivePeriod, written out."""
    body = LivePeriod.of(period)
    return None if body is None else body.model_dump(mode="json")
