"""The people of the customers' manual, with the numbers that its six workflows speak of."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.contrib.auth.hashers import make_password

from keyturn.access.actors import Actor, system
from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.core.text import key_start
from keyturn.licensing.generators import formats
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.platform.logs.models import RequestLog

if TYPE_CHECKING:
    from keyturn.operations.demo.catalog import Catalog

VISITOR = "john@example.com"
# Who activates devices: the vendor's program, by its key.
PROGRAM = Actor("api_key", label="Demo shop", environment=Environment.PRODUCTION)
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
# Name, e-mail, days ago, and how many licenses of which generator.
_PEOPLE: tuple[tuple[str, str, int, tuple[tuple[str, int], ...]], ...] = (
    ("Sarah Johnson", "sarah@company.com", 2, (("One shop, one year", 1),)),
    ("Acme Admin", "admin@acme.com", 6, (("Pro team, one year", 2), ("Pro, one year", 10))),
    ("John at Acme", "john@acmecorp.com", 6, (("Pro, one year", 1), ("Agent, lifetime", 1))),
    ("Émilie Laurent", "emilie@atelier-laurent.example", 9, (("One shop, one year", 1),)),
    ("John Doe", "john.doe@email.com", 12, (("Pro, one year", 1), ("Agent, lifetime", 1))),
    ("Wei Chen", "wei.chen@example.org", 15, (("Agent, unlimited servers", 4),)),
    ("Amara Okafor", "amara@okafor.example", 19, (("Pro, one year", 1),)),
    ("Lukas Weber", "lukas.weber@example.net", 30, (("One shop, one year", 1),)),
    ("Priya Nair", "priya@nair-analytics.example", 41, (("One shop, one year", 20), ("Pro, one year", 5))),
    ("Test Customer", "test@yourcompany.com", 48, (("Pro, one year", 1),)),
    ("Yuki Tanaka", "yuki.tanaka@example.jp", 62, (("Pro, one year", 1),)),
    # Workflow 5: licenses that end soon, one customer of each priority.
    ("Chloé Dubois", "chloe@dubois-design.example", 320, (("Pro, one year", 1),)),
    ("Mateo García", "mateo@garcia-consulting.example", 345, (("Pro, one year", 3),)),
    ("Ingrid Solberg", "it@nordlys-studio.example", 358, (("Pro, one year", 6),)),
)


def tell(actor: Actor, catalog: "Catalog") -> None:
    """Make these people, their licenses and devices through the services, each at its moment."""
    for name, email, days, owned in _PEOPLE:
        with clock.fixed(clock.now() - days * _DAY):
            for generator, count in owned:
                _sell(actor, catalog.generators[generator], email, name, count, "")
    _limit_reached(actor, catalog)
    _five_bought_three_seen(actor, catalog)
    _changed_address(actor, catalog)
    lukas = Customer.objects.get(email="lukas.weber@example.net")
    customers.set_status(actor, lukas, "suspended", reason="Shared his password in a public forum")


def invite(password: str) -> None:
    """Give John Smith a password, as if he had followed his invitation."""
    john = Customer.objects.filter(email=VISITOR)
    john.update(password=make_password(password), email_verified_at=clock.now() - 56 * _DAY)


def _limit_reached(actor: Actor, catalog: "Catalog") -> None:
    """Workflow 3: John Smith's license is full, and one of its devices has been silent for 45 days."""
    now = clock.now()
    with clock.fixed(now - 57 * _DAY):
        pro = _sell(actor, catalog.generators["Pro, one year"], "john@example.com", "John Smith", 1, "#10302")[0]
        agent = _sell(actor, catalog.generators["Agent, lifetime"], "john@example.com", "", 1, "#10302")[0]
        held = _sell(actor, catalog.generators["Pro, one year"], "john@example.com", "", 1, "#10377")[0]
        trial = _sell(actor, catalog.generators["Pro, 30-day trial"], "john@example.com", "", 1, "")[0]
    with clock.fixed(now - 12 * _DAY):
        _sell(actor, catalog.generators["One shop, one year"], "john@example.com", "", 1, "#10466")
    for license, device, ip, first, last in (
        (pro, "OLD-LAPTOP-7F21", "198.51.100.17", 56 * _DAY, 45 * _DAY),
        (pro, "MBP-JSMITH-14", "203.0.113.24", 39 * _DAY, 2 * _HOUR),
        (pro, "DESKTOP-4K7QX", "203.0.113.24", 10 * _DAY, 5 * _MINUTE),
        (agent, "nas.example.com", "203.0.113.80", 56 * _DAY, _HOUR),
        (trial, "shop.example.com", "192.0.2.45", 50 * _DAY, 30 * _DAY),
        (held, "6f1c9b2e-41d7-4c0a-9a53-7d02e8b6c114", "", 13 * _DAY, 9 * _DAY),
    ):
        use(license, device, ip, [now - first, now - last])
    RequestLog.objects.create(
        at=now - _HOUR,
        environment=pro.environment,
        endpoint="activate",
        code=302,
        status=200,
        license_id=pro.pk,
        key_start=key_start(pro.license_key),
        ip="203.0.113.24",
    )
    with clock.fixed(now - 9 * _DAY):
        services.suspend(actor, held, reason="chargeback under review")
    with clock.fixed(now - 27 * _DAY):
        lifecycle.transition(system(environment=actor.environment), trial, Status.EXPIRED, tell=False)


def _five_bought_three_seen(actor: Actor, catalog: "Catalog") -> None:
    """Workflow 2: two of the five licenses of order #10482 were made but never assigned."""
    for generator, count, email in (
        ("Pro, one year", 2, "john@company.com"),
        ("Agent, lifetime", 1, "john@company.com"),
        ("Pro, one year", 2, ""),
    ):
        with clock.fixed(clock.now() - 4 * _DAY):
            made = _sell(actor, catalog.generators[generator], email, "John Smith", count, "#10482")
        for license in made if email else ():
            use(license, f"WS-{license.license_key[-4:]}", "203.0.113.91", [clock.now() - 3 * _HOUR])


def _changed_address(actor: Actor, catalog: "Catalog") -> None:
    """Workflow 4: three licenses moved from the old address to the new one."""
    with clock.fixed(clock.now() - 22 * _DAY):
        moved = _sell(actor, catalog.generators["Pro, one year"], "old@email.com", "Jonas Berg", 3, "#10411")
    with clock.fixed(clock.now() - 2 * _DAY):
        services.assign_many(actor, moved, "new@email.com", name="Jonas Berg")


def _sell(actor: Actor, generator: Generator, email: str, name: str, count: int, order: str) -> list[License]:
    return services.add_keys(
        actor,
        generator.product,
        [formats.make_key(generator) for _ in range(count)],
        generator=generator,
        email=email,
        name=name if email else "",
        activation_limit=generator.activation_limit,
        validity_count=generator.validity_count,
        validity_unit=generator.validity_unit,
        order_reference=order,
        source=License.Source.MANUAL,
    ).licenses


def use(license: License, device: str, ip: str, moments: list[datetime]) -> None:
    """The vendor's program activates a device at the first of `moments`; at the others it is seen again."""
    for moment in moments:
        with clock.fixed(moment):
            kind = "domain" if "." in device else "hardware"
            activations.activate(
                PROGRAM,
                license,
                identifier=device,
                kind=kind,
                ip=ip,
                user_agent="ProApp/4.2",
                details={"product_version": "2.4.0"},
            )
