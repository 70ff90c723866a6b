"""What stands in the README of an export, for somebody who has never seen this software."""

from typing import Final

_FILES: Final = {
    "facts.csv": "what was recorded, one row a fact, in order; never changed afterwards",
    "places.csv": "under whom the person stood in each tree, since when and until when",
    "orders.csv": "orders, when they were paid or shipped, and returns; volume counts in the row that names a period",
    "runs.csv": "the calculations that became pay",
    "statements.csv": "what each of them paid the person: earned + brought in + taken back = amount + carried out",
    "lines.csv": "every amount that was paid, and what it was paid for",
    "misses.csv": "every amount that was not paid, and why",
    "clawbacks.csv": "what returns after the close took back of pay of earlier periods, below zero",
    "because.csv": "why a bonus paid nothing at all, where it neither paid nor missed anything",
    "carry.csv": "volume of the binary tree's legs: brought in + new = matched + flushed + carried out",
    "people.csv": "everybody at the end of the period: places, ranks, pay",
}
_TEXT: Final = """\
{title}
{line}

Written {written} by {actor}, as of fact {as_of}. The company's last fact was then number {as_of}, with the hash
{head}.

The files are CSV: UTF-8, commas between cells, a first row with the names of the columns. Every spreadsheet opens
them. Instants are in UTC. Money and volume are in whole units with two decimals; in the columns "body" and "decided"
of facts.csv they are in hundredths. A text that a spreadsheet would take for a formula has an apostrophe before it; a
text that begins with one has one more.

{files}

{notes}To see that no file was changed since: sha256sum -c SHA256SUMS (or shasum -a 256 -c SHA256SUMS). The SHA-256 of
SHA256SUMS itself is kept by the company as a fact of the kind "Exported".

How facts.csv is checked
------------------------
Every fact has a hash over what it says and the hash of the fact before it, so none can be changed, dropped or put
elsewhere without all later hashes being others. For each row of facts.csv:

1. Take one apostrophe away from the beginning of a cell that begins with one.
2. Make a JSON list of: previous_hash, seq, kind, key, actor, reason, valid_at, recorded_at, the SHA-256 of body (64
   hexadecimal digits, of its UTF-8 bytes), and decided. seq, valid_at and recorded_at are whole numbers; decided is
   JSON itself. Write it without spaces, keys of objects sorted, letters beyond ASCII as they are.
3. The SHA-256 of that text must be the row's hash.
4. Where a row's seq is one more than that of the row before it, previous_hash must be the hash of that row.
5. Where a row's seq is {as_of}, its hash must be the one above.

valid_at and recorded_at are milliseconds since 1970-01-01 UTC, since when something is so and when it was recorded.
"""


def readme(
    title: str, *, written: str, actor: str, as_of: int, head: str, rows: dict[str, int], notes: list[str]
) -> str:
    """The text: `rows` of each table by the name of its file, `notes` what somebody should know beside."""
    named = [f"{name:<16}{count:>10,} rows  {_FILES[name]}" for name, count in rows.items()]
    plans = (
        "plan-….json      the rules by which a run was calculated; runs.csv says which" if "runs.csv" in rows else ""
    )
    return _TEXT.format(
        title=title,
        line="=" * len(title),
        written=written,
        actor=actor,
        as_of=as_of,
        head=head,
        files="\n".join([*named, *filter(None, [plans])]),
        notes="".join(f"{note}\n\n" for note in notes),
    )
