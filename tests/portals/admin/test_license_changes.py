"""The dialogs that change one license or all selected ones."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import bulk, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.jobs import Work, work
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import ClientOf

__all__ = ["generator", "license_in", "product", "work"]
pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MANAGERS = {Role.SUPER_ADMIN, Role.ADMIN}
STAFF = MANAGERS | {Role.OPERATOR}
CHANGES = {
    # change: (state it starts from, input, state it ends in, who may)
    "assign": (Status.AVAILABLE, {"email": "sara@acme.com"}, Status.ASSIGNED, STAFF),
    "suspend": (Status.ACTIVE, {"reason": "chargeback"}, Status.SUSPENDED, STAFF),
    "reactivate": (Status.SUSPENDED, {}, Status.ASSIGNED, STAFF),
    "renew": (Status.EXPIRED, {"expires_on": "2099-01-31"}, Status.ASSIGNED, MANAGERS),
    "unassign": (Status.ACTIVE, {}, Status.AVAILABLE, MANAGERS),
    "revoke": (Status.ACTIVE, {"reason": ""}, Status.REVOKED, STAFF),
    "delete": (Status.ACTIVE, {}, None, MANAGERS),
}
BULK = {"assign": STAFF, "revoke": STAFF, "delete": MANAGERS}


def _post(client: Client, url: str, **data: object) -> tuple[int, dict[str, object], str]:
    answer = client.post(f"/admin/licenses/{url}", data, headers=HTMX)
    return answer.status_code, json.loads(answer.headers.get("HX-Trigger", "{}")), answer.content.decode()


@pytest.mark.spec("LIC-20", "LIC-34", "LIC-30")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("change", CHANGES)
def test_each_change_for_each_role(client_of: ClientOf, license_in: LicenseIn, role: str, change: str) -> None:
    start, given, end, who = CHANGES[change]
    license, client = license_in(start), client_of(role)
    url = f"/admin/licenses/{license.uuid}/{change}"
    dialog = client.get(url, headers=HTMX)
    status, events, _ = _post(client, f"{license.uuid}/{change}", **given)
    after = License.objects.filter(pk=license.pk).values_list("status", flat=True).first()
    if role in who:
        assert (dialog.status_code, status, after) == (200, 204, end)
        assert f'action="{url}"' in dialog.content.decode()
        assert {"toast", "closeDialog", "listChanged"} <= set(events)
    else:
        assert (dialog.status_code, status, after) == (403, 403, start)
        assert AuditEvent.objects.filter(action="access.refused").count() == 2


@pytest.mark.spec("LIC-20")
@pytest.mark.parametrize(
    ("change", "start", "given", "words"),
    [
        ("suspend", Status.AVAILABLE, {"reason": "x"}, "no customer yet"),
        ("suspend", Status.ACTIVE, {"reason": " "}, "Enter the reason"),
        ("renew", Status.REVOKED, {"lifetime": "on"}, "final"),
        ("renew", Status.EXPIRED, {}, "Enter the new expiry date"),
        ("renew", Status.EXPIRED, {"expires_on": "soon"}, "Enter a date"),
        ("renew", Status.EXPIRED, {"expires_on": "2001-01-01"}, "in the future"),
        ("assign", Status.AVAILABLE, {"email": "sara@"}, "valid e-mail"),
        ("assign", Status.AVAILABLE, {"email": ""}, "Enter the customer"),
        ("unassign", Status.REVOKED, {}, "final"),
    ],
)
def test_a_refusal_is_said_in_the_dialog(
    super_admin: Client, license_in: LicenseIn, change: str, start: Status, given: dict[str, str], words: str
) -> None:
    license = license_in(start)
    status, _, page = _post(super_admin, f"{license.uuid}/{change}", **given)
    assert status == 422
    assert words in page
    assert "<dialog" in page
    license.refresh_from_db()
    assert license.status == start


@pytest.mark.spec("LIC-23")
def test_assigning_to_an_unknown_address_makes_a_customer(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in()
    said = super_admin.get("/admin/licenses/recipient?email=Sara@Acme.com").content.decode()
    assert "One will be created" in said
    _post(super_admin, f"{license.uuid}/assign", email="Sara@Acme.com", name="Sara Lee")
    customer = Customer.objects.get()
    assert (customer.email, customer.name, customer.status) == ("sara@acme.com", "Sara Lee", "active")
    assert customer.email_verified_at is None
    license.refresh_from_db()
    assert license.customer == customer


def test_of_two_admins_the_second_is_told_that_it_is_taken(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in()
    assert _post(super_admin, f"{license.uuid}/assign", email="john@example.com")[0] == 204
    status, _, page = _post(super_admin, f"{license.uuid}/assign", email="sara@acme.com")
    assert status == 422
    assert "already belongs to another customer" in page
    assert not Customer.objects.filter(email="sara@acme.com").exists()
    assert _post(super_admin, f"{license.uuid}/assign", email="john@example.com")[0] == 204


def test_the_recipient_is_named_with_the_count_to_be(super_admin: Client, license_in: LicenseIn) -> None:
    mine, stock, other = license_in(Status.ASSIGNED), license_in(), license_in()
    query = "".join(f"&ids={one.uuid}" for one in (mine, stock, other))
    Customer.objects.update(name="John Smith")
    said = super_admin.get(f"/admin/licenses/recipient?email=John@example.com{query}").content.decode()
    assert "John Smith, 1 license. They will have 3." in said
    assert super_admin.get("/admin/licenses/recipient?email=john@").content.strip() == b""


def test_deleting_on_its_own_page_leads_to_the_list(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in()
    headers = {**HTMX, "HX-Current-URL": f"http://testserver/admin/licenses/{license.uuid}"}
    answer = super_admin.post(f"/admin/licenses/{license.uuid}/delete", headers=headers)
    assert answer["HX-Redirect"] == "/admin/licenses"


@pytest.mark.spec("LIC-26")
def test_revoking_asks_first_is_final_and_ends_all_devices(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    url = f"/admin/licenses/{license.uuid}/revoke"
    dialog = super_admin.get(url, headers=HTMX).content.decode()
    for words in ("This is final", "1 device stops working", 'role="alertdialog"'):
        assert words in dialog
    assert License.objects.get().status == Status.ACTIVE
    assert _post(super_admin, f"{license.uuid}/revoke", reason="leaked")[0] == 204
    license.refresh_from_db()
    assert (license.status, license.active_devices) == (Status.REVOKED, 0)
    assert list(license.activations.values_list("status", flat=True)) == ["inactive"]
    for change, given in (
        ("reactivate", {}),
        ("renew", {"expires_on": "2099-01-31"}),
        ("assign", {"email": "a@b.example"}),
    ):
        status, _, page = _post(super_admin, f"{license.uuid}/{change}", **given)
        assert (status, "final" in page or "revoked" in page) == (422, True), change
    assert super_admin.get(f"/admin/licenses/{license.uuid}/edit").content.decode().count("cannot be edited") == 1
    assert License.objects.get().status == Status.REVOKED


@pytest.mark.spec("LIC-27")
def test_deleting_recommends_revoking_what_was_activated(super_admin: Client, license_in: LicenseIn) -> None:
    used, stock = license_in(Status.ACTIVE), license_in()
    said = [super_admin.get(f"/admin/licenses/{one.uuid}/delete").content.decode() for one in (used, stock)]
    assert ["Revoking it stops it as well" in page for page in said] == [True, False]


@pytest.mark.spec("LIC-08", "LIC-34")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.parametrize("name", BULK)
def test_bulk_changes_for_each_role(client_of: ClientOf, license_in: LicenseIn, role: str, name: str) -> None:
    ids = [str(license_in().uuid) for _ in range(3)]
    client = client_of(role)
    dialog = client.get(f"/admin/licenses/{name}", {"ids": ids[:2]}, headers=HTMX)
    status, events, _ = _post(client, name, ids=ids[:2], expected=2, email="sara@acme.com")
    touched = 3 - License.objects.filter(status=Status.AVAILABLE).count()
    if role in BULK[name]:
        assert (dialog.status_code, status, touched) == (200, 204, 2)
        assert f"{name.title()} 2 licenses" in dialog.content.decode()
        assert events["toast"]["text"].startswith("2 licenses ")  # type: ignore[index]
    else:
        assert (dialog.status_code, status, touched) == (403, 403, 0)
    bar = client.get("/admin/licenses").content.decode()
    assert (f'hx-get="/admin/licenses/{name}"' in bar) == (role in BULK[name])


@pytest.mark.spec("LIC-08", "LIC-34")
@pytest.mark.parametrize("role", Role.values)
def test_renewing_many_for_each_role(client_of: ClientOf, license_in: LicenseIn, role: str) -> None:
    chosen = [license_in(Status.ACTIVE), license_in(Status.EXPIRED), license_in(Status.ASSIGNED)]
    # It was made to expire by a clock that was put forward.
    License.objects.filter(pk=chosen[1].pk).update(expires_at=now() - timedelta(days=9), updated_at=now())
    License.objects.filter(pk=chosen[2].pk).update(expires_at=None)
    ids, client = [str(one.uuid) for one in chosen], client_of(role)
    dialog = client.get("/admin/licenses/renew", {"ids": ids}, headers=HTMX)
    status, events, _ = _post(client, "renew", ids=ids, expected=3, by="period")
    after = [License.objects.get(pk=one.pk) for one in chosen]
    if role not in MANAGERS:
        assert (dialog.status_code, status) == (403, 403)
        assert after[1].status == Status.EXPIRED
        return
    assert "Renew 3 licenses" in dialog.content.decode()
    assert (status, events["toast"]["text"]) == (204, "3 licenses renewed")  # type: ignore[index]
    assert [one.status for one in after] == [Status.ACTIVE, Status.ASSIGNED, Status.ASSIGNED]
    old, back, lasting = (one.expires_at for one in after)
    assert chosen[0].expires_at is not None
    assert old is not None
    assert back is not None
    assert old == chosen[0].expires_at + timedelta(days=365)
    assert timedelta(days=364) < back - now() < timedelta(days=367)
    assert lasting is None
    assert AuditEvent.objects.filter(action="license.updated", changes__renewed=True).count() == 2


def test_renewing_many_to_a_day_or_for_ever(super_admin: Client, license_in: LicenseIn) -> None:
    ids = [str(license_in(Status.ACTIVE).uuid) for _ in range(2)]
    for given, words in (({"by": "day"}, "not past"), ({"by": "day", "expires_on": "2020-01-01"}, "not past")):
        status, _, page = _post(super_admin, "renew", ids=ids, expected=2, **given)
        assert (status, words in page) == (422, True)
    assert _post(super_admin, "renew", ids=ids, expected=2, by="day", expires_on="2099-01-31")[0] == 204
    ends = set(License.objects.values_list("expires_at", flat=True))
    assert [f"{end:%Y-%m-%d %H:%M:%S}" for end in ends] == ["2099-01-31 23:59:59"]
    status, _, page = _post(super_admin, "renew", ids=ids, expected=2, by="day", expires_on="2098-01-31")
    assert (status, "later than the present one" in page) == (422, True)
    assert _post(super_admin, "renew", ids=ids, expected=2, by="never")[0] == 204
    assert set(License.objects.values_list("expires_at", flat=True)) == {None}


def test_a_period_is_added_once_however_often_it_is_tried(owner: Actor, license_in: LicenseIn) -> None:
    license, asked = license_in(Status.ACTIVE), now()
    assert [services.renew_many(owner, [license], until="period", asked_at=asked) for _ in range(2)] == [1, 0]
    assert license.expires_at is not None
    assert License.objects.get().expires_at == license.expires_at + timedelta(days=365)


@pytest.mark.spec("LIC-08", "LIC-24")
def test_reassigning_moves_owned_licenses_too(super_admin: Client, license_in: LicenseIn) -> None:
    chosen = [license_in(), license_in(Status.ACTIVE), license_in(Status.SUSPENDED)]
    ids = [str(one.uuid) for one in chosen]
    dialog = super_admin.get("/admin/licenses/assign", {"ids": ids}).content.decode()
    assert "1 of them change from Available to Assigned; 2 with a customer already change hands" in dialog
    status, events, _ = _post(super_admin, "assign", ids=ids, expected=3, email="sara@acme.com")
    assert status == 204
    assert events["toast"]["detail"] == "sara@acme.com now has 3 licenses."  # type: ignore[index]
    states = [License.objects.get(pk=one.pk).status for one in chosen]
    assert states == [Status.ASSIGNED, Status.ACTIVE, Status.SUSPENDED]


def test_a_revoked_one_among_them_stops_all(super_admin: Client, license_in: LicenseIn) -> None:
    ids = [str(license_in().uuid), str(license_in(Status.REVOKED).uuid)]
    status, _, page = _post(super_admin, "assign", ids=ids, expected=2, email="sara@acme.com")
    assert status == 422
    assert "revoked license keeps its owner" in page
    assert License.objects.filter(status=Status.AVAILABLE).count() == 1


def test_an_operator_hands_out_stock_only(client_of: ClientOf, license_in: LicenseIn) -> None:
    ids, client = [str(license_in().uuid), str(license_in(Status.ASSIGNED).uuid)], client_of(Role.OPERATOR)
    dialog = client.get("/admin/licenses/assign", {"ids": ids}).content.decode()
    assert "may assign available licenses only" in dialog
    assert 'type="submit"' not in dialog
    assert _post(client, "assign", ids=ids, expected=2, email="sara@acme.com")[0] == 403
    assert License.objects.filter(status=Status.AVAILABLE).count() == 1


@pytest.mark.spec("LIC-08")
def test_everything_that_matches_not_the_page_alone(
    super_admin: Client, owner: Actor, generator: Generator, license_in: LicenseIn
) -> None:
    services.generate(owner, generator, 40)
    license_in(Status.ASSIGNED)
    chosen = {"everything": "1", "query": "status=available&per_page=15"}
    assert "Assign 40 licenses" in super_admin.get("/admin/licenses/assign", chosen).content.decode()
    status, _, page = _post(super_admin, "assign", **chosen, expected=39, email="sara@acme.com")
    assert (status, "holds 40 licenses now" in page) == (422, True)
    assert _post(super_admin, "assign", **chosen, expected=40, email="sara@acme.com")[0] == 204
    assert License.objects.filter(customer__email="sara@acme.com").count() == 40
    assert License.objects.filter(customer__email="john@example.com").count() == 1


@pytest.mark.parametrize("chosen", [{}, {"ids": ["nonsense"]}, {"everything": "1", "query": "search=nothing-like-it"}])
def test_nothing_selected(super_admin: Client, license_in: LicenseIn, chosen: dict[str, object]) -> None:
    license_in()
    status, events, _ = _post(super_admin, "revoke", **chosen, expected=0)
    assert status == 204
    assert events["toast"]["text"] == "Select at least one license first."  # type: ignore[index]
    assert License.objects.filter(status=Status.AVAILABLE).count() == 1


@pytest.fixture
def small_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """More than five licenses are a job's work."""
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(bulk, "_MORE_AT_ONCE", {})


