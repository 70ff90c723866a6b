"""A new company as the files that `neo4j-admin database import` reads, one for each kind of node and edge."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from app.arrow import constant
from app.facts.bulk import FactColumns
from app.facts.calendars import PLACED
from app.facts.commands import Tree
from app.facts.decide import Chain
from app.facts.history import PastFact
from app.imports.columns import MISSING
from app.imports.commands import ACTOR
from app.imports.history import TREES
from app.imports.models import StoredPeriod
from app.imports.offline.company import Edges, NewCompany, PastEdges
from app.places.columns import matrix_spots_of, spots_of

ID, FROM, TO = ":ID", ":START_ID", ":END_ID"
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
Turns = Mapping[tuple[str, int], Sequence[int]]
"""By calendar and number of a period the facts that opened and closed it, in turns."""
LISTS: Final = frozenset({"turns", *(f"{tree}_levels_{slot}" for tree in TREES for slot in (0, 1))})
"""Columns of lists of integers, written as text with a semicolon between them."""
_APART, _QUOTE = "\t", "\x01"
"""Between values and around texts: characters that no checked text holds, so JSON is written as it is."""
_DIALECT: Final = ("--delimiter=TAB", "--quote=U+0001")
_ROWS_AT_ONCE: Final = 100_000
_EDGES: Final[Mapping[Tree, tuple[str, str]]] = {
    "sponsor": ("SPONSORED_BY", "WAS_SPONSORED_BY"),
    "binary": ("PLACED_UNDER", "WAS_PLACED_UNDER"),
    "matrix": ("SEATED_UNDER", "WAS_SEATED_UNDER"),
}
"""The live and the ended edges of each tree."""


class ImporterFile:
    """One file, written a table at a time; the first table's columns become its header, and others must have them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._header: list[str] = []
        self._file = path.open("wb")

    def write(self, columns: Mapping[str, Any]) -> None:
        named = {_header(name, values): _array(values) for name, values in columns.items()}
        if not self._header:
            self._header = list(named)
            self._file.write((_APART.join(self._header) + "\n").encode())
        elif named.keys() != set(self._header):
            raise RuntimeError(f"{self.path.name} has the columns {self._header}, then came {list(named)}")
        count = len(named[self._header[0]])
        for first in range(0, count, _ROWS_AT_ONCE):
            texts = [_text(named[name].slice(first, _ROWS_AT_ONCE)) for name in self._header]
            texts[-1] = pc.binary_join_element_wise(texts[-1], constant("\n"), constant(""))
            self._file.write(_data_of(pc.binary_join_element_wise(*texts, constant(_APART))).data)

    def close(self) -> None:
        self._file.close()


def _array(values: Any) -> Any:
    return pa.array(values) if isinstance(values, np.ndarray) else values


def _text(values: Any) -> Any:
    """As the importer reads it: nothing for null, quotes around what it would take for null or for several values."""
    if not pa.types.is_string(values.type):
        return pc.fill_null(values.cast(pa.string()), constant(""))
    if _holds_controls(values):
        quoted = pc.binary_join_element_wise(
            constant(_QUOTE), pc.replace_substring(values, _QUOTE, _QUOTE * 2), constant(_QUOTE), constant("")
        )
    elif values.null_count or pc.min(pc.binary_length(values)).as_py() == 0:
        quoted = pc.if_else(pc.equal(values, constant("")), constant(_QUOTE * 2), values)
    else:
        return values
    return pc.fill_null(quoted, constant(""))


def _holds_controls(texts: Any) -> bool:
    data = _data_of(texts)
    return bool(data.size) and int(data.min()) < ord(" ")


def _data_of(texts: Any) -> NDArray[np.uint8]:
    """The bytes of all texts, one after the other."""
    _, offsets, data = texts.buffers()
    first, last = np.frombuffer(offsets, np.int32)[[texts.offset, texts.offset + len(texts)]]
    return np.frombuffer(data or b"", np.uint8)[first:last]


def _header(name: str, values: Any) -> str:
    """`name:type`; the columns that only join nodes and edges keep their name."""
    if name.startswith(":"):
        return name
    if not isinstance(values, pa.Array) or not pa.types.is_string(values.type):
        return f"{name}:long"
    return f"{name}:{'long[]' if name in LISTS else 'string'}"


