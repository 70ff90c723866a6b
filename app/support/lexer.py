"""Just enough of Cypher's grammar to tell code from text: tokens, calls, and where properties are named.

The server's own plan decides whether a query may run (app/support/guard.py). This reading of the text covers what a
plan does not show, functions and property names above all. What it does not know it refuses.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from app.errors import InvalidInputError

Kind = Literal["word", "quoted", "text", "number", "parameter", "mark"]

_CODE: Final = ("word", "number", "parameter", "mark")
_WORD: Final = r"[^\W\d]\w*"
_TOKEN: Final = re.compile(
    rf"""
      (?P<space>\s+)
    | (?P<comment>//[^\n\r]*|/\*.*?\*/)
    | (?P<text>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<parameter>\$(?:{_WORD}|\d+|`(?:[^`]|``)*`))
    | (?P<number>\d\w*(?:\.(?=\d)\w+)?)
    | (?P<word>{_WORD})
    | (?P<mark>\.\.|/(?!\*)|[-+*%^=<>!&|~(){{}}\[\],.:;?])
    """,
    re.VERBOSE | re.DOTALL,
)


class UnreadableQueryError(InvalidInputError):
    """The text holds something that is no Cypher this desk knows."""

    title = "Unreadable query"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of code. `value` of a quoted word is without its backticks; of text, empty: its contents are data."""

    kind: Kind
    value: str

    @property
    def names(self) -> bool:
        """Whether it can be a name."""
        return self.kind in ("word", "quoted")

    def is_word(self, *words: str) -> bool:
        """Whether it is one of these keywords, however written (backticks make a name of a keyword)."""
        return self.kind == "word" and self.value.upper() in words

    def is_mark(self, *marks: str) -> bool:
        """Whether it is one of these marks."""
        return self.kind == "mark" and self.value in marks


@dataclass(frozen=True, slots=True)
class Call:
    """A dotted name that is called; `procedure` when CALL stands before it."""

    name: str
    procedure: bool


def tokens_of(query: str) -> list[Token]:
    """The query's tokens without spaces and comments; UnreadableQueryError at the first unknown character.

    A backslash-u escape is refused wherever it stands: the server turns it into its character before anything else, so
    it could end a string or a comment that we still believe open.
    """
    if (escape := re.search(r"\\+u", query)) is not None:
        raise UnreadableQueryError(
            f"position {escape.start()}: a \\u escape; write the character itself or pass it as a parameter"
        )
    tokens: list[Token] = []
    position = 0
    while position < len(query):
        match = _TOKEN.match(query, position)
        if match is None or match.lastgroup is None:
            raise UnreadableQueryError(f"position {position}: {query[position]!r} is not expected here")
        position = match.end()
        kind, value = match.lastgroup, match.group()
        if kind == "quoted":
            tokens.append(Token("quoted", value[1:-1].replace("``", "`")))
        elif kind == "text":
            tokens.append(Token("text", ""))
        elif kind in _CODE:
            tokens.append(Token(cast(Kind, kind), value))
    return tokens


def calls_in(tokens: Sequence[Token]) -> Iterator[Call]:
    """Every function and procedure the tokens call, with its dotted name as written."""
    index = 0
    while index < len(tokens):
        start = index
        if not tokens[index].names:
            index += 1
            continue
        parts = [tokens[index].value]
        index += 1
        while index + 1 < len(tokens) and tokens[index].is_mark(".") and tokens[index + 1].names:
            parts.append(tokens[index + 1].value)
            index += 2
        if start > 0 and tokens[start - 1].is_word("CALL"):
            yield Call(".".join(parts), procedure=True)
        elif index < len(tokens) and tokens[index].is_mark("(") and (len(parts) > 1 or tokens[start].kind == "quoted"):
            yield Call(".".join(parts), procedure=False)


def property_names(tokens: Sequence[Token]) -> Iterator[str]:
    """Names that stand where a property or a map key can: after a dot, before a colon inside braces, after YIELD."""
    braces = 0
    yielding = False
    for index, token in enumerate(tokens):
        if token.is_mark("{"):
            braces += 1
        elif token.is_mark("}"):
            braces -= 1
        before = tokens[index - 1] if index else Token("mark", "")
        after = tokens[index + 1] if index + 1 < len(tokens) else Token("mark", "")
        if token.is_word("YIELD"):
            yielding = True
        elif token.is_word("RETURN", "WHERE", "WITH", "MATCH", "UNWIND", "CALL", "OPTIONAL", "ORDER", "LIMIT", "SKIP"):
            yielding = False
        if token.names and (before.is_mark(".") or yielding or (braces > 0 and after.is_mark(":"))):
            yield token.value


def has_computed_key(tokens: Sequence[Token]) -> bool:
    """Whether a value is subscripted by anything but whole numbers and ranges of them, as in node[key]."""
    for index, token in enumerate(tokens):
        if not token.is_mark("[") or index == 0:
            continue
        before = tokens[index - 1]
        subscripts = (before.names and not _opens_a_list(before)) or before.is_mark(")", "]", "}")
        subscripts = subscripts or before.kind in ("parameter", "text")
        if not subscripts:
            continue
        inside = list(_until_closed(tokens, index))
        if not all(piece.kind == "number" or piece.is_mark("..", "-") for piece in inside):
            return True
    return False


def _opens_a_list(token: Token) -> bool:
    return token.is_word(
        "IN", "WITH", "RETURN", "UNWIND", "WHERE", "AND", "OR", "XOR", "NOT", "THEN", "ELSE", "WHEN", "CASE", "BY",
        "DISTINCT",
    )  # fmt: skip


def _until_closed(tokens: Sequence[Token], opening: int) -> Iterator[Token]:
    depth = 0
    for token in tokens[opening:]:
        if token.is_mark("["):
            depth += 1
        elif token.is_mark("]"):
            depth -= 1
            if depth == 0:
                return
        if not (depth == 1 and token.is_mark("[")):
            yield token
