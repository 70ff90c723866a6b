"""The statements of the matrix are those of the binary tree in other words, so that neither is repaired alone."""

import re
from pathlib import Path

import pytest

from app.graph.statements import CYPHER_ROOT

OWN = {"find_place", "load_places", "open_slots"}
"""They look for slots, of which the matrix has others."""
WORDS = (
    ("WAS_SEATED_UNDER", "WAS_PLACED_UNDER"),
    ("SEATED_UNDER", "PLACED_UNDER"),
    ("child.matrix_parent_ix", "child.parent_ix"),
    ("child.matrix_slot", "child.slot"),
    ("one.matrix_slot", "one.slot"),
    ("coalesce(monthly.matrix_count, 1)", "monthly.binary_count"),
    ("$seats", "$places"),
    ("AS seats", "AS places"),
    ("$matrix_spots", "$spots"),
    ("AS matrix_spots", "AS spots"),
    ("matrix_", "binary_"),
    ("_matrix", "_binary"),
)


def statement(path: Path) -> str:
    """What is executed, without what differs on purpose: the tank is of the binary tree, and what the
    matrix does not count yet is one person with what is their own."""
    text = "\n".join(line for line in path.read_text().splitlines() if not line.startswith("//"))
    text = re.sub(r"coalesce\((t\.matrix_\w+|t\['matrix_\w+' \+ \$slot\]), [^()]*\)", r"\1", text)
    for matrix, binary in WORDS:
        text = text.replace(matrix, binary)
    text = text.replace("REMOVE child.held_until, child.held_for\n", "")
    heads = r"CASE WHEN monthly IS NULL THEN 0 ELSE monthly.binary_count END"
    return re.sub(rf"{heads}|coalesce\(monthly.binary_count, 0\)|monthly.binary_count", "heads", text)


def twins() -> list[tuple[Path, Path]]:
    matrix = [
        path for path in sorted(CYPHER_ROOT.rglob("*_matrix*.cypher")) if path.stem.removesuffix("_matrix") not in OWN
    ]
    return [(path, path.with_name(path.name.replace("matrix", "binary"))) for path in matrix]


def pairs() -> list[tuple[Path, Path]]:
    return [(matrix, binary) for matrix, binary in twins() if binary.exists()]


@pytest.mark.parametrize(("matrix", "binary"), pairs(), ids=lambda path: path.stem)
def test_what_is_said_of_one_tree_is_said_of_the_other(matrix: Path, binary: Path) -> None:
    assert statement(matrix) == statement(binary)


def test_who_left_a_slot_is_asked_alike() -> None:
    """Of what the writer loads around slots, the spots differ, and the rest does not."""
    matrix, binary = (
        statement(CYPHER_ROOT / f"queries/facts/load_places_{tree}.cypher").partition("CALL (parent_ix, slot) {")[2]
        for tree in ("matrix", "binary")
    )
    assert "WAS_PLACED_UNDER" in binary
    assert matrix == binary


def test_no_statement_of_the_binary_tree_is_without_its_twin() -> None:
    of_binary = {path.name.replace("binary", "matrix") for path in CYPHER_ROOT.rglob("*binary*.cypher")}
    assert of_binary <= {path.name for path in CYPHER_ROOT.rglob("*matrix*.cypher")}
    assert len(pairs()) >= 20
