"""Whatever changes about a license, the next verification knows it: no result is kept."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.abuse.limits import policy
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import Api

KEY = "KEY-AAAA-BBBB-CCCC"


def _code(api: Api, identifier: str = "pc", endpoint: str = "verify") -> int:
    return api.post(endpoint, license_key=KEY, identifier=identifier).code


@pytest.mark.spec("SET-22", "LCY-16")
def test_changes_show_in_the_next_answer(api: Api, owner: Actor) -> None:
    license = api.license(devices=["pc"], activation_limit=1)
    assert _code(api) == 200
    services.suspend(owner, license, reason="Unpaid")
    assert _code(api) == 204
    license.refresh_from_db()
    services.reactivate(owner, license)
    assert _code(api) == 200
    assert _code(api, "laptop", "activate") == 302
    License.objects.filter(pk=license.pk).update(activation_limit=2)
    assert _code(api, "laptop", "activate") == 300
    License.objects.filter(pk=license.pk).update(expires_at=clock.now() - timedelta(days=1))
    assert _code(api) == 205
    License.objects.filter(pk=license.pk).update(expires_at=None)
    api.product.killed_at = clock.now()
    api.product.save()
    assert _code(api) == 203
    api.product.killed_at = None
    api.product.save()
    assert _code(api) == 200
    license.refresh_from_db()
    services.delete_many(owner, [license])
    assert _code(api) == 210


@pytest.mark.spec("SET-20")
@pytest.mark.parametrize(
    ("state", "code"),
    [
        ({}, 200),
        ({"status": "suspended"}, 204),
        ({"status": "revoked", "devices": []}, 204),
        ({"status": "expired"}, 205),
    ],
)
def test_state_and_limit_count_whether_verification_is_full_or_not(api: Api, state: dict[str, Any], code: int) -> None:
    assert _code(api) == 210
    api.license(**{"devices": ["pc"], "activation_limit": 1, **state})
    assert policy().enabled
    for full in (True, False):
        preferences.set_value("licenses.full_verification", full)
        assert _code(api) == code
        assert code != 200 or _code(api, "laptop", "activate") == 302
    assert not policy().enabled
