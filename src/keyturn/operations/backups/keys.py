"""The installation's secrets in a backup: under a passphrase within it, or in a file of their own beside it."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

from keyturn.core.errors import Refused

_COST: Final = {"n": 2**15, "r": 8, "p": 1}


def present() -> dict[str, str]:
    """The secrets in use, by the names of their variables."""
    return {"SECRET_KEY": settings.SECRET_KEY, "ENCRYPTION_KEYS": ",".join(settings.ENCRYPTION_KEYS)}


def fingerprints(encryption_keys: str) -> list[str]:
    """What tells encryption keys apart and opens nothing: they are random, so their digests cannot be guessed."""
    return [hashlib.sha256(key.strip().encode()).hexdigest()[:16] for key in encryption_keys.split(",")]


def seal(secrets: Mapping[str, str], passphrase: str) -> bytes:
    """JSON that opens only with the passphrase (scrypt, then Fernet)."""
    salt = os.urandom(16)
    sealed = _box(passphrase, salt, _COST).encrypt(json.dumps(dict(secrets)).encode())
    return json.dumps({"kdf": "scrypt", **_COST, "salt": salt.hex(), "sealed": sealed.decode()}).encode()


def unseal(content: bytes, passphrase: str) -> dict[str, str]:
    """The secrets. Raises Refused for a wrong passphrase."""
    box = json.loads(content)
    try:
        opened = _box(passphrase, bytes.fromhex(box["salt"]), box).decrypt(box["sealed"].encode())
    except InvalidToken:
        raise Refused("This passphrase does not open the keys of the backup.") from None
    secrets: dict[str, str] = json.loads(opened)
    return secrets


def beside(backup: Path) -> Path:
    """Where the keys of a backup without a passphrase are written."""
    return backup.with_name(f"{backup.name}.keys")


def _box(passphrase: str, salt: bytes, cost: Mapping[str, int]) -> Fernet:
    derived = Scrypt(salt, 32, cost["n"], cost["r"], cost["p"]).derive(passphrase.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
