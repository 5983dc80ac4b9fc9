"""Ed25519 for products that ask for it, and public keys as a JSON Web Key Set."""

import base64
import json
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.products import keys
from keyturn.licensing.products import services as products
from keyturn.licensing.signing import algorithms
from keyturn.licensing.signing.models import INSTALLATION, KeyPair
from keyturn.platform.preferences import services as preferences
from keyturn_client import PublicKeys
from keyturn_client.offline import Validator
from keyturn_client.state import State
from tests.api.conftest import Api
from tests.jobs import Work

KEY = "KEY-AAAA-BBBB-CCCC"


@pytest.fixture
def ed25519(api: Api, owner: Actor) -> KeyPair:
    """The product of `api` after its change to Ed25519."""
    preferences.set_value("keys.rotation_grace_days", 0)
    changed = products.update(owner, api.product, version=api.product.version, signing_algorithm="ed25519")
    return keys.rotate(owner, changed)


def _openssl(folder: Path, pem: str, message: bytes, signature: str) -> bool:
    (folder / "key.pem").write_text(pem)
    (folder / "message").write_bytes(message)
    (folder / "signature").write_bytes(base64.b64decode(signature))
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in message -sigfile signature"
    return subprocess.run(command.split(), cwd=folder, capture_output=True).returncode == 0


@pytest.mark.spec("API-12", "PRD-14")
def test_answers_are_signed_with_ed25519(api: Api, ed25519: KeyPair, tmp_path: Path) -> None:
    api.license(devices=["pc"])
    body = api.post("verify", license_key=KEY, identifier="pc").json
    message = body["response_base64"].encode()
    assert len(body["signature"]) == 88
    assert _openssl(tmp_path, ed25519.public_pem, message, body["signature"])
    assert not _openssl(tmp_path, ed25519.public_pem, message + b"=", body["signature"])
    assert api.get("get-product-public-key").json["response"]["public_key"] == ed25519.public_pem
    assert keys.check([api.product])[0].fault == ""


@pytest.mark.spec("OFF-02", "OFF-14")
def test_offline_files_are_signed_with_ed25519(api: Api, ed25519: KeyPair, tmp_path: Path) -> None:
    api.license(devices=["pc"])
    data = api.post("verify", license_key=KEY, identifier="pc").json["response"]["data"]
    assert data["licFileContent"] is None, "blocks are made by RSA alone"
    assert json.loads(data["offline_license"])["security"]["signature_algorithm"] == "Ed25519"
    check = Validator(
        product=str(api.product.uuid),
        public_keys=PublicKeys.from_pem(ed25519.public_pem),
        state=State(tmp_path),
        hardware_id="pc",
    ).check(data["offline_license"])
    assert check.valid
    assert api.post("get-license-file", license_key=KEY, identifier="pc").code == 502


def _key_set(api: Api, **given: str) -> list[dict[str, Any]]:
    query = "&".join(f"{name}={value}" for name, value in given.items())
    answer = api.send("GET", "/.well-known/jwks.json", query=query)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/jwk-set+json")
    found: list[dict[str, Any]] = answer.json["keys"]
    return found


def test_the_key_set_holds_every_key_in_use(api: Api, ed25519: KeyPair) -> None:
    other = api.make_product("Player", signing_algorithm="rsa-sha512")
    shown = {one["kid"]: one for one in _key_set(api)}
    kinds = {one["alg"] for one in shown.values()}
    assert kinds == {"EdDSA", "RS256", "RS512"}
    (edwards,) = _key_set(api, product=str(api.product.uuid))
    assert (edwards["kty"], edwards["crv"], edwards["use"], edwards["kid"]) == (
        "OKP",
        "Ed25519",
        "sig",
        str(ed25519.uuid),
    )
    (rsa,) = _key_set(api, product=str(other.uuid))
    assert (rsa["kty"], rsa["e"], set(rsa)) == ("RSA", "AQAB", {"kty", "kid", "use", "alg", "n", "e"})
    pair = KeyPair.objects.get(uuid=rsa["kid"])
    numbers = load_pem_public_key(pair.public_pem.encode()).public_numbers()  # type: ignore[union-attr]
    assert int.from_bytes(base64.urlsafe_b64decode(rsa["n"] + "==")) == numbers.n
    (own,) = _key_set(api, product=INSTALLATION)
    assert own["kid"] in shown
    assert _key_set(api, product="nobody") == _key_set(api, product="0197a1c0-0000-7000-8000-00000000dead") == []


@pytest.mark.spec("PRD-30")
def test_the_key_set_shows_both_keys_of_a_rotation(api: Api, owner: Actor, work: Work) -> None:
    (old,) = _key_set(api, product=str(api.product.uuid))
    fresh = keys.rotate(owner, api.product)
    api.license(devices=["pc"])
    during = _key_set(api, product=str(api.product.uuid))
    assert [one["kid"] for one in during] == [old["kid"], str(fresh.uuid)]
    body = api.post("verify", license_key=KEY, identifier="pc").json
    both = PublicKeys.from_jwks({"keys": during})
    assert both.verify(body["response_base64"].encode(), body["signature"])
    with clock.fixed(clock.now() + timedelta(days=31)):
        work()
    assert [one["kid"] for one in _key_set(api, product=str(api.product.uuid))] == [str(fresh.uuid)]


def test_rfc_8037_example() -> None:
    """The public key of RFC 8037, appendix A.2."""
    key = "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    pem = f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n".encode()
    assert algorithms.jwk(pem, "ed25519", "1")["x"] == "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    with pytest.raises(ValueError, match="No"):
        algorithms.verifies(pem, b"", "", "rsa-sha256")
