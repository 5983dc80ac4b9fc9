"""Danger Zone, key tests and the image of a product, as the browser meets them."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import crypto
from keyturn.core.text import mask_key
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import removal, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import rsa
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import KeyPair
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.mail import sealing
from keyturn.platform.mail.models import Message
from tests.jobs import Work
from tests.licensing.conftest import LicenseIn
from tests.portals.admin.test_products import FIELDS
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


@pytest.fixture
def small(owner: Actor) -> Product:
    """A product with small keys, that are there already."""
    product = products.create(owner, name="Small App", key_bits=2048)
    signing.ensure(str(product.uuid), 2048)
    return product


def _url(product: Product, what: str = "") -> str:
    return f"/admin/products/{product.uuid}{what}"


@pytest.mark.spec("PRD-42", "PRD-30", "PRD-31", "PRD-32")
@pytest.mark.parametrize("role", Role.values)
def test_who_sees_which_danger(role: str, client_of: ClientOf, small: Product) -> None:
    client = client_of(role)
    wanted = {
        "/rotate-keys": role == Role.SUPER_ADMIN,
        "/kill": role == Role.SUPER_ADMIN,
        "/delete": role in (Role.SUPER_ADMIN, Role.ADMIN),
    }
    edit = client.get(_url(small, "/edit"))
    assert edit.status_code == (200 if wanted["/delete"] else 403)
    for what, may in wanted.items():
        assert client.get(_url(small, what)).status_code == (200 if may else 403)
        assert (_url(small, what) in edit.content.decode()) is (may and edit.status_code == 200)


@pytest.mark.spec("PRD-30", "PRD-41", "PRD-20")
def test_rotating(super_admin: Client, small: Product) -> None:
    old = signing.current(str(small.uuid))
    assert old is not None
    asked = super_admin.get(_url(small, "/rotate-keys")).content.decode()
    for text in ("2048 bits", "30 days", "Offline files", "Activations are not affected"):
        assert text in asked
    assert super_admin.post(_url(small, "/rotate-keys")).status_code == 204
    new = signing.current(str(small.uuid))
    assert new is not None
    assert new.pk != old.pk
    event = AuditEvent.objects.get(action="product.keys_rotated")
    assert event.changes["key_pair"] == [str(old.uuid), str(new.uuid)]
    assert "PRIVATE" not in str(event.changes)
    dialog = super_admin.get(_url(small, "/public-key")).content.decode()
    for text in (old.public_pem.splitlines()[3], new.public_pem.splitlines()[3], "The keys were rotated"):
        assert text in dialog
    assert super_admin.get(_url(small, "/public-key.pem")).content.decode() == new.public_pem
    page = super_admin.get(_url(small)).content.decode()
    assert "Grace period" in page
    assert "Current" in page
    assert (
        "earlier rotation is still in its grace period" in super_admin.get(_url(small, "/rotate-keys")).content.decode()
    )


@pytest.mark.spec("PRD-22", "PRD-06", "PRD-23")
def test_validation_names_every_fault(super_admin: Client, owner: Actor, small: Product) -> None:
    assert "Validate Public Key" in super_admin.get("/admin/products").content.decode()
    assert "All key pairs are healthy" in super_admin.get("/admin/products/validate").content.decode()
    foreign = rsa.generate(2048)[1].decode()
    faults: dict[str, dict[str, Any]] = {
        "Mismatch": {"public_pem": foreign},
        "Sealed elsewhere": {"sealed_private": "gAAAAABnonsense"},
        "Damaged": {"sealed_private": crypto.seal(b"-----BEGIN PRIVATE KEY-----\nnothing\n-----END PRIVATE KEY-----")},
        "Damaged public": {"public_pem": "nothing"},
    }
    for name, change in faults.items():
        product = products.create(owner, name=name, key_bits=2048)
        signing.ensure(str(product.uuid), 2048)
        KeyPair.objects.filter(holder=str(product.uuid)).update(**change)
    products.create(owner, name="Nothing", key_bits=2048)
    products.update(owner, small, version=1, signing_algorithm="rsa-sha512")
    page = super_admin.get("/admin/products/validate").content.decode()
    for text in (
        "5 products with broken keys",
        "do not belong together",
        "cannot be decrypted",
        "damaged",
        "There are no keys",
        "Signs with RSA-SHA256 until the keys are rotated",
    ):
        assert text in page
    assert "PRIVATE" not in page


@pytest.mark.spec("PRD-23")
def test_a_lost_pair_points_to_rotation(super_admin: Client, small: Product) -> None:
    signing.forget(str(small.uuid))
    Product.objects.update(created_at="2026-01-01T00:00:00Z")
    page = super_admin.get(_url(small, "/public-key")).content.decode()
    assert "This product has no keys" in page
    assert "Rotate Keys" in page
    assert "hx-trigger" not in page


@pytest.mark.spec("PRD-31", "PRD-41", "LCY-17")
def test_the_kill_switch(
    super_admin: Client, product: Product, license_in: LicenseIn, work: Work, generator: Generator
) -> None:
    for status in Status:
        license_in(status)
    told = Message.objects.filter(template="license-revoked")
    before = set(told)
    owned = set(License.objects.exclude(status="revoked").exclude(customer=None).values_list("license_key", flat=True))
    wrong = super_admin.post(_url(product, "/kill"), {"confirm": "pro app"})
    assert wrong.status_code == 422
    assert "Type the name" in wrong.content.decode()
    assert Product.objects.get().killed_at is None
    answer = super_admin.post(_url(product, "/kill"), {"confirm": "Pro App"})
    assert answer.status_code == 302
    product.refresh_from_db()
    assert (product.status, product.killed_at is None) == ("inactive", False)
    work()
    assert set(License.objects.values_list("status", flat=True)) == {"revoked"}
    assert not Activation.objects.filter(status="active").exists()
    event = AuditEvent.objects.get(action="product.killed")
    assert event.changes["killed"] == [False, True]
    # One was revoked before; the one in stock has nobody to write to. Their owner hears of the others in one mail.
    (mail,) = set(told.all()) - before
    said = sealing.read(mail).text
    assert [mask_key(key) in said for key in owned] == [True] * 4
    again = super_admin.post(_url(product, "/kill"), {"confirm": "Pro App"}, headers={"HX-Request": "true"})
    assert "used already" in again["HX-Trigger"]
    page = super_admin.get(_url(product)).content.decode()
    assert "Stopped by the kill switch" in page
    assert "Activate Kill Switch" not in super_admin.get(_url(product, "/edit")).content.decode()
    back = super_admin.post(_url(product, "/edit"), {**FIELDS, "version": product.version})
    assert back.status_code == 422
    assert "for good" in back.content.decode()


@pytest.mark.spec("PRD-31")
def test_a_batch_under_way_stops_with_its_product(
    owner: Actor, product: Product, generator: Generator, work: Work, super_admin: Client
) -> None:
    services.generate_later(owner, generator, 300)
    super_admin.post(_url(product, "/kill"), {"confirm": "Pro App"})
    work()
    assert not License.objects.exclude(status=Status.REVOKED).exists()


@pytest.mark.spec("PRD-32")
def test_deleting(super_admin: Client, product: Product, license_in: LicenseIn, owner: Actor) -> None:
    license = license_in(Status.ACTIVE)
    page = super_admin.get(_url(product, "/delete")).content.decode()
    assert "cannot be deleted" in page
    assert "Inactive" in page
    assert "Revoke or delete" in page
    answer = super_admin.post(_url(product, "/delete"), headers={"HX-Request": "true"})
    assert "Revoke or delete them first" in answer["HX-Trigger"]
    assert "Inactive" in answer["HX-Trigger"]
    assert Product.objects.exists()
    services.revoke(owner, license)
    signing.ensure(str(product.uuid), 2048)
    assert "1 revoked license, with its" in super_admin.get(_url(product, "/delete")).content.decode().replace(
        "their", "its"
    )
    assert super_admin.post(_url(product, "/delete")).status_code == 302
    for model in (Product, License, Activation, Generator, KeyPair):
        assert not model.objects.exists(), model
    assert AuditEvent.objects.filter(action="product.deleted", subject_id=str(product.uuid)).exists()
    assert AuditEvent.objects.filter(action="license.deleted").exists()
    assert AuditEvent.objects.filter(action="license.created").exists()


@pytest.mark.spec("PRD-32")
def test_a_product_of_very_many_licenses_is_deleted_by_a_job(
    owner: Actor, product: Product, generator: Generator, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "AT_ONCE", 100)
    made = services.generate(owner, generator, 250).licenses
    services.revoke_many(owner, made)
    assert removal.delete_product(owner, product) is False
    assert License.objects.count() == 250
    work()
    assert not Product.objects.exists()
    assert not License.objects.exists()


@pytest.mark.spec("PRD-10", "PRD-32")
def test_the_image(super_admin: Client, small: Product, django_capture_on_commit_callbacks: Any) -> None:
    def save(**more: Any) -> Any:
        small.refresh_from_db()
        fields = {**FIELDS, "name": "Small App", "slug": "small-app", "version": small.version, **more}
        return super_admin.post(_url(small, "/edit"), fields)

    for content, text in ((b"GIF89a", "PNG, JPEG or WebP"), (PNG + b"\0" * 2 * 1024 * 1024, "at most 2 MB")):
        refused = save(image=SimpleUploadedFile("x.png", content))
        assert refused.status_code == 422
        assert text in refused.content.decode()
    assert super_admin.get(_url(small, "/image")).status_code == 404
    assert save(image=SimpleUploadedFile("x.exe", PNG)).status_code == 302
    answer = super_admin.get(_url(small, "/image"))
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert _url(small, "/image") in super_admin.get(_url(small)).content.decode()
    assert save(image=SimpleUploadedFile("x.webp", b"RIFF1234WEBPdata")).status_code == 302
    assert super_admin.get(_url(small, "/image"))["Content-Type"] == "image/webp"
    assert not default_storage.exists(f"products/{small.uuid}.png")
    with django_capture_on_commit_callbacks(execute=True):
        assert save(remove_image="on").status_code == 302
    assert not default_storage.exists(f"products/{small.uuid}.webp")
    save(image=SimpleUploadedFile("x.jpg", b"\xff\xd8\xff1234"))
    with django_capture_on_commit_callbacks(execute=True):
        super_admin.post(_url(small, "/delete"))
    assert not default_storage.exists(f"products/{small.uuid}.jpg")


@pytest.mark.spec("PRD-10")
def test_the_envato_item_is_a_number(super_admin: Client, small: Product) -> None:
    fields = {**FIELDS, "slug": "small", "source": "envato", "external_reference": "abc", "version": 1}
    refused = super_admin.post(_url(small, "/edit"), fields)
    assert refused.status_code == 422
    assert "digits alone" in refused.content.decode()
    assert super_admin.post(_url(small, "/edit"), {**fields, "external_reference": "12345"}).status_code == 302
    small.refresh_from_db()
    assert (small.source, small.external_reference) == ("envato", "12345")
    Product.objects.update(source="api")
    page = super_admin.get(_url(small, "/edit")).content.decode()
    assert '<option value="api" selected>API</option>' in page


@pytest.mark.spec("PRD-40")
def test_nothing_moves_between_environments(super_admin: Client, small: Product) -> None:
    assert super_admin.get(_url(small)).status_code == 200
    super_admin.post("/admin/environment", {"environment": "staging"})
    for what in ("", "/edit", "/delete", "/kill", "/rotate-keys"):
        assert super_admin.get(_url(small, what)).status_code == 404
    with pytest.raises(TypeError, match="environment"):
        products.update(Actor("system"), small, version=1, environment="staging")


@pytest.mark.spec("PRD-21")
def test_private_keys_are_sealed_and_stay(super_admin: Client, small: Product) -> None:
    pair = KeyPair.objects.get()
    assert "PRIVATE" not in pair.sealed_private
    assert crypto.unseal(pair.sealed_private).startswith(b"-----BEGIN PRIVATE KEY")
    for what in ("", "/edit", "/public-key", "/public-key.pem"):
        content = super_admin.get(_url(small, what)).content.decode()
        assert "PRIVATE" not in content
        assert pair.sealed_private not in content


@pytest.mark.spec("PRD-41")
def test_changes_are_on_record_with_before_and_after(super_admin: Client, small: Product) -> None:
    rows = {name: ["x"] for name in ("feature_key", "feature_label", "feature_description")}
    rows |= {"feature_type": ["string"], "feature_default": ["a"]}
    super_admin.post(_url(small, "/edit"), {**FIELDS, "slug": "small", "version": 1, **rows})
    changes = AuditEvent.objects.get(action="product.updated").changes
    assert changes["name"] == ["Small App", "Pro App"]
    assert changes["features"][0] == []
    assert changes["features"][1][0]["key"] == "x"
    created = AuditEvent.objects.filter(action="product.created").latest("pk").changes
    assert created["name"] == [None, "Small App"]
    assert created["key_bits"] == [None, 2048]


def test_the_number_of_queries_of_a_page(
    super_admin: Client, product: Product, license_in: LicenseIn, owner: Actor, django_assert_max_num_queries: Any
) -> None:
    for _ in range(6):
        license_in(Status.ACTIVE)
    with django_assert_max_num_queries(10):
        super_admin.get(_url(product))
