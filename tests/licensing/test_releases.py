"""Releases: what a good one is, how it changes, what becomes of its files, and what is on record."""

import hashlib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.core.errors import Changed, Invalid, NotPermitted
from keyturn.licensing.licenses import removal
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import services, storing, uploads, versions
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.licensing.releases.services import Asset
from keyturn.licensing.releases.tasks import KEPT
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.storage import services as storage
from keyturn.platform.storage.places import Fault, Missing, Unavailable
from tests.conftest import ActorFor
from tests.jobs import Work
from tests.licensing.conftest import product
from tests.licensing.shelf import CONTENT, ReleaseOf, release_of, upload

__all__ = ["product", "release_of"]
pytestmark = pytest.mark.django_db
DAY = date(2026, 1, 31)


def _refusal(actor: Actor, product: Product, **given: Any) -> dict[str, list[str]]:
    values = {"version": "2.4.0", "release_date": DAY, "assets": [Asset(upload(actor).uuid)], **given}
    with pytest.raises(Invalid) as refusal:
        services.create(actor, product=product, **values)
    assert not Release.objects.exists()
    return refusal.value.errors


def _there(file: ReleaseFile) -> bool:
    try:
        return storage.place(file.storage).size(file.key) == file.size
    except Missing:
        return False


@pytest.mark.spec("DLD-10", "DLD-13")
def test_a_release_keeps_its_files_below_its_product(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, changelog="- Dark mode")
    file = release.files.get()
    assert (file.name, file.size, file.sha256) == ("setup.exe", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert file.key.startswith(f"releases/{product.uuid}/")
    assert "setup" not in file.key
    assert b"".join(storage.place(file.storage).read(file.key, 0, file.size)) == CONTENT
    assert not uploads.path_of(file).exists(), "nothing stays in the waiting room"


@pytest.mark.spec("DLD-10", "DLD-15", "DLD-17")
@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"version": "2.4"}, "version"),
        ({"version": "v2.4.0"}, "version"),
        ({"version": "2.04.0"}, "version"),
        ({"version": ""}, "version"),
        ({"numeric_version": -1}, "numeric_version"),
        ({"version": "999999.0.0"}, "numeric_version"),
        ({"channel": "nightly"}, "channel"),
        ({"status": "gone"}, "status"),
        ({"changelog": "x" * 20_001}, "changelog"),
        ({"update_summary": "x" * 501}, "update_summary"),
        ({"assets": []}, "assets"),
        ({"access_from": DAY, "access_until": DAY - timedelta(days=1)}, "access_until"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_saved(
    owner: Actor, product: Product, given: dict[str, Any], field: str
) -> None:
    assert list(_refusal(owner, product, **given)) == [field]


@pytest.mark.spec("DLD-17")
def test_every_wrong_field_is_named_at_once(owner: Actor, product: Product) -> None:
    assert set(_refusal(owner, product, version="x", channel="x", assets=[])) >= {"version", "channel", "assets"}


@pytest.mark.spec("DLD-10")
@pytest.mark.parametrize("version", ["3.0.0-beta", "0.0.1", "1.0.0-rc.1+build.5", "10.20.30"])
def test_semantic_versions_are_taken(product: Product, release_of: ReleaseOf, version: str) -> None:
    assert release_of(product, version).version == version


@pytest.mark.spec("DLD-15")
def test_the_numeric_version_is_made_from_the_version(product: Product, release_of: ReleaseOf) -> None:
    assert release_of(product, "2.4.1").numeric_version == 20_401
    assert release_of(product, "2.4.1-beta", numeric_version=20_399).numeric_version == 20_399
    assert versions.suggested_number("nonsense") is None


@pytest.mark.spec("DLD-10")
def test_versions_are_unique_in_a_product_and_free_in_another(
    owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    release_of(product)
    for given in ({}, {"version": "2.4.0-beta", "numeric_version": 20_400}):
        with pytest.raises(Invalid) as refusal:
            release_of(product, **given)
        assert "Another release" in refusal.value.message
    assert release_of(products.create(owner, name="Other")).version == "2.4.0"


@pytest.mark.spec("DLD-10")
def test_a_product_of_another_environment_is_refused(owner: Actor, actor_for: ActorFor) -> None:
    other = actor_for(Role.ADMIN, Environment.STAGING)
    foreign = products.create(other, name="Staged")
    assert "product" in _refusal(owner, foreign)


@pytest.mark.spec("DLD-11")
def test_each_file_has_type_platform_and_architecture(owner: Actor, product: Product) -> None:
    mac, guide = upload(owner, "app.dmg"), upload(owner, "guide.pdf")
    files = [Asset(mac.uuid, "installer", "macos", "universal"), Asset(guide.uuid, "documentation")]
    release = services.create(owner, product=product, version="1.0.0", release_date=DAY, assets=files)
    told = list(release.files.values_list("name", "kind", "platform", "architecture"))
    assert told == [("app.dmg", "installer", "macos", "universal"), ("guide.pdf", "documentation", "all", "")]
    for wrong in (("virus", "all", ""), ("update", "amiga", ""), ("update", "all", "z80")):
        files = [Asset(upload(owner).uuid, *wrong)]
        with pytest.raises(Invalid):
            services.create(owner, product=product, version="1.0.1", release_date=DAY, assets=files)


@pytest.mark.spec("DLD-13")
def test_when_the_storage_fails_nothing_is_saved_and_the_upload_waits(
    owner: Actor, product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = upload(owner, "a.zip"), upload(owner, "b.zip")
    folder = Path(settings.MEDIA_ROOT) / "releases" / str(product.uuid)
    real = storage.place("local")

    class Full:
        def put(self, key: str, source: Path) -> None:
            if source == uploads.path_of(second):
                raise Unavailable(Fault.FULL)
            real.put(key, source)

        delete = staticmethod(real.delete)

    monkeypatch.setattr(storing.storage, "place", lambda kind: Full())
    errors = _refusal(owner, product, assets=[Asset(first.uuid), Asset(second.uuid)])
    assert errors == {"assets": ["b.zip could not be stored: No space left. Nothing was saved."]}
    assert not folder.exists()
    monkeypatch.undo()
    files = [Asset(first.uuid), Asset(second.uuid)]
    assert services.create(owner, product=product, version="1.0.0", release_date=DAY, assets=files).files.count() == 2


@pytest.mark.spec("DLD-14", "DLD-40")
def test_an_edit_changes_the_record_and_its_files(
    owner: Actor, product: Product, release_of: ReleaseOf, work: Work
) -> None:
    release = release_of(product, names=["a.zip", "b.zip"])
    kept, dropped = release.files.all()
    fresh = upload(owner, "c.zip")
    files = [Asset(kept.uuid, platform="linux"), Asset(fresh.uuid)]
    services.update(owner, release, revision=1, version="2.4.1", changelog="Fixed", assets=files)
    assert list(release.files.values_list("name", "platform")) == [("a.zip", "linux"), ("c.zip", "all")]
    changes = AuditEvent.objects.get(action="release.updated").changes
    assert changes["version"] == ["2.4.0", "2.4.1"]
    assert [[one["name"] for one in side] for side in changes["files"]] == [["a.zip", "b.zip"], ["a.zip", "c.zip"]]
    assert AuditEvent.objects.get(action="release.file_removed").changes["file"] == ["b.zip", None]
    work()
    assert _there(kept)
    assert not _there(dropped)
    assert not ReleaseFile.objects.filter(pk=dropped.pk).exists()


@pytest.mark.spec("DLD-14")
def test_the_product_of_a_release_cannot_change(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product)
    with pytest.raises(TypeError):
        services.update(owner, release, revision=1, product=products.create(owner, name="Other"))


@pytest.mark.spec("DLD-14", "DLD-17")
def test_an_edit_of_what_somebody_else_changed_is_refused(
    owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    release = release_of(product)
    services.update(owner, release, revision=1, changelog="First")
    with pytest.raises(Changed):
        services.update(owner, release, revision=1, changelog="Second")
    with pytest.raises(Invalid):
        services.update(owner, release, revision=2, assets=[])
    release.refresh_from_db()
    assert (release.changelog, release.files.count()) == ("First", 1)


@pytest.mark.spec("DLD-16", "DLD-40")
def test_publishing_and_taking_back_go_on_record_once(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, status="draft")
    seen = Release.objects.visible(clock.now())
    assert not seen.exists()
    assert services.set_status(owner, release, "published")
    assert not services.set_status(owner, release, "published")
    assert seen.exists()
    assert services.set_status(owner, release, "draft")
    assert not seen.exists()
    changes = AuditEvent.objects.filter(action__in=["release.published", "release.withdrawn"]).order_by("pk")
    assert [one.changes["status"] for one in changes] == [["draft", "published"], ["published", "draft"]]
    assert changes[0].actor_id == owner.id


@pytest.mark.spec("DLD-20", "DLD-40")
def test_deleting_removes_the_files_from_the_storage(
    owner: Actor, product: Product, release_of: ReleaseOf, work: Work
) -> None:
    release = release_of(product, names=["a.zip", "b.zip"])
    files = list(release.files.all())
    services.delete(owner, release)
    work()
    assert not any(_there(file) for file in files)
    assert not ReleaseFile.objects.exists()
    event = AuditEvent.objects.get(action="release.deleted")
    assert event.changes["version"] == ["2.4.0", None]
    assert len(event.changes["files"][0]) == 2


@pytest.mark.spec("DLD-20", "PRD-32")
def test_with_a_product_its_files_go(owner: Actor, product: Product, release_of: ReleaseOf, work: Work) -> None:
    file = release_of(product).files.get()
    assert removal.delete_product(owner, product)
    services.enqueue(services.remove_loose)
    work()
    assert not _there(file)
    assert not ReleaseFile.objects.exists()


@pytest.mark.spec("DLD-12", "DLD-13")
def test_uploads_that_nobody_used_go_after_a_day(owner: Actor, work: Work) -> None:
    old, young = upload(owner), upload(owner)
    ReleaseFile.objects.filter(pk=old.pk).update(created_at=clock.now() - KEPT - timedelta(minutes=1))
    services.enqueue(services.remove_loose)
    work()
    assert list(ReleaseFile.objects.all()) == [young]
    assert not uploads.path_of(old).exists()
    assert uploads.path_of(young).exists()


@pytest.mark.spec("DLD-41")
@pytest.mark.parametrize("role", [Role.OPERATOR, Role.VIEWER])
def test_operators_and_viewers_change_nothing(
    role: str, actor_for: ActorFor, product: Product, release_of: ReleaseOf
) -> None:
    release, actor = release_of(product), actor_for(role)
    for attempt in (
        lambda: services.create(actor, product=product, version="9.0.0", release_date=DAY, assets=[]),
        lambda: services.update(actor, release, revision=1, changelog="x"),
        lambda: services.set_status(actor, release, "draft"),
        lambda: services.delete(actor, release),
        lambda: uploads.begin(actor, name="a.zip", size=1),
    ):
        with pytest.raises(NotPermitted):
            attempt()
    assert Release.objects.get().status == "published"


@pytest.mark.spec("DLD-40")
def test_an_upload_is_on_record_with_its_files(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release_of(product)
    event = AuditEvent.objects.get(action="release.created")
    assert (event.actor_id, event.environment, event.changes["product"]) == (owner.id, "production", "Pro App")
    assert event.changes["files"][1][0]["sha256"] == hashlib.sha256(CONTENT).hexdigest()
