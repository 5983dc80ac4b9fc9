"""What a published release says in the product's changelog (DLD-36, CHL-15, CHL-23)."""

from typing import Final

from keyturn.access.actors import Actor
from keyturn.core.text import clean_line
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import SUMMARY_LENGTH, Change, Draft
from keyturn.licensing.changelog.models import Entry, Kind
from keyturn.licensing.releases.models import Release

# The texts of a release are not sorted by kind.
_KIND: Final = Kind.IMPROVEMENTS


def follow(actor: Actor, release: Release) -> None:
    """Bring the linked entry in line with `release`, in the caller's transaction.

    The first publication makes the entry, later edits rewrite it until somebody edits the entry itself, and
    a release that is taken back takes it back. An entry that was written by hand for the version stays as it is.
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
    ours = _is_ours(release, entry)
    if ours:
        changelog.update(actor, entry, _draft(release), revision=entry.revision)
    changelog.publish(actor, entry)
    _remember(release, entry, ours)


def _begin(actor: Actor, release: Release) -> None:
    known = Entry.objects.filter(product=release.product, version=release.version).first()
    if known is not None:
        return
    entry = changelog.create(actor, release.product, _draft(release))
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
    return Draft(release.version, summary, changes, release_date=release.release_date)
