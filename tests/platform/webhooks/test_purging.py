"""Old deliveries go, counts and webhooks stay."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services
from keyturn.platform.jobs.timetable import timetable
from keyturn.platform.preferences import services as preferences
from keyturn.platform.webhooks import purging
from keyturn.platform.webhooks.models import Delivery, DeliveryCount, Event, Webhook
from tests.jobs import Work
from tests.platform.webhooks.conftest import WebhookTo

pytestmark = pytest.mark.django_db


@pytest.mark.spec("WHK-17", "SET-60")
def test_old_deliveries_are_removed_and_counted(
    owner: Actor, webhook_to: WebhookTo, generator: Generator, work: Work
) -> None:
    good, bad = webhook_to("/hook", "license.created"), webhook_to("/500", "license.created", name="Bad")
    long_ago = clock.now() - timedelta(days=10)
    with clock.fixed(long_ago):
        services.generate(owner, generator, 2)
        work()
    services.generate(owner, generator, 1)
    Delivery.objects.filter(status="pending", attempt=2).update(at=clock.now() + timedelta(hours=1))
    assert purging.purge() == 0
    preferences.set_value("webhooks.retention_days", "7")
    assert purging.purge() == 4
    counts = DeliveryCount.objects.values_list("webhook_uuid", "day", "succeeded", "failed")
    assert set(counts) == {(good.uuid, long_ago.date(), 2, 0), (bad.uuid, long_ago.date(), 0, 2)}
    # What still waits keeps its event.
    assert Delivery.objects.filter(status="pending", webhook=bad).count() == 3
    assert Event.objects.count() == 3
    assert Webhook.objects.count() == 2
    Delivery.objects.all().delete()
    purging.purge()
    assert Event.objects.count() == 1
    assert timetable()["webhooks.purge"].text == "daily at 02:00 UTC"
