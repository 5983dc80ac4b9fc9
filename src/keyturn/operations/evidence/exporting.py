"""The audit trail as a file that proves itself: JSON lines, a manifest, and the manifest's signature."""

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.signing import algorithms
from keyturn.licensing.signing.models import KeyPair
from keyturn.operations.evidence import chain
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent

FORMAT = "keyturn-audit-1"
_RECORD = UUID(int=0)


class Unproven(Exception):
    """Why a file proves nothing."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    count: int
    first: str
    last: str


def write(actor: Actor, file: Path, start: datetime | None = None, end: datetime | None = None) -> Exported:
    """Write the entries from `start` on and before `end` to `file`, beside it `.manifest.json`, `.sig` and `.pem`.

    Each line is {"entry": …, "hash": …}: SHA-256 over the hash of the line before (zeroes at first) and the
    SHA-256 of the entry's canonical JSON. The signature covers the bytes of the manifest.
    """
    audit.record(
        actor, audit.Entry("audit.exported", ("audit", _RECORD), {"from": start and str(start), "to": end and str(end)})
    )
    rows = AuditEvent.objects.order_by("pk")
    rows = rows.filter(at__gte=start) if start else rows
    rows = rows.filter(at__lt=end) if end else rows
    digest, head, count, first = hashlib.sha256(), chain.START, 0, ""
    with file.open("wb") as out:
        for id, values in chain.entries(rows):
            head = chain.extend(head, [chain.link(id, values)])
            line = chain.canonical({"entry": values, "hash": head}) + b"\n"
            out.write(line)
            digest.update(line)
            count, first = count + 1, first or head
    made = Exported(count, first, head if count else "")
    manifest = {"format": FORMAT, "count": count, "first_hash": made.first, "last_hash": made.last,
                "sha256": digest.hexdigest(), "from": start, "to": end, "made_at": now()}  # fmt: skip
    text = chain.canonical(manifest)
    pair, signature = chain.sign(text)
    _beside(file, ".manifest.json").write_bytes(text)
    _beside(file, ".sig").write_bytes(base64.b64decode(signature))
    _beside(file, ".pem").write_text(KeyPair.objects.get(uuid=pair).public_pem)
    return made


def verify(file: Path, public_pem: bytes) -> Exported:
    """Prove `file` against its manifest and the manifest against a key one trusts. Raises Unproven."""
    try:
        text, signature = _beside(file, ".manifest.json").read_bytes(), _beside(file, ".sig").read_bytes()
        manifest: dict[str, Any] = json.loads(text)
        signed = _signed(public_pem, text, base64.b64encode(signature).decode())
        if not signed or manifest.get("format") != FORMAT:
            raise Unproven("The manifest was not signed with this key.")
        digest, head, count, first = hashlib.sha256(), chain.START, 0, ""
        for line in _lines(file):
            digest.update(line)
            count += 1
            said = json.loads(line)
            fingerprint = hashlib.sha256(chain.canonical(said["entry"])).digest()
            head = hashlib.sha256(bytes.fromhex(head) + fingerprint).hexdigest()
            first = first or head
            if said["hash"] != head:
                raise Unproven(
                    f"Line {count} (entry {said['entry'].get('uuid')}) does not follow from those before it."
                )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unproven(f"The files cannot be read: {error}") from error
    if (count, head if count else "", digest.hexdigest()) != (
        manifest["count"],
        manifest["last_hash"],
        manifest["sha256"],
    ):
        raise Unproven(f"The file has {count:,} entries; the manifest names others ({manifest['count']:,}).")
    return Exported(count, first, head if count else "")


def _signed(public_pem: bytes, text: bytes, signature: str) -> bool:
    kinds = ("rsa-sha256", algorithms.ED25519) if b"BEGIN PUBLIC KEY" in public_pem else ()
    for algorithm in kinds:
        try:
            if algorithms.verifies(public_pem, text, signature, algorithm):
                return True
        except (ValueError, TypeError):
            continue
    return False


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as lines:
        yield from lines


def _beside(file: Path, ending: str) -> Path:
    return file.with_name(file.name + ending)
