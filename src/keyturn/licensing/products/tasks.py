"""Slow work about products."""

from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.platform.jobs.kinds import job
from keyturn.platform.jobs.runs import Run


@job(queue="high", timeout=120, title="Signing key")
def make_key_pair(run: Run, *, product_id: int) -> None:
    """Make the key pair of a new product: seconds of work that its creator need not wait for."""
    product = Product.objects.filter(pk=product_id).first()
    if product is not None:
        signing.ensure(str(product.uuid), product.key_bits, product.signing_algorithm)


@job(queue="high", timeout=60, title="End of a signing key's grace period")
def end_grace(run: Run, *, product: str) -> bool:
    """From now on the new key pair of a product signs."""
    return signing.end_grace(product)
