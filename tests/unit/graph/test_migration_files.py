"""Reading migration files, without a server."""

from pathlib import Path

import pytest

from app.graph.errors import MigrationError
from app.graph.migrations import read_migrations, side_by_side, split_statements


def test_statements_end_at_semicolons_outside_strings_and_comments() -> None:
    text = """// first; with a comment
    CREATE (n {a: 'x;y', b: "it\\"s;", `odd;name`: 1}); /* ; */
    // only a comment;
    CREATE (m) // trailing;
    ; ;
    """
    assert [" ".join(s.split()) for s in split_statements(text)] == [
        """CREATE (n {a: 'x;y', b: "it\\"s;", `odd;name`: 1})""",
        "CREATE (m)",
    ]


def test_files_come_in_order_of_their_numbers(tmp_path: Path) -> None:
    for name in ("V010__ten.cypher", "V002__two.cypher", "V1000__thousand.cypher"):
        (tmp_path / name).write_text("RETURN 1;")
    assert [m.version for m in read_migrations(tmp_path)] == [2, 10, 1000]


def test_line_ends_do_not_alter_a_checksum(tmp_path: Path) -> None:
    for folder, text in (("unix", b"RETURN 1;\n"), ("dos", b"RETURN 1;\r\n")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "V001__one.cypher").write_bytes(text)
    assert read_migrations(tmp_path / "unix")[0].checksum == read_migrations(tmp_path / "dos")[0].checksum


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ({}, "no migration in it"),
        ({"V1__short.cypher": "RETURN 1"}, "not of the form"),
        ({"V001__one.cypher": "// nothing;\n"}, "no statement in it"),
        ({"V001__one.cypher": "RETURN 1", "V0001__uno.cypher": "RETURN 1"}, "version 1 is taken by"),
    ],
)
def test_a_wrong_folder_is_told(files: dict[str, str], told: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(MigrationError, match=told):
        read_migrations(tmp_path)


def test_schema_is_made_side_by_side_by_label_and_data_one_after_the_other() -> None:
    fact = "CREATE CONSTRAINT a IF NOT EXISTS FOR (f:Fact) REQUIRE f.seq IS UNIQUE"
    edge = "CREATE INDEX b IF NOT EXISTS FOR ()-[r:SPONSORED_BY]-() ON (r.parent)"
    name = "CREATE FULLTEXT INDEX c IF NOT EXISTS FOR (f:Fact) ON EACH [f.id]"
    assert side_by_side([fact, edge, name]) == [(fact, name), (edge,)]
    data = "MERGE (h:Head {name: 'head'})"
    assert side_by_side([fact, data, edge]) == [(fact, data, edge)]
    [schema] = [migration for migration in read_migrations() if migration.name == "schema"]
    assert len(side_by_side(schema.statements)) > 5
