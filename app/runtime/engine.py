"""Whether containers can be used here, and which source has the store of a folder."""

import contextlib
import functools
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

VOLUME_MARKER = "container-volume"
"""A file in a server's folder that names the volume with its store."""


@functools.cache
def engine_refusal() -> str | None:
    """None when a container engine answers; else why containers cannot be used. Asked once per process."""
    if find_spec("testcontainers") is None:
        return "the package testcontainers is not installed"
    from testcontainers.core.docker_client import DockerClient  # noqa: PLC0415 - a development package

    try:
        with contextlib.closing(DockerClient(timeout=3).client) as client:
            client.ping()
    except Exception as error:  # noqa: BLE001 - what sockets, addresses and TLS raise comes in many types
        return str(error) or type(error).__name__
    return None


def kept_store(home: Path) -> Literal["container", "embedded"] | None:
    """Which source has the store of this folder: the other one would show an empty graph."""
    if (home / VOLUME_MARKER).exists():
        return "container"
    return "embedded" if (home / "data" / "databases").exists() else None
