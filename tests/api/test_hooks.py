"""What the API tells webhooks beside the audit trail: refused activations and telemetry."""

import json
from typing import Any

import pytest

from keyturn.access.actors import system
from keyturn.platform.preferences import services as preferences
from keyturn.platform.webhooks import services as webhooks
from keyturn.platform.webhooks.models import Event
from tests.api.conftest import Api
from tests.jobs import Work, work
from tests.receiver import local, receiver

__all__ = ["local", "receiver", "work"]
KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.fixture
def listening(receiver: Any, local: None) -> Any:
    def listen(*events: str) -> Any:
        url = f"http://127.0.0.1:{receiver.server_port}/hook"
        return webhooks.create(system("test"), name="Shop", url=url, environment="production", events=events)

    return listen


def _told(receiver: Any) -> list[tuple[str, dict[str, Any]]]:
    bodies = [json.loads(body) for _, _, body in receiver.seen]
    return [(one["event"], one["payload"]) for one in bodies]


@pytest.mark.spec("WHK-06", "WHK-07")
def test_a_refused_activation_is_told_with_its_code(api: Api, receiver: Any, listening: Any, work: Work) -> None:
    api.license(activation_limit=1)
    assert api.post("activate", license_key=KEY, identifier="pc").code == 300
    assert api.post("activate", license_key=KEY, identifier="quiet").code != 300
    listening("activation.failed")
    assert api.post("activate", license_key=KEY, identifier="pc").code == 301
    code = api.post("activate", license_key=KEY, identifier="laptop").code
    assert api.post("activate", license_key="NO-SUCH-KEY", identifier="laptop").code == 210
    work()
    ((event, payload),) = _told(receiver)
    assert (event, payload["code"], payload["identifier"]) == ("activation.failed", code, "laptop")
    assert payload["license"]["license_key"] == KEY
    assert payload["actor"]["type"] == "api_key"


@pytest.mark.spec("TEL-06")
def test_telemetry_is_told_and_flagged(api: Api, receiver: Any, listening: Any, work: Work) -> None:
    preferences.set_value("telemetry.enabled", True)
    report = {"product_id": api.product.pk, "license_key": "NO-SUCH-KEY", "data_type": "text", "text_data": "x"}
    api.post("send-telemetry-data", **report)
    assert Event.objects.count() == 0
    listening("telemetry.received", "telemetry.flagged")
    api.post("send-telemetry-data", **report)
    work()
    told = _told(receiver)
    assert sorted(event for event, _ in told) == ["telemetry.flagged", "telemetry.received"]
    assert told[0][1]["telemetry"]["product_uuid"] == str(api.product.uuid)
    assert "id" not in told[0][1]["telemetry"]
