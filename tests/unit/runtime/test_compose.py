"""The compose file and the Dockerfile, checked without an engine: schema, hardening, secrets, same as the code."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from app.runtime.containers import NEO4J_IMAGE, REDIS_IMAGE
from app.runtime.neo4j_conf import APOC, as_environment, hardened
from app.settings import Neo4jSettings, Settings

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()


def test_it_follows_the_published_schema() -> None:
    schema = json.loads((Path(__file__).parent / "compose-spec.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(COMPOSE)


def test_it_has_the_four_services_with_their_commands() -> None:
    assert set(SERVICES) == {"neo4j", "redis", "api", "worker"}
    assert SERVICES["api"]["command"] == ["banyan", "serve"]
    assert SERVICES["worker"]["command"] == ["banyan", "worker"]
    assert SERVICES["neo4j"]["image"] == NEO4J_IMAGE
    assert SERVICES["redis"]["image"] == REDIS_IMAGE


def test_neo4j_is_configured_as_the_embedded_one_is() -> None:
    environment = dict(SERVICES["neo4j"]["environment"])
    assert environment.pop("NEO4J_AUTH").startswith("neo4j/${BANYAN_NEO4J__PASSWORD:?")
    assert json.loads(environment.pop("NEO4J_PLUGINS")) == ["apoc", "apoc-extended"]
    assert environment == as_environment(hardened(Neo4jSettings(heap_mib=2048, page_cache_mib=1024)) | APOC)


def test_the_image_reads_settings_from_variables_by_its_own_rule() -> None:
    assert as_environment({"db.tx_log.rotation.retention_policy": "x"}) == {
        "NEO4J_db_tx__log_rotation_retention__policy": "x"
    }


def test_no_password_stands_in_the_file() -> None:
    """Every secret is a variable that must be set: `${NAME:?what to do}`."""
    for name in ("PASSWORD", "SECRET", "AUTH"):
        for line in TEXT.splitlines():
            key, _, value = line.strip().partition(": ")
            if key.endswith(name) and not line.lstrip().startswith("#"):
                assert re.search(r"\$\{BANYAN_[A-Z0-9_]+:\?set ", value), line
    command = SERVICES["redis"]["command"]
    assert command[command.index("--requirepass") + 1].startswith("${BANYAN_REDIS__PASSWORD:?")
    assert "${BANYAN_REDIS__PASSWORD:?" in SERVICES["api"]["environment"]["BANYAN_REDIS__URL"]


@pytest.mark.parametrize("service", ["api", "worker"])
def test_our_processes_get_settings_that_exist(service: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in SERVICES[service]["environment"].items():
        monkeypatch.setenv(name, re.sub(r"\$\{\w+:\?[^}]*\}", "a" * 40, re.sub(r"\$\{\w+:-([\w:]+)\}", r"\1", value)))
    settings = Settings(_env_file=None)
    assert settings.runtime == "url"
    assert settings.neo4j.url == "bolt://neo4j:7687"
    assert settings.redis.url == f"redis://:{'a' * 40}@redis:6379/0"
    assert settings.neo4j.password is not None
    assert settings.token_secret is not None
    assert str(settings.data_dir) == "/data"
    assert settings.nightly_preview == "02:30"


def test_nothing_is_open_to_the_network_but_the_api_on_loopback() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["api"]
    assert SERVICES["api"]["ports"] == ["127.0.0.1:${BANYAN_PORT:-8000}:8000"]


@pytest.mark.parametrize("service", list(SERVICES))
def test_every_service_has_limits_and_a_health_check_and_gets_no_new_privileges(service: str) -> None:
    definition = SERVICES[service]
    assert set(definition["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert definition["security_opt"] == ["no-new-privileges:true"]
    check = definition["healthcheck"]
    assert check.get("test") or (service == "worker" and check == {"disable": True})


@pytest.mark.parametrize("service", ["redis", "api", "worker"])
def test_what_needs_no_root_has_none_and_a_read_only_file_system(service: str) -> None:
    assert SERVICES[service]["cap_drop"] == ["ALL"]
    assert SERVICES[service]["read_only"] is True


@pytest.mark.parametrize("service", ["api", "worker"])
def test_ours_wait_until_the_servers_are_healthy(service: str) -> None:
    healthy = {"condition": "service_healthy"}
    assert SERVICES[service]["depends_on"] == {"neo4j": healthy, "redis": healthy}


def test_every_volume_is_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == set(COMPOSE["volumes"])


def test_neo4j_has_memory_for_heap_page_cache_and_the_rest() -> None:
    limit = SERVICES["neo4j"]["deploy"]["resources"]["limits"]["memory"]
    assert limit.endswith("M")
    assert int(limit[:-1]) >= 1.25 * (2048 + 1024)


def test_the_image_is_slim_locked_checked_and_not_root() -> None:
    assert re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE) == ["python:3.11-slim"] * 2
    assert "pip install --require-hashes --requirement requirements.lock" in DOCKERFILE
    last_stage = DOCKERFILE.rsplit("FROM ", 1)[1]
    assert "\nUSER banyan\n" in last_stage
    assert "/livez" in last_stage
    assert 'CMD ["banyan", "serve"]' in last_stage


def test_the_build_context_holds_all_that_the_dockerfile_copies_and_no_more() -> None:
    ignore = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignore
    allowed = {line[1:] for line in ignore if line.startswith("!")}
    copies = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.MULTILINE)
    copied = {name for line in copies for name in line.split()[:-1]}
    assert copied == allowed
