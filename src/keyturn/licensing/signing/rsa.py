"""RSA as the official client libraries expect it: PKCS#1 v1.5, no PSS (api-v1.md 6.1 and 12.1)."""

import base64
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa, utils

PUBLIC_EXPONENT: Final = 65537
_OVERHEAD: Final = 11  # bytes that type-1 padding adds to a block
_HASHES: Final = {"rsa-sha256": hashes.SHA256(), "rsa-sha512": hashes.SHA512()}


def generate(bits: int) -> tuple[bytes, bytes]:
    """A new key pair as (private, public) PEM: PKCS#8 and SubjectPublicKeyInfo. Takes seconds at 4096 bits."""
    key = rsa.generate_private_key(PUBLIC_EXPONENT, bits)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def load(private_pem: bytes) -> rsa.RSAPrivateKey:
    """The private key in a PEM made by `generate`."""
    # Checking the primes takes a fifth of a second; the PEM was sealed by us, so it is what we made.
    key = serialization.load_pem_private_key(private_pem, None, unsafe_skip_rsa_key_validation=True)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise TypeError("Not an RSA key.")
    return key


def sign(key: rsa.RSAPrivateKey, message: bytes, algorithm: str) -> str:
    """The signature of `message` in Base64. `algorithm`: rsa-sha256 or rsa-sha512."""
    return base64.b64encode(key.sign(message, padding.PKCS1v15(), _HASHES[algorithm])).decode("ascii")


def verifies(public_pem: bytes, message: bytes, signature: str, algorithm: str) -> bool:
    """Whether `signature` (Base64) of `message` was made with the key of that PEM. ValueError: no such PEM."""
    key = serialization.load_pem_public_key(public_pem)
    if not isinstance(key, rsa.RSAPublicKey):
        raise ValueError("Not an RSA key.")
    try:
        key.verify(base64.b64decode(signature), message, padding.PKCS1v15(), _HASHES[algorithm])
    except InvalidSignature:
        return False
    return True


def encrypt_blocks(key: rsa.RSAPrivateKey, text: bytes) -> str:
    """`text` cut into blocks, each raised with the private key under type-1 padding; joined, in Base64.

    Anyone with the public key can read it; only this key can have made it. `text` must be JSON made by
    the server: a caller's bytes could pass for the digest of a signature.
    """
    room = key.key_size // 8 - _OVERHEAD
    pieces = (text[start : start + room] for start in range(0, len(text), room))
    blocks = b"".join(key.sign(piece, padding.PKCS1v15(), utils.NoDigestInfo()) for piece in pieces)
    return base64.b64encode(blocks).decode("ascii")
