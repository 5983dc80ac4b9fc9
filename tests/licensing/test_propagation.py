"""How long a revocation takes to reach the gate is measured where it happens."""

from tests.installation import Installation

PROGRAM = """
from keyturn.access.actors import Actor
from keyturn.access.permissions import GRANTED, Role
from keyturn.licensing.licenses import services
from keyturn.licensing.licenses.models import License
from keyturn.licensing.products.models import Product
from keyturn.platform.monitoring import instruments

owner = Actor("admin", permissions=GRANTED[Role.SUPER_ADMIN], environment="production")
product = Product.objects.create(environment="production", name="Editor", slug="editor", key_bits=2048)
license = License.objects.create(environment="production", license_key="KEY", product=product)
services.revoke(owner, license)
value = instruments.REGISTRY.get_sample_value
print(value("keyturn_revocation_propagation_seconds_count"), value("keyturn_revocation_propagation_seconds_sum") < 1)
"""


def test_a_revocation_is_seen_by_the_gate_and_counted(installation: Installation) -> None:
    """In a process of its own: within a test's transaction nothing is ever committed."""
    assert installation.python(PROGRAM) == "1.0 True"
