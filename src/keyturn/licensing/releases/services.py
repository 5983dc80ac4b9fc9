"""Creating, changing and removing releases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.errors import Changed, Invalid
from keyturn.core.text import clean_line
from keyturn.licensing import values
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import announcing, storing, versions
from keyturn.licensing.releases.entitlement import ACCESS_FIELDS
from keyturn.licensing.releases.events import entry, snapshot
from keyturn.licensing.releases.models import Release, ReleaseFile
from keyturn.licensing.releases.tasks import remove_loose
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue

EDITABLE: Final = (
    *("version", "numeric_version", "channel", "status", "update_summary", "changelog", "release_date"),
    *ACCESS_FIELDS,
)
NO_FILE: Final = "Add at least one file."
_TAKEN: Final = "Another release of this product has this {}. Enter a different one."


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that a release shall have, of an upload or of its own, and what it is for."""

    uuid: UUID
    kind: str = ReleaseFile.Kind.INSTALLER
    platform: str = ReleaseFile.Platform.ALL
    architecture: str = ""


def create(
    actor: Actor,
    *,
    product: Product,
    version: str,
    release_date: date,
    assets: Sequence[Asset],
    numeric_version: int | None = None,
    channel: str = Release.Channel.STABLE,
    status: str = Release.Status.DRAFT,
    update_summary: str = "",
    changelog: str = "",
    **access: date | None,
) -> Release:
    """A new release with its uploaded files. An empty numeric version is made from the version.

    Nothing is saved when a value is wrong or the storage fails. Raises Invalid.
    """
    require(actor, Permission.MANAGE_RELEASES)
    version = version.strip()
    number = versions.suggested_number(version) if numeric_version is None else numeric_version
    release = Release(
        product=product,
        environment=product.environment,
        version=version,
        # -1 is refused below: there is no number, and none can be made.
        numeric_version=-1 if number is None else number,
        channel=channel,
        status=status,
        update_summary=clean_line(update_summary),
        changelog=changelog.strip(),
        release_date=release_date,
        **access,
    )
    errors = _problems(release)
    uploads = _uploads(actor, assets, errors)
    if product.environment != actor.environment:
        errors["product"] = ["Choose a product of this environment."]
    if not assets:
        errors["assets"] = [NO_FILE]
    _check_taken(release, errors)
    values.raise_if_any(errors)
    with storing.stored(uploads, product), transaction.atomic():
        _unique(lambda: release.save(force_insert=True))
        _attach(release, uploads, assets)
        made = {name: [None, value] for name, value in snapshot(release).items()}
        audit.record(actor, entry("release.created", release, made))
        announcing.follow(actor, release)
    return release


def update(
    actor: Actor, release: Release, *, revision: int, assets: Sequence[Asset] | None = None, **changes: Any
) -> Release:
    """Change a release as it was at `revision`. `assets` is all it shall have: others are removed for good.

    Raises Invalid, Changed.
    """
    require(actor, Permission.MANAGE_RELEASES)
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    before = snapshot(release)
    for field, value in changes.items():
        setattr(release, field, clean_line(value) if field in ("version", "update_summary") else value)
    errors = _problems(release)
    own = {file.uuid for file in release.files.all()}
    fresh = [one for one in assets or () if one.uuid not in own]
    uploads = _uploads(actor, fresh, errors)
    if assets is not None and not assets:
        errors["assets"] = ["A release needs at least one file."]
    _check_taken(release, errors)
    values.raise_if_any(errors)
    with storing.stored(uploads, release.product), transaction.atomic():
        written = {field: getattr(release, field) for field in changes}
        found = Release.objects.filter(pk=release.pk, revision=revision)
        if not _unique(lambda: found.update(revision=F("revision") + 1, **written)):
            raise Changed
        if assets is not None:
            _keep_only(actor, release, assets)
            _attach(release, uploads, assets)
        _record_change(actor, release, before)
        announcing.follow(actor, release)
    release.refresh_from_db()
    return release


def set_status(actor: Actor, release: Release, status: str) -> bool:
    """Publish a release, or take it back into draft; it counts at once. False when it was so already."""
    require(actor, Permission.MANAGE_RELEASES)
    values.check_choice(status, Release.Status.values)
    before = release.status
    with transaction.atomic():
        found = Release.objects.filter(pk=release.pk).exclude(status=status)
        if not found.update(status=status, revision=F("revision") + 1):
            return False
        release.status = status
        audit.record(actor, entry(_status_event(release), release, {"status": [str(before), str(status)]}))
        announcing.follow(actor, release)
    return True


