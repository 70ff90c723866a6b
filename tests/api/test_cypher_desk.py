"""The Cypher desk against a real server: every attack is refused, and nothing has changed afterwards."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

import pytest
import structlog

from app.access.models import Principal, Role
from app.errors import BanyanError
from app.graph import GraphDatabase
from app.graph.errors import QueryTimeoutError
from app.graph.procedures import ProcedureInstaller
from app.support.gateway import CypherDesk, Question, TooManyQueriesError
from app.support.values import MASK
from tests.api.conftest import Company, token

pytestmark = pytest.mark.anyio
PATH = "/v1/cypher"
AT = "2026-03-02T00:00:00Z"


async def ask(company: Company, query: str, role: str = "support", **more: Any) -> Any:
    body = {"query": query, "reason": "a test of the desk", **more}
    return await company.post(PATH, body, token(role))


async def everything(graph: GraphDatabase) -> str:
    """All nodes, edges, constraints, indexes and users, as text: read by the service's own login, past the desk."""
    looks = (
        "MATCH (n) RETURN labels(n) AS kind, properties(n) AS all ORDER BY elementId(n)",
        "MATCH ()-[r]->() RETURN type(r) AS kind, properties(r) AS all ORDER BY elementId(r)",
        "SHOW INDEXES YIELD name, owningConstraint",
        "SHOW USERS YIELD user, suspended",
    )
    seen = [(await graph.adhoc(look, timeout_s=30, max_rows=10_000, max_bytes=10**8)).rows for look in looks]
    return json.dumps(seen, default=str, sort_keys=True)


@dataclass(frozen=True)
class Attack:
    name: str
    query: str
    code: str = "refused-query"
    """The problem it is refused with; the desk's own refusal, not the luck of a server setting."""


