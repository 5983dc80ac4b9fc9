"""Taking files in: piece by piece, to the limit and not beyond, and resumed where they stopped."""

import hashlib
import io
import tracemalloc

import pytest

from keyturn.access.actors import Actor
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.releases import uploads
from keyturn.licensing.releases.models import ReleaseFile
from keyturn.platform.preferences import services as preferences

pytestmark = pytest.mark.django_db
MB = 1024 * 1024


class Stream:
    """So many bytes that were never in memory together."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        piece = bytes(min(size, self.left))
        self.left -= len(piece)
        return piece


@pytest.mark.spec("DLD-12")
def test_the_limit_is_two_gigabytes_and_is_named(owner: Actor) -> None:
    assert uploads.begin(owner, name="a.iso", size=2048 * MB).size == 2048 * MB
    with pytest.raises(Invalid, match="larger than 2 GB"):
        uploads.begin(owner, name="a.iso", size=2048 * MB + 1)
    preferences.set_value("storage.upload_limit_mb", 5)
    with pytest.raises(Invalid, match="larger than 5 MB"):
        uploads.begin(owner, name="a.iso", size=5 * MB + 1)
    assert ReleaseFile.objects.count() == 1


@pytest.mark.spec("DLD-12")
def test_a_file_longer_than_it_was_said_to_be_is_dropped_whole(owner: Actor) -> None:
    file = uploads.begin(owner, name="a.iso", size=10)
    path = uploads.path_of(file)
    with pytest.raises(Refused, match="longer"):
        uploads.take(owner, file, Stream(20 * MB), offset=0)
    assert not path.exists()
    assert not ReleaseFile.objects.exists()


@pytest.mark.spec("DLD-12")
@pytest.mark.parametrize(("name", "size"), [("", 1), ("a" * 256, 1), ("a.zip", 0), ("folder/", 1)])
def test_a_file_needs_a_name_and_content(owner: Actor, name: str, size: int) -> None:
    with pytest.raises(Invalid):
        uploads.begin(owner, name=name, size=size)


def test_the_name_is_that_of_a_file_whatever_a_browser_sends(owner: Actor) -> None:
    assert uploads.begin(owner, name="C:\\Temp\\..\\set\x00up.exe", size=1).name == "set up.exe"
    assert uploads.begin(owner, name="../../etc/passwd", size=1).name == "passwd"


@pytest.mark.spec("DLD-13")
def test_an_upload_goes_on_where_it_stopped(owner: Actor) -> None:
    content = bytes(range(256)) * 40
    file = uploads.begin(owner, name="a.bin", size=len(content))
    uploads.take(owner, file, io.BytesIO(content[:3000]), offset=0)
    assert (file.received, file.sha256) == (3000, "")
    with pytest.raises(Refused, match="is at 3000"):
        uploads.take(owner, file, io.BytesIO(content[:3000]), offset=0)
    uploads.take(owner, file, io.BytesIO(content[3000:]), offset=3000)
    assert file.sha256 == hashlib.sha256(content).hexdigest()
    assert uploads.path_of(file).read_bytes() == content


@pytest.mark.spec("DLD-12")
def test_a_large_file_is_never_in_memory(owner: Actor) -> None:
    file = uploads.begin(owner, name="a.iso", size=64 * MB)
    tracemalloc.start()
    try:
        for offset in range(0, 64 * MB, uploads.PIECE):
            uploads.take(owner, file, Stream(uploads.PIECE), offset=offset)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert file.sha256
    assert peak < 4 * MB
    uploads.abandon(owner, file)
