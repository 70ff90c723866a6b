"""The command line as a person uses it: the installed program, in processes of its own."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.runtime import Endpoints

PROGRAM = Path(sys.executable).with_name("banyan")
WARM = Path(__file__).with_name("warm_process.py")
KEPT = ("BANYAN_CACHE_DIR", "BANYAN_REDIS__SERVER")
"""Settings of the machine, not of a deployment."""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


def environment(data_dir: Path, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of the tests without anybody's deployment in it."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("BANYAN_") or name in KEPT}
    return {**bare, "BANYAN_DATA_DIR": str(data_dir), "COLUMNS": "120", "NO_COLOR": "1", **(more or {})}


@dataclass(frozen=True)
class CommandLine:
    """Runs commands in one folder, on servers that run already."""

    folder: Path
    endpoints: Endpoints

    def __call__(self, *arguments: str, **settings: str) -> Said:
        done = subprocess.run(
            [PROGRAM, *arguments],
            cwd=self.folder,
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    def good(self, *arguments: str, **settings: str) -> list[str]:
        """The lines a command prints that goes well."""
        said = self(*arguments, **settings)
        assert said.status == 0, (arguments, said)
        return said.lines

    def environment(self, settings: Mapping[str, str]) -> dict[str, str]:
        """That of its commands."""
        return environment(self.folder / "data", {**self._servers(), **settings})

    @contextmanager
    def warm(self) -> Iterator[Callable[[list[str]], Said]]:
        """The same in forks of one process, for a test of many commands; what goes to standard error is not kept."""
        with subprocess.Popen(
            [sys.executable, WARM],
            cwd=self.folder,
            env=self.environment({}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=(self.folder / "errors").open("w"),
            text=True,
        ) as process:
            assert process.stdin
            assert process.stdout
            output = self.folder / "output"
            asked, answers = process.stdin, process.stdout

            def run(arguments: list[str]) -> Said:
                print(json.dumps([arguments, str(output)]), file=asked, flush=True)
                return Said(int(answers.readline()), output.read_text(), "")

            yield run

    def _servers(self) -> dict[str, str]:
        return {
            "BANYAN_NEO4J__URL": self.endpoints.neo4j_url,
            "BANYAN_NEO4J__USER": self.endpoints.neo4j_user,
            "BANYAN_NEO4J__PASSWORD": self.endpoints.neo4j_password,
            "BANYAN_REDIS__URL": self.endpoints.redis_url,
        }
