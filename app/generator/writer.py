"""A generated company as the files that `banyan import` reads: CSV or Parquet, a part of each file at a time."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet

from app.errors import InvalidInputError
from app.facts.limits import OPEN_AT_ONCE
from app.generator.models import REGIONS, STATUSES, TITLES, Bools, Company, Ints, Matrix
from app.generator.months import names_from
from app.generator.names import names_of

Format = Literal["csv", "parquet"]
FORMATS: Final = get_args(Format)

pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_INSTANT: Final = pa.timestamp("ms", tz="UTC")
_UNQUOTED: Final = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")  # type: ignore[call-arg]
_AMOUNT: Final = pa.decimal128(18, 2)
_REGION_NAMES: Final = tuple(region.name for region in REGIONS)
_NAMED: Final = 6
DISTRIBUTOR, CUSTOMER = 0, 1
ROWS_AT_ONCE: Final = 1 << 18
LATE_ROWS: Final = 60_000
"""Rows of one folder of late orders: as many as one import into a company that exists takes."""


def write_company(company: Company, directory: Path, file_format: Format = "csv") -> list[Path]:
    """Write distributors, placements, customers and orders into `directory`, the matrix if there is one, and late
    orders into `late` below it.

    Returns the paths. The same company gives the same bytes. A directory that already holds import files is refused,
    so that two companies never mix.
    """
    directory.mkdir(parents=True, exist_ok=True)
    known = [*directory.iterdir(), *directory.glob("late*/*")]
    there = sorted(path for path in known if path.suffix in (".csv", ".parquet"))
    if there:
        names = ", ".join(str(path.relative_to(directory)) for path in there[:_NAMED])
        raise InvalidInputError(f"{directory} already holds {names}; give an empty directory")
    months = names_from(company.months[0], company.months[-1])
    placed = np.flatnonzero(company.parent >= 0)
    on_time, late = _sales(company)
    parts: list[tuple[str, Ints, Callable[[Company, Ints], pa.Table]]] = [
        ("distributors", np.arange(len(company.sponsor)), _distributors),
        ("placements", placed, _placements),
        ("customers", np.arange(len(company.customer_of)), _customers),
        ("orders", on_time, _orders),
    ]
    if company.matrix is not None:
        matrix, settings = company.matrix, _settings(company.matrix)
        seated = np.flatnonzero(matrix.parent >= 0)
        parts.append(("settings", np.arange(len(settings)), lambda _, rows: settings.take(rows)))
        parts.append(("matrix_placements", seated, lambda _, rows: _seats(matrix, rows)))
    if len(months) > OPEN_AT_ONCE:
        parts.append(("periods", np.arange(len(months)), lambda _, rows: _periods(months, rows)))
    for number, begin in enumerate(range(0, max(len(late), 1), LATE_ROWS), 1):
        folder = "late" if number == 1 else f"late-{number}"
        parts.append((f"{folder}/orders", late[begin : begin + LATE_ROWS], _orders))
    paths = []
    for name, rows, table_of in parts:
        path = directory / f"{name}.{file_format}"
        path.parent.mkdir(exist_ok=True)
        _write(path, rows, lambda some, table_of=table_of: table_of(company, some))  # type: ignore[misc]
        paths.append(path)
    return paths


def _write(path: Path, rows: Ints, table_of: Callable[[Ints], pa.Table]) -> None:
    """A part at a time, so that ten million rows need no more memory than a few hundred thousand."""
    writer: Any = None
    for begin in range(0, max(len(rows), 1), ROWS_AT_ONCE):
        table = table_of(rows[begin : begin + ROWS_AT_ONCE])
        if path.suffix == ".csv":
            table = _as_text(table)
        if writer is None:
            writer = _writer(path, table.schema)
        writer.write_table(table)
    writer.close()


def _sales(company: Company) -> tuple[Ints, Ints]:
    """Orders, and behind them returns, numbered on; by instant, those known in time and those known late.

    A return of a late order is known no earlier.
    """
    late = np.concatenate([company.order_late, company.order_late[company.return_of]])
    by_instant = np.argsort(np.concatenate([company.order_at, company.return_at]), kind="stable")
    late = late[by_instant]
    return by_instant[~late], by_instant[late]


def _distributors(company: Company, people: Ints) -> pa.Table:
    owner = company.owner[people]
    return pa.table(
        {
            "id": _ids("D", people),
            "name": names_of(owner, DISTRIBUTOR),
            "sponsor": _ids("D", company.sponsor[people]),
            "enrolled_at": pa.array(company.enrolled_at[people], _INSTANT),
            "status": _words(STATUSES, company.status[people]),
            "owner": _ids("D", owner),
            "region": _words(_REGION_NAMES, company.region[people]),
            "title": _words(TITLES, company.title[people]),
        }
    )


def _placements(company: Company, placed: Ints) -> pa.Table:
    return pa.table(
        {
            "distributor": _ids("D", placed),
            "parent": _ids("D", company.parent[placed]),
            "slot": _words(("", "left", "right"), company.slot[placed]),
        }
    )


def _settings(matrix: Matrix) -> pa.Table:
    return pa.table(
        {"setting": ["matrix_depth", "matrix_width"], "value": [str(matrix.depth), str(matrix.width)]},
    )


def _seats(matrix: Matrix, seated: Ints) -> pa.Table:
    return pa.table(
        {
            "distributor": _ids("D", seated),
            "parent": _ids("D", matrix.parent[seated]),
            "slot": pa.array(matrix.slot[seated]).cast(pa.string()),
        }
    )


def _customers(company: Company, customers: Ints) -> pa.Table:
    return pa.table(
        {
            "id": _ids("C", customers),
            "name": names_of(customers, CUSTOMER),
            "distributor": _ids("D", company.customer_of[customers]),
            "registered_at": pa.array(company.registered_at[customers], _INSTANT),
        }
    )


def _orders(company: Company, sales: Ints) -> pa.Table:
    """Orders and returns as `_sales` numbers them; a return repeats its order's buyer and amounts."""
    sold = len(company.order_at)
    is_return = sales >= sold
    back = sales[is_return] - sold
    order, placed_at = sales.copy(), np.empty(len(sales), dtype=np.int64)
    order[is_return] = company.return_of[back]
    placed_at[is_return], placed_at[~is_return] = company.return_at[back], company.order_at[sales[~is_return]]
    by_customer, buyer = company.order_by_customer[order], company.order_buyer[order]
    return pa.table(
        {
            "id": _either(is_return, _ids("R", sales - sold), _ids("O", sales)),
            "buyer": _either(by_customer, _ids("C", buyer), _ids("D", buyer)),
            "buyer_kind": _words(("distributor", "customer"), by_customer.astype(np.int64)),
            "kind": _words(("order", "return"), is_return.astype(np.int64)),
            "return_of": _ids("O", np.where(is_return, order, -1)),
            "placed_at": pa.array(placed_at, _INSTANT),
            "pv": _decimals(company.order_pv[order]).cast(_AMOUNT),
            "cv": _decimals(company.order_cv[order]).cast(_AMOUNT),
        }
    )


