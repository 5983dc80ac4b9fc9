"""API keys: the list, the form, the secret that is shown once and what stops a key."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from keyturn.access.actors import Actor, system
from keyturn.core import clock, crypto
from keyturn.licensing.products.models import Product
from keyturn.operations.privacy import services as privacy
from keyturn.people.apikeys import authentication, services
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
NEW = {
    "name": "Shop",
    "environment": "staging",
    "capabilities": ["verify", "get-all-products"],
    "rate_limit": "120",
    "ip_allow": "192.0.2.7\n 198.51.100.9/24 \n\n2001:DB8::/32\n192.0.2.7",
    "description": "Ask Nina",
}
HTMX = {"HX-Request": "true"}


def _secret_in(answer: Any) -> str:
    return re.search(r'id="api-key-secret" value="([^"]+)"', answer.content.decode())[1]  # type: ignore[index]


def _create(client: Client, **changes: Any) -> str:
    return _secret_in(client.post("/admin/api-keys/create", {**NEW, **changes}))


def _code(secret: str, *, ip: str = "192.0.2.7", endpoint: str = "verify") -> int:
    key = authentication.find(secret)
    return authentication.objection(key, ip=ip, capability=endpoint, at=clock.now())


def _names(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/api-keys{query}").content.decode()
    return re.findall(r'class="row-link[^>]*>([^<]+)<', page)


@pytest.fixture
def me() -> Actor:
    return system("test")


@pytest.mark.spec("KEY-01", "KEY-02")
def test_the_list_finds_filters_and_orders(super_admin: Client, me: Actor) -> None:
    assert b"No API keys yet" in super_admin.get("/admin/api-keys").content
    shop, _ = services.create(me, name="Web Shop", environment="production")
    services.create(me, name="Tester", environment="staging", capabilities=["verify", "activate"])
    services.create(me, name="Trial", environment="development")
    ApiKey.objects.filter(name="Trial").update(expires_at=clock.now() - timedelta(seconds=1))
    services.revoke(me, shop)
    assert _names(super_admin, "?status=expired") == ["Trial"]
    assert _names(super_admin, "?status=active") == _names(super_admin, "?environment=staging") == ["Tester"]
    assert _names(super_admin, "?status=inactive") == _names(super_admin, "?search=WEB") == ["Web Shop"]
    assert _names(super_admin, f"?search={shop.prefix}") == ["Web Shop"]
    assert _names(super_admin, "?sort=name&direction=asc") == ["Tester", "Trial", "Web Shop"]
    page = super_admin.get("/admin/api-keys").content.decode()
    assert all(text in page for text in (shop.masked, "All Endpoints", "License Activate 1/2", "Never", "Enable"))
    assert shop.key_hash not in page


@pytest.mark.spec("KEY-03", "KEY-04")
def test_a_new_key_is_shown_once(super_admin: Client) -> None:
    answer = super_admin.post("/admin/api-keys/create", NEW)
    secret, key = _secret_in(answer), ApiKey.objects.get()
    assert (answer.status_code, "no-store" in answer["Cache-Control"]) == (200, True)
    assert re.fullmatch(r"kt_stage_[A-Za-z0-9]{40}", secret)
    assert secret.startswith(key.prefix)
    assert secret.endswith(key.last_characters)
    assert (key.key_hash, key.environment, key.rate_limit) == (crypto.token_hash(secret), "staging", 120)
    assert key.ip_allow == ["192.0.2.7", "198.51.100.0/24", "2001:db8::/32"]
    assert key.capabilities == ["verify", "get-all-products"]
    for url in ("/admin/api-keys", f"/admin/api-keys/{key.uuid}", "/admin/dashboard"):
        assert secret not in super_admin.get(url).content.decode()
    assert all(secret not in str(one.get_decoded()) for one in Session.objects.all())
    assert all(secret not in json.dumps(event.changes) for event in AuditEvent.objects.all())
    dialog = super_admin.post("/admin/api-keys/create", NEW, headers=HTMX)
    assert (dialog["HX-Retarget"], dialog["HX-Reselect"]) == ("#dialogs", "dialog")
    assert b"<dialog" in dialog.content
    assert b"shown only now" in dialog.content


@pytest.mark.spec("KEY-03")
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": " "}, "Enter a name"),
        ({"environment": "moon"}, "Select a valid choice"),
        ({"capabilities": []}, "Choose at least one permission"),
        ({"capabilities": ["made-up"]}, "Select a valid choice"),
        ({"rate_limit": "0"}, "from 1 to 10,000"),
        ({"rate_limit": "10001"}, "from 1 to 10,000"),
        ({"rate_limit": "many"}, "from 1 to 10,000"),
        ({"ip_allow": "192.0.2.7\n192.0.2.300"}, "192.0.2.300"),
        ({"ip_allow": "192.0.2.0/33"}, "no IP address or CIDR range"),
        ({"ip_allow": "::ffff:192.0.2.1"}, "plain IPv4"),
        ({"ip_allow": "fe80::1%eth0"}, "plain IPv4"),
        ({"expires_at": "2020-01-01"}, "not over"),
    ],
)
def test_what_is_wrong_is_said(super_admin: Client, changes: dict[str, Any], text: str) -> None:
    answer = super_admin.post("/admin/api-keys/create", {**NEW, **changes})
    assert answer.status_code == 422
    assert text in answer.content.decode()
    assert not ApiKey.objects.exists()


@pytest.mark.spec("KEY-05")
def test_an_edit_applies_to_the_next_request(super_admin: Client) -> None:
    secret, key = _create(super_admin), ApiKey.objects.get()
    assert [_code(secret), _code(secret, ip="203.0.113.1"), _code(secret, endpoint="activate")] == [0, 103, 102]
    url = f"/admin/api-keys/{key.uuid}"
    page = super_admin.get(url).content.decode()
    assert 'value="verify" checked' in page
    assert "2001:db8::/32" in page
    changed = {**NEW, "capabilities": ["*", "verify"], "ip_allow": "", "environment": "production", "name": "Till"}
    assert super_admin.post(url, changed).status_code == 302
    assert [_code(secret, ip="203.0.113.1"), _code(secret, endpoint="activate")] == [0, 0]
    key.refresh_from_db()
    assert (key.name, key.environment, key.capabilities) == ("Till", "staging", ["*"])
    assert super_admin.post(url, {**changed, "rate_limit": "0"}).status_code == 422
    event = AuditEvent.objects.get(action="api_key.updated")
    assert set(event.changes) == {"name", "capabilities", "ip_allow"}


@pytest.mark.spec("KEY-08")
def test_a_later_expiry_revives_a_key(super_admin: Client) -> None:
    secret = _create(super_admin)
    ApiKey.objects.update(expires_at=clock.now() - timedelta(days=2))
    key = ApiKey.objects.get()
    url = f"/admin/api-keys/{key.uuid}"
    assert _code(secret) == 101
    gone = key.expires_at.date().isoformat()
    # Another change leaves a past expiry as it is.
    assert super_admin.post(url, {**NEW, "expires_at": gone, "name": "Other"}).status_code == 302
    assert _code(secret) == 101
    later = (clock.now() + timedelta(days=3)).date().isoformat()
    assert super_admin.post(url, {**NEW, "expires_at": later}).status_code == 302
    assert _code(secret) == 0


@pytest.mark.spec("KEY-06", "KEY-10")
def test_regenerating_voids_the_old_secret(super_admin: Client) -> None:
    old, key = _create(super_admin), ApiKey.objects.get()
    url = f"/admin/api-keys/{key.uuid}/regenerate"
    assert b"fails at once" in super_admin.get(url).content
    assert _code(old) == 0
    answer = super_admin.post(url, headers=HTMX)
    new = _secret_in(answer)
    assert (_code(old), _code(new), "no-store" in answer["Cache-Control"]) == (100, 0, True)
    again = ApiKey.objects.get()
    kept = ("uuid", "name", "environment", "capabilities", "rate_limit", "ip_allow", "expires_at")
    assert [getattr(again, name) for name in kept] == [getattr(key, name) for name in kept]


@pytest.mark.spec("KEY-07", "KEY-10")
def test_revoking_can_be_undone_and_deleting_cannot(super_admin: Client) -> None:
    secret, key = _create(super_admin), ApiKey.objects.get()
    url = f"/admin/api-keys/{key.uuid}"
    super_admin.post(f"{url}/revoke")
    assert _code(secret) == 101
    super_admin.post(f"{url}/enable")
    assert _code(secret) == 0
    super_admin.get(f"{url}/delete")
    assert _code(secret) == 0
    super_admin.post(f"{url}/delete")
    assert (_code(secret), super_admin.get(url).status_code) == (100, 404)
    events = AuditEvent.objects.filter(subject_id=str(key.uuid)).order_by("pk")
    assert [event.action.partition(".")[2] for event in events] == ["created", "revoked", "enabled", "deleted"]
    # The log shows no more of a key that is used on.
    assert events[3].changes == {"name": ["Shop", None], "prefix": [secret[:14], None]}
    assert {event.environment for event in events} == {"staging"}


@pytest.mark.spec("API-19")
def test_the_default_product_is_one_of_its_environment(super_admin: Client) -> None:
    here, there = (
        Product.objects.create(environment=one, name=one.title(), slug=one) for one in ("staging", "production")
    )
    answer = super_admin.post("/admin/api-keys/create", {**NEW, "default_product": there.uuid})
    assert (answer.status_code, b"product of the key" in answer.content) == (422, True)
    _create(super_admin, default_product=here.uuid)
    key = ApiKey.objects.get()
    page = super_admin.get(f"/admin/api-keys/{key.uuid}").content.decode()
    assert (key.default_product, f'value="{here.uuid}" selected' in page) == (here.uuid, True)
    assert "Production (Production)" not in page
    super_admin.post(f"/admin/api-keys/{key.uuid}", NEW)
    key.refresh_from_db()
    assert key.default_product is None


@pytest.mark.spec("ADM-09")
@pytest.mark.parametrize("role", ["operator", "viewer"])
def test_others_see_no_keys(role: str, client_of: ClientOf) -> None:
    client = client_of(role)
    assert client.get("/admin/api-keys").status_code == 403
    assert b"/admin/api-keys" not in client.get("/admin/customers").content


@pytest.mark.spec("KEY-13")
def test_a_key_of_one_customer(super_admin: Client, me: Actor) -> None:
    ada = Customer.objects.create(email="ada@example.com", name="Ada Byron")
    offered = super_admin.get("/admin/api-keys/customers?customer=byr").content.decode()
    assert offered.strip() == '<option value="ada@example.com">Ada Byron</option>'
    assert super_admin.get("/admin/api-keys/customers").content.strip() == b""
    answer = super_admin.post("/admin/api-keys/create", {**NEW, "customer": "nobody@example.com"})
    assert (answer.status_code, b"No customer has this address" in answer.content) == (422, True)
    secret, key = _create(super_admin, customer=" ADA@example.com ", capabilities=["*"]), ApiKey.objects.get()
    assert (key.customer, _code(secret), _code(secret, endpoint="generate")) == (ada, 0, 102)
    assert b"Only ada@example.com" in super_admin.get("/admin/api-keys").content
    url = f"/admin/api-keys/{key.uuid}"
    assert b'value="ada@example.com"' in super_admin.get(url).content
    assert AuditEvent.objects.get(action="api_key.created").changes["customer"] == [None, str(ada.uuid)]
    privacy.delete(me, ada, typed=ada.email)
    page = super_admin.get(url).content.decode()
    assert ("customer of this key was deleted" in page, "key-customers" in page) == (True, False)
    assert super_admin.post(url, {**NEW, "name": "Other"}).status_code == 302
    key.refresh_from_db()
    assert (key.name, key.customer_id, key.is_active) == ("Other", ada.pk, False)
    super_admin.post(f"{url}/enable")
    assert _code(secret) == 101
