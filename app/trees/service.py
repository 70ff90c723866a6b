"""Questions about the trees. Whether the caller may ask about a person is decided before (app/access)."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Final, TypeVar

from app.cache import Loaded, Served, ServedPage, SubtreeCache
from app.errors import InvalidInputError
from app.facts.calendars import MONTHLY
from app.runs.errors import NoRunError
from app.seats import Seats
from app.trees.cursors import START, Position, decode
from app.trees.errors import InvalidCursorError, TooManyCountsError, UnknownPersonError
from app.trees.models import (
    TREES,
    Ancestor,
    CommonUpline,
    Figures,
    Filters,
    FormerAncestor,
    FormerMember,
    FormerPage,
    FormerUpline,
    Leg,
    Legs,
    Level,
    Levels,
    Member,
    Page,
    Step,
    Tree,
    Way,
)
from app.trees.repository import TreeRepository

MAX_PAGE: Final = 1_000
MAX_DEPTH: Final = 10_000
MOST_SUMMED: Final = 100_000
AT_ONCE: Final = 4
"""Downlines counted or filtered at a time in a process: each may keep a core of the server busy for a second."""
_RETRY_AFTER_S: Final = 2
_FIRST_SLOT: Final = len(TREES)
_OWN_COLUMNS: Final = 5
"""The period, then own and customers' volumes."""
_SLOT_COLUMNS: Final = _OWN_COLUMNS + 2 * len(TREES)

Columns = dict[str, Any]
Found = TypeVar("Found")
Made = TypeVar("Made")


