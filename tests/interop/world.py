"""What the official client libraries meet: made inside an installation, told to their drivers as JSON."""

from datetime import timedelta
from typing import Any

from keyturn.access.actors import system
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.changelog import services as changelog
from keyturn.licensing.changelog.drafts import Change, Draft
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses import services as licenses
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products import services as products
from keyturn.licensing.products.models import Product
from keyturn.licensing.signing import services as signing
from keyturn.people.apikeys import services as apikeys
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.preferences import services as preferences
from tests.licensing import shelf

OWNER = "ada@example.com"
FEATURES = [
    {"key": "export", "label": "Export", "type": "boolean", "default": True},
    {"key": "seats", "label": "Seats", "type": "number", "default": 5},
]


def build() -> dict[str, Any]:
    """A product with its stock, a license in each state, a release, a changelog and three API keys."""
    me = system("interop", Environment.PRODUCTION)
    for name in ("api.per_ip", "api.per_license", "api.wrong_keys"):
        preferences.set_value(name, 0)
    for name in ("telemetry.enabled", "changelog.enabled", "changelog.public"):
        preferences.set_value(name, True)
    product = products.create(
        me, name="Editor Ünïcode", slug="editor", key_bits=2048, features=FEATURES, changelog_enabled=True
    )
    pair = signing.ensure(str(product.uuid), 2048)
    signing.ensure("installation", 2048)
    generator = generators.create(me, product=product, name="Year", type="uuid", activation_limit=2, validity_count=365)
    shelf.release(me, product, "2.4.0")
    entry = changelog.create(me, product, Draft("2.4.0", "Better", (Change("features", "Dark <mode>"),)))
    changelog.publish(me, entry)
    key, secret = apikeys.create(me, name="Client", environment="production", rate_limit=0)
    # An SDK knows one public key: what is about no product is signed for this one (api-v1.md 6.3).
    ApiKey.objects.filter(pk=key.pk).update(default_product=product.uuid)
    _, slow = apikeys.create(me, name="Slow", environment="production", rate_limit=1)
    return {
        "api_key": secret,
        "slow_api_key": slow,
        "product": {"uuid": str(product.uuid), "id": product.pk, "slug": product.slug},
        "generator": str(generator.uuid),
        "public_key": pair.public_pem,
        "owner": OWNER,
        "keys": _keys(me, product, generator),
    }


def _keys(me: Any, product: Product, generator: Generator) -> dict[str, str]:
    names = ("usable", "full", "other", "suspended", "expired", "long_expired", "revoked", "deleted")
    made = {name: licenses.issue(me, generator, OWNER) for name in names}
    stock = licenses.generate(me, generator, 6).licenses
    licenses.suspend(me, made["suspended"], reason="Chargeback")
    licenses.revoke(me, made["revoked"], reason="Refund")
    for name, days in (("expired", 2), ("long_expired", 20)):
        License.objects.filter(pk=made[name].pk).update(expires_at=now() - timedelta(days=days))
    keys = {name: license.license_key for name, license in made.items()}
    return keys | {f"stock{number}": license.license_key for number, license in enumerate(stock)}
