"""What the global search finds of people, licenses and products in one environment (SRC-07, SRC-09)."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.db.models import Exists, OuterRef, Q, QuerySet

from keyturn.access.actors import Actor
from keyturn.core import search as searching
from keyturn.core.search import Filter
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.search import LICENSES
from keyturn.licensing.products.models import Product
from keyturn.people.customers.models import Customer
from keyturn.people.customers.search import CUSTOMERS
from keyturn.platform.audit.models import AuditEvent

# So many are looked at for the best five.
_CANDIDATES = 25
# Most of the customers of a large installation are in its large environment.
_CUSTOMERS = 50
# An environment of no more licenses is searched from its owners.
_SMALL = 5_000
T = TypeVar("T")


def customers(actor: Actor, term: str, size: int) -> list[Customer]:
    """Customers with a license in the environment, or without any and created in it."""
    cleaned = searching.clean_term(term)
    if not cleaned:
        return []
    found = _customers(actor, cleaned)
    return _best(found, cleaned, lambda row: (row.email, row.name), size)


def licenses(actor: Actor, term: str, size: int, owners: Iterable[Customer] = ()) -> list[License]:
    """Licenses whose key or order reference holds the term, then the newest of `owners`."""
    cleaned = searching.clean_term(term)
    if not cleaned:
        return []
    scope = License.objects.in_scope(actor).select_related("product", "customer")
    ids = searching.few(
        searching.matching(LICENSES, cleaned),
        "created_at",
        _CANDIDATES,
        (Filter("environment", "=", actor.environment),),
    )
    exact = scope.filter(license_key__in={term.strip(), term.strip().upper()})
    # By id alone: told the environment too, SQLite would follow that index through the whole table.
    rows = _once([*exact, *_in_order(License.objects.select_related("product", "customer"), ids)])
    best = _best(rows, cleaned, lambda row: (row.license_key, row.order_reference), size)
    if len(best) < size:
        best = _once([*best, *_owned(actor, owners)])[:size]
    return best


def _owned(actor: Actor, owners: Iterable[Customer]) -> list[License]:
    """The newest licenses of each owner, as one index gives them; the environment is looked at afterwards."""
    rows = License.objects.select_related("product", "customer").order_by("-created_at", "-pk")
    return [row for owner in owners for row in rows.filter(customer=owner)[:_CANDIDATES] if _is_here(actor, row)]


def _is_here(actor: Actor, license: License) -> bool:
    return license.environment == actor.environment


def products(actor: Actor, term: str, size: int) -> list[Product]:
    """Products whose name or description holds the term."""
    rows = Product.objects.in_scope(actor).filter(Q(name__icontains=term) | Q(description__icontains=term))
    found = rows.order_by("-created_at", "-pk")[:_CANDIDATES]
    return _best(found, searching.clean_term(term), lambda row: (row.name,), size)


def _customers(actor: Actor, term: str) -> list[Customer]:
    here = License.objects.in_scope(actor)
    if here.order_by()[: _SMALL + 1].count() <= _SMALL:
        return _customers_of_few(actor, term, here)
    exact = Customer.objects.filter(email=term)
    ids = searching.few(searching.matching(CUSTOMERS, term), "joined_at", _CUSTOMERS)
    rows = _once([*exact, *_in_order(Customer.objects.all(), ids)])
    # Without a condition on the environment: SQLite would follow that index through the whole table.
    pairs = License.objects.filter(customer__in=rows).values_list("customer", "environment").distinct().order_by()
    owning: dict[int | None, set[str]] = defaultdict(set)
    for owner, environment in pairs:
        owning[owner].add(environment)
    bare = _created_here(actor, [row for row in rows if row.pk not in owning])
    return [row for row in rows if actor.environment in owning[row.pk] or row.pk in bare]


def _customers_of_few(actor: Actor, term: str, here: QuerySet[License]) -> list[Customer]:
    events = AuditEvent.objects.filter(environment=actor.environment, action="customer.created").order_by("-at", "-pk")
    created = list(events.values_list("customer_uuid", flat=True)[:_SMALL])
    owners = here.exclude(customer=None).values("customer")
    people = Customer.objects.filter(Q(pk__in=owners) | Q(uuid__in=created))
    held = Q(name__icontains=term) | Q(email__contains=term)
    elsewhere = Exists(License.objects.filter(customer=OuterRef("pk")).exclude(environment=actor.environment))
    inside = Exists(here.filter(customer=OuterRef("pk")))
    return list(people.filter(held).filter(inside | ~elsewhere).order_by("-joined_at", "-pk")[:_CUSTOMERS])


def _created_here(actor: Actor, rows: list[Customer]) -> set[int]:
    """Those of `rows` whose account was created in this environment."""
    keys = {row.uuid: row.pk for row in rows}
    events = AuditEvent.objects.filter(customer_uuid__in=keys, action="customer.created")
    made = events.values_list("customer_uuid", "environment")
    return {keys[uuid] for uuid, environment in made if uuid and environment == actor.environment}


def _in_order(rows: QuerySet[T], ids: list[int]) -> list[T]:  # type: ignore[type-var]
    known = rows.in_bulk(ids)
    return [known[key] for key in ids if key in known]


def _once(rows: Iterable[T]) -> list[T]:
    return list({row.pk: row for row in rows}.values())  # type: ignore[attr-defined]


def _best(rows: Iterable[T], term: str, texts: Callable[[T], tuple[str, ...]], size: int) -> list[T]:
    """The `size` best: exact matches, then those that begin with the term, then the rest, each as they came."""

    def rank(row: T) -> int:
        folded = [searching.fold(text) for text in texts(row)]
        return 0 if term in folded else 1 if any(text.startswith(term) for text in folded) else 2

    return sorted(rows, key=rank)[:size]
