"""What a restore accepts."""

import tarfile
from io import BytesIO
from pathlib import Path

from tests.installation import Installation


def test_a_forged_archive_cannot_write_elsewhere(installation: Installation, tmp_path: Path) -> None:
    file = tmp_path / "forged.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        for name in ("../escaped", "files/../../escaped", "/escaped", "files/link"):
            member = tarfile.TarInfo(name)
            if name == "files/link":
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
            archive.addfile(member, BytesIO())
    done = installation.run("restore", str(file), "--replace", check=False)
    assert done.returncode == 1
    assert "is not a backup of Keyturn" in done.stderr
    assert not list(tmp_path.rglob("escaped"))
    assert not list(installation.folder.rglob("escaped"))
