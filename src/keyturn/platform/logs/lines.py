"""What is to be logged, before it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from keyturn.core.clock import now
from keyturn.core.ids import hex7
from keyturn.platform.logs.models import Category, Level

DEBUG, INFO, WARNING, ERROR = (int(level) for level in Level)
_SWITCHED: Final = {
    Category.DASHBOARD: "logging.dashboard",
    Category.PORTAL: "logging.dashboard",
    Category.BLOCKED: "logging.blocked",
}


@dataclass(slots=True)
class Line:
    """One entry to come; the fields are those of LogEntry. It holds no full key and no secret.

    `message` is a fixed text, without anything of the moment in it: that belongs into `context`. `uuid` is 32
    hex digits.
    """

    category: str
    action: str
    level: int = INFO
    message: str = ""
    environment: str = ""
    resource_kind: str = ""
    resource_id: str = ""
    user_kind: str = ""
    user_id: str = ""
    user_label: str = ""
    ip: str = ""
    license_start: str = ""
    key_start: str = ""
    license_id: int | None = None
    request_id: str = ""
    context: Mapping[str, Any] = field(default_factory=dict)
    at: datetime = field(default_factory=now)
    uuid: str = field(default_factory=hex7)

    @property
    def switch(self) -> str:
        """The setting that turns this kind of entry off; empty for what is always kept."""
        if self.category == Category.API:
            return "logging.api" if self.level <= INFO else "logging.api_failed"
        return _SWITCHED.get(Category(self.category), "")


SWITCHES: Final = ("logging.dashboard", "logging.api", "logging.api_failed", "logging.blocked")
