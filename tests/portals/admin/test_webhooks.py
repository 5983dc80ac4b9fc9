"""Webhooks: the list, the form, the secret, and deliveries with what was sent and answered."""

import csv
import io
import json
import re
from typing import Any

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.webhooks import outbox, sealing, services
from keyturn.platform.webhooks.models import Delivery, Webhook
from tests.jobs import Work
from tests.platform.webhooks.conftest import WebhookTo, generator, local, product, receiver, webhook_to
from tests.portals.conftest import ClientOf

__all__ = ["generator", "local", "product", "receiver", "webhook_to"]
pytestmark = pytest.mark.django_db
NEW = {
    "name": "Web shop",
    "url": "https://9.9.9.9/hooks",
    "environment": "staging",
    "events": ["license.created", "activation.failed"],
    "status": "active",
    "description": "Ask Nina",
}


def _names(client: Client, path: str) -> list[str]:
    page = client.get(path).content.decode()
    return re.findall(r'class="row-link[^>]*title="([^"]+)"', page)


def _told(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/webhook-deliveries{query}").content.decode()
    return re.findall(r'<a class="row-link[^>]*><span[^>]*title="([^"]+)"', page)


@pytest.mark.spec("WHK-01")
def test_the_list_finds_filters_and_orders(super_admin: Client, webhook_to: WebhookTo, owner: Actor) -> None:
    empty = super_admin.get("/admin/webhooks").content.decode()
    assert "No webhooks found" in empty
    webhook_to("/alpha", "license.created", name="Alpha")
    off = webhook_to("/beta", "license.created", "license.revoked", environment="staging", name="Beta")
    services.set_active(owner, off, False)
    assert _names(super_admin, "/admin/webhooks") == ["Beta", "Alpha"]
    assert _names(super_admin, "/admin/webhooks?search=/ALPHA") == ["Alpha"]
    assert _names(super_admin, "/admin/webhooks?status=inactive") == ["Beta"]
    assert _names(super_admin, "/admin/webhooks?environment=production") == ["Alpha"]
    page = super_admin.get("/admin/webhooks").content.decode()
    assert all(
        text in page for text in ("Delivery Logs", "Create Webhook", "Inactive", "Send Test", 'title="license.created')
    )


@pytest.mark.spec("WHK-02", "WHK-03", "WHK-05")
def test_a_webhook_is_made_and_its_secret_can_be_seen(super_admin: Client) -> None:
    answer = super_admin.post("/admin/webhooks/create", NEW)
    webhook = Webhook.objects.get()
    assert answer["Location"] == f"/admin/webhooks/{webhook.uuid}"
    assert (webhook.environment, webhook.events, webhook.is_active) == ("staging", NEW["events"], True)
    secret = sealing.secret(webhook)
    assert secret.startswith("whsec_")
    assert secret not in webhook.sealed_secret
    page = super_admin.get(answer["Location"]).content.decode()
    assert secret not in page
    shown = super_admin.post(f"{answer['Location']}/secret")
    assert (shown.json(), "no-store" in shown["Cache-Control"]) == ({"key": secret}, True)
    assert b"Generate a new secret?" in super_admin.get(f"{answer['Location']}/renew").content
    super_admin.post(f"{answer['Location']}/renew")
    assert super_admin.post(f"{answer['Location']}/secret").json()["key"] not in ("", secret)
    actions = AuditEvent.objects.filter(subject_id=str(webhook.uuid)).order_by("pk").values_list("action", flat=True)
    assert list(actions) == [
        f"webhook.{name}" for name in ("created", "secret_revealed", "secret_renewed", "secret_revealed")
    ]
    assert "Nina" not in json.dumps(list(AuditEvent.objects.values("changes", "note")))


@pytest.mark.spec("WHK-02", "WHK-04")
@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"name": " "}, "Enter a name"),
        ({"url": "http://9.9.9.9/"}, "https://"),
        ({"url": "https://user:secret@9.9.9.9/"}, "user name"),
        ({"url": "https://127.0.0.1/"}, "private network"),
        ({"url": "https://[::1]/"}, "private network"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "private network"),
        ({"url": "https://169.254.169.254/latest"}, "private network"),
        ({"url": "https://localhost/"}, "private network"),
        ({"events": []}, "Choose at least one event"),
        ({"events": ["license.made_up"]}, "Select a valid choice"),
        ({"environment": "moon"}, "Select a valid choice"),
    ],
)
def test_what_is_wrong_is_said(super_admin: Client, changes: dict[str, Any], text: str) -> None:
    answer = super_admin.post("/admin/webhooks/create", {**NEW, **changes})
    assert (answer.status_code, Webhook.objects.count()) == (422, 0)
    assert text in answer.content.decode()


