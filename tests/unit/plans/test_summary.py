"""The summary of a plan leaves nothing out: every field of every model, in every form that it can have, changes it.

Plans are made of the models' own annotations, so an option that is added later is asked for here without being named.
"""

from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest

from app.plans.fields import PlanModel
from app.plans.loader import library, load_plan
from app.plans.models import Plan
from app.plans.summary.plan import summary_lines

Annotation = Any
_SIMPLE: dict[type, tuple[Any, ...]] = {
    Decimal: (Decimal("0.05"), Decimal("0.07")),
    bool: (False, True),
    int: (2, 3),
    str: ("Gold", "Silver"),
}


def _origin(annotation: Annotation) -> Any:
    return get_origin(annotation)


def forms(annotation: Annotation) -> tuple[Any, ...]:
    """Values of a type, the fullest first; each must be told apart from the first."""
    origin, inner = _origin(annotation), get_args(annotation)
    if origin is Annotated:
        return forms(inner[0])
    if origin in (Union, UnionType):
        kinds = sorted(inner, key=lambda kind: (kind is NoneType, not _is_manifold(kind)))
        return tuple(form for kind in kinds for form in forms(kind))
    if origin is Literal:
        return inner
    if origin is tuple:
        one, *others = _several(forms(inner[0]))
        return ((one, others[-1]), *((other, others[-1]) for other in others))
    if origin is dict:
        one, *others = forms(inner[1])
        return ({"Gold": one, "Silver": others[-1]}, *({"Gold": other, "Silver": others[-1]} for other in others))
    if annotation is NoneType:
        return (None,)
    if isinstance(annotation, type) and issubclass(annotation, PlanModel):
        return tuple(model for _, model in models(annotation))
    return _SIMPLE[annotation]


def _is_manifold(kind: Annotation) -> bool:
    while _origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return _origin(kind) in (tuple, dict)


def _several(of: tuple[Any, ...]) -> tuple[Any, ...]:
    return of if len(of) > 1 else of * 2


@cache
def models(kind: type[PlanModel]) -> tuple[tuple[str, PlanModel], ...]:
    """The fullest model of a kind, and for each of its fields one with each other form of that field alone."""
    full = {name: forms(field.annotation)[0] for name, field in kind.model_fields.items()}
    made = [("", kind.model_construct(**full))]
    for name, field in kind.model_fields.items():
        made += [(name, kind.model_construct(**full | {name: form})) for form in forms(field.annotation)[1:]]
    return tuple(made)


def text(plan: PlanModel) -> str:
    assert isinstance(plan, Plan)
    return "\n".join(summary_lines(plan))


def test_every_option_changes_the_text() -> None:
    """No two plans of all that are made read alike."""
    told: dict[str, PlanModel] = {}
    silent = []
    for _, plan in models(Plan):
        other = told.setdefault(text(plan), plan)
        if other is not plan:
            silent.append(_difference(other, plan, "plan"))
    assert not silent, "the summary says nothing of these; add a sentence in app/plans/summary"


def _difference(was: Any, now: Any, path: str) -> str:
    """What differs, for whoever has to find the field."""
    if isinstance(was, PlanModel) and type(was) is type(now):
        parts = [(field, getattr(was, field), getattr(now, field)) for field in type(was).model_fields]
        return "; ".join(_difference(a, b, f"{path}.{field}") for field, a, b in parts if a != b)
    if isinstance(was, tuple) and isinstance(now, tuple):
        pairs = enumerate(zip(was, now, strict=True))
        return "; ".join(_difference(a, b, f"{path}[{at}]") for at, (a, b) in pairs if a != b)
    return f"{path} {was!r} or {now!r}"[:300]


def test_the_forms_reach_every_model_there_is() -> None:
    """Else the test above would be silent of what it does not reach."""
    assert {type(one) for _, plan in models(Plan) for one in within(plan)} == {*leaves(PlanModel)}


def leaves(kind: type[PlanModel]) -> Iterator[type[PlanModel]]:
    """Whatever plans are made of: the kinds that no other kind is one of."""
    for below in kind.__subclasses__():
        yield from leaves(below) if below.__subclasses__() else (below,)


def within(value: Any) -> Iterator[PlanModel]:
    """A model and all that it is made of."""
    if isinstance(value, PlanModel):
        yield value
        value = tuple(getattr(value, field) for field in type(value).model_fields)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else ():
        yield from within(part)


@pytest.mark.parametrize("name", sorted(library()))
def test_the_library_is_told_in_whole_sentences(name: str) -> None:
    plan = load_plan(library()[name])
    told = list(summary_lines(plan))
    assert told[0] == f"{plan.name}, version {plan.version}"
    for line in told:
        assert not line.startswith("  - ") or (line.endswith(".") and ".." not in line and "None" not in line), line
    for bonus in plan.bonuses:
        assert any(line.startswith(bonus.name) for line in told)
