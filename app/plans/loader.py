"""Plan files: YAML in, a validated `Plan` or every problem with its line and key out."""

import difflib
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from app.errors import InvalidInputError
from app.plans.fields import PlanModel
from app.plans.gates import GATES
from app.plans.lint import Problem, key_of, lint
from app.plans.models import BONUSES, Plan, PlanRulesError

MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
LIBRARY = Path(__file__).parent / "library"

_TAG = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})", re.ASCII)
_FRACTION = re.compile(r"[-+]?[0-9]{1,17}\.[0-9]{1,17}", re.ASCII)

Path_ = tuple[str | int, ...]


class PlanError(InvalidInputError):
    """The plan file cannot be used; `problems` holds every finding, the message the errors, one a line."""

    title = "Invalid plan"

    def __init__(self, source: str, problems: "tuple[LocatedProblem, ...]") -> None:
        errors = [problem for problem in problems if problem.severity == "error"]
        lines = "\n".join(f"{source}:{problem}" for problem in errors)
        super().__init__(lines, problems=[str(problem) for problem in problems])
        self.problems = problems


class PlanFileError(InvalidInputError):
    """There is no plan file to read."""

    title = "No plan read"


@dataclass(frozen=True, slots=True)
class LocatedProblem:
    """One finding with its place in the file: line and column from 1 (0 when there is none) and the key."""

    severity: str
    line: int
    column: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.line}:{self.column}: " if self.line else " "
        return f"{where}{self.key}: {self.message}" if self.key else f"{where}{self.message}"


@dataclass(frozen=True, slots=True)
class Check:
    """The plan (None when there are errors) and all findings, in the order of the file."""

    plan: Plan | None
    problems: tuple[LocatedProblem, ...]


def load_plan(path: Path) -> Plan:
    """Read a plan file. Raises PlanError naming line and key of every error, PlanFileError when it cannot be read."""
    return parse_plan(read_plan(path), source=str(path))


def read_plan(path: Path) -> bytes:
    """What a plan file holds. Raises PlanFileError."""
    try:
        return path.read_bytes()
    except OSError as error:
        known = ", ".join(library())
        raise PlanFileError(
            f"{path} cannot be read ({error.strerror}). Give a plan file, or one of the library: {known}."
        ) from error


def parse_plan(text: str | bytes, source: str = "plan") -> Plan:
    """The plan in `text`. Raises PlanError naming line and key of every error; `source` names the file in messages."""
    check = check_plan(text)
    if check.plan is None:
        raise PlanError(source, check.problems)
    return check.plan


def check_plan(text: str | bytes) -> Check:
    """Validate and lint; never raises for what the text says."""
    reader = _Reader()
    try:
        data = reader.read(text)
    except _UnreadableError as error:
        return Check(None, (error.problem,))
    if reader.problems:
        return Check(None, tuple(reader.problems))
    try:
        plan = Plan.model_validate(data)
    except ValidationError as error:
        found = [problem for details in _own(error.errors()) for problem in _located(details, reader.marks)]
        return Check(None, tuple(sorted(found, key=lambda problem: (problem.line, problem.column))))
    return Check(plan, tuple(_at(problem, reader.marks) for problem in lint(plan)))


def library() -> dict[str, Path]:
    """The plans that come with the service, by name."""
    return {path.stem: path for path in sorted(LIBRARY.glob("*.yaml"))}


class _UnreadableError(Exception):
    def __init__(self, line: int, column: int, message: str) -> None:
        super().__init__(message)
        self.problem = LocatedProblem("error", line, column, "", message)


