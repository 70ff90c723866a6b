"""What is asked of a port, and how each wrong answer is told."""

import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from app.runtime.health import BOLT_MAGIC, bolt_refusal, redis_refusal


@pytest.fixture
def answering() -> Iterator[Callable[[bytes], tuple[int, list[bytes]]]]:
    """Starts a server that reads once and answers with the given bytes, then closes."""
    servers: list[socket.socket] = []

    def start(answer: bytes) -> tuple[int, list[bytes]]:
        server = socket.create_server(("127.0.0.1", 0))
        servers.append(server)
        heard: list[bytes] = []

        def serve() -> None:
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(4096))
                connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1], heard

    yield start
    for server in servers:
        server.close()


def _closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def test_bolt_answers(answering: Callable[[bytes], tuple[int, list[bytes]]]) -> None:
    port, heard = answering(bytes([0, 0, 8, 5]))
    assert bolt_refusal(f"bolt://127.0.0.1:{port}") is None
    assert heard[0][:4] == BOLT_MAGIC
    assert len(heard[0]) == 20


@pytest.mark.parametrize(
    ("answer", "told"),
    [(bytes(4), "no Bolt version"), (b"", "closed"), (b"HTTP", None)],
)
def test_bolt_refusals(answering: Callable[[bytes], tuple[int, list[bytes]]], answer: bytes, told: str | None) -> None:
    refusal = bolt_refusal(f"bolt://127.0.0.1:{answering(answer)[0]}")
    assert refusal is not None
    assert told is None or told in refusal


def test_redis_logs_in_first(answering: Callable[[bytes], tuple[int, list[bytes]]]) -> None:
    port, heard = answering(b"+OK\r\n+PONG\r\n")
    assert redis_refusal(f"redis://:p%40ss@127.0.0.1:{port}/0") is None
    assert heard == [b"*2\r\n$4\r\nAUTH\r\n$4\r\np@ss\r\n*1\r\n$4\r\nPING\r\n"]


def test_redis_without_a_password(answering: Callable[[bytes], tuple[int, list[bytes]]]) -> None:
    port, heard = answering(b"+PONG\r\n")
    assert redis_refusal(f"redis://127.0.0.1:{port}") is None
    assert heard == [b"*1\r\n$4\r\nPING\r\n"]


def test_redis_that_wants_a_password_is_told(answering: Callable[[bytes], tuple[int, list[bytes]]]) -> None:
    port, _ = answering(b"-NOAUTH Authentication required.\r\n")
    assert "NOAUTH" in (redis_refusal(f"redis://127.0.0.1:{port}") or "")


@pytest.mark.parametrize("refusal", [bolt_refusal, redis_refusal])
def test_nobody_listens(refusal: Callable[[str], str | None]) -> None:
    assert "refused" in (refusal(f"bolt://127.0.0.1:{_closed_port()}") or "").lower()
