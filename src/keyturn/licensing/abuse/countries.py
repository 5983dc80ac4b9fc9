"""The country of an address, out of a database file of the operator's (MMDB, as of GeoLite2, DB-IP or IPinfo)."""

import ipaddress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import maxminddb
from django.conf import settings


@dataclass(frozen=True, slots=True)
class Countries:
    """An opened database; `problem` says why there is none."""

    reader: maxminddb.Reader | None
    problem: str = ""

    def of(self, ip: str) -> str:
        """The ISO code of the country of `ip`, "" when it is not known."""
        if self.reader is None or not ip:
            return ""
        try:
            address = ipaddress.ip_address(ip)
            # As a server that listens on both kinds of addresses sees those of the older kind.
            found = self.reader.get(getattr(address, "ipv4_mapped", None) or address)
        except (ValueError, maxminddb.InvalidDatabaseError):
            return ""
        return _code(found)


def countries() -> Countries:
    """The database that KEYTURN_COUNTRY_DATABASE names; a newer file in its place is opened anew."""
    path = settings.COUNTRY_DATABASE
    if not path:
        return Countries(None, "No country database is set up.")
    try:
        return _opened(path, Path(path).stat().st_mtime_ns)
    except OSError as error:
        return Countries(None, f"The country database cannot be read: {error.strerror}.")
    except maxminddb.InvalidDatabaseError:
        return Countries(None, "The country database is no MMDB file.")


@lru_cache(maxsize=1)
def _opened(path: str, changed: int) -> Countries:
    return Countries(maxminddb.open_database(path, maxminddb.MODE_MEMORY))


def _code(found: Any) -> str:
    country = found.get("country") if isinstance(found, dict) else None
    code = country.get("iso_code") if isinstance(country, dict) else country
    if not isinstance(code, str) and isinstance(found, dict):
        code = found.get("country_code")
    return code.upper() if isinstance(code, str) and len(code) == 2 else ""
