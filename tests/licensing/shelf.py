"""Releases with files, made through the services."""

import io
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import services, uploads
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.licensing.releases.services import Asset

CONTENT = b"MZ" + bytes(range(256)) * 8
Upload = Callable[..., ReleaseFile]
ReleaseOf = Callable[..., Release]


def upload(actor: Actor, name: str = "setup.exe", content: bytes = CONTENT) -> ReleaseFile:
    """A whole upload that waits for its release."""
    file = uploads.begin(actor, name=name, size=len(content))
    return uploads.take(actor, file, io.BytesIO(content), offset=0)


def release(actor: Actor, product: Product, version: str = "2.4.0", **given: Any) -> Release:
    """A published release with one file, unless `given` says otherwise."""
    content = given.pop("content", CONTENT)
    names = given.pop("names", ["setup.exe"])
    return services.create(
        actor,
        product=product,
        version=version,
        assets=[Asset(upload(actor, name, content).uuid) for name in names],
        **{"status": "published", "release_date": date(2026, 1, 31), **given},
    )


@pytest.fixture
def release_of(owner: Actor) -> ReleaseOf:
    return lambda product, version="2.4.0", **given: release(owner, product, version, **given)
