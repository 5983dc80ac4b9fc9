"""Fingerprints of entries, the chain through them, and signatures over its ends."""

import hashlib
import json
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from keyturn.core import crypto
from keyturn.licensing.signing import algorithms
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import INSTALLATION, KeyPair
from keyturn.platform.audit.models import AuditEvent

START: Final = "0" * 64
# Everything of an entry but its number: that is what its place in the chain says.
FIELDS: Final = (
    "uuid", "at", "action", "environment", "actor_kind", "actor_id", "actor_label", "subject_kind", "subject_id",
    "customer_uuid", "license_uuid", "changes", "note", "sealed", "request_id", "ip",
)  # fmt: skip
_LINK: Final = struct.Struct(">q16s32s")


@dataclass(frozen=True, slots=True)
class Link:
    """An entry in the chain: its number, its UUID and the SHA-256 of its canonical JSON."""

    id: int
    uuid: UUID
    fingerprint: bytes


def canonical(values: Mapping[str, Any]) -> bytes:
    """JSON with sorted names and no spaces, in UTF-8; moments in UTC with microseconds."""
    return json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text).encode()


def entries(rows: QuerySet[AuditEvent]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and fields of each entry. Of sealed data the ciphertext counts: erasing a person breaks nothing."""
    for id, *values in rows.values_list("pk", *FIELDS).iterator(chunk_size=2000):
        yield id, dict(zip(FIELDS, values, strict=True))


def of(events: Iterable[AuditEvent]) -> Iterator[tuple[int, dict[str, Any]]]:
    """As `entries`, of events that were read already."""
    for event in events:
        yield event.pk, {name: getattr(event, name) for name in FIELDS}


def link(id: int, values: Mapping[str, Any]) -> Link:
    """The link of an entry."""
    return Link(id, values["uuid"], hashlib.sha256(canonical(values)).digest())


def extend(head: str, links: Iterable[Link]) -> str:
    """The hash of the chain after `links`: SHA-256 over the hash before and the fingerprint, each time."""
    state = bytes.fromhex(head)
    for one in links:
        state = hashlib.sha256(state + one.fingerprint).digest()
    return state.hex()


def pack(links: Sequence[Link]) -> bytes:
    """Links as a seal keeps them."""
    return b"".join(_LINK.pack(one.id, one.uuid.bytes, one.fingerprint) for one in links)


def unpack(data: bytes) -> list[Link]:
    """What `pack` packed. Raises ValueError."""
    if len(data) % _LINK.size:
        raise ValueError("Not a list of links.")
    return [Link(id, UUID(bytes=uuid), digest) for id, uuid, digest in _LINK.iter_unpack(data)]


def sign(message: bytes) -> tuple[UUID, str]:
    """The installation's key pair and its signature of `message` in Base64."""
    pair = signing.signing_pair(INSTALLATION) or signing.ensure(INSTALLATION, signing.INSTALLATION_BITS)
    key = algorithms.load(crypto.unseal(pair.sealed_private), pair.algorithm)
    return pair.uuid, algorithms.sign(key, message, pair.algorithm)


def is_signed(message: bytes, pair: UUID, signature: str) -> bool:
    """Whether the installation signed `message`. A key pair that only the database vouches for does not count."""
    known = _own(pair)
    try:
        return known is not None and algorithms.verifies(known[0], message, signature, known[1])
    except ValueError:
        return False


@lru_cache(maxsize=16)
def _own(uuid: UUID) -> tuple[bytes, str] | None:
    pair = KeyPair.objects.filter(uuid=uuid, holder=INSTALLATION).first()
    try:
        # Its private half opens only with a key that is not in the database.
        if pair is None or not signing.belongs_together(pair):
            return None
    except (crypto.Unreadable, ValueError, TypeError):
        return None
    return pair.public_pem.encode(), pair.algorithm


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return str(value)
