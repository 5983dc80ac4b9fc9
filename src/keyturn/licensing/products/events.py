"""Audit entries about products."""

from collections.abc import Mapping
from typing import Any

from keyturn.licensing.products.models import Product
from keyturn.platform.audit.services import Entry


def entry(action: str, product: Product, changes: Mapping[str, Any]) -> Entry:
    """An event whose subject is `product`."""
    return Entry(action, ("product", product.uuid), changes, environment=product.environment)
