"""All figures as one OpenMetrics text."""

import os
import platform
from collections.abc import Iterable
from importlib.metadata import version
from typing import Final

from django.db import connection
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from keyturn.platform.monitoring import backups, instruments
from keyturn.platform.monitoring.backlog import Backlog

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST


def render() -> bytes:
    """The figures of all processes of this host, and of the database."""
    registry = CollectorRegistry()
    registry.register(_Host())
    registry.register(Backlog())
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry.register(_Own())
    text: bytes = generate_latest(registry)  # type: ignore[no-untyped-call]
    return text


class _Own(Collector):
    """The counters of this process, when it shares them with no other."""

    def collect(self) -> Iterable[Metric]:
        return instruments.REGISTRY.collect()


class _Host(Collector):
    """What is installed here, and when it was last backed up."""

    def collect(self) -> Iterable[Metric]:
        facts = {
            "version": version("keyturn"),
            "python": platform.python_version(),
            "database": connection.vendor,
        }
        yield InfoMetricFamily("keyturn_build", "What is installed.", value=facts)
        last = backups.last()
        if last:
            yield GaugeMetricFamily(
                "keyturn_last_backup_timestamp_seconds",
                "When keyturn backup last succeeded on this host.",
                value=last.timestamp(),
            )
