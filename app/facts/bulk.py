"""Facts a column at a time: the same bytes as `decide` makes one by one, much faster.

Only for facts whose rules were checked before, as an import checks them. Columns are Arrow arrays of text or of
integers with nulls, NumPy arrays of integers, or one Python value for all rows.
"""

import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.arrow import constant
from app.facts.canonical import canonical_json
from app.facts.decide import Chain

Ints = NDArray[np.int64]
Column = Any
_AHEAD: Final = 2
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take


@dataclass(frozen=True, slots=True)
class Nested:
    """A column of objects; null where `present` is false."""

    columns: Mapping[str, Column]
    present: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Draft:
    """What facts of one kind say before they are numbered. `body` are the command's fields without its kind, `decided`
    the further columns of their nodes."""

    kind: str
    key: Any
    reason: str
    valid_at: Ints
    body: Mapping[str, Column]
    decided: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Json:
    """A column of canonical JSON."""

    texts: Any


@dataclass(frozen=True, slots=True)
class FactColumns:
    """Facts of one kind in the order of their numbers; `body` is the command as canonical JSON."""

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


@dataclass(frozen=True, slots=True)
class _Numbered:
    """A draft with its numbers and all that its hashes are over, but for the hash before each."""

    draft: Draft
    seq: Ints
    body: Any
    links: list[bytes]


class BulkChain:
    """Makes facts that follow each other; `chain` is where they begin and, as they are made, where they end."""

    def __init__(self, chain: Chain, actor: str, recorded_at: int) -> None:
        self.chain = Chain(chain.seq, chain.hash, max(recorded_at, chain.recorded_at))
        self.actor = actor

    def facts(self, drafts: Iterable[tuple[int, Callable[[], Draft]]]) -> Iterator[FactColumns]:
        """The facts of each draft, given how many it holds and what makes it.

        Some drafts are made ahead in threads: Arrow lets go of the interpreter while it writes texts. Only the chain
        itself is one hash after the other.
        """
        waiting: deque[Future[_Numbered]] = deque()
        first = self.chain.seq + 1
        with ThreadPoolExecutor(_AHEAD) as pool:
            for count, make in drafts:
                waiting.append(pool.submit(self._numbered, make, first))
                first += count
                if len(waiting) > _AHEAD:
                    yield self._chained(waiting.popleft().result())
            while waiting:
                yield self._chained(waiting.popleft().result())

    def _numbered(self, make: Callable[[], Draft], first: int) -> _Numbered:
        draft = make()
        count = len(draft.valid_at)
        seq = np.arange(first, first + count)
        body = json_rows({**draft.body, "kind": draft.kind}, count)
        said = (seq, draft.kind, draft.key, self.actor, draft.reason, draft.valid_at, self.chain.recorded_at)
        return _Numbered(draft, seq, body, links((*said, pa.array(hashes_of(body), pa.string())), draft.decided, count))

    def _chained(self, numbered: _Numbered) -> FactColumns:
        draft, hashes, previous = numbered.draft, [], self.chain.hash
        for rest in numbered.links:
            previous = link(previous, rest)
            hashes.append(previous)
        if hashes:
            self.chain = Chain(int(numbered.seq[-1]), previous, self.chain.recorded_at)
        return FactColumns(
            draft.kind,
            draft.reason,
            numbered.seq,
            draft.key,
            draft.valid_at,
            numbered.body,
            pa.array(hashes, pa.string()),
            draft.decided,
        )


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


def json_list(values: Any, bounds: Ints) -> Any:
    """Canonical JSON lists of runs of rows: row `bounds[n]` up to `bounds[n + 1]` make the list number n."""
    lists = pa.LargeListArray.from_arrays(pa.array(bounds, pa.int64()), values)
    return pc.binary_join_element_wise(constant("["), pc.binary_join(lists, ","), constant("]"), constant(""))


def _as_json(column: Column, count: int) -> Any:
    if isinstance(column, Nested):
        objects = json_rows(column.columns, count)
        return pc.if_else(pa.array(column.present), objects, constant("null"))
    if isinstance(column, Json):
        return column.texts
    if isinstance(column, np.ndarray):
        return _number(column)
    if isinstance(column, pa.Array):
        texts = column.cast(pa.string()) if pa.types.is_integer(column.type) else _quoted(column)
        return pc.fill_null(texts, constant("null")) if texts.null_count else texts
    return canonical_json(column)


_ESCAPES: Final = (("\\", "\\\\"), ('"', '\\"'))


def _quoted(texts: Any) -> Any:
    """JSON strings of printable texts, which need no other escapes than these two; null stays null."""
    for character, escaped in _ESCAPES:
        if _holds(texts, character):
            texts = pc.replace_substring(texts, character, escaped)
    return pc.binary_join_element_wise(constant('"'), texts, constant('"'), constant(""))


def _holds(texts: Any, character: str) -> bool:
    """Whether a character may be somewhere in these texts: looking is many times cheaper than replacing."""
    data = texts.buffers()[-1]
    return data is not None and bool((np.frombuffer(data, np.uint8) == ord(character)).any())


def _number(values: Ints) -> Any:
    return pa.array(values).cast(pa.string())


def _joined(pieces: list[Any], count: int) -> Any:
    """The pieces of each row as one text; those that are the same for all rows are joined once."""
    joined: list[Any] = [""]
    for piece in pieces:
        if isinstance(piece, str) and isinstance(joined[-1], str):
            joined[-1] += piece
        else:
            joined.append(piece)
    if len(joined) == 1:
        return pa.array(joined * count, pa.string())
    arrow = (constant(one) if isinstance(one, str) else one for one in joined)
    return pc.binary_join_element_wise(*arrow, constant(""))


def _bytes_of(texts: Any) -> list[bytes]:
    values: list[bytes] = texts.cast(pa.binary()).to_pylist()
    return values
