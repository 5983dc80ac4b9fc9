"""What the API does later: calls back, and random assignment in the background (docs/spec/api-v1.md 11.2, 11.7)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission
from keyturn.api import envelope, signers
from keyturn.api.envelope import Result
from keyturn.api.v1.stock import RandomAssign, hand_out
from keyturn.core import clock
from keyturn.core.errors import Invalid, Refused
from keyturn.licensing.licenses.models import Activation
from keyturn.licensing.products.models import Product
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.customers.models import Customer
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run
from keyturn.platform.webhooks import outbox
from keyturn.platform.webhooks.catalog import ACTIVATION_ENDED, LICENSES_ASSIGNED


@job(queue="high", title="Tell a program that its activation ended")
def device_removed(run: Run, *, activation_id: int) -> None:
    """Queue the callback for a device that was ended from this side, if the program left an address."""
    rows = Activation.objects.select_related("license__product", "license__customer").exclude(post_url="")
    device = rows.filter(pk=activation_id).first()
    if device is not None:
        fields = {"license_key": device.license.license_key, "identifier": device.identifier}
        license = device.license
        _post(device.post_url, ACTIVATION_ENDED, Result(400, fields), license.product, license.customer)


@job(timeout=300, title="Random assignment")
def random_assign(run: Run, *, api_key: str, product: str, given: dict[str, Any]) -> dict[str, int]:
    """Hand licenses out as asked, and queue the callback in the same transaction."""
    wanted = RandomAssign.read(given)
    # Whether the key may was asked when it queued this.
    key = ApiKey.objects.filter(uuid=api_key).first()
    named = Product.objects.filter(uuid=UUID(product)).first()
    with transaction.atomic():
        result = Result(805)
        if named is not None:
            permissions = frozenset({Permission.MANAGE_LICENSES, Permission.ASSIGN_LICENSES})
            actor = Actor("api_key", api_key, key.name if key else "", permissions, named.environment)
            result = _handed_out(actor, wanted, named)
        result = replace(result, fields={**result.fields, "identifier": given.get("identifier", "")})
        if given.get("webhook_url"):
            owner = Customer.objects.filter(email=(wanted.owner_email or "").strip().lower()).first()
            _post(given["webhook_url"], LICENSES_ASSIGNED, result, named, owner)
    return {"code": result.code}


def _handed_out(actor: Actor, wanted: RandomAssign, product: Product) -> Result:
    try:
        with transaction.atomic():
            return hand_out(actor, wanted, product)
    except Invalid as error:
        return Result(901, {"errors": error.errors})
    except Refused as error:
        return Result(901, {"errors": {"request": [error.message]}})


def _post(url: str, name: str, result: Result, product: Product | None, customer: Customer | None) -> None:
    signer = signers.of_product(product)
    body = envelope.render(result, profile="document", timestamp=int(clock.now().timestamp()), signer=signer)
    outbox.call_back(
        url,
        body.decode(),
        name,
        environment=product.environment if product else "",
        customer=customer.uuid if customer else None,
    )
