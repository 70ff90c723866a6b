"""From files to a statement by the command line alone, and what it says when something is wrong."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import neo4j
import pytest
from pydantic import SecretStr

from app.access.models import Role
from app.access.tokens import TokenVerifier
from app.clock import SystemClock
from app.graph import GraphDatabase
from app.plans.loader import library
from app.runtime import Endpoints
from tests.component.cli.commands import CommandLine

AT_ONCE = 2
pytestmark = [pytest.mark.anyio, pytest.mark.timeout(900)]


@pytest.fixture
def banyan(graph: GraphDatabase, endpoints: Endpoints, tmp_path: Path) -> CommandLine:
    """The command line on an empty graph."""
    return CommandLine(tmp_path, endpoints)


def tamper(endpoints: Endpoints, statement: str) -> None:
    login = (endpoints.neo4j_user, endpoints.neo4j_password)
    with neo4j.GraphDatabase.driver(endpoints.neo4j_url, auth=login) as driver:
        driver.execute_query(statement)


async def test_a_company_from_files_to_a_statement(banyan: CommandLine, endpoints: Endpoints) -> None:
    made = banyan.good("generate", "--distributors", "60", "--out", "company", "--months", "2026-01")
    names = ("distributors", "placements", "customers", "orders", "late/orders")
    assert made[:-1] == [f"company/{name}.csv" for name in names]
    assert banyan.good("period", "open", "2026-01", "--reason", "a new year") == ["2026-01 is open (fact 1)."]
    imported = banyan("import", "company")
    assert imported.status == 0
    assert re.fullmatch(r"Imported; the last fact is number \d+\.", imported.lines[-1])
    total = sum(map(rows, (banyan.folder / "company").glob("*.csv")))
    compared, written = (line for line in imported.err.splitlines() if re.search(r"[\d,]+ (rows|facts)/s$", line))
    assert re.match(rf"comparing with stored +{total:,} rows +[\d.]+ s", compared)
    assert re.match(
        rf"one transaction +{total - rows(banyan.folder / 'company' / 'placements.csv'):,} facts +", written
    )
    assert banyan.good("import", "company")[-1] == "Everything was stored already; nothing to write."
    assert rows(banyan.folder / "company" / "late" / "orders.csv") > 0
    assert re.fullmatch(r"Imported; the last fact is number \d+\.", banyan.good("import", "company/late")[-1])
    [closed] = banyan.good("period", "close", "2026-01")
    assert closed.startswith("2026-01 is closed at fact ")
    assert banyan.good("period", "close", "2026-01") == [closed], "twice is once"
    assert banyan.good("period", "reopen", "2026-01", "--reason", "late")[0].startswith("2026-01 is open again (fact ")
    assert banyan.good("period", "list") == ["2026-01  UTC  open"]
    [closed] = banyan.good("period", "close", "2026-01")
    listed = banyan.good("period", "list", BANYAN_LOG_LEVEL="DEBUG", BANYAN_NEO4J__SLOW_QUERY_MS="0.001")
    assert listed == [f"2026-01  UTC  closed at fact {closed.split()[-1].rstrip('.')}"], "logs are not among it"

    calculated = banyan.good("run", "calculate", "2026-01", "--plan", "sample")
    run = calculated[0].split()[1]
    assert calculated[0] == f"Run {run} (preview, final) by plan Sample hybrid 2026.1"
    assert banyan.good("statement", "D0000001", "2026-01")[0].startswith(f"Statement of D0000001, run {run} (estimate)")
    registered = banyan.good("plan", "register", "sample", "--from", "2026-01-01", "--actor", "board")
    assert registered[0].startswith("Sample hybrid 2026.1 pays monthly periods from 2026-01-01 on (fact ")
    assert banyan.good("plan", "register", "sample", "--from", "2026-01-01", "--actor", "board") == registered
    for step, actor, state in (
        ("review", "ann", "in_review"),
        ("lock", "ann", "locked"),
        ("approve", "bob", "approved"),
    ):
        assert banyan.good("run", step, run, "--actor", actor)[0].startswith(f"Run {run} is {state} (fact ")
    assert banyan.good("run", "commit", run)[0].startswith(f"Run {run} is committed (fact ")
    history = banyan.good("run", "history", run)[-4:]
    assert [line.split("  ")[2] for line in history] == [
        "review to in_review, by ann",
        "lock to locked, by ann",
        "approve to approved, by bob",
        "commit to committed, by cli",
    ]
    assert banyan.good("run", "list")[0] == f"Run {run} (committed, final) by plan Sample hybrid 2026.1"
    statement = banyan.good("statement", "D0000001", "2026-01", "--every-line")
    assert statement[0].startswith(f"Statement of D0000001, run {run} (final)")
    assert len(statement) > 1
    assert any(" because " in line or " % of " in line for line in statement[1:]), "every line has its reason"
    assert banyan.good("statement", "D0000001", "2026-01", "--pdf", "statement.pdf")[0] == statement[0]
    assert (banyan.folder / "statement.pdf").read_bytes().startswith(b"%PDF-")

    told = banyan.good("report", run, "ranks", "--csv", "ranks.csv", "--svg", "ranks.svg")
    assert told[0] == f"Totals by rank, run {run}, EUR"
    written_ranks = (banyan.folder / "ranks.csv").read_text().splitlines()
    assert written_ranks[0] == "row,rank,people,earners,amount,breakage"
    assert written_ranks[-1].startswith("total,,60,")
    assert (banyan.folder / "ranks.svg").read_text().startswith("<svg ")

    dearer = library()["sample"].read_text().replace("rate: 10%", "rate: 20%").replace("2026.1", "2026.2")
    (banyan.folder / "dearer.yaml").write_text(dearer)
    files = ("--csv", "everybody.csv", "--chart", "chart.svg", "--by", "rank")
    told = banyan.good("whatif", run, "--plan", "dearer.yaml", "--plan", "sample", "--person", "D0000001", *files)
    assert told[0].startswith(f"What if, beside run {run} (snapshot ")
    assert [line.split(":")[0].strip() for line in told[1:4]] == [
        "base",
        "Sample hybrid 2026.2",
        "Sample hybrid 2026.1",
    ]
    assert {"Payout by bonus", "Payout by rank", "Payout by region", "asked for:"} < set(told)
    assert rows(banyan.folder / "everybody.csv") == 60
    assert "Payout by rank, EUR</title>" in (banyan.folder / "chart.svg").read_text()
    below = banyan("whatif", "2026-01", "--move", "D0000001 sponsor D0000002")
    assert (below.status, "stands below D0000001 in the sponsor tree" in below.err) == (1, True)

    other = banyan.good("run", "calculate", "2026-01", "--plan", "dearer.yaml")[0].split()[1]
    beside = banyan("run", "compare", run, other, "--csv", "gains.csv")
    assert (beside.status, beside.lines[0]) == (
        1,
        f"From run {run} by plan Sample hybrid 2026.1 to run {other} by plan Sample hybrid 2026.2, EUR",
    )
    assert any(line.endswith("  the plans have another rate") for line in beside.lines)
    assert re.search(r"people: \d+ gain [\d.,]+, 0 lose 0\.00", beside.out)
    assert (banyan.folder / "gains.csv").read_text().splitlines()[-1].startswith("total,")
    again = banyan("compare", run, other)
    assert (again.status, again.lines) == (1, beside.lines), "two runs are compared by either command"
    assert banyan.good("compare", run, run)[-1] == "Equal: every line of every person."

    exported = banyan.good("export", "out", "--actor", "ann", "--reason", "moving out")
    last = int(closed.split()[-1].rstrip(".")) + 5
    assert exported[-2:] == [
        f"Exported as of fact {last:,}; fact {last + 1:,} keeps that, and the hash of SHA256SUMS:",
        hashlib.sha256((banyan.folder / "out/SHA256SUMS").read_bytes()).hexdigest(),
    ]
    assert [line.split() for line in exported[:4]] == [
        ["0", "out/settings.csv"],
        ["60", "out/distributors.csv"],
        ["59", "out/placements.csv"],
        ["0", "out/matrix_placements.csv"],
    ]
    assert (banyan.folder / "out/customers.csv").read_bytes() == (banyan.folder / "company/customers.csv").read_bytes()
    assert banyan("export", "out").err.splitlines()[-1].startswith("Invalid input: out already holds customers.csv, ")
    facts = f"{last + 1:,} facts"
    assert banyan.good("doctor")[-1] == f"{facts} are in no tally yet; banyan serve or banyan worker counts them."
    rebuilt, chain, *_, tallies = banyan.good("doctor", "--rebuild-tallies")
    assert rebuilt == "Tallies rewritten: 0 of 0 (as of fact 0)."
    assert chain == f"{facts} in an unbroken chain: well."
    assert tallies == "60 tallies, equal to their recomputation: well."
    tamper(endpoints, "MATCH (f:Fact {seq: 2}) SET f.actor = 'somebody else'")
    tamper(endpoints, "MATCH (t:Tally) WHERE t.ix = 0 SET t.sponsor_count = 7")
    broken = banyan("audit", "verify")
    assert (broken.status, broken.lines[-1]) == (1, f"{facts}, chain BROKEN.")
    ill = banyan("doctor")
    assert (ill.status, ill.lines[-2]) == (1, "60 tallies, equal to their recomputation: 1 fault.")
    assert ill.lines[-1] == "  D0000001 (number 0): sponsor_count is 7, recomputed 60."


def rows(path: Path) -> int:
    return len(path.read_text().splitlines()) - 1


async def test_tokens_plans_and_migrations(banyan: CommandLine) -> None:
    [token] = banyan.good("token", "--role", "distributor", "--distributor", "D0000001", "--hours", "0.5")
    secret = SecretStr((banyan.folder / "data" / "token_secret").read_text())
    caller = TokenVerifier(secret, "banyan", SystemClock()).verify(token)
    assert (caller.role, caller.distributor) == (Role.DISTRIBUTOR, "D0000001")
    assert {line.split()[0] for line in banyan.good("migrate", "--status")} == {"applied"}
    assert banyan.good("migrate", "--dry-run") == []
    assert re.fullmatch(r"\d+ procedures installed, \d+ unchanged\.", banyan.good("migrate")[-1])
    assert json.loads("\n".join(banyan.good("plan", "schema")))["title"]
    assert banyan.good("matrix") == ["The company keeps no matrix."]
    assert banyan.good("matrix", "--width", "3", "--depth", "9") == ["The matrix is 3 wide and 9 deep."]
    assert banyan.good("levels", "--matrix", "9")[-1] == "matrix tree: volumes are kept to 9 levels."
    good = str(library()["sample"])
    assert banyan.good("plan", "check", good)[-1].startswith("Sample hybrid 2026.1 is a plan (hash ")
    text = library()["sample"].read_text()
    (banyan.folder / "broken.yaml").write_text(text.replace("currency:", "curency:"))
    line = text[: text.index("currency:")].count("\n") + 1
    checked = banyan("plan", "check", "broken.yaml")
    assert checked.status == 1
    assert f"broken.yaml:{line}:1: curency: unknown key; did you mean currency?" in checked.lines


@dataclass(frozen=True)
class Wrong:
    """A command that ends badly, its status and what it says."""

    arguments: str
    said: str
    status: int = 1
    settings: dict[str, str] = field(default_factory=dict)


WRONG = [
    Wrong(
        "period open 2026-1", "Not a period: '2026-1' is no period of any calendar; write it as 2026-03-05 (daily), "
    ),
    Wrong("period open 2026-01 --zone Mars/Base", "Not a period: 'Mars/Base' is not a time zone"),
    Wrong("run calculate 2031-01 --plan sample", "Unknown period: Period 2031-01 does not exist; open it with"),
    Wrong("run calculate 2026-01 --plan nosuch", "No plan read: nosuch cannot be read (No such file or directory)."),
    Wrong("matrix --width 3", "Invalid input: Give both --width and --depth, or neither"),
    Wrong("levels --matrix 3", "No matrix: The company keeps no matrix; banyan matrix says"),
    Wrong("run commit nosuch", "No such run: Run nosuch does not exist."),
    Wrong("import nowhere", "No import found: nowhere is not a directory"),
    Wrong("generate --distributors 5 --seed -1 --out x", "Invalid input: the seed is -1; give zero or more"),
    Wrong("generate --distributors 5 --months May --out x", "Invalid input: month 'May' is not written as YYYY-MM"),
    Wrong("generate --distributors 5 --months 2026-02..2026-01 --out x", "Invalid input: 2026-02..2026-01 is 0 months"),
    Wrong("plan check nofile.yaml", "No plan read: nofile.yaml cannot be read (No such file or directory)."),
    Wrong("token --role distributor", "Invalid input: role distributor with distributor None: name one"),
    Wrong("token --role admin --hours 100", "Invalid input: a token may live up to 24 hours, 100 were asked for"),
    Wrong("token --role admin", "Wrong setting: BANYAN_PORT: ", settings={"BANYAN_PORT": "http"}),
    Wrong("token --role admin", "Wrong setting: ", settings={"BANYAN_NEO4J": "localhost"}),
    Wrong("report nosuch bonuses", "No such run: Run nosuch does not exist."),
    Wrong("report nosuch nothing", "Invalid value for 'name'", 2),
    Wrong("compare 2026-01 nofile.csv", "Nothing to compare with: nofile.csv is no CSV or Parquet file", 2),
    Wrong("nonsense", "No such command 'nonsense'.", 2),
    Wrong("statement D0000001", "Missing argument 'month'.", 2),
    Wrong("matrix --width 30 --depth 3", "Invalid value for '--width'", 2),
    Wrong("generate --distributors 0 --out x", "Invalid value for '--distributors'", 2),
    Wrong("generate --distributors 5 --shape round --out x", "Invalid value for '--shape'", 2),
]


async def test_a_run_is_asked_for_and_cancelled(banyan: CommandLine) -> None:
    banyan.good("period", "open", "2026-01")
    asked = banyan.good("run", "queue", "sample", "2026-01", "--actor", "ann", "--reason", "what if")
    id = asked[0].split()[1]
    assert asked[0] == f"Calculation {id} of 2026-01 by plan Sample hybrid 2026.1: queued"
    assert asked[1].startswith("  asked for by ann at ")
    assert asked[1].endswith(": what if")
    assert banyan.good("run", "progress", id) == asked
    assert banyan.good("run", "cancel", id, "--reason", "enough")[-1].endswith(": enough")
    ended = banyan("run", "progress", id, "--follow")
    assert (ended.status, ended.lines[0].rpartition(": ")[2]) == (1, "cancelled")
    assert banyan.good("run", "cancel", id) == ended.lines, "it was cancelled already"
    assert banyan("run", "cancel", "2026-01-none").err.endswith("There is no calculation 2026-01-none.\n")


async def test_what_is_wrong_is_said_in_one_sentence_without_a_traceback(banyan: CommandLine) -> None:
    banyan.good("migrate")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ends = pool.map(lambda wrong: banyan(*wrong.arguments.split(), **wrong.settings), WRONG)
        for wrong, end in zip(WRONG, ends, strict=True):
            assert end.status == wrong.status, (wrong, end)
            assert wrong.said in end.err, (wrong, end)
            assert end.out == "", (wrong, end)
            assert "Traceback" not in end.err, (wrong, end)
            if wrong.status == 1:
                assert end.err.splitlines()[-1].startswith(wrong.said), (wrong, end)
    assert not (banyan.folder / "x").exists()


async def test_a_rank_is_decided_listed_and_ended(banyan: CommandLine) -> None:
    banyan.good("generate", "--distributors", "3", "--out", "company", "--months", "2026-01")
    banyan.good("period", "open", "2026-01")
    banyan.good("import", "company")
    assert banyan.good("rank", "list", "D0000001") == ["Nothing was decided of the rank of D0000001."]
    decide = ("rank", "decide", "D0000001", "Gold", "--from", "2026-01-01", "--until", "2026-12-31", "--actor", "ann")
    [told] = banyan.good(*decide, "--reason", "moved from Lisbon")
    said = re.fullmatch(r"D0000001 is paid as Gold at least, from 2026-01-01 until 2026-12-31 \(fact (\d+)\)\.", told)
    assert said is not None
    assert banyan.good(*decide, "--reason", "moved from Lisbon") == [told], "given again, it is the same fact"
    [ended] = banyan.good("rank", "end", "D0000001", "--from", "2026-06-01", "--reason", "taken back")
    assert ended == f"No rank of D0000001 is decided from 2026-06-01 on (fact {int(said[1]) + 1})."
    assert banyan.good("rank", "list", "D0000001") == [
        f"Gold from 2026-01-01 until 2026-12-31, by ann: moved from Lisbon (fact {said[1]})",
        f"none any more from 2026-06-01 on, by cli: taken back (fact {int(said[1]) + 1})",
    ]
    [again] = banyan.good(*decide, "--reason", "moved from Lisbon")
    assert again != told, "after it was ended it is decided anew"
    nothing = banyan("rank", "end", "D0000002", "--from", "2026-06-01", "--reason", "a slip")
    assert (nothing.status, nothing.out) == (1, "")
    assert "rank" in nothing.err.splitlines()[-1].lower()
    assert banyan("rank", "decide", *decide[2:]).status == 2, "a reason must be given"


async def test_statements_that_do_not_exist_and_an_import_that_is_refused(banyan: CommandLine) -> None:
    banyan.good("generate", "--distributors", "3", "--out", "company", "--months", "2026-01")
    again = banyan("generate", "--distributors", "3", "--out", "company")
    assert again.status == 1
    assert again.err.startswith("Invalid input: company already holds customers.csv, distributors.csv, ")
    banyan.good("period", "open", "2026-01")
    too_early = banyan("statement", "D0000001", "2026-01")
    assert (too_early.status, too_early.err.splitlines()[-1]) == (
        1,
        "No such run: There is no committed run of 2026-01 yet; pay is shown once the company has committed it.",
    )
    with (banyan.folder / "company" / "customers.csv").open("a") as file:
        file.write("C9,Gil,NOBODY,2025-07-01T00:00:00Z\n")
    refused = banyan("import", "company")
    assert refused.status == 1
    assert refused.lines[-2:] == [
        "customers.csv:3 distributor: unknown distributor: 'NOBODY'",
        "1 fault: nothing was written. Correct the files and import again.",
    ]
    banyan.good("run", "calculate", "2026-01", "--plan", "sample")
    nobody = banyan("statement", "NOBODY", "2026-01")
    assert nobody.status == 1
    assert nobody.err.splitlines()[-1].startswith("No statement: NOBODY had not joined by the end of the period of run")
