"""Deliveries are counted before they go; what only they needed goes with them."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor, system
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.operations.retention.models import Policy
from keyturn.operations.retention.purging import Purge
from keyturn.platform.jobs.timetable import timetable
from keyturn.platform.webhooks import counting, tidying
from keyturn.platform.webhooks.models import Delivery, DeliveryCount, Event, Webhook
from tests.jobs import Work
from tests.platform.webhooks.conftest import WebhookTo

pytestmark = pytest.mark.django_db


def _purge() -> int:
    return sum(one.rows for one in Purge(system(), lambda done, total: None).run())


@pytest.mark.spec("WHK-17", "SET-60", "RET-14")
def test_old_deliveries_are_removed_and_counted(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, work: Work
) -> None:
    Policy.objects.exclude(entity_type="webhook_deliveries").delete()
    good, bad = webhook_to("/hook", "license.created"), webhook_to("/500", "license.created", name="Bad")
    long_ago = clock.now() - timedelta(days=10)
    with clock.fixed(long_ago):
        services.generate(owner, generator, 2)
        work()
    services.generate(owner, generator, 1)
    Delivery.objects.filter(status="pending", attempt=2).update(at=clock.now() + timedelta(hours=1))
    assert _purge() == 0
    before = [(counting.total(one.uuid), counting.per_day(one.uuid)) for one in (good, bad)]
    assert before[0] == ((2, 0), {long_ago.date(): (2, 0)})
    Policy.objects.update(days=7)
    assert _purge() == 4
    counts = DeliveryCount.objects.values_list("webhook_uuid", "day", "succeeded", "failed")
    assert set(counts) == {(good.uuid, long_ago.date(), 2, 0), (bad.uuid, long_ago.date(), 0, 2)}
    assert [(counting.total(one.uuid), counting.per_day(one.uuid)) for one in (good, bad)] == before
    # What still waits keeps its event.
    assert Delivery.objects.filter(status="pending", webhook=bad).count() == 3
    assert tidying.forget_lonely() == 0
    assert Event.objects.count() == 3
    assert Webhook.objects.count() == 2
    Delivery.objects.all().delete()
    assert tidying.forget_lonely() == 2
    assert Event.objects.count() == 1
    assert timetable()["webhooks.forget_lonely"].text == "daily at 03:00 UTC"
