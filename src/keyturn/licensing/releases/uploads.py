"""Taking files in, piece by piece: a broken upload goes on where it stopped, and no file is ever in memory."""

import hashlib
from pathlib import Path
from typing import Final, Protocol
from uuid import UUID

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Invalid, Refused
from keyturn.core.text import clean_line
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage import services as storage

# Small enough for the usual limits of proxies, large enough to be quick.
PIECE: Final = 8 * 1024 * 1024
_READ: Final = 256 * 1024
_GONE = "This upload is not on this server any more. Remove the file from the list and add it again."


class Body(Protocol):
    """Where the bytes of a piece come from."""

    def read(self, size: int) -> bytes:
        """At most `size` bytes; none at the end."""
        ...


def largest() -> int:
    """The most bytes a file may have (DLD-12)."""
    return preferences.get("storage.upload_limit_mb") * 1024 * 1024


def begin(actor: Actor, *, name: str, size: int) -> ReleaseFile:
    """Announce a file of `size` bytes. Raises Invalid."""
    require(actor, Permission.MANAGE_RELEASES)
    name = clean_line(name.replace("\\", "/").rpartition("/")[2])
    if not name or len(name) > 255:
        raise Invalid({"name": ["A file needs a name of at most 255 characters."]})
    if size < 1:
        raise Invalid({"size": [f"{name} is empty."]})
    if size > largest():
        raise Invalid({"size": [f"{name} is larger than {words(largest())}, the most a file may have."]})
    file = ReleaseFile.objects.create(name=name, size=size, uploader=actor.id)
    path_of(file).touch(mode=0o600)
    return file


def take(actor: Actor, file: ReleaseFile, body: Body, *, offset: int) -> ReleaseFile:
    """Write the piece that begins at `offset`, which must be what was received so far.

    With the last one the file gets its SHA-256. Raises Refused; then the caller asks where to go on.
    """
    require(actor, Permission.MANAGE_RELEASES)
    if offset != file.received:
        raise Refused(f"The upload is at {file.received}.")
    path = path_of(file)
    if not path.exists():
        raise Refused(_GONE)
    written = _append(path, body, offset, file.size)
    if written > file.size:
        abandon(actor, file)
        raise Refused(f"{file.name} is longer than was said. Add it again.")
    waits = ReleaseFile.objects.filter(pk=file.pk, received=offset)
    digest = sha256_of(path) if written == file.size else ""
    if not waits.update(received=written, sha256=digest):
        raise Refused("Another window uploads the same file.")
    file.refresh_from_db()
    return file


def abandon(actor: Actor, file: ReleaseFile) -> None:
    """Forget an upload and its bytes."""
    require(actor, Permission.MANAGE_RELEASES)
    path_of(file).unlink(missing_ok=True)
    file.delete()


def path_of(file: ReleaseFile) -> Path:
    """Where an upload waits."""
    return storage.waiting_room() / file.uuid.hex


def find(actor: Actor, uuid: UUID) -> ReleaseFile | None:
    """An upload of this actor that is not used yet."""
    return ReleaseFile.objects.uploads_of(actor).filter(uuid=uuid).first()


def sha256_of(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _append(path: Path, body: Body, offset: int, size: int) -> int:
    """Length of the file afterwards; one byte more than `size` when there was more."""
    with path.open("r+b") as file:
        file.seek(offset)
        while piece := body.read(min(_READ, size + 1 - offset)):
            file.write(piece)
            offset += len(piece)
            if offset > size:
                break
    return offset


def words(size: int) -> str:
    """A limit as people read it, such as 2 GB."""
    return f"{size // 1024**3} GB" if size % 1024**3 == 0 else f"{size // 1024**2:,} MB"
