"""The header of a Cypher file: what it says, and what is told when it is wrong."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from app.graph.errors import StatementError
from app.graph.statements import CYPHER_ROOT, StatementLibrary, parse_statement, used_parameters

GOOD = """// name: legs
// mode: READ
// description: the legs of a person,
//   heaviest first
// param: root_ix :: INTEGER …the person
// param: tree :: STRING = 'sponsor' which tree
// param: only :: LIST OF INTEGER = [] restrict to these
// param: since :: ZONED DATETIME = null from when
// output: ids :: LIST OF STRING ids in order
// output: heads :: INTEGER
// cost: O(legs); budget_ms: 250 (a wide frontline of 10,000)
// plan: allows CartesianProduct because both sides are one row

// A remark in the body with $nothing in it.
MATCH (d:Distributor {ix: $root_ix})
WHERE d.tree = $tree AND d.ix IN $only AND d.at > $since AND d.text <> '$quoted'
RETURN collect(d.id) AS ids, count(*) AS heads;
"""


def parse(text: str) -> object:
    return parse_statement("procedures/legs", text, source="legs.cypher")


def test_a_header_is_read_whole() -> None:
    statement = parse_statement("procedures/legs", GOOD, source="legs.cypher")
    assert (statement.mode, statement.budget_ms) == ("READ", 250)
    assert statement.description == "the legs of a person, heaviest first"
    assert [(p.name, p.type, p.required, p.default) for p in statement.parameters] == [
        ("root_ix", "INTEGER", True, None),
        ("tree", "STRING", False, "sponsor"),
        ("only", "LIST OF INTEGER", False, []),
        ("since", "ZONED DATETIME", False, None),
    ]
    assert statement.parameters[0].meaning == "the person"
    assert [(f.name, f.type) for f in statement.outputs] == [("ids", "LIST OF STRING"), ("heads", "INTEGER")]
    assert dict(statement.plan_allows) == {"CartesianProduct": "both sides are one row"}
    assert statement.text.startswith("MATCH")
    assert not statement.text.endswith(";")


@dataclass(frozen=True)
class Wrong:
    name: str
    old: str
    new: str
    told: str


WRONG = [
    Wrong("no name", "// name: legs\n", "", r"legs\.cypher:1: the header has no '// name:"),
    Wrong("other name", "// name: legs", "// name: arms", r"legs\.cypher:1: name is 'arms', the file is 'legs'"),
    Wrong("mode", "mode: READ", "mode: READS", r"legs\.cypher:2: mode is 'READS'"),
    Wrong("typo in a key", "// output: heads", "// outptu: heads", r"legs\.cypher:10: unknown header key 'outptu'"),
    Wrong("type", "INTEGER …the", "INTEGR …the", r"legs\.cypher:5: param 'root_ix :: INTEGR"),
    Wrong("bare list", "LIST OF STRING", "LIST STRING", r"legs\.cypher:9: output 'ids :: LIST STRING"),
    Wrong(
        "default", "= 'sponsor'", "= sponsor", r"legs\.cypher:6: the default in '= sponsor which tree' is not a literal"
    ),
    Wrong("one letter", "output: heads", "output: h", r"output 'h' needs at least two characters"),
    Wrong("twice", "output: heads", "output: ids", r"output \['ids'\] declared twice"),
    Wrong("unused", "d.tree = $tree AND ", "", r"legs\.cypher:15: parameters \['tree'\] are declared but"),
    Wrong("undeclared", "= $tree", "= $tree + $other", r"legs\.cypher:15: the text uses \['other'\]"),
    Wrong("budget without reason", " (a wide frontline of 10,000)", "", r"budget of 250 ms .* needs its reason"),
    Wrong("plan without reason", " because both sides are one row", "", r"legs\.cypher:12: plan is"),
    Wrong("no statement", GOOD[GOOD.index("MATCH") :], "", "no statement follows the header"),
]


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c.name)
def test_a_wrong_header_names_file_line_and_fault(case: Wrong) -> None:
    assert case.old in GOOD
    with pytest.raises(StatementError, match=case.told):
        parse(GOOD.replace(case.old, case.new, 1))


def test_parameters_in_strings_and_comments_do_not_count() -> None:
    assert used_parameters("RETURN $aa, '$bb', \"$cc\" // $dd\n/* $ee */, $`ff`") == {"aa", "ff"}


def test_binding_copies_defaults_and_refuses_the_rest() -> None:
    statement = parse_statement("procedures/legs", GOOD, source="legs.cypher")
    assert statement.bind({"root_ix": 3, "only": [1]}) == {"root_ix": 3, "tree": "sponsor", "only": [1], "since": None}
    with pytest.raises(StatementError, match=r"procedures/legs was called without \['root_ix'\]"):
        statement.bind(None)
    with pytest.raises(StatementError, match=r"called with \['root'\], it declares"):
        statement.bind({"root_ix": 3, "root": 3})


def test_a_library_names_statements_by_their_path(tmp_path: Path) -> None:
    (tmp_path / "queries" / "room").mkdir(parents=True)
    (tmp_path / "queries" / "room" / "legs.cypher").write_text(GOOD)
    library = StatementLibrary.load(tmp_path)
    assert list(library) == ["queries/room/legs"]
    with pytest.raises(StatementError, match="no statement 'legs'"):
        library["legs"]
    with pytest.raises(StatementError, match="no folder"):
        StatementLibrary.load(tmp_path / "nowhere")


def test_every_file_of_this_repository_parses() -> None:
    assert len(StatementLibrary.load(CYPHER_ROOT)) > 0


def test_a_text_may_name_another_one_that_stands_in_its_place() -> None:
    """As often as it is named, and in others that are named themselves; parameters are those of all of them."""
    header = "// name: {}\n// mode: READ\n// description: d\n// output: total :: INTEGER\n"
    others = {
        "a/seek": header.format("seek") + "// param: ix :: INTEGER\nMATCH (d {ix: $ix}) // statement: no\nRETURN d;\n",
        "a/twice": header.format("twice") + "CALL () {\n  // statement: a/seek\n}\nRETURN 1 AS total",
    }
    text = "CALL () {\n  // statement: a/twice\n}\nCALL () {\n  // statement: a/seek\n}\nRETURN 2 AS total"
    content = header.format("whole") + "// param: ix :: INTEGER\n" + text
    statement = parse_statement("a/whole", content, source="whole", others=others)
    seek = "MATCH (d {ix: $ix}) // statement: no\nRETURN d"
    assert statement.text == (
        f"CALL () {{\nCALL () {{\n{seek}\n}}\nRETURN 1 AS total\n}}\nCALL () {{\n{seek}\n}}\nRETURN 2 AS total"
    )
    with pytest.raises(StatementError, match=r"whole:6: there is no statement 'a/seek' whose text could stand here"):
        parse_statement("a/whole", content, source="whole", others={"a/twice": others["a/twice"]})
    with pytest.raises(StatementError, match=r"the text uses \['ix'\] which no"):
        parse_statement("a/whole", header.format("whole") + text, source="whole", others=others)


def test_a_part_stands_in_others_and_is_no_statement(tmp_path: Path) -> None:
    for folder in ("parts", "queries"):
        (tmp_path / folder).mkdir()
    (tmp_path / "parts" / "end.cypher").write_text("// Whatever stands before.\nRETURN total + $more AS total\n")
    header = "// name: sum\n// mode: READ\n// description: d\n// param: more :: INTEGER\n// output: total :: INTEGER\n"
    (tmp_path / "queries" / "sum.cypher").write_text(f"{header}WITH 1 AS total\n// statement: parts/end\n")
    library = StatementLibrary.load(tmp_path)
    assert list(library) == ["queries/sum"]
    assert library["queries/sum"].text == "WITH 1 AS total\nRETURN total + $more AS total"
