"""The desk's two judges, without a server: what texts and plans they let pass, and what they refuse."""

import pytest

from app.errors import BanyanError
from app.graph.plans import Explanation, Operator
from app.graph.procedures import FOLDER
from app.graph.statements import CYPHER_ROOT, StatementLibrary
from app.support.guard import ASKING, RefusedQueryError, judge_plan, judge_text
from app.support.lexer import UnreadableQueryError, calls_in, has_computed_key, property_names, tokens_of
from app.support.values import MASK, present

USEFUL = [
    "MATCH (d:Distributor {id: $id})<-[:SPONSORED_BY]-(f) RETURN f.id AS id, f.status ORDER BY id LIMIT 10;",
    "match (d:Distributor) where d.status in ['active', 'suspended'] return count(*) // how many\n",
    "/* frontline */ OPTIONAL MATCH (d)-[r:PLACED_UNDER*1..3]->(p) RETURN [x IN nodes(p) | x.id][0..2] AS ids",
    "CALL custom.genealogy.legs_binary('D1', 202603)",
    "CALL custom.genealogy.upline_sponsor($id, -1) YIELD ids, levels_up RETURN ids[0], levels_up",
    "CALL db.labels() YIELD label RETURN label",
    "WITH datetime('2026-03-01T00:00:00Z') AS day MATCH (f:Fact) WHERE f.recorded_at > day RETURN count(f)",
    "RETURN duration.between(date('2026-01-01'), date('2026-02-01')) AS d, 'a;b -- CREATE' AS text, 1.5e3 + .5",
    "MATCH (d:Distributor) WITH d.region AS region, count(*) AS n WHERE n > 3 RETURN region, n, {total: n}",
    "MATCH (`odd label`:`Tally` {ix: 3}) RETURN `odd label`.`own_pv_0`",
    "UNWIND [1, 2, 3] AS x RETURN x, CASE WHEN x > 1 THEN [x] ELSE [0] END",
    "MATCH (p:Period) RETURN p AS name",
]


@pytest.mark.parametrize("query", USEFUL)
def test_useful_questions_pass(query: str) -> None:
    judge_text(query, masked=True)


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   // only a comment",
        ";",
        "MATCH (n) RETURN n; MATCH (n) DETACH DELETE n",
        "CREATE (x)",
        "EXPLAIN MATCH (n) RETURN n",
        "PROFILE MATCH (n) RETURN n",
        "CYPHER runtime=slotted MATCH (n) RETURN n",
        "USE system SHOW USERS",
        "SHOW USERS",
        "TERMINATE TRANSACTIONS 'neo4j-transaction-1'",
        "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "FOREACH (x IN [1] | CREATE ())",
        "/* hidden */ DROP CONSTRAINT fact_seq",
        "\ufeffMATCH (n) RETURN n",
        "MATCH (n) RETURN n\x00",
        "MATCH (n) /* never closed RETURN n",
        "RETURN 'never closed",
        "RETURN \\u0027 AS x",
        "RETURN 'ends \\u0027 CREATE (x) //' AS x",
        "CALL dbms.listConfig()",
        "CALL dbms . listConfig ()",
        "CALL `dbms`.`listConfig`()",
        "CALL\tapoc.load.json('file:///etc/passwd')",
        "CALL apoc.cypher.runWrite('CREATE (x)', {})",
        "CALL custom.genealogy.enrol('k', 'a', 'D1', null, 'N', '2026-03-01T00:00:00Z')",
        "CALL `custom`.`genealogy`.`Move`($key) YIELD state RETURN state",
        "MATCH (d:Distributor) CALL custom.genealogy . place(d.id, 'a', d.id, '') YIELD state RETURN state",
        "CALL custom.other.thing()",
        "CALL custom.genealogy_evil.thing()",
        "CALL db.index.fulltext.queryNodes('distributor_search', 'a*')",
        "RETURN apoc.create.uuid()",
        "RETURN apoc /* x */ . load // y\n . json('x')",
        "RETURN `apoc`.`convert`.`toJson`({})",
        "RETURN graph.propertiesByName('neo4j')",
        "RETURN genai.vector.encode('x', 'OpenAI', {})",
        "MATCH (d:Distributor) RETURN apoc.map.values(d, ['na' + 'me'])",
        "x" * 20_001,
    ],
)
def test_texts_that_do_more_than_read_are_refused(query: str) -> None:
    for masked in (True, False):
        with pytest.raises((RefusedQueryError, UnreadableQueryError)):
            judge_text(query, masked=masked)


