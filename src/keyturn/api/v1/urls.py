"""Every address under the API's base paths (docs/spec/api-v1.md 1); the tolerant prefix needs no redirects."""

from importlib import import_module

from django.urls import path, re_path

from keyturn.api import jwks, reference
from keyturn.api.v1.download import download
from keyturn.api.v1.views import entrance

# Importing a module declares its endpoints.
DECLARING = (
    "changelog",
    "changes",
    "contract_use",
    "contracts",
    "creation",
    "features",
    "generators",
    "licenses",
    "metadata",
    "offline",
    "product_lookups",
    "products",
    "stock",
    "telemetry",
    "transfers",
)
for _name in DECLARING:
    import_module(f"keyturn.api.v1.{_name}")
app_name = "api"
urlpatterns = [
    path("api/v1/openapi.json", reference.schema, name="schema"),
    path("api/docs", reference.page, name="reference"),
    path(".well-known/jwks.json", jwks.key_set, name="jwks"),
    re_path(
        r"^/*(?:(?:api|v1)/+)*v1/+download/+(?P<token>[^/]+)/+(?P<license_key>[^/]+)/+(?P<identifier>.+)/(?P<number>\d{1,10})/*$",
        download,
    ),
    # Line breaks, too: a program must get JSON for every address.
    re_path(r"^/*(?:(?:api|v1)/+)*v1/+(?P<name>[\s\S]*[^/])/*\Z", entrance),
    re_path(r"^/*(?:api|v1)(?:/[\s\S]*)?\Z", entrance),
]
