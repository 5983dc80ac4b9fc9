"""The features of a product's form: rows that are added, moved and removed before anything is saved."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import QueryDict

from keyturn.core.text import clean_line
from keyturn.licensing.products.features import problems
from keyturn.licensing.products.models import Feature, Product

LIMIT = 100
_WHOLE = re.compile(r"(-?[0-9]{1,15})?")
_FIELDS = ("key", "label", "type", "default", "description")


@dataclass(frozen=True)
class FeatureRow:
    """What stands in one row, as typed. `focus` names the button or field that gets the focus."""

    key: str = ""
    label: str = ""
    type: str = Feature.Type.BOOLEAN
    default: str = ""
    description: str = ""
    focus: str = ""
    problem: str = ""

    def says(self) -> bool:
        """Whether anything was typed that is to be kept."""
        return bool(self.key.strip() or self.label.strip())

    def template(self) -> dict[str, Any]:
        """The row as the service takes it; a default that does not fit its type is left as text."""
        return {
            "key": self.key.strip(),
            "label": self.label,
            "type": self.type,
            "description": self.description,
            "default": self._default(),
        }

    def _default(self) -> object:
        if self.type == Feature.Type.BOOLEAN:
            return self.default == "true"
        text = clean_line(self.default)
        if self.type == Feature.Type.NUMBER and _WHOLE.fullmatch(text):
            return int(text) if text else None
        return text


def rows_of(product: Product) -> list[FeatureRow]:
    """The rows of a product as it is."""
    return [
        FeatureRow(one.key, one.label, one.type, _text(one.default), one.description) for one in product.features.all()
    ]


def read_rows(sent: QueryDict) -> list[FeatureRow]:
    """The rows of a posted form; rows that are wholly empty are left out when it is saved."""
    columns = [sent.getlist(f"feature_{field}")[:LIMIT] for field in _FIELDS]
    return [FeatureRow(**dict(zip(_FIELDS, values, strict=True))) for values in zip(*columns, strict=False)]


def templates(rows: Sequence[FeatureRow]) -> list[Mapping[str, Any]]:
    """Every row that says something, as the service takes it."""
    return [row.template() for row in rows if row.says()]


def judged(rows: Sequence[FeatureRow]) -> list[FeatureRow]:
    """The rows, each with what the service will refuse it for."""
    found = iter(problems(templates(rows)))
    return [replace(row, problem=next(found) if row.says() else "") for row in rows]


def change(rows: Sequence[FeatureRow], what: str) -> list[FeatureRow]:
    """The rows after `add`, `up:2`, `down:0`, `remove:1` or `type:3`; anything else leaves them as they are."""
    verb, _, position = what.partition(":")
    changed = [replace(row, focus="") for row in rows]
    at = int(position) if position.isascii() and position.isdecimal() and len(position) < 4 else -1
    if verb == "add" and len(changed) < LIMIT:
        return [*changed, FeatureRow(focus="key")]
    if not 0 <= at < len(changed):
        return changed
    if verb == "remove":
        del changed[at]
        return _focused(changed, min(at, len(changed) - 1), "remove") if changed else changed
    if verb == "type":
        fresh = "false" if changed[at].type == Feature.Type.BOOLEAN else ""
        changed[at] = replace(changed[at], default=fresh)
    to = {"up": at - 1, "down": at + 1}.get(verb, at)
    if not 0 <= to < len(changed):
        return changed
    changed.insert(to, changed.pop(at))
    edge = {"up": to == 0, "down": to == len(changed) - 1}.get(verb, False)
    other = {"up": "down", "down": "up"}.get(verb, "type")
    return _focused(changed, to, other if edge or to == at else verb)


def _focused(rows: list[FeatureRow], at: int, name: str) -> list[FeatureRow]:
    rows[at] = replace(rows[at], focus=name)
    return rows


def _text(default: object) -> str:
    if isinstance(default, bool):
        return "true" if default else "false"
    return "" if default is None else str(default)
