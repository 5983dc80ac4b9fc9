"""Times as the server writes them, and the time of this machine."""

from datetime import UTC, datetime
from typing import Any


def utc_now() -> datetime:
    """The time by the clock of this machine."""
    return datetime.now(UTC)


def moment(text: Any) -> datetime | None:
    """`2026-01-31T08:00:00Z` as a moment; None for anything else."""
    if not isinstance(text, str):
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
