"""Key pairs and what is made with them."""

import base64
from threading import Thread

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from keyturn.core import crypto
from keyturn.licensing.signing import rsa, services
from keyturn.licensing.signing.models import KeyPair

pytestmark = pytest.mark.django_db


def test_a_pair_is_made_once_and_sealed() -> None:
    first = services.ensure("someone", 2048)
    assert services.ensure("someone", 2048).uuid == first.uuid == services.current("someone").uuid
    assert "PRIVATE" not in first.sealed_private
    assert b"PRIVATE" in crypto.unseal(first.sealed_private)
    assert first.public_pem.startswith("-----BEGIN PUBLIC KEY-----")


def test_the_loser_of_a_race_returns_the_winners_pair(monkeypatch: pytest.MonkeyPatch) -> None:
    winner: list[KeyPair] = []

    def slow(bits: int) -> tuple[bytes, bytes]:
        made = generate(bits)
        monkeypatch.setattr(rsa, "generate", generate)
        winner.append(services.ensure("someone", bits))  # another process, meanwhile
        return made

    generate = rsa.generate
    monkeypatch.setattr(rsa, "generate", slow)
    assert services.ensure("someone", 2048).uuid == winner[0].uuid
    assert KeyPair.objects.count() == 1


@pytest.mark.spec("API-61", "API-63")
@pytest.mark.parametrize("bits", [2048, 3072])
def test_blocks_open_with_the_public_key(bits: int) -> None:
    private, public = rsa.generate(bits)
    text = b'{"name":"' + b"x" * 700 + b'"}'
    blocks = base64.b64decode(rsa.encrypt_blocks(rsa.load(private), text))
    numbers = load_pem_public_key(public).public_numbers()
    size = bits // 8
    opened = b""
    for start in range(0, len(blocks), size):
        number = pow(int.from_bytes(blocks[start : start + size], "big"), numbers.e, numbers.n)
        block = number.to_bytes(size, "big")
        padding, _, piece = block[2:].partition(b"\x00")
        assert block[:2] == b"\x00\x01"
        assert set(padding) == {0xFF}
        assert len(padding) >= 8
        opened += piece
    assert opened == text


def test_signers_are_kept_by_pair() -> None:
    pair = services.ensure("someone", 2048)
    made = []
    threads = [Thread(target=lambda: made.append(services.signer(pair.uuid).sign(b"text"))) for _ in range(1)]
    made.append(services.signer(pair.uuid).sign(b"text"))
    for thread in threads:
        thread.start()
        thread.join()
    assert made[0] == made[1]
    assert services.signer(pair.uuid, installation=True).label == "global"
