"""Cypher files with a typed header, parsed once: `StatementLibrary.load(path)`.

A file is a block of `// key: value` lines, then one statement. Keys: name, mode, description, param, output, cost,
budget_ms, plan, database, note. A `//` line without a key continues the line above; a blank line ends
that, so a remark may follow. Example:

    // name: downline
    // mode: READ
    // description: everyone below a person
    // param: root_ix :: INTEGER the person's ix
    // param: depth :: INTEGER = 5 how many levels
    // output: ids :: LIST OF STRING ids in level order
    // cost: O(rows); budget_ms: 100

A file of parts/ is no statement by itself: only what others name, as below.

In the text, a line `// statement: procedures/find_place_binary` stands for the text of that file, so that what one
statement asks on the way and another by itself is written once. The file with the line declares the parameters of both.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from app.graph.errors import StatementError

Mode = Literal["READ", "WRITE", "SCHEMA"]

CYPHER_ROOT: Final = Path(__file__).resolve().parents[2] / "cypher"
PARTS: Final = "parts/"
DEFAULT_BUDGET_MS: Final = 100

_KEY_LINE: Final = re.compile(r"^//\s*([a-z_]+):\s*(.*)$")
_KEYS: Final = frozenset(
    {"name", "mode", "description", "param", "output", "cost", "budget_ms", "plan", "database", "note"}
)
_SCALARS: Final = (
    r"STRING|INTEGER|INT|LONG|FLOAT|DOUBLE|NUMBER|BOOLEAN|MAP|ANY|NODE|RELATIONSHIP|PATH|"
    r"ZONED DATETIME|LOCAL DATETIME|DATETIME|DATE|ZONED TIME|LOCAL TIME|TIME|DURATION|POINT"
)
_FIELD: Final = re.compile(rf"^([A-Za-z_]\w*)\s*::\s*((?:LIST OF )*(?:{_SCALARS}))(?![\w])\s*(.*)$", re.DOTALL)
_DEFAULT: Final = re.compile(
    r"""^=\s*(null|true|false|-?\d+\.\d+|-?\d+|'[^']*'|"[^"]*"|\[[^\]]*\]|\{\s*\})(?![\w.])\s*(.*)$""", re.DOTALL
)
_BUDGET: Final = re.compile(r"budget_ms:\s*(\d+)\s*(.*)$", re.DOTALL)
_PLAN: Final = re.compile(r"^allows\s+(\w+)\s+because\s+(\S.*)$", re.DOTALL)
_OTHER: Final = re.compile(r"^[ \t]*// statement: (\S+)$", re.MULTILINE)
_NOISE: Final = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|//[^\n]*|/\*.*?\*/""", re.DOTALL)
_PARAMETER: Final = re.compile(r"\$`?([A-Za-z_]\w*)`?")


