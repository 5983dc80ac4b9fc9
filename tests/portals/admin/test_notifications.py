"""The bell, the page of notifications and the grid of preferences."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses import tasks
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.admins.models import Admin
from keyturn.platform.notifications import choices, folding
from keyturn.platform.notifications.kinds import Channels, Type
from keyturn.platform.notifications.models import Notification
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import AdminOf, ClientOf

__all__ = ["generator", "license_in", "product"]
pytestmark = pytest.mark.django_db
PAGE, COUNT = "/admin/notifications", "/admin/notifications/count"


def _told(admin: Admin, count: int = 1, **values: object) -> list[Notification]:
    start = now()
    rows = [
        Notification(
            admin=admin,
            **{
                "type": "system",
                "title": f"Told {number}",
                "created_at": start - timedelta(minutes=count - number),
                **values,
            },
        )
        for number in range(1, count + 1)
    ]
    return Notification.objects.bulk_create(rows)


def _titles(client: Client, query: str = "") -> list[str]:
    return re.findall(
        r"wrap-anywhere[^>]*>(Told \d+|[A-Z][^<]+)</(?:a|span)>", client.get(PAGE + query).content.decode()
    )


def _badge(client: Client) -> str:
    page = client.get("/admin/profile").content.decode()
    found = re.search(
        r'id="bell-count".*?<span class="sr-only">Notifications(?:, (\S+) unread)?</span>', page, re.DOTALL
    )
    assert found
    return found[1] or ""


@pytest.mark.spec("NTF-07", "NTF-14")
def test_ending_licenses_lead_to_exactly_those(super_admin: Client, license_in: LicenseIn) -> None:
    midnight = now().replace(hour=0, minute=0, second=0, microsecond=0)
    keys = []
    for days, status in ((7.3, Status.ASSIGNED), (7.99, Status.ACTIVE), (7.5, Status.SUSPENDED), (8, Status.ACTIVE)):
        license = license_in(status)
        License.objects.filter(pk=license.pk).update(expires_at=midnight + timedelta(days=days))
        keys.append(str(license.uuid))
    tasks.warn_admins.function(None)
    folding.fold()
    line = Notification.objects.get(title="2 licenses end in 7 days")
    listed = super_admin.get(f"{PAGE}/{line.uuid}/open", follow=True).content.decode()
    assert [f"/admin/licenses/{uuid}" in listed for uuid in keys] == [True, True, False, False]


@pytest.mark.spec("NTF-01", "NTF-02")
def test_the_bell_counts_to_99(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    assert _badge(client) == ""
    _told(vera, 3)
    _told(vera, 2, read_at=now())
    _told(vera, 2, hidden=True)
    assert _badge(client) == "3"
    assert client.get(COUNT, {"shown": "3"}).status_code == 204
    assert "3 unread" in client.get(COUNT, {"shown": ""}).content.decode()
    _told(vera, 97)
    assert _badge(client) == "99+"


@pytest.mark.spec("NTF-01")
def test_the_dropdown_holds_the_latest_five(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    _told(vera, 7)
    page = client.get(PAGE + "/latest").content.decode()
    assert re.findall(r"Told \d", page) == ["Told 7", "Told 6", "Told 5", "Told 4", "Told 3"]
    assert "View All Notifications" in client.get("/admin/profile").content.decode()


@pytest.mark.spec("NTF-03", "NTF-04")
def test_the_page_lists_twenty_with_tabs(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    for query, empty in (
        ("", "No notifications yet"),
        ("?filter=unread", "Nothing unread"),
        ("?filter=read", "Nothing read"),
    ):
        assert empty in client.get(PAGE + query).content.decode()
    _told(vera, 23)
    Notification.objects.filter(title="Told 23").update(read_at=now(), count=12, environment="staging")
    assert _titles(client) == [f"Told {number}" for number in range(23, 3, -1)]
    assert _titles(client, "?page=2") == _titles(client, "?page=99") == ["Told 3", "Told 2", "Told 1"]
    assert _titles(client, "?filter=read") == ["Told 23"]
    assert _titles(client, "?filter=unread&page=2") == ["Told 2", "Told 1"]
    page = client.get(PAGE).content.decode()
    assert "Staging" in page
    assert "12<span" in page
    assert "Showing" in page


@pytest.mark.spec("NTF-05")
def test_reading_and_reading_all(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    first, *_ = _told(vera, 25)
    url = f"{PAGE}/{first.uuid}/toggle"
    for read in ("1", "0"):
        assert client.post(f"{url}?filter=unread&page=2", {"read": read})["Location"] == f"{PAGE}?filter=unread&page=2"
        first.refresh_from_db()
        assert bool(first.read_at) == (read == "1")
    part = client.post(f"{url}?filter=unread", {"read": "1"}, headers={"HX-Request": "true"})
    assert "notificationsChanged" in part["HX-Trigger"]
    assert "<html" not in part.content.decode()
    client.post(f"{PAGE}/read")
    assert _badge(client) == ""
    assert re.search(r'id="read-all"[^>]*disabled', client.get(PAGE).content.decode())


@pytest.mark.spec("NTF-06")
def test_the_inbox_of_another_admin_does_not_exist(client_of: ClientOf, admin_of: AdminOf) -> None:
    client = client_of("super_admin")
    theirs = _told(admin_of("viewer"), link_kind="profile")[0]
    assert client.get(f"{PAGE}/{theirs.uuid}/open").status_code == 404
    assert client.post(f"{PAGE}/{theirs.uuid}/toggle", {"read": "1"}).status_code == 404
    client.post(f"{PAGE}/read")
    theirs.refresh_from_db()
    assert theirs.read_at is None
    assert "Told" not in client.get(PAGE).content.decode() + client.get(f"{PAGE}/latest").content.decode()
    assert _badge(client) == ""


@pytest.mark.spec("NTF-05", "NTF-07", "NTF-10")
def test_a_link_opens_its_record_or_says_why_not(
    client_of: ClientOf, admin_of: AdminOf, owner: Actor, license_in: LicenseIn
) -> None:
    license, vera = license_in(Status.ASSIGNED), admin_of("viewer")
    License.objects.filter(pk=license.pk).update(environment="staging")
    client = client_of("viewer")
    link = {"link_kind": "license", "link_uuid": license.uuid, "environment": "staging"}
    line = _told(vera, **link)[0]
    answer = client.get(f"{PAGE}/{line.uuid}/open")
    assert answer["Location"] == f"/admin/licenses/{license.uuid}"
    line.refresh_from_db()
    assert line.read_at
    assert "You are now in Staging" in client.get(answer["Location"]).content.decode()
    License.objects.filter(pk=license.pk).update(environment="production")
    licenses.revoke(owner, license)
    licenses.delete_many(owner, [License.objects.get(pk=license.pk)])
    gone = client.get(f"{PAGE}/{line.uuid}/open", follow=True).content.decode()
    assert "The license of this notification was deleted." in gone
    assert "Told 1" in gone
    forbidden = _told(vera, link_kind="deliveries")[0]
    page = client.get(f"{PAGE}/{forbidden.uuid}/open", follow=True).content.decode()
    assert "Your role may not open" in page


@pytest.mark.spec("NTF-12", "PRF-18")
def test_the_grid_on_the_profile(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, tom = client_of("admin"), admin_of("admin")
    page = client.get("/admin/profile").content.decode()
    assert re.findall(r'name="(\w+)\.email" checked', page) == ["system", "security"]
    assert re.search(r'name="security\.in_app" checked disabled', page)
    wanted = {"license.in_app": "on", "license.email": "on"}
    answer = client.post("/admin/profile/notifications", wanted)
    assert answer["Location"] == "/admin/profile#notifications"
    mine = choices.of(tom)
    assert mine[Type.LICENSE] == Channels(in_app=True, email=True)
    assert mine[Type.SYSTEM] == Channels(in_app=False, email=False)
    assert mine[Type.SECURITY] == Channels(in_app=True, email=False)
    page = client_of("viewer").get("/admin/profile").content.decode()
    assert re.findall(r'name="(\w+)\.email"', page) == ["license", "security"]


@pytest.mark.spec("NTF-02")
def test_the_bell_costs_a_page_one_query(client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    _told(vera, 150)
    client.get("/admin/profile")
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/profile")
    ours = [one["sql"] for one in queries if '"notifications"' in one["sql"]]
    assert len(ours) == 1
    assert "LIMIT 100" in ours[0]
    # A part of a page has no bell, and asks nothing.
    with CaptureQueriesContext(connection) as queries:
        client.get("/admin/profile/password")
    assert not [one for one in queries if '"notifications"' in one["sql"]]


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_asks_no_more_for_more_rows(count: int, client_of: ClientOf, admin_of: AdminOf) -> None:
    client, vera = client_of("viewer"), admin_of("viewer")
    for _ in range(count):
        _told(vera, person=vera.uuid, title="The role of {admin} was changed", link_kind="profile")
    client.get(PAGE)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(PAGE).content.decode()
    assert page.count(f"The role of {vera.name} was changed</a>") == count
    assert len(queries) == 9
