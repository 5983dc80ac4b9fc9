"""Cleaning and masking of what people type."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email

from keyturn.core.errors import Invalid

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
# They would turn around the text that a page or a mail puts after a name.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
_HOST = re.compile(r"(?=.*\.)[A-Za-z0-9.-]+(?::\d{1,5})?")
EMAIL_LENGTH = 254


def has_control(text: str) -> bool:
    """Whether `text` holds an ASCII control character."""
    return _CONTROL.search(text) is not None


def storable(text: str) -> str:
    """`text` without what PostgreSQL cannot keep: zero characters and halves of surrogate pairs."""
    return text if text.isascii() and "\0" not in text else text.replace("\0", "").encode("utf-8", "ignore").decode()


def clean_line(text: str) -> str:
    """One line of text: NFC, control characters to spaces, runs of white space to one, no changes of direction."""
    return " ".join(_CONTROL.sub(" ", _TURNS.sub("", unicodedata.normalize("NFC", text))).split())


def clean_lines(text: str) -> str:
    """Several lines of text: NFC, line breaks as one sign, other control characters to spaces."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(_CONTROL.sub(" ", line).rstrip() for line in lines).strip()


def clean_email(text: str, field: str = "email") -> str:
    """The canonical form of an e-mail address: trimmed, NFC, lower case, at most 254 characters.

    Syntax by RFC 5321/5322 and RFC 6531. An internationalised domain is readable also where a browser
    sent it as `xn--…`, as Chromium does: one mailbox, one address. Nothing is looked up in the DNS.
    Raises Invalid naming `field`.
    """
    typed = unicodedata.normalize("NFC", text.strip()).lower()[: EMAIL_LENGTH + 1]
    try:
        # Reserved names such as example.test must work: people try the product with them.
        checked = validate_email(typed, check_deliverability=False, test_environment=True, strict=True)
        address = f"{checked.local_part}@{checked.domain}".lower()
    except EmailNotValidError as error:
        raise Invalid({field: ["Enter a valid e-mail address, such as name@example.com."]}) from error
    if len(address) > EMAIL_LENGTH:
        raise Invalid({field: [f"Enter an e-mail address of at most {EMAIL_LENGTH} characters."]})
    return address


def mask_key(key: str) -> str:
    """A license key that can be recognised but not used: first and last group, dots between.

    >>> mask_key("PRO-ABCD-EFGH-1234-8WZC")
    'PRO-••••-••••-8WZC'
    """
    groups = re.split(r"[-_.]", key)
    if len(groups) > 2 and len(groups[-1]) <= 4 and len(groups[0]) <= 5:
        return f"{groups[0]}-••••-••••-{groups[-1]}"
    return f"{key[:4]}••••{key[-4:]}" if len(key) > 12 else "••••"


def mask_email(address: str) -> str:
    """An address that its owner recognises.

    >>> mask_email("john.doe@example.com")
    'j•••@example.com'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}•••@{domain}"


def key_start(key: str) -> str:
    """The part of a license key that may appear in logs (LIC-31); keys may hold an e-mail address."""
    return key[:8] if len(key) > 12 and "@" not in key else key[:2]


def is_host(identifier: str) -> bool:
    """Whether an identifier looks like a host name, with an optional port (API v1, 2.3)."""
    return _HOST.fullmatch(identifier) is not None


def initials(name: str) -> str:
    """Up to two capitals for an avatar."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[1:][-1:])).upper() or "?"


def slugify_ascii(text: str, limit: int = 100) -> str:
    """`[a-z0-9-]` of at most `limit` characters; accents are dropped, anything else is a hyphen."""
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", flat).strip("-")[:limit].strip("-")


def file_size(size: int) -> str:
    """Bytes as people read them.

    >>> file_size(13_107_200)
    '12.50 MB'
    """
    for unit, step in (("GB", 1024**3), ("MB", 1024**2), ("KB", 1024)):
        if size >= step:
            return f"{size / step:.2f} {unit}"
    return f"{size} B"
