"""Creating and changing products."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F

from keyturn.access.actors import Actor
from keyturn.access.permissions import Permission, require
from keyturn.access.scope import Environment
from keyturn.core.errors import Changed, Invalid
from keyturn.core.text import clean_line, slugify_ascii
from keyturn.licensing import values
from keyturn.licensing.products.events import entry
from keyturn.licensing.products.features import clean_features, templates_of
from keyturn.licensing.products.models import Feature, Product
from keyturn.licensing.products.tasks import make_key_pair
from keyturn.platform.audit import services as audit
from keyturn.platform.jobs.services import enqueue

_SLUG_TAKEN = {"slug": ["Another product of this environment has this slug. Enter a different one."]}
EDITABLE = (
    "metadata",
    "name",
    "slug",
    "description",
    "status",
    "source",
    "external_reference",
    "signing_algorithm",
    "require_license",
    "email_on_issue",
    "changelog_enabled",
    "offline_allowed",
    "downloads_before_activation",
)


def create(
    actor: Actor,
    *,
    name: str,
    slug: str = "",
    description: str = "",
    status: str = Product.Status.ACTIVE,
    source: str = Product.Source.MANUAL,
    external_reference: str = "",
    signing_algorithm: str = Product.Algorithm.RSA_SHA256,
    key_bits: int = Product.KeySize.RSA_4096,
    require_license: bool = True,
    email_on_issue: bool = True,
    changelog_enabled: bool = False,
    offline_allowed: bool = True,
    downloads_before_activation: bool = True,
    features: Sequence[Mapping[str, Any]] = (),
    environment: str = "",
) -> Product:
    """A new product of the actor's environment; its key pair is made by a job after commit.

    An empty `slug` is derived from the name and made unique. Raises Invalid.
    """
    require(actor, Permission.MANAGE_CATALOG)
    product = Product(
        environment=environment or actor.environment,
        name=clean_line(name),
        slug=slug.strip().lower(),
        description=description.strip(),
        status=status,
        source=source,
        external_reference=clean_line(external_reference),
        signing_algorithm=signing_algorithm,
        key_bits=key_bits,
        require_license=require_license,
        email_on_issue=email_on_issue,
        changelog_enabled=changelog_enabled,
        offline_allowed=offline_allowed,
        downloads_before_activation=downloads_before_activation,
    )
    errors = _problems(product)
    templates = clean_features(features, errors)
    values.raise_if_any(errors)
    with transaction.atomic():
        product.slug = product.slug or _free_slug(product)
        _save_new(product)
        Feature.objects.bulk_create(Feature(product=product, **template) for template in templates)
        made = {field: [None, getattr(product, field)] for field in ("environment", "key_bits", *EDITABLE)}
        audit.record(actor, entry("product.created", product, {**made, "features": [None, templates]}))
        enqueue(make_key_pair, product_id=product.pk)
    return product


def update(
    actor: Actor, product: Product, *, version: int, features: Sequence[Mapping[str, Any]] | None = None, **changes: Any
) -> Product:
    """Change a product as it was at `version`. UUID, environment and key size stay.

    `features` replaces all templates; licenses made before keep theirs. Raises Invalid, Changed.
    """
    require(actor, Permission.MANAGE_CATALOG)
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    before = {field: getattr(product, field) for field in changes}
    features_before = templates_of(product)
    for field, value in changes.items():
        setattr(product, field, clean_line(value) if field in ("name", "external_reference") else value)
    errors = _problems(product)
    if product.killed_at and product.status == Product.Status.ACTIVE:
        errors["status"] = ["The kill switch stopped this product for good. Create a new product instead."]
    templates = None if features is None else clean_features(features, errors)
    values.raise_if_any(errors)
    with transaction.atomic():
        _save_changes(product, version, changes)
        if templates is not None:
            product.features.all().delete()
            Feature.objects.bulk_create(Feature(product=product, **template) for template in templates)
        diff = {
            field: [old, getattr(product, field)] for field, old in before.items() if old != getattr(product, field)
        }
        if templates is not None and templates != features_before:
            diff["features"] = [features_before, templates]
        audit.record(actor, entry("product.updated", product, diff))
    product.refresh_from_db()
    return product


def _problems(product: Product) -> values.Errors:
    errors: values.Errors = {}
    values.collect(errors, "name", lambda: values.check_length(product.name, 2, 150))
    values.collect(errors, "description", lambda: values.check_length(product.description, 0, 2000))
    values.collect(errors, "metadata", lambda: values.check_metadata(product.metadata))
    values.collect(errors, "external_reference", lambda: values.check_length(product.external_reference, 0, 100))
    values.collect(errors, "status", lambda: values.check_choice(product.status, Product.Status.values))
    values.collect(errors, "source", lambda: values.check_choice(product.source, Product.Source.values))
    values.collect(errors, "environment", lambda: values.check_choice(product.environment, Environment.values))
    values.collect(
        errors, "signing_algorithm", lambda: values.check_choice(product.signing_algorithm, Product.Algorithm.values)
    )
    if product.key_bits not in Product.KeySize.values:
        errors["key_bits"] = ["Choose 2048, 3072 or 4096 bits."]
    if product.source == Product.Source.ENVATO and not re.fullmatch(r"[0-9]{0,20}", product.external_reference):
        errors["external_reference"] = ["Enter the item's number, digits alone."]
    if product.slug and product.slug != slugify_ascii(product.slug):
        errors["slug"] = ["Use lower-case letters, digits and single hyphens, at most 100 characters."]
    elif product.slug and _is_taken(product):
        errors |= _SLUG_TAKEN
    return errors


def _is_taken(product: Product) -> bool:
    others = Product.objects.filter(environment=product.environment, slug=product.slug)
    return others.exclude(pk=product.pk).exists()


def _free_slug(product: Product) -> str:
    base = slugify_ascii(product.name, 90) or "product"
    taken = set(
        Product.objects.filter(environment=product.environment, slug__startswith=base).values_list("slug", flat=True)
    )
    return next(slug for slug in (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))) if slug not in taken)


def _save_new(product: Product) -> None:
    try:
        with transaction.atomic():
            product.save(force_insert=True)
    except IntegrityError as error:
        raise Invalid(_SLUG_TAKEN) from error


def _save_changes(product: Product, version: int, changes: Mapping[str, Any]) -> None:
    written = {field: getattr(product, field) for field in changes}
    try:
        with transaction.atomic():
            rows = Product.objects.filter(pk=product.pk, version=version).update(version=F("version") + 1, **written)
    except IntegrityError as error:
        raise Invalid(_SLUG_TAKEN) from error
    if not rows:
        raise Changed
