"""Structured logs: one JSON object a line on standard error, each with the request it belongs to.

Only ids are logged, never names, addresses or query results. The request id travels in structlog's context variables,
so every line written while a request is served carries it; app/graph puts the same id on its transactions.
"""

import logging
import secrets
import sys
from typing import Any

import structlog

REQUEST_ID = "request_id"
_tracebacks = structlog.processors.ExceptionRenderer(
    # Without the frames' variables: names and tokens stand in them.
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)


def configure_logs(level: str) -> None:
    """Set up structlog and the standard library's loggers, uvicorn's among them; `level` is DEBUG, INFO, ….

    Standard error, so that what a command prints on standard output stays clean for pipes.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            *shared,
            _tracebacks,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, _tracebacks],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # The access line is ours (app/edge.py): it has the route, the caller and the request id.
    logging.getLogger("uvicorn.access").disabled = True


def get_logger(name: str) -> Any:
    """A structured logger; `name` is the room it belongs to. (structlog's loggers are typed Any by design.)"""
    return structlog.stdlib.get_logger(name)


def new_request_id() -> str:
    """A fresh id of 20 hexadecimal characters."""
    return secrets.token_hex(10)


def current_request_id() -> str | None:
    """The id of the request this code runs for; None outside a request."""
    value = structlog.contextvars.get_contextvars().get(REQUEST_ID)
    return value if isinstance(value, str) else None
