"""Key pairs of products and of the installation, and the signers made from them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import DatabaseError, connection

from keyturn.core import crypto
from keyturn.licensing.signing import rsa
from keyturn.licensing.signing.models import INSTALLATION, KeyPair

log = logging.getLogger(__name__)
INSTALLATION_BITS = 4096


@dataclass(frozen=True, slots=True)
class Signer:
    """A key in use. `label` tells clients whose it is: product or global."""

    pair: str
    label: str
    sign: Callable[[bytes], str]


def current(holder: str) -> KeyPair | None:
    """The pair in use by `holder` (a product's UUID as text, or INSTALLATION)."""
    return KeyPair.objects.filter(holder=holder, archived_at=None).first()


def ensure(holder: str, bits: int) -> KeyPair:
    """The pair in use by `holder`, made now when there is none.

    Call it outside a transaction: making a key of 4096 bits takes seconds. Of parallel calls exactly
    one stores its pair, and all return that one.
    """
    pair = current(holder)
    if pair is None:
        private, public = rsa.generate(bits)
        fresh = KeyPair(holder=holder, bits=bits, public_pem=public.decode(), sealed_private=crypto.seal(private))
        KeyPair.objects.bulk_create([fresh], ignore_conflicts=True)
        pair = KeyPair.objects.get(holder=holder, archived_at=None)
    return pair


def signer(pair: str | UUID, algorithm: str = "rsa-sha256", *, installation: bool = False) -> Signer:
    """What signs with the pair of that UUID. Raises KeyPair.DoesNotExist, crypto.Unreadable."""
    return _signer(str(pair), algorithm, "global" if installation else "product")


def installation_signer() -> Signer:
    """What signs when no product is known; the installation's pair is made at first use."""
    return signer(ensure(INSTALLATION, INSTALLATION_BITS).uuid, installation=True)


def prepare() -> None:
    """Make the installation's pair before the first answer needs it: for a thread at the start of a server."""
    try:
        ensure(INSTALLATION, INSTALLATION_BITS)
    except DatabaseError:
        log.warning("The installation's signing key is not there yet; it is made when it is needed")
    finally:
        connection.close()


def private_key(pair: str) -> RSAPrivateKey:
    """The unsealed private key of an immutable pair, kept in memory once read."""
    return _private_key(pair)


# Pairs never change, so these need no invalidation; the bound is about 10 MB.
@lru_cache(maxsize=2048)
def _private_key(pair: str) -> RSAPrivateKey:
    sealed: str = KeyPair.objects.values_list("sealed_private", flat=True).get(uuid=pair)
    return rsa.load(crypto.unseal(sealed))


@lru_cache(maxsize=2048)
def _signer(pair: str, algorithm: str, label: str) -> Signer:
    key = _private_key(pair)
    return Signer(pair, label, lambda message: rsa.sign(key, message, algorithm))
