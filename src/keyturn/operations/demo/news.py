"""What changed in the demo vendor's products."""

from collections.abc import Mapping
from datetime import timedelta

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.changelog import services
from keyturn.licensing.changelog.drafts import Change, Draft
from keyturn.licensing.products.models import Product

# Product, days ago, version, title, summary and changes; days to come are scheduled.
_ENTRIES: tuple[tuple[str, int, str, str, str, tuple[tuple[str, str], ...]], ...] = (
    (
        "Pro App",
        200,
        "2.0.0",
        "The quiet release",
        "A new engine below the same windows.",
        (
            ("features", "Projects open **three times** faster."),
            ("breaking", "Plug-ins made for version 1 need an update."),
            ("documentation", "The [guide for plug-ins](https://example.com/plugins) is new."),
        ),
    ),
    ("Pro App", 60, "2.3.2", "", "Small things that were in the way.", (("fixes", "Printing of long tables."),)),
    (
        "Pro App",
        150,
        "2.3.0",
        "Sync",
        "Your work on every machine.",
        (("features", "Cloud sync:\n\n- folders\n- settings"), ("improvements", "Less memory in the background.")),
    ),
    ("Pro App", -5, "2.5.0", "", "Sharing a project with one link.", (("features", "Links that expire."),)),
    ("Backup Agent", 30, "2.8.0", "", "Servers with many small files.", (("improvements", "Scanning is faster."),)),
    ("Analytics Plugin", 0, "1.4.0", "", "Not told to anybody yet.", (("technical", "A smaller script."),)),
)


def write(actor: Actor, products: Mapping[str, Product]) -> None:
    """Entries of every kind: published, scheduled, draft."""
    for name, ago, version, title, summary, changes in _ENTRIES:
        day = now() - timedelta(days=ago)
        draft = Draft(
            version,
            summary,
            tuple(Change(kind, text) for kind, text in changes),
            title,
            day.date(),
            day if ago < 0 else None,
        )
        entry = services.create(actor, products[name], draft)
        if ago > 0:
            services.publish(actor, entry)
