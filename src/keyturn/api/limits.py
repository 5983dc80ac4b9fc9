"""How many requests a minute an API key, an address, a license and a contract may make."""

import logging
from functools import lru_cache

from django.conf import settings

from keyturn.core.ratelimit import Counters
from keyturn.people.apikeys.authentication import Credential
from keyturn.platform.logs import writer
from keyturn.platform.logs.lines import WARNING, Line
from keyturn.platform.logs.models import Category

log = logging.getLogger(__name__)


class Exceeded(Exception):
    """A limit that only the endpoint knows of is used up; `wait` counts seconds."""

    def __init__(self, wait: int) -> None:
        super().__init__(wait)
        self.wait = wait


@lru_cache(maxsize=1)
def _counters() -> Counters:
    return Counters(settings.DATA_DIR / "ratelimit.bin")


def wait(key: Credential, ip: str, license_id: int | None, values: dict[str, int]) -> int:
    """Count a request; the seconds to wait when one of the three limits is used up, else 0.

    `values` are the settings in force. The request that reaches four fifths of a key's limit is logged.
    """
    hit = _counters().hit
    seconds, number = _counters().count(f"key {key.id}", key.rate_limit)
    # Each number is given to one request, in whatever process: the warning comes once a minute.
    if not seconds and number and number == -(-key.rate_limit * 4 // 5):
        _warn(key, ip)
    return (
        seconds
        or hit(f"ip {ip}", values["api.per_ip"])
        or (hit(f"license {license_id}", values["api.per_license"]) if license_id else 0)
    )


def _warn(key: Credential, ip: str) -> None:
    log.warning("API key %s has used 80 %% of its %d requests a minute", key.uuid, key.rate_limit)
    writer.emit(
        Line(
            Category.API,
            "api_call",
            WARNING,
            "The API key has used 80 % of its requests a minute",
            environment=key.environment,
            user_kind="api_key",
            user_id=key.uuid,
            user_label=key.name,
            ip=ip,
            context={"limit": key.rate_limit},
        )
    )


def of_contract(contract_id: int, values: dict[str, int]) -> None:
    """Count a request about a contract. Raises Exceeded."""
    seconds = _counters().hit(f"contract {contract_id}", values["api.per_contract"])
    if seconds:
        raise Exceeded(seconds)