ATTACKS = [
    Attack("file by LOAD CSV", "LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"),
    Attack("file by LOAD CSV behind a match", "MATCH (h:Head) LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line"),
    Attack("file by LOAD CSV in a subquery", "CALL { LOAD CSV FROM 'file:///etc/passwd' AS l RETURN l } RETURN l"),
    Attack("network by LOAD CSV", "WITH 1 AS x LOAD CSV FROM 'http://169.254.169.254/latest' AS line RETURN line"),
    Attack("network by LOAD CSV from a parameter", "WITH 1 AS x LOAD CSV FROM $url AS line RETURN line"),
    Attack("create", "MATCH (h:Head) CREATE (x:Evil) RETURN x"),
    Attack("merge", "WITH 1 AS x MERGE (e:Evil {id: x}) RETURN e"),
    Attack("set", "MATCH (d:Distributor) SET d.status = 'terminated' RETURN count(*)"),
    Attack("remove", "MATCH (d:Distributor) REMOVE d.sponsor_ix RETURN count(*)"),
    Attack("delete everything", "MATCH (n) DETACH DELETE n"),
    Attack("foreach", "MATCH (d:Distributor) FOREACH (x IN [1] | SET d.ix = -x)"),
    Attack("write in a subquery", "MATCH (h:Head) CALL (h) { SET h.seq = 0 RETURN 1 AS one } RETURN one"),
    Attack("write in transactions", "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 1 ROWS"),
    Attack("read in transactions", "MATCH (n) CALL (n) { RETURN n.seq AS s } IN TRANSACTIONS OF 1 ROWS RETURN s"),
    Attack("write in an existential subquery", "RETURN EXISTS { CREATE (x) } AS x", "invalid-query"),
    Attack("file by apoc.load.json", "CALL apoc.load.json('file:///etc/passwd') YIELD value RETURN value"),
    Attack("system by apoc", "CALL apoc.systemdb.execute('SHOW USERS') YIELD row RETURN row"),
    Attack(
        "write by apoc.cypher.runWrite", "CALL apoc.cypher.runWrite('CREATE (x:Evil)', {}) YIELD value RETURN value"
    ),
    Attack("write by apoc.cypher.doIt", "CALL apoc.cypher.doIt('CREATE (x:Evil)', {}) YIELD value RETURN value"),
    Attack("apoc in backticks", "CALL `apoc`.`cypher`.`doIt`('CREATE (x:Evil)', {}) YIELD value RETURN value"),
    Attack("job by apoc", "CALL apoc.periodic.submit('evil', 'CREATE (x:Evil)') YIELD name RETURN name"),
    Attack("log by apoc", "CALL apoc.log.info('noise')"),
    Attack(
        "install by apoc", "CALL apoc.custom.installProcedure('evil() :: (x :: INTEGER)', 'RETURN 1 AS x', 'neo4j')"
    ),
    Attack("enrol by our procedure", f"CALL custom.genealogy.enrol('k', 'evil', 'D9', 'D1', 'N', '{AT}')"),
    Attack("place by our procedure", f"CALL custom.genealogy.place('k', 'evil', 'D9', '{AT}', 'first_open')"),
    Attack("move by our procedure", "CALL custom.genealogy.move('k', 'evil', 'D9', 'sponsor', 'D1', 'why')"),
    Attack(
        "enrol in a subquery",
        f"UNWIND ['k'] AS k CALL (k) {{ CALL `custom`.genealogy.ENROL(k, 'evil', 'D9', 'D1', 'N', '{AT}') "
        "YIELD state RETURN state } RETURN state",
    ),
    Attack("function of apoc", "RETURN apoc.meta.cypher.type(1) AS x"),
    Attack("users", "SHOW USERS"),
    Attack("settings", "SHOW SETTINGS YIELD name, value RETURN name, value"),
    Attack("other people's queries", "SHOW TRANSACTIONS YIELD currentQuery RETURN currentQuery"),
    Attack("kill other people's queries", "TERMINATE TRANSACTIONS 'neo4j-transaction-1'"),
    Attack("change a password", "ALTER USER neo4j SET PASSWORD 'owned-by-evil'"),
    Attack("new user", "CREATE USER evil SET PASSWORD 'evil-evil-evil'"),
    Attack("drop a constraint", "DROP CONSTRAINT fact_seq"),
    Attack("drop an index behind a comment", "/* MATCH */ DROP INDEX run_period"),
    Attack("system database", "USE system SHOW USERS"),
    Attack("system database in a subquery", "CALL { USE system MATCH (n) RETURN n } RETURN n", "invalid-query"),
    Attack("configuration", "CALL dbms.listConfig() YIELD name, value RETURN name, value"),
    Attack("pools", "CALL dbms.listPools()"),
    Attack("drop plans", "CALL db.clearQueryCaches()"),
    Attack("names of everybody by full text", "CALL db.index.fulltext.queryNodes('distributor_search', 'n*')"),
    Attack("explain before a write", "EXPLAIN MATCH (n) DETACH DELETE n"),
    Attack("profile runs what it shows", "PROFILE MATCH (n) DETACH DELETE n"),
    Attack("profile of a read", "PROFILE MATCH (n) RETURN n"),
    Attack("options before a write", "CYPHER runtime=slotted MATCH (n) DETACH DELETE n"),
    Attack("two statements", "MATCH (n) RETURN n; MATCH (n) DETACH DELETE n"),
    Attack("a statement behind a comment", "MATCH (n) RETURN n // harmless\n; MATCH (n) DETACH DELETE n"),
    Attack(
        "a string ended by an escape", "RETURN '\\u0027 AS x MATCH (n) DETACH DELETE n //' AS x", "unreadable-query"
    ),
    Attack("a keyword by escapes", "MATCH (n) \\u0044ETACH DELETE n", "unreadable-query"),
    Attack("a doubled backslash before u", "RETURN '\\\\u0027' AS x", "unreadable-query"),
    Attack("letters that look like others", "\u041c\u0410\u0422\u0421\u041d (n) DETACH DELETE n"),
    Attack("an invisible space", "MATCH (n) DETACH\u200b DELETE n", "unreadable-query"),
    Attack("full-width letters", "\uff2d\uff21\uff34\uff23\uff28 (n) DETACH DELETE n"),
]


async def test_attacks_are_refused_and_change_nothing(company: Company, graph: GraphDatabase) -> None:
    await company.enrol("D1", None)
    before = await everything(graph)
    got_through: list[str] = []
    for attack in ATTACKS:
        for role in ("admin", "support"):
            answer = await ask(company, attack.query, role, parameters={"url": "file:///etc/passwd"})
            refused = answer.status_code in (403, 422) and answer.json()["type"] == f"/problems/{attack.code}"
            if not refused or "root:" in answer.text:
                got_through.append(f"{attack.name} by {role}: {answer.status_code} {answer.text[:300]}")
        if (now := await everything(graph)) != before:
            got_through.append(f"{attack.name} changed something")
            before = now
    assert not got_through, "\n".join(got_through)


