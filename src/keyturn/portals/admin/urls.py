"""Addresses of the Admin Portal, below /admin/."""

from keyturn.portals.admin.decorators import route
from keyturn.portals.admin.license_actions import ACTIONS
from keyturn.portals.admin.views import (
    activations,
    customer_activity,
    customer_licenses,
    customers,
    generation,
    generators,
    home,
    license_bulk,
    license_changes,
    license_create,
    licenses,
    products,
    signin,
)

app_name = "admin"
urlpatterns = [
    route("", home.home, "home"),
    route("sign-in", signin.sign_in, "sign_in"),
    route("sign-out", signin.sign_out, "sign_out"),
    route("environment", home.environment, "environment"),
    route("search", home.search, "search"),
    route("customers", customers.customers, "customers"),
    route("customers/export", customers.export, "customers_export"),
    route("customers/<uuid:uuid>", customers.customer, "customer"),
    route("customers/<uuid:uuid>/name", customers.name, "customer_name"),
    route("customers/<uuid:uuid>/status", customers.status, "customer_status"),
    route("customers/<uuid:uuid>/activity", customer_activity.activity, "customer_activity"),
    route("customers/<uuid:uuid>/assign", customer_licenses.assign, "customer_assign"),
    route("licenses", licenses.licenses, "licenses"),
    route("licenses/create", license_create.create, "license_create"),
    route("licenses/assign", license_bulk.assign, "licenses_assign"),
    route("licenses/revoke", license_bulk.revoke, "licenses_revoke"),
    route("licenses/delete", license_bulk.delete, "licenses_delete"),
    route("licenses/recipient", license_changes.recipient, "license_recipient"),
    route("licenses/<uuid:uuid>", licenses.license, "license"),
    route("licenses/<uuid:uuid>/edit", licenses.edit, "license_edit"),
    route("licenses/<uuid:uuid>/key", licenses.key, "license_key"),
    *(
        route(f"licenses/<uuid:uuid>/{action.change}", license_changes.dialog(action), f"license_{action.change}")
        for action in ACTIONS
    ),
    route("activations", activations.activations, "activations"),
    route("activations/<uuid:uuid>/deactivate", activations.deactivate, "activation_deactivate"),
    route("products", products.products, "products"),
    route("products/create", products.create, "product_create"),
    route("products/features", products.features, "product_features"),
    route("products/<uuid:uuid>", products.edit, "product_edit"),
    route("products/<uuid:uuid>/public-key", products.public_key, "product_key"),
    route("products/<uuid:uuid>/public-key.pem", products.public_key_file, "product_key_file"),
    route("generators", generators.generators, "generators"),
    route("generators/create", generators.create, "generator_create"),
    route("generators/format", generators.format_fields, "generator_format"),
    route("generators/sample", generators.sample, "generator_sample"),
    route("generators/<uuid:uuid>", generators.edit, "generator_edit"),
    route("generators/<uuid:uuid>/delete", generators.delete, "generator_delete"),
    route("generators/<uuid:uuid>/generate", generation.generate, "generator_generate"),
    route("generators/<uuid:uuid>/generate/check", generation.check, "generator_check"),
    route("generators/<uuid:uuid>/batches/<uuid:job>", generation.batch, "generator_batch"),
]
