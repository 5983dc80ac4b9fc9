"""The pages of the system log and of the audit trail."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from keyturn.access.actors import Actor
from keyturn.config.cli import run as command
from keyturn.core.clock import now
from keyturn.licensing.products import services as products
from keyturn.operations.evidence import exporting
from keyturn.people.admins.models import Admin
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.logs import blocks
from keyturn.platform.logs.models import Category, Level, LogEntry
from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import ClientOf

pytestmark = pytest.mark.django_db
START = datetime(2026, 6, 1, 12, tzinfo=UTC)


def _log(action: str, **values: Any) -> LogEntry:
    values = {"category": Category.API, "environment": "production", "message": "", "at": now(), **values}
    return LogEntry.objects.create(action=action, **values)


def _actions(client: Client, query: str = "") -> list[str]:
    page = client.get(f"/admin/logs?{query}").content.decode()
    return re.findall(r'data-slot="title" class=""><span class="mono">([^<]+)<', page)


@pytest.fixture
def reader(client_of: ClientOf) -> Client:
    client = client_of("admin")
    LogEntry.objects.all().delete()
    return client


@pytest.mark.spec("LOG-01", "LOG-06")
def test_the_columns(reader: Client, owner: Actor) -> None:
    product = products.create(owner, name="Pro App", key_bits=2048)
    admin = Admin.objects.get()
    _log("update_product", category="dashboard", level=Level.WARNING, message="Product changed", ip="203.0.113.5",
         resource_kind="product", resource_id=str(product.uuid), user_kind="admin", user_id=str(admin.uuid),
         )  # fmt: skip
    _log("api_call", user_kind="api_key", user_label="Shop", resource_kind="product", resource_id=str(uuid4()))
    _log("job_completed", environment="", category="jobs", user_kind="system", user_label="jobs")
    page = reader.get("/admin/logs").content.decode()
    heads = re.findall(r'<th scope="col"[^>]*>(?:<span class="sr-only">)?([\w ]+)', page)
    assert heads == ["Time", "Level", "Category", "Action", "Resource", "User", "IP Address", "Details", "Actions"]
    assert _actions(reader) == ["job_completed", "api_call", "update_product"]
    for text in ("Product changed", "203.0.113.5", admin.name, "Shop", "System", "Warning", "Jobs"):
        assert text in page
    assert page.count(f'href="/admin/products/{product.uuid}"') == 1


@pytest.mark.spec("LOG-13", "LOG-02")
def test_calls_that_were_turned_away_are_found_by_the_code_of_the_reason(reader: Client) -> None:
    for number, rule in enumerate((blocks.COUNTRY, blocks.LISTED, blocks.FOREIGN, blocks.GUESSING)):
        _log(f"call_{number}", category=Category.BLOCKED, message=rule.text, context={"reason": rule.reason})
    assert _actions(reader, "search=GEO_BLOCKED") == ["call_0"]
    assert _actions(reader, "search=ip_blocklisted") == ["call_2", "call_1"]
    assert _actions(reader, "search=ABUSE_PATTERN&category=blocked") == ["call_3"]
    assert _actions(reader, "search=SQL_INJECTION_ATTEMPT") == []


@pytest.mark.spec("LOG-02")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("level=error", ["bad"]),
        ("category=jobs", ["job"]),
        ("action=api_call", ["api_call"]),
        ("at_from=2026-06-01&at_to=2026-06-01", ["old"]),
        ("level=error&category=jobs", []),
        ("search=could+not", ["bad"]),
        ("search=job", ["job"]),
        ("search=203.0.113.7", ["api_call"]),
        ("search=203.0.", ["api_call"]),
        ("search=PRO-ABCD-1234", ["api_call"]),
        ("search=kt_live_abcdef", ["api_call"]),
        ("search=ann%40example", ["person"]),
        ("search=Generator", ["kind"]),
        ("search=nothing+such", []),
    ],
)
def test_search_and_filters(reader: Client, query: str, found: list[str]) -> None:
    ann = Customer.objects.create(email="ann@example.com")
    _log("old", at=START)
    _log("bad", level=Level.ERROR, message="A webhook could not be told")
    # Only words of the vocabulary are searched as actions: these entries are told apart by other columns.
    _log("job", category="jobs", message="A job was completed")
    _log("api_call", ip="203.0.113.7", license_start="PRO-ABCD", key_start="kt_live_abcdef")
    _log("person", category="portal", user_kind="customer", user_id=str(ann.uuid))
    _log("kind", category="dashboard", resource_kind="generator")
    assert _actions(reader, query) == found


@pytest.mark.spec("LOG-03")
@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sort=time&direction=asc", "abc"),
        ("sort=level&direction=desc", "acb"),
        ("sort=level&direction=asc", "bca"),
        ("sort=action&direction=desc", "cba"),
        ("sort=ip&direction=asc", "bca"),
    ],
)
def test_order(reader: Client, query: str, found: str) -> None:
    _log("a", level=Level.ERROR, ip="9.9.9.9", at=START)
    _log("b", level=Level.DEBUG, ip="1.1.1.1", at=START + timedelta(1))
    _log("c", level=Level.WARNING, ip="5.5.5.5", at=START + timedelta(2))
    assert "".join(_actions(reader, query)) == found


@pytest.mark.spec("LOG-02")
def test_pages_go_on_from_row_to_row(reader: Client) -> None:
    # Three at a time have the same moment, and some belong to the whole installation.
    for number in range(25):
        _log(
            f"n{number:02}",
            at=START + timedelta(seconds=number // 3),
            environment="" if number % 4 == 0 else "production",
        )
    _log("elsewhere", environment="staging")
    newest = [f"n{number:02}" for number in reversed(range(25))]
    first = reader.get("/admin/logs?per_page=10").content.decode()
    following = re.search(r'id="page-next" href="([^"]+)"', first)
    assert following
    assert "of <span" in first
    assert ">25</span> entries" in first
    # New entries do not shift what follows.
    _log("later")
    query = following[1].partition("?")[2].replace("&amp;", "&")
    assert _actions(reader, query) == newest[10:20]
    second = reader.get(f"/admin/logs?{query}").content.decode()
    on, back = (re.search(rf'id="page-{name}" href="([^"]+)"', second) for name in ("next", "previous"))
    assert on
    assert back
    assert _actions(reader, on[1].partition("?")[2].replace("&amp;", "&")) == newest[20:]
    assert _actions(reader, back[1].partition("?")[2].replace("&amp;", "&")) == newest[:10]
    assert _actions(reader, "per_page=10&from=after:nonsense-1") == ["later", *newest[:9]]


@pytest.mark.spec("LOG-08")
def test_the_filtered_entries_as_a_file(reader: Client) -> None:
    for number in range(3):
        _log("api_call", ip=f"10.0.0.{number}", request_id=f"r{number}", level=Level.WARNING)
    _log("other")
    answer = reader.get("/admin/logs/export?level=warning&format=csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer.streaming_content).decode())))
    assert rows[0] == ["Time", "Level", "Category", "Action", "Resource Type", "Resource ID", "User", "IP Address",
                       "Message", "Request ID"]  # fmt: skip
    assert [(row[3], row[7], row[9]) for row in rows[1:]] == [("api_call", f"10.0.0.{n}", f"r{n}") for n in (2, 1, 0)]
    assert b"".join(reader.get("/admin/logs/export?format=json").streaming_content).count(b'"action"') == 4
    event = AuditEvent.objects.filter(action="list.exported").earliest("pk")
    assert (event.changes["list"], event.changes["filters"]) == ("logs", {"level": "warning"})


@pytest.mark.spec("LOG-01", "LOG-12")
def test_an_entry_as_panel_and_as_page(reader: Client) -> None:
    entry = _log(
        "api_call", context={"endpoint": "verify", "milliseconds": 3.1, "trace": "Traceback <b>", "status": 500}
    )
    panel = reader.get(f"/admin/logs/{entry.uuid}", headers={"HX-Request": "true", "HX-Target": "dialogs"})
    page = reader.get(f"/admin/logs/{entry.uuid}").content.decode()
    for html in (panel.content.decode(), page):
        for text in ("verify", "3.1 ms", "Traceback &lt;b&gt;", "500"):
            assert text in html
    assert panel.content.strip().startswith(b"<dialog")
    elsewhere = _log("api_call", environment="staging")
    assert reader.get(f"/admin/logs/{elsewhere.uuid}").status_code == 404


@pytest.mark.spec("LOG-17", "LOG-15")
def test_the_audit_trail_is_filtered(reader: Client, owner: Actor) -> None:
    product = products.create(owner, name="Pro App", key_bits=2048)
    audit.record(owner, audit.Entry("product.updated", ("product", product.uuid), {"name": ["Old", "Pro App"]}))
    me = Admin.objects.get()

    def labels(query: str) -> list[str]:
        page = reader.get(f"/admin/audit-trails?{query}").content.decode()
        return re.findall(r'<span class="hint mono">([\w.]+)</span>', page)

    assert labels(f"record={product.uuid}") == ["product.updated", "product.created"]
    assert labels(f"search={product.uuid}") == ["product.updated", "product.created"]
    assert labels("action=product.created") == ["product.created"]
    assert labels("type=product&at_to=2001-01-01") == []
    assert "product.created" not in labels(f"actor={me.uuid}")
    assert labels(f"actor_id={owner.id}&type=product") == ["product.updated", "product.created"]
    assert set(labels("actor=system")) <= {"admin.created"}
    assert labels("search=nonsense") == []


@pytest.mark.spec("LOG-17")
def test_the_page_of_a_record_leads_to_its_entries(client_of: ClientOf, owner: Actor) -> None:
    product = products.create(owner, name="Pro App", key_bits=2048)
    link = f'href="/admin/audit-trails?record={product.uuid}"'
    assert link in client_of("admin").get(f"/admin/products/{product.uuid}").content.decode()
    assert link not in client_of("operator").get(f"/admin/products/{product.uuid}").content.decode()


@pytest.mark.spec("LOG-17", "LOG-18")
def test_an_audit_entry_shows_before_and_after(reader: Client, owner: Actor) -> None:
    changes = {"name": ["Old <b>", "New"], "mail.password": "changed", "tags": ["a", "b", "c"]}
    event = audit.record(owner, audit.Entry("product.updated", ("product", uuid4()), changes, note="As asked"))
    page = reader.get(f"/admin/audit-trails/{event.uuid}").content.decode()
    assert re.search(r"Name</th><td[^>]*>Old &lt;b&gt;</td><td[^>]*>New</td>", page)
    for text in ("As asked", "Reason</dt>", "changed", "mail.password", str(event.subject_id)):
        assert text in page
    named = audit.record(owner, audit.Entry("webhook.deleted", ("webhook", uuid4()), note="Web shop"))
    page = reader.get(f"/admin/audit-trails/{named.uuid}").content.decode()
    assert re.search(r"<dt>Name</dt><dd><span[^>]*>Web shop</span>", page)
    rows = b"".join(reader.get("/admin/audit-trails/export?action=product.updated").streaming_content).decode()
    assert "As asked" in rows
    assert AuditEvent.objects.filter(action="list.exported", changes__list="audit-trails").exists()


@pytest.mark.spec("CUS-43", "LOG-15")
def test_reasons_and_addresses_are_gone_with_their_customer(reader: Client, owner: Actor) -> None:
    customer = uuid4()
    entry = audit.Entry("customer.signed_in", ("customer", customer), customer=customer, note="Said his name")
    event = audit.record(Actor("customer", str(customer), environment="production", ip="198.51.100.7"), entry)
    page = reader.get(f"/admin/audit-trails/{event.uuid}").content.decode()
    assert "Said his name" in page
    assert "198.51.100.7" in page
    audit.forget(customer)
    page = reader.get(f"/admin/audit-trails/{event.uuid}").content.decode()
    assert "Said his name" not in page
    assert "198.51.100.7" not in page
    assert f"Deleted Customer #{customer}" in page


@pytest.mark.spec("DSH-12", "DSH-15")
def test_the_dashboard_leads_to_the_log(client_of: ClientOf) -> None:
    assert "View All Logs" in client_of("admin").get("/admin/dashboard").content.decode()
    assert "View All Logs" not in client_of("operator").get("/admin/dashboard").content.decode()
    preferences.set_value("logging.dashboard", False)
    assert "No Recent Activity" in client_of("admin").get("/admin/dashboard/activity").content.decode()


@pytest.mark.spec("LOG-17")
def test_the_filtered_trail_comes_as_a_file_that_proves_itself(reader: Client, owner: Actor, tmp_path: Path) -> None:
    for name in ("Pro App", "Mini App"):
        products.create(owner, name=name)
    assert "Signed, for proof" in reader.get("/admin/audit-trails").content.decode()
    answer = reader.get("/admin/audit-trails/export?action=product.created&format=signed")
    assert re.fullmatch(r'attachment; filename="audit-trails-\d{4}-\d\d-\d\d\.zip"', answer["Content-Disposition"])
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as folder:
        folder.extractall(tmp_path)
    (file,) = tmp_path.glob("*.jsonl")
    pem = file.with_name(f"{file.name}.pem")
    assert command(["audit", "verify-export", str(file)]) == 0
    assert exporting.verify(file, pem.read_bytes()).count == 2
    file.write_text(file.read_text().replace("Mini", "Tiny"))
    assert command(["audit", "verify-export", str(file)]) == 1
    assert AuditEvent.objects.get(action="audit.exported").changes["filters"] == {"action": "product.created"}
