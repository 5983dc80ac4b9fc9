"""Requests that meet are read, judged and recorded by one of them, each as if it had come alone."""

from time import perf_counter

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from keyturn.api import signers, verdicts
from keyturn.api.path import Path, _Step
from keyturn.api.transport import Call
from keyturn.core import clock
from keyturn.core.db import Shared
from keyturn.core.together import Together
from keyturn.licensing.licenses.models import Activation, License, Mismatch
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.logs.models import RequestLog
from tests.api.conftest import Api

KEY = "KEY-AAAA-BBBB-CCC"
EACH = [
    ("verify", f"{KEY}1", "pc-1", 200),
    ("verify", f"{KEY}1", "laptop", 202),
    ("verify", f"{KEY}2", "pc-2", 204),
    ("verify", "NOBODY'S \"KEY\\", "pc", 210),
    ("activate", f"{KEY}1", "pc-1", 301),
    ("activate", f"{KEY}3", "pc", 302),
    ("deactivate", f"{KEY}3", "pc", 401),
    ("verify", f"{KEY}3", "pc-3", 200),
]


def _steps(api: Api) -> list[_Step]:
    for number in (1, 2, 3):
        status = {"status": "suspended"} if number == 2 else {}
        api.license(f"{KEY}{number}", devices=[f"pc-{number}"], activation_limit=1, **status)
    return [_step(api, endpoint, key, device) for endpoint, key, device, _ in EACH]


def _step(api: Api, endpoint: str, key: str, device: str, *, secret: str = "") -> _Step:
    given = {"license_key": key, "identifier": device}
    id = f"{endpoint}-{key[-1]}-{device}"
    call = Call(endpoint, "POST", given, secret or api.secret, "192.0.2.7", "", "", id, perf_counter())
    return _Step(call, verdicts.ask(endpoint, given, clock.now()))


def test_each_gets_its_own_answer_from_two_statements(api: Api) -> None:
    steps = [*_steps(api), _step(api, "verify", f"{KEY}1", "pc-1", secret="kt_live_" + "x" * 40)]
    path = Path(Shared(), signers.choose)
    path.run(steps[0].call)
    ApiKey.objects.update(last_used_at=clock.now())
    RequestLog.objects.all().delete()
    with CaptureQueriesContext(connection) as asked:
        path._go(steps)
    if connection.vendor == "postgresql":
        assert len([one for one in asked.captured_queries if "SAVEPOINT" not in one["sql"]]) == 2
    assert [step.result and step.result.code for step in steps] == [*(code for *_, code in EACH), 100]
    logged = list(RequestLog.objects.order_by("id").values_list("request_id", "code"))
    assert logged == [(step.call.request_id, step.result.code if step.result else 0) for step in steps]
    seen = Activation.objects.filter(last_verified_at__isnull=False).values_list("identifier", flat=True)
    assert set(seen) == {"pc-1", "pc-3"}
    assert set(Mismatch.objects.values_list("license__license_key", "identifier")) == {(f"{KEY}1", "laptop")}


def test_a_change_is_left_to_who_asked_for_it(api: Api) -> None:
    steps = _steps(api)
    License.objects.filter(license_key=f"{KEY}3").update(activation_limit=2)
    path = Path(Shared(), signers.choose)
    path._go(steps)
    (waiting,) = [step for step in steps if step.result is None]
    assert (waiting.call.endpoint, waiting.asked.license_key) == ("activate", f"{KEY}3")
    assert RequestLog.objects.count() == len(steps) - 1
    assert path.run(waiting.call).code == 300


def test_what_fails_for_one_fails_for_no_other(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    steps = _steps(api)
    judge = verdicts.judge

    def broken(asked: verdicts.Asked, facts: object) -> object:
        if asked.license_key == f"{KEY}2":
            raise LookupError
        return judge(asked, facts)  # type: ignore[arg-type]

    monkeypatch.setattr(verdicts, "judge", broken)
    together = Together(Path(Shared(), signers.choose)._go)
    for step in steps:
        if step.asked.license_key == f"{KEY}2":
            with pytest.raises(LookupError):
                together.ask(step)
        else:
            together.ask(step)
    assert RequestLog.objects.count() == len(steps) - 1