class TreeService:
    """Pages come from the cache where they are hot, else from the graph; figures are as of the page's as_of_seq."""

    def __init__(self, repository: TreeRepository, cache: SubtreeCache, *, at_once: int = AT_ONCE) -> None:
        self._repository = repository
        self._cache = cache
        self._seats = Seats(at_once, _busy)

    async def downline(
        self,
        tree: Tree,
        id: str,
        period: int,
        calendar: str = MONTHLY,
        *,
        depth: int = 5,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """People below `id` to `depth` levels, nearest first and by ix within a level, with figures of `period`.

        Later pages are of the tree as the first one found it.
        """
        _check_range("limit", limit, 1, MAX_PAGE)
        _check_range("depth", depth, 1, MAX_DEPTH)
        listed = f"downline/{tree}/{id}"
        after = decode(cursor, listed)

        async def load(whole: int | None) -> Loaded | None:
            return await self._repository.downline(tree, id, after, depth=depth, page=limit, whole=whole)

        shape = f"down.{depth}.{after.level}.{after.ix}.{limit}"
        numbered = calendar == MONTHLY
        found = await self._cache.structure(tree, id, shape, load, at=_at(after), numbered=numbered)
        return await self._page(listed, tree, (period, calendar), _known(id, found), limit)

    async def filtered_downline(
        self,
        tree: Tree,
        id: str,
        filters: Filters,
        period: int,
        calendar: str = MONTHLY,
        *,
        depth: int = 5,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page:
        """Those of `downline` whom filters let through, as they are when their page is read.

        A page ends where it is full, or where so many people were looked at. Raises TooManyCountsError when as many
        are under way as are answered at a time.
        """
        _check_range("limit", limit, 1, MAX_PAGE)
        _check_range("depth", depth, 1, MAX_DEPTH)
        listed = f"downline/{tree}/{id}/{filters}/{f'{calendar} {period}' if filters.weigh else ''}"
        after = decode(cursor, listed)
        asked = partial(self._repository.downline, tree, id, after, depth=depth, page=limit)
        async with self._seats.one():
            loaded = _known(id, await asked(filters=filters, period=period, calendar=calendar))
        if filters.ranks and not loaded.structure["run"]:
            raise NoRunError("No run was committed, so nobody has been paid by any rank yet.")
        served = ServedPage(loaded.structure, loaded.as_of_seq, loaded.seq)
        return await self._page(listed, tree, (period, calendar), served, limit)

    async def downline_as_of(
        self, tree: Tree, id: str, *, at: int, seq: int, depth: int = 5, cursor: str | None = None, limit: int = 50
    ) -> FormerPage:
        """Who stood below `id` at `at` (epoch ms), as known at fact `seq`; later pages know what the first did."""
        _check_range("limit", limit, 1, MAX_PAGE)
        _check_range("depth", depth, 1, MAX_DEPTH)
        listed = f"downline-as-of/{tree}/{id}/{at}"
        after = decode(cursor, listed)
        known = after.seq if cursor else seq
        if known > seq:
            raise InvalidCursorError("The cursor knows more than this question asks for; leave it out to begin here.")
        found = _known(
            id,
            await self._repository.downline_as_of(
                tree, id, at=at, seq=known, depth=depth, after_level=after.level, after_ix=after.ix, page=limit
            ),
        )
        members = _each(FormerMember, found, "ixs", "ids", "names", "levels", "parent_ids", "slots")
        more = found["more"] and members
        further = Position(known, members[-1].level, members[-1].ix).encode(listed) if more else None
        return FormerPage(members, found["enrolled"], further, known)

    async def children(
        self, tree: Tree, id: str, period: int, calendar: str = MONTHLY, *, cursor: str | None = None, limit: int = 50
    ) -> Page:
        """People directly below `id`, by ix: the frontline in the sponsor tree, else those in the slots.

        Later pages are of the tree as the first one found it.
        """
        _check_range("limit", limit, 1, MAX_PAGE)
        listed = f"children/{tree}/{id}"
        after = decode(cursor, listed)

        async def load(whole: int | None) -> Loaded | None:
            return await self._repository.frontline(tree, id, after, page=limit, whole=whole)

        shape, numbered = f"front.{after.ix}.{limit}", calendar == MONTHLY
        found = await self._cache.structure(tree, id, shape, load, at=_at(after), numbered=numbered)
        served = _known(id, found)
        columns = served.columns
        people = len(columns["ixs"])
        place = {"levels": [1] * people, "parent_ids": [id] * people}
        end = {"to_level": 1, "to_ix": columns["ixs"][-1] if people else after.ix}
        whole = replace(served, columns=columns | place | end)
        return await self._page(listed, tree, (period, calendar), whole, limit)

    async def upline(self, tree: Tree, id: str, levels: int = -1) -> tuple[Ancestor, ...]:
        """People above `id`, nearest first; `levels` -1 for all."""
        found = _known(id, await self._repository.upline(tree, id, levels))
        return _each(Ancestor, found, "ixs", "ids", "names", "statuses", "levels_up", "slots")

    async def upline_as_of(self, tree: Tree, id: str, *, at: int, seq: int, levels: int = MAX_DEPTH) -> FormerUpline:
        """Who stood above `id` at `at` (epoch ms), as known at fact `seq`, nearest first."""
        _check_range("levels", levels, 1, MAX_DEPTH)
        found = _known(id, await self._repository.upline_as_of(tree, id, at=at, seq=seq, levels=levels))
        return FormerUpline(
            _each(FormerAncestor, found, "ixs", "ids", "names", "levels_up", "slots"), found["enrolled"]
        )

    async def legs(self, tree: Tree, id: str, period: int, calendar: str = MONTHLY) -> Legs:
        """The legs of `id` with their heads and volumes of `period`."""
        found = _known(id, await self._repository.legs(tree, id, period, calendar))
        legs = _each(Leg, found, "ixs", "ids", "names", "statuses", "slots", "heads", "pvs", "cvs")
        return Legs(legs, found["as_of_seq"])

    async def is_in_downline(self, tree: Tree, id: str, top_id: str) -> bool:
        """Whether `id` is `top_id` or stands below; False for somebody who does not exist."""
        found = await self._repository.is_in_downline(tree, id, top_id)
        return found is not None and bool(found["inside"])

    async def path(self, tree: Tree, id: str, other_id: str) -> Way:
        """The way from `id` to `other_id` over their nearest common upline."""
        found = _both_known(id, other_id, await self._repository.path(tree, id, other_id))
        steps = _each(Step, found, "ixs", "ids", "names", "statuses", "slots")
        return Way(steps, found["turn"] if steps else None)

    async def common_upline(self, tree: Tree, id: str, other_id: str) -> CommonUpline | None:
        """The nearest person at or above both, who may be one of them; None when nobody stands above both."""
        found = _both_known(id, other_id, await self._repository.common_upline(tree, id, other_id))
        names = ("ix", "common_id", "name", "status", "distance", "other_distance")
        return CommonUpline(*(found[name] for name in names)) if found["common_id"] else None

    async def level_summary(
        self, tree: Tree, id: str, period: int, calendar: str = MONTHLY, *, depth: int = 10
    ) -> Levels:
        """How many people stand on each level below `id`, and their volumes of `period`.

        The level on which MOST_SUMMED people are reached is the last. Raises TooManyCountsError when as many are under
        way as are answered at a time.
        """
        _check_range("depth", depth, 1, MAX_DEPTH)
        async with self._seats.one():
            found = _known(
                id, await self._repository.level_summary(tree, id, period, calendar, depth=depth, most=MOST_SUMMED)
            )
        levels = _each(Level, found, "levels", "people", "actives", "pvs", "cvs")
        return Levels(levels, found["more"], found["as_of_seq"])

    async def _page(self, listed: str, tree: Tree, of_period: tuple[int, str], served: ServedPage, limit: int) -> Page:
        columns = served.columns
        period, calendar = of_period
        numbers: Served[dict[int, list[int]]] = Served({}, served.as_of_seq)
        if columns["ixs"] and calendar == MONTHLY:
            numbers = await self._cache.numbers(columns["ixs"], self._repository.numbers, served.numbers)
        elif columns["ixs"]:  # the cache keeps the figures of months alone
            numbers = await self._repository.numbers(columns["ixs"], calendar)
        members = tuple(
            Member(ix, id, name, status, level, parent or None, slot, sponsor or None, children, figures)
            for ix, id, name, status, level, parent, slot, sponsor, children, figures in zip(
                *(columns[name] for name in _MEMBER_COLUMNS),
                _figures(map(numbers.value.get, columns["ixs"]), tree, period),
                strict=True,
            )
        )
        further = (
            Position(served.seq, columns["to_level"], columns["to_ix"]).encode(listed) if columns["more"] else None
        )
        return Page(
            members,
            further,
            min(served.as_of_seq, numbers.as_of_seq),
            served.seq,
            stopped_early=further is not None and len(members) < limit,
            run=columns.get("run", ""),
        )


_MEMBER_COLUMNS: Final = (
    "ixs",
    "ids",
    "names",
    "statuses",
    "levels",
    "parent_ids",
    "slots",
    "sponsor_ids",
    "child_counts",
)


def _at(after: Position) -> int | None:
    """The fact as of which a page is asked for; None for the first page, which finds it."""
    return None if after == START else after.seq


def _busy() -> TooManyCountsError:
    return TooManyCountsError(
        "As many downlines as this service counts or filters at a time are under way; try again in a few seconds.",
        retry_after_s=_RETRY_AFTER_S,
    )


def _figures(rows: Iterable[list[int] | None], tree: Tree, period: int) -> list[Figures]:
    """The figures of one tree and period out of rows of queries/trees/numbers (without their ix)."""
    heads = TREES.index(tree)
    tag = _FIRST_SLOT + period % 2 * _SLOT_COLUMNS
    own, group = slice(tag + 1, tag + _OWN_COLUMNS), tag + _OWN_COLUMNS + 2 * heads
    groups = slice(group, group + 2)
    none = Figures()
    return [
        none if row is None
        else Figures(row[heads], *row[own], *row[groups]) if row[tag] == period
        else Figures(row[heads])
        for row in rows
    ]  # fmt: skip


def _each(of: Callable[..., Made], found: Columns, *names: str) -> tuple[Made, ...]:
    """One object a row, made of these columns in their order."""
    return tuple(of(*values) for values in zip(*(found[name] for name in names), strict=True))


def _known(id: str, found: Found | None) -> Found:
    if found is None:
        raise UnknownPersonError(f"There is no distributor {id!r}.", distributor=id)
    return found


def _both_known(id: str, other_id: str, found: Found | None) -> Found:
    if found is None:
        raise UnknownPersonError(f"Of {id!r} and {other_id!r} one is no distributor.", distributor=id, other=other_id)
    return found


def _check_range(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise InvalidInputError(f"{what} is {value}; it must lie between {least} and {most}.")
