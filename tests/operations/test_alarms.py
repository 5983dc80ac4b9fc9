"""Too many failed verifications alert once an hour and environment."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.core import clock
from keyturn.operations.analytics import alarms
from keyturn.operations.analytics.models import VerificationCount
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification
from keyturn.platform.preferences import services as preferences
from tests.portals.conftest import AdminOf, admin_of

__all__ = ["admin_of"]
pytestmark = pytest.mark.django_db
HOUR = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _count(environment: str, minutes: int, failed: int) -> None:
    at = HOUR + timedelta(minutes=minutes)
    VerificationCount.objects.create(environment=environment, starts_at=at, succeeded=1000, failed=failed)


@pytest.mark.spec("NTF-14")
def test_failed_verifications_alert_once_an_hour(admin_of: AdminOf) -> None:
    mara, vera = admin_of("admin"), admin_of("operator")
    _count("production", 5, 30)
    _count("staging", 10, 49)
    for minute, failed, expected in ((6, 0, 0), (15, 20, 1), (20, 500, 1), (61, 0, 1), (62, 55, 2)):
        if failed:
            _count("production", minute // 5 * 5, failed)
        with clock.fixed(HOUR + timedelta(minutes=minute)):
            alarms.failed_verifications()
            folding.fold()
        assert Notification.objects.of(mara).count() == expected, minute
    told = Notification.objects.of(mara)[0]
    assert (told.type, told.environment, told.title) == ("security", "production", "Many verifications fail")
    assert not Notification.objects.of(vera).exists()
    preferences.set_value("notifications.failed_verifications", 0)
    assert alarms.failed_verifications() == 0
