"""What readers of a changelog get: published entries, newest release first."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from keyturn.access.scope import Environment
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product

_THREE_PARTS = re.compile(r"v?(\d+)\.\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Page:
    """One page; `number` is the one that was found, `pages` how many there are, at least one."""

    entries: list[Entry]
    number: int
    pages: int
    total: int


def open_products() -> list[Product]:
    """The products whose changelog readers may open, by name (CHL-30)."""
    rows = Product.objects.filter(
        environment=Environment.PRODUCTION, status=Product.Status.ACTIVE, changelog_enabled=True
    )
    return list(rows.order_by("name", "pk"))


def page(
    products: Sequence[Product], number: int, per_page: int, *, versions: Sequence[str] = (), major: bool = False
) -> Page:
    """Published entries of `products`, of these `versions` alone. Beyond the last page: the last.

    `major`: only versions that begin a new major one; of a single product.
    """
    rows = Entry.objects.filter(product__in=products, status=Entry.Status.PUBLISHED)
    known = rows.values_list("release_date", "version", "pk")
    keys = sorted(((released, _numbers(version), pk, version) for released, version, pk in known), reverse=True)
    if major:
        keys = _majors(keys)
    wanted = [pk for _, _, pk, version in keys if not versions or version in versions]
    pages = max(1, -(-len(wanted) // per_page))
    number = min(max(number, 1), pages)
    chosen = wanted[(number - 1) * per_page : number * per_page]
    found = Entry.objects.select_related("product").in_bulk(chosen)
    return Page([found[pk] for pk in chosen if pk in found], number, pages, len(wanted))


_Key = tuple[date, tuple[int, ...], int, str]


def _majors(keys: list[_Key]) -> list[_Key]:
    """Those whose first number differs from that of the release before; of versions in three parts."""
    kept, before = [], ""
    for key in reversed(keys):
        parts = _THREE_PARTS.fullmatch(key[3])
        if parts and parts[1] != before:
            kept.append(key)
            before = parts[1]
    return kept[::-1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(digits[:18]) for digits in re.findall(r"[0-9]+", version))
