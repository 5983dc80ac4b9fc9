"""What keys of every kind have in common: making them, signing, verifying, and showing the public half.

RSA is what the official client libraries check (api-v1.md 6.1). Ed25519 (RFC 8032) is for clients that are
written anew: its keys and signatures are short, and a signature costs a fiftieth.
"""

import base64
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from keyturn.licensing.signing import rsa

ED25519: Final = "ed25519"
ED25519_BITS: Final = 256
_JOSE: Final = {"rsa-sha256": "RS256", "rsa-sha512": "RS512", ED25519: "EdDSA"}

PrivateKey = RSAPrivateKey | Ed25519PrivateKey


def generate(bits: int, algorithm: str) -> tuple[bytes, bytes]:
    """A new key pair as (private, public) PEM: PKCS#8 and SubjectPublicKeyInfo. `bits` counts for RSA alone."""
    if algorithm != ED25519:
        return rsa.generate(bits)
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def load(private_pem: bytes, algorithm: str) -> PrivateKey:
    """The private key in a PEM made by `generate` for that algorithm. Raises TypeError, ValueError."""
    if algorithm != ED25519:
        return rsa.load(private_pem)
    key = serialization.load_pem_private_key(private_pem, None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("Not an Ed25519 key.")
    return key


def sign(key: PrivateKey, message: bytes, algorithm: str) -> str:
    """The signature of `message` in Base64."""
    if isinstance(key, RSAPrivateKey):
        return rsa.sign(key, message, algorithm)
    return base64.b64encode(key.sign(message)).decode("ascii")


def verifies(public_pem: bytes, message: bytes, signature: str, algorithm: str) -> bool:
    """Whether `signature` (Base64) of `message` was made with the key of that PEM. ValueError: no such PEM."""
    if algorithm != ED25519:
        return rsa.verifies(public_pem, message, signature, algorithm)
    key = serialization.load_pem_public_key(public_pem)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("Not an Ed25519 key.")
    try:
        key.verify(base64.b64decode(signature), message)
    except InvalidSignature:
        return False
    return True


def jwk(public_pem: bytes, algorithm: str, kid: str) -> dict[str, Any]:
    """The public key as a JSON Web Key (RFC 7517; RFC 8037 for Ed25519)."""
    key = serialization.load_pem_public_key(public_pem)
    shown = {"kid": kid, "use": "sig", "alg": _JOSE[algorithm]}
    if isinstance(key, RSAPublicKey):
        numbers = key.public_numbers()
        return {"kty": "RSA", **shown, "n": _number(numbers.n), "e": _number(numbers.e)}
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", **shown, "crv": "Ed25519", "x": _text(key.public_bytes_raw())}
    raise ValueError("Neither an RSA nor an Ed25519 key.")


def _number(value: int) -> str:
    return _text(value.to_bytes((value.bit_length() + 7) // 8))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
