"""Three products and six generators, the stock of a small software vendor."""

from dataclasses import dataclass

from keyturn.access.actors import Actor
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product

_PRODUCTS = (
    ("Pro App", "The desktop application for professionals.", ("cloud_sync", "Cloud sync")),
    ("Backup Agent", "Backups that look after themselves, for desktops and servers.", ("offsite", "Off-site copies")),
    ("Analytics Plugin", "Numbers for shops, without watching anybody.", ("exports", "Scheduled exports")),
)
_GENERATORS: tuple[tuple[str, str, str, int, tuple[int | None, str], dict[str, bool]], ...] = (
    ("Pro App", "Pro, one year", "PRO-", 3, (1, "years"), {"cloud_sync": True}),
    ("Pro App", "Pro team, one year", "TEAM-", 250, (1, "years"), {"cloud_sync": True}),
    ("Pro App", "Pro, 30-day trial", "TRY-", 1, (30, "days"), {}),
    ("Backup Agent", "Agent, lifetime", "BKP-", 5, (None, "days"), {"offsite": True}),
    ("Backup Agent", "Agent, unlimited servers", "SRV-", -1, (2, "years"), {"offsite": True}),
    ("Analytics Plugin", "One shop, one year", "ANL-", 1, (1, "years"), {"exports": True}),
)


@dataclass(frozen=True, slots=True)
class Catalog:
    """Products and generators by name."""

    products: dict[str, Product]
    generators: dict[str, Generator]


def build(actor: Actor) -> Catalog:
    """Make the catalog through its services."""
    made = {
        name: products.create(
            actor,
            name=name,
            description=text,
            changelog_enabled=True,
            features=[{"key": key, "label": label, "type": "boolean", "default": False, "description": ""}],
        )
        for name, text, (key, label) in _PRODUCTS
    }
    templates = {
        name: generators.create(
            actor,
            product=made[product],
            name=name,
            type="chunk",
            prefix=prefix,
            activation_limit=limit,
            validity_count=count,
            validity_unit=unit,
            features=features,
        )
        for product, name, prefix, limit, (count, unit), features in _GENERATORS
    }
    return Catalog(made, templates)
