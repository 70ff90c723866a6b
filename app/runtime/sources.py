"""Where Neo4j and Redis come from: for each, a URL in the settings, else a container, else an embedded server."""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout

from app.runtime.engine import engine_refusal, kept_store
from app.runtime.errors import RuntimeStartError
from app.runtime.health import bolt_refusal, redis_refusal
from app.runtime.models import Address, Endpoints, Source
from app.runtime.neo4j_embedded import EmbeddedNeo4j, neo4j_home
from app.runtime.process import Progress
from app.runtime.ready import announce, announced, withdraw
from app.runtime.redis_embedded import EmbeddedRedis
from app.settings import Settings

URL_TIMEOUT_S = 60.0
"""A server of a deployment that starts together with us may still be starting."""
OTHER_START_TIMEOUT_S = 300.0


class Launcher(Protocol):
    """Something that starts one server and stops it."""

    @property
    def name(self) -> str:
        """For messages: Neo4j or Redis."""

    @property
    def home(self) -> Path:
        """The folder of this server in the data folder."""

    def start(self) -> Address:
        """Answer once the server does."""

    def stop(self) -> None:
        """End it in order."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What differs between the two servers."""

    setting: str
    refusal: Callable[[str], str | None]
    configured: Address | None
    embedded: Launcher

    @property
    def name(self) -> str:
        return self.embedded.name


@contextlib.contextmanager
def running_servers(settings: Settings, *, progress: Progress = print) -> Iterator[Endpoints]:
    """Both servers, answering, for as long as the context lasts.

    What was started here is stopped at the end. What another process of the same data folder runs is used and left
    alone, so `banyan import` works beside `banyan serve`.
    """
    neo4j, redis = settings.neo4j, settings.redis
    password = neo4j.password.get_secret_value() if neo4j.password else ""
    graph_kind = _Kind(
        "BANYAN_NEO4J__URL",
        bolt_refusal,
        Address(neo4j.url, neo4j.user, password) if neo4j.url else None,
        EmbeddedNeo4j(settings, progress),
    )
    cache_kind = _Kind(
        "BANYAN_REDIS__URL", redis_refusal, Address(redis.url) if redis.url else None, EmbeddedRedis(settings, progress)
    )
    with contextlib.ExitStack() as stack:
        cache, source_redis = _server(cache_kind, settings, progress, stack)
        graph, source_neo4j = _server(graph_kind, settings, progress, stack)
        yield Endpoints(graph.url, graph.user, graph.password, cache.url, source_neo4j, source_redis)


def _server(kind: _Kind, settings: Settings, progress: Progress, stack: contextlib.ExitStack) -> tuple[Address, Source]:
    kept = kept_store(neo4j_home(settings))  # the cache comes from where the graph comes from
    source = _choose(settings.runtime, kind.configured, kept)
    if source == "url":
        if kind.configured is None:
            raise RuntimeStartError(f"BANYAN_RUNTIME=url needs {kind.setting}; set it, or set BANYAN_RUNTIME=auto")
        _wait_for_url(kind, kind.configured, progress)
        return kind.configured, source
    if source == "embedded":
        return _started_or_shared(kind.embedded, kind.refusal, source, progress, stack)
    if (refusal := engine_refusal()) is not None:
        raise RuntimeStartError(
            f"{kind.name} is to run in a container, but no container engine answers: {refusal}. Start the engine, or "
            "set BANYAN_RUNTIME=embedded for the servers that need none (their graph is another one)."
        )
    try:
        launcher = _in_container(kind.name, settings, progress)
        return _started_or_shared(launcher, kind.refusal, source, progress, stack)
    except RuntimeStartError as error:
        if settings.runtime != "auto" or kept:
            raise
        progress(f"{error.message} Using the embedded {kind.name} instead.")
        return _started_or_shared(kind.embedded, kind.refusal, "embedded", progress, stack)


def _choose(runtime: str, configured: Address | None, kept: Source | None) -> Source:
    """A configured URL is never silently replaced by an empty server, nor the one store of a folder by the other."""
    if runtime in ("url", "container", "embedded"):
        return runtime  # type: ignore[return-value]
    if configured:
        return "url"
    if kept:
        return kept
    return "container" if engine_refusal() is None else "embedded"


def _in_container(name: str, settings: Settings, progress: Progress) -> Launcher:
    from app.runtime.containers import Neo4jInContainer, RedisInContainer  # noqa: PLC0415 - needs a development package

    return Neo4jInContainer(settings, progress) if name == "Neo4j" else RedisInContainer(settings, progress)


def _wait_for_url(kind: _Kind, address: Address, progress: Progress) -> None:
    deadline = time.monotonic() + URL_TIMEOUT_S
    told = False
    while (reason := kind.refusal(address.url)) is not None:
        if time.monotonic() > deadline:
            raise RuntimeStartError(
                f"{kind.name} at the address in {kind.setting} did not answer within {URL_TIMEOUT_S:g} s: {reason}. "
                "Start that server or correct the address; without the setting Banyan starts one of its own."
            )
        if not told:
            progress(f"waiting for {kind.name} at the address in {kind.setting}: {reason}")
            told = True
        time.sleep(0.5)


def _started_or_shared(
    launcher: Launcher,
    refusal_of: Callable[[str], str | None],
    source: Source,
    progress: Progress,
    stack: contextlib.ExitStack,
) -> tuple[Address, Source]:
    launcher.home.mkdir(parents=True, exist_ok=True)
    with _folder_lock(launcher, progress):
        ready = announced(launcher.home)
        if ready and ready.owner_lives():
            refusal = refusal_of(ready.address.url)
            if refusal is not None:
                raise RuntimeStartError(
                    f"process {ready.owner_pid} runs the {launcher.name} of {launcher.home}, which does not answer: "
                    f"{refusal}. End that process and start again."
                )
            progress(f"using the {launcher.name} that process {ready.owner_pid} runs")
            return ready.address, ready.source
        if ready:
            progress(f"the run that started {launcher.name} (process {ready.owner_pid}) was cut off; recovering")
            withdraw(launcher.home)
        address = launcher.start()
        announce(launcher.home, address, source)
    stack.callback(_stop, launcher, progress)
    return address, source


def _stop(launcher: Launcher, progress: Progress) -> None:
    with _folder_lock(launcher, progress):
        withdraw(launcher.home)
        launcher.stop()


@contextlib.contextmanager
def _folder_lock(launcher: Launcher, progress: Progress) -> Iterator[None]:
    """One process at a time starts or stops the server of a folder."""
    lock = FileLock(launcher.home / "start.lock")
    try:
        try:
            lock.acquire(timeout=1)
        except Timeout:
            progress(f"another process is starting or stopping the {launcher.name} of {launcher.home}; waiting")
            lock.acquire(timeout=OTHER_START_TIMEOUT_S)
    except Timeout:
        raise RuntimeStartError(
            f"another process has been starting or stopping the {launcher.name} of {launcher.home} for "
            f"{OTHER_START_TIMEOUT_S:g} s; find it with `fuser {launcher.home / 'start.lock'}`"
        ) from None
    try:
        yield
    finally:
        lock.release()
