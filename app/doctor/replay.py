"""Where everybody stands, and stood before, by the facts alone: what the edges must say.

Edges, mirrors and tallies can be wrong alike; only the facts are chained. Shares nothing with what writes edges.
"""

from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.doctor.models import MOST_SHOWN, Finding, Ints, Name
from app.facts.decide import DECIDED
from app.facts.history import FactsOfKind
from app.facts.text import instant_text
from app.volumes.edges import NEVER, Edges
from app.volumes.models import NOBODY, TREES, Tree

_LIVE: Final = ("parent", "slot", "valid_from", "seq_from")
_KINDS: Final = ("Enrol", "Place", "Move", "Vacate", "PastMove")
_NUMBERS: Final = ("seq", "valid_at", "ix", "parent_ix", "sponsor_ix", "slot", "since")
_TYPES: Final[dict[str, frozenset[type]]] = {
    **dict.fromkeys(_NUMBERS, frozenset({int})),
    **dict.fromkeys(
        ("sponsored_at", "placed_at", "matrix_parent_ix", "matrix_slot", "matrix_placed_at"),
        frozenset({int, type(None)}),
    ),
    "tree": frozenset({str}),
}


class Stay(NamedTuple):
    """A place somebody left, as its edge says it: since and until when, known from which fact and known as left from
    which, and the fact from which on it is known never to have been so."""

    parent: int
    slot: int
    valid_from: int
    valid_to: int
    seq_from: int
    seq_to: int
    void_seq: int = NEVER


class Places:
    """One tree by the facts read so far."""

    def __init__(self, people: int) -> None:
        self.live: dict[str, Ints] = {name: np.full(people, NOBODY, np.int64) for name in _LIVE}
        """By ix: parent, slot, since when, and the fact; all -1 for whoever has no place."""
        self.left: dict[int, list[Stay]] = {}
        """By ix of those who moved."""

    def begin(self, ix: Ints, columns: dict[str, Ints]) -> None:
        """Everybody's first places."""
        known = (ix >= 0) & (ix < len(self.live["parent"])) & (columns["parent"] != NOBODY)
        for name, values in columns.items():
            self.live[name][ix[known]] = values[known]

    def tell(self, ix: int, stay: Stay) -> None:
        """A place of a history that is taken over."""
        self.left.setdefault(ix, []).append(stay)

    def move(self, ix: int, parent: int, slot: int, *, at: int, seq: int) -> None:
        """To a place since `at`: what was said of the times after it is corrected."""
        if not 0 <= ix < len(self.live["parent"]):
            return
        stood, kept, since, told = (int(self.live[name][ix]) for name in _LIVE)
        was = Stay(stood, kept, valid_from=since, valid_to=at, seq_from=told, seq_to=seq)
        if at < was.valid_from:
            was = was._replace(valid_to=was.valid_from, void_seq=seq)
        self.left[ix] = [stay for before in self.left.get(ix, ()) for stay in _cut(before, at, seq)] + [was]
        for name, value in zip(_LIVE, (parent, slot, at, seq), strict=True):
            self.live[name][ix] = value

    def vacate(self, ix: int, *, at: int, seq: int) -> None:
        """To no place since `at`."""
        if 0 <= ix < len(self.live["parent"]):
            self.move(ix, NOBODY, NOBODY, at=at, seq=seq)
            for column in self.live.values():
                column[ix] = NOBODY

    def stand(self, ix: int, *place: int) -> None:
        """At a place once the one before was given up."""
        if 0 <= ix < len(self.live["parent"]):
            for name, value in zip(_LIVE, place, strict=True):
                self.live[name][ix] = value


def _cut(stay: Stay, at: int, seq: int) -> Iterator[Stay]:
    """What is known from fact `seq` on of a place left, when its owner stood elsewhere since `at`."""
    if stay.void_seq != NEVER or stay.valid_to <= at or stay.valid_to <= stay.valid_from:
        yield stay
        return
    yield stay._replace(void_seq=seq)
    if stay.valid_from < at:
        yield stay._replace(valid_to=at, seq_from=seq, seq_to=seq)


