"""The signing keys of a product: exchanging them, and telling whether they are in order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.crypto import Unreadable
from keyturn.licensing.products.events import entry
from keyturn.licensing.products.models import Product
from keyturn.licensing.products.tasks import end_grace
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.models import KeyPair
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue
from keyturn.platform.preferences import services as preferences


def rotate(actor: Actor, product: Product) -> KeyPair:
    """Give `product` a new key pair under its selected algorithm and archive the present one (PRD-30).

    The new public key is handed out at once; the archived pair goes on signing answers through the
    grace period, so that programs in use have time to get the new key. Takes seconds: call it outside
    a transaction.
    """
    require(actor, Permission.ROTATE_KEYS)
    grace = timedelta(days=preferences.get("keys.rotation_grace_days"))
    fresh = signing.draw(str(product.uuid), product.key_bits, product.signing_algorithm)
    with transaction.atomic():
        until = now() + grace
        old = signing.replace(fresh, until)
        if old is not None and grace:
            enqueue(end_grace, environment=product.environment, at=until, product=str(product.uuid))
        changes = {
            "key_pair": [str(old.uuid) if old else None, str(fresh.uuid)],
            "algorithm": [old.algorithm if old else None, fresh.algorithm],
            "grace_until": [None, until.isoformat() if old and grace else None],
        }
        audit.record(actor, entry("product.keys_rotated", product, changes))
    return fresh


@dataclass(frozen=True, slots=True)
class Health:
    """What a test of a product's keys found. `fault` is what is broken, `hint` what is unusual, or empty."""

    product: Product
    fault: str = ""
    hint: str = ""


def check(products: Sequence[Product]) -> list[Health]:
    """Sign and verify test data with the keys of every product (PRD-22)."""
    pairs: dict[str, list[KeyPair]] = {}
    for pair in KeyPair.objects.filter(holder__in=[str(product.uuid) for product in products]).order_by("pk"):
        pairs.setdefault(pair.holder, []).append(pair)
    return [_health(product, pairs.get(str(product.uuid), [])) for product in products]


def _health(product: Product, pairs: list[KeyPair]) -> Health:
    used = [pair for pair in pairs if pair.signs or pair.archived_at is None]
    if not used:
        return Health(product, fault="There are no keys. Rotate the keys to make a pair.")
    fault = next((text for text in map(_fault, used) if text), "")
    current = next((pair for pair in used if pair.archived_at is None), None)
    if current is not None and current.algorithm != product.signing_algorithm:
        label = Product.Algorithm(current.algorithm).label
        return Health(product, fault, f"Signs with {label} until the keys are rotated.")
    return Health(product, fault, "A rotation's grace period is running." if len(used) > 1 else "")


def _fault(pair: KeyPair) -> str:
    try:
        if not signing.belongs_together(pair):
            return "The private key and the public key do not belong together. Rotate the keys."
    except Unreadable:
        return "The private key cannot be decrypted. Check KEYTURN_ENCRYPTION_KEYS, or rotate the keys."
    except (ValueError, TypeError):
        return "The stored keys are damaged. Rotate the keys."
    return ""
