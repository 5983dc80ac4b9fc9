"""Generators: key formats, batches, and what their licenses carry."""

import re
import uuid
from datetime import timedelta
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyturn.access.actors import Actor
from keyturn.core.errors import Changed, Invalid, NotPermitted, Refused
from keyturn.licensing.generators import formats
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import READABLE, Generator
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.platform.audit.models import AuditEvent

AFFIX = st.from_regex(r"[A-Za-z0-9_.-]{0,20}", fullmatch=True)


def _template(**values: Any) -> Any:
    return SimpleNamespace(
        **{
            "type": "chunk",
            "prefix": "",
            "suffix": "",
            "length": 16,
            "segment_length": 4,
            "separator": "-",
            "charset": READABLE,
            "function_name": "",
        }
        | values
    )


@pytest.mark.spec("GEN-12")
@given(
    prefix=AFFIX,
    suffix=AFFIX,
    segment=st.integers(1, 16),
    segments=st.integers(1, 8),
    separator=st.sampled_from("-_."),
    charset=st.sampled_from([READABLE, "ABCDEFGH", "0123456789abcdef"]),
)
def test_chunks_have_the_shape_that_was_asked_for(
    prefix: str, suffix: str, segment: int, segments: int, separator: str, charset: str
) -> None:
    template = _template(
        prefix=prefix,
        suffix=suffix,
        length=segment * segments,
        segment_length=segment,
        separator=separator,
        charset=charset,
    )
    chunk = f"[{charset}]{{{segment}}}"
    shape = re.escape(prefix) + re.escape(separator).join([chunk] * segments) + re.escape(suffix)
    assert re.fullmatch(shape, formats.make_key(template))


@pytest.mark.spec("GEN-12")
def test_the_example_of_the_specification() -> None:
    key = formats.make_key(_template(prefix="PRO-"))
    assert re.fullmatch(r"PRO-(?:[A-Z0-9]{4}-){3}[A-Z0-9]{4}", key)
    assert not set(key.removeprefix("PRO-")) & set("01IO5S")


@pytest.mark.spec("GEN-11")
@given(prefix=AFFIX, suffix=AFFIX)
def test_uuid_keys_are_version_4(prefix: str, suffix: str) -> None:
    key = formats.make_key(_template(type="uuid", prefix=prefix, suffix=suffix))
    body = key[len(prefix) : len(key) - len(suffix)]
    assert uuid.UUID(body).version == 4
    assert len(body) == 36


@pytest.mark.spec("GEN-13")
@pytest.mark.parametrize("name", sorted(formats.CUSTOM))
def test_custom_functions_return_unique_values(name: str) -> None:
    keys = {formats.make_key(_template(type="custom", function_name=name, prefix="X-")) for _ in range(200)}
    assert len(keys) == 200


@pytest.mark.spec("GEN-25")
def test_keys_do_not_follow_each_other() -> None:
    keys = [formats.make_key(_template(length=12, segment_length=12)) for _ in range(500)]
    assert len(set(keys)) == 500
    assert all(sum(a != b for a, b in zip(one, two, strict=True)) > 4 for one, two in pairwise(keys))


