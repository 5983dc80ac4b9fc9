"""What payloads show of a thing. The rooms above declare it; this one knows no products and licenses."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.module_loading import autodiscover_modules


@dataclass(frozen=True, slots=True)
class Shown:
    """Members of a payload, such as {"license": {...}}, and the customer whose data stand in them."""

    members: Mapping[str, Any]
    customer: UUID | None = None


Reader = Callable[[Collection[UUID]], Mapping[UUID, Shown]]
_READERS: dict[str, Reader] = {}


def entity(kind: str) -> Callable[[Reader], Reader]:
    """Declare that the function reads things of `kind`, as an audit event's subject names it.

    It gives what to show for each UUID that still exists.
    """

    def declare(reader: Reader) -> Reader:
        _READERS[kind] = reader
        return reader

    return declare


def read(kind: str, uuids: Collection[UUID]) -> Mapping[UUID, Shown]:
    """What is told of these things."""
    if kind not in _READERS:
        autodiscover_modules("entities")
    return _READERS[kind](uuids)