@pytest.mark.spec("LIC-08")
@pytest.mark.usefixtures("small_requests")
def test_large_selections_are_a_jobs_work(
    client_of: ClientOf, owner: Actor, generator: Generator, license_in: LicenseIn, work: Work
) -> None:
    services.generate(owner, generator, 20)
    soon = license_in(Status.ASSIGNED)
    License.objects.filter(pk=soon.pk).update(expires_at=now() + timedelta(days=3))
    revoked = license_in(Status.REVOKED)
    chosen = {"everything": "1", "query": f"product={generator.product.uuid}"}
    admin = client_of(Role.ADMIN)
    assert "in the background" in admin.get("/admin/licenses/assign", chosen).content.decode()
    status, events, _ = _post(admin, "assign", **chosen, expected=22, email="sara@acme.com")
    assert (status, events["toast"]["text"]) == (204, "22 licenses are being assigned")  # type: ignore[index]
    later = services.generate(owner, generator, 1).licenses[0]
    assert not License.objects.filter(customer__email="sara@acme.com").exists()
    work()
    assert License.objects.filter(customer__email="sara@acme.com").count() == 21
    for left in (revoked, later):
        assert License.objects.get(pk=left.pk).customer_id == left.customer_id
    event = AuditEvent.objects.filter(action="license.assigned").latest("id")
    assert (event.actor_kind, event.actor_id) == ("admin", str(Admin.objects.get(role=Role.ADMIN).uuid))


