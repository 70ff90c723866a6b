"""What was measured stands in the bench's JSON, with its machine: a figure in a text is wrong soon, unnoticed."""

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NUMBER = r"(?:\d[\d,.]*|two|three|four|five|ten|fifteen|twenty|fifty|a hundred)"
MEASURED = re.compile(
    rf"""
      \b{NUMBER}\ times\ (?:as\ |)(?:fast|slow)  # ten times as fast, ten times slower
    | \b\d[\d,.]*\ ?/s\b                              # 12,000/s
    | \b\d[\d,.]*\ (?:\w+\ )?(?:a|per)\ second\b      # 12,000 orders a second
    | \bmeasured\ at\b
    """,
    re.VERBOSE,
)
TOOK = re.compile(rf"\b{NUMBER}\s(?:s|ms|µs|seconds|minutes|MiB|GiB|database\shits)\b")
"""In a decision's record every time and size is one that was measured, or a limit, which is named here."""
LIMITS = {"120 s"}


def comments(path: Path) -> Iterator[str]:
    """Comments and docstrings of a module, or the header of a statement."""
    text = path.read_text()
    if path.suffix == ".cypher":
        yield from (line for line in text.splitlines() if line.startswith("//"))
        return
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT or (token.type == tokenize.STRING and token.string.startswith('"""')):
            yield " ".join(token.string.split())


def test_no_comment_tells_a_figure() -> None:
    files = [*sorted((ROOT / "app").rglob("*.py")), *sorted((ROOT / "cypher").rglob("*.cypher"))]
    assert len(files) > 300
    assert [(path.name, text) for path in files for text in comments(path) if MEASURED.search(text)] == []


def test_no_document_tells_a_figure() -> None:
    documents = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    found = [(path.name, hit[0]) for path in documents for hit in MEASURED.finditer(path.read_text())]
    decisions = [path for path in documents if path.parent.name == "adr"]
    assert len(decisions) > 10
    took = [(path.name, hit[0]) for path in decisions for hit in TOOK.finditer(path.read_text())]
    assert found + [one for one in took if one[1] not in LIMITS] == []


@pytest.mark.parametrize(
    "text",
    ["ten times as fast as one by one", "12,000 orders a second were", "at 400/s", "ten times slower", "5 per second"],
)
def test_figures_are_recognised(text: str) -> None:
    assert MEASURED.search(text)


@pytest.mark.parametrize(
    "text", ["60 s with it and 44 s without", "fifteen seconds for 400,000 nodes", "90,106 database\nhits"]
)
def test_times_are_recognised(text: str) -> None:
    assert TOOK.search(text)