@pytest.mark.spec("WHK-01", "WHK-05")
def test_edit_toggle_and_delete(super_admin: Client, webhook_to: WebhookTo) -> None:
    webhook = webhook_to("/hook", "license.created")
    url = f"/admin/webhooks/{webhook.uuid}"
    changed = {**NEW, "url": webhook.url, "status": "inactive"}
    assert super_admin.post(url, changed).status_code == 302
    webhook.refresh_from_db()
    assert (webhook.name, webhook.is_active, webhook.environment) == ("Web shop", False, "production")
    super_admin.post(f"{url}/enable")
    super_admin.post(f"{url}/disable")
    assert b"Delete Web shop?" in super_admin.get(f"{url}/delete").content
    super_admin.post(f"{url}/delete")
    assert not Webhook.objects.exists()
    actions = AuditEvent.objects.filter(subject_id=str(webhook.uuid)).order_by("pk").values_list("action", flat=True)
    assert [one.removeprefix("webhook.") for one in actions] == ["created", "updated", "enabled", "disabled", "deleted"]
    assert AuditEvent.objects.get(action="webhook.updated").changes["is_active"] == [True, False]


@pytest.mark.spec("WHK-05", "WHK-12", "WHK-13", "WHK-15")
def test_a_delivery_shows_what_was_sent_and_answered(
    super_admin: Client, webhook_to: WebhookTo, generator: Generator, owner: Actor, work: Work
) -> None:
    webhook = webhook_to("/500", "license.created")
    licenses.generate(owner, generator, 1)
    work()
    key = License.objects.get().license_key
    failed = Delivery.objects.earliest("pk")
    page = super_admin.get(f"/admin/webhook-deliveries/{failed.uuid}").content.decode()
    for text in ("X-Webhook-Signature", "webhook-signature", "sha256=", "answered 500", "1 of 5", "It is tried again"):
        assert text in page, text
    assert key not in page
    assert f"{key[:8]}…" in page
    assert ">yy<" in page
    Webhook.objects.filter(pk=webhook.pk).update(url=webhook.url.replace("/500", "/hook"))
    answer = super_admin.post(f"/admin/webhook-deliveries/{failed.uuid}/retry")
    work()
    again = super_admin.get(answer["Location"]).content.decode()
    assert "by hand" in again
    assert "Success" in again
    super_admin.post(f"/admin/webhooks/{webhook.uuid}/delete")
    page = super_admin.get(f"/admin/webhook-deliveries/{failed.uuid}").content.decode()
    assert "Deleted" in page
    assert "/retry" not in page
    assert set(_told(super_admin)) == {"Shop"}


@pytest.mark.spec("WHK-13", "WHK-14", "WHK-16")
def test_deliveries_are_found_ordered_and_exported(
    super_admin: Client, webhook_to: WebhookTo, generator: Generator, owner: Actor, work: Work
) -> None:
    assert b"No deliveries found" in super_admin.get("/admin/webhook-deliveries").content
    good = webhook_to("/hook", "license.created", name="Good")
    webhook_to("/404", "license.created", name="Bad")
    licenses.generate(owner, generator, 1)
    work()
    services.test(owner, good)
    path = "/admin/webhook-deliveries"
    assert sorted(_told(super_admin, "?status=pending")) == ["Bad", "Good"]
    for query, wanted in (
        ("status=success", ["Good"]),
        ("status=failed", ["Bad"]),
        ("search=/404&status=failed", ["Bad"]),
        ("search=WEBHOOK.test", ["Good"]),
        (f"webhook={good.uuid}", ["Good", "Good"]),
        ("group=product", []),
    ):
        assert _told(super_admin, f"?{query}") == wanted, query
    for sort in ("attempted", "status", "code"):
        for direction in ("asc", "desc"):
            assert super_admin.get(f"{path}?sort={sort}&direction={direction}").status_code == 200
    file = b"".join(super_admin.get(f"{path}/export?format=csv&group=license&status=failed")).decode()  # type: ignore[arg-type]
    (row,) = csv.DictReader(io.StringIO(file))
    assert list(row) == [
        "Delivery ID", "Webhook", "URL", "Event", "Status", "Response Code", "Attempt", "Response Time ms", "Error",
        "Attempted At",
    ]  # fmt: skip
    assert (row["Webhook"], row["Response Code"], row["Attempt"], row["Status"]) == ("Bad", "404", "1", "failed")
    as_json = json.loads(b"".join(super_admin.get(f"{path}/export?format=json&status=success")))  # type: ignore[arg-type]
    assert [one["event"] for one in as_json] == ["license.created"]


