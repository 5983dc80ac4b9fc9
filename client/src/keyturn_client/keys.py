"""Public keys that a program is built with, and signatures checked against them."""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_pem_public_key

_END: Final = "-----END PUBLIC KEY-----"
_SMALLEST: Final = 2048
_DIGESTS: Final = (hashes.SHA256(), hashes.SHA512())

PublicKey = RSAPublicKey | Ed25519PublicKey


class PublicKeys:
    """One key or several: while a rotation is under way, a build holds the old key and the new one.

    The keys belong into the program. A key that is read from beside the license proves nothing: whoever
    can exchange one can exchange both.
    """

    def __init__(self, keys: Iterable[PublicKey]) -> None:
        self._keys = tuple(keys)
        if not self._keys:
            raise ValueError("Give at least one public key.")
        for key in self._keys:
            if isinstance(key, RSAPublicKey) and key.key_size < _SMALLEST:
                raise ValueError(f"An RSA key of {key.key_size} bits is too short: {_SMALLEST} is the least.")

    @classmethod
    def from_pem(cls, *texts: str) -> Self:
        """Keys in PEM (`BEGIN PUBLIC KEY`), one or several a text. Raises ValueError."""
        found = []
        for text in texts:
            for block in text.split(_END)[:-1]:
                key = load_pem_public_key((block.strip() + "\n" + _END + "\n").encode("ascii"))
                if not isinstance(key, RSAPublicKey | Ed25519PublicKey):
                    raise ValueError("Only RSA and Ed25519 keys sign licenses.")
                found.append(key)
        return cls(found)

    @classmethod
    def from_jwks(cls, document: str | Mapping[str, Any]) -> Self:
        """Keys of a JSON Web Key Set (RFC 7517), as `/.well-known/jwks.json` gives it. Raises ValueError.

        For the build of a program, not for its start: keys that are fetched together with the answers
        they sign prove nothing.
        """
        rows = (json.loads(document) if isinstance(document, str) else document).get("keys", [])
        return cls(key for row in rows if (key := _of_jwk(row)) is not None)

    @classmethod
    def read(cls, *paths: str | Path) -> Self:
        """Keys in PEM files that are packaged with the program. Raises OSError, ValueError."""
        return cls.from_pem(*(Path(path).read_text("ascii") for path in paths))

    def verify(self, message: bytes, signature: str) -> bool:
        """Whether `signature` (Base64) of `message` was made with one of the keys."""
        try:
            raw = base64.b64decode(signature, validate=True)
        except (binascii.Error, ValueError):
            return False
        return any(_verifies(key, message, raw) for key in self._keys)


def _verifies(key: PublicKey, message: bytes, signature: bytes) -> bool:
    if isinstance(key, Ed25519PublicKey):
        try:
            key.verify(signature, message)
        except InvalidSignature:
            return False
        return True
    for digest in _DIGESTS:
        try:
            key.verify(signature, message, padding.PKCS1v15(), digest)
        except InvalidSignature:
            continue
        return True
    return False


def _of_jwk(row: Mapping[str, Any]) -> PublicKey | None:
    """A key of a kind that signs licenses, or None: a set may hold others."""
    if row.get("use", "sig") != "sig":
        return None
    try:
        if row.get("kty") == "RSA":
            return RSAPublicNumbers(_number(row["e"]), _number(row["n"])).public_key()
        if row.get("kty") == "OKP" and row.get("crv") == "Ed25519":
            return Ed25519PublicKey.from_public_bytes(_bytes(row["x"]))
    except (KeyError, TypeError) as error:
        raise ValueError("This key set is damaged.") from error
    return None


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text))


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
