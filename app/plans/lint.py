"""What is wrong with a plan although each field is fine by itself: errors refuse it, warnings only speak."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Literal

from app.plans.binary_lint import binary_errors, binary_warnings, top_rate
from app.plans.gate_lint import gate_errors
from app.plans.rank_lint import rank_errors
from app.plans.shares import Finding, percent
from app.plans.tree_lint import tree_errors, tree_warnings
from app.plans.unilevel import LevelBonus

if TYPE_CHECKING:
    from app.plans.models import Bonus, Plan


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
    yield from tree_errors(plan)
    yield from rank_errors(plan.ranks)
    for at, rank in enumerate(plan.ranks):
        for key, rules in (("requires", rank.requires), ("maintain", rank.maintain)):
            if rules is not None and rules.personal_group_pv is not None:
                yield from _without_groups(("ranks", at, key, "personal_group_pv"), plan)
    for at, bonus in enumerate(plan.bonuses):
        if bonus.type == "differential" and bonus.volume == "personal_group_pv":
            yield from _without_groups(("bonuses", at, "volume"), plan)
    yield from gate_errors(plan.gates, [bonus.name for bonus in plan.bonuses])
    binaries = [at for at, bonus in enumerate(plan.bonuses) if bonus.type == "binary"]
    for at in binaries[1:]:
        yield ("bonuses", at, "type"), "a position has one carry per leg, so a plan has at most one binary bonus"
    yield from _widths(plan)
    for at, bonus in enumerate(plan.bonuses):
        if bonus.type == "binary":
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


def _widths(plan: Plan) -> Iterator[Finding]:
    """A company keeps one matrix."""
    widths: list[int] = []
    for at, bonus in enumerate(plan.bonuses):
        if bonus.type == "matrix":
            widths.append(bonus.width)
            if bonus.width != widths[0]:
                yield (
                    ("bonuses", at, "width"),
                    f"a company keeps one matrix, and another bonus says that it is {widths[0]} wide",
                )


def _warnings(plan: Plan) -> Iterator[Problem]:
    names = [rank.name for rank in plan.ranks]
    for path, message in tree_warnings(plan):
        yield Problem("warning", path, message)
    for at, bonus in enumerate(plan.bonuses):
        findings: Iterator[Finding] = iter(())
        if isinstance(bonus, LevelBonus):
            findings = _within(("bonuses", at), bonus.warnings(names))
        elif bonus.type == "binary":
            findings = binary_warnings(("bonuses", at), bonus, plan.calendar)
        for path, message in findings:
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
    of_cv = sum((_most(bonus) * bonus.multiplier for bonus in plan.bonuses), Decimal(0))
    if plan.payout_cap is not None and of_cv > plan.payout_cap:
        yield Problem("warning", ("payout_cap",), f"all bonuses together can pay {percent(of_cv)} of the CV")


def _most(bonus: Bonus) -> Decimal:
    """The highest share of the commissionable value that a bonus can pay."""
    return top_rate(bonus) if bonus.type == "binary" else bonus.most
