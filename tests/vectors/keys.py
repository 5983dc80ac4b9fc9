"""The keys of the test vectors. They are published: nothing real may ever be signed with them."""

from pathlib import Path
from typing import Final

from keyturn.core import crypto
from keyturn.licensing.signing.models import INSTALLATION, KeyPair

FOLDER: Final = Path(__file__).parents[2] / "docs" / "vectors"
PRODUCT: Final = "0197a1c0-0000-7000-8000-000000000001"
OTHER_PRODUCT: Final = "0197a1c0-0000-7000-8000-000000000002"
EDWARDS_PRODUCT: Final = "0197a1c0-0000-7000-8000-000000000003"
# Name of the key to (UUID of the pair, holder, bits, algorithm).
PAIRS: Final = {
    "product-rsa4096": ("0197a1c0-0000-7000-8000-000000000011", PRODUCT, 4096, "rsa-sha256"),
    "product-rsa2048": ("0197a1c0-0000-7000-8000-000000000012", OTHER_PRODUCT, 2048, "rsa-sha512"),
    "installation-rsa2048": ("0197a1c0-0000-7000-8000-000000000013", INSTALLATION, 2048, "rsa-sha256"),
    "product-ed25519": ("0197a1c0-0000-7000-8000-000000000015", EDWARDS_PRODUCT, 256, "ed25519"),
    "foreign-rsa2048": ("0197a1c0-0000-7000-8000-000000000014", "foreign", 2048, "rsa-sha256"),
}


def pair(name: str) -> str:
    """The UUID of a pair."""
    return PAIRS[name][0]


def public(name: str) -> str:
    """A public key in PEM."""
    return (FOLDER / "keys" / f"{name}.pem").read_text("ascii")


def private(name: str) -> bytes:
    """A private key in PEM."""
    return (FOLDER / "keys" / f"{name}.private.pem").read_bytes()


def store() -> None:
    """Put the pairs into the database of the test, in place of what their holders have."""
    for name, (uuid, holder, bits, algorithm) in PAIRS.items():
        KeyPair.objects.filter(holder=holder).delete()
        KeyPair.objects.create(
            uuid=uuid,
            holder=holder,
            bits=bits,
            algorithm=algorithm,
            public_pem=public(name),
            sealed_private=crypto.seal(private(name)),
        )
