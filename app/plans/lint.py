"""What is wrong with a plan although each field is fine by itself: errors refuse it, warnings only speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from app.plans.binary_lint import binary_errors, binary_warnings, top_rate
from app.plans.gate_lint import gate_errors
from app.plans.levels import level_findings, top_rates
from app.plans.rank_lint import rank_errors
from app.plans.shares import Finding, percent

if TYPE_CHECKING:
    from app.plans.models import Bonus, Plan, Unilevel


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding. `path` leads to the key inside the plan, such as ('ranks', 1, 'requires', 'group_pv')."""

    severity: Literal["error", "warning"]
    path: tuple[str | int, ...]
    message: str

    def __str__(self) -> str:
        return f"{key_of(self.path)}: {self.message}" if self.path else self.message


def key_of(path: Iterable[str | int]) -> str:
    """`ranks[1].requires.group_pv` for a path."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def lint(plan: Plan) -> tuple[Problem, ...]:
    """Errors and warnings. A plan that loaded has no errors left."""
    return (*errors_of(plan), *_warnings(plan))


def errors_of(plan: Plan) -> tuple[Problem, ...]:
    """What makes the plan unusable."""
    return tuple(Problem("error", path, message) for path, message in _errors(plan))


def _errors(plan: Plan) -> Iterator[Finding]:
    names = [rank.name for rank in plan.ranks]
    yield from _repeated(names, "ranks", "rank")
    yield from _repeated([bonus.name for bonus in plan.bonuses], "bonuses", "bonus")
    yield from rank_errors(plan.ranks)
    for at, rank in enumerate(plan.ranks):
        for key, rules in (("requires", rank.requires), ("maintain", rank.maintain)):
            if rules is not None and rules.personal_group_pv is not None:
                yield from _without_groups(("ranks", at, key, "personal_group_pv"), plan)
    yield from gate_errors(plan.gates, [bonus.name for bonus in plan.bonuses])
    binaries = [at for at, bonus in enumerate(plan.bonuses) if bonus.type == "binary"]
    for at in binaries[1:]:
        yield ("bonuses", at, "type"), "a position has one carry per leg, so a plan has at most one binary bonus"
    for at, bonus in enumerate(plan.bonuses):
        if bonus.type == "unilevel":
            yield from _unilevel_errors(("bonuses", at), bonus, names)
        elif bonus.type == "binary":
            yield from binary_errors(("bonuses", at), bonus, names)
        else:
            yield from _within(("bonuses", at), bonus.findings(names))


def _repeated(names: list[str], key: str, what: str) -> Iterator[Finding]:
    for at, name in enumerate(names):
        if name in names[:at]:
            yield (
                (key, at, "name"),
                f"the {what} {name!r} already stands at {key}[{names.index(name)}]; names are unique",
            )


def _without_groups(path: tuple[str | int, ...], plan: Plan) -> Iterator[Finding]:
    """Any rank may ask for it, the one that breaks away too: who leaves a group is settled below, before its leader."""
    thresholds = {bonus.breaks_away_at for bonus in plan.bonuses if bonus.type in ("breakaway", "leadership")}
    if not thresholds:
        yield path, "nobody breaks away from a group: the plan has no breakaway or leadership bonus"
    if len(thresholds) > 1:
        yield path, f"groups break away at different ranks ({', '.join(sorted(thresholds))})"


def _within(path: tuple[str | int, ...], findings: Iterable[Finding]) -> Iterator[Finding]:
    for key, message in findings:
        yield (*path, *key), message


def _unilevel_errors(path: tuple[str | int, ...], bonus: Unilevel, names: list[str]) -> Iterator[Finding]:
    yield from _within(path, level_findings(bonus.levels_by_rank, bonus.multiplier, names))
    highest_by_level = top_rates(bonus.levels_by_rank)
    if bonus.compression == "dynamic" and Decimal(0) in highest_by_level:
        level = highest_by_level.index(Decimal(0)) + 1
        yield (
            (*path, "levels_by_rank"),
            f"no rank is paid level {level}, so under dynamic compression nobody takes it and no level comes after it",
        )
    highest = sum(highest_by_level, Decimal(0))
    if highest > 1:
        yield (
            (*path, "levels_by_rank"),
            f"the levels can add up to {percent(highest)} of the commissionable value, more than 100 %",
        )


def _warnings(plan: Plan) -> Iterator[Problem]:
    for at, bonus in enumerate(plan.bonuses):
        if bonus.type == "unilevel":
            for path, message in _falling(("bonuses", at), bonus, [rank.name for rank in plan.ranks]):
                yield Problem("warning", path, message)
        elif bonus.type == "binary":
            for path, message in binary_warnings(("bonuses", at), bonus, plan.calendar):
                yield Problem("warning", path, message)
    if plan.refunds.after_close == "clawback":
        for at, bonus in enumerate(plan.bonuses):
            if bonus.type in ("binary", "leadership"):
                what = f"what {bonus.name!r} pays knows no orders, so no return takes it back"
                yield Problem("warning", ("bonuses", at, "type"), what)
    top = sum((_most(bonus) for bonus in plan.bonuses), Decimal(0))
    if top > 1:
        yield Problem(
            "warning", ("bonuses",), f"all bonuses together can pay {percent(top)} of the commissionable value"
        )


def _falling(path: tuple[str | int, ...], bonus: Unilevel, names: list[str]) -> Iterator[Finding]:
    """A higher rank that is paid fewer levels than a lower one is nearly always a slip."""
    best, best_name = 0, ""
    for name in names:
        levels = len(bonus.levels_by_rank.get(name, ()))
        if levels < best:
            yield (
                (*path, "levels_by_rank"),
                f"{name!r} is paid {levels} levels, fewer than the lower rank {best_name!r}",
            )
        else:
            best, best_name = levels, name


def _most(bonus: Bonus) -> Decimal:
    """The highest share of the commissionable value that a bonus can pay."""
    if bonus.type == "unilevel":
        return sum(top_rates(bonus.levels_by_rank), Decimal(0))
    return top_rate(bonus) if bonus.type == "binary" else bonus.most
