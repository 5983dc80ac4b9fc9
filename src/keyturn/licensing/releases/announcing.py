"""What a published release says in the product's changelog (DLD-36, CHL-15, CHL-23)."""

from datetime import UTC, datetime, time
from typing import Final

from django.db import transaction

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.core.text import clean_line
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import SUMMARY_LENGTH, Change, Draft
from keyturn.licensing.changelog.models import Entry, Kind
from keyturn.licensing.releases.models import Release

# When the changelog publishes by itself what waits for its day: `due` comes before, and goes on following.
_LATEST: Final = time(0, 5, tzinfo=UTC)
# The texts of a release are not sorted by kind.
_KIND: Final = Kind.IMPROVEMENTS


def follow(actor: Actor, release: Release) -> None:
    """Bring the linked entry in line with `release`, in the caller's transaction.

    The first publication makes the entry, later edits rewrite it until somebody edits the entry itself, and
    a release that is taken back takes it back. An entry that was written by hand for the version stays as it is.
    Before the day of the release it is a draft, as the release is hidden until then.
    """
    entry = release.entry
    if release.status == Release.Status.DRAFT:
        if entry is not None and changelog.withdraw(actor, entry):
            _remember(release, entry, _is_ours(release, entry, 1))
        return
    if not (release.changelog or release.update_summary):
        return
    if entry is None:
        _begin(actor, release)
        return
    ours, early = _is_ours(release, entry), _is_early(release)
    if ours and early:
        changelog.withdraw(actor, entry)
    if ours:
        changelog.update(actor, entry, _draft(release), revision=entry.revision)
    if not early:
        changelog.publish(actor, entry)
    _remember(release, entry, ours)


def due(actor: Actor) -> int:
    """Publish the entries of releases whose day has come; how many."""
    waiting = Release.objects.visible(now()).filter(entry__status=Entry.Status.DRAFT, entry__publish_at__isnull=False)
    found = list(waiting.select_related("product", "entry"))
    for release in found:
        with transaction.atomic():
            follow(actor, release)
    return len(found)


def _is_early(release: Release) -> bool:
    return release.release_date > now().date()


def _begin(actor: Actor, release: Release) -> None:
    known = Entry.objects.filter(product=release.product, version=release.version).first()
    if known is not None:
        return
    entry = changelog.create(actor, release.product, _draft(release))
    if not _is_early(release):
        changelog.publish(actor, entry)
    _remember(release, entry, True)


def _is_ours(release: Release, entry: Entry, since: int = 0) -> bool:
    """Whether nobody but the release has written the entry; `since` counts our own writes that are not noted yet."""
    return entry.revision == release.entry_revision + since


def _remember(release: Release, entry: Entry, ours: bool) -> None:
    entry.refresh_from_db()
    release.entry, release.entry_revision = entry, entry.revision if ours else 0
    Release.objects.filter(pk=release.pk).update(entry=entry, entry_revision=release.entry_revision)


def _draft(release: Release) -> Draft:
    first = release.update_summary or clean_line(release.changelog.strip().splitlines()[0].lstrip("#-* "))
    changes = (Change(_KIND, release.changelog),) if release.changelog else ()
    summary = first[:SUMMARY_LENGTH] or release.version
    later = datetime.combine(release.release_date, _LATEST) if _is_early(release) else None
    return Draft(release.version, summary, changes, release_date=release.release_date, publish_at=later)
