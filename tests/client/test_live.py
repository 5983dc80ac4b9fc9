"""The client against a running server."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from keyturn_client import AsyncClient, Cause, Deactivated, Denied, PublicKeys, Source, Unreachable, Valid
from tests.client.conftest import Clock, Connect, Server
from tests.installation import free_port

SUSPEND = """
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License

owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
services.suspend(owner, License.objects.get(license_key="KEY"), reason="Chargeback")
"""


@pytest.mark.spec("API-12", "API-28", "API-29")
def test_the_life_of_a_seat(server: Server, connect: Connect) -> None:
    key = server.license()
    first, second = connect(), connect(identifier="pc-2")
    assert first.verify(key) == Denied(
        202, "No activation found for this license key/identifier combination", "assigned"
    )
    taken = first.activate(key, os="Linux", name="Ada's computer")
    assert isinstance(taken, Valid)
    assert (taken.code, taken.source, taken.has("export"), taken.has("seats"), taken.has("other")) == (
        300, Source.ONLINE, True, False, False,
    )  # fmt: skip
    assert (taken.license.key, taken.license.product_name, taken.license.limit) == (key, "Editor", 1)
    again = first.activate(key)
    assert isinstance(again, Valid)
    assert again.code == 301
    full = second.activate(key)
    assert isinstance(full, Denied)
    assert full.code == 302
    assert first.deactivate(key) == Deactivated()
    assert first.deactivate(key) == Deactivated(already=True)
    assert isinstance(second.activate(key), Valid)


def test_a_good_answer_is_cached(server: Server, connect: Connect, clock: Clock) -> None:
    key = server.license()
    client = connect()
    client.activate(key)
    assert _source(client.verify(key)) == Source.CACHE
    assert _source(connect().verify(key)) == Source.CACHE
    assert _source(client.verify(key, fresh=True)) == Source.ONLINE
    clock.ahead = timedelta(seconds=301)
    assert _source(client.verify(key)) == Source.ONLINE


@pytest.mark.spec("OFF-41", "LCY-33")
def test_a_refusal_ends_the_cache(server: Server, connect: Connect, clock: Clock) -> None:
    key = server.license()
    client = connect()
    client.activate(key)
    server.installation.python(SUSPEND.replace("KEY", key))
    denied = client.verify(key, fresh=True)
    assert isinstance(denied, Denied)
    assert (denied.code, denied.state, denied.has("export")) == (204, "suspended", False)
    assert isinstance(connect(url=_nobody()).verify(key), Unreachable)


def test_without_a_connection_the_last_answer_holds_for_the_grace(
    server: Server, connect: Connect, clock: Clock
) -> None:
    key = server.license()
    connect().activate(key)
    away = connect(url=_nobody(), timeout=1.0)
    clock.ahead = timedelta(hours=1)
    found = away.verify(key)
    assert isinstance(found, Valid)
    assert found.source == Source.CACHE
    assert found.trusted_until == found.checked_at + timedelta(days=7)
    assert "Connect before" in found.warnings[0]
    clock.ahead = timedelta(days=6, hours=23)
    assert isinstance(away.verify(key), Valid)
    clock.ahead = timedelta(days=7, minutes=1)
    ended = away.verify(key)
    assert isinstance(ended, Unreachable)
    assert ended.cause == Cause.NETWORK


def test_a_clock_set_back_ends_the_grace(server: Server, connect: Connect, clock: Clock) -> None:
    key = server.license()
    connect().activate(key)
    away = connect(url=_nobody(), timeout=1.0)
    clock.ahead = timedelta(days=5)
    assert isinstance(away.verify(key), Valid)
    clock.ahead = timedelta(days=3)
    assert isinstance(away.verify(key), Unreachable)


def test_an_answer_kept_for_another_device_is_worthless(server: Server, connect: Connect, tmp_path: Path) -> None:
    key = server.license()
    connect().activate(key)
    (kept,) = (tmp_path / "state").glob("answer-*.json")
    other = connect(url=_nobody(), identifier="pc-2", timeout=1.0)
    assert isinstance(other.verify(key), Unreachable)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(other._options.state, "_answer", lambda _: kept)
        assert isinstance(other.verify(key), Unreachable)
    kept.write_text(kept.read_text().replace("eyJ", "eyK", 1))
    assert isinstance(connect(url=_nobody(), timeout=1.0).verify(key), Unreachable)


@pytest.mark.spec("OFF-14", "OFF-25")
def test_the_offline_file_outlives_the_grace(server: Server, connect: Connect, clock: Clock, tmp_path: Path) -> None:
    ends = datetime(2100, 1, 1, tzinfo=UTC)
    key = server.license(ends=ends)
    file = tmp_path / "license.lic"
    connect(offline_file=file).activate(key)
    assert file.is_file()
    away = connect(url=_nobody(), offline_file=file, timeout=1.0)
    clock.ahead = timedelta(days=400)
    found = away.verify(key)
    assert isinstance(found, Valid)
    assert (found.source, found.license.expires_at, found.has("export")) == (Source.OFFLINE_FILE, ends, True)
    other = connect(url=_nobody(), offline_file=file, timeout=1.0, identifier="pc-2")
    assert isinstance(other.verify(key), Unreachable)
    assert connect(offline_file=file, now=Clock()).deactivate(key) == Deactivated()
    assert not file.exists()


def test_a_program_built_with_another_key_trusts_nothing(server: Server, connect: Connect) -> None:
    key = server.license()
    found = connect(public_keys=PublicKeys.from_pem(FOREIGN)).activate(key)
    assert isinstance(found, Unreachable)
    assert found.cause == Cause.UNTRUSTED


def test_a_wrong_product_is_named(server: Server, connect: Connect) -> None:
    found = connect(product="0197a1c0-0000-7000-8000-000000000000").verify("NOBODY")
    assert isinstance(found, Unreachable)
    assert found.cause == Cause.UNTRUSTED
    assert "does not know the product" in found.reason


def test_an_unknown_license_is_denied(connect: Connect) -> None:
    found = connect().verify("NOBODY")
    assert isinstance(found, Denied)
    assert found.code == 210


@pytest.mark.spec("API-10")
def test_a_refused_api_key_says_nothing_of_the_license(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    key = server.license()
    connect().activate(key)
    found = connect(api_key="kt_live_wrong").verify(key, fresh=True)
    assert isinstance(found, Valid), "the last answer still holds"
    assert found.source == Source.CACHE
    assert "not-accepted: The server does not accept the API key: Invalid API Key" in caplog.text
    refused = connect(api_key="kt_live_wrong").verify("NOBODY")
    assert isinstance(refused, Unreachable)
    assert (refused.cause, "Invalid API Key" in refused.reason) == (Cause.NOT_ACCEPTED, True)


def test_expiry_is_told_with_its_date(server: Server, connect: Connect) -> None:
    ends = datetime(2020, 1, 1, tzinfo=UTC)
    found = connect().verify(server.license(ends=ends))
    assert isinstance(found, Denied)
    assert (found.code, found.state, found.expires_at) == (205, "expired", ends)


def test_the_same_with_asyncio(server: Server, tmp_path: Path) -> None:
    key = server.license()

    async def live() -> list[object]:
        async with AsyncClient(
            server.url,
            api_key=server.secret,
            product=server.product,
            public_keys=server.keys,
            app="com.example.editor",
            identifier="async",
            state_folder=tmp_path,
        ) as client:
            results = [await client.activate(key), await client.verify(key), await client.verify(key, fresh=True)]
            return [*map(_source, results), await client.deactivate(key)]

    assert asyncio.run(live()) == [Source.ONLINE, Source.CACHE, Source.ONLINE, Deactivated()]


def _source(found: object) -> Source:
    assert isinstance(found, Valid)
    return found.source


def _nobody() -> str:
    return f"http://127.0.0.1:{free_port()}"


FOREIGN = """-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
"""
