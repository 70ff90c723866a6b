"""Facts a column at a time: the same bytes as `decide` makes one by one, some hundred thousand a second.

Only for facts whose rules were checked before, as an import checks them. Columns are Arrow arrays of text or of
integers with nulls, NumPy arrays of integers, or one Python value for all rows.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.facts.canonical import canonical_json
from app.facts.decide import Chain

Ints = NDArray[np.int64]
Column = Any
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take


@dataclass(frozen=True, slots=True)
class Nested:
    """A column of objects; null where `present` is false."""

    columns: Mapping[str, Column]
    present: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class FactColumns:
    """Facts of one kind in the order of their numbers; `decided` are the further columns of their nodes."""

    kind: str
    reason: str
    seq: Ints
    key: Any
    valid_at: Ints
    body: Any
    hash: Any
    decided: Mapping[str, Column]

    def __len__(self) -> int:
        return len(self.seq)


class BulkChain:
    """Makes facts that follow each other; `chain` is where they begin and, as they are made, where they end."""

    def __init__(self, chain: Chain, actor: str, recorded_at: int) -> None:
        self.chain = Chain(chain.seq, chain.hash, max(recorded_at, chain.recorded_at))
        self.actor = actor

    def facts(
        self,
        kind: str,
        key: Any,
        *,
        reason: str,
        valid_at: Ints,
        body: Mapping[str, Column],
        decided: Mapping[str, Column],
    ) -> FactColumns:
        """The next facts. `body` are the command's fields without its kind."""
        count = len(valid_at)
        bodies = json_rows({**body, "kind": kind}, count)
        body_hash = pa.array(hashes_of(bodies), pa.string())
        seq = np.arange(self.chain.seq + 1, self.chain.seq + 1 + count)
        envelope = (seq, kind, key, self.actor, reason, valid_at, self.chain.recorded_at, body_hash)
        hashes = _chained(self.chain.hash, links(envelope, decided, count))
        if count:
            self.chain = Chain(int(seq[-1]), hashes[-1], self.chain.recorded_at)
        return FactColumns(kind, reason, seq, key, valid_at, bodies, pa.array(hashes, pa.string()), decided)


def hashes_of(texts: Any) -> list[str]:
    """SHA-256 of each text, as `sha256_hex` makes it."""
    return [hashlib.sha256(text).hexdigest() for text in _bytes_of(texts)]


def links(envelope: Sequence[Column], decided: Mapping[str, Column], count: int) -> list[bytes]:
    """What each fact's hash is over, without the hash before: `link(previous, rest)` is `chain_hash`.

    `envelope` are the seq, kind, key, actor, reason, valid_at, recorded_at and body_hash of each.
    """
    pieces: list[Any] = ['"']
    for column in envelope:
        pieces += [",", _as_json(column, count)]
    return _bytes_of(_joined([*pieces, ",", json_rows(decided, count), "]"], count))


def link(previous: str, rest: bytes) -> str:
    """The hash of a fact from the hash before it and what `links` says of it."""
    return hashlib.sha256(b'["' + previous.encode() + rest).hexdigest()


def json_rows(columns: Mapping[str, Column], count: int) -> Any:
    """Canonical JSON objects, one a row: what `canonical_json` makes of each row as a dict."""
    pieces: list[Any] = ["{"]
    for number, (name, column) in enumerate(sorted(columns.items())):
        pieces += ["," if number else "", f"{canonical_json(name)}:", _as_json(column, count)]
    return _joined([*pieces, "}"], count)


def _as_json(column: Column, count: int) -> Any:
    if isinstance(column, Nested):
        objects = json_rows(column.columns, count)
        return pc.if_else(pa.array(column.present), objects, "null")
    if isinstance(column, np.ndarray):
        return _number(column)
    if isinstance(column, pa.Array):
        texts = column.cast(pa.string()) if pa.types.is_integer(column.type) else _quoted(column)
        return pc.fill_null(texts, "null")
    return canonical_json(column)


_ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'))


def _quoted(texts: Any) -> Any:
    """JSON strings of printable texts, which need no other escapes than these two; null stays null."""
    for character, escaped in _ESCAPES:
        texts = pc.replace_substring(texts, character, escaped)
    return pc.binary_join_element_wise('"', texts, '"', "")


def _number(values: Ints) -> Any:
    return pa.array(values).cast(pa.string())


def _joined(pieces: list[Any], count: int) -> Any:
    if not any(isinstance(piece, pa.Array) for piece in pieces):
        return pa.array(["".join(pieces)] * count, pa.string())
    return pc.binary_join_element_wise(*pieces, "")


def _bytes_of(texts: Any) -> list[bytes]:
    values: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return values


def _chained(previous: str, rest: list[bytes]) -> list[str]:
    hashes = []
    for text in rest:
        previous = link(previous, text)
        hashes.append(previous)
    return hashes
