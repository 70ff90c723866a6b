"""What a client meant to do and what it was told, on its disk before it goes on: fsync after each line that counts.

One JSON object a line: `send` before the request leaves, `acknowledged` with the fact's number once a receipt came,
`unknown` when none came, `refused` when the service said no.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import orjson

Kind = Literal["Order", "Return", "Enrol"]


@dataclass(frozen=True, slots=True)
class Intent:
    """One command under its key, as it is sent until it is answered."""

    key: str
    kind: Kind
    path: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Told:
    """What became of an intent, as far as its client knows."""

    intent: Intent
    seqs: list[int] = field(default_factory=list)
    """Numbers that receipts gave; one, or the same again."""
    unknown: int = 0
    """How often no answer came, or one that says nothing."""
    refused: str = ""

    @property
    def open(self) -> bool:
        """Whether nobody knows what became of it."""
        return not self.seqs and not self.refused


class Journal:
    """Appends to one file. A line is on disk when the call that wrote it returns; that of an unknown outcome need not
    be, since it claims nothing."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def send(self, intent: Intent) -> None:
        """Before the first request."""
        body = dict(intent.body)
        self._write({"do": "send", "key": intent.key, "kind": intent.kind, "path": intent.path, "body": body})

    def acknowledged(self, key: str, seq: int) -> None:
        self._write({"do": "acknowledged", "key": key, "seq": seq})

    def unknown(self, key: str, why: str) -> None:
        self._write({"do": "unknown", "key": key, "why": why}, durable=False)

    def refused(self, key: str, why: str) -> None:
        self._write({"do": "refused", "key": key, "why": why})

    def close(self) -> None:
        os.close(self._file)

    def _write(self, line: Mapping[str, Any], *, durable: bool = True) -> None:
        os.write(self._file, orjson.dumps(line) + b"\n")
        if durable:
            os.fsync(self._file)


def read_journals(paths: Iterable[Path]) -> dict[str, Told]:
    """By key what all journals say together. A last line that was cut off claims nothing."""
    told: dict[str, Told] = {}
    for path in paths:
        for line in path.read_bytes().split(b"\n")[:-1]:
            _take(told, orjson.loads(line))
    return told


def _take(told: dict[str, Told], line: Mapping[str, Any]) -> None:
    key = line["key"]
    match line["do"]:
        case "send":
            told[key] = Told(Intent(key, line["kind"], line["path"], line["body"]))
        case "acknowledged":
            told[key].seqs.append(line["seq"])
        case "unknown":
            told[key].unknown += 1
        case "refused":
            told[key].refused = line["why"]
