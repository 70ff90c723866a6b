"""How the server would run each Cypher file: through indexes, with the columns its header declares.

`pytest tests/plans -rA` prints what each file allows itself, and why.
"""

import re
from collections.abc import Sequence

import pytest

from app.graph import GraphDatabase, Statement, StatementLibrary
from app.graph.plans import Explanation, Operator
from app.graph.procedures import FOLDER, dummy_parameters
from app.graph.statements import CYPHER_ROOT, parse_statement

pytestmark = pytest.mark.anyio

FORBIDDEN = frozenset(
    {
        "AllNodesScan",
        "NodeByLabelScan",
        "CartesianProduct",
        "UndirectedAllRelationshipsScan",
        "DirectedAllRelationshipsScan",
    }
    | {"UndirectedRelationshipTypeScan", "DirectedRelationshipTypeScan", "PartitionedAllNodesScan"}
)
SEEKS = frozenset(
    {
        "NodeUniqueIndexSeek",
        "NodeIndexSeek",
        "NodeIndexSeekByRange",
        "NodeUniqueIndexSeekByRange",
        "MultiNodeIndexSeek",
        "DirectedRelationshipIndexSeek",
        "DirectedRelationshipUniqueIndexSeek",
        "UndirectedRelationshipIndexSeek",
        "UndirectedRelationshipUniqueIndexSeek",
    }
)
# Each row of such a walk keeps its whole way, and every step is compared with all before it.
ENDLESS_WAYS = re.compile(r"\*(\d*\.\.)?\]|, \*\}")
# Leaves that bring no rows of the graph: what stands before the first seek.
EMPTY_LEAVES = frozenset({"Argument", "EmptyRow", "NullifyMetadata"})

LIBRARY = StatementLibrary.load(CYPHER_ROOT)
EXPLAINABLE = sorted(name for name, s in LIBRARY.items() if s.mode != "SCHEMA")


def brings_one_row_at_most(operator: Operator) -> bool:
    """Whether an operator yields one row or none: a unique seek by equality, a total, or what keeps their rows."""
    if operator.name in {"NodeUniqueIndexSeek", "NodeUniqueIndexSeek(Locking)"}:
        keys = re.search(r"\(([^)]*)\) WHERE", operator.details)
        return keys is not None and all(f"{key.strip()} = " in operator.details for key in keys.group(1).split(","))
    if operator.name == "EagerAggregation":
        return re.match(r"(collect|count|sum|min|max|avg)\(", operator.details) is not None
    if operator.name in {"Projection", "CacheProperties", "Filter", "Limit", "Top", "Apply", "CartesianProduct"}:
        return all(brings_one_row_at_most(child) for child in operator.children)
    return operator.name in {"Argument", "EmptyRow"}


def multiplies(operator: Operator) -> bool:
    """A product is harmless while one of its sides has one row at most; else it is the accident we look for."""
    return operator.name != "CartesianProduct" or not any(brings_one_row_at_most(side) for side in operator.children)


def keeps_endless_ways(operator: Operator) -> bool:
    """Whether an operator walks without an end, and not breadth first by people seen."""
    walks = operator.name.startswith(("VarLengthExpand", "Repeat")) and "Pruning" not in operator.name
    return walks and ENDLESS_WAYS.search(operator.details) is not None


def faults_of(statement: Statement, explanation: Explanation) -> list[str]:
    """What is wrong with a plan; an operator the header allows is no fault."""
    used = {o.name for o in explanation.operators() if multiplies(o)}
    found = sorted(used & FORBIDDEN - statement.plan_allows.keys())
    faults = [
        f"{statement.name} uses {name}: give it an index, or '// plan: allows {name} because …'" for name in found
    ]
    faults += [
        f"{statement.name} walks '{o.details}' by {o.name}, which takes depth x depth: take DISTINCT people at its end"
        for o in explanation.operators()
        if keeps_endless_ways(o)
    ]
    declared = tuple(f.name for f in statement.outputs)
    if explanation.columns != declared:
        faults.append(f"{statement.name} returns {list(explanation.columns)}, its header declares {list(declared)}")
    if ("w" in explanation.query_type) != (statement.mode == "WRITE"):
        faults.append(f"{statement.name} declares {statement.mode}, the server calls it '{explanation.query_type}'")
    unused = sorted(statement.plan_allows.keys() - used)
    if unused:
        faults.append(f"{statement.name} allows {unused} which its plan does not use; delete the line")
    if statement.name.startswith(FOLDER) and statement.mode == "READ" and explanation.plan:
        first = first_leaf(list(explanation.plan.leaves()))
        if first is None or first.name not in SEEKS | statement.plan_allows.keys():
            faults.append(f"{statement.name} begins with {first.name if first else 'nothing'}, not with an index seek")
    return faults


