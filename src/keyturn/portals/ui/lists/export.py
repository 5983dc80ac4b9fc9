"""A list as a file: every row that its search and filters match, written as it is read.

LICENSES = ListPage(..., export=Export("admin:licenses_export", (ExportField("License Key", "license_key"), ...)))

    return export_response(LICENSES, request, rows)
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, StreamingHttpResponse

from keyturn.core import clock
from keyturn.core.spreadsheet import cell
from keyturn.portals.ui.lists.columns import attribute

if TYPE_CHECKING:
    from keyturn.portals.ui.lists.declaration import ListPage

FORMATS = (("csv", "CSV"), ("excel", "CSV for Excel"), ("json", "JSON"))
_AT_ONCE = 200


@dataclass(frozen=True)
class ExportField:
    """One column of the file: its heading in CSV, and where the value comes from.

    `value` is the path of an attribute or a function of the row; None is an empty cell. `name` is the
    member in JSON, by default the heading in lower case with underscores.
    """

    label: str
    value: str | Callable[[Any], object]
    name: str = ""

    @property
    def member(self) -> str:
        """The name in JSON."""
        return self.name or self.label.lower().replace(" ", "_")

    def read(self, row: Any) -> object:
        """The value of a row: moments as text in UTC, the rest as it is."""
        found = self.value(row) if callable(self.value) else attribute(row, self.value)
        return f"{found.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if isinstance(found, datetime) else found


@dataclass(frozen=True)
class Export:
    """What a list can be downloaded as. `url` names the route that answers `export_response`.

    `more` are formats (name, label) that the route knows beside those of every list.
    """

    url: str
    fields: tuple[ExportField, ...]
    label: str = "Export"
    allowed: Callable[[HttpRequest], bool] = lambda request: True
    more: tuple[tuple[str, str], ...] = ()


def chosen_format(request: HttpRequest) -> str:
    """The format asked for; CSV when it is none of them."""
    asked = request.GET.get("format", "")
    return asked if any(asked == name for name, _ in FORMATS) else "csv"


def export_response(declaration: "ListPage", request: HttpRequest, rows: Iterable[Any]) -> StreamingHttpResponse:
    """The file as a download, in the format that the query asks for; never many rows in memory."""
    export, format = declaration.export, chosen_format(request)
    if export is None:
        raise ValueError(f"The list {declaration.name} declares no export.")
    kind, write = ("json", as_json) if format == "json" else ("csv", as_csv)
    head = ["\ufeff"] if format == "excel" else []
    response = StreamingHttpResponse(
        chain(head, write(export.fields, rows)),
        content_type="application/json" if kind == "json" else "text/csv; charset=utf-8",
    )
    name = f"{declaration.name}-{clock.now():%Y-%m-%d}.{kind}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


def as_csv(fields: tuple[ExportField, ...], rows: Iterable[Any]) -> Iterator[str]:
    """Lines after RFC 4180 with a head. Text that a spreadsheet would run as a formula gets a quote before it."""
    writer = csv.writer(_Lines())
    yield writer.writerow([field.label for field in fields])
    for part in _parts(rows):
        yield "".join(writer.writerow([cell(field.read(row)) for field in fields]) for row in part)


def as_json(fields: tuple[ExportField, ...], rows: Iterable[Any]) -> Iterator[str]:
    """An array with an object a row, each on a line of its own."""
    before = "[\n"
    for part in _parts(rows):
        objects = ({field.member: field.read(row) for field in fields} for row in part)
        yield before + ",\n".join(json.dumps(one, ensure_ascii=False, default=str) for one in objects)
        before = ",\n"
    yield "[]\n" if before == "[\n" else "\n]\n"


class _Lines:
    """A file for csv.writer that hands each line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _parts(rows: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(rows)
    while part := list(islice(iterator, _AT_ONCE)):
        yield part
