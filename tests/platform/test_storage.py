"""Both places for files behave alike; the settings choose one, and trying it says what is wrong."""

from pathlib import Path
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.errors import Invalid, NotPermitted
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.models import Preference
from keyturn.platform.storage import services
from keyturn.platform.storage.local import Folder
from keyturn.platform.storage.places import Fault, Missing, Place, Unavailable
from keyturn.platform.storage.s3 import Account, Bucket
from tests.conftest import ActorFor
from tests.installation import free_port
from tests.platform.storage_places import BUCKET, KEY, SECRET, bucket, choose, form, s3_url, write

__all__ = ["bucket", "s3_url"]
MB = 1024 * 1024


@pytest.fixture(params=["local", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    if request.param == "local":
        return Folder(tmp_path / "files")
    request.getfixturevalue("bucket")
    return Bucket(Account(KEY, SECRET, "us-east-1", BUCKET, request.getfixturevalue("s3_url")))


@pytest.mark.spec("DLD-13")
def test_what_is_put_can_be_read_from_anywhere_and_removed(place: Place, tmp_path: Path) -> None:
    content = bytes(range(256)) * 5000
    place.put("releases/a/b", write(tmp_path / "x", content))
    assert place.size("releases/a/b") == len(content)
    for start, length in ((0, len(content)), (0, 1), (777, 300_000), (len(content) - 1, 1), (5, 0)):
        assert b"".join(place.read("releases/a/b", start, length)) == content[start : start + length]
    place.put("releases/a/b", write(tmp_path / "y", b"new"))
    assert b"".join(place.read("releases/a/b", 0, 3)) == b"new"
    place.delete("releases/a/b")
    place.delete("releases/a/b")
    for attempt in (lambda: place.size("releases/a/b"), lambda: place.read("releases/a/b", 0, 1)):
        with pytest.raises(Missing):
            attempt()


@pytest.mark.spec("DLD-13")
def test_a_file_in_several_parts_arrives_whole(bucket: Any, s3_url: str, tmp_path: Path) -> None:
    content = b"".join(bytes([n]) * MB for n in range(20))
    Bucket(Account(KEY, SECRET, "us-east-1", BUCKET, s3_url)).put("big", write(tmp_path / "x", content))
    stored = bucket.Object("big")
    assert stored.content_length == 20 * MB
    assert stored.e_tag.strip('"').endswith("-3"), "three parts"
    assert stored.get()["Body"].read() == content


def test_a_full_or_closed_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable):
        Folder(tmp_path / "file").put("a/b", write(tmp_path / "x", b"x"))


@pytest.mark.django_db
@pytest.mark.spec("SET-40", "SET-05")
def test_a_trial_writes_reads_and_removes_and_saves_nothing(owner: Actor, bucket: Any, s3_url: str) -> None:
    assert services.try_out(owner, form(s3_url)) == ""
    assert list(bucket.objects.all()) == []
    assert services.try_out(owner, form("", **{"storage.driver": "local"})) == ""
    assert not Preference.objects.exists()


@pytest.mark.django_db
@pytest.mark.spec("SET-40")
def test_a_trial_names_what_is_wrong(owner: Actor, bucket: Any, s3_url: str) -> None:
    assert services.try_out(owner, form(s3_url, **{"storage.bucket": "not-there"})) == Fault.NO_BUCKET
    nobody = f"http://127.0.0.1:{free_port()}"
    assert services.try_out(owner, form(nobody)).startswith(Fault.TIMEOUT)
    with pytest.raises(Invalid) as refusal:
        services.try_out(owner, form("", **{"storage.access_key": ""}))
    assert set(refusal.value.errors) == {"storage.access_key", "storage.endpoint"}


@pytest.mark.spec("SET-40")
@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("InvalidAccessKeyId", "Invalid credentials"),
        ("NoSuchBucket", "Bucket not found"),
        ("AccessDenied", "Access denied"),
        ("AuthorizationHeaderMalformed", "Invalid region"),
        ("RequestTimeout", "Connection timeout"),
        ("SignatureDoesNotMatch", "Signature mismatch"),
    ],
)
def test_the_answers_of_amazon_are_told_apart(code: str, told: str, tmp_path: Path, s3_url: str) -> None:
    tried = Bucket(Account(KEY, SECRET, "us-east-1", BUCKET, s3_url))

    def refuse(**_: Any) -> None:
        raise tried.client.exceptions.ClientError({"Error": {"Code": code, "Message": "x"}}, "GetObject")

    tried.client.meta.events.register_first("before-send.s3", refuse)
    try:
        with pytest.raises(Unavailable, match=told):
            tried.put("a", write(tmp_path / "x", b"x"))
    finally:
        tried.client.meta.events.unregister("before-send.s3", refuse)


@pytest.mark.django_db
@pytest.mark.spec("SET-04", "SET-06")
def test_the_secret_is_sealed_kept_when_left_empty_and_only_a_super_admin_may(
    owner: Actor, actor_for: ActorFor, s3_url: str
) -> None:
    preferences.save(owner, "storage", form(s3_url))
    assert preferences.text("storage.secret_key") == SECRET
    assert SECRET not in str(Preference.objects.get(name="storage.secret_key").value)
    preferences.save(owner, "storage", form(s3_url, **{"storage.secret_key": "", "storage.region": "eu-west-1"}))
    assert preferences.text("storage.secret_key") == SECRET
    assert SECRET not in str(list(AuditEvent.objects.values_list("changes", flat=True)))
    for attempt in (
        lambda: preferences.save(actor_for(Role.ADMIN), "storage", form(s3_url)),
        lambda: services.try_out(actor_for(Role.ADMIN), form(s3_url)),
    ):
        with pytest.raises(NotPermitted):
            attempt()


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["ab", "-files", "Files", "192.168.0.1", "a" * 64])
def test_a_bucket_has_a_name_that_amazon_takes(owner: Actor, name: str, s3_url: str) -> None:
    with pytest.raises(Invalid):
        preferences.save(owner, "storage", form(s3_url, **{"storage.bucket": name}))


@pytest.mark.django_db
@pytest.mark.spec("SET-41")
def test_the_settings_choose_where_new_files_go(bucket: Any, s3_url: str, tmp_path: Path) -> None:
    assert services.kind() == "local"
    choose(s3_url)
    assert services.kind() == "s3"
    services.place("s3").put("a", write(tmp_path / "x", b"x"))
    assert bucket.Object("a").get()["Body"].read() == b"x"
    assert isinstance(services.place("local"), Folder), "what was stored before stays where it is"
