"""Whether an ad-hoc query may run. Two judges, both on allow lists: its text before the server sees it, its plan after.

Measured on Neo4j Community 5.26: a READ session alone still runs LOAD CSV (any file), apoc.systemdb, TERMINATE
TRANSACTIONS and SHOW SETTINGS, and the first three have query type "r". So every operator of the plan must be known to
read only, every procedure and every namespaced function must be on a list, and what is unknown is refused by name.
"""

import re
from typing import Final

from app.errors import ForbiddenError
from app.graph.plans import Explanation
from app.support.lexer import Token, UnreadableQueryError, calls_in, has_computed_key, property_names, tokens_of

MAX_QUERY_CHARS: Final = 20_000

PERSONAL_KEYS: Final = frozenset({"name", "names", "owner", "owners", "body"})
"""Properties and columns that hold personal data: people's names, who owns a position, the payload of facts."""

FIRST_WORDS: Final = ("MATCH", "OPTIONAL", "WITH", "UNWIND", "RETURN", "CALL")
_PROCEDURES: Final = frozenset({"db.labels", "db.relationshiptypes", "db.propertykeys", "db.schema.visualization"})
_OUR_PROCEDURES: Final = re.compile(r"^custom\.genealogy\.[a-z_0-9]+$", re.IGNORECASE)
ASKING: Final = ("enrol", "place", "move")
"""Our procedures that ask for a command: they write, and the desk does not."""
_FUNCTION_SPACES: Final = frozenset(
    {"date", "datetime", "localdatetime", "time", "localtime", "duration", "point"}
)  # fmt: skip
_OPERATORS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        # where rows come from
        r"Argument|EmptyRow|AllNodesScan|NodeByIdSeek|NodeByElementIdSeek|NodeByLabelScan",
        r"(Union|Intersection|Subtraction)NodeByLabelsScan",
        r"(Multi)?Node(Unique)?Index(Seek|SeekByRange|Scan|ContainsScan|EndsWithScan)",
        r"(Directed|Undirected)(All)?Relationships?(Types?|Index|ById|ByElementId|UniqueIndex|UnionTypes)?\w*(Scan|Seek)\w*",
        r"(Node|Relationship)CountFromCountStore",
        # how they grow
        r"(Optional)?Expand\((All|Into)\)",
        r"VarLengthExpand\((All|Into|Pruning|Pruning,BFS(,All|,Into)?)\)|(BFS)?PruningVarLengthExpand",
        r"Repeat(\(\w+\))?|NullifyMetadata|(All)?ShortestPaths?|StatefulShortestPath(\((All|Into)(, ?\w+)?\))?",
        r"ProjectEndpoints|Triadic(Selection|Build|Filter)|AssertSameNode|AssertSameRelationship",
        # how they meet
        r"(Anti|Let|LetAnti|SelectOr|SelectOrAnti|LetSelectOr|LetSelectOrAnti|RollUp|Conditional|AntiConditional|Or|AntiOr)?(Semi)?Apply",
        r"CartesianProduct|NodeHashJoin|ValueHashJoin|Node(Left|Right)OuterHashJoin|Optional|Union|OrderedUnion",
        # what becomes of them
        r"Filter|Projection|CacheProperties|Unwind|UnwindCollection|Distinct|OrderedDistinct|Eager|PreserveOrder",
        r"EagerAggregation|OrderedAggregation|Limit|ExhaustiveLimit|Skip|Sort|PartialSort|Top\w*|PartialTop",
        r"ProduceResults|EmptyResult",
    )
)
_PROCEDURE_CALL: Final = "ProcedureCall"


class RefusedQueryError(ForbiddenError):
    """The query asks for something the desk does not do."""

    title = "Query refused"


def judge_text(query: str, *, masked: bool) -> None:
    """Pass a text that only reads, as far as text can tell. `masked` also forbids naming personal properties.

    Errors: UnreadableQueryError (422) or RefusedQueryError (403), each saying what to write instead.
    """
    if len(query) > MAX_QUERY_CHARS:
        raise UnreadableQueryError(f"the query has {len(query)} characters, {MAX_QUERY_CHARS} are allowed")
    tokens = _without_last_semicolon(tokens_of(query))
    if not tokens:
        raise UnreadableQueryError("the query is empty")
    if any(token.is_mark(";") for token in tokens):
        raise RefusedQueryError("One statement at a time: remove the semicolon.")
    if not tokens[0].is_word(*FIRST_WORDS):
        raise RefusedQueryError(
            f"A query begins with one of {', '.join(FIRST_WORDS)}; this one begins with {tokens[0].value[:40]!r}."
        )
    _judge_calls(tokens)
    if masked:
        _judge_personal(tokens)


def judge_plan(explanation: Explanation) -> None:
    """Pass a plan that only reads from the graph; RefusedQueryError names what else it would do."""
    if explanation.query_type != "r":
        raise RefusedQueryError(
            f"The desk only reads; the server says this query is '{explanation.query_type}' (w writes, s schema)."
        )
    operators = explanation.operators()
    if not operators:
        raise RefusedQueryError("The server shows no plan for this query, so nobody can tell what it does.")
    for operator in operators:
        if operator.name == _PROCEDURE_CALL:
            _judge_procedure(re.split(r"[\s(]", operator.details.replace("`", ""), maxsplit=1)[0])
        elif not any(pattern.fullmatch(operator.name) for pattern in _OPERATORS):
            raise RefusedQueryError(f"The desk only reads the graph; this query also does '{operator.name}'.")


def _judge_calls(tokens: list[Token]) -> None:
    for call in calls_in(tokens):
        if call.procedure:
            _judge_procedure(call.name)
        elif call.name.rpartition(".")[0].lower() not in _FUNCTION_SPACES:
            raise RefusedQueryError(
                f"The function '{call.name[:80]}' is not open at the desk; Cypher's own without a namespace are."
            )


def _judge_procedure(name: str) -> None:
    if name.lower() not in _PROCEDURES and not _OUR_PROCEDURES.match(name):
        raise RefusedQueryError(
            f"The procedure '{name[:80]}' is not open at the desk; custom.genealogy.*, db.labels, "
            "db.relationshipTypes, db.propertyKeys and db.schema.visualization are."
        )
    if name.lower().rpartition(".")[2] in ASKING:
        raise RefusedQueryError(
            f"The procedure '{name}' asks for a command; the desk only reads, the API takes commands."
        )


def _judge_personal(tokens: list[Token]) -> None:
    named = sorted(PERSONAL_KEYS.intersection(word.lower() for word in property_names(tokens)))
    if named:
        raise RefusedQueryError(
            f"{', '.join(named)} holds personal data; support works with ids. An administrator may ask for it."
        )
    if has_computed_key(tokens):
        raise RefusedQueryError(
            "A property chosen at run time (value[key]) could be personal data; name the property, as in value.status."
        )


def _without_last_semicolon(tokens: list[Token]) -> list[Token]:
    return tokens[:-1] if tokens and tokens[-1].is_mark(";") else tokens
