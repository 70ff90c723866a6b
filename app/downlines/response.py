"""An export on its way to whoever asked."""

import re
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.clock import from_ms, zulu
from app.downlines.models import Asked, Format, Heading
from app.downlines.schemas import MEDIA_TYPES
from app.downlines.service import DownlineExports

_CHARSET: Final[dict[Format, str]] = {"ndjson": "", "csv": "; charset=utf-8", "parquet": ""}
_NOT_IN_A_FILE_NAME: Final = re.compile(r"[^A-Za-z0-9._-]")


class ExportResponse(Response):
    """Begins once the first page is there: what goes wrong before that is a problem document like any other.

    What goes wrong later leaves the body without its end: the exception goes on to the server, which cuts the
    connection. A caller who goes away cancels this task (app/edge.py), and leaving the block stops the graph.
    """

    def __init__(self, exports: DownlineExports, asked: Asked, period: str) -> None:
        # As Starlette's own streaming answer does: with a body here it would announce that body's length.
        self.status_code = 200
        self.background = None
        self._exports = exports
        self._asked = asked
        self._period = period

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._exports.open(self._asked) as export:
            first = await anext(export.parts)
            self.init_headers(self._headers_of(export.heading))
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            await send({"type": "http.response.body", "body": first, "more_body": True})
            async for part in export.parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _headers_of(self, heading: Heading) -> dict[str, str]:
        asked = self._asked
        name = _NOT_IN_A_FILE_NAME.sub("_", f"downline-{asked.id}-{asked.tree}.{asked.format}")
        return {
            "Content-Type": MEDIA_TYPES[asked.format] + _CHARSET[asked.format],
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "private, no-store",
            "Row-Count": str(heading.rows),
            "As-Of-Seq": str(heading.as_of_seq),
            "As-Of-At": zulu(from_ms(heading.as_of_at)),
            "Figures-As-Of-Seq": str(heading.figures_seq),
            "Figures-Period": self._period,
        }
