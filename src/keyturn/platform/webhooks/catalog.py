"""The events that a webhook can have, and the audit events that raise them (docs/spec/webhooks.md)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

TEST: Final = "webhook.test"
"""What Send Test posts; nobody subscribes to it."""

CALLBACKS: Final = UUID(int=0)
"""Stands for a webhook where a program left an address of its own with its request."""

CALLBACK_NAME: Final = "API callback"
ACTIVATION_ENDED, LICENSES_ASSIGNED = "callback.activation_ended", "callback.licenses_assigned"


@dataclass(frozen=True, slots=True)
class Group:
    """A group of the form: its events all begin with `name`."""

    name: str
    label: str
    verbs: tuple[str, ...]

    @property
    def events(self) -> tuple[str, ...]:
        """Their full names."""
        return tuple(f"{self.name}.{verb}" for verb in self.verbs)


GROUPS: Final = (
    Group(
        "license",
        "License",
        ("created", "updated", "deleted", "assigned", "activated", "deactivated", "suspended", "expired", "revoked"),
    ),
    Group("activation", "Activation", ("created", "deleted", "failed")),
    Group("product", "Product", ("created", "updated", "deleted")),
    Group("contract", "Contract", ("created", "updated", "deleted", "suspended")),
    Group("telemetry", "Telemetry", ("received", "flagged")),
)
EVENTS: Final = tuple(event for group in GROUPS for event in group.events)

# Each device counts: a license is activated and deactivated with every one, not only with the first.
SOURCES: Final[Mapping[str, tuple[str, ...]]] = {
    "license.created": ("license.created",),
    "license.updated": ("license.updated",),
    "license.deleted": ("license.deleted",),
    "license.assigned": ("license.assigned",),
    "license.suspended": ("license.suspended",),
    "license.expired": ("license.expired",),
    "license.revoked": ("license.revoked",),
    "activation.created": ("activation.created", "license.activated"),
    "activation.deleted": ("activation.deleted", "license.deactivated"),
    "product.created": ("product.created",),
    "product.updated": ("product.updated",),
    "product.keys_rotated": ("product.updated",),
    "product.killed": ("product.updated",),
    "product.deleted": ("product.deleted",),
    "contract.created": ("contract.created",),
    "contract.updated": ("contract.updated",),
    "contract.suspended": ("contract.suspended",),
    "contract.deleted": ("contract.deleted",),
}
# No audit events: raised by `outbox.emit` where they happen.
EMITTED: Final = frozenset({"activation.failed", "telemetry.received", "telemetry.flagged"})


def in_order(events: set[str] | frozenset[str]) -> list[str]:
    """Those of `events` that exist, in the order of the form."""
    return [event for event in EVENTS if event in events]
