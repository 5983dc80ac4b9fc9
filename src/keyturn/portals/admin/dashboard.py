"""What the dashboard shows: cards with their trends, the chart, the bars (DSH-05 to DSH-09)."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlencode

from django.urls import reverse

from keyturn.core.clock import now
from keyturn.operations.analytics.figures import Figure, Figures, Point

# Figures that nobody has counted for so long are marked.
_STALE = timedelta(minutes=15)


@dataclass(frozen=True)
class Card:
    """A number with its trend. `href` leads to the list of what it counts, empty for none."""

    id: str
    label: str
    icon: str
    value: str
    trend: str
    arrow: str
    tone: str
    against: str
    href: str = ""


@dataclass(frozen=True)
class Bar:
    """A product and how many licenses it has; `href` leads to them."""

    name: str
    count: int
    href: str


def cards(figures: Figures, *, may_view_logs: bool) -> list[Card]:
    """The four cards, in their order."""
    failed = {"action": "verify_failed", "at": "24-hours"}
    return [
        _card("Total Products", "package", figures.products, reverse("admin:products")),
        _card("Active Licenses", "key-round", figures.active_licenses, _to("admin:licenses", status="active")),
        _card(
            "Activations Today",
            "monitor-check",
            figures.activations_today,
            _to("admin:activations", activated="today"),
            against="from this time yesterday",
        ),
        _card(
            "Failed Verifications",
            "shield-x",
            figures.failed_verifications,
            _to("admin:logs", **failed) if may_view_logs else "",
            against="from the 24 hours before",
            rising="bad",
        ),
    ]


def bars(figures: Figures) -> list[Bar]:
    """The products with most licenses."""
    return [Bar(row.name, count, _to("admin:licenses", product=str(row.uuid))) for row, count in figures.top]


def chart(week: list[Point]) -> dict[str, object] | None:
    """Rows for the table and data for the drawing; None when nothing happened in seven days."""
    if not any(point.activations or point.verifications for point in week):
        return None
    data = {
        "days": [[f"{point.day:%b} {point.day.day}", str(point.day.day), _long(point.day)] for point in week],
        "lines": [
            {"label": "Activations", "color": "--chart-1", "values": [point.activations for point in week]},
            {"label": "Verifications", "color": "--chart-2", "values": [point.verifications for point in week]},
        ],
    }
    return {"rows": week, "data": json.dumps(data)}


def stale_since(figures: Figures) -> datetime | None:
    """When the licenses were counted, if that is too long ago."""
    return figures.counted_at if now() - figures.counted_at > _STALE else None


def _card(
    label: str, icon: str, figure: Figure, href: str = "", *, against: str = "from yesterday", rising: str = "ok"
) -> Card:
    trend, arrow, tone = _trend(figure, rising)
    id = "card-" + label.lower().replace(" ", "-")
    return Card(
        id, label, icon, f"{figure.value:,}", trend, arrow, tone, against if figure.before is not None else "", href
    )


def _trend(figure: Figure, rising: str) -> tuple[str, str, str]:
    """Text, icon and tone; a rise has the tone `rising`."""
    change = figure.change
    if change is None:
        return "No figure of yesterday", "", "idle"
    text = f"{abs(change):,.0f}" if abs(change) >= 9.95 else f"{abs(change):.1f}".removesuffix(".0")
    if text == "0":
        return "No change", "", "idle"
    falling = "bad" if rising == "ok" else "ok"
    return (f"+{text}%", "arrow-up", rising) if change > 0 else (f"−{text}%", "arrow-down", falling)


def _long(day: date) -> str:
    return f"{day:%a, %b} {day.day}, {day.year}"


def _to(route: str, **query: str) -> str:
    return f"{reverse(route)}?{urlencode(query)}"
