"""A statement as a PDF: what is paid and why, what is not and why, and the sums. The same one gives the same bytes.

A leader may have a million lines, which nobody prints: those are in it that the statement was asked for, the sums are
of all, and it says so.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from unicodedata import bidirectional

from fpdf import FPDF
from fpdf.bidi import BidiParagraph
from fpdf.enums import Align, TableBordersLayout, VAlign, XPos, YPos
from fpdf.fonts import FontFace, TTFFont

from app.amounts import exact_from_minor, from_minor
from app.periods.calendars import name_of
from app.runs.models import CarryOver, PastStatement, Statement, StatementLine, StatementMiss
from app.runs.text import MISSED, SKIPPED, decision_words, lacking, received_words

_FONT_FILES: Final = Path(__file__).parent / "fonts"
_FONTS: Final = {"": _FONT_FILES / "DejaVuSansCondensed.ttf", "B": _FONT_FILES / "DejaVuSansCondensed-Bold.ttf"}
_FONT: Final = "DejaVu"
_MARGIN, _BOTTOM = 18.0, 20.0
_AMOUNT_WIDTH: Final = 24.0
_BODY, _SMALL, _TABLE = 9.0, 7.5, 8.5
_LINE_HEIGHT, _SMALL_HEIGHT = 4.6, 3.8
_INK, _MUTED, _RULE, _SHADE, _GREEN = (20, 24, 28), (96, 104, 112), (210, 214, 218), (244, 246, 245), (27, 110, 83)
_LACKING: Final = "\u25a1"
_SKIPS_SHOWN: Final = 20
_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


def statement_pdf(statement: Statement, *, name: str, opening_balance: int | None = None) -> bytes:
    """The statement of somebody called `name`, from its first line and miss on; the balance in minor units."""
    run = statement.run
    period = name_of(run.calendar, run.period)
    sheet = _Sheet(
        f"Statement of {statement.distributor}, {period}, run {run.id}", statement.currency, run.calculated_at
    )
    told = "final" if run.committed else "estimate: nothing is paid by it"
    sheet.head(
        name or statement.distributor,
        statement.amount,
        [
            ("Distributor", statement.distributor),
            ("Period", period),
            ("Figures", told),
            ("Rank for pay", statement.rank or "none"),
            ("Run", f"{run.id}, as of fact {run.seq:,}"),
            ("Plan", run.plan_name),
        ],
    )
    if statement.balance is not None:
        sheet.words(f"{statement.balance.words}.")
    elif opening_balance:
        brought = f"{from_minor(opening_balance):,} {statement.currency}"
        sheet.words(f"Balance taken over from the former system: {brought}; the plan has no payout rule that nets it.")
    if statement.decision is not None:
        sheet.words(decision_words(statement.decision))
    if statement.received:
        sheet.words(f"{received_words(statement)}.")
    if statement.clawbacks:
        sheet.title("Taken back for what came back")
        for taken in statement.clawbacks:
            sheet.row(taken.words, [], f"{from_minor(taken.amount):,}")
    _paid(sheet, statement)
    _missed(sheet, statement)
    if statement.because:
        sheet.title("Why nothing else is paid")
        for one in statement.because:
            sheet.row(f"{one.bonus}: {one.words}" if one.bonus else one.words, [], "")
    _carried(sheet, statement.carry)
    return sheet.bytes()


def past_statement_pdf(statement: PastStatement, *, name: str) -> bytes:
    """A statement that was taken over from a former system."""
    what = f"Statement of {statement.distributor}, {statement.period}"
    sheet = _Sheet(what, statement.currency, _NEVER)
    sheet.head(
        name or statement.distributor,
        statement.amount,
        [
            ("Distributor", statement.distributor),
            ("Period", statement.period),
            ("Figures", "final; taken over from the former system, which tells no reasons"),
        ],
    )
    sheet.title("Paid")
    for line in statement.lines:
        sheet.row(f"{line.bonus}: {line.note}" if line.note else line.bonus, [], f"{from_minor(line.amount):,}")
    sheet.total("Total", statement.amount)
    return sheet.bytes()


def _paid(sheet: "_Sheet", statement: Statement) -> None:
    sheet.title("Earned, by bonus and level" if statement.balance else "Paid, by bonus and level")
    if not statement.line_count:
        sheet.words("Nothing is earned in this period." if statement.balance else "Nothing is paid for this period.")
        return
    rows = [
        (one.bonus, str(one.paid_level or ""), f"{one.lines:,}", f"{from_minor(one.amount):,}")
        for one in statement.line_sums
    ]
    total = ("Total", "", f"{statement.line_count:,}", f"{from_minor(statement.earned):,}")
    sheet.table(("Bonus", "Paid as level", "Lines", statement.currency), rows, total, widths=(5, 2, 2, 3))
    shown, all_of_them = len(statement.lines), statement.line_count
    sheet.title("Earned, line by line" if statement.balance else "Paid, line by line")
    if shown < all_of_them:
        sheet.words(_part_of(statement, shown, all_of_them, "lines"))
    bonus = None
    for line in statement.lines:
        if line.bonus != bonus:
            bonus = line.bonus
            sheet.subtitle(bonus)
        sheet.row(line.words, _details(line, statement), f"{from_minor(line.amount):,}")
    if shown == all_of_them:
        sheet.total("Total of all lines", statement.earned)
    else:
        sheet.total(f"Total of these {shown:,} lines", sum(line.amount for line in statement.lines))


def _missed(sheet: "_Sheet", statement: Statement) -> None:
    if not statement.miss_count:
        return
    sheet.title("Not paid, by bonus and reason")
    rows = [
        (
            one.bonus,
            MISSED[one.reason],
            f"{one.misses:,}",
            f"{from_minor(one.forgone):,}",
            f"{from_minor(one.breakage):,}",
        )
        for one in statement.miss_sums
    ]
    forgone, breakage = (
        f"{from_minor(sum(column)):,}"
        for column in zip(*((one.forgone, one.breakage) for one in statement.miss_sums), strict=True)
    )
    header = ("Bonus", "Reason", "Times", f"Forgone, {statement.currency}", "Of it paid to nobody")
    sheet.table(header, rows, ("Total", "", f"{statement.miss_count:,}", forgone, breakage), widths=(4, 5, 2, 3, 3))
    shown = len(statement.misses)
    sheet.title("Not paid, one by one")
    if shown < statement.miss_count:
        sheet.words(_part_of(statement, shown, statement.miss_count, "misses"))
    for miss in statement.misses:
        sheet.row(f"{miss.bonus}: {miss.words}", _lacks(miss, statement), "")


def _part_of(statement: Statement, shown: int, all_of_them: int, what: str) -> str:
    period = name_of(statement.run.calendar, statement.run.period)
    return (
        f"These are the first {shown:,} of {all_of_them:,} {what}; the sums above are of all of them. All {what}, each "
        "with its reason: the statement's page in the explorer, or "
        f"`banyan statement {statement.distributor} {period} --every-line`."
    )


def _details(line: StatementLine, statement: Statement) -> list[str]:
    said = [f"{from_minor(line.base):,} CV x {line.rate_num}/{line.rate_den}"]
    if line.raw != line.exact:
        exact, by = exact_from_minor(line.exact), exact_from_minor(line.raw - line.exact)
        halves = {"half_up": "halves up", "half_even": "halves to even"}[statement.rounding]
        together = ", all lines of the bonus together" if statement.rounded_per == "total" else ""
        said.append(f"exactly {exact:f}, rounded by {by:+f} ({halves}{together})")
    if line.raw != line.amount:
        said.append(f"{from_minor(line.raw):,} before the cap")
    details = ["; ".join(said)]
    if len(line.path) > 1:
        details.append(f"path {' > '.join(_shortened(line.path))}")
    if line.skipped:
        skipped = [f"{one.person} ({SKIPPED[one.reason]})" for one in line.skipped]
        details.append(f"without a level {', '.join(_shortened(skipped))}")
    return details


def _shortened(people: Sequence[str]) -> list[str]:
    """A path in a chain may be as long as the company."""
    left_out = len(people) - 2 * _SKIPS_SHOWN
    if left_out <= 0:
        return list(people)
    return [*people[:_SKIPS_SHOWN], f"({left_out:,} more)", *people[-_SKIPS_SHOWN:]]


def _lacks(miss: StatementMiss, statement: Statement) -> list[str]:
    forgone = f"forgone {from_minor(miss.forgone):,} {statement.currency}"
    nobody = f"; {from_minor(miss.breakage):,} of it paid to nobody" if miss.breakage else ""
    return [lacking(miss.lack, statement.currency), forgone + nobody]


def _carried(sheet: "_Sheet", carry: list[CarryOver]) -> None:
    told = [
        (
            leg.leg,
            *(f"{from_minor(each):,}" for each in (leg.brought_in, leg.new, leg.matched, leg.flushed, leg.carried_out)),
        )
        for leg in carry
        if leg.brought_in or leg.new or leg.carried_out
    ]
    if told:
        sheet.title("Carried from period to period, in CV")
        header = ("Leg", "Brought in", "New", "Matched", "Lost", "Carried out")
        sheet.table(header, told, None, widths=(2, 3, 3, 3, 3, 3))


class _Pages(FPDF):
    """A4 with a foot that says of what, and which page of how many."""

    foot = ""

    def footer(self) -> None:
        self.set_y(-14)
        self.set_font(_FONT, "", _SMALL)
        self.set_text_color(*_MUTED)
        self.cell(self.epw - 30, 4, self.foot)
        self.cell(30, 4, f"page {self.page_no()} of {{nb}}", align=Align.R)


class _Sheet:
    """The pages as they are filled, top to bottom."""

    def __init__(self, what: str, currency: str, at: datetime) -> None:
        self._pdf = _Pages(format="A4")
        self._currency = currency
        self._pdf.set_margins(_MARGIN, _MARGIN)
        self._pdf.set_auto_page_break(True, _BOTTOM)
        for style, file in _FONTS.items():
            self._pdf.add_font(_FONT, style, file)
        font = self._pdf.fonts[_FONT.lower()]
        self._known = frozenset(font.cmap) if isinstance(font, TTFFont) else frozenset()
        self._widths: dict[tuple[float, str], float] = {}
        self._left_out = False
        self._pdf.set_title(self._shown(what))
        self._pdf.foot = self._shown(what)
        self._pdf.set_lang("en")
        self._pdf.set_creation_date(at)
        self._pdf.alias_nb_pages()
        self._pdf.add_page()

    def head(self, name: str, amount: int, facts: list[tuple[str, str]]) -> None:
        self._font(9, _GREEN, "B")
        self._pdf.cell(self._pdf.epw, 5, "STATEMENT", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._font(18, _INK, "B")
        self._pdf.multi_cell(self._pdf.epw, 9, self._shown(name), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._font(22, _GREEN, "B")
        money = f"{from_minor(amount):,} {self._currency}"
        self._pdf.cell(self._pdf.epw, 12, money, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self._pdf.ln(1)
        for term, value in facts:
            self._font(_BODY, _MUTED)
            self._pdf.cell(30, _LINE_HEIGHT + 0.4, term)
            self._font(_BODY, _INK)
            self._pdf.multi_cell(
                self._pdf.epw - 30,
                _LINE_HEIGHT + 0.4,
                self._shown(value),
                align=Align.L,
                new_x=XPos.LMARGIN,
                new_y=YPos.NEXT,
            )
        if self._left_out:
            self._font(_SMALL, _MUTED)
            self._pdf.multi_cell(
                self._pdf.epw, _SMALL_HEIGHT, f"{_LACKING} stands for a character that this document's font has not.",
                new_x=XPos.LMARGIN, new_y=YPos.NEXT,
            )  # fmt: skip

    def title(self, text: str) -> None:
        # Never alone at the foot of a page.
        self._keep(30)
        self._pdf.ln(5)
        self._font(12, _INK, "B")
        self._pdf.cell(self._pdf.epw, 7, self._shown(text), new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def subtitle(self, text: str) -> None:
        self._keep(20)
        self._pdf.ln(1)
        self._font(_BODY, _GREEN, "B")
        self._pdf.multi_cell(self._pdf.epw, 6, self._shown(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def words(self, text: str) -> None:
        self._font(_BODY, _MUTED)
        self._pdf.multi_cell(
            self._pdf.epw, _LINE_HEIGHT, self._shown(text), align=Align.L, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self._pdf.ln(1)

    def row(self, words: str, details: list[str], amount: str) -> None:
        """A reason with what is behind it, and an amount at the right; on one page where it fits on one."""
        width = self._pdf.epw - _AMOUNT_WIDTH if amount else self._pdf.epw
        self._font(_SMALL, _MUTED)
        small = self._wrapped(self._shown(" \u00b7 ".join(details)), width)
        self._font(_BODY, _INK)
        large = self._wrapped(self._shown(words), width)
        self._keep(min(len(large) * _LINE_HEIGHT + len(small) * _SMALL_HEIGHT + 2, self._pdf.eph / 2))
        self._pdf.ln(0.8)
        for at, line in enumerate(large, 1):
            self._keep(_LINE_HEIGHT)
            self._pdf.cell(width, _LINE_HEIGHT, line)
            if amount and at == len(large):
                # Where the sentence ends, so that it is read, and copied, after it.
                self._font(_BODY, _INK, "B")
                self._pdf.cell(_AMOUNT_WIDTH, _LINE_HEIGHT, amount, align=Align.R)
            self._pdf.ln(_LINE_HEIGHT)
        self._font(_SMALL, _MUTED)
        for line in small:
            self._keep(_SMALL_HEIGHT)
            self._pdf.cell(width, _SMALL_HEIGHT, line)
            self._pdf.ln(_SMALL_HEIGHT)
        self._pdf.ln(0.8)
        self._pdf.set_draw_color(*_RULE)
        self._pdf.line(self._pdf.l_margin, self._pdf.get_y(), self._pdf.l_margin + self._pdf.epw, self._pdf.get_y())

    def total(self, what: str, amount: int) -> None:
        self._keep(8)
        self._pdf.ln(1)
        self._font(_BODY + 1, _INK, "B")
        self._pdf.cell(self._pdf.epw - 50, 6, what)
        money = f"{from_minor(amount):,} {self._currency}"
        self._pdf.cell(50, 6, money, align=Align.R, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def table(
        self, header: Sequence[str], rows: Iterable[Sequence[str]], total: Sequence[str] | None, widths: tuple[int, ...]
    ) -> None:
        """The first column is text, and the second unless it holds numbers; the header comes again on each page."""
        self._font(_TABLE, _INK)
        self._pdf.set_draw_color(*_RULE)
        numbers = [at for at, _ in enumerate(header) if at > 1 or header[at] in _NUMBERS]
        with self._pdf.table(
            col_widths=widths,
            text_align=tuple(Align.R if at in numbers else Align.L for at, _ in enumerate(header)),
            v_align=VAlign.T,
            borders_layout=TableBordersLayout.HORIZONTAL_LINES,
            headings_style=FontFace(emphasis="BOLD", color=_MUTED, fill_color=_SHADE),
            line_height=5.2,
        ) as drawn:
            drawn.row([self._shown(cell) for cell in header])
            for row in rows:
                drawn.row([self._shown(cell) for cell in row])
            if total:
                drawn.row([self._shown(cell) for cell in total], style=FontFace(emphasis="BOLD"))

    def bytes(self) -> bytes:
        return bytes(self._pdf.output())

    def _wrapped(self, text: str, width: float) -> list[str]:
        """The text in lines of the present font; a word longer than a line is cut."""
        room = width - 2 * self._pdf.c_margin
        space = self._width(" ")
        lines: list[str] = []
        line, used = "", 0.0
        for word in self._words(text, room):
            needed = self._width(word)
            if line and used + space + needed <= room:
                line, used = f"{line} {word}", used + space + needed
                continue
            lines += [line] if line else []
            line, used = word, needed
        return [*lines, line] if line else lines

    def _words(self, text: str, room: float) -> Iterator[str]:
        for word in text.split(" "):
            left = word
            while (needed := self._width(left)) > room:
                fits = max(1, int(len(left) * room / needed) - 1)
                yield left[:fits]
                left = left[fits:]
            yield left

    def _width(self, word: str) -> float:
        """Of a word in the present font; the library takes long for it, and statements repeat themselves."""
        key = (self._pdf.font_size_pt, word)
        width = self._widths.get(key)
        if width is None:
            width = self._widths[key] = self._pdf.get_string_width(word)
        return width

    def _keep(self, height: float) -> None:
        if self._pdf.will_page_break(height):
            self._pdf.add_page()

    def _font(self, size: float, colour: tuple[int, int, int], style: str = "") -> None:
        self._pdf.set_font(_FONT, style, size)
        self._pdf.set_text_color(*colour)

    def _shown(self, text: str) -> str:
        """What the font has of it, in the order in which it is drawn."""
        if not all(ord(character) in self._known for character in text):
            self._left_out = True
            text = "".join(character if ord(character) in self._known else _LACKING for character in text)
        if any(bidirectional(character) in _RIGHT_TO_LEFT for character in text):
            return BidiParagraph(text=text).get_reordered_string()
        return text


_NUMBERS: Final = frozenset({"Paid as level", "Brought in"})
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
