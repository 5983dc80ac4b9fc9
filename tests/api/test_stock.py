"""Lists and stock of licenses: filters, counts, and giving some away."""

from datetime import timedelta
from typing import Any

import pytest

from keyturn.access.actors import Actor
from keyturn.core.clock import now
from keyturn.licensing.generators import services as generators
from keyturn.licensing.generators.models import Generator
from keyturn.licensing.licenses.models import License
from keyturn.people.customers.models import Customer
from tests.api.conftest import JS, SDK, Api, Verifier


@pytest.fixture
def generator(api: Api, owner: Actor) -> Generator:
    return generators.create(owner, product=api.product, name="Standard", activation_limit=3, validity_count=30)


@pytest.fixture
def zoo(api: Api) -> dict[str, License]:
    """A license in every state."""
    return {
        "free": api.license("K-FREE", status="available"),
        "kept": api.license("K-KEPT", status="available", reserved=True),
        "assigned": api.license("K-ASSIGNED"),
        "active": api.license("K-ACTIVE", devices=["pc"]),
        "expired": api.license("K-EXPIRED", status="expired"),
        "suspended": api.license("K-SUSPENDED", status="suspended"),
        "revoked": api.license("K-REVOKED", status="revoked"),
    }


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("available", ["K-FREE"]),
        ("reserved", ["K-KEPT"]),
        ("assigned", ["K-ASSIGNED", "K-ACTIVE", "K-EXPIRED"]),
        ("active", ["K-ACTIVE"]),
        ("expired", ["K-EXPIRED"]),
        ("Blocked", ["K-SUSPENDED", "K-REVOKED"]),
        ("suspended", ["K-SUSPENDED"]),
        ("inactive", ["K-SUSPENDED"]),
        ("revoked", ["K-REVOKED"]),
    ],
)
@pytest.mark.spec("API-41", "API-34")
def test_the_list_is_filtered_in_the_documented_vocabulary(
    api: Api, zoo: dict[str, License], status: str, found: list[str]
) -> None:
    rows = api.get("get-license-keys", status=status).json["response"]["license_keys"]
    assert [row["license_key"] for row in rows] == found


@pytest.mark.spec("API-41", "API-34")
def test_the_list_shows_rows_and_pages(api: Api, zoo: dict[str, License], openssl: Verifier, public_pem: Any) -> None:
    api.license("K-OTHER", customer=Customer.objects.create(email="bob@example.com"))
    answer = api.get("get-license-keys", product_id=api.product.pk, customer_email=" ADA@example.com")
    openssl.document(answer, public_pem(api.product))
    rows = answer.json["response"]["license_keys"]
    statuses = {row["license_key"]: row["status"] for row in rows}
    assert statuses == {
        "K-ASSIGNED": "assigned",
        "K-ACTIVE": "assigned",
        "K-EXPIRED": "assigned",
        "K-SUSPENDED": "blocked",
        "K-REVOKED": "blocked",
    }
    assert (rows[0]["owner_email"], rows[0]["product_id"], rows[0]["validity"]) == (
        "ada@example.com",
        api.product.pk,
        0,
    )
    body = openssl.sdk(api.get("get-license-keys", agent=JS, page=2, per_page=3), public_pem())
    assert (body["total"], body["page"], body["per_page"]) == (8, 2, 3)
    assert [license["status"] for license in body["licenses"]] == ["active", "expired", "suspended"]
    assert api.get("get-license-keys", product_id=999999).code == 740
    wrong = api.get("get-license-keys", status="lost")
    assert wrong.json["response"]["errors"] == {"status": ["The selected status is invalid."]}


def test_another_environment_stays_hidden(api: Api) -> None:
    api.license("K-STAGING", environment="staging", product=api.make_product("Else", environment="staging"))
    assert api.get("get-license-keys").json["response"]["license_keys"] == []


