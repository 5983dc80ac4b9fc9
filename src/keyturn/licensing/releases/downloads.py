"""Downloads: authorised each time, counted, and put on the customer's timeline (DLD-34)."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, Right, require, require_own
from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.licensing.licenses.models import License
from keyturn.licensing.releases import entitlement, links
from keyturn.licensing.releases.entitlement import Verdict
from keyturn.licensing.releases.events import entry
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.people.customers.models import Customer
from keyturn.platform.audit import services as audit
from keyturn.platform.audit.services import Entry
from keyturn.platform.storage import services as storage
from keyturn.platform.storage.places import Missing, Unavailable


class Denied(Refused):
    """This customer may not have this file; `message` says why."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A release that a customer sees, and whether he may have it."""

    release: Release
    verdict: Verdict
    license: License | None


@dataclass(frozen=True, slots=True)
class Versions:
    """Which published versions a license opens (CLP-22). `refusal`: why not the newest, empty when it does."""

    opened: int
    published: int
    newest: str
    refusal: str


def versions(license: License) -> Versions | None:
    """What `license`, whose product is loaded, opens now; None while its product has no release."""
    at = now()
    rows = Release.objects.visible(at).filter(product=license.product_id).defer("changelog").newest_first()
    judged = [(row, entitlement.judge(row, license, at)) for row in rows]
    if not judged:
        return None
    opened = [row for row, verdict in judged if verdict.allowed]
    newest = opened[0].version if opened else ""
    return Versions(len(opened), len(judged), newest, judged[0][1].message)


def offers(customer: Customer) -> list[Offer]:
    """What `customer` may download now, by product and newest first; files and products are loaded (CLP-40)."""
    at, held = now(), _licenses(customer)
    releases = Release.objects.visible(at).filter(product__in=list(held)).select_related("product")
    rows = releases.prefetch_related("files").order_by("product__name", "product_id", "-numeric_version")
    judged = (Offer(row, *entitlement.best(row, held[row.product_id], at)) for row in rows)
    return [offer for offer in judged if offer.verdict.allowed]


def allow_own(actor: Actor, customer: Customer, file: ReleaseFile) -> License:
    """The license by which `customer` may have `file`, read with its release. Raises Denied, Missing."""
    require_own(actor, Right.DOWNLOAD, customer.uuid)
    release = file.release
    assert release is not None
    held = _licenses(customer).get(release.product_id, [])
    verdict, license = entitlement.best(release, held, now())
    if not verdict.allowed or license is None:
        raise Denied(verdict.message)
    check_there(file)
    return license


def check_there(file: ReleaseFile) -> None:
    """Raise Missing unless the storage still has the bytes, whole."""
    try:
        if storage.place(file.storage).size(file.key) != file.size:
            raise Missing
    except Unavailable as problem:
        raise Refused("The file cannot be fetched at the moment. Try again in a few minutes.") from problem


@transaction.atomic
def record(actor: Actor, file: ReleaseFile, license: License) -> None:
    """Count a download that begins, and put it on the timeline of whoever owns `license`."""
    release = file.release
    assert release is not None
    Release.objects.filter(pk=release.pk).update(downloads=F("downloads") + 1)
    ReleaseFile.objects.filter(pk=file.pk).update(downloads=F("downloads") + 1)
    owner = license.customer
    audit.record(
        actor,
        Entry(
            "customer.downloaded",
            ("release", release.uuid),
            {"product": release.product.name, "version": release.version, "file": file.name},
            customer=owner.uuid if owner else None,
            license=license.uuid,
            environment=release.environment,
            personal={"ip": actor.ip} if owner and actor.ip else None,
        ),
    )


def link_for_anybody(actor: Actor, file: ReleaseFile) -> str:
    """The signature of a link that opens `file`, a draft's too, to whoever has it for 15 minutes (C3)."""
    require(actor, Permission.MANAGE_RELEASES)
    assert file.release is not None
    audit.record(actor, entry("release.link_issued", file.release, {"file": file.name}))
    return links.sign(file.uuid, ANYBODY)


ANYBODY = "anybody"


def _licenses(customer: Customer) -> dict[int, list[License]]:
    rows = License.objects.of(customer).filter(status__in=("assigned", "active")).select_related("product", "customer")
    held: dict[int, list[License]] = {}
    for row in rows:
        held.setdefault(row.product_id, []).append(row)
    return held
