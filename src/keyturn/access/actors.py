"""Who is acting: an admin, an API key, a customer, or the system."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["admin", "api_key", "customer", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of a change and what he may do, fixed for one request or job.

    `id` is the UUID of the person or key, as text. `label` is kept in the audit trail only for
    actors without personal data (API keys, the system); names of people are looked up when shown.
    `customer_id` is the row of the one customer whose licenses exist for the actor; None: all do.
    """

    kind: ActorKind
    id: str = ""
    label: str = ""
    permissions: AbstractSet[str] = frozenset()
    environment: str = ""
    request_id: str = ""
    ip: str = ""
    customer_id: int | None = None


def system(task: str = "system", environment: str = "") -> Actor:
    """The product itself: scheduled jobs, set-up, background work."""
    return Actor("system", label=task, environment=environment)