@pytest.mark.django_db
class TestCreate:
    @pytest.mark.spec("GEN-10", "GEN-16")
    @pytest.mark.parametrize(
        ("field", "values"),
        [
            ("name", {"name": "ab"}),
            ("name", {"name": "x" * 101}),
            ("type", {"type": "sequence"}),
            ("activation_limit", {"activation_limit": 0}),
            ("activation_limit", {"activation_limit": -2}),
            ("activation_limit", {"activation_limit": 1001}),
            ("validity_count", {"validity_count": 0}),
            ("validity_count", {"validity_count": 101, "validity_unit": "years"}),
            ("validity_unit", {"validity_unit": "weeks"}),
            ("prefix", {"prefix": "ÄÖ"}),
            ("suffix", {"suffix": "x" * 21}),
            ("segment_length", {"type": "chunk", "length": 16, "segment_length": 5}),
            ("length", {"type": "chunk", "length": 3}),
            ("separator", {"type": "chunk", "separator": "/"}),
            ("charset", {"type": "chunk", "charset": "AAAAAAAAA"}),
            ("function_name", {"type": "custom", "function_name": "os.system"}),
            ("validation_pattern", {"validation_pattern": "("}),
            ("features", {"features": {"1": True}}),
            ("features", {"features": {"seats": 1.5}}),
            ("metadata", {"metadata": {"note": "x" * 20_000}}),
        ],
    )
    def test_bad_values_name_their_field_and_save_nothing(
        self, field: str, values: dict[str, Any], owner: Actor, product: Product
    ) -> None:
        with pytest.raises(Invalid) as refusal:
            generators.create(owner, product=product, **{"name": "Pro, one year"} | values)
        assert list(refusal.value.errors) == [field]
        assert not Generator.objects.exists()

    def test_names_are_unique_within_a_product(self, owner: Actor, product: Product, generator: Generator) -> None:
        with pytest.raises(Invalid, match="name"):
            generators.create(owner, product=product, name=generator.name)
        other = products.create(owner, name="Backup Agent")
        generators.create(owner, product=other, name=generator.name)

    def test_two_editors_cannot_overwrite_each_other(self, owner: Actor, generator: Generator) -> None:
        generators.update(owner, generator, version=1, name="Pro, two years")
        with pytest.raises(Changed):
            generators.update(owner, generator, version=1, name="Pro, three years")

    @pytest.mark.spec("GEN-42")
    def test_a_viewer_creates_nothing(self, viewer: Actor, product: Product) -> None:
        with pytest.raises(NotPermitted):
            generators.create(viewer, product=product, name="Pro")