class CompanyFiles:
    """Writes the files of one new company into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[tuple[str, str], tuple[str, ImporterFile]] = {}

    def nodes(self, labels: str, columns: Mapping[str, Any], part: str = "") -> None:
        """Nodes with the same columns as others of their labels and part."""
        self._file("nodes", labels, part).write(columns)

    def edges(self, kind: str, columns: Mapping[str, Any]) -> None:
        self._file("relationships", kind).write(columns)

    def close(self) -> list[str]:
        """The importer's arguments, once every file is written."""
        for _, file in self._files.values():
            file.close()
        files = [f"--{option}={name}={file.path}" for (name, _), (option, file) in sorted(self._files.items())]
        return [*_DIALECT, *files]

    def _file(self, option: str, name: str, part: str = "") -> ImporterFile:
        if (name, part) not in self._files:
            path = self._folder / f"{name.replace(':', '-')}{part and f'-{part}'}.tsv"
            self._files[name, part] = (option, ImporterFile(path))
        return self._files[name, part][1]


def write_people(files: CompanyFiles, company: NewCompany) -> None:
    """Distributors with their trees, and customers."""
    rows = company.sequence.enrolments
    text = {name: company.column("distributors", name, rows) for name in ("id", "owner", "name", "status")}
    text["owner"] = pc.if_else(pc.equal(text["owner"], text["id"]), pa.scalar(None, pa.string()), text["owner"])
    text |= {name: company.column("distributors", name, rows) for name in ("region", "title")}
    held_until = company.column("distributors", "held_until", rows)
    terminations = company.terminations(rows)
    files.nodes(
        "Distributor",
        {
            f"{ID}(Distributor)": np.arange(company.people),
            "ix": np.arange(company.people),
            **text,
            "enrol_seq": company.sponsors.seq_from,
            "sponsor_ix": company.sponsors.parent,
            "parent_ix": company.binary.parent,
            "slot": company.binary.slot,
            **_kept_spots(company.binary),
            "enrolled_at": company.enrolled_at,
            **{name: company.column("distributors", name, rows) for name in ("preference", "held_for")},
            "held_until": pa.array(held_until, mask=held_until == MISSING),
            **terminations,
            "status_at": terminations["terminated_at"],
            **_seats(company),
        },
    )
    for tree, (live, ended) in _EDGES.items():
        _write_edges(files, live, company.edges_of(tree), slots=tree != "sponsor")
        of_tree = company.past.tree == TREES.index(tree)
        _write_past(files, ended, company.past, of_tree, slots=tree != "sponsor")
    _write_customers(files, company)


def _kept_spots(tree: Edges) -> dict[str, Any]:
    """What people keep about open slots; nobody is no property."""
    spots = spots_of(tree.parent, tree.slot)
    whom = ("run_top", "left_end", "right_end")
    columns = {name: pa.array(getattr(spots, name), mask=getattr(spots, name) < 0) for name in whom}
    return {**columns, "open_distance": spots.open_distance, "open_side": spots.open_side}


def _seats(company: NewCompany) -> dict[str, Any]:
    """What people keep of the matrix, if there is one: where they stand, and where the nearest open slot is if it is
    not an own one."""
    if (shape := company.found.begun.matrix) is None:
        return {}
    seats = company.matrix
    spots = matrix_spots_of(seats.parent, seats.slot, shape.width)
    columns = {
        "matrix_parent_ix": (seats.parent, seats.parent < 0),
        "matrix_slot": (seats.slot, seats.parent < 0),
        "matrix_open_distance": (spots.open_distance, spots.open_distance == 0),
        "matrix_open_slot": (spots.open_slot, spots.open_distance == 0),
    }
    return {name: pa.array(values, mask=absent) for name, (values, absent) in columns.items()}


def _write_edges(files: CompanyFiles, kind: str, edges: Edges, *, slots: bool) -> None:
    child = np.flatnonzero(edges.parent >= 0)
    if not child.size:
        return
    parent = edges.parent[child]
    columns = {f"{FROM}(Distributor)": child, f"{TO}(Distributor)": parent, "child": child, "parent": parent}
    columns |= {"slot": edges.slot[child]} if slots else {}
    files.edges(kind, columns | {"valid_from": edges.valid_from[child], "seq_from": edges.seq_from[child]})


