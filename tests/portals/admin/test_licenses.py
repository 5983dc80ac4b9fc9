"""The list of licenses, the page of each, and its editing, as the browser gets them."""

import json
import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.core.text import mask_key
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "license_in", "product"]
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
OFFLINE = "Generate Offline License"


def _page(client: Client, query: str = "") -> str:
    answer = client.get(f"/admin/licenses{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def _shown(client: Client, query: str = "") -> list[str]:
    return re.findall(r'class="input" name="ids" value="([^"]+)"', _page(client, query))


def _row(client: Client, license: License) -> str:
    rows = re.findall(r"<tr>.*?</tr>", _page(client), re.S)
    return next(row for row in rows if str(license.uuid) in row)


@pytest.mark.spec("LIC-01", "LIC-02")
def test_columns_in_order(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    Customer.objects.update(name="John Smith")
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", _page(super_admin), re.S)
    words = [re.sub("<[^>]+>", "", head).strip() for head in heads]
    assert words == [
        *("Select all on this page", "License Key", "Product", "Customer", "Status"),
        *("Activations", "Expires", "Created", "Actions"),
    ]
    row = _row(super_admin, license)
    for text in (mask_key(license.license_key), "Pro App", "John Smith", "john@example.com", "Active", "1 / 3"):
        assert text in row
    assert license.license_key not in row
    assert f'href="/admin/licenses/{license.uuid}"' in row


@pytest.mark.spec("LIC-02")
def test_usage_and_expiry_words(super_admin: Client, owner: Actor, license_in: LicenseIn) -> None:
    stock, full, soon, past = (
        license_in(),
        license_in(Status.ACTIVE),
        license_in(Status.ASSIGNED),
        license_in(Status.ASSIGNED),
    )
    License.objects.filter(pk=full.pk).update(activation_limit=1, expires_at=None)
    License.objects.filter(pk=soon.pk).update(expires_at=now() + timedelta(days=21, hours=1), activation_limit=-1)
    License.objects.filter(pk=past.pk).update(expires_at=now() - timedelta(days=2))
    assert "Unassigned" in _row(super_admin, stock)
    row = _row(super_admin, full)
    assert "Limit reached" in row
    assert "Never" in row
    row = _row(super_admin, soon)
    assert "in 21 days" in row
    assert "∞" in row
    assert 'class="text-bad"' in _row(super_admin, past)


@pytest.mark.spec("LIC-03", "LIC-04", "LIC-06")
def test_search_and_filters_combine_and_live_in_the_address(
    super_admin: Client, owner: Actor, license_in: LicenseIn
) -> None:
    stock, johns, saras = license_in(), license_in(Status.ASSIGNED), license_in(Status.ASSIGNED, "sara@acme.com")
    other = products.create(owner, name="Backup Agent")
    maker = generators.create(owner, product=other, name="Backups")
    backup = services.generate(owner, maker, 1).licenses[0]
    License.objects.filter(pk=johns.pk).update(order_reference="#10482", expires_at=now() + timedelta(days=12))
    everything = {str(one.uuid) for one in (stock, johns, saras, backup)}
    assert set(_shown(super_admin)) == everything
    cases = {
        f"?search={stock.license_key[-6:].lower()}": [stock],
        "?search=@ACME.com": [saras],
        "?search=backup": [backup],
        "?search=10482": [johns],
        "?status=assigned": [johns, saras],
        "?status=assigned&search=acme": [saras],
        f"?product={other.uuid}": [backup],
        f"?product={other.uuid}&status=assigned": [],
        "?expires=30-days": [johns],
        f"?expires_from={now() + timedelta(days=20):%Y-%m-%d}": [saras],
        "?source=manual&status=available": [stock, backup],
        "?source=contract": [],
        f"?customer={saras.customer.uuid}": [saras],  # type: ignore[union-attr]
        "?status=nonsense": [stock, johns, saras, backup],
    }
    for query, wanted in cases.items():
        assert set(_shown(super_admin, query)) == {str(one.uuid) for one in wanted}, query
    page = _page(super_admin, f"?customer={saras.customer.uuid}")  # type: ignore[union-attr]
    assert "sara@acme.com" in page
    assert 'aria-label="Remove filter Customer"' in page


@pytest.mark.spec("LIC-05")
@pytest.mark.parametrize("sort", ["license_key", "product", "customer", "status", "limit", "expires", "created"])
def test_every_order(super_admin: Client, license_in: LicenseIn, sort: str) -> None:
    made = [license_in(status) for status in (Status.REVOKED, Status.AVAILABLE, Status.SUSPENDED)]
    up, down = (_shown(super_admin, f"?sort={sort}&direction={way}") for way in ("asc", "desc"))
    assert set(up) == set(down) == {str(one.uuid) for one in made}
    if sort == "status":
        assert up == [str(made[1].uuid), str(made[2].uuid), str(made[0].uuid)]
    if sort in ("license_key", "status", "created"):
        assert up == down[::-1]
    assert 'data-open-dialog="sort-dialog"' in _page(super_admin)


def test_another_environment_shows_nothing(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in()
    super_admin.post("/admin/environment", {"environment": "staging"})
    assert "No licenses yet" in _page(super_admin)
    assert super_admin.get(f"/admin/licenses/{license.uuid}").status_code == 404
    assert super_admin.post(f"/admin/licenses/{license.uuid}/revoke").status_code == 404
    License.objects.get(pk=license.pk, status=Status.AVAILABLE)


@pytest.mark.spec("LIC-20", "LIC-34")
@pytest.mark.parametrize(
    ("role", "labels"),
    [
        (Role.VIEWER, []),
        (Role.OPERATOR, ["Assign…", "Suspend…", "Revoke…"]),
        (Role.ADMIN, ["Edit", "Assign…", "Renew…", "Suspend…", "Unassign…", OFFLINE, "Revoke…", "Delete…"]),
        (Role.SUPER_ADMIN, ["Edit", "Assign…", "Renew…", "Suspend…", "Unassign…", OFFLINE, "Revoke…", "Delete…"]),
    ],
)
def test_the_menu_holds_what_the_role_may(
    client_of: ClientOf, license_in: LicenseIn, role: str, labels: list[str]
) -> None:
    row = _row_of(client_of(role), license_in(Status.ASSIGNED))
    assert _menu(row) == ["Preview", *labels]


@pytest.mark.spec("LIC-20")
@pytest.mark.parametrize(
    ("status", "disabled"),
    [
        (Status.AVAILABLE, {"Renew…", "Suspend…", "Unassign…", OFFLINE}),
        (Status.ASSIGNED, {"Assign…"}),
        (Status.ACTIVE, {"Assign…"}),
        (Status.SUSPENDED, {"Assign…", "Unassign…", OFFLINE}),
        (Status.EXPIRED, {"Assign…", "Suspend…", "Unassign…", OFFLINE}),
        (Status.REVOKED, {"Edit", "Assign…", "Renew…", "Suspend…", "Unassign…", OFFLINE, "Revoke…"}),
    ],
)
def test_what_the_state_forbids_is_disabled(
    super_admin: Client, license_in: LicenseIn, status: Status, disabled: set[str]
) -> None:
    row = _row_of(super_admin, license_in(status))
    assert {label for label in _menu(row) if _disabled(row, label)} == disabled
    assert ("Reactivate" in _menu(row)) == (status == Status.SUSPENDED)


def _row_of(client: Client, license: License) -> str:
    found = re.search(rf'<tr>(?:(?!</tr>).)*?/admin/licenses/{license.uuid}"(?:(?!</tr>).)*</tr>', _page(client), re.S)
    assert found
    return found[0]


def _menu(row: str) -> list[str]:
    items = re.findall(r'role="menuitem".*?</(?:a|button)>', row, re.S)
    return [re.sub("<[^>]+>", "", item[item.index(">") + 1 :]).strip() for item in items]


def _disabled(row: str, label: str) -> bool:
    item = next(
        one
        for one in re.findall(r'<button[^>]*role="menuitem".*?</button>|<a[^>]*role="menuitem".*?</a>', row, re.S)
        if label in one
    )
    return " disabled" in item.split(">")[0]


@pytest.mark.spec("LIC-34")
def test_keys_are_told_to_roles_that_may_and_it_goes_on_record(client_of: ClientOf, license_in: LicenseIn) -> None:
    license = license_in()
    url = f"/admin/licenses/{license.uuid}/key"
    viewer, operator = client_of(Role.VIEWER), client_of(Role.OPERATOR)
    assert url not in _page(viewer)
    assert viewer.post(url).status_code == 403
    assert operator.get(url).status_code == 405
    assert not AuditEvent.objects.filter(action="license.key_revealed").exists()
    assert url in _page(operator)
    answer = operator.post(url)
    assert answer.json() == {"key": license.license_key}
    assert "no-store" in answer["Cache-Control"]
    assert AuditEvent.objects.filter(action="license.key_revealed", license_uuid=license.uuid).count() == 1


@pytest.mark.spec("LIC-21", "LCY-33")
@pytest.mark.parametrize(
    ("status", "words"),
    [
        (Status.AVAILABLE, ["201", "Assign it first"]),
        (Status.ASSIGNED, ["202", "300", "There is room"]),
        (Status.ACTIVE, ["200", "202", "300"]),
        (Status.SUSPENDED, ["204", "chargeback under review", "Reactivate"]),
        (Status.EXPIRED, ["205", "Renew"]),
        (Status.REVOKED, ["204", "final"]),
    ],
)
def test_the_page_says_what_programs_are_told(
    super_admin: Client, license_in: LicenseIn, status: Status, words: list[str]
) -> None:
    license = license_in(status)
    page = super_admin.get(f"/admin/licenses/{license.uuid}").content.decode()
    panel = page[page.index('id="answers"') :]
    panel = panel[: panel.index("</section>")]
    for word in words:
        assert word in panel
    assert license.license_key not in page


def test_the_page_shows_devices_and_ends_them(super_admin: Client, license_in: LicenseIn, client_of: ClientOf) -> None:
    license = license_in(Status.ACTIVE)
    device = license.activations.get()
    address, url = f"/admin/licenses/{license.uuid}", f"/admin/activations/{device.uuid}/deactivate"
    assert url in super_admin.get(address).content.decode()
    assert url not in client_of(Role.VIEWER).get(address).content.decode()
    assert device.identifier in super_admin.get(url, headers=HTMX).content.decode()
    assert super_admin.post(url, headers=HTMX).status_code == 204
    license.refresh_from_db()
    assert (license.status, license.active_devices) == (Status.ACTIVE, 0)
    again = super_admin.post(url, headers=HTMX)
    assert "not active any more" in again["HX-Trigger"]


def _fields(license: License, **changes: object) -> dict[str, object]:
    owner = license.customer.email if license.customer else ""
    expires = license.expires_at.strftime("%Y-%m-%d") if license.expires_at else ""
    fields = {
        "email": owner,
        "order_reference": license.order_reference,
        "activation_limit": license.activation_limit,
        "expires_on": expires,
        "features": json.dumps(license.features),
        "metadata": json.dumps(license.metadata),
        "version": license.version,
    }
    return {**fields, **changes}


@pytest.mark.spec("LIC-22", "LIC-24")
def test_editing_changes_all_fields_and_hands_over(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    url = f"/admin/licenses/{license.uuid}/edit"
    assert "john@example.com" in super_admin.get(url).content.decode()
    changes = {
        "email": "Sara@Acme.com",
        "activation_limit": 7,
        "features": '{"export": true}',
        "metadata": '{"team": "Berlin"}',
        "order_reference": "#7",
        "expires_on": "2099-12-31",
    }
    answer = super_admin.post(url, _fields(license, **changes))
    assert (answer.status_code, answer["Location"]) == (302, f"/admin/licenses/{license.uuid}")
    license.refresh_from_db()
    assert license.customer is not None
    assert (license.customer.email, license.status, license.active_devices) == ("sara@acme.com", Status.ACTIVE, 1)
    assert (license.activation_limit, license.features, license.metadata) == (7, {"export": True}, {"team": "Berlin"})
    assert license.order_reference == "#7"
    assert f"{license.expires_at:%Y-%m-%d %H:%M:%S}" == "2099-12-31 23:59:59"


def test_the_second_of_two_editors_overwrites_nothing(client_of: ClientOf, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    url = f"/admin/licenses/{license.uuid}/edit"
    first, second = client_of(Role.SUPER_ADMIN), client_of(Role.ADMIN)
    for client in (first, second):
        assert f'name="version" value="{license.version}"' in client.get(url).content.decode()
    assert first.post(url, _fields(license, activation_limit=7)).status_code == 302
    answer = second.post(url, _fields(license, activation_limit=9, order_reference="#9"))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This record was changed meanwhile. Reload the page and try again." in page
    assert "Nothing was saved.</strong>" in page
    # What he typed is still there for him to compare.
    assert 'value="9"' in page
    license.refresh_from_db()
    assert (license.activation_limit, license.order_reference) == (7, "")
    assert second.post(url, _fields(license, order_reference="#9")).status_code == 302
    license.refresh_from_db()
    assert (license.activation_limit, license.order_reference) == (7, "#9")


def test_saving_an_untouched_form_changes_nothing(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    events = AuditEvent.objects.count()
    assert super_admin.post(f"/admin/licenses/{license.uuid}/edit", _fields(license)).status_code == 302
    before: datetime | None = license.expires_at
    version = license.version
    license.refresh_from_db()
    assert (license.expires_at, license.version) == (before, version)
    assert AuditEvent.objects.count() == events


@pytest.mark.spec("LIC-13", "LIC-22")
def test_refused_input_is_kept_and_each_field_says_why(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    bad = {
        "email": "john@",
        "activation_limit": 0,
        "features": '{\n"a": 1\n"b": 2}',
        "metadata": "[1]",
        "expires_on": "2020-01-01",
        "order_reference": "#9",
    }
    answer = super_admin.post(f"/admin/licenses/{license.uuid}/edit", _fields(license, **bad))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "5 entries need" in page
    for text in ("valid e-mail", "1 to 10,000", "look at line 3", "Enter a JSON object", "not past", 'value="#9"'):
        assert text in page
    license.refresh_from_db()
    assert license.order_reference == ""


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "[" * 50_000, "1" * 5000])
def test_what_no_database_can_store_is_refused(super_admin: Client, license_in: LicenseIn, text: str) -> None:
    license = license_in()
    for field in ("metadata", "features"):
        answer = super_admin.post(f"/admin/licenses/{license.uuid}/edit", _fields(license, **{field: text}))
        assert answer.status_code == 422


def test_of_two_editors_the_second_is_told_and_overwrites_nothing(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    url, mine, yours = f"/admin/licenses/{license.uuid}/edit", _fields(license), _fields(license)
    assert super_admin.post(url, {**mine, "activation_limit": 5, "email": "new@acme.com"}).status_code == 302
    answer = super_admin.post(url, {**yours, "activation_limit": 9})
    assert answer.status_code == 422
    assert "changed meanwhile" in answer.content.decode()
    license.refresh_from_db()
    assert license.activation_limit == 5
    assert license.customer is not None
    assert license.customer.email == "new@acme.com"


def test_a_revoked_license_has_no_form(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.REVOKED)
    page = super_admin.get(f"/admin/licenses/{license.uuid}/edit").content.decode()
    assert "cannot be edited" in page
    assert "<textarea" not in page
    answer = super_admin.post(f"/admin/licenses/{license.uuid}/edit", _fields(license, activation_limit=9))
    assert answer.status_code == 422


def test_unknown_licenses_are_not_found(super_admin: Client) -> None:
    assert super_admin.get(f"/admin/licenses/{uuid4()}").status_code == 404


def test_the_number_of_queries_does_not_grow_with_the_rows(
    super_admin: Client, owner: Actor, license_in: LicenseIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        license_in(Status.ACTIVE)
    with django_assert_max_num_queries(12):
        super_admin.get("/admin/licenses")
    for _ in range(12):
        license_in(Status.ACTIVE)
    with django_assert_max_num_queries(12):
        super_admin.get("/admin/licenses")


@pytest.mark.spec("LIC-10", "GEN-10")
def test_an_empty_list_offers_what_comes_next(super_admin: Client, owner: Actor) -> None:
    assert 'href="/admin/products/create"' in _page(super_admin)
    assert "A generator belongs to an active product." in super_admin.get("/admin/generators/create").content.decode()
    made = products.create(owner, name="Pro App")
    assert 'href="/admin/licenses/create"><svg' not in _page(super_admin).split('id="results"')[1]
    lacking = "A license needs an active product with an active generator."
    assert lacking in super_admin.get("/admin/licenses/create").content.decode()
    generators.create(owner, product=made, name="One year")
    assert 'href="/admin/licenses/create"' in _page(super_admin).split('id="results"')[1]
    assert lacking not in super_admin.get("/admin/licenses/create").content.decode()


@pytest.mark.spec("LIC-04")
def test_only_a_search_is_said_to_have_searched(super_admin: Client, license_in: LicenseIn) -> None:
    license_in(Status.ACTIVE)
    assert "Searched were" not in _page(super_admin, "?status=revoked")
    assert "Searched were" in _page(super_admin, "?status=revoked&search=nobody")


@pytest.mark.spec("GEN-02")
def test_the_licenses_of_one_generator(super_admin: Client, owner: Actor, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    assert license.generator is not None
    other = generators.create(owner, product=license.product, name="Another")
    link = f"/admin/licenses?generator={license.generator.uuid}"
    assert link in super_admin.get("/admin/generators").content.decode()
    assert _shown(super_admin, f"?generator={license.generator.uuid}") == [str(license.uuid)]
    assert _shown(super_admin, f"?generator={other.uuid}") == []
    assert "Another" in _page(super_admin, f"?generator={other.uuid}")


@pytest.mark.spec("LIC-02", "GEN-27")
def test_stock_is_not_said_to_last_for_ever(super_admin: Client, owner: Actor, license_in: LicenseIn) -> None:
    license = license_in()
    License.objects.filter(pk=license.pk).update(validity_count=1, validity_unit="years")
    for page in (_page(super_admin), super_admin.get(f"/admin/licenses/{license.uuid}").content.decode()):
        assert "1 year<" in page
        assert "from assignment" in page
        assert "Never" not in page
    assert "Its validity starts when it is assigned." in _page(super_admin)
    License.objects.filter(pk=license.pk).update(validity_count=None)
    assert "Never" in _row(super_admin, license)


@pytest.mark.spec("LIC-26", "LIC-27")
def test_dialogs_do_not_count_devices_that_are_not_there(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ASSIGNED)
    for dialog in ("revoke", "unassign", "delete"):
        words = super_admin.get(f"/admin/licenses/{license.uuid}/{dialog}").content.decode()
        assert "0 device" not in words
        assert ("is removed for good" in words) == (dialog == "delete")
