"""Taking licenses over from elsewhere: many at once, each with its own product, key, owner and state."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.core.clock import now
from keyturn.licensing.generators.models import Generator, ValidityUnit
from keyturn.licensing.generators.services import check_ready
from keyturn.licensing.licenses import keys, notices
from keyturn.licensing.licenses.creation import draw, template
from keyturn.licensing.licenses.lifecycle import begin, transition_many
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.licensing.licenses.validity import expiry_from
from keyturn.licensing.products.models import Product
from keyturn.people.customers import services as customers
from keyturn.people.customers.models import Customer
from keyturn.people.signin import invitations
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
def take_in(
    actor: Actor, drafts: Sequence[Draft], *, source: str = License.Source.IMPORT, notify: bool = True
) -> Taken:
    """Make, assign and bring to their state as many of `drafts` as have a free key, in one transaction.

    Few statements, however many drafts: on an embedded database everybody else waits for them. With
    `notify` new customers are invited, and all are told of their usable licenses, where the product
    wants it.
    Raises Refused when a generator that has to draw a key must not, or a product is inactive.
    """
    require(actor, Permission.MANAGE_LICENSES)
    problems = _taken(drafts)
    free = [draft for draft, problem in zip(drafts, problems, strict=True) if not problem]
    known, fresh = customers.find_or_create_many(
        actor, {draft.email: draft.name for draft in reversed(free) if draft.email}
    )
    templates: dict[tuple[int, int | None], dict[str, Any]] = {}
    waiting, entries = [], []
    for draft in free:
        pair = (draft.product.pk, draft.generator.pk if draft.generator else None)
        if pair not in templates:
            templates[pair] = template(draft.product, draft.generator)
        license = _license(draft, templates[pair], source)
        waiting.append(license)
        entries.append(begin(license, known.get(draft.email), _start(license)))
    stored = _insert(free, waiting)
    made = [place for place, license in enumerate(waiting) if license.uuid in stored]
    audit.record_many(actor, [entry for place in made for entry in entries[place]])
    _bring_to_state(actor, [(waiting[place], free[place]) for place in made])
    if notify:
        usable = [place for place in made if not free[place].state]
        told = [(waiting[place], free[place]) for place in usable if free[place].product.email_on_issue]
        _invite(actor, [draft for _, draft in told], {email: known[email] for email in fresh})
        _tell(told)
    late = iter(
        "" if license.uuid in stored else KEY_EXISTS if draft.license_key else NO_FREE_KEY
        for license, draft in zip(waiting, free, strict=True)
    )
    return Taken([problem or next(late) for problem in problems], len(fresh))


def _taken(drafts: Sequence[Draft]) -> list[str]:
    """Which drafts name a key that exists, found before a customer is made for them."""
    given = [draft.license_key for draft in drafts if draft.license_key]
    scope = License.objects.filter(environment__in={draft.product.environment for draft in drafts})
    known = set(scope.filter(license_key__in=given).values_list("license_key", flat=True)) if given else set()
    problems = []
    for draft in drafts:
        problems.append(KEY_EXISTS if draft.license_key in known else "")
        if draft.license_key:
            known.add(draft.license_key)
    return problems


def _invite(actor: Actor, made: Sequence[Draft], fresh: Mapping[str, Customer]) -> None:
    """Invite new customers to whom a product wants that to be told (CUS-20)."""
    names: dict[str, set[str]] = defaultdict(set)
    for draft in made:
        if draft.email in fresh:
            names[draft.email].add(draft.product.name)
    invitations.invite_many(
        actor,
        {
            fresh[email]: " and ".join(sorted(products) if len(products) < 3 else [min(products)])
            for email, products in names.items()
        },
    )


def _tell(made: Sequence[tuple[License, Draft]]) -> None:
    """Mail keys to their owners, in one mail each."""
    owned: dict[Customer, list[License]] = defaultdict(list)
    for license, _ in made:
        if license.customer is not None:
            owned[license.customer].append(license)
    notices.handed_out_many(owned)


def _start(license: License) -> dict[str, Any]:
    at = now()
    expires_at = license.expires_at or expiry_from(at, license.validity_count, license.validity_unit)
    return {"assigned_at": at, "expires_at": expires_at}


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


def _insert(drafts: Sequence[Draft], waiting: Sequence[License]) -> set[UUID]:
    """Store what has a free key; keys that are not given are drawn. The UUIDs of what is stored."""
    makers = {draft.generator.pk: draft.generator for draft in drafts if draft.generator and not draft.license_key}
    for maker in makers.values():
        check_ready(maker)
    missing, stored = list(zip(waiting, drafts, strict=True)), set[UUID]()
    for _ in range(1 + keys.TRIES):
        for license, draft in missing:
            if not draft.license_key and draft.generator:
                license.license_key = draw(draft.generator)
        stored |= keys.insert_free([license for license, _ in missing])
        missing = [(row, draft) for row, draft in missing if row.uuid not in stored and not draft.license_key]
        if not missing:
            break
    for pk in makers:
        count = sum(
            row.uuid in stored and row.generator_id == pk and not draft.license_key
            for row, draft in zip(waiting, drafts, strict=True)
        )
        Generator.objects.filter(pk=pk).update(generated=F("generated") + count)
    return stored


def _bring_to_state(actor: Actor, made: Sequence[tuple[License, Draft]]) -> None:
    for state in AFTERWARDS:
        uuids = [license.uuid for license, draft in made if draft.state == state]
        if uuids:
            source = "manual" if state == Status.SUSPENDED else ""
            rows = list(License.objects.filter(uuid__in=uuids))
            transition_many(actor, rows, state, note=f"Imported as {state}", source=source, tell=False)
