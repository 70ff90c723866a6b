"""Reads what the other system's bonuses are called with us: YAML `theirs: ours`, or CSV with both as columns."""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import yaml

from app.comparing.models import BonusNames, NothingToCompareError, ResultsError
from app.imports.faults import shown
from app.imports.models import BadLine, Reason

_MAX_BYTES: Final = 64 * 1024
_HEADER: Final = ["theirs", "ours"]
_SUCH_AS: Final = "one line for each bonus, such as Fast start: Level bonus"
NO_NAMES: Final = BonusNames("", {}, {})


def read_bonus_names(path: Path) -> BonusNames:
    """The names in `path`. Raises ResultsError naming what is wrong, NothingToCompareError when it cannot be read."""
    try:
        content = path.read_bytes()[: _MAX_BYTES + 1]
    except OSError as error:
        raise NothingToCompareError(f"{path} cannot be read ({error.strerror}); give a YAML or CSV file.") from error
    try:
        if len(content) > _MAX_BYTES:
            raise _UnreadableError(1, f"it holds more than {_MAX_BYTES:,} bytes")
        text = content.decode("utf-8-sig")
        pairs = list(_of_csv(text) if path.suffix == ".csv" else _of_yaml(text))
    except UnicodeDecodeError as error:
        raise ResultsError((BadLine(path.name, 1, "", Reason.NOT_UTF8, "", "save the file as UTF-8"),), 1) from error
    except _UnreadableError as error:
        raise ResultsError((BadLine(path.name, error.line, "", Reason.UNREADABLE, "", error.detail),), 1) from error
    ours: dict[str, str] = {}
    lines: dict[str, int] = {}
    faults = []
    for line, theirs, our in pairs:
        for column, value in zip(_HEADER, (theirs, our), strict=True):
            if not value:
                faults.append(BadLine(path.name, line, column, Reason.EMPTY, "", _SUCH_AS))
        if theirs in ours:
            detail = f"first on line {lines[theirs]}"
            faults.append(BadLine(path.name, line, "theirs", Reason.REPEATED_ID, shown(theirs), detail))
        ours.setdefault(theirs, our)
        lines.setdefault(theirs, line)
    if faults:
        raise ResultsError(tuple(faults), len(faults))
    return BonusNames(path.name, ours, lines)


class _UnreadableError(Exception):
    def __init__(self, line: int, detail: str) -> None:
        super().__init__(detail)
        self.line = line
        self.detail = detail


def _of_csv(text: str) -> Iterator[tuple[int, str, str]]:
    reader = csv.reader(text.splitlines())
    if next(reader, []) != _HEADER:
        raise _UnreadableError(1, f"the columns are {', '.join(_HEADER)}")
    for row in reader:
        if row and len(row) != len(_HEADER):
            raise _UnreadableError(reader.line_num, f"{len(row)} values, the header has {len(_HEADER)}")
        if row:
            yield reader.line_num, row[0], row[1]


def _of_yaml(text: str) -> Iterator[tuple[int, str, str]]:
    """Nodes instead of values: they know their line, a name that stands twice shows, and no alias is unfolded."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise _UnreadableError(line, f"not YAML: {error.problem or error.context}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise _UnreadableError(1, "not YAML that is a list of names") from error
    if not isinstance(root, yaml.MappingNode):
        raise _UnreadableError(1, _SUCH_AS)
    for theirs, ours in root.value:
        if not (isinstance(theirs, yaml.ScalarNode) and isinstance(ours, yaml.ScalarNode)):
            raise _UnreadableError(theirs.start_mark.line + 1, _SUCH_AS)
        yield theirs.start_mark.line + 1, theirs.value, ours.value
