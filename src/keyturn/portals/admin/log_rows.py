"""Entries of the system log as people read them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.urls import reverse

from keyturn.access.actors import Actor
from keyturn.licensing.licenses.models import License
from keyturn.platform.logs.models import Category, Level, LogEntry
from keyturn.portals.admin.records import Names, kind_label

TONES: Final = {
    Level.ERROR: ("bad", "circle-x"),
    Level.WARNING: ("warn", "triangle-alert"),
    Level.INFO: ("info", "info"),
    Level.DEBUG: ("idle", "bug"),
}
_LABELS: Final = {"milliseconds": "Duration", "ip": "IP address", "user_agent": "User agent"}
_BLOCKS: Final = ("trace", "changes", "parameters", "field_errors")


@dataclass
class LogRow:
    """An entry; `user` and `url` are looked up for a whole page at once."""

    entry: LogEntry
    license: str = ""
    user: str = ""
    url: str = ""

    @property
    def author(self) -> tuple[str, str, str]:
        """See records.Doing."""
        return self.entry.user_kind, self.entry.user_id, self.entry.user_label

    @property
    def resource(self) -> tuple[str, str]:
        """See records.Doing."""
        return self.entry.resource_kind, self.license or self.entry.resource_id

    @property
    def kind(self) -> str:
        """What the resource is."""
        return kind_label(self.entry.resource_kind) if self.entry.resource_kind else ""

    @property
    def href(self) -> str:
        """The entry's own page."""
        return reverse("admin:log_entry", args=[self.entry.uuid])

    @property
    def level(self) -> dict[str, str]:
        """The badge."""
        tone, icon = TONES[Level(self.entry.level)]
        return {"tone": tone, "icon": icon, "label": self.entry.get_level_display()}

    @property
    def details(self) -> str:
        """The entry in a line."""
        context = self.entry.context
        if context.get("endpoint"):
            call = f"{context.get('method')} {context['endpoint']}: {context.get('status')}, code {context.get('code')}"
            said = f"{self.entry.message}. {call}" if self.entry.message else call
            return f"{said}, {context.get('milliseconds')} ms"
        more = context.get("job") or context.get("webhook") or ", ".join(_changed(context))
        times = f" ({context['count']:,})" if isinstance(context.get("count"), int) else ""
        return f"{self.entry.message}{times}: {more}" if more else f"{self.entry.message}{times}"

    def facts(self) -> Iterator[tuple[str, str]]:
        """What the context holds, in short values."""
        for name, value in self.entry.context.items():
            if name not in _BLOCKS and value not in ("", None):
                label = _LABELS.get(name, name.replace("_", " ").capitalize())
                yield label, f"{value} ms" if name == "milliseconds" else str(value)

    def blocks(self) -> Iterator[tuple[str, str]]:
        """What needs room."""
        for name in _BLOCKS:
            if value := self.entry.context.get(name):
                text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
                yield name.replace("_", " ").capitalize(), text


def _changed(context: dict[str, Any]) -> list[str]:
    """The fields that have a value before and one after."""
    return [name for name, value in context.get("changes", {}).items() if isinstance(value, list) and len(value) == 2]


def log_rows(entries: Sequence[LogEntry], actor: Actor) -> list[LogRow]:
    """Entries with the names of people and the addresses of what still exists and `actor` may open."""
    rows = [LogRow(entry) for entry in entries]
    ids = {entry.license_id for entry in entries if entry.license_id and not entry.resource_id}
    uuids: dict[int, Any] = dict(License.objects.filter(pk__in=ids).values_list("pk", "uuid")) if ids else {}
    for row in rows:
        row.license = str(uuids.get(row.entry.license_id or 0, ""))
    names = Names(rows, actor)
    for row in rows:
        row.user, row.url = names.author(row) if row.entry.user_kind else "", names.url(row)
    return rows


CATEGORIES: Final = Category.choices