def first_leaf(leaves: Sequence[Operator]) -> Operator | None:
    """The first operator that brings rows of the graph."""
    return next((leaf for leaf in leaves if leaf.name not in EMPTY_LEAVES), None)


async def explained(graph: GraphDatabase, statement: Statement) -> Explanation:
    return await graph.explain(statement.text, dummy_parameters(statement.parameters), name=statement.name)


@pytest.mark.parametrize("name", EXPLAINABLE)
async def test_plan(migrated_graph: GraphDatabase, name: str) -> None:
    statement = LIBRARY[name]
    for operator, reason in statement.plan_allows.items():
        print(f"{name} allows {operator} because {reason}")
    assert faults_of(statement, await explained(migrated_graph, statement)) == []


# In parts: other tests of this server may have left more people than one transaction can delete.
SUDDEN_GONE = [
    "MATCH (d:Distributor) CALL (d) { DETACH DELETE d } IN TRANSACTIONS OF 1000 ROWS",
    "MATCH (f:Fact) WHERE f.seq >= 1000000 DELETE f",
]
OF_THE_WRITER = [name for name in EXPLAINABLE if name.startswith("queries/facts/")]


@pytest.fixture(scope="module")
async def sudden_company(migrated_graph: GraphDatabase) -> GraphDatabase:
    """People have come so suddenly that the server still takes its indexes for empty: to read one from end to end seems
    to cost as little as a seek, and the plan is kept for an hour."""
    await migrated_graph.run_script("empty", SUDDEN_GONE)
    await migrated_graph.run_script("sample the empty indexes", ["CALL db.prepareForReplanning(60)"])
    people = [
        "UNWIND range(0, 109) AS ix CREATE (:Distributor {ix: ix, id: 'P' + ix})",
        "UNWIND range(0, 109) AS ix CREATE (:Fact {seq: 1000000 + ix, key: 'new K' + ix, order_id: 'new O' + ix})",
        *(
            "UNWIND range(1, 109) AS ix MATCH (a:Distributor {ix: ix}) MATCH (b:Distributor {ix: ix - 1}) "
            f"CREATE (a)-[:{type} {{child: ix, parent: ix - 1, slot: 1}}]->(b)"
            for tree in ("SPONSORED_BY", "PLACED_UNDER", "SEATED_UNDER")
            for type in (tree, f"WAS_{tree}")
        ),
    ]
    await migrated_graph.run_script("people", [*people, "CALL db.clearQueryCaches()"])
    return migrated_graph


async def test_the_writer_seeks_though_the_indexes_seem_empty(sudden_company: GraphDatabase) -> None:
    scans = {
        f"{name}: {operator.name} {operator.details}"
        for name in OF_THE_WRITER
        for operator in (await explained(sudden_company, LIBRARY[name])).operators()
        if operator.name.endswith("IndexScan")
    }
    await sudden_company.run_script("empty", SUDDEN_GONE)
    assert scans == set()


PLANTED = [
    ("all nodes", "READ", "MATCH (nn) WHERE nn.x = 1 RETURN count(nn) AS total", "AllNodesScan"),
    ("label scan", "READ", "MATCH (dd:Distributor) WHERE dd.title = 'x' RETURN count(dd) AS total", "NodeByLabelScan"),
    (
        "product",
        "READ",
        "MATCH (aa:Distributor), (bb:Fact) WHERE aa.ix > 3 AND bb.seq > 3 RETURN count(*) AS total",
        "CartesianProduct",
    ),
    ("types", "READ", "MATCH ()-[rr:CUSTOMER_OF]->() WHERE rr.x = 1 RETURN sum(rr.x) AS total", "RelationshipTypeScan"),
    ("column", "READ", "MATCH (dd:Distributor {ix: 1}) RETURN count(dd) AS sum", "returns ['sum']"),
    ("mode", "READ", "MATCH (dd:Distributor {ix: 1}) SET dd.x = 1 RETURN 1 AS total", "the server calls it 'rw'"),
    ("needless", "WRITE", "MATCH (dd:Distributor {ix: 1}) RETURN 1 AS total", "declares WRITE"),
    (
        "endless way",
        "READ",
        "MATCH (dd:Distributor {ix: 1})-[up:PLACED_UNDER*1..]->() RETURN sum(last(up).slot) AS total",
        "walks '(dd)-[up:PLACED_UNDER*]->",
    ),
    ("endless", "READ", "MATCH (dd:Distributor {ix: 1})-[:PLACED_UNDER]->*(tt) RETURN count(tt) AS total", "walks '"),
    (
        "steps",
        "READ",
        "MATCH (dd:Distributor {ix: 1}) (()-[up:PLACED_UNDER]->())+ (tt) RETURN sum(size(up)) AS total",
        "walks '",
    ),
    ("no seek", "READ", "UNWIND range(1, 3) AS ii RETURN count(ii) AS total", "begins with"),
]


