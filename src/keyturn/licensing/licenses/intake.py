"""Taking licenses over from elsewhere: many at once, each with its own product, key, owner and state."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses import keys
from keyturn.licensing.licenses.assignment import hand_out
from keyturn.licensing.licenses.creation import draw, template
from keyturn.licensing.licenses.events import license_entry
from keyturn.licensing.licenses.lifecycle import transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.platform.audit import services as audit

KEY_EXISTS = "This license key exists already."
NO_FREE_KEY = "Every key that was drawn exists already. Give the generator longer keys."
# States that a license is brought to behind its creation and assignment.
AFTERWARDS = (Status.SUSPENDED, Status.EXPIRED, Status.REVOKED)


@dataclass(frozen=True, slots=True)
class Draft:
    """A license as it is to become. What is left out is the generator's, or the model's default.

    Without `license_key` the generator draws one. `lifetime` overrides a generator's validity.
    `state` is empty, or one of AFTERWARDS. Values are expected to be checked.
    """

    product: Product
    generator: Generator | None = None
    license_key: str = ""
    email: str = ""
    name: str = ""
    activation_limit: int | None = None
    expires_at: datetime | None = None
    lifetime: bool = False
    features: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    order_reference: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class Taken:
    """What came of drafts: one entry each, "" or why there is no license; how many customers are new."""

    problems: list[str]
    new_customers: int

    @property
    def made(self) -> int:
        """How many licenses there are now."""
        return self.problems.count("")


@transaction.atomic
def take_in(actor: Actor, drafts: Sequence[Draft], *, source: str = License.Source.IMPORT) -> Taken:
    """Make, assign and bring to their state as many of `drafts` as have a free key, in one transaction.

    Raises Refused when a generator that has to draw a key must not.
    """
    require(actor, Permission.MANAGE_LICENSES)
    templates: dict[tuple[int, int | None], dict[str, Any]] = {}
    waiting = []
    for draft in drafts:
        pair = (draft.product.pk, draft.generator.pk if draft.generator else None)
        if pair not in templates:
            templates[pair] = template(draft.product, draft.generator)
        waiting.append(_license(draft, templates[pair], source))
    stored = _insert(drafts, waiting)
    made = [(stored[row.uuid], draft) for row, draft in zip(waiting, drafts, strict=True) if row.uuid in stored]
    audit.record_many(actor, [license_entry("license.created", license) for license, _ in made])
    arrived = _assign(actor, made)
    _bring_to_state(actor, made)
    problems = [
        "" if row.uuid in stored else KEY_EXISTS if draft.license_key else NO_FREE_KEY
        for row, draft in zip(waiting, drafts, strict=True)
    ]
    return Taken(problems, arrived)


def _license(draft: Draft, base: Mapping[str, Any], source: str) -> License:
    maker = draft.generator
    limit = draft.activation_limit or (maker.activation_limit if maker else 1)
    return License(
        **{
            **base,
            "features": {**base["features"], **draft.features},
            "metadata": {**base["metadata"], **draft.metadata},
        },
        license_key=draft.license_key,
        activation_limit=limit,
        validity_count=None if draft.lifetime or not maker else maker.validity_count,
        validity_unit=maker.validity_unit if maker else ValidityUnit.DAYS,
        expires_at=draft.expires_at,
        order_reference=draft.order_reference,
        source=source,
    )


def _insert(drafts: Sequence[Draft], waiting: Sequence[License]) -> dict[Any, License]:
    """The stored rows by UUID."""
    given = [row for row, draft in zip(waiting, drafts, strict=True) if draft.license_key]
    stored = keys.insert_given(given) if given else []
    blank: dict[int, list[License]] = defaultdict(list)
    makers: dict[int, Generator] = {}
    for row, draft in zip(waiting, drafts, strict=True):
        if draft.license_key:
            continue
        assert draft.generator is not None, "a draft without a key names a generator"
        makers[draft.generator.pk] = draft.generator
        blank[draft.generator.pk].append(row)
    for pk, rows in blank.items():
        maker = makers[pk]
        check_ready(maker)
        drawn, _ = keys.insert_drawn(rows, lambda maker=maker: draw(maker))  # type: ignore[misc]
        Generator.objects.filter(pk=pk).update(generated=F("generated") + len(drawn))
        stored += drawn
    return {row.uuid: row for row in stored}


def _assign(actor: Actor, made: Sequence[tuple[License, Draft]]) -> int:
    people = {draft.email: draft.name for _, draft in reversed(made) if draft.email}
    if not people:
        return 0
    known, arrived = customers.find_or_create_many(actor, people)
    hand_out(actor, [(license, known[draft.email]) for license, draft in made if draft.email])
    return arrived


def _bring_to_state(actor: Actor, made: Sequence[tuple[License, Draft]]) -> None:
    for state in AFTERWARDS:
        rows = [license for license, draft in made if draft.state == state]
        if rows:
            source = "manual" if state == Status.SUSPENDED else ""
            transition_many(actor, rows, state, note=f"Imported as {state}", source=source)
