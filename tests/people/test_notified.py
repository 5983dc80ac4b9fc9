"""What admins are told of sign-ins and API keys."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.apikeys import notifying, services
from keyturn.people.apikeys.models import ApiKey
from keyturn.people.signin import history, places, second_factor
from keyturn.people.signin.sessions import Visitor
from keyturn.platform.logs.models import RequestLog
from keyturn.platform.mail.models import Message
from keyturn.platform.notifications import folding
from keyturn.platform.notifications.models import Notification
from tests.portals.conftest import AdminOf, admin_of

__all__ = ["admin_of"]
pytestmark = pytest.mark.django_db


def _told(admin: Admin) -> list[str]:
    folding.fold()
    return [row.title for row in Notification.objects.of(admin)]


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("203.0.113.7", "cb0071"),
        ("::ffff:203.0.113.7", "cb0071"),
        ("2001:db8:1:2::3", "20010db80001"),
        ("", ""),
        ("none", ""),
    ],
)
def test_networks(ip: str, network: str) -> None:
    assert places.network(ip) == network


@pytest.mark.spec("NTF-08")
def test_a_sign_in_from_a_new_network_is_told_to_its_admin_alone(admin_of: AdminOf) -> None:
    tom, mara = admin_of("operator"), admin_of("super_admin")
    visits = (("203.0.113.7", 100), ("198.51.100.9", 95), ("203.0.113.9", 3), ("203.0.113.44", 2), ("198.51.100.9", 1))
    told = []
    for ip, days in visits:
        with clock.fixed(now() - timedelta(days=days)):
            history.signed_in(tom, "password", Visitor(ip, "Test"))
            told.append(_told(tom)[:1])
            Notification.objects.all().delete()
    # The first one ever is nothing new; after 90 days the old network is.
    title = ["Sign-in from a new location"]
    assert told == [[], title, title, [], title]
    assert _told(mara) == []
    assert Message.objects.filter(template="admin-notification").count() == 3


@pytest.mark.spec("NTF-08", "PRF-11")
def test_what_happens_to_an_account_is_told_to_its_owner(admin_of: AdminOf, owner: Actor) -> None:
    from keyturn.people.signin import accounts

    tom, mara = admin_of("operator"), admin_of("super_admin")
    _told(mara)
    for event in ("totp_enabled", "totp_disabled", "password_changed", "recovery_code_used", "signin_paused"):
        accounts.note(accounts.themselves(tom), tom, event)
    assert len(_told(tom)) == 5
    assert "Your password was changed" in _told(tom)
    assert not [title for title in _told(mara) if title.startswith("Your")]
    # Only the lock has no mail of its own.
    assert Message.objects.filter(template="admin-notification").count() == 1
    assert second_factor.is_on(tom) is False


@pytest.mark.spec("NTF-14")
def test_keys_in_use_at_their_limit_and_about_to_expire(admin_of: AdminOf, owner: Actor) -> None:
    mara = admin_of("admin")
    services.create(owner, name="Shop", environment="production")
    key = ApiKey.objects.get(name="Shop")
    ApiKey.objects.filter(pk=key.pk).update(
        rate_limit=10, last_used_at=now(), expires_at=now() + timedelta(days=6, hours=12)
    )
    end = now().replace(second=0, microsecond=0)
    rows = [
        RequestLog(
            at=end - timedelta(minutes=minute) + timedelta(seconds=number),
            endpoint="verify",
            environment="production",
            code=200,
            status=200,
            api_key_id=key.pk,
        )
        for minute in range(6, 0, -1)
        for number in range(8)
    ]
    RequestLog.objects.bulk_create(rows)
    for _ in range(2):
        notifying.tell_of_use()
        notifying.warn_of_expiry()
        folding.fold()
    expected = {"API key in use: Shop", "API key near its limit: Shop", "API key expires in 7 days: Shop"}
    assert set(_told(mara)) - {"License assigned"} == expected
    assert len(_told(mara)) == 3


def test_a_key_that_pauses_is_not_at_its_limit(owner: Actor) -> None:
    services.create(owner, name="Shop", environment="production")
    key = ApiKey.objects.get(name="Shop")
    ApiKey.objects.filter(pk=key.pk).update(rate_limit=2)
    end = now().replace(second=0, microsecond=0)
    for minute in (5, 4, 2, 1):
        for _ in range(2):
            RequestLog.objects.create(
                at=end - timedelta(minutes=minute), endpoint="verify", code=200, status=200, api_key_id=key.pk
            )
    assert notifying.tell_of_use() == 0
