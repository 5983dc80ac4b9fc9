"""The audit trail as a file that proves itself: JSON lines, a manifest, and the manifest's signature."""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
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
_PIECE = 256 * 1024


class Unproven(Exception):
    """Why a file proves nothing."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    count: int
    first: str
    last: str


class Writing:
    """An export being written: take all `lines`, then what belongs beside them.

    Each line is {"entry": …, "hash": …}: SHA-256 over the hash of the line before (zeroes at first) and the
    SHA-256 of the entry's canonical JSON. `selection` says in the manifest which entries were asked for.
    """

    def __init__(self, entries: Iterable[tuple[int, dict[str, Any]]], selection: Mapping[str, Any]) -> None:
        self._entries, self._selection = entries, selection
        self._digest, self._head = hashlib.sha256(), chain.START
        self.count, self._first = 0, ""

    def lines(self) -> Iterator[bytes]:
        """The file, line by line."""
        for id, values in self._entries:
            self._head = chain.extend(self._head, [chain.link(id, values)])
            line = chain.canonical({"entry": values, "hash": self._head}) + b"\n"
            self._digest.update(line)
            self.count, self._first = self.count + 1, self._first or self._head
            yield line

    @property
    def made(self) -> Exported:
        """What was written so far."""
        return Exported(self.count, self._first, self._head if self.count else "")

    def beside(self) -> dict[str, bytes]:
        """The files that prove it, by the ending of their names. The signature covers the bytes of the manifest."""
        made = self.made
        manifest = {"format": FORMAT, "count": made.count, "first_hash": made.first, "last_hash": made.last,
                    "sha256": self._digest.hexdigest(), "made_at": now(), **self._selection}  # fmt: skip
        text = chain.canonical(manifest)
        pair, signature = chain.sign(text)
        pem = KeyPair.objects.get(uuid=pair).public_pem
        return {".manifest.json": text, ".sig": base64.b64decode(signature), ".pem": pem.encode()}


def write(actor: Actor, file: Path, start: datetime | None = None, end: datetime | None = None) -> Exported:
    """Write the entries from `start` on and before `end` to `file`, beside it `.manifest.json`, `.sig` and `.pem`."""
    _note(actor, {"from": start and str(start), "to": end and str(end)})
    rows = AuditEvent.objects.order_by("pk")
    rows = rows.filter(at__gte=start) if start else rows
    rows = rows.filter(at__lt=end) if end else rows
    writing = Writing(chain.entries(rows), {"from": start, "to": end})
    with file.open("wb") as out:
        out.writelines(writing.lines())
    for ending, content in writing.beside().items():
        _beside(file, ending).write_bytes(content)
    return writing.made


def archive(actor: Actor, name: str, events: Iterable[AuditEvent], selection: Mapping[str, Any]) -> Iterator[bytes]:
    """The same of `events` as a ZIP file, piece by piece; `name` is that of the file inside."""
    _note(actor, selection)
    return _zipped(name, Writing(chain.of(events), selection))


def _zipped(name: str, writing: Writing) -> Iterator[bytes]:
    out = _Pieces()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as folder:
        inside = zipfile.ZipInfo(name, now().timetuple()[:6])
        inside.compress_type = zipfile.ZIP_DEFLATED
        with folder.open(inside, "w", force_zip64=True) as file:
            for line in writing.lines():
                file.write(line)
                if out.waiting > _PIECE:
                    yield out.take()
        for ending, content in writing.beside().items():
            folder.writestr(name + ending, content)
    yield out.take()


class _Pieces(io.RawIOBase):
    """A file that cannot be rewound and keeps nothing that was taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self.waiting = 0

    def writable(self) -> bool:
        return True

    def write(self, part: Any) -> int:
        data = bytes(part)
        self._parts.append(data)
        self.waiting += len(data)
        return len(data)

    def take(self) -> bytes:
        """What was written since the last time."""
        taken, self._parts, self.waiting = b"".join(self._parts), [], 0
        return taken


def _note(actor: Actor, selection: Mapping[str, Any]) -> None:
    audit.record(actor, audit.Entry("audit.exported", ("audit", _RECORD), dict(selection)))


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
