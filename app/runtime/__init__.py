"""Where Neo4j and Redis come from: a URL, a container, or servers started here (see sources.py)."""

from app.runtime.errors import RuntimeStartError
from app.runtime.models import Endpoints
from app.runtime.sources import running_servers

__all__ = ["Endpoints", "RuntimeStartError", "running_servers"]
