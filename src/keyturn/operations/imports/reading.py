"""From the bytes of a file to rows: CSV with any usual delimiter, or a JSON list of objects."""

import codecs
import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, TextIO

from keyturn.core.errors import Invalid
from keyturn.operations.imports.columns import fold, places

Row = tuple[int, dict[str, str]]
"""The line on which a row begins (in JSON: the position of the object), and its values by field."""

Find = Callable[[Sequence[str]], Mapping[str, int]]
"""Field to the position of its column, for the headers of a file."""

MANY_CELLS = "__surplus"
"""The value under which a row with more cells than headers says so."""
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DELIMITERS = (",", ";", "\t", "|")
_CHUNK = 65_536
_LONGEST_OBJECT = 1_000_000


@dataclass(frozen=True, slots=True)
class Contents:
    """`columns` maps our fields to the headers of the file; `ignored` are its other headers."""

    columns: Mapping[str, str]
    ignored: list[str]
    rows: Iterator[Row]


def read(file: BinaryIO, find: Find = places) -> Contents:
    """The contents of an open file, from its start. Raises Invalid, also while the rows are read."""
    head = file.read(4096)
    file.seek(0)
    if not head.strip():
        raise _refusal("This file is empty.")
    encoding = next((name for bom, name in _BOMS if head.startswith(bom)), "utf-8")
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        start = head.decode(encoding, "ignore").lstrip("\ufeff").lstrip()[:1]
        found = _json(text, find) if start in ("[", "{") else _csv(text, find)
    except UnicodeDecodeError as error:
        raise _not_text() from error
    return Contents(found.columns, found.ignored, _guarded(found.rows, text))


def _guarded(rows: Iterator[Row], text: TextIO) -> Iterator[Row]:
    try:
        yield from rows
    except UnicodeDecodeError as error:
        raise _not_text() from error
    finally:
        # The file belongs to the caller: only the reader around it ends here.
        text.detach()  # type: ignore[attr-defined]


def _csv(text: TextIO, find: Find) -> Contents:
    lines = _checked(text)
    blank, first = next(((number, line) for number, line in enumerate(lines) if line.strip()), (0, ""))
    delimiter = max(_DELIMITERS, key=lambda one: _fitness(first, one, find))
    headers = next(csv.reader([first], delimiter=delimiter), [])
    where = find(headers)
    if not where:
        raise _refusal(
            "The first line must hold the names of the columns, such as license_key, product_uuid, customer_email."
        )
    known = {field: headers[position].strip() for field, position in where.items()}
    ignored = [header.strip() for place, header in enumerate(headers) if place not in where.values() and header.strip()]
    return Contents(known, ignored, _records(lines, delimiter, where, len(headers), blank + 2))


def _fitness(line: str, delimiter: str, find: Find) -> tuple[int, int]:
    headers = next(csv.reader([line], delimiter=delimiter), [])
    return len(find(headers)), len(headers)


def _checked(text: TextIO) -> Iterator[str]:
    for line in text:
        if "\x00" in line:
            raise _not_text()
        yield line


def _records(lines: Iterator[str], delimiter: str, where: Mapping[str, int], width: int, start: int) -> Iterator[Row]:
    reader = csv.reader(lines, delimiter=delimiter)
    line = start
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                values = {field: cells[place].strip() for field, place in where.items() if place < len(cells)}
                if any(cell.strip() for cell in cells[width:]):
                    values[MANY_CELLS] = str(len(cells))
                yield line, _without_guard(values)
            line = reader.line_num + start
    except csv.Error as error:
        raise _refusal(f"Line {line} cannot be read: {error}. Check the quotes in it.") from error


def _without_guard(values: dict[str, str]) -> dict[str, str]:
    # Our exports put an apostrophe before what a spreadsheet would take for a formula.
    return {field: text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text for field, text in values.items()}


def _json(text: TextIO, find: Find) -> Contents:
    objects = _objects(text)
    first = next(objects, None)
    if first is None:
        raise _refusal("This file holds no licenses.")
    headers = list(first[1])
    where = find(headers)
    if not where:
        raise _refusal("The objects of this file have no members that are known here, such as license_key.")
    known = {field: headers[position] for field, position in where.items()}
    ignored = [header for place, header in enumerate(headers) if place not in where.values()]
    return Contents(known, ignored, _members(first, objects, find))


def _members(
    first: tuple[int, dict[str, Any]], others: Iterator[tuple[int, dict[str, Any]]], find: Find
) -> Iterator[Row]:
    pair: tuple[int, dict[str, Any]] | None = first
    while pair is not None:
        number, members = pair
        names = list(members)
        yield number, {field: _text(members[names[place]]) for field, place in find(names).items()}
        pair = next(others, None)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        # Neither NUL nor half a character can be stored.
        return value.strip().replace("\x00", "\ufffd").encode(errors="replace").decode()
    if value in ({}, []):
        return ""
    return json.dumps(value, ensure_ascii=False)


def _objects(text: TextIO) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of the first list in the file, without holding more than one of them."""
    decoder, buffer, number = json.JSONDecoder(), "", 0
    while "[" not in buffer and (more := text.read(_CHUNK)) and len(buffer) < _LONGEST_OBJECT:
        buffer += more
    buffer = buffer.partition("[")[2]
    while True:
        buffer = buffer.lstrip(" \t\r\n,")
        if buffer.startswith("]"):
            return
        try:
            value, end = decoder.raw_decode(buffer)
        except (ValueError, RecursionError) as error:
            more = text.read(max(_CHUNK, len(buffer)))
            if not more or len(buffer) > _LONGEST_OBJECT:
                raise _refusal(f"Entry {number + 1} is not valid JSON.") from error
            buffer += more
            continue
        number += 1
        if not isinstance(value, dict):
            raise _refusal(f"Entry {number} is no JSON object.")
        buffer = buffer[end:]
        yield number, {str(name): item for name, item in value.items() if fold(str(name))}


def _refusal(message: str) -> Invalid:
    return Invalid({"file": [message]})


def _not_text() -> Invalid:
    return _refusal("This file is not text in UTF-8. Save it as “CSV UTF-8” and send it again.")
