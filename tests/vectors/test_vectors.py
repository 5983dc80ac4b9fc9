"""The published test vectors are what this server makes, byte for byte.

`pytest tests/vectors --write-vectors` writes them anew. RSA signatures of PKCS#1 v1.5 and Ed25519 are
deterministic, so the files change only when the formats do.
"""

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keyturn.core import clock
from keyturn.core.canonical import compact
from keyturn.licensing.licenses.facts import DeviceRecord
from keyturn.licensing.offline import document, licfile
from keyturn.licensing.signing import algorithms
from tests.api.conftest import Api
from tests.vectors import answers, keys, offline
from tests.vectors.offline import AT, LICENSE, MACHINE

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def address(settings: Any) -> None:
    settings.PUBLIC_URL = "https://licenses.example.com"


@pytest.fixture
def write(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--write-vectors"))


def _compare(name: str, made: Any, write: bool) -> None:
    file, text = keys.FOLDER / name, json.dumps(made, ensure_ascii=False, indent=1) + "\n"
    if write:
        file.write_text(text, "utf-8")
    assert file.read_text("utf-8") == text, f"{name} is not what the server makes: run with --write-vectors and review"


@pytest.mark.spec("OFF-01", "OFF-02", "OFF-04", "OFF-05")
def test_offline_files(write: bool) -> None:
    keys.store()
    made = offline.cases()
    _compare("offline.json", {"cases": made}, write)
    for case in made:
        if case["valid"]:
            found = json.loads(case["file"])
            rest = compact({name: value for name, value in found.items() if name != "signature"})
            algorithm = keys.PAIRS[case["public_key"]][3]
            assert algorithms.verifies(keys.public(case["public_key"]).encode(), rest, found["signature"], algorithm)
            assert len(document.text(found)) < 10_000


@pytest.mark.spec("API-11", "API-12", "API-14", "API-16")
def test_answers(api: Api, write: bool) -> None:
    _compare("answers.json", {"now": "2026-01-31T08:00:00Z", "cases": answers.cases(api)}, write)


@pytest.mark.spec("API-61", "API-63")
def test_block_files(write: bool) -> None:
    keys.store()
    made = []
    for name in ("product-rsa4096", "product-rsa2048"):
        device = DeviceRecord(1, answers.DEVICE, MACHINE, "hardware", "active", AT, None)
        with clock.fixed(AT):
            content = licfile.content(LICENSE, device, pair=keys.pair(name), features=offline.FEATURES)
        made.append({"public_key": name, "licFileContent": content, "json": _opened(name, content)})
    _compare("licfile.json", {"cases": made}, write)
    assert json.loads(made[0]["json"])["license_key"] == offline.KEY


def test_key_sets(write: bool) -> None:
    made = [
        {"public_key": name, "jwk": algorithms.jwk(keys.public(name).encode(), algorithm, uuid)}
        for name, (uuid, _, _, algorithm) in keys.PAIRS.items()
    ]
    _compare("jwks.json", {"cases": made}, write)


def _opened(name: str, content: str) -> str:
    """The text in a block file, opened by arithmetic alone."""
    key: Any = load_pem_public_key(keys.public(name).encode())
    numbers, size, raw = key.public_numbers(), key.key_size // 8, base64.b64decode(content)
    text = b""
    for start in range(0, len(raw), size):
        block = pow(int.from_bytes(raw[start : start + size]), numbers.e, numbers.n).to_bytes(size)
        text += block[block.index(0, 2) + 1 :]
    return text.decode()
