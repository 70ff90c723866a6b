"""docs/api.md names every route there is, and no error that there is not."""

import re
from pathlib import Path

from app.errors import BanyanError
from app.main import create_app
from app.runtime import Endpoints
from app.settings import Settings
from tests.api.conftest import kinds

PAGE = (Path(__file__).parents[2] / "docs" / "api.md").read_text(encoding="utf-8")
FRAMEWORK = {("404", "not-found"), ("405", "method-not-allowed"), ("413", "content-too-large"), ("500", "internal")}
"""Problems that no error class of ours stands behind."""


def test_every_route_is_on_the_page(settings: Settings) -> None:
    described = create_app(settings, Endpoints("bolt://x", "", "", "redis://x", "url", "url")).openapi()["paths"]
    routes = {(method.upper(), path) for path, methods in described.items() for method in methods}
    assert set(re.findall(r"^\| (GET|POST|PUT) \| `([^`]+)`", PAGE, re.MULTILINE)) == routes


def test_every_error_on_the_page_exists() -> None:
    table = PAGE.partition("## Errors")[2]
    named = {
        (status, code)
        for status, cell in re.findall(r"^\| (\d+) \| ([^|]+) \|", table, re.MULTILINE)
        for code in re.findall(r"`([a-z-]+)`", cell)
    }
    assert len(named) > 30
    assert named - FRAMEWORK <= {(str(kind.status), kind.code()) for kind in kinds(BanyanError)}
