"""What an editor writes, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from keyturn.core.clock import now
from keyturn.core.text import clean_line
from keyturn.licensing import values
from keyturn.licensing.changelog.models import Kind, today

CHANGES: Final = 100
TEXT_LENGTH: Final = 20_000
SUMMARY_LENGTH: Final = 2000


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its kind and what people read, in Markdown."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """The fields of an entry that are written by hand. `release_date` None means today."""

    version: str
    summary: str
    changes: tuple[Change, ...] = ()
    title: str = ""
    release_date: date | None = None
    publish_at: datetime | None = None

    def cleaned(self) -> "Draft":
        """The draft as it is stored; changes without text are left out. Raises Invalid naming the fields."""
        changes = (Change(one.kind, one.text.replace("\x00", "").strip()) for one in self.changes)
        draft = replace(
            self,
            version=clean_line(self.version),
            title=clean_line(self.title),
            summary=clean_line(self.summary),
            changes=tuple(one for one in changes if one.text),
            release_date=self.release_date or today(),
        )
        values.raise_if_any(draft._problems())
        return draft

    def fields(self) -> dict[str, Any]:
        """The values of the model's fields."""
        changes = [asdict(one) for one in self.changes]
        text = "\n".join(one.text for one in self.changes)
        names = ("version", "title", "release_date", "summary", "publish_at")
        return {**{name: getattr(self, name) for name in names}, "changes": changes, "text": text}

    def _problems(self) -> values.Errors:
        errors: values.Errors = {}
        values.collect(errors, "version", lambda: values.check_length(self.version, 1, 100))
        values.collect(errors, "title", lambda: values.check_length(self.title, 0, 255))
        values.collect(errors, "summary", lambda: values.check_length(self.summary, 1, SUMMARY_LENGTH))
        if len(self.changes) > CHANGES:
            errors["changes"] = [f"Enter at most {CHANGES} changes."]
        elif any(one.kind not in Kind.values for one in self.changes):
            errors["changes"] = ["Choose a kind for each change."]
        elif any(len(one.text) > TEXT_LENGTH for one in self.changes):
            errors["changes"] = [f"Enter at most {TEXT_LENGTH:,} characters for each change."]
        if self.publish_at and self.publish_at <= now():
            errors["publish_at"] = ["Choose a time that is still to come, or publish the entry now."]
        return errors


def changes_of(stored: Iterable[Mapping[str, str]]) -> tuple[Change, ...]:
    """The changes of an entry as they stand in the database."""
    return tuple(Change(one["kind"], one["text"]) for one in stored)
