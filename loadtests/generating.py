"""Ten million people into files, in a process of its own."""

from pathlib import Path

from app.generator import CompanySpec, generate, write_company
from loadtests.alone import alone
from loadtests.filling import GENERATED
from loadtests.rows import once
from loadtests.sheet import Sheet
from loadtests.timing import stopwatch
from loadtests.trees import MONTH, SEED


def generate_millions(sheet: Sheet, people: int, folder: Path) -> None:
    """One row."""
    (seconds, orders, size), peak = alone(generate_into, people, folder)
    words = f"{orders:,} orders and returns, {size / 2**20:,.0f} MiB of Parquet"
    sheet.add(once(GENERATED, seconds, people, peak_mib=peak, words=words))


def generate_into(people: int, folder: Path) -> tuple[float, int, int]:
    """As `banyan generate` does it: seconds, orders and returns, bytes of all files."""

    def both() -> int:
        company = generate(CompanySpec(people, SEED, (MONTH,)))
        write_company(company, folder, "parquet")
        return len(company.order_at) + len(company.return_of)

    seconds, orders = stopwatch(both)
    return seconds, orders, sum(path.stat().st_size for path in folder.rglob("*.parquet"))
