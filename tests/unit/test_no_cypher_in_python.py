"""Cypher stands in cypher/ and migrations/, never in a Python string."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("app", "loadtests")

# Whole words in capitals, as Cypher is written here, or any case where the shape leaves no doubt.
CYPHER = re.compile(
    r"""
      \b(?:MATCH|MERGE|CREATE)\s*(?:\w+\s*=\s*)?\(        # a pattern follows
    | (?i:\b(?:match|merge|create)\s*\(\s*\w*\s*:\s*\w+)  # … with a label, in any case
    | \bUNWIND\s+[\$\[\w]
    | \bDETACH\s+DELETE\b
    | \bOPTIONAL\s+MATCH\b
    | \b(?:CREATE|DROP)\s+(?:CONSTRAINT|(?:RANGE\s+|TEXT\s+|POINT\s+|FULLTEXT\s+)?INDEX)\b
    | \bSHOW\s+(?:TRANSACTIONS|PROCEDURES|CONSTRAINTS|INDEXES|USERS|SETTINGS)\s+(?:YIELD|WHERE)\b
    | ^\s*RETURN\s+[\w\$\[{'"]
    | \bWITH\s+.+\bRETURN\s
    | (?i:\bcall\s+(?:\{|\(\s*\w*\s*\)|(?:db|dbms|apoc|custom|tx)\.))
    | ^\s*LOAD\s+CSV\b
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)

# (file, beginning of the string): why a string that looks like Cypher may stand there.
ALLOWED = {
    ("app/graph/procedures.py", "CALL "): "the call of an installed procedure is made from its file's header, by rule",
    ("app/support/schemas.py", "MATCH (d:Distributor {id: $id})"): "what a caller may send, shown in the API's docs",
}


def strings_of(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of every string constant that is no docstring; an f-string counts as one, its holes as `x`."""
    tree = ast.parse(source)
    skipped: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            skipped.add(id(node.value))  # a docstring, or the docstring of an attribute
        if isinstance(node, ast.JoinedStr):
            skipped.update(id(part) for part in ast.walk(node) if part is not node)
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.lineno, node.value
        elif isinstance(node, ast.JoinedStr):
            yield node.lineno, "".join(str(p.value) if isinstance(p, ast.Constant) else "x" for p in node.values)


def findings(source: str, file: str) -> list[str]:
    return [
        f"{file}:{line}: looks like Cypher, move it to cypher/: {text.strip()[:60]!r}"
        for line, text in strings_of(source)
        if CYPHER.search(text) and not any(file == f and text.startswith(start) for f, start in ALLOWED)
    ]


def test_no_cypher_stands_in_python() -> None:
    found = [
        finding
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        for finding in findings(path.read_text(encoding="utf-8"), path.relative_to(ROOT).as_posix())
    ]
    assert found == []


PLANTED = [
    'q = "MATCH (d:Distributor {ix: $ix}) RETURN d.id AS id"',
    "q = f'MERGE (h:Head {{name: {name!r}}})'",
    'q = "match (d:Distributor) return d"',
    'q = "UNWIND $rows AS row " + "SET x = 1"',
    'q = """\n    OPTIONAL MATCH p = (a)-->(b)\n    """',
    'run("CREATE CONSTRAINT x IF NOT EXISTS FOR (n:N) REQUIRE n.x IS UNIQUE")',
    'run("RETURN 1")',
    'run("CALL db.awaitIndexes(300)")',
    'run("CALL custom.genealogy.downline(1)")',
    'run("CALL () { x }")',
    "run('MATCH (n) ' 'DETACH DELETE n')",
    'run(f"CALL {prefix}{name}()", "MATCH p = (a) x")',
]
INNOCENT = [
    '"""MATCH (n) RETURN n in a docstring is prose."""',
    'raise E("no match (of 3) found; create (or merge) one")',
    'x = "Return 5 rows"',
    'x = "a call by hand"',
    'x = "SHOW PROCEDURES lists it"',
    'x = re.compile("^MATCH$")',
    'x = ["MATCH", "MERGE", "CREATE", "RETURN"]',
    'x = "CREATE"',
]


@pytest.mark.parametrize("source", PLANTED)
def test_the_detector_finds_planted_cypher(source: str) -> None:
    assert findings(source, "app/planted.py")


@pytest.mark.parametrize("source", INNOCENT)
def test_the_detector_leaves_prose_alone(source: str) -> None:
    assert findings(source, "app/planted.py") == []


def test_every_exception_is_still_needed() -> None:
    for (file, start), reason in ALLOWED.items():
        texts = [text for _, text in strings_of((ROOT / file).read_text(encoding="utf-8"))]
        assert any(text.startswith(start) for text in texts), f"{file} no longer has {start!r} ({reason})"
