"""Making a backup of a running installation, and bringing one back."""

import json
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from keyturn.core.clock import now
from keyturn.core.errors import Refused
from keyturn.operations.backups import archive, dumps, keys
from keyturn.platform.jobs.models import Worker
from keyturn.platform.monitoring import backups as log


def make(target: Path, passphrase: str) -> None:
    """Write an archive. Without a passphrase the keys go into a file beside it. Raises Refused, OSError."""
    if target.exists():
        raise Refused(f"{target} exists already. Give another name.")
    secrets = keys.present()
    facts = {
        "keyturn": version("keyturn"),
        "engine": connection.vendor,
        "made_at": now().isoformat(),
        "migrations": sorted(MigrationRecorder(connection).applied_migrations()),
        "encryption_keys": keys.fingerprints(secrets["ENCRYPTION_KEYS"]),
    }
    with tempfile.TemporaryDirectory(prefix=".keyturn-", dir=target.parent) as name, archive.writing(target) as out:
        dump = Path(name) / archive.DATABASE
        dumps.dump(dump)
        out.add_file(archive.DATABASE, dump)
        # After the database: whatever it names was there by then.
        out.add_folder(archive.FILES, Path(settings.MEDIA_ROOT))
        if passphrase:
            out.add_bytes(archive.KEYS, keys.seal(secrets, passphrase))
        else:
            _write_private(keys.beside(target), json.dumps(secrets))
        out.finish(facts)
    log.note()


def prune(folder: Path, keep: int) -> list[Path]:
    """Remove all but the `keep` newest archives that were named by us; which."""
    old = sorted(folder.glob("keyturn-*.tar.gz"), reverse=True)[keep:]
    for file in old:
        file.unlink()
        keys.beside(file).unlink(missing_ok=True)
    return old


def restore(file: Path, *, replace: bool, passphrase: str, key_file: Path | None) -> dict[str, Any]:
    """Put a backup in the place of this installation's data; its manifest. Migrations are the caller's.

    Nothing is changed before the whole archive is unpacked and checked. Raises Refused.
    """
    if connection.introspection.table_names() and not replace:
        raise Refused("This installation has data. Stop Keyturn, and add --replace to replace it.")
    _refuse_while_running()
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=settings.DATA_DIR) as name:
        folder = Path(name)
        manifest = archive.unpack(file, folder)
        if manifest["engine"] != connection.vendor:
            raise Refused(f"This backup is of {manifest['engine']}; this installation runs on {connection.vendor}.")
        _refuse_newer(manifest)
        secrets = _secrets(file, folder, manifest, passphrase, key_file)
        dumps.load(folder / archive.DATABASE)
        with suppress(Error), transaction.atomic():
            # Those that ran when it was made: nobody runs now.
            Worker.objects.all().delete()
        for variable, value in secrets.items():
            _write_private(settings.DATA_DIR / f"{variable.lower()}.txt", value)
        _replace_files(folder / archive.FILES, Path(settings.MEDIA_ROOT), folder / "before")
    return manifest


def _refuse_while_running() -> None:
    """Processes that go on would write into a database that is no longer there."""
    try:
        worker = Worker.objects.filter(seen_at__gte=now() - timedelta(seconds=60)).first()
    except Error:
        return  # empty, or in the state for which backups are made
    if worker is not None:
        raise Refused(f"The worker {worker.name} is running. Stop Keyturn; after a crash, wait a minute.")


def _refuse_newer(manifest: Mapping[str, Any]) -> None:
    """A database can be brought forward to this version, never back."""
    loader = MigrationLoader(None)
    replaced = {pair for migration in loader.disk_migrations.values() for pair in migration.replaces}
    unknown = {(app, name) for app, name in manifest["migrations"]} - {*loader.disk_migrations, *replaced}
    if unknown:
        raise Refused(f"This backup is of Keyturn {manifest['keyturn']}. Install that version or a newer one.")


def _secrets(
    file: Path, folder: Path, manifest: Mapping[str, Any], passphrase: str, key_file: Path | None
) -> dict[str, str]:
    """What to write into the data folder: nothing when this installation has the keys of the backup already."""
    sealed, beside = folder / archive.KEYS, key_file or keys.beside(file)
    if sealed.exists() and passphrase:
        return keys.unseal(sealed.read_bytes(), passphrase)
    if beside.exists():
        secrets: dict[str, str] = json.loads(beside.read_text("ascii"))
        if keys.fingerprints(secrets["ENCRYPTION_KEYS"]) != manifest["encryption_keys"]:
            raise Refused(f"{beside} holds the keys of another backup.")
        return secrets
    if set(manifest["encryption_keys"]) <= set(keys.fingerprints(keys.present()["ENCRYPTION_KEYS"])):
        return {}
    raise Refused("The keys of this backup are missing. Give its passphrase, or --keys and the file written with it.")


def _replace_files(source: Path, target: Path, before: Path) -> None:
    if target.exists():
        target.rename(before)
    if source.is_dir():
        shutil.move(source, target)


def _write_private(target: Path, text: str) -> None:
    draft = target.with_name(f".{target.name}.part")
    draft.touch(mode=0o600)
    draft.write_text(text, "ascii")
    draft.replace(target)
