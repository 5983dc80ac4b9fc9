"""Whatever the description of the API allows, and what it forbids: no failure of the server, no answer
that the description does not know (Schemathesis, always with the same cases)."""

from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks, openapi
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks as documented

from keyturn.access.actors import Actor
from keyturn.api.v1 import openapi as description
from keyturn.api.v1 import urls
from keyturn.licensing.changelog.models import Entry
from keyturn.licensing.generators import services as generators
from keyturn.licensing.products.models import Product
from keyturn.platform.preferences import services as preferences
from tests.api.conftest import SDK, Api

# Of each endpoint, in each mode. The code is the same on PostgreSQL: a sample does.
WHOLE = connection.vendor == "sqlite"
EXAMPLES = 8 if WHOLE else 3
CHECKS = [
    checks.not_a_server_error,
    documented.status_code_conformance,
    documented.content_type_conformance,
    documented.response_schema_conformance,
]
WAYS = [(GenerationMode.POSITIVE, "Client/1.0"), (GenerationMode.NEGATIVE, SDK)][: 2 if WHOLE else 1]
assert urls.DECLARING, "importing them declares their endpoints"
_SCHEMA = openapi.from_dict(description.document("http://testserver/api/v1"))
OPERATIONS = [result.ok() for result in _SCHEMA.get_all_operations()]


@pytest.fixture
def known(api: Api, owner: Actor) -> dict[str, Any]:
    """Values that name something, by parameter: most random ones name nothing."""
    preferences.set_value("telemetry.enabled", True)
    preferences.set_value("changelog.public", True)
    preferences.set_value("api.per_ip", 0)
    preferences.set_value("api.per_license", 0)
    Product.objects.update(changelog_enabled=True)
    Entry.objects.create(product=api.product, version="1.0.0", summary="First", status="published")
    generator = generators.create(owner, product=api.product, name="Standard", activation_limit=3)
    license = api.license(devices=["pc"])
    given = {"contract_key": "C-1", "contract_name": "One", "contract_information": "Text", "status": "active"}
    flags = dict.fromkeys(("can_get_info", "can_generate", "can_destroy", "can_destroy_all"), 1)
    assert api.post("create-contract", product_id=api.product.pk, license_keys_quantity=9, **given, **flags).code == 841
    return {
        "license_key": license.license_key,
        "license_keys": [license.license_key],
        "license_uuid": str(license.uuid),
        "identifier": "pc",
        "product_id": api.product.pk,
        "product_slug": api.product.slug,
        "slug": api.product.slug,
        "generator_id": str(generator.uuid),
        "contract_id": "C-1",
        "owner_email": api.customer.email,
    }


def application(api: Api) -> Any:
    """The gate for werkzeug's client, which would raise an error that is already answered."""

    def answer(environ: dict[str, Any], start: Any) -> Any:
        return api.application(environ, lambda status, headers, exc_info=None: start(status, headers))

    return answer


@pytest.mark.parametrize(("mode", "agent"), WAYS, ids=["allowed", "forbidden"][: len(WAYS)])
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: f"{one.method} {one.path}")
def test_every_answer_is_documented(
    api: Api, known: dict[str, Any], operation: APIOperation, mode: GenerationMode, agent: str
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(mode), st.sets(st.sampled_from(sorted(known))))
    def ask(case: Any, real: set[str]) -> None:
        for place in (case.path_parameters, case.query, case.body):
            if isinstance(place, dict):
                place.update({name: known[name] for name in real & place.keys()})
        case.headers = {**(case.headers or {}), "Authorization": f"Bearer {api.secret}", "User-Agent": agent}
        with transaction.atomic():
            case.operation.app = case.operation.schema.app = application(api)
            answer = case.call(base_url="http://testserver/api/v1")
            transaction.set_rollback(True)
        case.validate_response(answer, checks=CHECKS)

    ask()