@pytest.mark.parametrize(("mode", "text", "told"), [p[1:] for p in PLANTED], ids=[p[0] for p in PLANTED])
async def test_a_planted_bad_plan_is_found(migrated_graph: GraphDatabase, mode: str, text: str, told: str) -> None:
    content = f"// name: planted\n// mode: {mode}\n// description: d\n// output: total :: INTEGER\n{text}\n"
    statement = parse_statement("procedures/planted", content, source="planted")
    faults = faults_of(statement, await explained(migrated_graph, statement))
    assert any(told in fault for fault in faults), faults


async def test_a_product_with_one_row_is_no_fault(migrated_graph: GraphDatabase) -> None:
    header = "// name: planted\n// mode: READ\n// description: d\n// output: total :: INTEGER\n"
    text = "MATCH (aa:Distributor {ix: 1}), (bb:Fact) WHERE bb.seq > 3 RETURN count(*) AS total"
    statement = parse_statement("queries/p/planted", f"{header}{text}", source="p")
    explanation = await explained(migrated_graph, statement)
    assert "CartesianProduct" in {o.name for o in explanation.operators()}
    assert faults_of(statement, explanation) == []


async def test_a_reason_in_the_header_allows_an_operator_only_where_it_is_used(migrated_graph: GraphDatabase) -> None:
    header = "// name: planted\n// mode: READ\n// description: d\n// output: total :: INTEGER\n"
    reason = "// plan: allows AllNodesScan because it counts everything\n"
    scan = parse_statement("queries/p/planted", f"{header}{reason}MATCH (nn:Nope)--() RETURN 1 AS total", source="p")
    assert "which its plan does not use" in str(faults_of(scan, await explained(migrated_graph, scan)))
    allowed = parse_statement(
        "queries/p/planted", f"{header}{reason}MATCH (nn) WHERE nn.x = 1 RETURN 1 AS total", source="p"
    )
    assert faults_of(allowed, await explained(migrated_graph, allowed)) == []


def reads_after_its_lock(explanation: Explanation) -> bool:
    """Whether all that a statement finds, but for the node that it locks, is found once that is counted."""
    counts = [o for o in explanation.operators() if o.name == "EagerAggregation"]
    counted = next((o for o in reversed(counts) if "SetProperty" in {below.name for below in o.walk()}), None)
    if counted is None or explanation.plan is None:
        return False
    lock, *later = explanation.plan.leaves()
    before = tuple(counted.walk())
    return "SetProperty" in {o.name for o in before} and lock in before and later != [] and not set(later) & set(before)


async def test_head_is_read_after_it_is_locked(migrated_graph: GraphDatabase) -> None:
    """Two writers took the same numbers when one statement read what it had found before it waited for the lock."""
    for name in ("take_head", "take_head_and_load_world", "take_head_and_load_newcomer"):
        assert reads_after_its_lock(await explained(migrated_graph, LIBRARY[f"queries/facts/{name}"])), name
    for planted in (
        "MATCH (h:Head {name: 'head'}) SET h.locks = 1 RETURN h.seq AS seq",
        "MATCH (h:Head {name: 'head'}) SET h.locks = 1 WITH h, count(*) AS taken RETURN h.seq AS seq",
        "MATCH (o:Head {name: 'head'}) MATCH (h:Head {name: 'head'}) SET o.locks = 1 WITH h, count(*) AS n RETURN n",
    ):
        assert not reads_after_its_lock(await migrated_graph.explain(planted)), planted
