"""A PostgreSQL of our own for as long as it is needed: found, set up in a new folder, stopped and removed.

It answers on a Unix socket inside its folder and on no network address. A supervisor (app/runtime) ends it when this
process is gone for whatever reason.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg

from app.runtime.errors import RuntimeStartError
from app.runtime.process import Command, ServerProcess

USER: Final = "banyan"
PROGRAMS: Final = ("initdb", "postgres")
PLACES: Final = ("/usr/lib/postgresql/*/bin", "/usr/local/bin", "/usr/pgsql-*/bin")
NOT_INSTALLED: Final = (
    "PostgreSQL is not installed here, so nothing is compared with it (on Debian: apt install postgresql)"
)
SETTINGS: Final = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # For 2 cores and 24 GiB.
    "shared_buffers": "2GB",
    "effective_cache_size": "12GB",
    "work_mem": "256MB",
    "maintenance_work_mem": "512MB",
    "random_page_cost": "1.1",
    # A recursive query's cost is guessed far too high, and each run would then compile code for longer than it takes.
    "jit": "off",
    # With a leader's own number in hand the planner guesses their downline forty times too large, and reads all orders
    # for it; a plan for anybody (statements are prepared) is as fast or several times faster at every size.
    "plan_cache_mode": "force_generic_plan",
    # The tables never change after loading, where VACUUM ANALYZE has been run; nothing of it is worth keeping.
    "autovacuum": "off",
    "fsync": "off",
    # A question ends when whoever asked it was killed. Needs PostgreSQL 14.
    "client_connection_check_interval": "1s",
    # An ancestor closure of a chain is as large as the square of the company.
    "temp_file_limit": "16GB",
}

_SERVER_USERS: Final = ("postgres", "nobody")
_SOCKET_PATH_LIMIT: Final = 107
_SHARED_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - looked at, never written to
_PARALLEL_QUERY_BYTES: Final = 2**30


@dataclass(frozen=True, slots=True)
class Programs:
    """Where initdb and postgres of one installation are."""

    folder: Path

    def path(self, name: str) -> Path:
        return self.folder / name


def find_postgres() -> Programs | str:
    """The newest installation, PATH first; or a sentence to print where there is none."""
    on_path = [Path(found).parent for name in PROGRAMS[:1] if (found := shutil.which(name))]
    for folder in [*on_path, *_installed()]:
        if all(os.access(folder / name, os.X_OK) for name in PROGRAMS):
            return Programs(folder)
    return NOT_INSTALLED


def _installed() -> list[Path]:
    folders = [folder for place in PLACES for folder in Path("/").glob(place.lstrip("/"))]
    return sorted(folders, key=lambda folder: [int(part) for part in folder.parts if part.isdecimal()], reverse=True)


@contextmanager
def running_server(programs: Programs, folder: Path | None = None) -> Iterator[str]:
    """Start a server in a new folder inside `folder`; yield how to connect. RuntimeStartError says why it did not.

    PostgreSQL refuses root, whose server therefore runs as a system user; a folder that this user cannot enter, or
    whose path is too long for a socket, is passed over for the system's temporary folder.
    """
    inside = folder if folder and _is_usable(folder) else None
    with tempfile.TemporaryDirectory(prefix="banyan-postgres-", dir=inside) as made:
        home = Path(made)
        prefix = _as_server_user(home)
        data = home / "data"
        _initialise([*prefix, programs.path("initdb")], data)
        with (home / "lock").open("w", encoding="utf-8") as lock:
            process = ServerProcess(_command([*prefix, programs.path("postgres")], home, data), lock)
            try:
                address = f"host={home} user={USER} dbname=postgres"
                process.wait_until(lambda: _refusal(address))
                yield address
            finally:
                process.stop()


def _is_usable(folder: Path) -> bool:
    absolute = folder.absolute()
    short = len(f"{absolute}/banyan-postgres-12345678/.s.PGSQL.5432") <= _SOCKET_PATH_LIMIT
    return short and (os.geteuid() != 0 or all(each.stat().st_mode & 0o001 for each in (absolute, *absolute.parents)))


def _as_server_user(home: Path) -> list[str | Path]:
    """What stands before each command; the folder is handed to whoever runs it."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    user = next((user for name in _SERVER_USERS for user in pwd.getpwall() if user.pw_name == name), None)
    if setpriv is None or user is None:
        raise RuntimeStartError("PostgreSQL does not run as root, and there is no setpriv or no user to run it as")
    os.chown(home, user.pw_uid, user.pw_gid)
    return [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups", "--"]


def _initialise(initdb: list[str | Path], data: Path) -> None:
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", f"--username={USER}"]
    made = subprocess.run(
        [*initdb, *options, f"--pgdata={data}"], cwd=data.parent, capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise RuntimeStartError(f"PostgreSQL's initdb failed: {(made.stderr or made.stdout).strip()}")


def _command(postgres: list[str | Path], home: Path, data: Path) -> Command:
    settings = SETTINGS | {"unix_socket_directories": str(home)} | _shared_memory()
    options = [f"--{name}={value}" for name, value in settings.items()]
    return Command(
        name="PostgreSQL",
        arguments=[*postgres, "-D", data, *options],
        home=home,
        log=home / "log",
        start_timeout_s=60.0,
        grace_s=20.0,
        environment={},
    )


def _shared_memory() -> dict[str, str]:
    """Containers often have 64 MB of it, too little for a parallel hash join."""
    if _SHARED_MEMORY.is_dir() and shutil.disk_usage(_SHARED_MEMORY).total >= _PARALLEL_QUERY_BYTES:
        return {}
    return {"dynamic_shared_memory_type": "mmap"}


def _refusal(address: str) -> str | None:
    try:
        psycopg.connect(address, connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return str(error)
    return None
