"""Releases of the demo vendor, with files of a few kilobytes."""

import io
from datetime import timedelta

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import services, uploads
from keyturn.licensing.releases.models import Release
from keyturn.licensing.releases.services import Asset

_NOTES = """\
### New
- Dark mode follows the system
- Export to PDF keeps links

### Fixed
- Opening a project from a network drive no longer waits for the index
"""
_APP = (("pro-app-setup.exe", "windows", "x64"), ("pro-app.dmg", "macos", "universal"), ("pro-app.tar.gz", "linux", ""))
# Product, version, channel, days ago, summary, changelog, files.
_RELEASES = (
    ("Pro App", "2.3.1", "hotfix", 120, "Fixes a crash when printing.", "- Printing works again", _APP[:2]),
    ("Pro App", "2.4.0", "stable", 31, "Dark mode and better exports.", _NOTES, (*_APP, ("guide.pdf", "all", ""))),
    ("Pro App", "3.0.0-beta.1", "beta", -20, "The new editor, for testers.", "- New editor", _APP[:1]),
)


def stock(actor: Actor) -> None:
    """Upload them; the newest stays a draft."""
    for name, version, channel, days, summary, changelog, files in _RELEASES:
        product = Product.objects.in_scope(actor).filter(name=name).first()
        if product is None:
            continue
        at = clock.now() - timedelta(days=days)
        services.create(
            actor,
            product=product,
            version=version,
            channel=channel,
            status=Release.Status.DRAFT if channel == "beta" else Release.Status.PUBLISHED,
            release_date=at.date(),
            update_summary=summary,
            changelog=changelog,
            assets=[_asset(actor, *file, size=4096 * (n + 2)) for n, file in enumerate(files)],
        )


def _asset(actor: Actor, name: str, platform: str, architecture: str, *, size: int) -> Asset:
    file = uploads.begin(actor, name=name, size=size)
    uploads.take(actor, file, io.BytesIO(bytes(size)), offset=0)
    kind = "documentation" if name.endswith(".pdf") else "installer"
    return Asset(file.uuid, kind, platform, architecture)