@dataclass(frozen=True, slots=True)
class Field:
    """One declared parameter or output column, with its Cypher type."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Parameter(Field):
    """A parameter; without a default it must be given."""

    required: bool
    default: Any
    default_text: str
    """The default as it stands in the header: a Cypher literal."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One Cypher file. `text` is the statement without its header; `name` is the path below cypher/ without suffix."""

    name: str
    mode: Mode
    description: str
    parameters: tuple[Parameter, ...]
    outputs: tuple[Field, ...]
    budget_ms: int
    text: str
    database: str | None = None
    """Set for the few that run outside the graph's own database (`system`)."""
    plan_allows: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Operators a plan test forbids but this file needs, each with the reason."""

    def bind(self, given: Mapping[str, Any] | None) -> dict[str, Any]:
        """The parameters to send: those given plus defaults. Missing or undeclared ones are a StatementError."""
        given = given or {}
        declared = {p.name for p in self.parameters}
        if extra := sorted(given.keys() - declared):
            raise StatementError(f"{self.name} was called with {extra}, it declares {sorted(declared)}")
        bound: dict[str, Any] = {}
        missing: list[str] = []
        for parameter in self.parameters:
            if parameter.name in given:
                bound[parameter.name] = given[parameter.name]
            elif parameter.required:
                missing.append(parameter.name)
            else:
                bound[parameter.name] = parameter.default
        if missing:
            raise StatementError(f"{self.name} was called without {missing}; give them or declare a default")
        return bound


class StatementLibrary(Mapping[str, Statement]):
    """All statements below one folder, by name ('procedures/downline')."""

    def __init__(self, statements: Mapping[str, Statement], root: Path) -> None:
        self._statements = dict(statements)
        self._root = root

    @classmethod
    def load(cls, root: Path = CYPHER_ROOT) -> "StatementLibrary":
        """Read and check every *.cypher file below `root`; a fault is a StatementError with file and line."""
        if not root.is_dir():
            raise StatementError(f"no folder of Cypher files at {root}")
        paths = {path.relative_to(root).with_suffix("").as_posix(): path for path in sorted(root.rglob("*.cypher"))}
        contents = {name: path.read_text(encoding="utf-8") for name, path in paths.items()}
        return cls(
            {
                name: parse_statement(name, content, source=str(paths[name]), others=contents)
                for name, content in contents.items()
                if not name.startswith(PARTS)
            },
            root,
        )

    def __getitem__(self, name: str) -> Statement:
        try:
            return self._statements[name]
        except KeyError:
            raise StatementError(f"no statement '{name}' below {self._root}; {len(self)} are loaded") from None

    def __contains__(self, name: object) -> bool:
        return name in self._statements

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    key: str
    value: str


def parse_statement(
    name: str, content: str, *, source: str, others: Mapping[str, str] = MappingProxyType({})
) -> Statement:
    """Parse one file's content. `name` is its path below cypher/; errors begin with `source:line:`. `others`: contents
    of the files whose text it may name."""
    entries, body, body_line = _split(content, source)
    text = _whole(_text(body), others, f"{source}:{body_line}")
    if not text:
        raise StatementError(f"{source}:{body_line}: no statement follows the header")
    stem = name.rsplit("/", 1)[-1]
    declared_name = _single(entries, "name", source)
    if declared_name.value != stem:
        raise StatementError(f"{source}:{declared_name.line}: name is '{declared_name.value}', the file is '{stem}'")
    mode = _single(entries, "mode", source)
    if mode.value not in ("READ", "WRITE", "SCHEMA"):
        raise StatementError(f"{source}:{mode.line}: mode is '{mode.value}', expected READ, WRITE or SCHEMA")
    parameters = tuple(_parameter(e, source) for e in entries if e.key == "param")
    outputs = tuple(_field(e, source)[0] for e in entries if e.key == "output")
    for kind, fields in (("param", parameters), ("output", outputs)):
        _check_distinct(kind, [f.name for f in fields], source)
    _check_parameters(parameters, text, body_line, source)
    database = [e.value for e in entries if e.key == "database"]
    return Statement(
        name=name,
        mode=cast(Mode, mode.value),
        description=_single(entries, "description", source).value,
        parameters=parameters,
        outputs=outputs,
        budget_ms=_budget(entries, source),
        text=text,
        database=database[0] if database else None,
        plan_allows=_plan_allows(entries, source),
    )


def _text(body: str) -> str:
    return body.strip().rstrip(";").rstrip()


def _whole(text: str, others: Mapping[str, str], place: str) -> str:
    """The text with those that it names in their places."""

    def named(line: re.Match[str]) -> str:
        name = line.group(1)
        if name not in others:
            raise StatementError(f"{place}: there is no statement '{name}' whose text could stand here")
        return _whole(_text(_split(others[name], name)[1]), others, place)

    return _OTHER.sub(named, text)


def used_parameters(text: str) -> frozenset[str]:
    """Names of the `$parameters` a Cypher text uses, outside strings and comments."""
    return frozenset(_PARAMETER.findall(_NOISE.sub(" ", text)))


def _split(content: str, source: str) -> tuple[list[_Entry], str, int]:
    entries: list[_Entry] = []
    lines = content.splitlines()
    number, continued = 0, False
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        if line and not line.startswith("//"):
            return entries, "\n".join(lines[number - 1 :]), number
        if match := _KEY_LINE.match(line):
            key, value = match.group(1), match.group(2).strip()
            if key not in _KEYS:
                raise StatementError(f"{source}:{number}: unknown header key '{key}', expected one of {sorted(_KEYS)}")
            entries.append(_Entry(number, key, value))
            continued = True
        elif not line:
            continued = False
            continue
        elif (more := line.removeprefix("//").strip()) and continued:
            last = entries[-1]
            entries[-1] = _Entry(last.line, last.key, f"{last.value} {more}".strip())
    return entries, "", number + 1


def _single(entries: list[_Entry], key: str, source: str) -> _Entry:
    found = [e for e in entries if e.key == key]
    if not found:
        raise StatementError(f"{source}:1: the header has no '// {key}: …' line")
    if len(found) > 1:
        raise StatementError(f"{source}:{found[1].line}: a second '{key}' line; the first is line {found[0].line}")
    if not found[0].value:
        raise StatementError(f"{source}:{found[0].line}: '{key}' is empty")
    return found[0]


def _field(entry: _Entry, source: str) -> tuple[Field, str]:
    match = _FIELD.match(entry.value)
    if match is None:
        raise StatementError(
            f"{source}:{entry.line}: {entry.key} '{entry.value}' is not 'name :: TYPE meaning' with a Cypher type "
            "such as INTEGER or LIST OF STRING"
        )
    name, type_name, rest = match.groups()
    if len(name) < 2:
        raise StatementError(f"{source}:{entry.line}: {entry.key} '{name}' needs at least two characters (APOC's rule)")
    return Field(name, type_name, _meaning(rest)), rest


def _parameter(entry: _Entry, source: str) -> Parameter:
    declared, rest = _field(entry, source)
    if not rest.startswith("="):
        return Parameter(declared.name, declared.type, declared.meaning, True, None, "")
    match = _DEFAULT.match(rest)
    if match is None:
        raise StatementError(
            f"{source}:{entry.line}: the default in '{rest}' is not a literal (5, 'x', null, [], {{}})"
        )
    literal, meaning = match.groups()
    try:
        default = _literal(literal)
    except ValueError as error:
        raise StatementError(f"{source}:{entry.line}: the default {literal} cannot be read: {error}") from error
    return Parameter(declared.name, declared.type, _meaning(meaning), False, default, literal)


def _literal(text: str) -> Any:
    if text[0] in "'\"":
        return text[1:-1]
    return json.loads(text.replace("'", '"'))


def _meaning(text: str) -> str:
    return text.strip().lstrip("…-\N{EM DASH}\N{EN DASH},:; ").strip()


def _check_distinct(kind: str, names: list[str], source: str) -> None:
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise StatementError(f"{source}:1: {kind} {twice} declared twice")


def _check_parameters(parameters: tuple[Parameter, ...], text: str, line: int, source: str) -> None:
    declared = {p.name for p in parameters}
    used = used_parameters(text)
    if unused := sorted(declared - used):
        raise StatementError(f"{source}:{line}: parameters {unused} are declared but the text does not use them")
    if undeclared := sorted(used - declared):
        raise StatementError(f"{source}:{line}: the text uses {undeclared} which no '// param:' line declares")


def _budget(entries: list[_Entry], source: str) -> int:
    for entry in entries:
        text = f"budget_ms: {entry.value}" if entry.key == "budget_ms" else entry.value
        if entry.key in ("budget_ms", "cost") and (match := _BUDGET.search(text)):
            budget, reason = int(match.group(1)), match.group(2).strip()
            if budget > DEFAULT_BUDGET_MS and not reason:
                raise StatementError(
                    f"{source}:{entry.line}: a budget of {budget} ms (above {DEFAULT_BUDGET_MS}) needs its reason"
                )
            return budget
    return DEFAULT_BUDGET_MS


def _plan_allows(entries: list[_Entry], source: str) -> Mapping[str, str]:
    allowed: dict[str, str] = {}
    for entry in entries:
        if entry.key == "plan":
            match = _PLAN.match(entry.value)
            if match is None:
                raise StatementError(
                    f"{source}:{entry.line}: plan is '{entry.value}', expected 'allows Operator because …'"
                )
            allowed[match.group(1)] = match.group(2)
    return MappingProxyType(allowed)
