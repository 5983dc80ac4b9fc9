"""Every address under the API's base paths (docs/spec/api-v1.md 1); the tolerant prefix needs no redirects."""

from django.urls import path, re_path

from keyturn.api import reference
from keyturn.api.v1 import (
    changes,
    contract_use,
    contracts,
    creation,
    features,
    generators,
    licenses,
    metadata,
    offline,
    product_lookups,
    products,
    stock,
    transfers,
)
from keyturn.api.v1.views import entrance

DECLARING = (
    changes,
    contract_use,
    contracts,
    creation,
    features,
    generators,
    licenses,
    metadata,
    offline,
    product_lookups,
    products,
    stock,
    transfers,
)
app_name = "api"
urlpatterns = [
    path("api/v1/openapi.json", reference.schema, name="schema"),
    path("api/docs", reference.page, name="reference"),
    re_path(r"^/*(?:(?:api|v1)/+)*v1/+(?P<name>.+?)/*$", entrance),
    re_path(r"^/*(?:api|v1)(?:/.*)?$", entrance),
]
