"""Everybody else: believable customers with licenses in all six states, made through the services."""

import random
from datetime import datetime, timedelta

from keyturn.access.actors import Actor, system
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import lifecycle, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.operations.demo.people import People
from keyturn.operations.demo.story import use

_STOPS = ("chargeback under review", "key found on a sharing site", "invoice overdue")


def gather(actor: Actor, generators: list[Generator], customers: int, licenses: int, seed: int) -> None:
    """Add `customers` people owning about seven of eight of `licenses`; the rest is stock."""
    people = People(seed)
    pick = people.random
    for number in range(customers):
        name, email = people.next(number + 1)
        # Nobody starts before the oldest license could have run out, and more have come of late.
        at = now() - timedelta(days=0.1 + 500 * pick.random() ** 2)
        share = _share(customers, licenses - licenses // 8, number)
        with clock.fixed(at):
            for generator, count in _basket(pick, generators, share):
                made = services.generate(actor, generator, count).licenses
                services.assign_many(actor, made, email, name=name)
                for license in made:
                    _live(actor, pick, license, at)
    with clock.fixed(now() - timedelta(days=3)):
        for number, generator in enumerate(generators):
            services.generate(actor, generator, max(1, _share(len(generators), licenses // 8, number)))


def _share(parts: int, whole: int, number: int) -> int:
    return whole * (number + 1) // parts - whole * number // parts


def _basket(pick: random.Random, generators: list[Generator], count: int) -> list[tuple[Generator, int]]:
    first = pick.randint(0, count)
    chosen = pick.sample(generators, 2)
    return [(generator, part) for generator, part in zip(chosen, (first, count - first), strict=True) if part]


def _live(actor: Actor, pick: random.Random, license: License, at: datetime) -> None:
    """What happens to a license after it was assigned at `at`."""
    license.refresh_from_db()
    present = _present()
    end = min(present, license.expires_at or present)
    last = at
    if pick.random() < 0.75 and end - at > timedelta(hours=1):
        first = at + (end - at) * pick.random() * 0.2
        seen = pick.choice((timedelta(minutes=5), timedelta(hours=2), timedelta(days=45)))
        last = max(first, end - seen)
        address = f"203.0.113.{pick.randint(1, 250)}"
        use(license, f"PC-{pick.getrandbits(40):010X}", address, [first, last])
    fate, stopped = pick.random(), last + (end - last) * pick.random()
    expires = license.expires_at is not None and license.expires_at <= present
    with clock.fixed(end if expires else stopped):
        if expires:
            lifecycle.transition(system(environment=actor.environment), license, Status.EXPIRED, tell=False)
        elif fate < 0.04:
            services.suspend(actor, license, reason=pick.choice(_STOPS))
        elif fate < 0.07:
            services.revoke(actor, license, reason="refunded")


def _present() -> datetime:
    # The clock stands in the past while a customer's story is told.
    return datetime.now(tz=now().tzinfo)
