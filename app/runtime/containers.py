"""Neo4j and Redis in containers, by testcontainers: import this module only where app/runtime/engine.py allows it.

The store is in a named volume that outlives the container. testcontainers' own watcher removes the containers of a
process that was killed.
"""

import hashlib
import secrets
import time
from collections.abc import Callable

from testcontainers.core.container import DockerContainer

from app.runtime.engine import VOLUME_MARKER
from app.runtime.errors import RuntimeStartError
from app.runtime.health import bolt_refusal, redis_refusal
from app.runtime.models import Address
from app.runtime.neo4j_conf import APOC, as_environment, hardened
from app.runtime.ports import LOOPBACK
from app.runtime.process import Progress
from app.runtime.secret_files import write_secret
from app.settings import Settings

NEO4J_IMAGE = "neo4j:5.26-community"
REDIS_IMAGE = "redis:7-alpine"
START_TIMEOUT_S = 180.0
STOP_TIMEOUT_S = 60
USER = "neo4j"


class _InContainer:
    """What both have in common."""

    name: str
    port: int

    def __init__(self, settings: Settings, progress: Progress, folder: str) -> None:
        self._settings = settings
        self._progress = progress
        self.home = settings.data_dir.expanduser().absolute() / folder
        self._container: DockerContainer | None = None

    def _run(self, container: DockerContainer, answers: Callable[[str, int], str | None]) -> tuple[str, int]:
        """Start it and wait until it answers; say where."""
        container.with_exposed_ports(self.port)
        if container.get_docker_client().host() in ("localhost", LOOPBACK):
            container.ports[str(self.port)] = (LOOPBACK,)  # type: ignore[assignment]  # docker-py's way to say which interface
        self._container = container
        self._progress(f"starting {self.name} in a container of {container.image}")
        try:
            container.start()
            host, port = container.get_container_host_ip(), container.get_exposed_port(self.port)
            deadline = time.monotonic() + START_TIMEOUT_S
            while (reason := answers(host, port)) is not None:
                if time.monotonic() > deadline or container.status != "running":
                    out, err = container.get_logs()
                    end = "\n".join((out + err).decode(errors="replace").splitlines()[-15:])
                    raise RuntimeStartError(f"{self.name} in its container does not answer ({reason}):\n{end}")
                container.reload()
                time.sleep(0.2)
        except BaseException as error:
            self.stop()
            if isinstance(error, RuntimeStartError) or not isinstance(error, Exception):
                raise
            raise RuntimeStartError(
                f"starting {self.name} in a container of {container.image} failed: {error}. "
                "Set BANYAN_RUNTIME=embedded to use the servers that need no container."
            ) from error
        self._progress(f"{self.name} answers on port {port}")
        return host, port

    def stop(self) -> None:
        """End the server in order, then remove the container; the named volume stays."""
        if self._container:
            started = self._container.get_wrapped_container()
            if started is not None:
                started.stop(timeout=STOP_TIMEOUT_S)
            self._container.stop()
            self._container = None


class Neo4jInContainer(_InContainer):
    """The official image with APOC; its store in a volume named after the company and the data folder."""

    name = "Neo4j"
    port = 7687

    def __init__(self, settings: Settings, progress: Progress) -> None:
        super().__init__(settings, progress, "neo4j")

    def start(self) -> Address:
        """Answer once Bolt does."""
        password_file = self.home / "password"
        if not password_file.exists():
            write_secret(password_file, secrets.token_urlsafe(24))
        password = password_file.read_text(encoding="utf-8").strip()
        volume = f"banyan-{self._settings.company}-{hashlib.sha256(str(self.home).encode()).hexdigest()[:8]}-neo4j"
        container = DockerContainer(NEO4J_IMAGE)
        container.with_envs(
            NEO4J_AUTH=f"{USER}/{password}",
            NEO4J_PLUGINS='["apoc", "apoc-extended"]',
            **as_environment(hardened(self._settings.neo4j) | APOC),
        )
        container.with_volume_mapping(volume, "/data", "rw")
        host, port = self._run(container, lambda host, port: bolt_refusal(f"bolt://{host}:{port}"))
        (self.home / VOLUME_MARKER).write_text(f"{volume}\n", encoding="utf-8")
        return Address(f"bolt://{host}:{port}", USER, password)


class RedisInContainer(_InContainer):
    """A cache: nothing on disk."""

    name = "Redis"
    port = 6379

    def __init__(self, settings: Settings, progress: Progress) -> None:
        super().__init__(settings, progress, "redis")

    def start(self) -> Address:
        """Answer once PING is answered."""
        password = secrets.token_urlsafe(24)
        memory = f"{self._settings.redis.max_memory_mib}mb"
        container = DockerContainer(REDIS_IMAGE)
        limits = ["--maxmemory", memory, "--maxmemory-policy", "allkeys-lfu", "--save", "", "--appendonly", "no"]
        container.with_command(["redis-server", "--requirepass", password, *limits])

        def url(host: str, port: int) -> str:
            return f"redis://:{password}@{host}:{port}/0"

        return Address(url(*self._run(container, lambda host, port: redis_refusal(url(host, port)))))
