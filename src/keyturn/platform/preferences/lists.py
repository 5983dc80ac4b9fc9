"""The kinds of settings that hold several values, one a line."""

import re
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

from keyturn.core.countries import CODES as COUNTRIES
from keyturn.core.text import clean_line
from keyturn.platform.preferences.kinds import Text


@dataclass(frozen=True)
class Several(Text):
    """Several texts, one a line or with commas between; kept with commas."""

    maximum: int = 4000
    kind = "texts"

    def clean(self, raw: Any) -> str:
        return super().clean(re.sub(r"[\r\n]+", ", ", str(raw or "")))

    def check(self, text: str) -> str:
        return ", ".join(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


@dataclass(frozen=True)
class Networks(Several):
    """IP addresses and CIDR ranges."""

    kind = "IP addresses and ranges"

    def check(self, text: str) -> str:
        found = [one.strip() for one in text.split(",") if one.strip()]
        try:
            networks = [ip_network(one, strict=False) for one in found]
        except ValueError as error:
            raise ValueError("Enter IP addresses or ranges, such as 192.0.2.7, 198.51.100.0/24.") from error
        if any(not network.prefixlen for network in networks):
            raise ValueError("A range must not hold every address.")
        return ", ".join(dict.fromkeys(str(one).removesuffix("/32").removesuffix("/128") for one in networks))


@dataclass(frozen=True)
class Countries(Several):
    """Countries by their codes."""

    maximum: int = 1500
    kind = "codes of countries (ISO 3166)"

    def check(self, text: str) -> str:
        codes = super().check(text.upper()).split(", ")
        if unknown := [code for code in codes if code not in COUNTRIES]:
            raise ValueError(f"There is no country {unknown[0][:20]}. Enter codes of two letters, such as DE, BR.")
        return ", ".join(sorted(codes))


@dataclass(frozen=True)
class Parts(Text):
    """Parts of a text that are looked for, one a line, whatever their case."""

    maximum: int = 4000
    least: int = 3
    kind = "one part a line, each with 3 letters or digits"

    def clean(self, raw: Any) -> str:
        lines = dict.fromkeys(clean_line(line) for line in str(raw or "").splitlines())
        parts = [line for line in lines if line]
        if any(sum(sign.isalnum() for sign in part) < self.least for part in parts):
            raise ValueError(f"Each line needs at least {self.least} letters or digits.")
        text = "\n".join(parts)
        if len(text) > self.maximum:
            raise ValueError(f"Enter at most {self.maximum} characters.")
        return text