@pytest.mark.usefixtures("small_requests")
def test_a_job_may_no_more_than_who_asked_for_it(
    client_of: ClientOf, owner: Actor, generator: Generator, license_in: LicenseIn, work: Work
) -> None:
    services.generate(owner, generator, 9)
    owned = license_in(Status.ACTIVE)
    chosen = {"everything": "1", "query": ""}
    assert _post(client_of(Role.OPERATOR), "assign", **chosen, expected=10, email="sara@acme.com")[0] == 204
    work()
    assert License.objects.filter(customer__email="sara@acme.com").count() == 9
    assert License.objects.get(pk=owned.pk).customer_id == owned.customer_id


@pytest.mark.usefixtures("small_requests")
@pytest.mark.parametrize("name", ["revoke", "delete"])
def test_other_large_changes(super_admin: Client, owner: Actor, generator: Generator, work: Work, name: str) -> None:
    services.generate(owner, generator, 9)
    day = f"{now():%Y-%m-%d}"
    License.objects.update(expires_at=now() + timedelta(minutes=1))
    chosen = {"everything": "1", "query": f"expires_from={day}&expires_to={day[:4]}-12-31"}
    total = License.objects.count()
    status, _, _ = _post(super_admin, name, **chosen, expected=total)
    assert status == 204
    work()
    assert License.objects.exclude(status=Status.REVOKED).count() == 0
