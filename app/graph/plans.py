"""What EXPLAIN says of a statement: its type, its columns, its operators."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Operator:
    """One step of a plan. `name` is without the database ('NodeUniqueIndexSeek'); `children` feed it."""

    name: str
    details: str
    children: tuple["Operator", ...]

    def walk(self) -> Iterator["Operator"]:
        """This operator and all below it, top first."""
        yield self
        for child in self.children:
            yield from child.walk()

    def leaves(self) -> Iterator["Operator"]:
        """The operators that no other feeds, leftmost (first run) first."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()


@dataclass(frozen=True, slots=True)
class Explanation:
    """`query_type` is the server's: 'r' read, 'rw' read and write, 'w' write, 's' schema."""

    query_type: str
    columns: tuple[str, ...]
    plan: Operator | None

    def operators(self) -> tuple[Operator, ...]:
        """Every operator of the plan, top first."""
        return tuple(self.plan.walk()) if self.plan else ()


def explanation_of(query_type: str | None, columns: tuple[str, ...], plan: Mapping[str, Any] | None) -> Explanation:
    """An Explanation from the parts of the driver's summary."""
    return Explanation(query_type or "", columns, _operator(plan) if plan else None)


def _operator(plan: Mapping[str, Any]) -> Operator:
    return Operator(
        name=str(plan["operatorType"]).split("@", 1)[0],
        details=str(plan.get("args", {}).get("Details", "")),
        children=tuple(_operator(child) for child in plan.get("children", ())),
    )