@transaction.atomic
def delete(actor: Actor, release: Release) -> None:
    """Remove a release for good. Nobody can fetch its files from now on; a job removes their bytes (DLD-20)."""
    require(actor, Permission.MANAGE_RELEASES)
    was = {name: [value, None] for name, value in snapshot(release).items()}
    audit.record(actor, entry("release.deleted", release, was))
    ReleaseFile.objects.filter(release=release).update(release=None, staged=False)
    release.delete()
    enqueue(remove_loose)


def _record_change(actor: Actor, release: Release, before: Mapping[str, Any]) -> None:
    after = snapshot(release)
    diff = {name: [before[name], value] for name, value in after.items() if value != before[name]}
    if "status" in diff:
        audit.record(actor, entry(_status_event(release), release, {"status": diff.pop("status")}))
    if diff:
        audit.record(actor, entry("release.updated", release, diff))


def _status_event(release: Release) -> str:
    return "release.published" if release.status == Release.Status.PUBLISHED else "release.withdrawn"


def _keep_only(actor: Actor, release: Release, assets: Sequence[Asset]) -> None:
    dropped = release.files.exclude(uuid__in=[one.uuid for one in assets])
    for file in dropped:
        audit.record(actor, entry("release.file_removed", release, {"file": [file.name, None], "size": file.size}))
    if dropped.update(release=None, staged=False):
        enqueue(remove_loose)


def _attach(release: Release, uploads: Sequence[ReleaseFile], assets: Sequence[Asset]) -> None:
    ReleaseFile.objects.filter(pk__in=[upload.pk for upload in uploads]).update(release=release, staged=False)
    for one in assets:
        release.files.filter(uuid=one.uuid).update(kind=one.kind, platform=one.platform, architecture=one.architecture)


def _uploads(actor: Actor, assets: Sequence[Asset], errors: values.Errors) -> list[ReleaseFile]:
    rows = {
        row.uuid: row for row in ReleaseFile.objects.uploads_of(actor).filter(uuid__in=[one.uuid for one in assets])
    }
    for one in assets:
        values.collect(errors, "assets", lambda one=one: _check_asset(one))  # type: ignore[misc]
        row = rows.get(one.uuid)
        if row is None:
            errors.setdefault("assets", []).append("A file is not there any more. Add it again.")
        elif row.received != row.size:
            errors.setdefault("assets", []).append(f"{row.name} is not uploaded yet.")
    return list(rows.values())


def _check_asset(one: Asset) -> None:
    values.check_choice(one.kind, ReleaseFile.Kind.values)
    values.check_choice(one.platform, ReleaseFile.Platform.values)
    values.check_choice(one.architecture, ["", *ReleaseFile.Architecture.values])


def _problems(release: Release) -> values.Errors:
    errors: values.Errors = {}
    if not versions.is_semantic(release.version) or len(release.version) > 64:
        errors["version"] = ["Enter a version such as 2.4.0 or 3.0.0-beta.1."]
    elif not 0 <= release.numeric_version <= versions.LARGEST:
        errors["numeric_version"] = [f"Enter a whole number from 0 to {versions.LARGEST:,}."]
    values.collect(errors, "channel", lambda: values.check_choice(release.channel, Release.Channel.values))
    values.collect(errors, "status", lambda: values.check_choice(release.status, Release.Status.values))
    values.collect(errors, "update_summary", lambda: values.check_length(release.update_summary, 0, 500))
    values.collect(errors, "changelog", lambda: values.check_length(release.changelog, 0, 20_000))
    for first, last in (("assigned_after", "assigned_before"), ("access_from", "access_until")):
        start, end = getattr(release, first), getattr(release, last)
        if start and end and start > end:
            errors[last] = ["This is before the first date. Enter a later one."]
    return errors


def _check_taken(release: Release, errors: values.Errors) -> None:
    others = Release.objects.filter(product=release.product).exclude(pk=release.pk)
    if "version" not in errors and others.filter(version=release.version).exists():
        errors["version"] = [_TAKEN.format("version")]
    if not errors and others.filter(numeric_version=release.numeric_version).exists():
        errors["numeric_version"] = [_TAKEN.format("numeric version")]


def _unique(write: Any) -> Any:
    try:
        with transaction.atomic():
            return write()
    except IntegrityError as error:
        raise Invalid({"version": [_TAKEN.format("version or numeric version")]}) from error
