"""How every Neo4j of ours is configured, wherever it runs; docker-compose.yml repeats it and a test compares them."""

from app.settings import Neo4jSettings

ALLOWED_PROCEDURES = "apoc.custom.*,apoc.coll.*,apoc.map.*,apoc.util.validate*,custom.*"
"""No apoc.load, apoc.cypher, apoc.systemdb …: those read files and addresses or run statements past the gateway."""

APOC = {"apoc.custom.procedures.refresh": "1000"}
"""Belongs into apoc.conf; the default of a minute would keep a new procedure from being called that long."""


def hardened(settings: Neo4jSettings) -> dict[str, str]:
    """The settings that do not depend on where the server runs."""
    # One import transaction of 60,000 rows must fit, and a runaway query must not take the server with it.
    transactions = f"{settings.heap_mib * 6 // 10}m"
    return {
        "server.memory.heap.initial_size": f"{settings.heap_mib}m",
        "server.memory.heap.max_size": f"{settings.heap_mib}m",
        "server.memory.pagecache.size": f"{settings.page_cache_mib}m",
        "dbms.memory.transaction.total.max": transactions,
        "db.memory.transaction.max": transactions,
        "db.transaction.timeout": "120s",
        "db.transaction.concurrent.maximum": "200",
        "db.lock.acquisition.timeout": "5s",
        "db.tx_log.rotation.retention_policy": "512M size",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "dbms.usage_report.enabled": "false",
        "dbms.security.auth_enabled": "true",
        # Plans are made for companies of any size (tests/plans), so nothing is planned anew because one grows.
        "dbms.cypher.min_replan_interval": "1h",
        # Else a statement is planned once for each order of magnitude of each list and text it is given, and whoever
        # comes with a new one waits for it. Everything here seeks by unique index, however much is asked.
        "internal.cypher.use_parameter_size": "false",
        "dbms.security.allow_csv_import_from_file_urls": "false",
        # LOAD CSV over http would reach addresses that only the server can reach.
        "internal.dbms.cypher_ip_blocklist": "0.0.0.0/0,::/0",
        "dbms.security.procedures.allowlist": ALLOWED_PROCEDURES,
        "dbms.security.procedures.unrestricted": "apoc.custom.*",
    }


def as_conf(settings: dict[str, str]) -> str:
    """The text of a .conf file."""
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    return "# Written at every start; a change here is lost.\n" + "".join(lines)


def as_environment(settings: dict[str, str]) -> dict[str, str]:
    """The same for the official image, which reads settings from variables: `_` for a dot, `__` for an underscore."""
    return {"NEO4J_" + name.replace("_", "__").replace(".", "_"): value for name, value in settings.items()}
