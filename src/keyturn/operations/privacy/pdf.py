"""A customer's data as a document to read."""

import logging
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

from fontTools.ttLib import TTFont
from fpdf import FPDF

from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.operations.privacy.collecting import TABLES, Data

_FONT: Final = Path(str(resources.files("keyturn.operations.privacy"))) / "fonts" / "inter.ttf"
_TITLES: Final = {"customer": "Profile", "logins": "Sign-ins", "emails": "E-mails", "timeline": "Activity"}
_GREY: Final = 110
# Setting a row takes about two milliseconds.
MOST_ROWS: Final = 3000


def as_pdf(data: Data) -> bytes:
    """The profile and every table, a paragraph a row; letters that the font lacks show as a question mark.

    Raises Refused when there are more than MOST_ROWS rows.
    """
    rows = sum(len(data[name]) for name in TABLES)
    if rows > MOST_ROWS:
        raise Refused(f"{rows:,} records are too many for a PDF. Choose JSON or CSV.")
    # What it says about each page is of no use to anybody who runs the product.
    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)
    document = _Document(format="A4")
    document.add_font("Inter", fname=_FONT)
    document.set_margins(18, 18)
    document.set_auto_page_break(True, 20)
    document.set_title("Customer data")
    document.add_page()
    document.line_of(f"Data of {data['customer']['name'] or data['customer']['email']}", 16)
    document.line_of(f"Everything that is kept about you, as of {now():%Y-%m-%d %H:%M} UTC.", 9, grey=True)
    document.section("customer", [data["customer"]])
    for name in TABLES:
        document.section(name, data[name])
    return bytes(document.output())


class _Document(FPDF):
    def footer(self) -> None:
        """The number of each page."""
        self.set_y(-14)
        self._style(8, grey=True)
        self.cell(0, 6, f"{self.page_no()}", align="R")

    def section(self, name: str, rows: list[Data]) -> None:
        """A heading with the number of rows, then the rows."""
        self.ln(5)
        count = "" if name == "customer" else f" ({len(rows)})"
        self.line_of(f"{_TITLES.get(name, name.capitalize())}{count}", 12)
        if not rows:
            self.line_of("Nothing is kept.", 9, grey=True)
        for row in rows:
            words = [f"{_label(key)}: {_value(value)}" for key, value in row.items() if value not in (None, "", {}, [])]
            self._style(9)
            self.multi_cell(0, 4.6, _known("   ".join(words)), align="L", new_x="LMARGIN", new_y="NEXT")
            self.ln(1.6)

    def line_of(self, text: str, size: float, *, grey: bool = False) -> None:
        """One paragraph."""
        self._style(size, grey=grey)
        self.multi_cell(0, size * 0.55, _known(text), align="L", new_x="LMARGIN", new_y="NEXT")
        self.ln(1)

    def _style(self, size: float, *, grey: bool = False) -> None:
        self.set_font("Inter", size=size)
        self.set_text_color(_GREY if grey else 20)


@cache
def _letters() -> frozenset[int]:
    return frozenset(TTFont(_FONT).getBestCmap())


def _known(text: str) -> str:
    return "".join(letter if ord(letter) in _letters() else "?" for letter in text)


def _label(key: str) -> str:
    return key.replace("_", " ").capitalize()


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {inner}" for key, inner in value.items())
    return str(value)
