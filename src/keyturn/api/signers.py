"""Which key signs an answer: the product's, the API key's default product's, the installation's (6.3)."""

import logging
from collections.abc import Callable
from uuid import UUID

from keyturn.core.crypto import Unreadable
from keyturn.licensing.licenses.facts import LicenseRecord
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.licensing.signing.services import Signer
from keyturn.people.apikeys.authentication import Credential

log = logging.getLogger(__name__)


Choose = Callable[[Credential | None, LicenseRecord | None, int | UUID | None, str | None], Signer | None]


def choose(
    key: Credential | None, license: LicenseRecord | None, named: int | UUID | None, installation: str | None = None
) -> Signer | None:
    """The signer of an answer about `license`, or about another product that the caller `named`.

    A client holds one public key, that of the product it names. `installation` is the UUID of the
    installation's pair, if the caller has read it. None when the private key cannot be read: the answer
    then says so in place of a signature.
    """
    try:
        return _license(license, named) or _named(key, named) or _license(license) or _fallback(key, installation)
    except Unreadable:
        log.exception("A private key cannot be unsealed: check KEYTURN_ENCRYPTION_KEYS")
        return None


def of_product(product: Product | None) -> Signer | None:
    """The signer of what is said about a product when nobody asked."""
    try:
        pair = signing.signing_pair(str(product.uuid)) if product else None
        return signing.signer(pair.uuid) if pair else signing.installation_signer()
    except Unreadable:
        log.exception("A private key cannot be unsealed: check KEYTURN_ENCRYPTION_KEYS")
        return None


def _license(license: LicenseRecord | None, named: int | UUID | None = None) -> Signer | None:
    product = license.product if license else None
    if product is None or product.pair is None:
        return None
    if named is None or str(named) in (str(product.id), product.uuid):
        return signing.signer(product.pair)
    return None


def _named(key: Credential | None, identity: int | UUID | None) -> Signer | None:
    product = find_product(key, identity) if key and identity is not None else None
    pair = signing.signing_pair(str(product.uuid)) if product else None
    return signing.signer(pair.uuid) if pair else None


def _fallback(key: Credential | None, installation: str | None) -> Signer:
    default = _named(key, key.default_product if key else None)
    if default is None and installation:
        return signing.signer(installation, installation=True)
    return default or signing.installation_signer()


def find_product(key: Credential, identity: int | UUID) -> Product | None:
    """The product of that numeric id or UUID, if it exists for that key."""
    products = Product.objects.filter(environment=key.environment)
    if key.customer_id is not None:
        products = products.licensed_to(key.customer_id)
    return products.filter(**{"uuid" if isinstance(identity, UUID) else "pk": identity}).first()
