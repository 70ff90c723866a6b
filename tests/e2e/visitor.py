"""Somebody who looks at the explorer: opens it, reads it, and notices what should not happen behind it."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qs, urlsplit

from playwright.async_api import ConsoleMessage, Locator, Page, Request

from tests.e2e.serving import Served

PATIENCE_MS: Final = 30_000
_REPORT_VIOLATIONS: Final = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`policy violation: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Visitor:
    """A page of a browser, and what went on in it."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)
    """Console errors, uncaught exceptions, policy violations and requests that leave this machine."""
    requests: list[str] = field(default_factory=list)
    """What the page asked the API, as path and query."""

    async def watch(self) -> None:
        """Begin to notice."""
        self.page.set_default_timeout(PATIENCE_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.complaints.append(f"uncaught: {error}"))
        self.page.on("request", self._on_request)
        await self.page.add_init_script(_REPORT_VIOLATIONS)

    async def open(self, token: str | None, **fragment: str) -> None:
        """Follow a link as `banyan demo` prints it."""
        parts = {**({"token": token} if token else {}), **fragment}
        await self.page.goto(f"{self.served.home}/explorer#{'&'.join(f'{k}={v}' for k, v in parts.items())}")

    def row(self, id: str) -> Locator:
        """A person's row in the tree."""
        return self.page.locator(f'[role="treeitem"][data-id="{id}"]')

    def below(self, id: str) -> Locator:
        """The rows directly below a person."""
        return self.row(id).locator(':scope > [role="group"] > [role="treeitem"]')

    def line(self, id: str) -> Locator:
        """What a person's row itself shows."""
        return self.row(id).locator(":scope > .row")

    async def twist(self, id: str) -> None:
        """Press the little arrow of a row."""
        await self.line(id).locator(".twist").click()

    async def focused(self) -> str | None:
        """What the keyboard is at: a person's id, or what an item says."""
        answer: str | None = await self.page.evaluate(
            "document.activeElement.dataset.id ?? document.activeElement.getAttribute('aria-label')"
        )
        return answer

    def asked_for_children(self) -> list[tuple[str, str]]:
        """Whose children were asked for, in which tree, in order."""
        asked = []
        for request in self.requests:
            url = urlsplit(request)
            if url.path.endswith("/children"):
                asked.append((url.path.split("/")[-2], parse_qs(url.query)["tree"][0]))
        return asked

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith(f"{self.served.home}/"):
            self.complaints.append(f"a request left this machine: {request.url}")
        url = urlsplit(request.url)
        if url.path.startswith("/v1/"):
            self.requests.append(f"{url.path}?{url.query}")
