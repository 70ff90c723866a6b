"""The tour as a newcomer takes it: cut off, taken whole, looked at in a browser, and ended by Ctrl-C."""

import os
import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from tests.component.cli.commands import PROGRAM, environment

GONE_WITHIN_S = 90.0
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True)
class Tour:
    """A running `banyan demo`, as the leader of a group of processes like one that a terminal starts."""

    process: subprocess.Popen[str]
    errors: Path

    def read_until(self, pattern: str) -> list[str]:
        """The lines up to the one that matches."""
        lines: list[str] = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            lines.append(line.rstrip("\n"))
            if re.search(pattern, line):
                return lines
        raise AssertionError(f"{pattern!r} was never printed:\n" + "\n".join(lines) + self.errors.read_text())

    def read_all(self) -> list[str]:
        assert self.process.stdout is not None
        return self.process.stdout.read().splitlines()

    def servers(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)


def wait_until_gone(processes: list[psutil.Process]) -> None:
    _, alive = psutil.wait_procs(processes, timeout=GONE_WITHIN_S)
    assert [process for process in alive if process.status() != psutil.STATUS_ZOMBIE] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tour")


class Start:
    """Starts tours of one folder, and ends those that a failed test leaves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.started: list[subprocess.Popen[str]] = []

    def __call__(self, *arguments: str, port: int = 0) -> Tour:
        errors = self.folder / f"errors-{len(list(self.folder.glob('errors-*')))}"
        settings = {"BANYAN_PORT": str(port), "PYTHONUNBUFFERED": "1"}
        with errors.open("w") as written:
            process = subprocess.Popen(
                [PROGRAM, "demo", *arguments],
                cwd=self.folder,
                env=environment(self.folder / "data", settings),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=written,
                text=True,
                start_new_session=True,
            )
        self.started.append(process)
        return Tour(process, errors)


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    starter = Start(folder)
    yield starter
    for process in starter.started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGINT)
            process.wait(GONE_WITHIN_S)
        if process.stdout:
            process.stdout.close()


def test_a_tour_that_is_killed_leaves_no_process_behind(start: Start) -> None:
    tour = start("--once")
    tour.read_until("every published amount is reproduced")
    servers = tour.servers()
    assert len(servers) >= 4, "Neo4j and Redis, each under its supervisor"
    tour.process.kill()
    wait_until_gone(servers)


def test_the_next_one_begins_again_and_pays_every_published_example(start: Start) -> None:
    tour = start("--once")
    said = tour.read_all()
    assert tour.process.wait(GONE_WITHIN_S) == 0, tour.errors.read_text()
    assert said[0] == "The last tour was cut off; it begins again."
    text = "\n".join(said)
    examples = dict(re.findall(r"Published example (.+?)\n(.+?)every published amount is reproduced", text, re.DOTALL))
    paid = {
        title: re.findall(r"Statement of (\w+), run (\d{4}-\d\d)-\w+ \(final\): ([\d.]+)", lines)
        for title, lines in examples.items()
    }
    january = "2026-01"
    none_paid_a = [(name, january, "0.00" if name == "A" else "4.00") for name in ("B", "A", "Sponsor", "Top")]
    assert list(paid.values()) == [
        [*((name, january, "4.00") for name in ("B", "A", "Sponsor", "Top")), ("D", january, "0.00")],
        none_paid_a,
        none_paid_a,
        [("You", january, "20.00"), ("You", "2026-02", "40.00")],
    ]
    assert [title.split()[0].rstrip(",") for title in paid] == ["G7", "G8", "G8", "G14"]

    spillover = re.search(r"(\d+)% of the people stand in the binary tree under another than their sponsor", text)
    assert spillover is not None
    assert int(spillover[1]) >= 30
    assert re.search(r"distributors\.csv +10,000 +10,000 +0 +0$", text, re.MULTILINE)
    assert "  it keeps a matrix too, 3 wide and 9 deep" in said
    [seated] = re.findall(r"matrix_placements\.csv +([\d,]+) +([\d,]+) +0 +0$", text, re.MULTILINE)
    assert seated[0] == seated[1], "each row is new"
    assert 9_000 < int(seated[0].replace(",", "")) < 10_000, "most people stand in it"
    company = text[text.index("A generated company") :]
    statements = re.findall(
        r"^Statement of D\d+, run [\d-]+\w+ \(final\): [\d,.]+ EUR.*\n(?: .*\n?)+", company, re.MULTILINE
    )
    assert len(statements) >= 2
    assert all(re.search(r"\d EUR: [\d.]+ % of .*(from the order|matched between)", one) for one in statements)
    assert tour.errors.read_text().count("\n") < 20, "no log among what a newcomer reads"


def test_it_is_shown_again_and_served_on_another_port_until_ctrl_c(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        taken = somebody_else.getsockname()[1]
        tour = start(port=taken)
        said = tour.read_until("Ctrl-C ends it")
    servers = tour.servers()
    assert re.match(r"The company is there already \(10,000 people, [\d,]+ facts\)\.", said[0])
    assert any(line.startswith("Statement of D") for line in said)
    assert "Published example" not in "\n".join(said)
    home = where(said, "API").removesuffix("/v1")
    assert f"Port {taken} is taken by another program; the tour is served at {home}." in tour.errors.read_text()

    token = said[-2].rsplit(" ", 1)[1]
    assert where(said, "Explorer") == f"{home}/explorer#token={token}"
    with httpx.Client(timeout=60, follow_redirects=True) as browser:
        for address in (f"{home}/livez", where(said, "Documentation"), where(said, "Explorer"), where(said, "Metrics")):
            assert browser.get(address).status_code == 200, address
        person = browser.get(f"{home}/v1/distributors/D0000001", headers={"Authorization": f"Bearer {token}"})
        assert (person.status_code, person.json()["id"]) == (200, "D0000001")
        below = browser.get(
            f"{home}/v1/distributors/D0000001/downline?tree=matrix", headers={"Authorization": f"Bearer {token}"}
        )
        slots = sorted(one["slot"] for one in below.json()["members"] if one["parent_id"] == "D0000001")
        assert slots == [1, 2, 3], "the third tree has something to show at first sight"
        assert browser.get(f"{home}/v1/distributors/D0000001").status_code == 401

    os.killpg(tour.process.pid, signal.SIGINT)  # as a terminal does: the whole group
    assert tour.process.wait(GONE_WITHIN_S) in (0, 130)
    assert "Traceback" not in tour.errors.read_text()
    wait_until_gone(servers)


def where(said: list[str], what: str) -> str:
    """The address printed beside a word."""
    return next(line.split()[1] for line in said if line.startswith(f"{what} "))


def test_a_service_whose_port_is_taken_says_so_before_it_starts_anything(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody_else:
        port = str(somebody_else.getsockname()[1])
        ended = subprocess.run(
            [PROGRAM, "serve"],
            env=environment(folder / "other", {"BANYAN_PORT": port}),
            capture_output=True,
            text=True,
            check=False,
        )
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(
        f"No address to serve on: 127.0.0.1:{port} cannot be listened on (Address already in use)."
    )
    assert not (folder / "other" / "neo4j").exists()