async def test_the_plan_alone_would_refuse_what_the_text_lets_pass(company: Company, graph: GraphDatabase) -> None:
    """LOAD CSV and transactions pass the first judge; the server calls both of them reading ('r')."""
    for query in (
        "MATCH (h:Head) LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line",
        "MATCH (n) CALL (n) { RETURN n.seq AS s } IN TRANSACTIONS OF 1 ROWS RETURN s",
    ):
        assert (await graph.explain(query)).query_type == "r"
        assert (await ask(company, query)).status_code == 403


async def test_a_runaway_is_stopped_and_the_graph_stays_up(company: Company, graph: GraphDatabase) -> None:
    desk = CypherDesk(graph, timeout_s=1.0)
    caller = Principal("ann", Role.SUPPORT, None)
    product = "UNWIND range(1, 100000) AS a UNWIND range(1, 100000) AS b WITH a, b WHERE a = -b RETURN count(*)"
    with pytest.raises(QueryTimeoutError):
        await desk.ask(caller, Question(product, {}, "runaway", 10))
    assert (await ask(company, "RETURN 1 AS one")).json()["rows"] == [[1]]


async def test_memory_is_limited(company: Company) -> None:
    hungry = (
        "UNWIND range(1, 100000000) AS x WITH collect('a long text to fill the memory ' + x) AS kept RETURN size(kept)"
    )
    answer = await ask(company, hungry)
    assert answer.status_code == 503, answer.text
    assert answer.json()["type"] in ("/problems/query-too-large", "/problems/query-timeout")
    assert (await ask(company, "RETURN 1 AS one")).json()["rows"] == [[1]]


async def test_rows_and_bytes_are_limited(company: Company) -> None:
    answer = (await ask(company, "UNWIND range(1, 100000) AS x RETURN x", max_rows=1000)).json()
    assert (answer["row_count"], answer["truncated"]) == (1000, True)
    exactly = (await ask(company, "UNWIND range(1, 7) AS x RETURN x", max_rows=7)).json()
    assert (exactly["row_count"], exactly["truncated"]) == (7, False)
    wide = "UNWIND range(1, 900) AS x RETURN reduce(s = 'x', i IN range(1, 13) | s + s) AS text"
    answer = await ask(company, wide, max_rows=1000)
    assert answer.json()["truncated"] is True
    assert len(answer.content) < 2.2 * 1024 * 1024
    assert (await ask(company, "RETURN 1 AS x", max_rows=1001)).status_code == 422


async def test_two_at_a_time_and_the_third_is_told_to_wait(company: Company, graph: GraphDatabase) -> None:
    desk = CypherDesk(graph, timeout_s=2.0)
    caller = Principal("ann", Role.ADMIN, None)
    slow = Question("UNWIND range(1, 1000000000) AS a WITH a WHERE a < 0 RETURN count(*)", {}, "slow", 10)
    first, second = (asyncio.create_task(desk.ask(caller, slow)) for _ in range(2))
    await asyncio.sleep(0.3)
    with pytest.raises(TooManyQueriesError) as refusal:
        await desk.ask(caller, Question("RETURN 1", {}, "third", 10))
    assert refusal.value.status == 429
    assert refusal.value.details["retry_after_s"] == 5
    results = await asyncio.gather(first, second, return_exceptions=True)
    assert all(isinstance(result, BanyanError) for result in results)
    assert (await desk.ask(caller, Question("RETURN 1 AS x", {}, "after", 10))).rows == [[1]]


async def test_names_are_covered_for_support_and_shown_to_administrators(ugly: Company) -> None:
    for query in (
        "MATCH (d:Distributor {id: 'D7'}) RETURN d",
        "MATCH (d:Distributor {id: 'D7'}) RETURN properties(d) AS p, [d] AS list, {deep: {d: d}} AS map",
        "MATCH (d:Distributor {id: 'D7'}) RETURN d{.*} AS d",
        "MATCH p = (:Distributor {id: 'D7'})-[:SPONSORED_BY]->() RETURN p",
        "MATCH (f:Fact) RETURN f",
    ):
        support, admin = await ask(ugly, query), await ask(ugly, query, "admin")
        assert support.status_code == admin.status_code == 200, support.text
        assert "Name of" not in support.text
        assert "•••" in support.text
        assert support.json()["masked"] is True
        assert "Name of" in admin.text
        assert admin.json()["masked"] is False