def test_a_cancelled_delivery_was_never_attempted(super_admin: Client, webhook_to: WebhookTo, owner: Actor) -> None:
    webhook = webhook_to("/hook")
    services.test(owner, webhook)
    services.delete(owner, webhook)
    row = Delivery.objects.get()
    page = super_admin.get(f"/admin/webhook-deliveries/{row.uuid}").content.decode()
    assert "Cancelled At" in page
    assert "Attempted At" not in page
    assert re.search(r"Cancelled\s+<time", super_admin.get("/admin/webhook-deliveries").content.decode())
    file = b"".join(super_admin.get("/admin/webhook-deliveries/export?format=csv")).decode()  # type: ignore[arg-type]
    assert next(csv.DictReader(io.StringIO(file)))["Attempted At"] == ""


def test_a_page_of_a_waiting_delivery_follows(super_admin: Client, webhook_to: WebhookTo, work: Work) -> None:
    webhook = webhook_to("/hook")
    answer = super_admin.post(f"/admin/webhooks/{webhook.uuid}/test")
    assert b'hx-trigger="every 2s"' in super_admin.get(answer["Location"]).content
    work()
    page = super_admin.get(answer["Location"]).content
    assert b'hx-trigger="every 2s"' not in page
    assert b"This is a test of the webhook Shop." in page


@pytest.mark.spec("WHK-01", "WHK-13", "ADM-09")
@pytest.mark.parametrize(("role", "status"), [("admin", 200), ("operator", 403), ("viewer", 403)])
def test_admins_alone_see_webhooks(client_of: ClientOf, role: str, status: int) -> None:
    client = client_of(role)
    for path in ("/admin/webhooks", "/admin/webhook-deliveries", "/admin/webhooks/create"):
        assert client.get(path).status_code == status
    assert (b"/admin/webhooks" in client.get("/admin/dashboard").content) == (status == 200)


def test_the_time_of_a_failure_is_told(super_admin: Client, webhook_to: WebhookTo) -> None:
    webhook = webhook_to("/hook")
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=clock.now())
    assert b"Nothing has arrived since" in super_admin.get(f"/admin/webhooks/{webhook.uuid}").content
    assert b"Failing" in super_admin.get("/admin/webhooks").content


@pytest.mark.spec("WHK-13", "WHK-15", "WHK-12")
@pytest.mark.usefixtures("local")
def test_callbacks_of_the_api_are_listed_and_sent_again(super_admin: Client, receiver: Any, work: Work) -> None:
    said = {"response": {"code": 400, "license_key": "KEY-AAAA-BBBB-CCCC"}, "response_base64": "S0VZLUFBQUEtQkJCQg"}
    url = f"http://127.0.0.1:{receiver.server_port}/503"
    made = outbox.call_back(url, json.dumps(said), "callback.activation_ended", environment="production")
    work()
    path = f"/admin/webhook-deliveries/{made.uuid}"
    assert _told(super_admin, "?group=callback") == ["API callback", "API callback"]
    assert _told(super_admin, f"?webhook={made.webhook_uuid}&status=failed") == ["API callback"]
    page = super_admin.get(path).content.decode()
    assert "KEY-AAAA…" in page
    for hidden in ("KEY-AAAA-BBBB-CCCC", "S0VZLUFB", "Deleted"):
        assert hidden not in page
    assert super_admin.post(f"{path}/retry").status_code == 302
    work()
    assert [body for _, _, body in receiver.seen] == [json.dumps(said).encode()] * 2
