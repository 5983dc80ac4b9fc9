"""The renewal desk: whom to contact before licenses end (workflow 5)."""

import csv
import io
import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.platform.audit.models import AuditEvent
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
URL = "/admin/customers/renewals"
# Days until each license of a customer ends.
ENDING = {
    "high@example.com": [3, 13, 13, 14, 14, 50],
    "almost@example.com": [14, 14, 14, 14, 20],
    "medium@example.com": [29, 30],
    "later@example.com": [31, 40, 41, 42, 43, 44],
    "low@example.com": [60],
    "far@example.com": [61],
    "never@example.com": [0],
}


@pytest.fixture
def people(owner: Actor, generator: Generator) -> None:
    for email, days in ENDING.items():
        made = services.generate(owner, generator, len(days)).licenses
        services.assign_many(owner, made, email, name=email.split("@")[0].title())
        for license, left in zip(made, days, strict=True):
            # A little less than whole days, so that the moments do not tip over while the test runs.
            ends = max(_midnight(left), clock.now() + timedelta(days=left, minutes=-5)) if left else None
            License.objects.filter(pk=license.pk).update(expires_at=ends)


def _midnight(days: int) -> datetime:
    return datetime.combine(clock.now().date() + timedelta(days=days), time(), UTC)


def _rows(page: str) -> list[str]:
    body = page.split("<tbody>")[1].split("</tbody>")[0] if "<tbody>" in page else ""
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in re.findall(r"<tr.*?</tr>", body, re.S)]


def _names(client: Client, query: str = "") -> list[str]:
    return [row.split()[0] for row in _rows(client.get(URL + query).content.decode())]


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_who_is_urgent(super_admin: Client) -> None:
    rows = _rows(super_admin.get(URL).content.decode())
    assert [row.split()[0] for row in rows] == ["High", "Almost", "Medium", "Later", "Low"]
    assert rows[0].startswith("High high@example.com High 6 Licenses")
    assert "in 3 days" in rows[0]
    assert "almost@example.com Medium 5 Licenses" in rows[1]
    assert "medium@example.com Medium 2 Licenses" in rows[2]
    assert "later@example.com Low 6 Licenses" in rows[3]
    assert "low@example.com Low 1 License" in rows[4]


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_segments_search_and_order(super_admin: Client) -> None:
    assert _names(super_admin, "?priority=high") == ["High"]
    assert _names(super_admin, "?priority=medium") == ["Almost", "Medium"]
    assert _names(super_admin, "?priority=low&search=LATER%40") == ["Later"]
    assert _names(super_admin, "?search=%25") == []
    assert _names(super_admin, "?sort=expiring&direction=desc")[-1] == "Low"
    assert _names(super_admin, "?sort=soonest&direction=asc") == ["High", "Almost", "Medium", "Later", "Low"]
    assert _names(super_admin, "?sort=name&direction=asc") == ["Almost", "High", "Later", "Low", "Medium"]
    Customer.objects.filter(email="high@example.com").update(name="")
    for direction in ("asc", "desc"):
        assert _names(super_admin, f"?sort=name&direction={direction}")[-1] == "N/A"


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_only_licenses_in_use_of_this_environment_count(super_admin: Client, owner: Actor) -> None:
    low = License.objects.get(customer__email="low@example.com")
    services.suspend(owner, low, reason="chargeback")
    for license in License.objects.filter(customer__email="medium@example.com"):
        services.revoke(owner, license)
    assert _names(super_admin) == ["High", "Almost", "Later"]
    super_admin.post("/admin/environment", {"environment": "staging"})
    page = super_admin.get(URL).content.decode()
    assert "Nothing to renew" in page


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_a_row_leads_to_the_licenses_it_counts(super_admin: Client) -> None:
    page = super_admin.get(f"{URL}?search=high").content.decode()
    (link,) = re.findall(r'href="(/admin/licenses\?customer=[^"]+)"', page)
    licenses = super_admin.get(link.replace("&amp;", "&")).content.decode()
    assert len(_rows(licenses)) == 6
    for address in ("/admin/customers", "/admin/licenses"):
        assert f'href="{URL}"' in super_admin.get(address).content.decode()


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_the_licenses_of_a_row_are_those_in_use_until_the_end_of_the_last_day(
    super_admin: Client, owner: Actor
) -> None:
    low = License.objects.get(customer__email="low@example.com")
    License.objects.filter(pk=low.pk).update(expires_at=_midnight(61) - timedelta(seconds=1))
    held = License.objects.filter(customer__email="later@example.com").earliest("expires_at")
    services.suspend(owner, held, reason="chargeback")
    for name, count in (("low", 1), ("later", 5)):
        page = super_admin.get(f"{URL}?search={name}%40").content.decode()
        assert f"{count} License" in _rows(page)[0]
        (link,) = re.findall(r'href="(/admin/licenses\?customer=[^"]+)"', page)
        assert len(_rows(super_admin.get(link.replace("&amp;", "&")).content.decode())) == count
    License.objects.filter(pk=low.pk).update(expires_at=_midnight(61))
    assert "Low" not in _names(super_admin)


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_equally_urgent_customers_are_told_apart_by_the_soonest_end(super_admin: Client) -> None:
    License.objects.filter(customer__email="medium@example.com").update(expires_at=_midnight(9))
    assert _names(super_admin) == ["High", "Medium", "Almost", "Later", "Low"]
    assert _names(super_admin, "?sort=priority&direction=desc") == ["Low", "Later", "Almost", "Medium", "High"]


@pytest.mark.spec("WF-5")
@pytest.mark.usefixtures("people")
def test_the_contact_list(super_admin: Client) -> None:
    with clock.fixed(datetime.now(UTC)):
        answer = super_admin.get(f"{URL}/export?search=high")
        rows = list(csv.DictReader(io.StringIO(b"".join(answer).decode())))  # type: ignore[arg-type]
    soonest = License.objects.filter(customer__email="high@example.com").order_by("expires_at")[0].expires_at
    assert soonest is not None
    assert rows == [
        {
            "Name": "High",
            "Email": "high@example.com",
            "License Count": "6",
            "Soonest Expiry": f"{soonest:%Y-%m-%dT%H:%M:%SZ}",
            "Priority": "High",
            "Total Licenses": "6",
        }
    ]
    assert AuditEvent.objects.get(action="list.exported").changes["list"] == "renewals"
    everyone = b"".join(super_admin.get(f"{URL}/export")).decode()  # type: ignore[arg-type]
    assert [line.split(",")[4] for line in everyone.splitlines()[1:]] == ["High", "Medium", "Medium", "Low", "Low"]


@pytest.mark.spec("CUS-50")
@pytest.mark.parametrize("role", Role.values)
@pytest.mark.usefixtures("people")
def test_who_may(role: str, client_of: ClientOf) -> None:
    client, allowed = client_of(role), role in (Role.SUPER_ADMIN, Role.ADMIN)
    page = client.get(URL)
    assert page.status_code == 200
    assert ("Export contacts" in page.content.decode()) is allowed
    assert client.get(f"{URL}/export").status_code == (200 if allowed else 403)


@pytest.mark.usefixtures("people")
def test_few_queries(super_admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_max_num_queries(8):
        super_admin.get(URL)
