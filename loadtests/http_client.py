"""The least that an HTTP client can do: it has to leave the cores to the service beside it."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Final
from urllib.parse import urlsplit

_LENGTH: Final = b"\r\ncontent-length: "


class Connection:
    """One connection that is kept, for one request after the other."""

    def __init__(self, home: str, bearer: str) -> None:
        address = urlsplit(home)
        self._address = address.hostname or "", address.port or 80
        self._always = f"Host: {address.netloc}\r\nAuthorization: Bearer {bearer}\r\nContent-Type: application/json\r\n"
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def post(self, path: str, body: bytes, key: str = "") -> tuple[int, bytes]:
        """Status and body. Raises OSError or EOFError when the connection breaks; the next request opens another."""
        return await self._ask(f"POST {path}", body, f"Idempotency-Key: {key}\r\n" if key else "")

    async def get(self, path: str) -> tuple[int, bytes]:
        """The same."""
        return await self._ask(f"GET {path}", b"", "")

    async def stream(self, path: str) -> AsyncIterator[bytes]:
        """A body that comes in chunks, for as long as it comes. The connection is for nothing else."""
        reader, _ = await self._send(f"GET {path}", b"", "")
        answer = await reader.readuntil(b"\r\n\r\n")
        if answer[9:12] != b"200":
            raise OSError(f"{path} was answered {answer[9:12].decode()}")
        while size := int(await reader.readuntil(b"\r\n"), 16):
            yield (await reader.readexactly(size + 2))[:-2]

    async def _ask(self, what: str, body: bytes, more: str) -> tuple[int, bytes]:
        try:
            reader, _ = await self._send(what, body, more)
            answer = await reader.readuntil(b"\r\n\r\n")
            _, _, length = answer.lower().partition(_LENGTH)
            content = await reader.readexactly(int(length[: length.index(b"\r")]))
        except (OSError, EOFError):
            self.close()
            raise
        return int(answer[9:12]), content

    async def _send(self, what: str, body: bytes, more: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._reader is None or self._writer is None:
            self._reader, self._writer = await asyncio.open_connection(*self._address)
        head = f"{what} HTTP/1.1\r\n{self._always}{more}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        return self._reader, self._writer

    def close(self) -> None:
        """Without a word to the service."""
        if self._writer is not None:
            self._writer.close()
        self._reader = self._writer = None

    def __enter__(self) -> "Connection":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