def _refuse_tricks(text: str | bytes) -> None:
    """Look at the events first, which come one by one: deep nesting makes the parser slow, an alias makes data huge."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _UnreadableError(*_place(event.start_mark), f"aliases (*{event.anchor}) are not allowed in a plan")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise _UnreadableError(*_place(event.start_mark), "nested too deeply for a plan")


class _Reader:
    """YAML nodes to plain data, exactly (no binary fractions), remembering where each key stands."""

    def __init__(self) -> None:
        self.marks: dict[Path_, tuple[int, int]] = {}
        self.problems: list[LocatedProblem] = []

    def read(self, text: str | bytes) -> Any:
        if len(text) > MAX_BYTES:
            raise _UnreadableError(0, 0, f"a plan file holds at most {MAX_BYTES} bytes, this one {len(text)}")
        try:
            _refuse_tricks(text)
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            place = _place(error.problem_mark) if error.problem_mark else (0, 0)
            raise _UnreadableError(*place, f"not YAML: {error.problem or error.context}") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise _UnreadableError(0, 0, f"not YAML: {error}") from error
        if not isinstance(root, yaml.MappingNode):
            raise _UnreadableError(1, 1, "a plan is a mapping of keys such as name, ranks and bonuses")
        return self._value(root, ())

    def _value(self, node: yaml.Node, path: Path_) -> Any:
        self.marks.setdefault(path, _place(node.start_mark))
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._value(item, (*path, at)) for at, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._complain(key_node, path, "a key must be plain text")
                continue
            key = key_node.value
            if key in data:
                first = self.marks[(*path, key)][0]
                self._complain(key_node, (*path, key), f"the key stands here a second time, first in line {first}")
                continue
            self.marks[(*path, key)] = _place(key_node.start_mark)
            data[key] = self._value(value_node, (*path, key))
        return data

    def _scalar(self, node: yaml.Node, path: Path_) -> Any:
        text, kind = str(node.value), node.tag.removeprefix(_TAG)
        if kind in ("str", "timestamp"):
            return text
        if kind == "null":
            return None
        if kind == "bool":
            return text.lower() in ("true", "yes", "on")
        if kind == "int" and _INTEGER.fullmatch(text):
            return int(text)
        if kind == "float" and _FRACTION.fullmatch(text):
            return Decimal(text)
        self._complain(
            node, path, f"{text[:40]!r} ({kind}) is not allowed; write plain digits such as 1200 or 0.05, or quote it"
        )
        return None

    def _complain(self, node: yaml.Node, path: Path_, message: str) -> None:
        self.problems.append(LocatedProblem("error", *_place(node.start_mark), key_of(path), message))


def _place(mark: Any) -> tuple[int, int]:
    return mark.line + 1, mark.column + 1


def _own(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without "the list is empty" about lists that only lost their items to errors."""
    return [details for details in errors if details["type"] != "too_short" or details["input"] == []]


def _located(details: ErrorDetails, marks: dict[Path_, tuple[int, int]]) -> list[LocatedProblem]:
    cause = details.get("ctx", {}).get("error")
    if isinstance(cause, PlanRulesError):
        return [_at(problem, marks) for problem in cause.problems]
    path: Path_ = ()
    for part in details["loc"]:
        # Pydantic puts names of union members into the path; what the file does not have is not the user's.
        if (*path, part) in marks:
            path = (*path, part)
    message = details["msg"].removeprefix("Value error, ")
    match details["type"]:
        case "missing":
            path, message = (*path, details["loc"][-1]), "this key is required and missing"
        case "extra_forbidden":
            message = f"unknown key{_suggestion(str(details['loc'][-1]))}"
        case "string_type":
            message = f"must be text; put quotes around {details['input']}"
        case "union_tag_invalid":
            message = f"unknown type; one of {details['ctx']['expected_tags']}"
            path = (*path, "type")
        case "union_tag_not_found":
            path, message = (*path, "type"), f"this key is required and missing: {_types(str(details['loc'][0]))}"
    return [_at(Problem("error", path, message), marks)]


def _at(problem: Problem, marks: dict[Path_, tuple[int, int]]) -> LocatedProblem:
    known = problem.path
    while known not in marks:
        known = known[:-1]
    return LocatedProblem(problem.severity, *marks[known], key_of(problem.path), problem.message)


def _types(key: str) -> str:
    """`'unilevel' or 'binary'`: the types that a list of the plan takes."""
    kinds: tuple[type[PlanModel], ...] = GATES if key == "gates" else BONUSES
    *others, last = [repr(get_args(kind.model_fields["type"].annotation)[0]) for kind in kinds]
    return f"{', '.join(others)} or {last}"


def _suggestion(key: str) -> str:
    kinds: list[type[PlanModel]] = [*PlanModel.__subclasses__(), *BONUSES]
    names = {field.alias or name for kind in kinds for name, field in kind.model_fields.items()}
    close = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean {close[0]}?" if close and close[0] != key else ""
