"""What a person typed, made comparable with what is indexed."""

import re
import unicodedata

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
LONGEST = 500


def clean_term(text: str) -> str:
    """The searched text: NFC, no control characters, single spaces, at most 500 characters, folded."""
    whole = unicodedata.normalize("NFC", text[:LONGEST].encode("utf-8", "replace").decode())
    return fold(" ".join(_CONTROL.sub(" ", whole).split()))


def fold(text: str) -> str:
    """`text` without regard to case, character by character, as the indexes of both engines fold it."""
    if text.isascii():
        return text.lower()
    # Whole-string lower() may change the length (İ) or look at the neighbours (final sigma).
    return "".join(low if len(low := char.lower()) == 1 else char for char in text)


def has_trigram(term: str) -> bool:
    """Whether three letters or digits stand in a row: what PostgreSQL's trigram index needs."""
    return any(term[i : i + 3].isalnum() for i in range(len(term) - 2))


def short_grams(term: str) -> list[str]:
    """The one or two character pieces that every text containing `term` must hold."""
    return [term] if len(term) < 2 else sorted({term[i : i + 2] for i in range(len(term) - 1)})


def like(term: str) -> str:
    """A LIKE pattern in which nothing of `term` is a wildcard (escape character: backslash)."""
    return "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
