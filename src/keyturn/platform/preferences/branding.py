"""How the vendor shows: his name and his logo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keyturn.platform.preferences import services as preferences

LOGO = "general.logo"
NAMES = ("general.app_name", LOGO)


@dataclass(frozen=True, slots=True)
class Brand:
    """The vendor's name, and the name of his logo's picture; empty for the built-in one."""

    name: str
    logo: str = ""

    @property
    def logo_path(self) -> str:
        """Where the logo is on this server; empty without one. It changes with the logo."""
        return f"/logo/{self.logo}" if self.logo else ""

    @property
    def is_wide(self) -> bool:
        """Whether the logo is much wider than high, so that it holds the name most likely."""
        if not self.logo:
            return False
        width, _, height = self.logo.partition("-")[2].partition(".")[0].partition("x")
        return int(width) > 2 * int(height)


def brand(values: Mapping[str, Any] | None = None) -> Brand:
    """How the vendor shows now; `values` are settings that were read already."""
    known = values or preferences.values(*NAMES)
    return Brand(str(known["general.app_name"]), str(known[LOGO]))
