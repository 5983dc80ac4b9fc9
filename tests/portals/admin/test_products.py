"""The list of products, their forms and their public keys, as the browser gets them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.licensing.products import services
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
MANAGERS = {Role.SUPER_ADMIN, Role.ADMIN}
FIELDS = {
    "name": "Pro App",
    "slug": "",
    "description": "For teams",
    "status": "active",
    "source": "manual",
    "environment": "production",
    "signing_algorithm": "rsa-sha256",
    "key_bits": "2048",
    "require_license": "on",
}
FEATURES = {
    "feature_key": ["max_users", "export", "tier"],
    "feature_label": ["Users", "Export", "Tier"],
    "feature_type": ["number", "boolean", "string"],
    "feature_default": ["10", "true", "gold"],
    "feature_description": ["", "As PDF", ""],
}


def _names(client: Client, query: str = "") -> list[str]:
    answer = client.get(f"/admin/products{query}")
    assert answer.status_code == 200
    return re.findall(r'class="row-link font-semibold"[^>]*><span[^>]*>([^<]+)<', answer.content.decode())


@pytest.mark.spec("PRD-01", "PRD-02")
def test_columns_and_scope(super_admin: Client, owner: Actor) -> None:
    product = services.create(owner, name="Pro App")
    services.create(owner, name="Elsewhere", environment="staging")
    page = super_admin.get("/admin/products").content.decode()
    heads = [re.sub("<[^>]+>", "", head).strip() for head in re.findall(r"<th .*?</th>", page, re.S)]
    assert heads == [
        *("Name", "Product UUID", "Source", "Status", "Require License", "Environment", "Created", "Actions"),
    ]
    assert _names(super_admin) == ["Pro App"]
    for text in (f'data-copy="{product.uuid}"', ">Manual<", ">Yes<", "Production", "Active"):
        assert text in page


@pytest.mark.spec("PRD-03", "PRD-04", "PRD-05")
def test_search_filters_and_orders(super_admin: Client, owner: Actor) -> None:
    made = [services.create(owner, name=name) for name in ("beta Tool", "Alpha App", "Gamma App")]
    for day, product in enumerate(made):
        Product.objects.filter(pk=product.pk).update(created_at=now() - timedelta(days=day))
    Product.objects.filter(pk=made[2].pk).update(status="inactive", source="api", require_license=False)
    uuid = str(made[1].uuid)
    cases = {
        "": ["beta Tool", "Alpha App", "Gamma App"],
        "?search=APP": ["Alpha App", "Gamma App"],
        f"?search={uuid}": ["Alpha App"],
        f"?search={uuid[-12:].upper()}": ["Alpha App"],
        "?search=%25": [],
        "?status=inactive": ["Gamma App"],
        "?source=api&status=active": [],
        "?sort=name": ["Alpha App", "beta Tool", "Gamma App"],
        "?sort=name&direction=desc": ["Gamma App", "beta Tool", "Alpha App"],
        "?sort=require_license": ["Gamma App", "beta Tool", "Alpha App"],
        "?sort=created": ["Gamma App", "Alpha App", "beta Tool"],
    }
    for query, wanted in cases.items():
        assert _names(super_admin, query) == wanted, query
    for sort in ("uuid", "source", "status", "environment"):
        assert len(_names(super_admin, f"?sort={sort}&direction=desc")) == 3


@pytest.mark.spec("PRD-10", "PRD-11", "PRD-13")
def test_creating(super_admin: Client) -> None:
    assert super_admin.get("/admin/products/create").status_code == 200
    answer = super_admin.post("/admin/products/create", {**FIELDS, **FEATURES})
    assert answer.status_code == 302, answer.content.decode()
    product = Product.objects.get()
    assert (product.name, product.slug, product.key_bits, product.source) == ("Pro App", "pro-app", 2048, "manual")
    assert (product.require_license, product.email_on_issue) == (True, False)
    rows = [(one.key, one.label, one.type, one.default, one.description) for one in product.features.all()]
    assert rows == [
        ("max_users", "Users", "number", 10, ""),
        ("export", "Export", "boolean", True, "As PDF"),
        ("tier", "Tier", "string", "gold", ""),
    ]
    assert "Pro App created in Production" in super_admin.get("/admin/products").content.decode()


@pytest.mark.spec("PRD-17")
def test_bad_input_is_kept_and_named(super_admin: Client) -> None:
    bad = {**FIELDS, "name": "", "slug": "Not A Slug", "status": "asleep"}
    rows = {**FEATURES, "feature_key": ["max users", "export", "export"], "feature_default": ["ten", "true", ""]}
    answer = super_admin.post("/admin/products/create", {**bad, **rows})
    page = answer.content.decode()
    assert answer.status_code == 422
    for text in ("Enter the name", "is no feature key", "stands twice", 'value="Not A Slug"', 'value="max users"'):
        assert text in page
    told = dict(re.findall(r'id="feature-(\d)-problem">.*?</svg>(.*?)</p>', page))
    assert told["1"].startswith("“max users” is no feature key")
    assert "stands twice" in told["3"]
    assert 'aria-describedby="feature-1-problem"' in page
    assert "feature-2-problem" not in page
    assert not Product.objects.exists()
    page = super_admin.post("/admin/products/create", {**FIELDS, "slug": "Not A Slug"}).content.decode()
    assert "lower-case letters" in page


@pytest.mark.spec("PRD-10", "PRD-12")
def test_editing(super_admin: Client, owner: Actor) -> None:
    product = services.create(
        owner, name="Pro App", features=[{"key": "a", "label": "A", "type": "number", "default": 1}]
    )
    url = f"/admin/products/{product.uuid}/edit"
    page = super_admin.get(url).content.decode()
    assert 'name="environment"' not in page.split('id="main"')[1]
    assert 'name="key_bits"' not in page
    assert 'value="a"' in page
    fields = {**FIELDS, "slug": "pro", "name": "Pro App 2", "status": "inactive", "version": product.version}
    assert super_admin.post(url, {**fields, **FEATURES}).status_code == 302
    product.refresh_from_db()
    assert (product.name, product.slug, product.status, product.key_bits) == ("Pro App 2", "pro", "inactive", 4096)
    assert [one.key for one in product.features.all()] == ["max_users", "export", "tier"]
    late = super_admin.post(url, {**fields, "name": "Mine"})
    assert late.status_code == 422
    assert "changed meanwhile" in late.content.decode()
    assert Product.objects.get().name == "Pro App 2"


def test_a_default_with_a_control_character_is_cleaned(super_admin: Client) -> None:
    rows = {**FEATURES, "feature_default": ["10", "true", "go\x00ld"], "feature_label": ["Us\x00ers", "", ""]}
    assert super_admin.post("/admin/products/create", {**FIELDS, **rows}).status_code == 302
    assert [one.default for one in Product.objects.get().features.all()] == [10, True, "go ld"]


@pytest.mark.spec("PRD-11")
@pytest.mark.parametrize(
    ("change", "keys"),
    [
        ("add", ["max_users", "export", "tier", ""]),
        ("up:2", ["max_users", "tier", "export"]),
        ("down:0", ["export", "max_users", "tier"]),
        ("remove:1", ["max_users", "tier"]),
        ("up:0", ["max_users", "export", "tier"]),
        ("remove:99", ["max_users", "export", "tier"]),
        ("nonsense", ["max_users", "export", "tier"]),
    ],
)
def test_rows_of_features_move(super_admin: Client, change: str, keys: list[str]) -> None:
    page = super_admin.post("/admin/products/features", {**FEATURES, "change": change}).content.decode()
    assert re.findall(r'name="feature_key" value="([^"]*)"', page) == keys


def test_a_new_type_brings_its_own_default(super_admin: Client) -> None:
    rows = {**FEATURES, "feature_type": ["boolean", "number", "string"], "change": "type:1"}
    page = super_admin.post("/admin/products/features", rows).content.decode()
    assert 'name="feature_default" value="" maxlength="15"' in page


@pytest.mark.spec("PRD-20", "PRD-23")
def test_the_public_key(super_admin: Client, owner: Actor) -> None:
    product = services.create(owner, name="Pro App", key_bits=2048)
    url = f"/admin/products/{product.uuid}/public-key"
    page = super_admin.get(url).content.decode()
    assert "The keys are being made" in page
    assert 'hx-trigger="load delay:2s"' in page
    assert super_admin.get(f"{url}.pem").status_code == 302
    pair = signing.ensure(str(product.uuid), 2048)
    page = super_admin.get(url).content.decode()
    assert pair.public_pem.splitlines()[1] in page
    assert "hx-trigger" not in page
    answer = super_admin.get(f"{url}.pem")
    assert answer.content.decode() == pair.public_pem
    assert answer["Content-Disposition"] == f'attachment; filename="product-{product.uuid}-public.pem"'
    assert "PRIVATE" not in page


@pytest.mark.spec("PRD-42")
@pytest.mark.parametrize("role", Role.values)
def test_who_may_change_products(client_of: ClientOf, owner: Actor, role: str) -> None:
    product = services.create(owner, name="Pro App")
    client, may = client_of(role), role in MANAGERS
    page = client.get("/admin/products").content.decode()
    for control in ("Create Product", f'href="/admin/products/{product.uuid}/edit"', "Delete…"):
        assert (control in page) == may
    assert "View Public Key" in page
    page = client.get(f"/admin/products/{product.uuid}").content.decode()
    assert (f"/admin/products/{product.uuid}/edit" in page) == may
    assert client.get(f"/admin/products/{product.uuid}/edit").status_code == (200 if may else 403)
    assert client.post("/admin/products/create", FIELDS).status_code == (302 if may else 403)
    assert client.get(f"/admin/products/{product.uuid}/public-key").status_code == 200
    assert Product.objects.count() == (2 if may else 1)


def test_other_environments_are_out_of_reach(super_admin: Client, owner: Actor) -> None:
    product = services.create(owner, name="Elsewhere", environment="staging")
    for path in ("", "/edit", "/image", "/public-key", "/public-key.pem", "/rotate-keys", "/kill", "/delete"):
        assert super_admin.get(f"/admin/products/{product.uuid}{path}").status_code == 404


def test_queries(super_admin: Client, owner: Actor, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for number in range(10):
        services.create(owner, name=f"Product {number}")
    with django_assert_max_num_queries(6):
        super_admin.get("/admin/products")
