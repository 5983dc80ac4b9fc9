"""Releases and the changelog: what is told, and whose word it is afterwards."""

from datetime import UTC, datetime, timedelta

import pytest

from keyturn.access.actors import Actor
from keyturn.core import clock
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import Draft
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.products.models import Product
from keyturn.licensing.releases import announcing, services
from keyturn.licensing.releases.models import Release
from tests.licensing.conftest import product
from tests.licensing.shelf import ReleaseOf, release_of

__all__ = ["product", "release_of"]
pytestmark = [pytest.mark.django_db, pytest.mark.spec("DLD-36")]


def _told() -> list[tuple[str, str, str]]:
    return [(one.version, one.summary, one.status) for one in Entry.objects.order_by("pk")]


def _edit(owner: Actor, release: Release, **changes: object) -> None:
    release.refresh_from_db()
    services.update(owner, release, revision=release.revision, **changes)


def test_publishing_tells_the_changelog_once(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, status="draft", update_summary="Better", changelog="- Dark mode")
    assert _told() == []
    services.set_status(owner, release, "published")
    assert _told() == [("2.4.0", "Better", "published")]
    entry = Entry.objects.get()
    assert (entry.release_date, entry.changes[0]["text"]) == (release.release_date, "- Dark mode")
    release_of(product, "1.0.0")
    assert len(_told()) == 1, "a release without words says nothing"


def test_edits_follow_until_somebody_edits_the_entry(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    release = release_of(product, update_summary="Better")
    _edit(owner, release, update_summary="Much better", version="2.4.1")
    assert _told() == [("2.4.1", "Much better", "published")]
    entry = Entry.objects.get()
    changelog.update(owner, entry, Draft("2.4.1", "In our words"), revision=entry.revision)
    for summary in ("Best", "Best of all"):
        _edit(owner, release, update_summary=summary)
        assert _told() == [("2.4.1", "In our words", "published")]


def test_taking_back_and_publishing_again_take_the_entry_along(
    owner: Actor, product: Product, release_of: ReleaseOf
) -> None:
    release = release_of(product, changelog="# News\n- Dark mode")
    services.set_status(owner, release, "draft")
    assert _told() == [("2.4.0", "News", "draft")]
    _edit(owner, release, update_summary="Better")
    release.refresh_from_db()
    services.set_status(owner, release, "published")
    assert _told() == [("2.4.0", "Better", "published")]


def test_a_deleted_release_leaves_its_entry(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    services.delete(owner, release_of(product, update_summary="Better"))
    assert _told() == [("2.4.0", "Better", "published")]


def test_an_entry_written_by_hand_stays(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    changelog.create(owner, product, Draft("2.4.0", "By hand"))
    release_of(product, update_summary="Better")
    assert _told() == [("2.4.0", "By hand", "draft")]


@pytest.mark.spec("CHL-13")
def test_a_release_of_a_later_day_is_told_on_that_day(owner: Actor, product: Product, release_of: ReleaseOf) -> None:
    day = datetime(2026, 5, 4, tzinfo=UTC)
    with clock.fixed(day - timedelta(hours=1)):
        release = release_of(product, update_summary="Soon", release_date=day.date())
        assert _told() == [("2.4.0", "Soon", "draft")]
        _edit(owner, release, update_summary="Soon there")
        assert announcing.due(owner) == 0
    with clock.fixed(day + timedelta(minutes=1)):
        assert (changelog.publish_due(owner), announcing.due(owner), announcing.due(owner)) == (0, 1, 0)
        assert _told() == [("2.4.0", "Soon there", "published")]
        _edit(owner, release, update_summary="There")
        assert _told() == [("2.4.0", "There", "published")]
        _edit(owner, release, release_date=day.date() + timedelta(days=3))
        assert _told() == [("2.4.0", "There", "draft")]
        _edit(owner, release, release_date=day.date())
        assert _told() == [("2.4.0", "There", "published")]
        changelog.withdraw(owner, Entry.objects.get())
        assert announcing.due(owner) == 0, "what was withdrawn by hand stays so"
