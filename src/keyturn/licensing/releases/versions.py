"""Version numbers (Semantic Versioning 2.0.0)."""

import re
from typing import Final

_NUMBER = r"0|[1-9]\d{0,8}"
_PART = r"0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*"
_SEMANTIC: Final = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-(?:{_PART})(?:\.(?:{_PART}))*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)
LARGEST: Final = 2**31 - 1


def is_semantic(version: str) -> bool:
    """Whether it reads like 3.0.0 or 3.0.0-beta.1."""
    return _SEMANTIC.fullmatch(version) is not None


def suggested_number(version: str) -> int | None:
    """MAJOR times 10,000 plus MINOR times 100 plus PATCH; None when `version` is none or the number too large."""
    found = _SEMANTIC.fullmatch(version)
    if found is None:
        return None
    major, minor, patch = (int(found[n]) for n in (1, 2, 3))
    number = major * 10_000 + minor * 100 + patch
    return number if number <= LARGEST else None
