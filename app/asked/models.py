"""What was asked for over Bolt and waits."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Kind = Literal["enrol", "place", "move"]


@dataclass(frozen=True, slots=True)
class Asked:
    """One command, as its caller said it: nobody has looked at it yet."""

    key: str
    kind: Kind
    actor: str
    tries: int
    """How often it was tried in vain."""
    again_from: int
    """Epoch ms; not earlier."""
    said: Mapping[str, Any]
    """By the names of the procedure's parameters; without those that were null."""
