"""Secrets at rest and secret tokens.

Values that must be read again are sealed with Fernet (AES-128-CBC and HMAC-SHA256, see
https://github.com/fernet/spec); the first key of KEYTURN_ENCRYPTION_KEYS seals, all of them open.
Values that are only compared are kept as SHA-256 of a random token of at least 128 bits.
"""

import hashlib
import hmac
import secrets
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """A sealed value was made with a key that this installation does not have, or was altered."""


@lru_cache(maxsize=1)
def _box() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.ENCRYPTION_KEYS])


def seal(value: bytes) -> str:
    """Encrypt `value` with the installation's key; the result is URL-safe ASCII."""
    return _box().encrypt(value).decode("ascii")


def unseal(sealed: str) -> bytes:
    """The bytes behind `seal`. Raises Unreadable."""
    try:
        return _box().decrypt(sealed.encode("ascii"))
    except InvalidToken as error:
        raise Unreadable from error


def new_token(prefix: str = "", size: int = 32) -> str:
    """A random URL-safe token with `size` bytes of entropy behind a recognisable prefix."""
    return prefix + secrets.token_urlsafe(size)


def token_hash(token: str) -> str:
    """Hex SHA-256 of a random token. Only for tokens with full entropy, never for passwords."""
    return hashlib.sha256(token.encode()).hexdigest()


def same(left: str, right: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(left.encode(), right.encode())
