"""Signed links: they name a file, for whom it is, and until when; nothing is stored (DLD-31, CLP-42)."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.utils.crypto import salted_hmac

from keyturn.core import crypto
from keyturn.core.clock import now

LASTS: Final = timedelta(minutes=15)
_SALT: Final = "keyturn.releases.links"


class Standing(StrEnum):
    """What a link is worth."""

    GOOD = "good"
    EXPIRED = "expired"
    FORGED = "forged"


def sign(file: UUID, audience: str) -> str:
    """The signature of a link to `file` for `audience`, such as `session:<uuid>`; it ends in 15 minutes."""
    expires = int((now() + LASTS).timestamp())
    return f"{expires}.{_seal(file, audience, expires)}"


def check(signature: str, file: UUID, audience: str) -> Standing:
    """Compare in constant time. One for another file or audience is forged, whatever its age."""
    moment, _, seal = signature.partition(".")
    if not (moment.isascii() and moment.isdigit() and len(moment) <= 12):
        return Standing.FORGED
    if not seal.isascii() or not crypto.same(seal, _seal(file, audience, int(moment))):
        return Standing.FORGED
    return Standing.GOOD if now().timestamp() <= int(moment) else Standing.EXPIRED


def expiry(signature: str) -> datetime:
    """When a signature made here ends."""
    return datetime.fromtimestamp(int(signature.partition(".")[0]), now().tzinfo)


def _seal(file: UUID, audience: str, expires: int) -> str:
    return salted_hmac(_SALT, f"{file.hex}:{expires}:{audience}", algorithm="sha256").hexdigest()
