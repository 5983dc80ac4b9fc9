"""The statement behind `facts`: what it reads, in which order, and how."""

from functools import lru_cache
from typing import Final

from keyturn.licensing.signing.models import INSTALLATION
from keyturn.people.apikeys import authentication

KEY: Final = authentication.COLUMNS
LICENSE: Final = [
    "id",
    "uuid",
    "license_key",
    "status",
    "reserved",
    "expires_at",
    "assigned_at",
    "created_at",
    "activation_limit",
    "active_devices",
    "features",
    "metadata",
]
OWNER: Final = ["email", "name"]
PRODUCT: Final = [
    "id",
    "uuid",
    "name",
    "status",
    "killed_at",
    "identifier_required",
    "offline_allowed",
]
PAIR: Final = ["uuid"]
DEVICE: Final = ["id", "uuid", "identifier", "kind", "status", "activated_at", "deactivated_at"]
_AS_TEXT = frozenset({"uuid", "default_product", "capabilities", "ip_allow", "features", "metadata"})


# PostgreSQL takes the questions as arrays, so that one prepared statement serves any number of them.
_ASKED = "unnest(%s::text[], %s::text[], %s::text[]) WITH ORDINALITY AS q (digest, license_key, identifier, position)"


@lru_cache(maxsize=64)
def statement(vendor: str, count: int) -> str:
    """The statement for questions of (digest of the API key, license key, identifier); for `count` on SQLite."""
    holder = "p.uuid::text" if vendor == "postgresql" else _dashed("p.uuid")
    wanted = {
        "k": KEY,
        "l": LICENSE,
        "c": OWNER,
        "p": PRODUCT,
        "s": PAIR,
        "a": DEVICE,
        "r": ["number"],
    }
    # As text, UUIDs and JSON cost the driver nothing; most of them are never looked into.
    as_text = _AS_TEXT if vendor == "postgresql" else frozenset()
    columns = [
        f"{table}.{name}::text" if name in as_text else f"{table}.{name}"
        for table, names in wanted.items()
        for name in names
    ]
    asked, questions = "", _ASKED
    if vendor == "sqlite":
        rows = ", ".join(f"({position}, %s, %s, %s)" for position in range(count))
        asked, questions = f"WITH q (position, digest, license_key, identifier) AS (VALUES {rows}) ", "q"
    return (
        f"{asked}SELECT {', '.join(columns)}, q.position FROM {questions} "
        "LEFT JOIN api_keys k ON k.key_hash = q.digest "
        "LEFT JOIN licenses l ON l.environment = k.environment AND l.license_key = q.license_key "
        "AND (k.customer_id IS NULL OR l.customer_id = k.customer_id) "
        "LEFT JOIN customers c ON c.id = l.customer_id "
        "LEFT JOIN products p ON p.id = l.product_id "
        f"LEFT JOIN key_pairs s ON s.holder = COALESCE({holder}, '{INSTALLATION}') AND s.signs "
        "LEFT JOIN activations a ON a.license_id = l.id AND a.identifier = q.identifier AND a.status = 'active' "
        "LEFT JOIN revisions r ON r.topic = 'preferences'"
    )


def _dashed(column: str) -> str:
    """The usual spelling of a UUID that SQLite keeps as 32 hex digits."""
    parts = [f"substr({column}, {start}, {size})" for start, size in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))]
    return " || '-' || ".join(parts)
