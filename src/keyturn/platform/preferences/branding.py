"""How the vendor shows: his name and his logo."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keyturn.platform.preferences import services as preferences

LOGO = "general.logo"
_PUBLIC_URL = "storage.public_url"
NAMES = ("general.app_name", LOGO, _PUBLIC_URL)


@dataclass(frozen=True, slots=True)
class Brand:
    """The vendor's name, and the name of his logo's picture; empty for the built-in one.

    `elsewhere` is the address under which others serve what anybody may see, empty when this server does.
    """

    name: str
    logo: str = ""
    elsewhere: str = ""

    @property
    def logo_url(self) -> str:
        """Where the logo is, a path when on this server; empty without one. It changes with the logo."""
        return f"{self.elsewhere}/logo/{self.logo}" if self.logo else ""

    @property
    def origin(self) -> str:
        """Scheme, host and port that the logo comes from; empty when from this server."""
        parts = urlsplit(self.logo_url)
        return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""

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
    return Brand(str(known["general.app_name"]), str(known[LOGO]), str(known[_PUBLIC_URL]))
