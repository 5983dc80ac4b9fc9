"""The page of retention policies, and the two settings that are kept in them."""

from datetime import timedelta

import pytest
from django.test import Client

from keyturn.core import clock
from keyturn.operations.retention.models import Policy
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import Category, LogEntry
from tests.operations.test_retention import record
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
PAGE = "/admin/retention-policies"


def _log(days: int, count: int = 1, environment: str = "production") -> None:
    at = clock.now() - timedelta(days=days)
    LogEntry.objects.bulk_create(
        LogEntry(at=at, environment=environment, category=Category.SYSTEM, action="test") for _ in range(count)
    )


def _policy(entity_type: str = "system_logs", environment: str = "production") -> Policy:
    return Policy.objects.get(entity_type=entity_type, environment=environment)


def _html(client: Client, address: str = PAGE) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.spec("RET-02", "RET-08", "RET-15")
def test_cards_and_policies_of_the_environment(super_admin: Client) -> None:
    _log(91, 3)
    _log(91, 7, "staging")
    Policy.objects.filter(environment="production", entity_type="job_executions").update(is_enabled=False)
    _policy("telemetry_records").delete()
    page = _html(super_admin)
    cards = page.split('id="card-')[1:5]
    assert ["3 Pending" in cards[0], "No limit" in cards[1], "Clean" in cards[2], "Paused" in cards[3]] == [True] * 4
    assert "90 days" in cards[0]
    rows = page.split("<tbody>")[1].split("</tbody>")[0]
    assert rows.count("<tr>") == 3
    assert "3 pending" in rows
    assert "Purged data cannot be brought back." in page


@pytest.mark.spec("RET-09", "RET-10")
def test_the_dry_run_shows_and_deletes_nothing(super_admin: Client) -> None:
    _log(100, 12)
    answer = super_admin.post(f"{PAGE}/dry-run")
    shown = answer.content.decode().split('id="dry-run"')[1]
    assert "Nothing was deleted." in shown
    assert shown.count('<td data-slot="title"') == 4
    assert shown.split("<tfoot>")[1].split("</tfoot>")[0].count(">12<") == 1
    part = super_admin.post(f"{PAGE}/dry-run", headers={"HX-Request": "true", "HX-Target": "dry-run"})
    assert part.content.decode().startswith('<div id="dry-run"')
    assert LogEntry.objects.filter(action="test").count() == 12
    assert AuditEvent.objects.filter(action="retention.previewed").latest("id").changes == {
        "rows": {"job_executions": 0, "system_logs": 12, "telemetry_records": 0, "webhook_deliveries": 0}
    }


@pytest.mark.spec("RET-04", "RET-06")
def test_shortening_says_first_what_it_costs(super_admin: Client) -> None:
    _log(40, 2)
    url = f"{PAGE}/{_policy().uuid}/edit"
    dialog = _html(super_admin, url)
    assert "It cannot be changed: delete this policy and create another." in dialog
    asked = super_admin.post(url, {"days": "30", "is_enabled": "on"})
    assert (asked.status_code, b"The next purge removes 2 rows for good." in asked.content) == (422, True)
    assert _policy().days == 90
    # What is confirmed is what was shown.
    other = super_admin.post(url, {"days": "20", "is_enabled": "on", "confirmed": "30"})
    assert other.status_code == 422
    assert super_admin.post(url, {"days": "30", "is_enabled": "on", "confirmed": "30"}).status_code == 302
    assert _policy().days == 30
    # Longer, or with nothing that would go: saved at once.
    for days in ("365", "300"):
        super_admin.post(url, {"days": days, "is_enabled": "on"})
        assert _policy().days == int(days)
    changes = AuditEvent.objects.filter(action="retention.updated").order_by("id").values_list("changes", flat=True)
    assert [one["days"] for one in changes] == [[90, 30], [30, 365], [365, 300]]


@pytest.mark.spec("RET-03")
@pytest.mark.parametrize("days", ["0", "366", "1.5", "many", ""])
def test_wrong_days_are_refused_beside_the_field(super_admin: Client, days: str) -> None:
    answer = super_admin.post(f"{PAGE}/{_policy().uuid}/edit", {"days": days, "is_enabled": "on"})
    assert answer.status_code == 422
    assert b'id="id_days-error"' in answer.content
    assert _policy().days == 90


