"""One spelling for every fact, so that a hash means something.

Canonical JSON: UTF-8, keys sorted, no spaces, integers only (no floats), so the same content gives the same bytes for
ever. A fact keeps its command as such a text and one `hash`, which chains it to the fact before it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_args

import orjson

from app.facts.calendars import PLACED
from app.facts.commands import Command, HoldingTank, MoveLimits, OpenPeriod, Placement, Return, SetMovePolicy

GENESIS_HASH = ""
"""What the first fact points back to."""


def canonical_json(value: Any) -> str:
    """Canonical JSON of plain data: dicts, lists, strings, integers, booleans and None."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()


def body_of(command: Command) -> str:
    """The command as canonical JSON; a nested placement carries the name of its strategy."""
    body: dict[str, Any] = {"kind": type(command).__name__, **values_of(command)}
    for name in ("placement", "matrix_placement"):
        placement = body.get(name)
        if placement is not None:
            body[name] = {"strategy": type(placement).__name__, **values_of(placement)}
    return canonical_json(body)


def policy_of(body: str) -> SetMovePolicy:
    """The policy that a fact's body tells."""
    said = orjson.loads(body)
    limits = (one | {"blackout_days": tuple(one["blackout_days"])} for one in said["limits"])
    return SetMovePolicy(said["zone"], tuple(MoveLimits(**one) for one in limits))


def values_of(of: Command | Placement | HoldingTank) -> dict[str, Any]:
    """What a command says, by field; what is nested stays as it is. A period that counts orders as usual does not say
    so, and nor does a return that is no cancellation."""
    said = {name: getattr(of, name) for name in _NAMES[type(of)]}
    if isinstance(of, OpenPeriod) and of.commission_date == PLACED:
        del said["commission_date"]
    if isinstance(of, Return) and not of.cancels:
        del said["cancels"]
    return said


_NAMES: Final = {
    kind: [field.name for field in fields(kind)] for kind in (*get_args(Command), *get_args(Placement), HoldingTank)
}


def sha256_hex(text: str) -> str:
    """SHA-256 of the UTF-8 bytes, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def chain_hash(
    previous: str,
    *,
    seq: int,
    kind: str,
    key: str,
    actor: str,
    reason: str,
    valid_at: int,
    recorded_at: int,
    body_hash: str,
    decided: Mapping[str, Any],
) -> str:
    """The hash of a fact: over everything it says and the hash of the fact before it.

    `decided` is hashed as the columns that the fact node carries, so a changed column breaks the chain."""
    content = [previous, seq, kind, key, actor, reason, valid_at, recorded_at, body_hash, decided]
    return sha256_hex(canonical_json(content))
