"""Exports that a job prepares: large ones for the page, and those that the customer gets by link (CUS-41)."""

import base64
from datetime import timedelta
from typing import cast

from django.db import transaction
from django.db.models import QuerySet

from keyturn.access.actors import Actor, ActorKind
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.licenses.models import Activation, License
from keyturn.operations.privacy import services
from keyturn.operations.privacy.models import Delivery, PreparedExport
from keyturn.operations.privacy.services import File
from keyturn.people.customers.models import Customer
from keyturn.people.signin.alerts import in_words
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue, progress
from keyturn.platform.mail import services as mail
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.addresses import public_url

# Above this many records a page would keep its reader waiting.
LARGE = 2000
_KEPT_FOR_DOWNLOAD = timedelta(days=1)


def is_large(customer: Customer) -> bool:
    """Whether an export of this customer is better left to a job."""
    rows = (License.objects.of(customer), Activation.objects.of(customer), AuditEvent.objects.timeline(customer.uuid))
    return sum(part.order_by()[: LARGE + 1].count() for part in rows) > LARGE


@transaction.atomic
def prepare(actor: Actor, customer: Customer, format: str, *, delivery: Delivery) -> PreparedExport:
    """Have a job make the file, for DOWNLOAD from the page or as a LINK mailed to the customer.

    Raises Invalid, Refused.
    """
    require(actor, Permission.EXPORT_CUSTOMERS)
    return _prepare(actor, customer, format, delivery)


@transaction.atomic
def prepare_own(actor: Actor, customer: Customer, format: str) -> PreparedExport:
    """The same for the customer himself; while one of this format is under way, that one (CUS-42).

    Raises Invalid.
    """
    require_own(actor, Right.EXPORT, customer.uuid)
    for waiting in own(customer).filter(format=format, sealed="").order_by("-pk")[:1]:
        found = progress(waiting.job) if waiting.job else None
        if found and found.status in ("queued", "processing"):
            return waiting
    return _prepare(actor, customer, format, Delivery.PORTAL)


def own(customer: Customer) -> QuerySet[PreparedExport]:
    """What a customer has asked for himself and can still fetch."""
    return PreparedExport.objects.filter(customer=customer, delivery=Delivery.PORTAL, expires_at__gt=now())


def _prepare(actor: Actor, customer: Customer, format: str, delivery: Delivery) -> PreparedExport:
    services.check(customer, format)
    lifetime = timedelta(days=preferences.get("links.export_days")) if delivery == Delivery.LINK else _KEPT_FOR_DOWNLOAD
    prepared = PreparedExport.objects.create(
        customer=customer,
        format=format,
        delivery=delivery,
        actor_kind=actor.kind,
        actor_id=actor.id,
        expires_at=now() + lifetime,
    )
    prepared.job = enqueue("privacy.prepare_export", uuid=str(prepared.uuid))
    prepared.save(update_fields=["job"])
    return prepared


@transaction.atomic
def finish(prepared: PreparedExport, file: File) -> None:
    """Keep the file, sealed with the customer's key; mail the link where that was asked for."""
    customer = prepared.customer
    content = {"name": file.name, "type": file.content_type, "content": base64.b64encode(file.content).decode()}
    prepared.sealed = audit.seal(customer.uuid, content)
    if prepared.delivery == Delivery.LINK:
        token = crypto.new_token()
        prepared.token_hash = crypto.token_hash(token)
        mail.queue(
            "data-export-ready",
            to=customer.email,
            variables={
                "customer_name": customer.name,
                "action_url": public_url(f"/customer/export?token={token}"),
                "expiry_date": in_words(prepared.expires_at),
            },
            customer=customer.uuid,
            key=f"export:{prepared.uuid}",
        )
        # Whether he follows the link is his business; that it was sent to him stays on record.
        services.note(_author(prepared), customer, prepared.format, Delivery.LINK, prepared.requested_at)
    prepared.save(update_fields=["sealed", "token_hash"])


def by_token(token: str) -> PreparedExport | None:
    """The export behind a mailed link, while it can be fetched. Looking uses nothing up."""
    found = PreparedExport.objects.select_related("customer").filter(
        token_hash=crypto.token_hash(token), expires_at__gt=now(), customer__erased_at=None
    )
    return found.first() if token else None


def fetch(actor: Actor, prepared: PreparedExport) -> File:
    """The file of an export for its page. Raises Refused while it is not ready."""
    require(actor, Permission.EXPORT_CUSTOMERS)
    return _deliver(prepared)


def fetch_own(actor: Actor, prepared: PreparedExport) -> File:
    """The file of his own export. Raises Refused while it is not ready."""
    require_own(actor, Right.EXPORT, prepared.customer.uuid)
    return _deliver(prepared)


def fetch_by_link(token: str) -> File:
    """The file behind a mailed link; it can be fetched again until it expires. Raises Refused."""
    prepared = by_token(token)
    if prepared is None:
        raise Refused("This link is not good any more. Ask for your data again.")
    return _deliver(prepared)


@transaction.atomic
def _deliver(prepared: PreparedExport) -> File:
    row = PreparedExport.objects.select_for_update().select_related("customer").get(pk=prepared.pk)
    held = audit.unseal(row.customer.uuid, row.sealed) if row.sealed else {}
    if not held:
        raise Refused("The export is not ready yet. Wait a moment.")
    if row.delivered_at is None:
        row.delivered_at = now()
        row.save(update_fields=["delivered_at"])
        if row.delivery == Delivery.LINK:
            himself = Actor("customer", id=str(row.customer.uuid))
            subject = ("customer", row.customer.uuid)
            audit.record(himself, audit.Entry("customer.export_fetched", subject, customer=row.customer.uuid))
        else:
            services.note(_author(row), row.customer, row.format, Delivery(row.delivery), row.requested_at)
    return File(held["name"], held["type"], base64.b64decode(held["content"]))


def _author(prepared: PreparedExport) -> Actor:
    return Actor(cast(ActorKind, prepared.actor_kind), id=prepared.actor_id)
