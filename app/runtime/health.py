"""Asks a port whether it speaks Bolt or Redis, without a driver: only app/graph and app/cache may import those."""

import socket
from urllib.parse import unquote, urlsplit

BOLT_MAGIC = b"\x60\x60\xb0\x17"
# Four version proposals (range, minor, major): 5.8 down to 5.0, 4.4 down to 4.2, none, none.
BOLT_VERSIONS = bytes([0, 8, 8, 5]) + bytes([0, 2, 4, 4]) + bytes(8)
DEFAULT_PORTS = {"bolt": 7687, "neo4j": 7687, "redis": 6379}


def bolt_refusal(url: str, timeout_s: float = 2.0) -> str | None:
    """None when a Bolt server answers at the URL with a version it would speak; else what was seen instead.

    Encrypted schemes are only connected to: a plain handshake inside TLS would need the driver's trust settings.
    """
    host, port, scheme = _address(url)
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            if "+s" in scheme:
                return None
            connection.sendall(BOLT_MAGIC + BOLT_VERSIONS)
            reply = _read(connection, 4)
    except OSError as error:
        return f"{error.strerror or error}"
    if len(reply) < 4:
        return "the connection was closed during the Bolt handshake"
    if not any(reply):
        return "it speaks no Bolt version between 4.2 and 5.8"
    return None if reply[:2] == b"\0\0" and reply[3] in (4, 5) else f"it answered {reply!r} to a Bolt handshake"


def redis_refusal(url: str, timeout_s: float = 1.0) -> str | None:
    """None when a Redis answers PONG at the URL with its password; else what was seen instead."""
    host, port, scheme = _address(url)
    parts = urlsplit(url)
    words = [unquote(part) for part in (parts.username, parts.password) if part]
    request = (_command("AUTH", *words) if words else b"") + _command("PING")
    try:
        with socket.create_connection((host, port), timeout=timeout_s) as connection:
            if scheme == "rediss":
                return None
            connection.sendall(request)
            reply = b""
            while reply.count(b"\r\n") < (2 if words else 1):
                chunk = connection.recv(512)
                if not chunk:
                    break
                reply += chunk
    except OSError as error:
        return f"{error.strerror or error}"
    return (
        None if reply.endswith(b"+PONG\r\n") else f"it answered {reply[:80].decode(errors='replace').strip()!r} to PING"
    )


def _address(url: str) -> tuple[str, int, str]:
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme.split("+")[0].removesuffix("s"), 6379)
    return parts.hostname or "localhost", port, parts.scheme


def _command(*words: str) -> bytes:
    encoded = [word.encode() for word in words]
    return b"*%d\r\n" % len(encoded) + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in encoded)


def _read(connection: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            break
        data += chunk
    return data
