"""A report as it was sent, and what is wrong with its form. Nothing wrong keeps it from being stored."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final
from uuid import UUID

from keyturn.core.text import has_control

# The value fields of each type.
VALUES: Final = {
    "numeric-single-value": ("numeric_data_single_value",),
    "numeric-xy-axis": ("numeric_data_x", "numeric_data_y"),
    "text": ("text_data",),
}
# Longest texts that are stored, in characters.
LENGTHS: Final = {
    "product_id": 100,
    "product_version": 100,
    "license_key": 255,
    "activation_identifier": 255,
    "user_identifier": 255,
    "data_type": 100,
    "data_group": 100,
}
DATA_LIMIT: Final = 64 * 1024
RECEIVED_LIMIT: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Report:
    """The parameters as text, empty where they are missing; `received` is all that came, for the record."""

    product_id: str = ""
    product_version: str = ""
    license_key: str = ""
    activation_identifier: str = ""
    user_identifier: str = ""
    data_type: str = ""
    data_group: str = ""
    numeric_data_single_value: str = ""
    numeric_data_x: str = ""
    numeric_data_y: str = ""
    text_data: str = ""
    received: Mapping[str, Any] | None = None

    def data(self) -> str:
        """The value as text; for a point, JSON of both numbers."""
        if self.data_type == "numeric-xy-axis":
            point = {"x": self.numeric_data_x, "y": self.numeric_data_y}
            return json.dumps(point, ensure_ascii=False, separators=(",", ":"))
        return self.text_data or self.numeric_data_single_value

    def json(self) -> str:
        """All that came, as JSON text."""
        return json.dumps(self.received or {}, ensure_ascii=False, default=str)

    def errors(self) -> dict[str, str]:
        """Each parameter that is "missing" or "invalid"."""
        wanted = ("product_id", "user_identifier", "license_key", "activation_identifier", "product_version",
                  "data_type", "data_group", *VALUES.get(self.data_type, ()))  # fmt: skip
        found = {name: self._error(name) for name in wanted}
        if self.received is not None and len(self.json()) > RECEIVED_LIMIT:
            found["request"] = "invalid"
        return {name: error for name, error in found.items() if error}

    def _error(self, name: str) -> str:
        value = getattr(self, name)
        if not value:
            return "missing"
        if len(value) > LENGTHS.get(name, DATA_LIMIT) or (name in LENGTHS and has_control(value)):
            return "invalid"
        sound = {"data_type": value in VALUES, "product_id": _is_identity(value)}.get(name, True)
        return "" if sound and (not name.startswith("numeric_") or _is_number(value)) else "invalid"

    def names(self) -> dict[str, str]:
        """The parameters that are stored under their own names, cut to what fits."""
        return {name: getattr(self, name)[:longest] for name, longest in LENGTHS.items() if name != "product_id"}


PARAMETERS: Final = tuple(one.name for one in fields(Report) if one.name != "received")


def _is_identity(text: str) -> bool:
    if text.isascii() and text.isdigit():
        return len(text) <= 18
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
