"""The preview of a license: its dialog, its samples, its offline file (LIC-21)."""

import html
import json
import re
import shutil
import subprocess
import sys
from datetime import timedelta

import pytest
from django.test import Client

from keyturn.access.permissions import Role
from keyturn.core import clock
from keyturn.core.clock import now
from keyturn.core.text import mask_key
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import rsa
from keyturn.licensing.signing import services as signing
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.preferences import services as preferences
from keyturn.portals.admin import api_samples
from tests.installation import Installation
from tests.licensing.conftest import LicenseIn, generator, license_in, product
from tests.portals.conftest import PASSWORD, ClientOf

__all__ = ["generator", "license_in", "product"]
SHOP = """
from keyturn.access.actors import system
from keyturn.licensing.generators import services as generators
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.signing import services as signing
from keyturn.portals.admin.api_samples import ENDPOINTS, LANGUAGES, sample
import json
actor = system("test", "production")
product = products.create(actor, name="Müller's \\"App\\" $HOME", key_bits=2048)
signing.ensure(str(product.uuid), 2048)
services.add_keys(actor, product, ["it's $HOME `id` \\"ü\\" \\\\n"], email="jane@example.com", activation_limit=9)
license = License.objects.get()
print(json.dumps({f"{language} {endpoint}": sample(license, language, endpoint, key=license.license_key, base=BASE).text
    for language, _ in LANGUAGES for endpoint, _ in ENDPOINTS}))
"""
RUNNERS = {
    "curl": ("bash", "-c"),
    "python": (sys.executable, "-c"),
    "javascript": ("node", "-e"),
    "php": ("php", "-r"),
}


@pytest.mark.spec("LIC-21")
def test_the_samples_run_when_they_are_pasted(installation: Installation) -> None:
    with installation.serve() as server:
        samples = json.loads(installation.python(f"BASE = {server.url!r}\n{SHOP}"))
        key = installation.run("create-api-key", "--name", "test", "--rate-limit", "0").stdout.split()[-1]
        for language, runner in RUNNERS.items():
            if shutil.which(runner[0]) is None:
                continue
            for endpoint, code in (("activate", 300), ("verify", 200), ("deactivate", 400), ("verify", 202)):
                text = samples[f"{language} {endpoint}"].removeprefix("<?php")
                done = subprocess.run(
                    [*runner, text],
                    env={**installation.env, "KEYTURN_API_KEY": key, "HOME": "/nowhere"},
                    capture_output=True,
                    text=True,
                    timeout=60,
                )
                assert done.returncode == 0, done.stderr
                said = json.loads(done.stdout)["response"]["code"] if language == "curl" else done.stdout.split()[0]
                assert int(said) == code, (language, endpoint, done.stdout)


def _dialog(client: Client, url: str, **headers: str) -> str:
    answer = client.get(url, headers={"HX-Request": "true", **headers})
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.django_db
@pytest.mark.spec("LIC-21", "LIC-34")
def test_the_dialog_shows_all_but_the_key(client_of: ClientOf, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    url = f"/admin/licenses/{license.uuid}/preview"
    for role in Role.values:
        text = _dialog(client_of(role), url)
        for part in ("License preview", "john@example.com", "DESKTOP-4K7QX", "curl -sS", "KEYTURN_API_KEY"):
            assert part in text
        assert license.license_key not in text
        assert ("Offline test file" in text) == (role in (Role.SUPER_ADMIN, Role.ADMIN))
        assert ("data-copy-url" in text) == (role != Role.VIEWER)
    client = client_of(Role.OPERATOR)
    piece = _dialog(client, f"{url}?language=python&endpoint=activate", **{"HX-Target": "sample"})
    assert "urllib.request" in piece
    assert "/api/v1/activate" in piece
    assert "<dialog" not in piece
    copied = client.post(f"{url}/sample?language=php&endpoint=verify").json()["value"]
    assert license.license_key in copied
    assert AuditEvent.objects.filter(action="license.key_revealed", license_uuid=license.uuid).count() == 1
    shown = html.unescape(re.sub("<[^>]+>", "", piece))
    assert mask_key(license.license_key).split("•")[0] in shown


@pytest.mark.django_db
@pytest.mark.spec("LIC-21")
def test_the_password_is_asked_for_when_that_is_wished(super_admin: Client, license_in: LicenseIn) -> None:
    license = license_in(Status.ACTIVE)
    url = f"/admin/licenses/{license.uuid}/preview"
    preferences.set_value("admins.confirm_preview", True)
    assert "Confirm that it is you" in _dialog(super_admin, url)
    for path in (f"{url}/sample", f"{url}/file"):
        assert super_admin.post(path, headers={"Accept": "application/json"}).status_code == 409
    answer = super_admin.post(url, {"password": "wrong"}, headers={"HX-Request": "true"})
    assert (answer.status_code, "Check both and try again" in answer.content.decode()) == (422, True)
    answer = super_admin.post(url, {"password": PASSWORD}, headers={"HX-Request": "true"})
    assert (answer.status_code, "curl -sS" in answer.content.decode()) == (200, True)
    assert "curl -sS" in _dialog(super_admin, url)
    assert super_admin.post(f"{url}/sample").status_code == 200
    with clock.fixed(clock.now() + timedelta(minutes=11)):
        assert "Confirm that it is you" in _dialog(super_admin, url)


def test_every_choice_has_a_sample() -> None:
    assert set(api_samples._WRITERS) == {language for language, _ in api_samples.LANGUAGES} == set(RUNNERS)


@pytest.mark.django_db
@pytest.mark.spec("LIC-21", "OFF-19")
def test_the_offline_file_ends_after_a_day(super_admin: Client, license_in: LicenseIn, product: Product) -> None:
    license = license_in(Status.ACTIVE)
    license.features = {"export": True, "seats": 5}
    license.save()
    pair = signing.ensure(str(product.uuid), 2048)
    answer = super_admin.post(f"/admin/licenses/{license.uuid}/preview/file")
    assert 'filename="license.lic"' in answer["Content-Disposition"]
    document = json.loads(answer.content)
    signature = document.pop("signature")
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    assert rsa.verifies(pair.public_pem.encode(), text, signature, pair.algorithm)
    document["license"]["features"]["seats"] = 6
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    assert not rsa.verifies(pair.public_pem.encode(), text, signature, pair.algorithm)
    assert document["license"]["expires_at"] <= f"{now() + timedelta(hours=24):%Y-%m-%dT%H:%M:%SZ}"
    assert (document["version"], document["license"]["metadata"]) == ("2.0", [])
    rules = document["validation_rules"]
    assert (rules["grace_period_days"], rules["strict_expiry"]) == (0, True)
    assert AuditEvent.objects.filter(action="license.offline_test_issued").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("state", [Status.AVAILABLE, Status.SUSPENDED, Status.EXPIRED, Status.REVOKED])
def test_no_offline_file_of_a_license_out_of_use(super_admin: Client, license_in: LicenseIn, state: Status) -> None:
    license = license_in(state)
    answer = super_admin.post(f"/admin/licenses/{license.uuid}/preview/file", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert f"is {state}" in answer.json()["message"]
