"""The command line as a person uses it: the installed program, in processes of its own."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.runtime import Endpoints

PROGRAM = Path(sys.executable).with_name("banyan")
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
        return self._run([str(PROGRAM), *arguments], settings)

    def shell(self, script: str) -> Said:
        """What a person types into a shell in which `banyan` is found."""
        return self._run(["bash", "-c", script], {"PATH": f"{PROGRAM.parent}:{os.environ['PATH']}"})

    def _run(self, command: list[str], settings: Mapping[str, str]) -> Said:
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=environment(self.folder / "data", {**self._servers(), **settings}),
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

    def _servers(self) -> dict[str, str]:
        return {
            "BANYAN_NEO4J__URL": self.endpoints.neo4j_url,
            "BANYAN_NEO4J__USER": self.endpoints.neo4j_user,
            "BANYAN_NEO4J__PASSWORD": self.endpoints.neo4j_password,
            "BANYAN_REDIS__URL": self.endpoints.redis_url,
        }
