"""The dashboard as each role sees it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from keyturn.access.actors import Actor
from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.operations.analytics.models import DayFigures
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import LogEntry, RequestLog
from tests.licensing.conftest import LicenseIn
from tests.portals.conftest import AdminOf, ClientOf

pytestmark = pytest.mark.django_db
LABELS = ["Total Products", "Active Licenses", "Activations Today", "Failed Verifications"]


def _cards(page: str) -> dict[str, tuple[str, str]]:
    """Label to (value, address of the list)."""
    found = re.findall(r'<section class="panel relative p-4".*?</section>', page, re.S)
    return {
        re.sub("<[^>]+>", "", re.search(r"<h2.*?</h2>", card, re.S)[0]).strip(): (  # type: ignore[index]
            re.search(r"tabular-nums\">([\d,]+)</p>", card)[1],  # type: ignore[index]
            (re.search(r'<a [^>]*href="([^"]+)"', card) or ["", ""])[1].replace("&amp;", "&"),
        )
        for card in found
    }


def _total(client: Client, href: str) -> str:
    page = client.get(href)
    assert page.status_code == 200
    return f"{page.context['list'].page.total:,}"


@pytest.mark.spec("DSH-01", "DSH-03", "DSH-05")
@pytest.mark.parametrize("role", Role.values)
def test_every_role_begins_here(role: str, client_of: ClientOf, full_license: License) -> None:
    client = client_of(role)
    assert client.get("/admin/")["Location"] == "/admin/dashboard"
    page = client.get("/admin/dashboard").content.decode()
    assert "<title>Dashboard" in page
    assert list(_cards(page)) == LABELS
    assert 'href="/admin/licenses">View All Licenses' in page
    assert ("New License" in page) == (role in (Role.SUPER_ADMIN, Role.ADMIN))
    shell = client.get("/admin/dashboard").context["shell"]
    assert (shell.groups[0].items[0].label, shell.groups[0].items[0].href) == ("Dashboard", "/admin/dashboard")


@pytest.mark.spec("DSH-01")
def test_a_stranger_signs_in_and_returns(admin_of: AdminOf) -> None:
    answer = Client().get("/admin/dashboard")
    assert answer["Location"] == "/admin/sign-in?next=%2Fadmin%2Fdashboard"


@pytest.mark.spec("DSH-02", "DSH-05")
def test_every_number_is_that_of_the_list_it_leads_to(
    super_admin: Client, owner: Actor, license_in: LicenseIn, actor_for: object
) -> None:
    for status in Status:
        license_in(status)
    license_in(Status.ACTIVE, "second@example.com")
    with clock.fixed(clock.now() - timedelta(days=3)):
        license_in(Status.ACTIVE, "third@example.com")
    staging = actor_for(Role.SUPER_ADMIN, "staging")  # type: ignore[operator]
    other = products.create(staging, name="Elsewhere")
    services.issue(
        staging, generators.create(staging, product=other, name="One year", type="chunk", prefix="G-"), "a@example.com"
    )
    for hours in (1, 23, 26):
        at = clock.now() - timedelta(hours=hours)
        RequestLog.objects.create(at=at, environment="production", endpoint="verify", code=202, status=200)
        LogEntry.objects.create(at=at, environment="production", category="api", action="verify_failed", level=30)
    for environment in ("production", "staging"):
        super_admin.post("/admin/environment", {"environment": environment})
        page = super_admin.get("/admin/dashboard").content.decode()
        counted = {label: (value, href) for label, (value, href) in _cards(page).items() if href}
        assert set(counted) == set(LABELS)
        assert counted["Failed Verifications"][0] == ("2" if environment == "production" else "0")
        for label, (value, href) in counted.items():
            assert _total(super_admin, href) == value, label
        bars = re.findall(r'href="(/admin/licenses\?product=[^"]+)"[^>]*>[^<]+</a><span[^>]*>([\d,]+)<', page)
        assert len(bars) == 1
        for href, value in bars:
            assert _total(super_admin, href) == value
    assert Activation.objects.filter(environment="production").count() == 3


@pytest.mark.spec("DSH-06")
def test_trends_are_coloured_by_what_they_mean(super_admin: Client, license_in: LicenseIn) -> None:
    license_in(Status.ACTIVE)
    cards = {card.label: card for card in super_admin.get("/admin/dashboard").context["cards"]}
    for label in ("Active Licenses", "Activations Today"):
        assert (cards[label].trend, cards[label].arrow, cards[label].tone) == ("+100%", "arrow-up", "ok")
    assert cards["Failed Verifications"].trend == "No change"
    DayFigures.objects.create(
        environment="production", day=clock.now().date() - timedelta(days=1), products=4, active_licenses=3
    )
    cards = {card.label: card for card in super_admin.get("/admin/dashboard").context["cards"]}
    assert (cards["Total Products"].trend, cards["Total Products"].tone) == ("−75%", "bad")
    assert cards["Active Licenses"].trend == "−67%"


@pytest.mark.spec("DSH-09", "DSH-15")
def test_nothing_yet(super_admin: Client) -> None:
    page = super_admin.get("/admin/dashboard").content.decode()
    assert page.count("No Data Available") == 2
    assert "<canvas" not in page
    assert "No Recent Activity" in page


@pytest.mark.spec("DSH-07")
def test_the_chart_has_a_table(super_admin: Client, license_in: LicenseIn) -> None:
    license_in(Status.ACTIVE)
    page = super_admin.get("/admin/dashboard").content.decode()
    table = re.search(r"<caption>Activations and successful.*?</table>", page, re.S)
    assert table
    assert len(re.findall('scope="row"', table[0])) == 7
    assert re.findall(r"<td>(\d+)</td>", table[0])[-2:] == ["1", "0"]


@pytest.mark.spec("DSH-12", "DSH-13")
@pytest.mark.parametrize("role", Role.values)
def test_every_link_of_the_page_opens(role: str, client_of: ClientOf, full_license: License) -> None:
    client = client_of(role)
    page = client.get("/admin/dashboard").content.decode()
    assert f'href="/admin/licenses/{full_license.uuid}"' in page
    assert full_license.license_key not in page
    for href in set(re.findall(r'<a [^>]*href="(/admin/[^"#]+)"', page)):
        assert client.get(href.replace("&amp;", "&")).status_code in (200, 302), href


@pytest.mark.spec("DSH-16")
def test_parts_follow_the_environment_of_the_page(super_admin: Client, full_license: License) -> None:
    for part in ("figures", "activity"):
        answer = super_admin.get(f"/admin/dashboard/{part}?environment=production")
        assert answer.status_code == 200
        assert "<html" not in answer.content.decode()
        assert answer["Cache-Control"] == "no-store"
        # Another tab chose another environment: the page is read anew.
        answer = super_admin.get(f"/admin/dashboard/{part}?environment=staging")
        assert answer["HX-Refresh"] == "true"


@pytest.mark.spec("DSH-17")
def test_a_page_that_refreshes_itself_keeps_no_session_alive(super_admin: Client) -> None:
    start = clock.now()
    for minutes in (10, 20, 29):
        with clock.fixed(start + timedelta(minutes=minutes)):
            answer = super_admin.get("/admin/dashboard/activity", headers={"X-Keyturn-Background": "true"})
            assert answer.status_code == 200
    with clock.fixed(start + timedelta(minutes=31)):
        answer = super_admin.get(
            "/admin/dashboard/activity",
            headers={
                "X-Keyturn-Background": "true",
                "HX-Request": "true",
                "HX-Current-URL": "http://x/admin/dashboard",
            },
        )
        assert answer["HX-Redirect"] == "/admin/sign-in?next=%2Fadmin%2Fdashboard"


@pytest.mark.spec("DSH-18")
def test_looking_at_the_page_is_on_record(super_admin: Client, admin_of: AdminOf) -> None:
    super_admin.get("/admin/dashboard")
    super_admin.get("/admin/dashboard/figures")
    event = AuditEvent.objects.get(action="dashboard.viewed")
    assert event.actor_id == str(admin_of("super_admin").uuid)


def test_queries_do_not_grow_with_the_feed(
    super_admin: Client, license_in: LicenseIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(8):
        license_in(Status.ACTIVE)
    with django_assert_max_num_queries(40):
        assert super_admin.get("/admin/dashboard").status_code == 200
