"""Demo data: a small vendor with its customers, or a very large one."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction

from keyturn.access.actors import system
from keyturn.access.permissions import Role
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.operations.demo import bulk, catalog, crowd, hooks, inbox, news, shelf, story, traffic
from keyturn.people.admins import services as admins
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys import services as apikeys
from keyturn.people.customers.models import Customer

SEED = 7
# What goes through the services in half a minute; the rest is written straight into the tables.
_BY_SERVICE = (200, 1_000)
# Before the oldest license.
_OPENED = timedelta(days=640)
_STAFF = (
    ("Mara Lindqvist", "mara@demo.example", Role.SUPER_ADMIN),
    ("Tomás Rivera", "tomas@demo.example", Role.ADMIN),
    ("Hana Sato", "hana@demo.example", Role.OPERATOR),
    ("Viktor Novák", "viktor@demo.example", Role.VIEWER),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The sign-ins of a fresh demo: one password for all of `emails` (by role) and for `customer`, and an API key."""

    emails: dict[str, str]
    password: str
    api_key: str
    customer: str = story.VISITOR


def load(
    customers: int = 200, licenses: int = 1_000, out: Callable[[str], None] = print, seed: int = SEED
) -> Loaded | None:
    """Fill an installation with demo data and print its sign-ins; None when it was there already.

    The same seed gives the same people and numbers; keys, password and API key are drawn afresh.
    """
    if Admin.objects.filter(email=_STAFF[0][1]).exists():
        out("Demo data is already loaded. Its sign-ins were printed when it was made.")
        return None
    out("Loading demo data: people, products and licenses.")
    with transaction.atomic():
        made = _staff()
        author = admins.actor_of(Admin.objects.get(email=_STAFF[0][1]), environment=Environment.PRODUCTION)
        with clock.fixed(clock.now() - _OPENED):
            stock = catalog.build(author)
        shelf.stock(author)
        story.tell(author, stock)
        news.write(author, stock.products)
        story.invite(made.password)
        some, few = min(customers, _BY_SERVICE[0]), min(licenses, _BY_SERVICE[1])
        crowd.gather(
            author,
            list(stock.generators.values()),
            max(0, some - Customer.objects.count()),
            max(0, few - License.objects.count()),
            seed,
        )
        traffic.flow(seed, out)
        hooks.tell()
        inbox.fill()
    more = customers - Customer.objects.count(), licenses - License.objects.count()
    if max(more) > 0:
        bulk.fill(max(0, more[0]), max(0, more[1]), list(Generator.objects.order_by("pk")), seed, out)
    _report(made, out)
    return made


def _staff() -> Loaded:
    actor, password = system("demo", environment=Environment.PRODUCTION), secrets.token_urlsafe(12)
    for name, email, role in _STAFF:
        admins.create(actor, name=name, email=email, role=role, password=password)
    _, secret = apikeys.create(actor, name="Demo shop", environment=Environment.PRODUCTION)
    return Loaded({role.value: email for _, email, role in _STAFF}, password, secret)


def _report(made: Loaded, out: Callable[[str], None]) -> None:
    out(f"Loaded {Customer.objects.count():,} customers and {License.objects.count():,} licenses.")
    out(f"Sign in at /admin with the password {made.password}")
    for role, email in made.emails.items():
        out(f"  {Role(role).label:12} {email}")
    out("Sign in at /customer with the same password")
    out(f"  {'Customer':12} {made.customer}")
    out(f"API key: {made.api_key}")
