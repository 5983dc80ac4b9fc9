"""Key pairs of products and of the installation, and the signers made from them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from django.db import DatabaseError, connection, transaction
from django.db.models import Q

from keyturn.core import crypto
from keyturn.core.clock import now
from keyturn.licensing.signing import algorithms
from keyturn.licensing.signing.algorithms import ED25519, ED25519_BITS, PrivateKey
from keyturn.licensing.signing.models import INSTALLATION, KeyPair

log = logging.getLogger(__name__)
INSTALLATION_BITS = 4096
_TEST = b"Keyturn signs this to see whether its keys are in order."


@dataclass(frozen=True, slots=True)
class Signer:
    """A key in use. `label` tells clients whose it is: product or global."""

    pair: str
    label: str
    sign: Callable[[bytes], str]


def current(holder: str) -> KeyPair | None:
    """The pair of `holder` (a product's UUID as text, or INSTALLATION) whose public key is handed out."""
    return KeyPair.objects.filter(holder=holder, archived_at=None).first()


def signing_pair(holder: str) -> KeyPair | None:
    """The pair that signs for `holder`: the current one, or the one before it in a rotation's grace period."""
    return KeyPair.objects.filter(holder=holder, signs=True).first()


def in_use(holder: str = "") -> list[KeyPair]:
    """The pairs that sign, or will after a rotation, without their private keys; of one holder, or of all."""
    pairs = KeyPair.objects.filter(Q(archived_at=None) | Q(signs=True)).defer("sealed_private").order_by("pk")
    return list(pairs.filter(holder=holder) if holder else pairs)


def ensure(holder: str, bits: int, algorithm: str = "rsa-sha256") -> KeyPair:
    """The current pair of `holder`, made now when there is none.

    Call it outside a transaction: making a key of 4096 bits takes seconds. Of parallel calls exactly
    one stores its pair, and all return that one.
    """
    pair = current(holder)
    if pair is None:
        KeyPair.objects.bulk_create([draw(holder, bits, algorithm)], ignore_conflicts=True)
        pair = KeyPair.objects.get(holder=holder, archived_at=None)
    return pair


def draw(holder: str, bits: int, algorithm: str) -> KeyPair:
    """A new pair, not stored yet. Takes seconds at 4096 bits: call it outside a transaction."""
    private, public = algorithms.generate(bits, algorithm)
    return KeyPair(
        holder=holder,
        bits=ED25519_BITS if algorithm == ED25519 else bits,
        algorithm=algorithm,
        public_pem=public.decode(),
        sealed_private=crypto.seal(private),
    )


def replace(fresh: KeyPair, signs_from: datetime) -> KeyPair | None:
    """Archive the current pair of the holder of `fresh` and store `fresh` in its place; the archived pair.

    Until `signs_from` the archived pair goes on signing, any pair before it stops. Belongs into a
    transaction; whoever calls it calls `end_grace` at `signs_from`.
    """
    at = now()
    pairs = KeyPair.objects.filter(holder=fresh.holder)
    # The lock makes two rotations queue.
    list(pairs.select_for_update().order_by("pk"))
    old = pairs.filter(archived_at=None).first()
    pairs.filter(signs=True).update(signs=False)
    fresh.signs = old is None or signs_from <= at
    if old is not None:
        old.archived_at, old.signs, old.signs_until = at, not fresh.signs, max(signs_from, at)
        old.save(update_fields=["archived_at", "signs", "signs_until"])
    fresh.save(force_insert=True)
    return old


def end_grace(holder: str) -> bool:
    """Let the current pair sign when the grace period of the one before it has ended; whether it had."""
    with transaction.atomic():
        pairs = KeyPair.objects.filter(holder=holder)
        list(pairs.select_for_update().order_by("pk"))
        ended = pairs.filter(signs=True, signs_until__lte=now()).update(signs=False)
        if ended:
            pairs.filter(archived_at=None).update(signs=True)
    return bool(ended)


def belongs_together(pair: KeyPair) -> bool:
    """Whether the public key verifies what the private key signs, tried with test data.

    Raises crypto.Unreadable when the private key cannot be unsealed, ValueError or TypeError when a
    key is damaged.
    """
    key = algorithms.load(crypto.unseal(pair.sealed_private), pair.algorithm)
    signature = algorithms.sign(key, _TEST, pair.algorithm)
    return algorithms.verifies(pair.public_pem.encode(), _TEST, signature, pair.algorithm)


def forget(holder: str) -> None:
    """Remove every pair of a holder that is no more."""
    KeyPair.objects.filter(holder=holder).delete()


def signer(pair: str | UUID, *, installation: bool = False) -> Signer:
    """What signs with the pair of that UUID. Raises KeyPair.DoesNotExist, crypto.Unreadable."""
    return _signer(str(pair), "global" if installation else "product")


@lru_cache(maxsize=1024)
def algorithm_name(pair: str) -> str:
    """What offline files call the algorithm of a pair: RSA-4096-SHA256, Ed25519; a pair never changes it."""
    found = KeyPair.objects.get(uuid=pair)
    if found.algorithm == ED25519:
        return "Ed25519"
    return f"RSA-{found.bits}-{found.algorithm.rpartition('-')[2].upper()}"


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


def rsa_key(pair: str) -> RSAPrivateKey | None:
    """The unsealed private key of an immutable pair, kept in memory once read; None when it is not RSA."""
    key, _ = _private_key(pair)
    return key if isinstance(key, RSAPrivateKey) else None


# Pairs never change, so these need no invalidation; the bound is about 10 MB.
@lru_cache(maxsize=2048)
def _private_key(pair: str) -> tuple[PrivateKey, str]:
    sealed, algorithm = KeyPair.objects.values_list("sealed_private", "algorithm").get(uuid=pair)
    return algorithms.load(crypto.unseal(sealed), algorithm), algorithm


@lru_cache(maxsize=2048)
def _signer(pair: str, label: str) -> Signer:
    key, algorithm = _private_key(pair)
    return Signer(pair, label, lambda message: algorithms.sign(key, message, algorithm))
