"""What an archive promises, and what a restore accepts."""

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.operations.backups import archive, keys, services
from keyturn.platform.jobs.models import Worker


def write(target: Path, **more: str) -> None:
    with archive.writing(target) as out:
        out.add_bytes(archive.DATABASE, b"rows" * 1000)
        out.add_bytes("files/releases/a", b"release")
        out.finish(more)


def members(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar if member.isreg()}  # type: ignore[union-attr]


def rewrite(file: Path, parts: dict[str, bytes]) -> None:
    with tarfile.open(file, "w:gz") as tar:
        for name, content in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, BytesIO(content))


def test_parts_come_back_with_the_manifest(tmp_path: Path) -> None:
    write(tmp_path / "b.tar.gz", keyturn="1")
    manifest = archive.unpack(tmp_path / "b.tar.gz", tmp_path / "out")
    assert manifest["keyturn"] == "1"
    assert set(manifest["parts"]) == {"database", "files/releases/a"}
    assert (tmp_path / "out" / "files" / "releases" / "a").read_bytes() == b"release"
    assert (tmp_path / "b.tar.gz").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("change", ["altered", "missing", "added", "cut"])
def test_a_changed_archive_is_refused(tmp_path: Path, change: str) -> None:
    file = tmp_path / "b.tar.gz"
    write(file)
    parts = members(file)
    if change == "altered":
        parts["files/releases/a"] = b"virus!!"
    elif change == "missing":
        del parts["files/releases/a"]
    elif change == "added":
        parts = {"files/new": b"x", **parts}
    if change == "cut":
        file.write_bytes(file.read_bytes()[:-40])
    else:
        rewrite(file, parts)
    with pytest.raises(Refused):
        archive.unpack(file, tmp_path / "out")


def test_a_forged_archive_cannot_write_elsewhere(tmp_path: Path) -> None:
    file = tmp_path / "forged.tar.gz"
    with tarfile.open(file, "w:gz") as tar:
        for name in ("../escaped", "files/../../escaped", "/escaped", "files/link"):
            member = tarfile.TarInfo(name)
            if name == "files/link":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            tar.addfile(member, BytesIO())
    with pytest.raises(Refused, match="not a backup of Keyturn"):
        archive.unpack(file, tmp_path / "out")
    assert not list(tmp_path.rglob("escaped"))
    assert not list(tmp_path.rglob("link"))


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), archive.writing(tmp_path / "b.tar.gz") as out:
        out.add_file("database", tmp_path / "no-such-dump")
    assert list(tmp_path.iterdir()) == []


def test_the_passphrase_alone_opens_the_keys() -> None:
    sealed = keys.seal({"SECRET_KEY": "s3cret"}, "correct horse")
    assert b"s3cret" not in sealed
    assert keys.unseal(sealed, "correct horse") == {"SECRET_KEY": "s3cret"}
    with pytest.raises(Refused):
        keys.unseal(sealed, "wrong horse")


@pytest.mark.django_db
def test_what_a_restore_refuses_before_it_changes_anything(tmp_path: Path) -> None:
    file = tmp_path / "b.tar.gz"
    write(file, engine="another", keyturn="1")
    with pytest.raises(Refused, match="add --replace"):
        services.restore(file, replace=False, passphrase="", key_file=None)
    with pytest.raises(Refused, match="is of another"):
        services.restore(file, replace=True, passphrase="", key_file=None)
    with pytest.raises(Refused, match="exists already"):
        services.make(file, "")
    Worker.objects.create(name="host:1", queues="high", seen_at=now())
    with pytest.raises(Refused, match="host:1 is running"):
        services.restore(file, replace=True, passphrase="", key_file=None)
    keyless = {"encryption_keys": ["0123456789abcdef"]}
    with pytest.raises(Refused, match="keys of this backup are missing"):
        services._secrets(file, tmp_path, keyless, "", None)
    keys.beside(file).write_text(json.dumps(keys.present()))
    with pytest.raises(Refused, match="keys of another backup"):
        services._secrets(file, tmp_path, keyless, "", None)


def test_only_the_newest_of_ours_stay(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        (tmp_path / f"keyturn-2026010{day}T000000Z.tar.gz").touch()
        (tmp_path / f"keyturn-2026010{day}T000000Z.tar.gz.keys").touch()
    (tmp_path / "precious.tar.gz").touch()
    services.prune(tmp_path, 2)
    left = sorted(path.name[:16] for path in tmp_path.iterdir())
    assert left == ["keyturn-20260102", "keyturn-20260102", "keyturn-20260103", "keyturn-20260103", "precious.tar.gz"]


def test_a_backup_of_a_newer_version_is_refused() -> None:
    known = json.loads(json.dumps({"keyturn": "9.0", "migrations": [["licenses", "0001_initial"]]}))
    services._refuse_newer(known)
    with pytest.raises(Refused, match=r"Keyturn 9\.0"):
        services._refuse_newer({**known, "migrations": [["licenses", "0999_future"]]})
