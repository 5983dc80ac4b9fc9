"""The kinds of settings: what a value must look like. `clean` raises ValueError with what to enter."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from keyturn.core.errors import Invalid
from keyturn.core.text import clean_email, clean_line
from keyturn.platform.pictures import images

# Up to so many options are listed to who chose none of them.
_FEW = 10
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[?[0-9A-Fa-f:.]+\]?")

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{2,62}")


@dataclass(frozen=True)
class Setting:
    """One setting. `tab` is where it is edited, empty for what the server keeps for itself."""

    name: str
    default: Any = ""
    label: str = ""
    help: str = ""
    tab: str = ""
    section: str = ""
    required: bool = False
    # Shown, and always at its default: what it turns on is not there yet.
    unavailable: bool = False

    secret = False
    # Whether saving nothing keeps what is stored.
    kept = False

    def clean(self, raw: Any) -> Any:
        """The value to store."""
        raise NotImplementedError

    @property
    def limits(self) -> str:
        """In words, what is allowed."""
        return "any text"


@dataclass(frozen=True)
class Number(Setting):
    """A whole number from `minimum` to `maximum`."""

    default: int = 0
    minimum: int = 0
    maximum: int = 0
    unit: str = ""

    def clean(self, raw: Any) -> int:
        text = str(raw).strip()
        number = int(text) if re.fullmatch(r"-?\d{1,9}", text, re.ASCII) else self.minimum - 1
        if not self.minimum <= number <= self.maximum:
            raise ValueError(f"Enter a whole number from {self.minimum:,} to {self.maximum:,}.")
        return number

    @property
    def limits(self) -> str:
        return f"{self.minimum:,} to {self.maximum:,} {self.unit}".strip()


@dataclass(frozen=True)
class Toggle(Setting):
    """On or off."""

    default: bool = False

    def clean(self, raw: Any) -> bool:
        return raw in (True, "on", "true", "1")

    @property
    def limits(self) -> str:
        return "on or off"


@dataclass(frozen=True)
class Text(Setting):
    """One line of text."""

    maximum: int = 254
    # In the manual; the name of the class when it says it all.
    kind = ""

    def clean(self, raw: Any) -> str:
        text = clean_line(str(raw or ""))
        if self.required and not text:
            raise ValueError("This is required.")
        if len(text) > self.maximum:
            raise ValueError(f"Enter at most {self.maximum} characters.")
        return self.check(text) if text else ""

    @property
    def limits(self) -> str:
        """The kind of text, how long it may be and whether it must be there."""
        kind = self.kind or type(self).__name__.lower()
        kind = "scheme, host and port" if getattr(self, "bare", False) else kind
        return f"{kind}, at most {self.maximum} characters{', required' if self.required else ''}"

    def check(self, text: str) -> str:
        """What a text that is not empty must satisfy; gives its canonical form."""
        return text


@dataclass(frozen=True)
class Email(Text):
    """An e-mail address."""

    def check(self, text: str) -> str:
        try:
            return clean_email(text)
        except Invalid as refusal:
            raise ValueError(refusal.message) from refusal


@dataclass(frozen=True)
class Url(Text):
    """An address on the web; with `bare` only scheme, host and port."""

    maximum: int = 500
    bare: bool = False
    kind = "http or https address"

    def check(self, text: str) -> str:
        try:
            parts = urlsplit(text)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound or " " in text or "@" in parts.netloc:
            raise ValueError("Enter a full address, such as https://example.com.")
        if self.bare and (parts.path not in ("", "/") or parts.query or parts.fragment):
            raise ValueError("Enter scheme and host alone, such as https://licenses.example.com.")
        return text.rstrip("/") if self.bare else text


@dataclass(frozen=True)
class Host(Text):
    """A host name or IP address, without port."""

    def check(self, text: str) -> str:
        if not _HOST.fullmatch(text):
            raise ValueError("Enter a host name, such as smtp.example.com.")
        return text


@dataclass(frozen=True)
class Cdn(Url):
    """The start of addresses from which browsers may load pictures: https, and http on this machine alone."""

    kind = "https address"

    def check(self, text: str) -> str:
        parts = urlsplit(super().check(text))
        host = parts.hostname or ""
        # It stands in a header, where other signs would mean something.
        if not _NAME.fullmatch(host) or parts.query or parts.fragment:
            raise ValueError("Enter scheme, host and folder alone, such as https://cdn.example.com/keyturn.")
        if parts.scheme != "https" and host not in ("localhost", "127.0.0.1"):
            raise ValueError("Enter an address that starts with https://.")
        return text.rstrip("/")


@dataclass(frozen=True)
class Bucket(Text):
    """The name of an S3 bucket."""

    maximum: int = 63

    def check(self, text: str) -> str:
        if not _BUCKET.fullmatch(text):
            raise ValueError("Enter 3 to 63 small letters, digits and hyphens, a letter or digit first.")
        return text


@dataclass(frozen=True)
class Days(Text):
    """Up to five numbers of days, as in `30, 7, 1`; kept in falling order."""

    maximum: int = 40

    @staticmethod
    def read(text: str) -> list[int]:
        """The days that a stored value names."""
        return [int(one) for one in text.split(",") if one.strip()]

    def check(self, text: str) -> str:
        parts = [one.strip() for one in text.split(",")]
        if len(parts) > 5 or not all(re.fullmatch(r"[1-9]\d{0,2}", one, re.ASCII) for one in parts):
            raise ValueError("Enter up to five numbers of days from 1 to 999, such as 30, 7, 1.")
        return ", ".join(str(one) for one in sorted({int(one) for one in parts}, reverse=True))


@dataclass(frozen=True)
class Choice(Setting):
    """One of `options`: (value, label) pairs."""

    options: tuple[tuple[str, str], ...] = ()

    def clean(self, raw: Any) -> str:
        if raw not in dict(self.options):
            labels = ", ".join(label for _, label in self.options)
            raise ValueError(f"Choose one of: {labels}." if len(self.options) <= _FEW else "Choose one of the list.")
        return str(raw)

    @property
    def limits(self) -> str:
        few = len(self.options) <= _FEW
        return ", ".join(label for _, label in self.options) if few else "one of a list"


@dataclass(frozen=True)
class Secret(Text):
    """Sealed at rest, never shown again; saving an empty one keeps the old one."""

    maximum: int = 500
    secret = True
    kept = True

    def clean(self, raw: Any) -> str:
        # Passwords may begin or end with a space.
        text = str(raw or "")
        if len(text) > self.maximum or "\n" in text or "\r" in text or "\x00" in text:
            raise ValueError(f"Enter one line of at most {self.maximum} characters.")
        return text


@dataclass(frozen=True)
class Picture(Setting):
    """A picture of at most `width` by `height` pixels. Saving none keeps the old one, None takes it away.

    The value is the name of the picture; what draws it is kept apart, under the name of the setting.
    """

    width: int = 0
    height: int = 0
    kept = True

    def clean(self, raw: Any) -> images.Image | str:
        """The picture of a file, to be kept; empty for none."""
        return images.logo(raw, (self.width, self.height)) if raw else ""

    @property
    def limits(self) -> str:
        return f"PNG, JPG or SVG, at most 2 MB and {self.width} × {self.height} pixels"