def test_the_desk_knows_each_procedure_that_writes() -> None:
    library = StatementLibrary.load(CYPHER_ROOT)
    writes = {
        name.removeprefix(FOLDER) for name, one in library.items() if name.startswith(FOLDER) and one.mode != "READ"
    }
    assert set(ASKING) == writes
    for name in ASKING:
        with pytest.raises(
            RefusedQueryError, match=f"custom.genealogy.{name}' asks for a command; the desk only reads"
        ):
            judge_text(f"CALL custom.genealogy.{name}()", masked=False)
    judge_text("CALL custom.genealogy.answer('k') YIELD state RETURN state", masked=True)


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (d:Distributor) RETURN d.name",
        "MATCH (d:Distributor) RETURN d . `name` AS innocent",
        "MATCH (d:Distributor) RETURN d./* x */NAME",
        "MATCH (d:Distributor) WHERE d.name STARTS WITH 'A' RETURN d.id",
        "MATCH (d:Distributor {name: 'Ann'}) RETURN d.id",
        "MATCH (d:Distributor) RETURN d['na' + 'me']",
        "MATCH (d:Distributor) RETURN d[$key]",
        "MATCH (d:Distributor) RETURN properties(d)[keys(d)[0]]",
        "MATCH (d:Distributor) RETURN [k IN keys(d) | d[k]]",
        "MATCH (d:Distributor) RETURN {x: d}.x['name']",
        "MATCH (d:Distributor) RETURN d{.name}",
        "MATCH (f:Fact) RETURN substring(f.body, 10, 50)",
        "MATCH (d:Distributor) RETURN CASE WHEN true THEN d END['name']",
        "CALL custom.genealogy.downline_sponsor('D1', 3) YIELD names AS n RETURN n",
        "CALL custom.genealogy.downline_sponsor('D1', 3) YIELD ids, names RETURN *",
    ],
)
def test_personal_properties_are_closed_to_support_and_open_to_administrators(query: str) -> None:
    with pytest.raises(RefusedQueryError):
        judge_text(query, masked=True)
    judge_text(query, masked=False)


def plan(query_type: str = "r", *operators: tuple[str, str]) -> Explanation:
    node: Operator | None = None
    for name, details in reversed(operators or (("ProduceResults", ""),)):
        node = Operator(name, details, (node,) if node else ())
    return Explanation(query_type, ("x",), node)


def test_a_reading_plan_passes() -> None:
    judge_plan(plan("r", ("ProduceResults", ""), ("ProcedureCall", "custom.genealogy.tally($a, $b) :: (x :: INTEGER)")))
    judge_plan(plan("r", ("Expand(All)", ""), ("VarLengthExpand(Pruning,BFS)", ""), ("NodeUniqueIndexSeek", "")))


@pytest.mark.parametrize(
    "explanation",
    [
        plan("w"),
        plan("rw"),
        plan("s"),
        plan(""),
        Explanation("r", (), None),
        plan("r", ("ProduceResults", ""), ("LoadCSV", "line")),
        plan("r", ("TerminateTransactions", "")),
        plan("r", ("ShowSettings", "")),
        plan("r", ("AdministrationCommand", "")),
        plan("r", ("TransactionForeach", "")),
        plan("r", ("Filter", ""), ("SomethingNew", "")),
        plan("r", ("ProcedureCall", "dbms.listConfig($a) :: (name :: STRING)")),
        plan("r", ("ProcedureCall", "`custom.genealogy.x`.evil() :: ()")),
        plan("r", ("ProcedureCall", "")),
    ],
)
def test_a_plan_with_anything_unknown_is_refused(explanation: Explanation) -> None:
    with pytest.raises(RefusedQueryError):
        judge_plan(explanation)


def test_refusals_say_what_to_do() -> None:
    with pytest.raises(BanyanError, match="begins with one of MATCH"):
        judge_text("DELETE x", masked=False)
    with pytest.raises(BanyanError, match="LoadCSV"):
        judge_plan(plan("r", ("LoadCSV", "")))


def test_text_is_not_code() -> None:
    tokens = tokens_of("RETURN 'it\\'s d.name (apoc.load.json()' AS `odd ``name` // d.name\n, $`p`, 1..2")
    assert [(t.kind, t.value) for t in tokens if t.kind != "mark"] == [
        ("word", "RETURN"),
        ("text", ""),
        ("word", "AS"),
        ("quoted", "odd `name"),
        ("parameter", "$`p`"),
        ("number", "1"),
        ("number", "2"),
    ]
    assert not list(calls_in(tokens))
    assert "name" not in list(property_names(tokens))


def test_lists_are_not_mistaken_for_computed_keys() -> None:
    assert not has_computed_key(tokens_of("RETURN [x IN list WHERE x.id IN ['a'] | x][0], list[1..-1], list[..2]"))
    assert not has_computed_key(tokens_of("MATCH (a)-[r:X {n: 1}]->(b) RETURN [r]"))
    assert has_computed_key(tokens_of("RETURN list[i]"))


def test_results_are_covered_at_any_depth() -> None:
    node = {"labels": ["Distributor"], "properties": {"id": "D1", "name": "Ann", "owner": None}}
    rows = [[node, [{"deep": {"Name": "Bob"}}], ["Cyd"], float("nan"), b"\x00"]]
    columns = ("d", "list", "names", "number", "bytes")
    assert present(columns, rows, masked=True) == [
        [
            {"labels": ["Distributor"], "properties": {"id": "D1", "name": MASK, "owner": None}},
            [{"deep": {"Name": MASK}}],
            [MASK],
            None,
            "AA==",
        ]
    ]
    assert present(columns, rows, masked=False)[0][2] == ["Cyd"]
