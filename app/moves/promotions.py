"""The facts by which those below somebody who leaves move up, written in one commit with the termination. Pure."""

from app.facts.commands import Move, Terminate, Vacate
from app.moves.models import Frontline, Surroundings


def to_the_sponsor(terminate: Terminate, frontline: Frontline) -> list[Move]:
    """Everybody in the frontline goes to the sponsor when the one above leaves; where they came later, or the one above
    came to the sponsor later, right after that: nobody goes to a sponsor who was not the leaver's then."""
    return [
        Move(
            id,
            "sponsor",
            frontline.sponsor_id,
            effective_at=_after(terminate, max(since, frontline.sponsored_since)),
            override=True,
        )
        for id, since in zip(frontline.ids, frontline.since, strict=True)
    ]


def into_the_place(terminate: Terminate, around: Surroundings) -> list[Move | Vacate]:
    """The first of those directly below takes the place with everybody below them. Before that the
    others go below them, from the left: into the slot that they had if it is open, else into the first open one."""
    if not around.parent_id:
        return []
    tree, at = around.tree, _after(terminate, around.changed_at)
    if not around.ids:
        return [Vacate(terminate.id, tree, None, at)]
    first, *_ = around.ids
    others = sorted(zip(around.slots[1:], around.ids[1:], strict=True))
    return [
        *(Move(id, tree, first, slot, at, override=True, or_below=True) for slot, id in others),
        Vacate(terminate.id, tree, first, at),
        Move(first, tree, around.parent_id, around.slot, at, override=True),
    ]


def _after(terminate: Terminate, came: int) -> int | None:
    return None if terminate.effective_at is None else max(terminate.effective_at, came + 1)
