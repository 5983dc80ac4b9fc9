"""A customer's data as a file: JSON for programs, a ZIP of CSV files for spreadsheets, PDF for people."""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from keyturn.core.spreadsheet import cell
from keyturn.operations.privacy.collecting import TABLES, Data


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of file; `write` turns what `collect` gave into its bytes."""

    name: str
    label: str
    suffix: str
    content_type: str
    write: Callable[[Data], bytes]


def as_json(data: Data) -> bytes:
    """Readable JSON in UTF-8."""
    return json.dumps(data, ensure_ascii=False, indent=2, default=str).encode()


def as_csv(data: Data) -> bytes:
    """A ZIP with a CSV file for the profile and for each table; an empty table has no lines."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("customer.csv", _table([data["customer"]]))
        for name in TABLES:
            archive.writestr(f"{name}.csv", _table(data[name]))
    return file.getvalue()


def as_pdf(data: Data) -> bytes:
    """A document; raises Refused when it would be too long."""
    # Loading it takes a third of a second and 20 MB: too much for the start of every process.
    from keyturn.operations.privacy import pdf

    return pdf.as_pdf(data)


def _table(rows: list[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    if rows:
        writer = csv.writer(text)
        writer.writerow(rows[0])
        writer.writerows([cell(value) for value in row.values()] for row in rows)
    return text.getvalue()


FORMATS: Final = {
    one.name: one
    for one in (
        Format("json", "JSON", "json", "application/json", as_json),
        Format("pdf", "PDF", "pdf", "application/pdf", as_pdf),
        Format("csv", "CSV, one file a table (ZIP)", "zip", "application/zip", as_csv),
    )
}
