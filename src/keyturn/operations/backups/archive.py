"""Writing and reading an archive: hashed on the way, never whole in memory."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from keyturn.core.errors import Refused

MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
KEYS: Final = "keys.json"
FILES: Final = "files"
FORMAT: Final = 2
_PIECE: Final = 1024 * 1024


class _Hashed:
    """A file that is read once, with the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


class Writer:
    """Takes parts; the manifest ends the archive."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._parts: dict[str, dict[str, Any]] = {}

    def add_file(self, name: str, source: Path) -> None:
        """A part from a file."""
        with source.open("rb") as file:
            info = self._tar.gettarinfo(arcname=name, fileobj=file)
            info.uid = info.gid = 0
            info.uname = info.gname = ""
            self._add(info, file)

    def add_bytes(self, name: str, content: bytes) -> None:
        """A part from memory."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._add(info, BytesIO(content))

    def add_folder(self, name: str, folder: Path) -> None:
        """Every file below `folder`; those that go while we read are left out."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                try:
                    self.add_file(f"{name}/{path.relative_to(folder).as_posix()}", path)
                except FileNotFoundError:
                    continue

    def finish(self, facts: Mapping[str, Any]) -> None:
        """End with the manifest: `facts` and what the parts are."""
        manifest = {"format": FORMAT, **facts, "parts": self._parts}
        info = tarfile.TarInfo(MANIFEST)
        content = json.dumps(manifest, indent=1).encode()
        info.size, info.mode = len(content), 0o600
        self._tar.addfile(info, BytesIO(content))

    def _add(self, info: tarfile.TarInfo, file: IO[bytes]) -> None:
        hashed = _Hashed(file)
        self._tar.addfile(info, hashed)
        self._parts[info.name] = {"size": info.size, "sha256": hashed.digest.hexdigest()}


@contextmanager
def writing(target: Path) -> Iterator[Writer]:
    """An archive that appears under its name only when it is whole and on the disk, readable by its owner alone."""
    draft = target.with_name(f".{target.name}.part")
    try:
        draft.touch(mode=0o600)
        with draft.open("wb") as file:
            # Dumps shrink to a third even so; releases hardly shrink at all.
            with tarfile.open(fileobj=file, mode="w:gz", compresslevel=1) as tar:
                yield Writer(tar)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)


def unpack(file: Path, folder: Path) -> dict[str, Any]:
    """Put the parts into `folder`; the manifest, after every digest agreed with it. Raises Refused."""
    found: dict[str, dict[str, Any]] = {}
    manifest: dict[str, Any] = {}
    try:
        with tarfile.open(file, "r|*", bufsize=_PIECE) as tar:
            for member in tar:
                content = tar.extractfile(member) if _expected(member) else None
                if content is None:
                    continue
                if member.name == MANIFEST:
                    manifest = json.load(content)
                    continue
                found[member.name] = {"size": member.size, "sha256": _store(content, folder / member.name)}
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        raise Refused(f"{file} is not a backup of Keyturn: {error}") from error
    if manifest.get("format") != FORMAT or DATABASE not in found:
        raise Refused(f"{file} is not a backup of Keyturn, or not a whole one.")
    if found != manifest["parts"]:
        changed = sorted(
            name for name in {*found, *manifest["parts"]} if found.get(name) != manifest["parts"].get(name)
        )
        raise Refused(f"{file} is damaged: {', '.join(changed[:5])}. Take another backup.")
    return manifest


def _store(content: IO[bytes], target: Path) -> str:
    hashed = _Hashed(content)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        while piece := hashed.read(_PIECE):
            file.write(piece)
    return hashed.digest.hexdigest()


def _expected(member: tarfile.TarInfo) -> bool:
    """No links, no devices and no way out of the folder, whoever made the archive."""
    path = PurePosixPath(member.name)
    inside = path.parts[:1] == (FILES,) and len(path.parts) > 1 and ".." not in path.parts
    return member.isreg() and (member.name in (MANIFEST, KEYS, DATABASE) or inside)
