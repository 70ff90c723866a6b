"""PostgreSQL gives NumPy's answers, and is gone afterwards; where it is not installed, a sentence says so.

No test skips itself: without PostgreSQL each checks that `running_postgres` refuses with that sentence.
"""

import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest

from app.engine.models import Snapshot
from app.runtime.errors import RuntimeStartError
from loadtests import postgres_server
from loadtests.postgres import Database, running_postgres
from loadtests.postgres_server import NOT_INSTALLED, SETTINGS, find_postgres
from loadtests.questions import Kind, Question, Tree, answer_of, questions_about, table_of
from loadtests.rows import Row
from loadtests.sql_pay import in_sql
from loadtests.timing import DifferentAnswerError, LeftOutError
from loadtests.trees import Trees, company_of, snapshot_of, trees_of
from tests.unit.engine.companies import random_snapshot


def _shaped(shape: str, people: int) -> Trees:
    return trees_of(snapshot_of(company_of(shape, people)))


COMPANIES: dict[str, Callable[[], Trees]] = {
    "generated": lambda: _shaped("heavy-tailed", 500),
    "ugly": lambda: trees_of(random_snapshot(500, 2_000, seed=7)),
    "chain": lambda: _shaped("chain", 500),
    "one person": lambda: _shaped("chain", 1),
}
OF_ONE: tuple[Kind, ...] = ("downline", "downline_list", "upline", "legs", "levels", "frontline")
OF_TWO: tuple[Kind, ...] = ("is_in_downline", "path", "common_upline")
OF_SLOTS: tuple[Kind, ...] = ("open_slots", "first_open")
TREES: tuple[Tree, Tree] = ("sponsor", "binary")


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests share their machine."""
    monkeypatch.setattr(postgres_server, "SETTINGS", SETTINGS | {"shared_buffers": "64MB"})


@contextmanager
def database_or_sentence(trees: Trees) -> Iterator[Database | None]:
    """A loaded database; None after it was refused as it should be."""
    if isinstance(find_postgres(), str):
        with pytest.raises(RuntimeStartError, match="PostgreSQL is not installed here"), running_postgres():
            pass
        yield None
        return
    with running_postgres() as database:
        database.load(trees)
        yield database


@pytest.mark.parametrize("name", COMPANIES)
def test_every_answer_equals_numpys(name: str) -> None:
    """Everything the bench asks, and of many people what it asks of a few."""
    trees = COMPANIES[name]()
    people = range(0, trees.people, 11)
    questions = [
        *(Question(kind, kind, tree, person) for kind in OF_ONE for tree in TREES for person in people),
        *(
            Question(kind, kind, tree, person, other=other)
            for kind in OF_TWO
            for tree in TREES
            for person in people[::4]
            for other in people[::5]
        ),
        *(Question(kind, kind, "binary", person) for kind in OF_SLOTS for person in people),
    ]
    with database_or_sentence(trees) as database:
        if database is None:
            return
        for question in [*questions_about(trees), *questions]:
            assert np.array_equal(table_of(database.ask(question)), answer_of(trees, question)), question


def test_what_takes_too_long_is_said_in_words() -> None:
    """And the database answers the next question."""
    trees = _shaped("chain", 2_000)
    *_, binary, by_level = questions_about(trees)
    with database_or_sentence(trees) as database:
        if database is None:
            return
        with pytest.raises(LeftOutError, match=r"over 0\.05 s"):
            database.ask(binary, limit_s=0.05)
        assert np.array_equal(table_of(database.ask(by_level)), answer_of(trees, by_level))


def test_nothing_is_left_of_it() -> None:
    """No process, no file; meanwhile nobody else may look inside, and no port is open."""
    before = _servers()
    with database_or_sentence(_shaped("chain", 10)) as database:
        if database is None:
            return
        home = Path(database.address.partition("host=")[2].split()[0])
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        started = [psutil.Process(pid) for pid in _servers() - before]
        assert started
        assert not [place for process in started for place in process.net_connections("inet")]
    assert not home.exists()
    assert not [process for process in started if process.is_running()]


def _servers() -> set[int]:
    return {process.pid for process in psutil.Process().children(recursive=True) if process.name() == "postgres"}


def test_where_it_is_not_installed_a_sentence_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither on the PATH nor in the usual places; half an installation is none."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_server, "PLACES", (f"{tmp_path}/*/bin",))
    half = tmp_path / "15" / "bin"
    half.mkdir(parents=True)
    (half / "initdb").touch(mode=0o755)

    assert find_postgres() == NOT_INSTALLED
    with pytest.raises(RuntimeStartError, match="PostgreSQL is not installed here"), running_postgres():
        pass


def test_the_newest_installation_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """9 is older than 15."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(postgres_server, "PLACES", (f"{tmp_path}/*/bin",))
    for release in ("9", "15"):
        folder = tmp_path / release / "bin"
        folder.mkdir(parents=True)
        for program in ("initdb", "postgres"):
            (folder / program).touch(mode=0o755)

    found = find_postgres()

    assert not isinstance(found, str)
    assert found.folder == tmp_path / "15" / "bin"


PAID: dict[str, Snapshot] = {
    "generated": snapshot_of(company_of("heavy-tailed", 500)),
    "ugly": random_snapshot(500, 2_000, seed=7),
}


@pytest.mark.parametrize("name", PAID)
def test_sql_pays_everybody_what_the_engine_pays(name: str) -> None:
    """Ugly: customers, own purchases, returns, inactive people; nothing carried in, which that SQL does not know."""
    given = PAID[name]
    nothing = np.zeros(len(given.people), np.int64)
    company = replace(
        given, people=replace(given.people, carry_left=nothing, carry_right=nothing, passed_over=nothing > 0)
    )
    with database_or_sentence(trees_of(company)) as database:
        row = in_sql(Row("pay", p50_ms=1.0), company, NOT_INSTALLED if database is None else database, 10)

    assert row.beside_ms or row.beside_words == "not installed"


def test_a_cent_of_difference_in_sql_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else the gate would let anything through."""
    company = PAID["generated"]
    with database_or_sentence(trees_of(company)) as database:
        if database is None:
            return
        right = database.pay
        monkeypatch.setattr(database, "pay", lambda limit_s: [(who, one + 1, two) for who, one, two in right(limit_s)])
        with pytest.raises(DifferentAnswerError, match="pay, beside SQL"):
            in_sql(Row("pay", p50_ms=1.0), company, database, 10)
