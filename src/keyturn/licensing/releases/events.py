"""Audit entries about releases."""

from collections.abc import Mapping
from typing import Any

from keyturn.licensing.releases.entitlement import ACCESS_FIELDS
from keyturn.licensing.releases.models import Release
from keyturn.platform.audit.services import Entry

_FIELDS = ("version", "numeric_version", "channel", "status", "update_summary", "changelog", "release_date")


def snapshot(release: Release) -> dict[str, Any]:
    """Its fields and files, as the audit trail keeps them."""
    shown = {name: getattr(release, name) for name in (*_FIELDS, *ACCESS_FIELDS)}
    files = release.files.order_by("pk").values("name", "kind", "platform", "architecture", "size", "sha256")
    return {
        **{name: value if value is None or isinstance(value, int) else str(value) for name, value in shown.items()},
        "files": list(files),
    }


def entry(action: str, release: Release, changes: Mapping[str, Any]) -> Entry:
    """An event whose subject is `release`."""
    told = {"product": release.product.name, "release": release.version, **changes}
    return Entry(action, ("release", release.uuid), told, environment=release.environment)
