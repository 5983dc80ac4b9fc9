"""What an API key may be allowed to do: the one table of permission names.

A permission is the name of an endpoint; groups say how pages show them. An endpoint that is not here
is refused to every key, also to one that may do everything.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

ALL: Final = "*"


@dataclass(frozen=True, slots=True)
class Group:
    """Endpoints that are granted for one purpose."""

    label: str
    endpoints: tuple[str, ...]


GROUPS: Final = (
    Group("License Verify", ("verify",)),
    Group("License Activate", ("activate", "deactivate")),
    Group(
        "License Read",
        (
            "get-license-key-details",
            "get-license-keys",
            "get-available-license-keys-count",
            "get-license-file",
            "licenses/{license_key}/features/{name}",
        ),
    ),
    Group(
        "License Management",
        (
            "create-license-keys",
            "update-license-key",
            "delete-license-key",
            "create-license-key-meta",
            "update-license-key-meta",
            "delete-license-key-meta",
            "licenses/{license_uuid}/deactivate-all",
            "licenses/{license_key}/offline-file",
        ),
    ),
    Group(
        "License Assign",
        (
            "assign-license-key",
            "assign-and-activate-license-key",
            "random-assign-license-keys",
            "random-assign-license-keys-queued",
            "transfer-license-keys",
        ),
    ),
    Group("Downloads", ("access-downloadables",)),
    Group(
        "Product Read",
        ("get-all-products", "get-product", "get-product-meta", "get-product-changelog", "get-product-public-key"),
    ),
    Group(
        "Product Management",
        (
            "create-product",
            "update-product",
            "delete-product",
            "create-product-meta",
            "update-product-meta",
            "delete-product-meta",
        ),
    ),
    Group("Generator Read", ("get-all-generators",)),
    Group("Generate", ("generate",)),
    Group("Contract Read", ("get-all-contracts", "contracts/get-info")),
    Group(
        "Contract Management",
        (
            "create-contract",
            "update-contract",
            "delete-contract",
            "contracts/generate",
            "contracts/{contract_uuid}/generate",
            "contracts/destroy",
            "contracts/destroy-all",
        ),
    ),
    Group("Telemetry Read", ("get-telemetry-data", "get-telemetry")),
    # One endpoint under the names that programs use for it.
    Group("Telemetry Write", ("send-telemetry-data", "send-telemetry", "telemetry")),
)
ENDPOINTS: Final = frozenset(name for group in GROUPS for name in group.endpoints)


# What a key of one customer may be allowed. Elsewhere stock, catalog and contracts are changed or counted,
# which are nobody's: such a key is refused there like one without the permission (KEY-13).
FOR_ONE_CUSTOMER: Final = frozenset(
    {
        "verify",
        "activate",
        "deactivate",
        "get-license-key-details",
        "get-license-keys",
        "get-license-file",
        "licenses/{license_key}/features/{name}",
        "update-license-key",
        "delete-license-key",
        "create-license-key-meta",
        "update-license-key-meta",
        "delete-license-key-meta",
        "licenses/{license_uuid}/deactivate-all",
        "licenses/{license_key}/offline-file",
        "assign-license-key",
        "assign-and-activate-license-key",
        "transfer-license-keys",
        "access-downloadables",
        "get-all-products",
        "get-product",
        "get-product-meta",
        "get-product-changelog",
        "get-product-public-key",
        "get-all-generators",
        "get-telemetry-data",
        "get-telemetry",
        "send-telemetry-data",
        "send-telemetry",
        "telemetry",
    }
)


@dataclass(frozen=True, slots=True)
class Preset:
    """A usual choice, by the labels of its groups."""

    label: str
    groups: tuple[str, ...]

    @property
    def endpoints(self) -> tuple[str, ...]:
        """All that it grants."""
        return tuple(name for group in GROUPS if group.label in self.groups for name in group.endpoints)


PRESETS: Final = (
    Preset("Client SDK", ("License Verify", "License Activate", "Telemetry Write")),
    Preset("Read only", ("License Read", "Product Read", "Generator Read", "Contract Read", "Telemetry Read")),
    Preset("Shop", ("License Read", "License Assign", "Product Read", "Generator Read", "Generate")),
)


def in_order(names: Sequence[str]) -> list[str]:
    """Those that are endpoints, each once, in the order of the table."""
    return [name for group in GROUPS for name in group.endpoints if name in names]


def permits(capabilities: Sequence[str], endpoint: str, *, one_customer: bool = False) -> bool:
    """Whether a key with these capabilities, perhaps that of one customer, may call that endpoint."""
    possible = FOR_ONE_CUSTOMER if one_customer else ENDPOINTS
    return endpoint in possible and (endpoint in capabilities or ALL in capabilities)


def summary(capabilities: Sequence[str]) -> Iterator[str]:
    """The labels of what is granted; of a part of a group, how much of it."""
    if ALL in capabilities:
        yield "All Endpoints"
        return
    for group in GROUPS:
        held = sum(name in capabilities for name in group.endpoints)
        if held:
            whole = held == len(group.endpoints)
            yield group.label if whole else f"{group.label} {held}/{len(group.endpoints)}"