@pytest.mark.django_db
class TestGenerate:
    @pytest.mark.spec("GEN-23", "GEN-41")
    def test_licenses_carry_what_the_generator_says(self, owner: Actor, product: Product) -> None:
        products.update(
            owner,
            product,
            version=1,
            features=[
                {"key": "export", "type": "boolean", "default": False},
                {"key": "max_users", "type": "number", "default": 5},
            ],
        )
        generator = generators.create(
            owner,
            product=product,
            name="Pro",
            activation_limit=3,
            validity_count=2,
            validity_unit="years",
            features={"export": True},
            metadata={"tier": "pro"},
        )
        batch = services.generate(owner, generator, 10)
        assert len({row.license_key for row in batch.licenses}) == 10
        row = batch.licenses[0]
        assert (row.status, row.customer, row.activation_limit) == ("available", None, 3)
        assert (row.validity_count, row.validity_unit, row.expires_at) == (2, "years", None)
        assert row.features == {"export": True, "max_users": 5}
        assert row.metadata == {"tier": "pro"}
        generator.refresh_from_db()
        assert generator.generated == 10
        assert AuditEvent.objects.filter(action="license.created").count() == 10
        event = AuditEvent.objects.get(action="generator.batch")
        made = list(License.objects.order_by("pk").values_list("pk", flat=True))
        assert event.changes == {"quantity": 10, "made": 10, "failed": 0, "licenses": made}

    @pytest.mark.spec("GEN-15")
    def test_later_edits_touch_new_licenses_only(self, owner: Actor, generator: Generator) -> None:
        old = services.generate(owner, generator, 1).licenses[0]
        generators.update(owner, generator, version=1, activation_limit=9)
        new = services.generate(owner, generator, 1).licenses[0]
        old.refresh_from_db()
        assert (old.activation_limit, new.activation_limit) == (3, 9)

    @pytest.mark.spec("GEN-21")
    @pytest.mark.parametrize("quantity", [0, -1, 1001])
    def test_a_quantity_outside_the_limits_makes_nothing(
        self, quantity: int, owner: Actor, generator: Generator
    ) -> None:
        with pytest.raises(Invalid, match="1 to 1,000"):
            services.generate(owner, generator, quantity)
        assert not License.objects.exists()

    @pytest.mark.spec("GEN-21", "GEN-31", "PRD-15")
    def test_inactive_generators_and_products_make_nothing(self, owner: Actor, generator: Generator) -> None:
        generators.update(owner, generator, version=1, status="inactive")
        with pytest.raises(Refused, match="generator is inactive"):
            services.generate(owner, generator, 1)
        generators.update(owner, generator, version=2, status="active")
        products.update(owner, generator.product, version=1, status="inactive")
        generator.refresh_from_db()
        with pytest.raises(Refused, match="product"):
            services.generate(owner, generator, 1)

    @pytest.mark.spec("GEN-24", "LIC-11")
    def test_a_collision_is_drawn_again_and_then_given_up(
        self, owner: Actor, product: Product, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draws = iter(["A", "A", "B", "A", "A", "A", "A"])
        monkeypatch.setitem(formats.CUSTOM, "scripted", lambda: next(draws))
        generator = generators.create(owner, product=product, name="Scripted", type="custom", function_name="scripted")
        first = services.generate(owner, generator, 1)
        second = services.generate(owner, generator, 1)
        third = services.generate(owner, generator, 1)
        assert [row.license_key for row in first.licenses + second.licenses] == ["A", "B"]
        assert (third.licenses, third.failed) == ([], 1)
        generator.refresh_from_db()
        assert generator.generated == 2

    @pytest.mark.spec("GEN-24", "LIC-33")
    def test_a_key_may_exist_once_in_each_environment(self, owner: Actor, actor_for: Any, product: Product) -> None:
        added = services.add_keys(owner, product, ["ONE", "TWO", "ONE"])
        assert ([row.license_key for row in added.licenses], added.duplicates) == (["ONE", "TWO"], 1)
        assert services.add_keys(owner, product, ["TWO"]).duplicates == 1
        staging = actor_for("super_admin", "staging")
        other = products.create(staging, name="Pro App")
        assert services.add_keys(staging, other, ["TWO"]).duplicates == 0

    @pytest.mark.spec("GEN-30")
    def test_licenses_outlive_their_generator(self, owner: Actor, generator: Generator) -> None:
        row = services.generate(owner, generator, 1).licenses[0]
        generators.delete(owner, generator)
        row.refresh_from_db()
        assert (row.generator, row.generator_name) == (None, "Pro, one year")


@pytest.mark.django_db
@pytest.mark.parametrize("key", ["", "x" * 256, "A\x00B", "A\nB", " A"])
def test_a_given_key_must_be_usable(key: str, owner: Actor, product: Product) -> None:
    with pytest.raises(Invalid) as refusal:
        services.add_keys(owner, product, ["GOOD", key])
    assert "license_keys" in refusal.value.errors
    assert not License.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("limit", [0, -2, 10_001])
def test_a_negative_or_huge_limit_is_refused(limit: int, owner: Actor, product: Product) -> None:
    with pytest.raises(Invalid, match="unlimited"):
        services.add_keys(owner, product, ["GOOD"], activation_limit=limit)


@pytest.mark.django_db
@pytest.mark.spec("LIC-22", "LIC-13")
def test_editing_checks_each_field_and_the_version(owner: Actor, generator: Generator) -> None:
    row = services.generate(owner, generator, 1).licenses[0]
    past = row.created_at - timedelta(days=1)
    with pytest.raises(Invalid) as refusal:
        services.edit(
            owner, row, version=1, activation_limit=0, expires_at=past, features=[], order_reference="x" * 192
        )
    assert sorted(refusal.value.errors) == ["activation_limit", "expires_at", "features", "order_reference"]
    services.edit(owner, row, version=1, activation_limit=-1, order_reference="Order #10482")
    assert (row.activation_limit, row.order_reference, row.version) == (-1, "Order #10482", 2)
    with pytest.raises(Changed):
        services.edit(owner, row, version=1, activation_limit=5)
    services.revoke(owner, row)
    with pytest.raises(Refused, match="revoked"):
        services.edit(owner, row, version=row.version, activation_limit=5)
