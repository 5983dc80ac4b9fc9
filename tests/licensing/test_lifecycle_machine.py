"""The lifecycle as a state machine: any sequence of actions keeps every invariant."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.core import clock
from keyturn.core.errors import Refused
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import activations, lifecycle, services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products import services as products
from keyturn.platform.audit.models import AuditEvent

OWNER = Actor(
    "admin", "00000000-0000-7000-8000-000000000001", permissions=GRANTED[Role.SUPER_ADMIN], environment="production"
)
DEVICES = st.sampled_from(["a", "b", "c", "d"])


class Lifecycle(RuleBasedStateMachine):
    """One license with a limit of two, and everything that may happen to it."""

    license: License

    @initialize()
    def make(self) -> None:
        self.now = clock.now()
        product = products.create(OWNER, name="Pro App")
        generator = generators.create(OWNER, product=product, name="Pro", activation_limit=2, validity_count=30)
        self.license = services.generate(OWNER, generator, 1).licenses[0]
        self.seen = [Status.AVAILABLE]

    def do(self, action: Callable[..., object], *args: object, **kwargs: object) -> None:
        with clock.fixed(self.now), suppress(Refused):
            action(OWNER, self.license, *args, **kwargs)
        self.license.refresh_from_db()
        self.seen.append(Status(self.license.status))

    @rule(email=st.sampled_from(["john@example.com", "sarah@company.com"]))
    def assign(self, email: str) -> None:
        self.do(services.assign, email)

    @rule(email=st.sampled_from(["john@example.com", "sarah@company.com"]))
    def transfer(self, email: str) -> None:
        self.do(services.transfer, email)

    @rule(device=DEVICES)
    def activate(self, device: str) -> None:
        self.do(activations.activate, identifier=device, kind="hardware")

    @rule(device=DEVICES)
    def deactivate(self, device: str) -> None:
        self.do(activations.deactivate, identifier=device)

    @rule()
    def suspend(self) -> None:
        self.do(services.suspend, reason="x")

    @rule()
    def reactivate(self) -> None:
        self.do(services.reactivate)

    @rule()
    def expire(self) -> None:
        self.do(lifecycle.transition, Status.EXPIRED)

    @rule()
    def unassign(self) -> None:
        self.do(services.unassign)

    @rule(days=st.sampled_from([-1, 60]))
    def renew(self, days: int) -> None:
        at: datetime = self.now + timedelta(days=days)
        self.do(services.renew, expires_at=at)

    @rule()
    def revoke(self) -> None:
        self.do(services.revoke)

    @rule(days=st.sampled_from([1, 40]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @invariant()
    def every_step_is_an_arrow(self) -> None:
        steps = zip(getattr(self, "seen", []), getattr(self, "seen", [])[1:], strict=False)
        # Renewing or reactivating may pass through no more than one arrow a call.
        assert all(a == b or (a, b) in lifecycle.TABLE for a, b in steps)

    @invariant()
    def devices_are_counted_and_within_the_limit(self) -> None:
        if not hasattr(self, "license"):
            return
        active = self.license.activations.filter(status="active").count()
        assert active == self.license.active_devices <= 2
        if self.license.status in (Status.AVAILABLE, Status.REVOKED):
            assert active == 0

    @invariant()
    def each_change_of_state_is_on_record(self) -> None:
        if not hasattr(self, "license"):
            return
        changes = sum(a != b for a, b in zip(self.seen, self.seen[1:], strict=False))
        events = AuditEvent.objects.filter(subject_id=str(self.license.uuid), changes__has_key="transition").count()
        assert events == changes


@pytest.mark.spec("LCY-01", "LCY-10", "LCY-21")
class TestLifecycle(Lifecycle.TestCase, TestCase):  # type: ignore[name-defined,misc]
    """Runs the machine, each example in a transaction of its own."""

    settings = settings(
        max_examples=40, stateful_step_count=25, deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
