"""What waits, read from the database at the moment of asking."""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import Error, connection, transaction
from django.db.models import Count, Min
from prometheus_client import Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from keyturn.core.clock import now
from keyturn.platform.jobs.models import Job, Worker
from keyturn.platform.mail.models import Message
from keyturn.platform.webhooks.models import Delivery

log = logging.getLogger(__name__)
_ALIVE = timedelta(seconds=60)


class Backlog(Collector):
    """Jobs, mails and webhook deliveries. Every web server of an installation tells the same."""

    def collect(self) -> Iterable[Metric]:
        """The gauges; of a database that does not answer within five seconds only that it is down."""
        try:
            with transaction.atomic():
                if connection.vendor == "postgresql":
                    with connection.cursor() as cursor:
                        cursor.execute("SET LOCAL statement_timeout = 5000")
                found = [*_jobs(), *_mail(), *_webhooks(), _gauge("workers", "Workers that reported.", _workers())]
            up = 1
        except Error:
            log.exception("The backlog could not be read.")
            found, up = [], 0
        return [_gauge("database_up", "Whether the database answered.", up), *found]


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"keyturn_{name}", help, value=value)


def _age(since: datetime | None) -> float:
    return max(0.0, (now() - since).total_seconds()) if since else 0.0


def _workers() -> int:
    return Worker.objects.filter(seen_at__gte=now() - _ALIVE).count()


def _jobs() -> list[Metric]:
    number = GaugeMetricFamily("keyturn_jobs", "Jobs in the queue.", labels=["queue", "status"])
    age = GaugeMetricFamily(
        "keyturn_job_wait_seconds", "How long the oldest due job has waited.", labels=["queue"], unit="seconds"
    )
    # Without the models' default order, which would split the groups.
    for queue, status, count in Job.objects.order_by().values_list("queue", "status").annotate(Count("id")):
        number.add_metric([queue, status], count)
    due = Job.objects.waiting().filter(run_at__lte=now()).order_by()
    for queue, since in due.values_list("queue").annotate(Min("run_at")):
        age.add_metric([queue], _age(since))
    return [number, age]


def _mail() -> list[Metric]:
    number = GaugeMetricFamily("keyturn_mails", "Mails that have not been sent.", labels=["state"])
    rows = Message.objects.order_by().exclude(state=Message.State.SENT)
    for state in (state.value for state in Message.State if state != Message.State.SENT):
        number.add_metric([state], rows.filter(state=state).count())
    since = rows.filter(state__in=(Message.State.QUEUED, Message.State.SENDING)).aggregate(at=Min("at"))["at"]
    return [number, _gauge("mail_wait_seconds", "How long the oldest mail has waited to be sent.", _age(since))]


def _webhooks() -> list[Metric]:
    pending = Delivery.objects.order_by().filter(status=Delivery.Status.PENDING)
    found = pending.filter(at__lte=now()).aggregate(at=Min("at"))["at"]
    return [
        _gauge("webhook_deliveries_waiting", "Webhook deliveries still to be made.", pending.count()),
        _gauge("webhook_wait_seconds", "How long the oldest due delivery has waited.", _age(found)),
    ]
