"""One of everything that an address of the Admin Portal can name.

A route with a new kind of parameter needs a line in KNOWN: the word before the parameter and its
name, with how to find or make the thing. The tests of this folder fail until it is there.
"""

import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.urls import URLPattern, reverse

from keyturn.access.actors import system
from keyturn.access.permissions import Role
from keyturn.access.scope import Environment
from keyturn.core.ids import uuid7
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import Change
from keyturn.licensing.changelog.drafts import Draft as Written
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, services
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.offline import services as offline
from keyturn.licensing.offline.document import Terms
from keyturn.licensing.offline.models import IssuedFile
from keyturn.licensing.products import images
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.licensing.signing import services as signing
from keyturn.operations.imports import passes
from keyturn.operations.imports import services as imports
from keyturn.operations.imports.models import Import
from keyturn.operations.privacy import prepared
from keyturn.operations.privacy import services as privacy
from keyturn.operations.privacy.models import Delivery, PreparedExport
from keyturn.operations.retention.models import Policy
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys import services as apikeys
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.people.signin import sessions
from keyturn.people.signin.models import Passkey, Session
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.models import Execution, Job
from keyturn.platform.logs.models import LogEntry
from keyturn.platform.mail import editing
from keyturn.platform.mail import services as mail
from keyturn.platform.mail.drafts import Draft
from keyturn.platform.mail.models import EmailTemplate, Message
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Delivery as WebhookDelivery
from keyturn.platform.webhooks.models import Webhook
from keyturn.portals.admin import urls
from keyturn.portals.admin.customer_access import ACTIONS
from tests.licensing import shelf

ROUTES: list[URLPattern] = list(urls.urlpatterns)
GUARDED = [one for one in ROUTES if one.callback.declared_permission is not None]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CROWD = 101
_HOARDER = "many@example.com"
_RARE = "contract.suspended"
_LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_FAILED: dict[str, Any] = {
    "kind": "webhooks.send",
    "queue": "webhooks",
    "priority": 1,
    "status": "failed",
    "failed_at": _LONG_AGO,
    "attempts": 3,
    "exception": "OSError: no route to host",
    "trace": "Traceback: OSError",
}
_ATTEMPT: dict[str, Any] = {"attempt": 1, "started_at": _LONG_AGO}
_PEOPLE = ("john@example.com", "sarah@company.com")


def build() -> None:
    """A product with generator and keys, stock, two customers, devices, a batch under way."""
    me = system("contract", Environment.PRODUCTION)
    product = products.create(me, name="Pro App", key_bits=2048)
    signing.ensure(str(product.uuid), 2048)
    images.store(me, product, b"\x89PNG\r\n\x1a\n")
    changelog.create(me, product, Written("1.0.0", "The first one", (Change("features", "All of it"),)))
    generator = generators.create(me, product=product, name="One year", type="chunk", prefix="P-", activation_limit=3)
    services.generate(me, generator, 2)
    for email in _PEOPLE:
        license = services.issue(me, generator, email)
        activations.activate(me, license, identifier=f"PC-{email}", kind="hardware", ip="203.0.113.24")
        license.refresh_from_db()
        offline.issue(me, license, Terms(hardware_id=f"PC-{email}"))
    invited = admins.add(me, name="Invited Person", email="invited@example.com", role=Role.VIEWER)
    sessions.begin(invited, "world", sessions.Visitor())
    Passkey.objects.create(admin=invited, name="Laptop", host="testserver", credential_id="AA", public_key="AA")
    file = io.BytesIO(b"license_key,email\nKEY-0001,ann@example.com\n")
    passes.check(imports.upload(me, file, "keys.csv", product=product, generator=generator))
    services.generate_later(me, generator, 1000)
    apikeys.create(me, name="Shop", environment="production")
    editing.create(me, Draft("Note", "note", "Own", "A note", "Hello {{customer_name}}"))
    prepared.prepare(me, Customer.objects.earliest("pk"), "json", delivery=Delivery.DOWNLOAD)
    shelf.release(me, product, changelog="- Dark mode")
    shelf.upload(me)
    Job.objects.create(**_FAILED, sealed_payload="")
    Execution.objects.create(job=uuid7(), kind=_FAILED["kind"], queue="bulk", outcome="completed", **_ATTEMPT)
    mail.queue("magic-link", to=_PEOPLE[0], variables={"action_url": "https://example.com/x"})
    # An address without a name: nothing is looked up, and nothing is sent.
    hook = webhooks.create(me, name="Shop", url="https://9.9.9.9/x", environment="production", events=[_RARE])
    webhooks.test(me, hook)
    LogEntry.objects.create(category="api", action="api_call", environment="production", ip="203.0.113.24")
    folding.fold()


