"""Writing a changelog: checked, audited, published once and on time."""

from datetime import timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.core.errors import Changed, Invalid
from keyturn.licensing.changelog import services
from keyturn.licensing.changelog.drafts import Change, Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.changelog.tasks import publish_due
from keyturn.licensing.products.models import Product
from keyturn.platform.audit.models import AuditEvent
from keyturn.platform.jobs.services import enqueue
from tests.jobs import Work
from tests.licensing.conftest import product

__all__ = ["product"]
pytestmark = pytest.mark.django_db
FIRST = Draft("1.0.0", "The first one", (Change("features", "It *works*"), Change("fixes", "  ")))


@pytest.mark.spec("CHL-16")
def test_a_new_entry_is_a_draft_of_today(owner: Actor, product: Product) -> None:
    entry = services.create(owner, product, FIRST)
    entry.refresh_from_db()
    assert (entry.status, entry.release_date, entry.title) == ("draft", clock.now().date(), "")
    assert entry.changes == [{"kind": "features", "text": "It *works*"}]
    event = AuditEvent.objects.get(action="changelog.created")
    assert event.changes["summary"] == [None, "The first one"]
    assert (event.subject_id, event.environment) == (str(entry.uuid), "production")


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (Draft("", "Text"), "version"),
        (Draft("1", ""), "summary"),
        (Draft("1", "Text", title="x" * 256), "title"),
        (Draft("1", "Text", (Change("gossip", "He said"),)), "changes"),
        (Draft("1", "Text", (Change("fixes", "x" * 20_001),)), "changes"),
        (Draft("1", "Text", (Change("fixes", "x"),) * 101), "changes"),
        (Draft("1", "Text", publish_at=clock.now() - timedelta(days=1)), "publish_at"),
    ],
)
def test_what_is_wrong_is_told_by_field(owner: Actor, product: Product, draft: Draft, field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        services.create(owner, product, draft)
    assert list(refusal.value.errors) == [field]
    assert not Entry.objects.exists()


def test_a_version_has_one_entry(owner: Actor, product: Product) -> None:
    services.create(owner, product, Draft("1.0.0", "First", title="Spring"))
    other = services.create(owner, product, Draft("1.1.0", "Second"))
    with pytest.raises(Invalid) as refusal:
        services.create(owner, product, FIRST)
    assert "(“Spring”)" in refusal.value.errors["version"][0]
    with pytest.raises(Invalid) as refusal:
        services.update(owner, other, FIRST, revision=1)
    assert list(refusal.value.errors) == ["version"]


@pytest.mark.spec("CHL-16")
def test_changes_are_audited_and_do_not_overwrite_each_other(owner: Actor, product: Product) -> None:
    entry = services.create(owner, product, FIRST)
    services.update(owner, entry, Draft("1.0.1", "The first one"), revision=1)
    event = AuditEvent.objects.get(action="changelog.updated")
    assert event.changes == {
        "version": ["1.0.0", "1.0.1"],
        "changes": [[{"kind": "features", "text": "It *works*"}], []],
    }
    with pytest.raises(Changed):
        services.update(owner, entry, FIRST, revision=1)
    services.publish(owner, entry)
    with pytest.raises(Changed):
        services.update(owner, Entry(pk=entry.pk, product=product, status="draft"), FIRST, revision=3)


@pytest.mark.spec("CHL-14", "CHL-16", "CHL-13")
def test_publishing_withdrawing_and_deleting(owner: Actor, product: Product) -> None:
    entry = services.create(owner, product, Draft("1", "Text", publish_at=clock.now() + timedelta(days=1)))
    assert services.publish(owner, entry)
    assert not services.publish(owner, entry)
    assert (entry.status, entry.publish_at) == ("published", None)
    later = Draft("1", "Text", publish_at=clock.now() + timedelta(days=1))
    with pytest.raises(Invalid):
        services.update(owner, entry, later, revision=entry.revision)
    assert services.withdraw(owner, entry)
    assert not services.withdraw(owner, entry)
    services.delete(owner, entry)
    services.delete(owner, entry)
    actions = AuditEvent.objects.filter(action__startswith="changelog").order_by("pk").values_list("action", flat=True)
    assert list(actions) == [f"changelog.{name}" for name in ("created", "published", "withdrawn", "deleted")]
    assert AuditEvent.objects.get(action="changelog.published").changes["status"] == ["draft", "published"]


@pytest.mark.spec("CHL-13")
def test_a_draft_is_published_on_time_and_once(owner: Actor, product: Product, work: Work) -> None:
    soon = clock.now() + timedelta(minutes=5)
    due = services.create(owner, product, Draft("1", "Due", publish_at=soon))
    later = services.create(owner, product, Draft("2", "Later", publish_at=soon + timedelta(hours=1)))
    cleared = services.create(owner, product, Draft("3", "Cleared", publish_at=soon))
    services.update(owner, cleared, Draft("3", "Cleared"), revision=1)
    with clock.fixed(soon + timedelta(seconds=1)):
        for _ in range(2):
            enqueue(publish_due)
            work()
    for entry, status in ((due, "published"), (later, "draft"), (cleared, "draft")):
        entry.refresh_from_db()
        assert entry.status == status
    assert due.publish_at is None
    assert AuditEvent.objects.filter(action="changelog.published").count() == 1


@pytest.mark.spec("CHL-17")
def test_entries_go_with_their_product(owner: Actor, product: Product) -> None:
    services.create(owner, product, FIRST)
    Product.objects.update(status="inactive")
    assert Entry.objects.count() == 1
    product.delete()
    assert not Entry.objects.exists()
