"""The facts by which those below somebody who leaves, or moves alone, move up. They are written in one commit with the
termination or the move. Pure."""

from app.facts.commands import Move, Terminate, Vacate
from app.moves.models import FormerPlace, Frontline, Surroundings


def to_the_sponsor(terminate: Terminate, frontline: Frontline) -> list[Move]:
    """Everybody in the frontline goes to the sponsor when the one above leaves; where they came later, or the one above
    came to the sponsor later, right after that: nobody goes to a sponsor who was not the leaver's then."""
    return _to(frontline.sponsor_id, frontline, terminate.effective_at, came=frontline.sponsored_since)


def to_the_former_sponsor(move: Move, former: FormerPlace, frontline: Frontline) -> list[Move]:
    """Everybody in the frontline goes to the former sponsor when the one above moves; where they came later, right
    after that."""
    return _to(former.parent_id, frontline, move.effective_at, came=0)


def into_the_place(terminate: Terminate, around: Surroundings) -> list[Move | Vacate]:
    """The first of those directly below takes the place with everybody below them. Before that the
    others go below them, from the left: into the slot that they had if it is open, else into the first open one."""
    if not around.parent_id:
        return []
    tree, at = around.tree, _after(terminate.effective_at, max(around.since, around.changed_below_at))
    if not around.ids:
        return [Vacate(terminate.id, tree, None, at)]
    first, *_ = around.ids
    return [
        *_below_the_first(around, at),
        Vacate(terminate.id, tree, first, at),
        Move(first, tree, around.parent_id, around.slot, at, override=True),
    ]


def into_the_former_place(move: Move, former: FormerPlace, around: Surroundings) -> list[Move]:
    """The same of somebody who moves alone and is at the new place already, with those below."""
    if not around.ids:
        return []
    at = _after(move.effective_at, around.changed_below_at)
    goes = Move(around.ids[0], around.tree, former.parent_id, former.slot, at, override=True)
    return [*_below_the_first(around, at), goes]


def _to(sponsor_id: str, frontline: Frontline, effective_at: int | None, *, came: int) -> list[Move]:
    return [
        Move(id, "sponsor", sponsor_id, effective_at=_after(effective_at, max(since, came)), override=True)
        for id, since in zip(frontline.ids, frontline.since, strict=True)
    ]


def _below_the_first(around: Surroundings, at: int | None) -> list[Move]:
    first, *_ = around.ids
    others = sorted(zip(around.slots[1:], around.ids[1:], strict=True))
    return [Move(id, around.tree, first, slot, at, override=True, strategy="first_open") for slot, id in others]


def _after(effective_at: int | None, came: int) -> int | None:
    return None if effective_at is None else max(effective_at, came + 1)
