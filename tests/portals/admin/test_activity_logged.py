"""What people do in the portals, in the system log."""

from uuid import uuid4

import pytest
from django.db import transaction
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.licensing.products import services as products
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs.models import LogEntry
from tests.logs import Logged
from tests.portals.conftest import PASSWORD, AdminOf

pytestmark = pytest.mark.django_db
AGENT = "Mozilla/5.0 Test"


def _sign_in(client: Client, email: str, password: str = PASSWORD) -> None:
    client.post("/admin/sign-in", {"email": email, "password": password}, headers={"User-Agent": AGENT})


@pytest.mark.spec("LOG-05", "LOG-11", "LOG-15", "SET-71")
def test_signing_in_and_out_and_failing_to(admin_of: AdminOf, client: Client, logged: Logged) -> None:
    admin = admin_of("admin")
    logged()
    LogEntry.objects.all().delete()
    _sign_in(client, admin.email, "wrong")
    _sign_in(client, "nobody@example.com", "wrong")
    _sign_in(client, admin.email)
    client.post("/admin/sign-out")
    failed, unknown, come, gone = logged()
    assert [(one.action, one.level) for one in (failed, unknown, come, gone)] == [
        ("login_failed", 30), ("login_failed", 30), ("login", 20), ("logout", 20)]  # fmt: skip
    assert {one.category for one in logged()} == {"dashboard"}
    assert (come.user_kind, come.user_id, come.ip) == ("admin", str(admin.uuid), "127.0.0.1")
    assert (failed.resource_id, unknown.resource_id) == (str(admin.uuid), "")
    assert (failed.ip, failed.context["user_agent"]) == ("127.0.0.1", AGENT)
    assert admin.email not in str(LogEntry.objects.values())
    tried = AuditEvent.objects.filter(action="admin.signin_failed").order_by("pk")
    assert [(one.ip, one.request_id) for one in tried] == [("127.0.0.1", one.request_id) for one in (failed, unknown)]
    assert come.context["session"] == gone.context["session"]
    assert AuditEvent.objects.get(action="admin.signed_in").request_id == come.request_id
    session = client.cookies["keyturn_admin"].value
    assert not session or session not in str(LogEntry.objects.values())


@pytest.mark.spec("LOG-11", "SET-03")
def test_a_change_of_settings(super_admin: Client, logged: Logged) -> None:
    logged()
    switches = {"logging-dashboard": "on", "logging-api_failed": "on", "logging-blocked": "on"}
    answer = super_admin.post("/admin/settings/logging/save", switches, headers={"X-Request-Id": "my-request"})
    assert answer["X-Request-Id"] == "my-request"
    entry = logged()[-1]
    assert (entry.action, entry.request_id, entry.resource_kind) == ("update_settings", "my-request", "settings")
    assert entry.context["changes"] == {"logging.api": [True, False]}
    assert len(entry.context["session"]) == 12


@pytest.mark.spec("LOG-14")
def test_what_is_undone_is_not_logged(owner: Actor, logged: Logged) -> None:
    with transaction.atomic():
        products.create(owner, name="Gone", key_bits=2048)
        transaction.set_rollback(True)
    assert logged() == []


@pytest.mark.spec("LOG-11")
def test_many_changes_of_one_kind_are_one_entry(owner: Actor, logged: Logged) -> None:
    events = [audit.Entry("license.assigned", ("license", uuid4())) for _ in range(50)]
    audit.record_many(owner, events)
    (entry,) = logged()
    assert (entry.action, entry.context["count"], entry.resource_id) == ("update_license", 50, "")


@pytest.mark.spec("LOG-12")
def test_a_page_that_fails_is_logged(super_admin: Client, logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("token=abcdefghijkl")

    logged()
    monkeypatch.setattr("keyturn.portals.admin.views.products.product_source", broken, raising=False)
    monkeypatch.setattr("keyturn.portals.admin.views.products.PRODUCTS.__class__.respond", broken)
    super_admin.raise_request_exception = False
    assert super_admin.get("/admin/products").status_code == 500
    entry = logged()[-1]
    assert (entry.action, entry.level, entry.context["path"]) == ("server_error", 40, "/admin/products")
    assert "abcdefghijkl" not in entry.context["trace"]
