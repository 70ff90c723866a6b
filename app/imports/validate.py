"""The whole check of an input: `plan_import` compares what was read with what is stored and decides what to write.

Pure: files are read before, stored values come in as a `Stored`. Every fault is found in one go; nothing is written
while there is one.
"""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from app.facts.commands import Command, Enrol, Explicit, Order, Place, Register, Return, Submission
from app.imports import sales, trees
from app.imports.files import Input
from app.imports.forest import depths
from app.imports.models import KINDS, FileCount, ImportPlan, Kind, Stored
from app.imports.trees import Checked, People

ACTOR: Final = "import"


def plan_import(read: Input, stored: Stored, now: int) -> ImportPlan:
    """What an input asks for, or what is wrong with it. `now` (epoch ms) is what no instant may lie after."""
    faults = read.faults
    if read.unusable:
        return ImportPlan([], (), faults.first(), faults.counts())
    people = trees.number_people(read, stored, sales.distributor_buyers(read))
    checked: dict[Kind, Checked] = {
        "distributors": trees.check_distributors(read, people, now),
        "placements": trees.check_placements(read, people, stored),
        "customers": sales.check_customers(read, people, stored, now),
        "orders": sales.check_orders(read, people, stored, now),
    }
    commands: list[Submission] = []
    if not faults:
        for kind in KINDS:
            commands += _COMMANDS[kind](checked[kind], people)
    return ImportPlan(
        commands=commands,
        files=tuple(_count(read, kind, checked[kind]) for kind in KINDS if read.tables[kind].file),
        bad_lines=faults.first(),
        bad_counts=faults.counts(),
    )


def _count(read: Input, kind: Kind, checked: Checked) -> FileCount:
    table, bad = read.tables[kind], read.faults.bad_count(kind)
    rows = len(table) + read.faults.unread(kind)
    unchanged = int((checked.unchanged & ~read.faults.bad_rows(kind)).sum())
    return FileCount(table.file, rows, rows - bad - unchanged, unchanged, bad)


def _submission(kind: str, id: str, command: Command) -> Submission:
    # The same row always has the same key, so that an import which is repeated is recognised.
    return Submission(f"import:{kind}:{id}", ACTOR, f"{kind} imported", command)


def _enrolments(checked: Checked, people: People) -> list[Submission]:
    """By date, sponsors before those who enrolled in the same millisecond."""
    values, who = checked.values, people.rows[0]
    new = np.flatnonzero(~checked.unchanged)
    order = np.lexsort((new, depths(people.sponsor)[who[new]], people.enrolled_at[who[new]])) if new.size else new
    return [
        _submission(
            "distributor",
            id := values["id"][row],
            Enrol(
                id=id,
                sponsor_id=values["sponsor"][row] or None,
                name=values["name"][row],
                owner=values["owner"][row],
                enrolled_at=values["enrolled_at"][row],
                status=values["status"][row],
                region=values["region"][row],
                title=values["title"][row],
            ),
        )
        for row in new[order].tolist()
    ]


def _placements(checked: Checked, people: People) -> list[Submission]:
    """Parents before children. A place holds from the enrolment on, the person's or the parent's, the later one."""
    values, names, enrolled_at = checked.values, people.names, people.enrolled_at
    new = np.flatnonzero(~checked.unchanged)
    new = new[np.argsort(values["depth"][new], kind="stable")]
    who, parent, slot = (values[column][new] for column in ("who", "parent", "slot"))
    since = np.maximum(enrolled_at[who], enrolled_at[parent])
    return [
        _submission("placement", names[person], Place(names[person], Explicit(names[above], side), at))
        for person, above, side, at in zip(who.tolist(), parent.tolist(), slot.tolist(), since.tolist(), strict=True)
    ]


def _registrations(checked: Checked, people: People) -> list[Submission]:
    values = checked.values
    return [
        _submission(
            "customer",
            id := values["id"][row],
            Register(id, values["name"][row], values["distributor"][row], values["registered_at"][row]),
        )
        for row in np.flatnonzero(~checked.unchanged).tolist()
    ]


def _orders(checked: Checked, people: People) -> list[Submission]:
    """Orders by instant, then returns by instant."""
    values = checked.values
    new = np.flatnonzero(~checked.unchanged)
    new = new[np.lexsort((new, values["placed_at"][new], values["is_return"][new]))]
    placed_at, is_return = values["placed_at"].tolist(), values["is_return"].tolist()
    return [
        _submission("return", values["id"][row], Return(values["id"][row], values["return_of"][row], placed_at[row]))
        if is_return[row]
        else _submission(
            "order",
            values["id"][row],
            Order(
                id=values["id"][row],
                buyer_id=values["buyer"][row],
                buyer_kind="customer" if values["buyer_kind"][row] == sales.CUSTOMER else "distributor",
                placed_at=placed_at[row],
                pv=values["pv"][row],
                cv=values["cv"][row],
            ),
        )
        for row in new.tolist()
    ]


_COMMANDS: Final[Mapping[Kind, Callable[[Checked, People], list[Submission]]]] = {
    "distributors": _enrolments,
    "placements": _placements,
    "customers": _registrations,
    "orders": _orders,
}
