"""GET /explorer and its files, without a token: the page holds no data, it asks the API with the visitor's token."""

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.responses import RedirectResponse
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC: Final = Path(__file__).parent / "static"
CONTENT_SECURITY_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-cache"),  # kept, but asked about: files change with a deployment, their names do not
)


class GuardedFiles:
    """The page's files, each with the strict policy."""

    def __init__(self, files: ASGIApp) -> None:
        self._files = files

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        await self._files(scope, receive, send_guarded)


def mount_explorer(app: FastAPI) -> None:
    """Serve the page at /explorer."""

    @app.get("/explorer", include_in_schema=False)
    async def _to_folder() -> RedirectResponse:
        return RedirectResponse("/explorer/")

    app.mount("/explorer", GuardedFiles(StaticFiles(directory=STATIC, html=True)), name="explorer")