def _periods(months: list[str], rows: Ints) -> pa.Table:
    """Months that cannot all be open at once are brought: all but the last two of them closed."""
    empty = [""] * len(rows)
    return pa.table(
        {
            "calendar": ["monthly"] * len(rows),
            "name": [months[row] for row in rows.tolist()],
            "zone": ["UTC"] * len(rows),
            "state": _words(("closed", "open"), (rows >= len(months) - OPEN_AT_ONCE).astype(np.int64)),
            "starts_at": empty,
            "ends_at": empty,
        }
    )


def _ids(prefix: str, index: Ints) -> Any:
    """`D0000001` for index 0, and so on; empty for -1."""
    number = pc.utf8_lpad(pa.array(index + 1).cast(pa.string()), 7, "0")
    return _either(index < 0, pa.scalar(""), pc.binary_join_element_wise(prefix, number, ""))


def _words(words: tuple[str, ...], codes: Ints) -> Any:
    return pa.array(words).take(codes)


def _writer(path: Path, schema: pa.Schema) -> Any:
    if path.suffix == ".csv":
        return pyarrow.csv.CSVWriter(path, schema, write_options=_UNQUOTED)
    return pyarrow.parquet.ParquetWriter(path, schema, compression="zstd")


def _either(condition: Bools, yes: Any, no: Any) -> Any:
    return pc.if_else(pa.array(condition), yes, no)


def _decimals(minor: Ints) -> Any:
    cents = pc.utf8_lpad(pa.array(minor % 100).cast(pa.string()), 2, "0")
    return pc.binary_join_element_wise(pa.array(minor // 100).cast(pa.string()), cents, ".")


def _as_text(table: pa.Table) -> pa.Table:
    """The same table with instants and amounts written out."""
    columns: dict[str, Any] = {}
    for name, column in zip(table.column_names, table.columns, strict=True):
        if column.type == _INSTANT:
            epoch_ms = column.cast(pa.int64()).to_numpy().astype("datetime64[ms]")
            columns[name] = pa.array(np.datetime_as_string(epoch_ms, unit="ms", timezone="UTC"))
        else:
            columns[name] = column.cast(pa.string())
    return pa.table(columns)