class Replay:
    """Follows the facts in their order, a page at a time."""

    def __init__(self, people: int) -> None:
        self.places: dict[Tree, Places] = {tree: Places(people) for tree in TREES}

    def read(self, page: list[FactsOfKind]) -> None:
        """A page; nobody moves before they have a place, and only who gave one up gets another. What is no fact any
        more, the chain names."""
        of_kind = {facts.kind: _columns(facts) for facts in page if facts.kind in _KINDS}
        if (enrolled := of_kind.get("Enrol")) is not None:
            self._begin("sponsor", enrolled, parent="sponsor_ix", since="sponsored_at")
            self._begin("binary", enrolled, parent="parent_ix", since="placed_at")
            seated = (enrolled["matrix_parent_ix"] != None) & (enrolled["matrix_slot"] != None)  # noqa: E711  by element
            seats = {name: column[seated] for name, column in enrolled.items()}
            self._begin(
                "matrix", seats | {"slot": seats["matrix_slot"]}, parent="matrix_parent_ix", since="matrix_placed_at"
            )
        told = [row for kind in ("Move", "Vacate", "PastMove") for row in _rows(kind, of_kind.get(kind))]
        if (placed := of_kind.get("Place")) is not None:
            vacated = {row["ix"] for kind, row in told if kind == "Vacate"}
            again = np.array([ix in vacated for ix in placed["ix"].tolist()], np.bool_)
            for tree in TREES[1:]:
                first = (placed["tree"] == tree) & ~again
                self._begin(tree, {name: column[first] for name, column in placed.items()})
            told += _rows("Place", {name: column[again] for name, column in placed.items()})
        for kind, row in sorted(told, key=lambda one: one[1]["seq"]):
            if row["tree"] in self.places:
                self._follow(kind, row, self.places[row["tree"]])

    @staticmethod
    def _follow(kind: str, row: dict[str, Any], places: Places) -> None:
        ix, at, seq = row["ix"], row["valid_at"], row["seq"]
        match kind:
            case "Move":
                places.move(ix, row["parent_ix"], row["slot"], at=at, seq=seq)
            case "Vacate":
                places.vacate(ix, at=at, seq=seq)
            case "Place":
                places.stand(ix, row["parent_ix"], row["slot"], at, seq)
            case _:
                places.tell(ix, Stay(row["parent_ix"], row["slot"], row["since"], at, seq, seq))

    def _begin(self, tree: Tree, facts: dict[str, NDArray[Any]], parent: str = "parent_ix", since: str = "") -> None:
        asked = facts[since] if since else np.full(len(facts["seq"]), None)
        begun = np.where(asked == None, facts["valid_at"], asked)  # noqa: E711  by element
        slots = facts["slot"] if tree != "sponsor" else np.zeros(len(asked), np.int64)
        columns = dict(zip(_LIVE, (facts[parent], slots, begun, facts["seq"]), strict=True))
        self.places[tree].begin(
            facts["ix"].astype(np.int64), {name: column.astype(np.int64) for name, column in columns.items()}
        )


def _columns(facts: FactsOfKind) -> dict[str, NDArray[Any]]:
    """The columns that say places, without the facts in which one of another type stands now."""
    decided = dict(zip(DECIDED[facts.kind], facts.decided, strict=True))
    columns = {"seq": facts.seq, "valid_at": facts.valid_at, **decided}
    arrays = {name: np.array(column, object) for name, column in columns.items() if name in _TYPES}
    whole = np.ones(len(facts), np.bool_)
    for name, column in arrays.items():
        if not set(map(type, column)) <= _TYPES[name]:
            whole &= [type(value) in _TYPES[name] for value in column]
    return {name: column[whole] for name, column in arrays.items()}


def _rows(kind: str, columns: dict[str, NDArray[Any]] | None) -> Iterator[tuple[str, dict[str, Any]]]:
    if columns:
        for row in zip(*columns.values(), strict=True):
            yield kind, dict(zip(columns, row, strict=True))


def check_places(tree: Tree, edges: Edges, places: Places) -> Iterator[Finding]:
    """Who stands, or stood, elsewhere by the edges than by the facts."""
    live = edges.live & (edges.child < len(places.live["parent"]))
    said = {name: np.full(len(told), NOBODY, np.int64) for name, told in places.live.items()}
    for name, column in said.items():
        column[edges.child[live]] = getattr(edges, name)[live]
    wrong = np.flatnonzero(np.any([said[name] != told for name, told in places.live.items()], axis=0))
    if wrong.size:
        shown = (partial(_elsewhere, tree, said, places.live, ix) for ix in wrong[:MOST_SHOWN].tolist())
        yield Finding(len(wrong), tuple(shown))
    stood = _left_by(edges)
    differ = sorted(
        ix for ix in stood.keys() | places.left.keys() if Counter(stood.get(ix)) != Counter(places.left.get(ix))
    )
    if differ:
        yield Finding(len(differ), tuple(partial(_stood_elsewhere, tree, ix) for ix in differ[:MOST_SHOWN]))


def _left_by(edges: Edges) -> dict[int, list[Stay]]:
    stood: dict[int, list[Stay]] = {}
    columns = [getattr(edges, name)[~edges.live].tolist() for name in ("child", *Stay._fields)]
    for ix, *stay in zip(*columns, strict=True):
        stood.setdefault(ix, []).append(Stay(*stay))
    return stood


def _elsewhere(tree: Tree, said: dict[str, Ints], told: dict[str, Ints], ix: int, name: Name) -> str:
    return f"{name(ix)} stands {_place(said, ix, name)} by the {tree} edge, {_place(told, ix, name)} by the facts"


def _stood_elsewhere(tree: Tree, ix: int, name: Name) -> str:
    return f"{name(ix)} stood elsewhere before, by the ended {tree} edges, than the facts say"


def _place(places: dict[str, Ints], ix: int, name: Name) -> str:
    parent, slot, since, seq = (int(places[column][ix]) for column in _LIVE)
    if parent == NOBODY:
        return "nowhere"
    seat = f"in slot {slot} of" if slot else "under"
    return f"{seat} {name(parent)} since {instant_text(since)} (fact {seq})"
