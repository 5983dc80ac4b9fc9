"""What a license grants, in the words of its product."""

from dataclasses import dataclass

from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Feature


@dataclass(frozen=True, slots=True)
class Grant:
    """One feature: its label, what it does, and its value (None of a number means unlimited)."""

    label: str
    description: str
    value: bool | int | str | None


def grants(license: License) -> list[Grant]:
    """The features of a license over the defaults of its product, in the product's order, then the license's own."""
    templates = list(Feature.objects.filter(product=license.product_id))
    known = [Grant(one.label, one.description, license.features.get(one.key, one.default)) for one in templates]
    own = sorted(set(license.features) - {one.key for one in templates})
    return known + [Grant(key.replace("_", " ").capitalize(), "", license.features[key]) for key in own]
