"""Writing, publishing and taking back what a changelog says."""

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.core.errors import Changed, Invalid
from keyturn.licensing.changelog.drafts import Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product
from keyturn.platform.audit import services as audit

_AUDITED = ("version", "title", "release_date", "summary", "changes", "publish_at")


def create(actor: Actor, product: Product, draft: Draft) -> Entry:
    """A new draft of `product`. Raises Invalid, also for a version that has an entry."""
    require(actor, Permission.MANAGE_RELEASES)
    entry = Entry(product=product, **draft.cleaned().fields())
    with transaction.atomic():
        try:
            with transaction.atomic():
                entry.save(force_insert=True)
        except IntegrityError as error:
            raise _taken(entry) from error
        _note(actor, entry, "created", {name: [None, value] for name, value in _values(entry).items() if value})
    return entry


def update(actor: Actor, entry: Entry, draft: Draft, *, revision: int) -> Entry:
    """Change an entry as it was at `revision`; its product and status stay. Raises Invalid, Changed."""
    require(actor, Permission.MANAGE_RELEASES)
    before, written = _values(entry), _rewritten(entry, draft)
    with transaction.atomic():
        try:
            with transaction.atomic():
                rows = Entry.objects.filter(pk=entry.pk, revision=revision, status=entry.status)
                found = rows.update(revision=F("revision") + 1, updated_at=now(), **written)
        except IntegrityError as error:
            raise _taken(Entry(product=entry.product, version=written["version"])) from error
        if not found:
            raise Changed
        entry.refresh_from_db()
        changed = {name: [before[name], value] for name, value in _values(entry).items() if value != before[name]}
        _note(actor, entry, "updated", changed)
    return entry


@transaction.atomic
def publish(actor: Actor, entry: Entry) -> bool:
    """Let everybody read it from now on; whether it was a draft. Its schedule is over (CHL-13)."""
    require(actor, Permission.MANAGE_RELEASES)
    return _move(actor, entry, Entry.Status.PUBLISHED, "published")


@transaction.atomic
def withdraw(actor: Actor, entry: Entry) -> bool:
    """Make it a draft again, out of sight at once; whether it was published (CHL-14)."""
    require(actor, Permission.MANAGE_RELEASES)
    return _move(actor, entry, Entry.Status.DRAFT, "withdrawn")


@transaction.atomic
def delete(actor: Actor, entry: Entry) -> None:
    """Remove an entry; the audit trail keeps what it said."""
    require(actor, Permission.MANAGE_RELEASES)
    gone, _ = Entry.objects.filter(pk=entry.pk).delete()
    if gone:
        before = {**_values(entry), "status": entry.status}
        _note(actor, entry, "deleted", {name: [value, None] for name, value in before.items() if value})


def publish_due(actor: Actor) -> int:
    """Publish drafts whose time has come, each once; how many."""
    require(actor, Permission.MANAGE_RELEASES)
    due = Entry.objects.filter(status=Entry.Status.DRAFT, publish_at__lte=now()).select_related("product")
    return sum(publish(actor, entry) for entry in due)


def _move(actor: Actor, entry: Entry, status: str, event: str) -> bool:
    before = Entry.objects.filter(pk=entry.pk).exclude(status=status)
    moved = bool(before.update(status=status, publish_at=None, revision=F("revision") + 1, updated_at=now()))
    if moved:
        changes: dict[str, Any] = {"status": [entry.status, status]}
        if entry.publish_at:
            changes["publish_at"] = [entry.publish_at.isoformat(), None]
        _note(actor, entry, event, changes)
    entry.refresh_from_db()
    return moved


def _rewritten(entry: Entry, draft: Draft) -> dict[str, Any]:
    written = draft.cleaned().fields()
    if entry.status == Entry.Status.PUBLISHED and written["publish_at"]:
        raise Invalid({"publish_at": ["This entry is published. Withdraw it first to publish it later."]})
    return written


def _values(entry: Entry) -> dict[str, Any]:
    found = {name: getattr(entry, name) for name in _AUDITED}
    return {name: value.isoformat() if isinstance(value, date | datetime) else value for name, value in found.items()}


def _taken(entry: Entry) -> Invalid:
    known = Entry.objects.filter(product=entry.product, version=entry.version).first()
    named = f" (“{known.title}”)" if known and known.title else ""
    text = f"{entry.product.name} has an entry for version {entry.version} already{named}. Edit that one."
    return Invalid({"version": [text]})


def _note(actor: Actor, entry: Entry, event: str, changes: dict[str, Any]) -> None:
    subject = ("changelog_entry", entry.uuid)
    audit.record(actor, audit.Entry(f"changelog.{event}", subject, changes, environment=entry.product.environment))