@pytest.mark.spec("RET-01", "RET-03", "RET-05")
def test_delete_and_create_again(super_admin: Client) -> None:
    policy = _policy()
    _log(50)
    assert "kept without limit" in _html(super_admin, f"{PAGE}/{policy.uuid}/delete")
    assert "Create Policy" not in _html(super_admin)
    assert super_admin.post(f"{PAGE}/{policy.uuid}/delete").status_code == 302
    assert "Create Policy" in _html(super_admin)
    form = _html(super_admin, f"{PAGE}/create")
    assert form.count('<option value="system_logs"') == 1
    assert "job_executions" not in form
    values = {"entity_type": "system_logs", "days": "60", "is_enabled": "on"}
    assert super_admin.post(f"{PAGE}/create", values).status_code == 302
    again = super_admin.post(f"{PAGE}/create", values)
    assert again.status_code == 422
    assert f"{PAGE}/{_policy().uuid}/edit" in again.content.decode()
    assert super_admin.post(f"{PAGE}/create", {**values, "entity_type": "licenses"}).status_code == 422
    assert Policy.objects.filter(environment="production").count() == 4


def test_policies_of_other_environments_are_out_of_reach(super_admin: Client) -> None:
    url = f"{PAGE}/{_policy(environment='staging').uuid}"
    assert {super_admin.get(f"{url}/edit").status_code, super_admin.post(f"{url}/delete").status_code} == {404}


@pytest.mark.parametrize("role", ["admin", "operator", "viewer"])
def test_super_admins_alone(client_of: ClientOf, role: str) -> None:
    client = client_of(role)
    for address in (PAGE, f"{PAGE}/create", f"{PAGE}/{_policy().uuid}/edit"):
        assert client.get(address).status_code == 403
    assert PAGE not in client.get("/admin/dashboard").content.decode()


@pytest.mark.spec("SET-60", "SET-02", "RET-06")
@pytest.mark.parametrize(
    ("tab", "kind", "good", "bad", "before"),
    [
        ("webhooks", "webhook_deliveries", "7", "8", 30),
        ("telemetry", "telemetry_records", "730", "731", 90),
    ],
)
def test_a_tab_reads_and_writes_the_policy(
    super_admin: Client, tab: str, kind: str, good: str, bad: str, before: int
) -> None:
    page, save = f"/admin/settings/{tab}", f"/admin/settings/{tab}/save"
    assert "Retention in Production" in _html(super_admin, page)
    assert "Retention Policies" in _html(super_admin, page)
    refused = super_admin.post(save, {"retention-days": bad, "telemetry-enabled": "on"})
    assert refused.status_code == 422
    assert b'id="id_retention-days-error"' in refused.content
    assert _policy(kind).days == before
    assert super_admin.post(save, {"retention-days": good}).status_code == 302
    assert (_policy(kind).days, _policy(kind, "staging").days) == (int(good), before)
    Policy.objects.filter(entity_type=kind).delete()
    assert super_admin.post(save, {"retention-days": ""}).status_code == 302
    assert not Policy.objects.filter(entity_type=kind).exists()
    super_admin.post(save, {"retention-days": good})
    assert _policy(kind).days == int(good)


@pytest.mark.spec("RET-06")
def test_a_tab_asks_before_rows_are_lost(super_admin: Client) -> None:
    record(clock.now() - timedelta(days=50))
    save = "/admin/settings/telemetry/save"
    asked = super_admin.post(save, {"retention-days": "30"})
    assert (asked.status_code, b"The next purge removes 1 row for good." in asked.content) == (422, True)
    assert _policy("telemetry_records").days == 90
    super_admin.post(save, {"retention-days": "30", "confirm_purge": "on"})
    assert _policy("telemetry_records").days == 30


@pytest.mark.spec("SET-06")
def test_an_admin_sees_the_days_and_cannot_change_them(client_of: ClientOf) -> None:
    client = client_of("admin")
    page = _html(client, "/admin/settings/webhooks")
    assert "Only a Super Admin may change it." in page
    assert PAGE not in page
    assert "Save Settings" not in page, "there is nothing to save"
    assert "Save Settings" in _html(client, "/admin/settings/telemetry")
    client.post("/admin/settings/webhooks/save", {"retention-days": "7"})
    assert _policy("webhook_deliveries").days == 30