def crowd() -> None:
    """More than a hundred of everything that has a list, and one customer who has much of it."""
    me = system("contract", Environment.PRODUCTION)
    for number in range(_CROWD):
        product = products.create(me, name=f"Product {number}", key_bits=2048)
        generators.create(me, product=product, name=f"Generator {number}", type="uuid", activation_limit=1)
        changes = (Change("fixes", "One"), Change("features", "Two"))
        changelog.create(me, product, Written(f"2.{number}", "More", changes))
        draft = Draft(f"Note {number}", f"note-{number}", "Own", "A note", "Hello {{customer_name}}")
        editing.create(me, draft)
        apikeys.create(me, name=f"Key {number}", environment="production")
        admins.add(me, name=f"Admin {number}", email=f"admin{number}@example.com", role=Role.VIEWER)
        hook = webhooks.create(me, name=f"H{number}", url="https://9.9.9.9/x", environment="staging", events=[_RARE])
        webhooks.test(me, hook)
        shelf.release(me, product, names=[f"a{n}.zip" for n in range(number % 3 + 1)])
    Job.objects.bulk_create(Job(**_FAILED, sealed_payload="") for _ in range(_CROWD))
    Execution.objects.bulk_create(
        Execution(job=uuid7(), kind=_FAILED["kind"], queue="bulk", outcome="failed", **_ATTEMPT) for _ in range(_CROWD)
    )
    roomy = generators.create(me, product=product, name="Roomy", type="uuid", activation_limit=-1, validity_count=20)
    for number, license in enumerate(services.generate(me, roomy, _CROWD).licenses):
        services.assign(me, license, f"person{number}@example.com")
        activations.activate(me, license, identifier="PC", kind="hardware", ip="203.0.113.25")
        privacy.export(me, Customer.objects.latest("pk"), "json")
    LogEntry.objects.bulk_create(
        LogEntry(category="dashboard", action="login", environment="production", user_kind="admin", user_id=str(uuid))
        for uuid in Admin.objects.values_list("uuid", flat=True)
    )
    large = services.issue(me, roomy, _HOARDER)
    for number in range(_CROWD):
        activations.activate(me, large, identifier=f"PC-{number}", kind="hardware", ip="203.0.113.25")
    file = {"key_pair": IssuedFile.objects.earliest("pk").key_pair, "license_version": 1}
    IssuedFile.objects.bulk_create(IssuedFile(license=large, domain=f"d{n}.example.com", **file) for n in range(_CROWD))
    hoard = services.generate(me, Generator.objects.earliest("pk"), 40).licenses
    services.assign_many(me, hoard, _HOARDER)
    for license in hoard:
        activations.activate(me, license, identifier="PC-0", kind="hardware", ip="203.0.113.25")


def _line() -> Notification:
    """What stands in the inbox of who signed in last, or else came first."""
    admin = Admin.objects.order_by(F("last_login").desc(nulls_last=True), "pk")[0]
    mine = Notification.objects.of(admin).first()
    return mine or Notification.objects.create(admin=admin, type="system", title="Told", link_kind="profile")


Things = dict[tuple[str, str], Callable[[], object]]
KNOWN: Things = {
    ("logs", "uuid"): lambda: LogEntry.objects.earliest("pk").uuid,
    ("audit-trails", "uuid"): lambda: AuditEvent.objects.filter(environment="production").earliest("pk").uuid,
    ("access", "name"): lambda: ACTIONS[0].name,
    ("changelog", "uuid"): lambda: Entry.objects.earliest("pk").uuid,
    ("admins", "uuid"): lambda: Admin.objects.get(name="Invited Person").uuid,
    ("api-keys", "uuid"): lambda: ApiKey.objects.earliest("pk").uuid,
    ("customers", "uuid"): lambda: Customer.objects.earliest("pk").uuid,
    ("licenses", "uuid"): lambda: License.objects.filter(customer__isnull=False).earliest("pk").uuid,
    ("activations", "uuid"): lambda: Activation.objects.earliest("pk").uuid,
    ("products", "uuid"): lambda: Product.objects.earliest("pk").uuid,
    ("generators", "uuid"): lambda: Generator.objects.earliest("pk").uuid,
    ("downloadables", "uuid"): lambda: Release.objects.earliest("pk").uuid,
    ("files", "file"): lambda: ReleaseFile.objects.filter(release__isnull=False).earliest("pk").uuid,
    ("uploads", "uuid"): lambda: ReleaseFile.objects.get(release=None).uuid,
    ("email-templates", "uuid"): lambda: EmailTemplate.objects.earliest("pk").uuid,
    ("imports", "uuid"): lambda: Import.objects.earliest("pk").uuid,
    ("outbox", "uuid"): lambda: Message.objects.earliest("pk").uuid,
    ("notifications", "uuid"): lambda: _line().uuid,
    ("passkeys", "passkey"): lambda: Passkey.objects.earliest("pk").uuid,
    ("sessions", "session"): lambda: Session.objects.get(method="world").uuid,
    ("webhooks", "uuid"): lambda: Webhook.objects.earliest("pk").uuid,
    ("webhook-deliveries", "uuid"): lambda: WebhookDelivery.objects.earliest("pk").uuid,
    ("set-up", "name"): lambda: "secret.txt",
    ("exports", "prepared"): lambda: PreparedExport.objects.earliest("pk").uuid,
    ("background-jobs", "uuid"): lambda: Job.objects.failed().earliest("pk").uuid,
    ("retention-policies", "uuid"): lambda: Policy.objects.earliest("pk").uuid,
    ("batches", "job"): lambda: Job.objects.get(kind__endswith="generate_batch").uuid,
}

# The same kinds of things with many parts, once there is a crowd.
LARGE: Things = {
    ("customers", "uuid"): lambda: Customer.objects.get(email=_HOARDER).uuid,
    ("licenses", "uuid"): lambda: License.objects.get(customer__email=_HOARDER, activation_limit=-1).uuid,
}


def parameters(pattern: URLPattern) -> list[tuple[str, str]]:
    """The keys in KNOWN that a route needs."""
    return re.findall(r"([a-z-]+)/<\w+:(\w+)>", str(pattern.pattern))


def address(pattern: URLPattern, instead: Things | None = None) -> str:
    """The address of a route, about things that exist; those of `instead` before others."""
    values = {key[1]: {**KNOWN, **(instead or {})}[key]() for key in parameters(pattern)}
    return reverse(f"admin:{pattern.name}", kwargs=values)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside leaves no trace in the database."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