@pytest.mark.parametrize(
    "query",
    [
        "MATCH (d:Distributor {id: 'D7'}) RETURN properties(d) - 1 AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN 1 + properties(d) AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN toInteger(properties(d)) AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN toString(properties(d)) AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN '' + d AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN toStringOrNull(d) AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN '' + [d] AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN date(properties(d)) AS x",
        "MATCH (d:Distributor {id: 'D7'}) RETURN point(properties(d)) AS x",
    ],
)
async def test_no_way_round_the_cover(ugly: Company, query: str) -> None:
    """Conversions and the server's error messages, which quote values, do not give names away."""
    answer = await ask(ugly, query)
    assert "Name of" not in answer.text, answer.text


async def test_a_useful_question_and_its_audit_line(ugly: Company) -> None:
    query = "MATCH (:Distributor {id: $id})<-[:SPONSORED_BY]-(f) RETURN f.id AS id, f.enrolled_at AS at ORDER BY id"
    with structlog.testing.capture_logs() as lines:
        answer = await ask(ugly, query, parameters={"id": "D1"}, max_rows=2)
    assert answer.json()["columns"] == ["id", "at"]
    assert answer.json()["rows"] == [["D2", 1772323200000], ["D3", 1772323200000]]
    audit = next(line for line in lines if line["event"] == "adhoc_query")
    assert (audit["actor"], audit["role"], audit["reason"]) == ("support", "support", "a test of the desk")
    assert (audit["outcome"], audit["rows"]) == ("truncated", 2)
    assert audit["query_sha256"] == answer.json()["query_sha256"]
    assert "ms" in audit
    assert "D1" not in json.dumps([line for line in lines if line["event"] == "adhoc_query"])
    with structlog.testing.capture_logs() as lines:
        await ask(ugly, "CREATE (x)")
    assert next(line for line in lines if line["event"] == "adhoc_query")["outcome"] == "refused-query"


async def test_installed_procedures_are_open(ugly: Company, graph: GraphDatabase) -> None:
    assert (await ProcedureInstaller(graph).install()).ok
    answer = await ask(ugly, "CALL custom.genealogy.upline_sponsor('D7', -1) YIELD ids RETURN ids")
    assert answer.json()["rows"] == [[["D6", "D2", "D1"]]], answer.text
    alone = await ask(ugly, "CALL custom.genealogy.frontline_sponsor('D6', -1, 5)")
    assert alone.status_code == 200
    assert "Name of" not in alone.text
    assert "D7" in alone.text


async def test_procedures_that_ask_are_closed_and_the_answer_is_open(ugly: Company, graph: GraphDatabase) -> None:
    assert (await ProcedureInstaller(graph).install()).ok
    call = f"CALL custom.genealogy.enrol('k', 'ann', 'D9', 'D1', 'N', '{AT}')"
    refused = await ask(ugly, call, "admin")
    assert refused.status_code == 403
    assert "'custom.genealogy.enrol' asks for a command; the desk only reads" in refused.json()["detail"]
    explained = await graph.explain(call)
    assert explained.query_type == "rw", "the second judge would refuse it as well"
    assert (await ask(ugly, "CALL custom.genealogy.answer('k')")).json()["rows"] == []
    await graph.run_script("ask", [call])
    answer = await ask(ugly, "CALL custom.genealogy.answer('k') YIELD state, id RETURN state, id")
    assert answer.json()["rows"] == [["waiting", "D9"]], answer.text
    node = await ask(ugly, "MATCH (a:Asked {key: 'k'}) RETURN a, a {.*} AS said")
    assert node.json()["rows"][0][1]["name"] == MASK, "a name that somebody asked with is covered"
    assert '"N"' not in node.text


async def test_who_may_ask(ugly: Company) -> None:
    assert (
        await ugly.post(PATH, {"query": "RETURN 1", "reason": "why"}, token("distributor", "D1"))
    ).status_code == 403
    assert (await ugly.post(PATH, {"query": "RETURN 1 AS x"}, token("support"))).status_code == 422
    assert (await ugly.post(PATH, {"query": "RETURN 1 AS x", "reason": "  "}, token("support"))).status_code == 422
