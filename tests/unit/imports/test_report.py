"""What people are told."""

from app.imports.models import BadLine, FileCount, ImportReport, Reason
from app.imports.report import lines_of


def test_a_report_of_bad_lines_counts_what_it_does_not_tell() -> None:
    report = ImportReport(
        imported=False,
        files=(FileCount("distributors.csv", 12_000, 10_000, 1, 1_999), FileCount("orders.csv", 2, 2, 0, 0)),
        bad_lines=(BadLine("distributors.csv", 7, "sponsor", Reason.UNKNOWN_SPONSOR, "Zed", ""),),
        bad_counts={Reason.UNKNOWN_SPONSOR: 1_998, Reason.EMPTY: 1},
        last_seq=None,
    )
    assert list(lines_of(report)) == [
        "file                    rows       new  unchanged       bad",
        "distributors.csv      12,000    10,000          1     1,999",
        "orders.csv                 2         2          0         0",
        "distributors.csv:7 sponsor: unknown sponsor: 'Zed'",
        "and 1,998 more; all 1,999 by reason:",
        "     1,998  unknown sponsor",
        "         1  empty",
        "1,999 faults: nothing was written. Correct the files and import again.",
    ]


def test_reports_of_imports_that_went_through() -> None:
    assert list(lines_of(ImportReport(True, (), (), {}, 4_711)))[-1] == "Imported; the last fact is number 4,711."
    nothing = "Everything was stored already; nothing to write."
    assert list(lines_of(ImportReport(True, (), (), {}, None)))[-1] == nothing
