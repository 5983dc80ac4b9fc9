"""What a customer is told of the last check that did not fit his license (CLP-25)."""

from datetime import timedelta

import pytest
from django.template.loader import render_to_string

from keyturn.core import clock
from keyturn.licensing.licenses import mismatches, traces
from keyturn.licensing.licenses.models import License, Mismatch
from keyturn.people.apikeys.models import ApiKey
from keyturn.portals.client.validation import Refusal, validation
from tests.api.conftest import Api

KEY = "KEY-AAAA-BBBB-CCCC"


def _told(license: License) -> Refusal | None:
    return validation(License.objects.select_related("product").get(pk=license.pk)).refusal


@pytest.mark.spec("CLP-25")
def test_a_strange_device_is_named_with_the_time_of_its_check(api: Api) -> None:
    license = api.license(devices=["pc"])
    assert api.post("verify", license_key=KEY, identifier="pc").code == 200
    assert not Mismatch.objects.exists()
    for device in ("laptop", "laptop", "tablet"):
        assert api.post("verify", license_key=KEY, identifier=device).code == 202
    told = _told(license)
    assert told is not None
    assert (told.code, told.device) == (202, "tablet")
    page = render_to_string("client/licenses/_validation.html", {"validation": validation(license), "license": license})
    assert "tablet" in page
    assert Mismatch.objects.count() == 1
    # Another refusal came later: it is not that device's.
    License.objects.filter(pk=license.pk).update(status="suspended")
    assert api.post("verify", license_key=KEY, identifier="pc").code == 204
    told = _told(license)
    assert told is not None
    assert (told.code, told.device) == (204, "")


@pytest.mark.spec("CLP-25")
def test_a_check_in_another_environment_names_both(api: Api) -> None:
    license = api.license(devices=["pc"])
    assert api.post("verify", license_key="KEY-OF-NOBODY-0001", identifier="pc").code == 210
    assert not Mismatch.objects.exists()
    ApiKey.objects.update(environment="staging")
    assert api.post("verify", license_key=KEY, identifier="pc").code == 210
    told = _told(license)
    assert told is not None
    assert (told.title, told.code) == ("Other environment", 210)
    assert "asked in Staging, but this license belongs to Production" in told.hint


def test_a_new_owner_does_not_see_the_devices_of_the_one_before(api: Api) -> None:
    license = api.license(devices=["pc"])
    api.post("verify", license_key=KEY, identifier="his-laptop")
    assert mismatches.of(license)
    license.assigned_at = clock.now() + timedelta(seconds=1)
    assert not mismatches.of(license)


@pytest.mark.spec("CUS-43")
def test_it_goes_with_the_customer_and_with_time(api: Api) -> None:
    license = api.license(devices=["pc"])
    api.post("verify", license_key=KEY, identifier="his-laptop")
    with clock.fixed(clock.now() + mismatches.KEPT + timedelta(days=1)):
        assert not mismatches.of(license)
        assert mismatches.forget_old() == 1
    api.post("verify", license_key=KEY, identifier="his-laptop")
    traces.forget(api.customer)
    assert not Mismatch.objects.exists()
