"""A sound input as commands for the one writer, in an order in which each can be accepted."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from app.facts.commands import Command, Enrol, Explicit, Order, Place, Register, Return, Submission
from app.imports.sequence import Sequence
from app.imports.trees import Checked, People
from app.imports.validate import CheckedImport

ACTOR: Final = "import"
Ints = NDArray[np.int64]


def key_of(kind: str, id: str) -> str:
    """The same row always has the same key, so that an import which is repeated is recognised."""
    return f"import:{kind}:{id}"


def reason_of(kind: str) -> str:
    """What stands as the reason of an imported fact."""
    return f"{kind} imported"


def commands_of(found: CheckedImport, sequence: Sequence) -> list[Submission]:
    """Every new row as a command."""
    people, checked = found.people, found.checked
    return [
        *_enrolments(checked["distributors"], checked["placements"], people, sequence),
        *_placements(checked["placements"], people, sequence.placements),
        *_registrations(checked["customers"], sequence.registrations),
        *_sales(checked["orders"], sequence.sales),
    ]


def place_dates(people: People, who: Ints, parent: Ints) -> Ints:
    """A place holds from the enrolment on, the person's or the parent's, the later one."""
    return np.maximum(people.enrolled_at[who], people.enrolled_at[parent])


def _submission(kind: str, id: str, command: Command) -> Submission:
    return Submission(key_of(kind, id), ACTOR, reason_of(kind), command)


def _lists(checked: Checked, rows: Ints, *columns: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(checked.columns[column].take(rows).tolist() for column in columns), strict=True)


def _enrolments(distributors: Checked, placed: Checked, people: People, sequence: Sequence) -> list[Submission]:
    names, parent, slot = people.names, placed.columns["parent"], placed.columns["slot"]
    values = _lists(
        distributors, sequence.enrolments, "id", "sponsor", "name", "owner", "enrolled_at", "status", "region", "title"
    )
    return [
        _submission(
            "distributor",
            id,
            Enrol(
                id=id,
                sponsor_id=sponsor or None,
                name=name,
                owner=owner,
                enrolled_at=at,
                status=status,
                region=region,
                title=title,
                placement=None if row < 0 else Explicit(names[parent[row]], int(slot[row])),
            ),
        )
        for row, (id, sponsor, name, owner, at, status, region, title) in zip(
            sequence.enrolled_into.tolist(), values, strict=True
        )
    ]


def _placements(placed: Checked, people: People, rows: Ints) -> list[Submission]:
    names = people.names
    who, parent, slot = (placed.columns[column][rows] for column in ("who", "parent", "slot"))
    since = place_dates(people, who, parent)
    return [
        _submission("placement", names[person], Place(names[person], Explicit(names[above], side), at))
        for person, above, side, at in zip(who.tolist(), parent.tolist(), slot.tolist(), since.tolist(), strict=True)
    ]


def _registrations(customers: Checked, rows: Ints) -> list[Submission]:
    values = _lists(customers, rows, "id", "name", "distributor", "registered_at")
    return [_submission("customer", row[0], Register(*row)) for row in values]


def _sales(sales: Checked, rows: Ints) -> list[Submission]:
    values = _lists(sales, rows, "is_return", "id", "buyer", "buyer_kind", "return_of", "placed_at", "pv", "cv")
    return [
        _submission("return", id, Return(id, return_of, at))
        if is_return
        else _submission("order", id, Order(id, buyer, kind, at, pv, cv))
        for is_return, id, buyer, kind, return_of, at, pv, cv in values
    ]
