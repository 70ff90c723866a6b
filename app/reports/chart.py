"""Bar charts: SVG made by hand, with a title and, as its description, the same figures in words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from app.amounts import from_minor
from app.reports.models import Report
from app.reports.text import NONE, title_of

MOST_BARS: Final = 50
_LABEL, _BARS, _VALUE, _LINE, _TOP, _LONGEST = 240, 480, 140, 24, 48, 30
_NOT_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ABOVE, _BELOW = "#1b6e53", "#a33b2a"


@dataclass(frozen=True, slots=True)
class Bar:
    """A value in minor units; `colour` None: by its sign."""

    label: str
    value: int
    colour: str | None = None


def report_svg(report: Report) -> str:
    """One bar for each of the first rows; below zero they grow to the left of the axis."""
    at = report.column(report.charted)
    unit = " %" if report.columns[at].kind == "share" else f" {report.currency}"
    bars = [Bar(_label(report, row), int(row[at] or 0)) for row in report.rows[:MOST_BARS]]
    return bars_svg(title_of(report), bars, unit, more=len(report.rows) + report.left_out - len(bars))


def bars_svg(title: str, bars: Sequence[Bar], unit: str, *, more: int) -> str:
    """A bar below the other; `more`: how many others there are, which are not drawn."""
    spoken = "; ".join(f"{bar.label}: {from_minor(bar.value)}{unit}" for bar in bars) or "There is nothing to show"
    if more:
        spoken += f"; and {more:,} more"
    width, height = _LABEL + _BARS + _VALUE, _TOP + _LINE * max(len(bars), 1) + 8
    title = _text(title)
    heading = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        'aria-labelledby="title desc" font-family="sans-serif" font-size="13">'
        f'<title id="title">{title}</title><desc id="desc">{_text(spoken)}.</desc>'
        f'<rect width="{width}" height="{height}" fill="#fff"/>'
        f'<text x="8" y="24" font-size="15" fill="#111">{title}</text>'
    )
    return "".join([heading, *_drawn(bars, unit), "</svg>\n"])


def _drawn(bars: Sequence[Bar], unit: str) -> Iterator[str]:
    low, high = min([0, *(bar.value for bar in bars)]), max([0, *(bar.value for bar in bars)])
    scale = _BARS / ((high - low) or 1)
    zero = _LABEL - low * scale
    for row, bar in enumerate(bars):
        y = _TOP + row * _LINE
        long, left = abs(bar.value) * scale, zero + min(bar.value, 0) * scale
        short = bar.label if len(bar.label) <= _LONGEST else f"{bar.label[: _LONGEST - 1]}…"
        yield f'<text x="{_LABEL - 8}" y="{y + 13}" text-anchor="end" fill="#111">{_text(short)}</text>'
        colour = bar.colour or (_ABOVE if bar.value >= 0 else _BELOW)
        yield f'<rect x="{left:.1f}" y="{y}" width="{long:.1f}" height="17" fill="{colour}"/>'
        yield (
            f'<text x="{_LABEL + _BARS + _VALUE - 8}" y="{y + 13}" text-anchor="end" fill="#111">'
            f"{from_minor(bar.value):,}{_text(unit)}</text>"
        )
    yield f'<path d="M{zero:.1f} {_TOP - 6}v{_LINE * max(len(bars), 1)}" stroke="#555" fill="none"/>'


def _label(report: Report, row: tuple[object, ...]) -> str:
    """The texts of a row: who or what it is of."""
    texts = [cell for cell, column in zip(row, report.columns, strict=True) if column.kind == "text"]
    return " ".join(str(text) for text in texts if text) or NONE


def _text(text: str) -> str:
    """Text that XML takes: its five characters escaped, and what it cannot hold at all replaced."""
    return escape(_NOT_XML.sub("\ufffd", text), quote=True)
