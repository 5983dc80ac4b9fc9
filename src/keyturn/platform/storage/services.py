"""Choosing the place by the settings of the Storage tab, and trying it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.platform.preferences import services as preferences
from keyturn.platform.storage.local import Folder
from keyturn.platform.storage.places import Fault, Missing, Place, Unavailable

LOCAL, S3 = "local", "s3"
_TRIAL = b"Keyturn tries its storage."


def kind() -> str:
    """Where new files go: `local` or `s3`. Each file remembers it, so that a change of the driver moves nothing."""
    return LOCAL if preferences.text("storage.driver") == "local" else S3


def place(kind: str) -> Place:
    """The place of that kind, as it is set up now."""
    return Folder(Path(settings.MEDIA_ROOT)) if kind == LOCAL else _bucket(preferences.values())


def waiting_room() -> Path:
    """The folder of this server in which uploads wait until they are whole and stored."""
    folder = Path(settings.DATA_DIR) / "uploads"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def try_out(actor: Actor, raw: Mapping[str, Any]) -> str:
    """Write, read and delete a small file with the settings in a form; "" or what went wrong. Raises Invalid."""
    require(actor, Permission.MANAGE_CRITICAL_SETTINGS)
    values = preferences.check("storage", raw)
    tried = Folder(Path(settings.MEDIA_ROOT)) if values["storage.driver"] == "local" else _bucket(values)
    return trial(tried)


def trial(tried: Place) -> str:
    """Write, read and delete a small file in a place; "" or what went wrong."""
    key = f"keyturn-test-{uuid4().hex}"
    try:
        with tempfile.NamedTemporaryFile(dir=waiting_room()) as file:
            file.write(_TRIAL)
            file.flush()
            tried.put(key, Path(file.name))
        content = b"".join(tried.read(key, 0, len(_TRIAL)))
        tried.delete(key)
    except Unavailable as problem:
        return str(problem)
    except Missing:
        return str(Fault.NO_BUCKET)
    return "" if content == _TRIAL else f"{Fault.OTHER}: it gave back something else"


def _bucket(values: Mapping[str, Any]) -> Place:
    # Importing boto3 takes half a second, which an installation with a folder need not wait for.
    from keyturn.platform.storage.s3 import Account, Bucket

    compatible = values["storage.driver"] == "s3_compatible"
    return Bucket(
        Account(
            key=values["storage.access_key"],
            secret=values["storage.secret_key"],
            region=values["storage.region"],
            bucket=values["storage.bucket"],
            endpoint=values["storage.endpoint"] if compatible else "",
        )
    )
