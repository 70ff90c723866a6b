"""The API in a process of its own, on servers that run already, as `banyan serve` runs it.

    python -m loadtests.api_process '{"endpoints": …, "data_dir": …, "secret": …, "roll_up": true}'

The first line of its output is its address. SIGUSR1 begins a profile, a second one writes it to `profile` and ends it.
"""

import asyncio
import contextlib
import cProfile
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from app.access.models import Role
from app.access.tokens import issue_token
from app.listening import home_of, listen
from app.logs import configure_logs
from app.main import create_app
from app.runtime import Endpoints
from app.serving import Server, run_serving
from app.settings import Neo4jSettings, Settings

COMPANY = "banyan"
SECRET = "only-for-loads-and-tests-" * 2


@dataclass
class ApiProcess:
    """One that serves."""

    home: str
    process: asyncio.subprocess.Process
    folder: Path
    """Where its log is, and its profile."""

    def kill(self) -> None:
        """At once, whatever it is at."""
        self.process.kill()

    def profile(self) -> None:
        """Begin, or write what was seen."""
        self.process.send_signal(signal.SIGUSR1)


def bearer(distributor: str | None = None) -> str:
    """A token of an administrator, or of a distributor."""
    role = Role.ADMIN if distributor is None else Role.DISTRIBUTOR
    return issue_token(SecretStr(SECRET), COMPANY, role, distributor, timedelta(hours=8))


def settings_of(config: dict[str, Any]) -> Settings:
    """Those of a process, as whoever started it said."""
    return Settings(
        _env_file=None,
        company=COMPANY,
        data_dir=Path(config["folder"]),
        token_secret=SecretStr(SECRET),
        neo4j=Neo4jSettings(**config["neo4j"]),
    )


@asynccontextmanager
async def api_process(
    endpoints: Endpoints, folder: Path, *, roll_up: bool = True, **neo4j: Any
) -> AsyncIterator[ApiProcess]:
    """Serves while the block runs; its log goes into the folder. `neo4j`: settings of its pool."""
    config = {"endpoints": asdict(endpoints), "folder": str(folder), "roll_up": roll_up, "neo4j": neo4j}
    with (folder / "api.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "loadtests.api_process", json.dumps(config),
            stdout=asyncio.subprocess.PIPE, stderr=log,
        )  # fmt: skip
    try:
        home = (await process.stdout.readline()).decode().strip() if process.stdout else ""
        if not home:
            raise RuntimeError(f"the API did not start; {folder / 'api.log'} says why")
        yield ApiProcess(home, process, folder)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def _serve(config: dict[str, Any]) -> None:
    settings = settings_of(config)
    _profile_on_signal(settings.data_dir / "profile")
    listener = listen("127.0.0.1", config.get("port", 0))
    app = create_app(settings, Endpoints(**config["endpoints"]), roll_up=config["roll_up"])
    print(home_of(listener), flush=True)  # whoever connects before it serves waits
    await Server(app).serve(sockets=[listener])


def _profile_on_signal(path: Path) -> None:
    profiles: list[cProfile.Profile] = []

    def turn() -> None:
        if profiles:
            profiles[0].disable()
            profiles.pop().dump_stats(path.with_suffix(".part"))
            path.with_suffix(".part").rename(path)  # so that whoever waits for it finds it whole
        else:
            profiles.append(cProfile.Profile())
            profiles[0].enable()

    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, turn)


if __name__ == "__main__":
    configure_logs("INFO")
    run_serving(_serve(json.loads(sys.argv[1])))
