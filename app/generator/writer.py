"""A generated company as the files that `banyan import` reads: CSV or Parquet, four of them."""

from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from app.errors import InvalidInputError
from app.generator.company import REGIONS, STATUSES, TITLES, Company

Format = Literal["csv", "parquet"]
FORMATS: Final = get_args(Format)

Ints = NDArray[np.int64]
pc: Any = pyarrow.compute  # its stubs know fewer argument types than its functions take
_INSTANT: Final = pa.timestamp("ms", tz="UTC")
_UNQUOTED: Final = pyarrow.csv.WriteOptions(quoting_style="none", quoting_header="none")  # type: ignore[call-arg]
_AMOUNT: Final = pa.decimal128(18, 2)


def write_company(company: Company, directory: Path, file_format: Format = "csv") -> list[Path]:
    """Write distributors, placements, customers and orders into `directory` and return their paths.

    The same company gives the same bytes. A directory that already holds import files is refused, so that two
    companies never mix.
    """
    directory.mkdir(parents=True, exist_ok=True)
    if there := sorted(p.name for p in directory.iterdir() if p.suffix in (".csv", ".parquet")):
        raise InvalidInputError(f"{directory} already holds {', '.join(there)}; give an empty directory")
    tables = {
        "distributors": _distributors(company),
        "placements": _placements(company),
        "customers": _customers(company),
        "orders": _orders(company),
    }
    paths = []
    for name, table in tables.items():
        path = directory / f"{name}.{file_format}"
        if file_format == "csv":
            text: Any = _as_text(table)
            pyarrow.csv.write_csv(text, path, _UNQUOTED)
        else:
            pyarrow.parquet.write_table(table, path, compression="zstd")
        paths.append(path)
    return paths


def _distributors(company: Company) -> pa.Table:
    people = np.arange(len(company.sponsor))
    return pa.table(
        {
            "id": _ids("D", people),
            "name": _ids("Distributor ", company.owner, width=1),
            "sponsor": _ids("D", company.sponsor),
            "enrolled_at": pa.array(company.enrolled_at, _INSTANT),
            "status": _words(STATUSES, company.status),
            "owner": _ids("D", company.owner),
            "region": _words(REGIONS, company.region),
            "title": _words(TITLES, company.title),
        }
    )


def _placements(company: Company) -> pa.Table:
    placed = np.flatnonzero(company.parent >= 0)
    return pa.table(
        {
            "distributor": _ids("D", placed),
            "parent": _ids("D", company.parent[placed]),
            "slot": _words(("", "left", "right"), company.slot[placed]),
        }
    )


def _customers(company: Company) -> pa.Table:
    customers = np.arange(len(company.customer_of))
    return pa.table(
        {
            "id": _ids("C", customers),
            "name": _ids("Customer ", customers, width=1),
            "distributor": _ids("D", company.customer_of),
            "registered_at": pa.array(company.registered_at, _INSTANT),
        }
    )


def _orders(company: Company) -> pa.Table:
    """Orders and returns in one file by instant; a return repeats its order's buyer and amounts."""
    sold, back = np.arange(len(company.order_at)), company.return_of
    order = np.concatenate([sold, back])
    is_return = np.arange(len(order)) >= len(sold)
    number = np.where(is_return, np.arange(len(order)) - len(sold), order)
    placed_at = np.concatenate([company.order_at, company.return_at])
    by_customer = company.order_by_customer[order]
    buyer = company.order_buyer[order]
    table = pa.table(
        {
            "id": _either(is_return, _ids("R", number), _ids("O", number)),
            "buyer": _either(by_customer, _ids("C", buyer), _ids("D", buyer)),
            "buyer_kind": _words(("distributor", "customer"), by_customer.astype(np.int64)),
            "kind": _words(("order", "return"), is_return.astype(np.int64)),
            "return_of": _ids("O", np.where(is_return, order, -1)),
            "placed_at": pa.array(placed_at, _INSTANT),
            "pv": _decimals(company.order_pv[order]).cast(_AMOUNT),
            "cv": _decimals(company.order_cv[order]).cast(_AMOUNT),
        }
    )
    return table.take(np.argsort(placed_at, kind="stable"))


def _ids(prefix: str, index: Ints, width: int = 7) -> Any:
    """`D0000001` for index 0, and so on; empty for -1."""
    number = pc.utf8_lpad(pa.array(index + 1).cast(pa.string()), width, "0")
    return _either(index < 0, pa.scalar(""), pc.binary_join_element_wise(prefix, number, ""))


def _words(words: tuple[str, ...], codes: Ints) -> Any:
    return pa.array(words).take(codes)


def _either(condition: NDArray[np.bool_], yes: Any, no: Any) -> Any:
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