def _write_past(files: CompanyFiles, kind: str, past: PastEdges, rows: NDArray[np.bool_], *, slots: bool) -> None:
    if not rows.any():
        return
    child, parent, seq = past.child[rows], past.parent[rows], past.seq[rows]
    columns = {f"{FROM}(Distributor)": child, f"{TO}(Distributor)": parent, "child": child, "parent": parent}
    columns |= {"slot": past.slot[rows]} if slots else {}
    columns |= {"valid_from": past.valid_from[rows], "valid_to": past.valid_to[rows]}
    files.edges(kind, columns | {"seq_from": seq, "seq_to": seq})


def _write_customers(files: CompanyFiles, company: NewCompany) -> None:
    rows = company.sequence.registrations
    if not rows.size:
        return
    number = np.arange(len(rows))
    first_seq = company.first_seq + company.sequence.structural
    columns = {name: company.column("customers", name, rows) for name in ("id", "name", "registered_at")}
    files.nodes("Customer", {f"{ID}(Customer)": number, **columns, "seq": first_seq + number})
    files.edges("CUSTOMER_OF", {f"{FROM}(Customer)": number, f"{TO}(Distributor)": company.registered_under})


def write_facts(files: CompanyFiles, facts: FactColumns, recorded_at: int) -> None:
    """Some facts of one kind."""
    count = len(facts)
    columns = {
        "seq": facts.seq,
        "key": facts.key,
        "actor": _same(ACTOR, count),
        "reason": _same(facts.reason, count),
        "valid_at": facts.valid_at,
        "recorded_at": np.full(count, recorded_at),
        "body": facts.body,
        "hash": facts.hash,
    }
    said = {name: of for name, of in facts.decided.items() if of is not None}
    decided = {name: _same(of, count) if isinstance(of, str) else of for name, of in said.items()}
    files.nodes(f"Fact:{facts.kind}", columns | decided)


def _same(text: str, count: int) -> Any:
    return pa.array([text]).take(np.zeros(count, np.int64))


def write_earlier(files: CompanyFiles, facts: Sequence[PastFact]) -> None:
    """What the graph held before: facts that opened and closed periods."""
    for fact in facts:
        columns = fact._asdict() | fact.decided
        del columns["decided"], columns["kind"]
        files.nodes(f"Fact:{fact.kind}", {name: _one(value) for name, value in columns.items()})


def write_periods(files: CompanyFiles, periods: Sequence[StoredPeriod], turns: Turns) -> None:
    """Every period of a calendar, with the facts that opened and closed it."""
    for period in periods:
        turned = turns[period.calendar, period.number]
        before = turned if len(turned) % 2 else turned[:-1]
        columns = {
            "calendar": period.calendar,
            "number": period.number,
            "name": period.name,
            "zone": period.zone,
            "state": "open" if period.open else "closed",
            "opened_seq": turned[0],
            "closed_seq": None if len(turned) % 2 else turned[-1],
            "turns": ";".join(map(str, before)) if len(before) > 1 else None,
            "starts_at": period.starts_at,
            "ends_at": period.ends_at,
            "grace_ends_at": period.grace_ends_at,
            "commission_date": None if period.commission_date == PLACED else period.commission_date,
        }
        files.nodes(
            "Period",
            {name: _one(value, integer=name in ("closed_seq", "grace_ends_at")) for name, value in columns.items()},
        )


def write_ends(files: CompanyFiles, chain: Chain, company: NewCompany) -> None:
    """Head at the end of the chain, and the roll-up's cursor beside it: the tallies hold every fact."""
    head = {"name": "head", "seq": chain.seq, "hash": chain.hash, "people": company.people}
    head["recorded_at"] = chain.recorded_at
    if (shape := company.found.begun.matrix) is not None:
        head |= {"matrix_width": shape.width, "matrix_depth": shape.depth}
    files.nodes("Head", {name: _one(value) for name, value in head.items()})
    cursor = {"name": "rollup", "seq": chain.seq, "epoch": 0, "holder": "", "lease_until": 0}
    cursor |= {f"{tree}_levels": depth for tree, depth in company.levels.items()}
    files.nodes("Cursor", {name: _one(value) for name, value in cursor.items()})


def _one(value: Any, *, integer: bool = False) -> Any:
    return pa.array([value], pa.int64() if integer or isinstance(value, int) else pa.string())
