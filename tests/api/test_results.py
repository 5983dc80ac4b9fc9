"""A license that has not changed is judged once; a result is never older than what it is about (SET-22)."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.api import results
from keyturn.core import clock
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from keyturn.platform.monitoring.instruments import REGISTRY
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import Answer, Api

KEY = "KEY-AAAA-BBBB-CCCC"


def _verify(api: Api, *, kept: bool, code: int = 200, **given: str) -> Answer:
    """Verify, and see whether the result was kept from before."""
    before = REGISTRY.get_sample_value("keyturn_validations_total", {"kept": "yes"}) or 0
    answer = api.post("verify", license_key=KEY, **{"identifier": "pc", **given})
    after = REGISTRY.get_sample_value("keyturn_validations_total", {"kept": "yes"}) or 0
    assert (answer.code, after - before == 1) == (code, kept)
    return answer


@pytest.mark.spec("SET-22")
def test_a_result_is_kept_for_the_time_that_is_set(api: Api) -> None:
    api.license(devices=["pc"])
    preferences.set_value("licenses.cache_minutes", 10)
    began = clock.now()
    with clock.fixed(began):
        first = _verify(api, kept=False)
    with clock.fixed(began + timedelta(minutes=9)):
        assert _verify(api, kept=True).json["response"]["data"] == first.json["response"]["data"]
    with clock.fixed(began + timedelta(minutes=10)):
        _verify(api, kept=False)
    with clock.fixed(began + timedelta(minutes=19)):
        _verify(api, kept=True)


@pytest.mark.spec("SET-22")
def test_no_result_outlives_its_license(api: Api) -> None:
    began = clock.now()
    api.license(devices=["pc"], expires_at=began + timedelta(minutes=1))
    with clock.fixed(began):
        _verify(api, kept=False)
        _verify(api, kept=True)
    with clock.fixed(began + timedelta(minutes=2)):
        _verify(api, kept=False, code=205)


@pytest.mark.spec("SET-22")
def test_whatever_changes_ends_a_kept_result_at_once(api: Api) -> None:
    license = api.license(devices=["pc"])
    _verify(api, kept=False)
    _verify(api, kept=True)
    Customer.objects.filter(pk=api.customer.pk).update(name="Ada Lovelace")
    answer = _verify(api, kept=False)
    assert answer.json["response"]["data"]["license"]["customer_name"] == "Ada Lovelace"
    License.objects.filter(pk=license.pk).update(activation_limit=7)
    assert _verify(api, kept=False).json["response"]["data"]["activations_limit"] == 7
    type(api.product).objects.filter(pk=api.product.pk).update(name="Editor 2")
    assert _verify(api, kept=False).json["response"]["data"]["product"]["name"] == "Editor 2"
    _verify(api, kept=True)
    license.activations.update(status="inactive")
    _verify(api, kept=False, code=202)


def test_another_question_has_a_result_of_its_own(api: Api) -> None:
    api.license(devices=["pc"])
    _verify(api, kept=False)
    _verify(api, kept=False, code=202, identifier="laptop")
    _verify(api, kept=False, code=215, identifier="")
    _verify(api, kept=False, product_id=str(api.product.pk))
    _verify(api, kept=False, code=210, product_id=str(api.product.pk + 1))
    # The license as a whole, which an SDK may mean, and a device that cannot be.
    sdk = "LicenseManager-JavaScript-SDK/2.2.0"
    assert api.post("verify", license_key=KEY, agent=sdk).code == 200
    assert api.post("verify", license_key=KEY, agent=sdk, identifier="x" * 5000).code == 202
    _verify(api, kept=True)


def test_refusals_are_never_kept(api: Api) -> None:
    api.license(devices=["pc"], status="suspended")
    _verify(api, kept=False, code=204)
    _verify(api, kept=False, code=204)


def test_a_license_with_very_much_metadata_is_judged_each_time(api: Api) -> None:
    api.license(devices=["pc"], metadata={"note": "x" * 9000})
    _verify(api, kept=False)
    _verify(api, kept=False)


def test_the_oldest_goes_first(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(results, "MOST", 2)
    api.license(devices=["a", "b", "c"])
    for device in ("a", "b", "c"):
        _verify(api, kept=False, identifier=device)
    _verify(api, kept=True, identifier="c")
    _verify(api, kept=True, identifier="b")
    _verify(api, kept=False, identifier="a")


@pytest.mark.spec("SET-22")
def test_the_cache_is_cleared_by_hand(api: Api, owner: Actor) -> None:
    api.license(devices=["pc"])
    _verify(api, kept=False)
    _verify(api, kept=True)
    preferences.clear_results(owner)
    _verify(api, kept=False)
