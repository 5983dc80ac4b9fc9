"""Parameters of management endpoints: typed, whatever the encoding (docs/spec/api-v1.md 2.2 and 8)."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from keyturn.api import params
from keyturn.core.errors import Invalid
from keyturn.core.text import has_control


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise ValueError("text")
    return str(value).strip()


def _line(value: Any) -> str:
    line = _text(value)
    if has_control(line):
        raise ValueError("line")
    return line


def _whole(value: Any) -> int:
    if isinstance(value, str):
        return int(value.strip(), 10)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("whole")
    return int(value)


def _flag(value: Any) -> bool:
    word = str(value).strip().lower()
    if word not in ("0", "1", "true", "false"):
        raise ValueError("flag")
    return word in ("1", "true")


def _list(value: Any) -> list[Any]:
    value = json.loads(value) if isinstance(value, str) else value
    if not isinstance(value, list):
        raise ValueError("list")
    return value


def _map(value: Any) -> dict[str, Any]:
    value = json.loads(value) if isinstance(value, str) else value
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise ValueError("map")
    return value


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(_text(value))
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)


def _identity(value: Any) -> int | UUID:
    found = params.identity(value)
    if found is None:
        raise ValueError("identity")
    return found


# The services' names of fields to the API's.
_NAMES = {"": "request", "email": "owner_email"}

Text = Annotated[str, BeforeValidator(_text)]
Line = Annotated[str, BeforeValidator(_line)]
Whole = Annotated[int, BeforeValidator(_whole), Field(ge=-(2**31), le=2**31 - 1)]
Flag = Annotated[bool, BeforeValidator(_flag)]
List = Annotated[list[Any], BeforeValidator(_list)]
Map = Annotated[dict[str, Any], BeforeValidator(_map)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Identity = Annotated[int | UUID, BeforeValidator(_identity)]


class Faults:
    """What is wrong with a request, gathered until all of it is known; a field keeps the first texts about it.

    As a context manager it takes what Invalid says inside, and lets the caller go on.
    """

    def __init__(self) -> None:
        self.errors: dict[str, list[str]] = {}

    def note(self, error: Invalid) -> None:
        """File the texts of `error` under the API's names of the fields."""
        for field, texts in error.errors.items():
            self.errors.setdefault(_NAMES.get(field, field), texts)

    def raise_if_any(self) -> None:
        """Raise Invalid with what was gathered."""
        if self.errors:
            raise Invalid(self.errors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Invalid):
            return False
        self.note(error)
        return True


class Params(BaseModel):
    """Base of all parameter declarations. Field names are the canonical ones; unknown input is ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> Self:
        """The parameters in `given`, under any of their names. Raises Invalid with the documented texts."""
        try:
            return cls(**cls._found(given))
        except ValidationError as error:
            wrong = [(str(each["loc"][0]), each["type"]) for each in error.errors()]
            raise Invalid({field: [message(kind, field)] for field, kind in wrong}) from error

    @classmethod
    def gather(cls, given: Mapping[str, Any], faults: Faults) -> Self:
        """As `read`, but what cannot be read is noted in `faults` and taken for absent.

        For declarations without a required field.
        """
        try:
            return cls.read(given)
        except Invalid as error:
            faults.note(error)
            return cls(**{name: value for name, value in cls._found(given).items() if name not in error.errors})

    @classmethod
    def _found(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        found = {name: params.value(given, name) for name in cls.model_fields}
        return {name: value for name, value in found.items() if value is not None}


def message(kind: str, field: str) -> str:
    """The documented text about a parameter that is "missing", or invalid for any other `kind` of reason."""
    name = field.replace("_", " ")
    return f"The {name} field is required." if kind == "missing" else f"The selected {name} is invalid."


@contextmanager
def owner_named() -> Iterator[None]:
    """The services' `email` and `name` of a customer, said of the owner of a license."""
    try:
        yield
    except Invalid as error:
        names = {"email": "owner_email", "name": "owner_name"}
        raise Invalid({names.get(field, field): texts for field, texts in error.errors.items()}) from error


def required(field: str) -> Invalid:
    """The error of a field that only some callers may leave out."""
    return Invalid({field: [message("missing", field)]})


def invalid(field: str) -> Invalid:
    """The error of a value that names nothing, or nothing allowed."""
    return Invalid({field: [message("", field)]})


class Page(Params):
    """Paging of lists that answer with everything by default."""

    page: Annotated[Whole, Field(ge=1)] = 1
    per_page: Annotated[Whole, Field(ge=1, le=1000)] | None = None

    def window(self) -> slice:
        """The rows of this page."""
        if self.per_page is None:
            return slice(None) if self.page == 1 else slice(0, 0)
        start = (self.page - 1) * self.per_page
        return slice(start, start + self.per_page)
