"""The changes of a changelog entry's form: rows that are added, moved and removed before anything is saved."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import QueryDict

from keyturn.licensing.changelog.drafts import CHANGES, Change
from keyturn.licensing.changelog.models import Entry, Kind


@dataclass(frozen=True)
class ChangeRow:
    """What stands in one row, as typed. `focus` names the button or field that gets the focus."""

    kind: str = Kind.FEATURES
    text: str = ""
    focus: str = ""


def rows_of(entry: Entry) -> list[ChangeRow]:
    """The rows of an entry as it is."""
    return [ChangeRow(one["kind"], one["text"]) for one in entry.changes]


def read_rows(sent: QueryDict) -> list[ChangeRow]:
    """The rows of a posted form."""
    pairs = zip(sent.getlist("change_kind")[:CHANGES], sent.getlist("change_text")[:CHANGES], strict=False)
    return [ChangeRow(kind, text.replace("\r\n", "\n")) for kind, text in pairs]


def said(rows: Sequence[ChangeRow]) -> list[tuple[str, str]]:
    """The kind and text of each row."""
    return [(row.kind, row.text) for row in rows]


def changes(rows: Sequence[ChangeRow]) -> tuple[Change, ...]:
    """The rows as the service takes them."""
    return tuple(Change(row.kind, row.text) for row in rows)


def change(rows: Sequence[ChangeRow], what: str) -> list[ChangeRow]:
    """The rows after `add`, `up:2`, `down:0` or `remove:1`; anything else leaves them as they are."""
    verb, _, position = what.partition(":")
    changed = [replace(row, focus="") for row in rows]
    at = int(position) if position.isascii() and position.isdecimal() and len(position) < 4 else -1
    if verb == "add" and len(changed) < CHANGES:
        return [*changed, ChangeRow(focus="text")]
    to = {"up": at - 1, "down": at + 1}.get(verb, at)
    if not (0 <= at < len(changed) and 0 <= to < len(changed)):
        return changed
    moved = changed.pop(at)
    if verb == "remove":
        if changed:
            to = min(at, len(changed) - 1)
            changed[to] = replace(changed[to], focus="remove")
        return changed
    edge = to in (0, len(changed))
    changed.insert(to, replace(moved, focus="kind" if edge or verb not in ("up", "down") else verb))
    return changed
