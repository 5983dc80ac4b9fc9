"""How many requests a minute an API key, an address and a license may make."""

from functools import lru_cache

from django.conf import settings

from keyturn.core.ratelimit import Counters
from keyturn.people.apikeys.authentication import Credential


@lru_cache(maxsize=1)
def _counters() -> Counters:
    return Counters(settings.DATA_DIR / "ratelimit.bin")


def wait(key: Credential, ip: str, license_id: int | None, values: dict[str, int]) -> int:
    """Count a request; the seconds to wait when one of the three limits is used up, else 0.

    `values` are the settings in force.
    """
    hit = _counters().hit
    return (
        hit(f"key {key.id}", key.rate_limit)
        or hit(f"ip {ip}", values["api.per_ip"])
        or (hit(f"license {license_id}", values["api.per_license"]) if license_id else 0)
    )
