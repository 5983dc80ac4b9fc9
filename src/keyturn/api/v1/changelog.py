"""Changelogs: for anybody who knows the product's name, and for keys (docs/spec/api-v1.md 11.30, 11.31)."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BeforeValidator, Field

from keyturn.access.permissions import Permission
from keyturn.api import params
from keyturn.api.envelope import Result
from keyturn.api.v1.fields import Line, Params, Whole
from keyturn.api.v1.product_lookups import LookUp, looked_up
from keyturn.api.v1.registry import Context, endpoint
from keyturn.licensing.changelog import reading
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.changelog.rendering import html_of
from keyturn.licensing.products.models import Product
from keyturn.platform.preferences import services as preferences


def _versions(value: Any) -> list[str]:
    given = value if isinstance(value, list) else str(value).split(",")
    return [str(one).strip() for one in given if str(one).strip()]


class Part(Params):
    """Which part of a changelog. `version` takes several, with commas; `level` may be "major"."""

    page: Annotated[Whole, Field(ge=1)] = 1
    version: Annotated[list[str], BeforeValidator(_versions)] = []
    level: Line = ""


class Public(Part):
    """The slug of the product, or its UUID, stands in the address."""

    slug: Line = ""


class Own(Part, LookUp):
    """As the other product look-ups."""


@endpoint("products/{slug}/changelog", "GET", invalid=551, atomic=False, public=True)
def public_changelog(context: Context, given: Public) -> Result:
    """The published entries of a product, for anybody; it needs no API key."""
    if not (preferences.flag("changelog.enabled") and preferences.flag("changelog.public")):
        return Result(1601, status=404)
    uuid = params.identity(given.slug)
    named: dict[str, Any] = {"uuid": uuid} if isinstance(uuid, UUID) else {"slug": given.slug}
    product = Product.objects.in_scope(context.actor).filter(status=Product.Status.ACTIVE, **named).first()
    if product is None:
        return Result(551, status=404)
    context.product = product
    if not product.changelog_enabled:
        return Result(1602, status=404)
    return _entries(product, given)


@endpoint("get-product-changelog", "GET", invalid=551, permissions=[Permission.VIEW_CATALOG], atomic=False)
def get_product_changelog(context: Context, given: Own) -> Result:
    """The published entries of a product of the key's environment."""
    if not preferences.flag("changelog.enabled"):
        return Result(1601)
    product = looked_up(context, given)
    if product is None:
        return Result(551)
    context.product = product
    return _entries(product, given) if product.changelog_enabled else Result(1602)


def _entries(product: Product, given: Part) -> Result:
    per_page = preferences.get("changelog.per_page")
    found = reading.page([product], given.page, per_page, versions=given.version, major=given.level.lower() == "major")
    entries = [entry_row(entry) for entry in found.entries]
    fields = {
        "product": {"uuid": str(product.uuid), "name": product.name, "slug": product.slug},
        "entries": entries,
        "page": found.number,
        "pages": found.pages,
        "total": found.total,
    }
    return Result(1600, fields, fields)


def entry_row(entry: Entry) -> dict[str, Any]:
    """An entry as readers get it; text in Markdown and as HTML that may be put on a page."""
    return {
        "version": entry.version,
        "title": entry.title,
        "release_date": entry.release_date.isoformat(),
        "summary": entry.summary,
        "changes": [
            {"kind": change["kind"], "text": change["text"], "html": html_of(change["text"])}
            for change in entry.changes
        ],
    }