@pytest.mark.spec("API-51")
def test_the_count_is_of_what_can_be_handed_out(api: Api, zoo: dict[str, License], generator: Generator) -> None:
    api.license("K-LATE", status="available", expires_at=now() - timedelta(days=1))
    api.license("K-MADE", status="available", generator=generator)
    assert api.get("get-available-license-keys-count", product_id=api.product.pk).json["response"]["count"] == 2
    narrowed = api.get(
        "get-available-license-keys-count", agent=SDK, product_uuid=api.product.uuid, generator_uuid=generator.uuid
    )
    assert (narrowed.code, narrowed.json["count"]) == (741, 1)
    assert api.get("get-available-license-keys-count", product_id=999999).code == 740
    assert api.get("get-available-license-keys-count").code == 740


@pytest.mark.spec("API-37")
def test_stock_is_given_oldest_first_or_not_at_all(api: Api, openssl: Verifier, public_pem: Any) -> None:
    for number in range(3):
        api.license(f"K-{number}", status="available", metadata={"shelf": str(number)})
    given = {"product_id": api.product.pk, "owner_email": "new@example.com", "owner_name": "Neu"}
    short = api.post("random-assign-license-keys", quantity=4, **given)
    assert (short.code, short.json["response"]["available_quantity"]) == (802, 3)
    assert not Customer.objects.filter(email="new@example.com").exists()
    answer = api.post("random-assign-license-keys", quantity=2, **given)
    openssl.document(answer, public_pem(api.product))
    rows = answer.json["response"]["license_keys"]
    assert (answer.code, [row["license_key"] for row in rows]) == (803, ["K-0", "K-1"])
    assert (rows[0]["owner_name"], rows[0]["meta_data"]) == ("Neu", [{"key": "shelf", "value": "0"}])
    assert License.objects.get(license_key="K-2").status == "available"


@pytest.mark.spec("API-37")
def test_sdks_get_the_shortfall_generated(api: Api, generator: Generator) -> None:
    api.license("K-0", status="available")
    given = {"product_uuid": str(api.product.uuid), "generator_uuid": str(generator.uuid), "quantity": 3}
    answer = api.post_json("random-assign-license-keys", {**given, "customer_email": "a@example.com"}, agent=JS)
    assert (answer.code, answer.json["count"]) == (803, 3)
    keys = [license["license_key"] for license in answer.json["licenses"]]
    assert keys[0] == "K-0"
    made = License.objects.exclude(license_key="K-0")
    assert [(row.status, row.generator_id, row.activation_limit) for row in made] == [("assigned", generator.pk, 3)] * 2


@pytest.mark.spec("API-37")
def test_all_can_be_generated(api: Api, generator: Generator) -> None:
    api.license("K-0", status="available")
    given = {"product_id": api.product.pk, "owner_email": "a@example.com", "generate": 1}
    assert api.post("random-assign-license-keys", quantity=2, **given).code == 803
    assert License.objects.get(license_key="K-0").status == "available"
    Generator.objects.update(status="inactive")
    assert api.post("random-assign-license-keys", **given).code == 806
    assert License.objects.count() == 3


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"product_id": "0"}, 805, None),
        ({"generator_id": "999999"}, 806, None),
        ({"quantity": "0"}, 901, "quantity"),
        ({"quantity": "1001"}, 901, "quantity"),
        ({"owner_email": ""}, 901, "owner_email"),
        ({"owner_email": "nobody"}, 901, "owner_email"),
    ],
)
@pytest.mark.spec("API-37")
def test_bad_requests_give_nothing_away(api: Api, given: dict[str, str], code: int, field: str | None) -> None:
    api.license("K-0", status="available")
    asked = {"product_id": str(api.product.pk), "owner_email": "a@example.com", **given}
    answer = api.post("random-assign-license-keys", **asked)
    assert answer.code == code
    assert field is None or list(answer.json["response"]["errors"]) == [field]
    assert License.objects.get().status == "available"
