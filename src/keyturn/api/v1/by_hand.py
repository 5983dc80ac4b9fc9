"""What endpoints read without a declaration of their own, declared for readers of the API's description."""

from typing import Annotated, Final, Literal

from pydantic import Field

from keyturn.api.v1.fields import Flag, Identity, Line, Map, Params, Text, Whole

_Quantity = Annotated[Whole, Field(ge=1)]


class Device(Params):
    """The device or domain that a license is used on."""

    identifier: Line = ""


class Seat(Device):
    """What is kept with a device."""

    post_url: Line = ""
    os: Line = ""
    product_version: Line = ""
    name: Line = ""
    metadata: Map = {}


class Verify(Params):
    """Parameters of verify."""

    license_key: Line
    identifier: Line = ""
    product_id: Identity | None = None


class Activate(Seat, Verify):
    """Parameters of activate."""


class Deactivate(Params):
    """Parameters of deactivate."""

    license_key: Line
    identifier: Line


class Value(Params):
    """The value of an entry."""

    value: Text = ""


class ValueOnDevice(Value, Device):
    """The same, of a license that a device uses."""


class Named(Params):
    """A contract, unless the API key is bound to one."""

    contract_id: Identity | None = None


class Contract(Params):
    """All that a contract says."""

    contract_key: Line
    contract_name: Line
    contract_information: Text
    product_id: Identity
    license_keys_quantity: _Quantity
    status: Literal["active", "inactive"]
    can_get_info: Flag
    can_generate: Flag
    can_destroy: Flag
    can_destroy_all: Flag


class ContractChanges(Named):
    """What is to be changed of a contract; SDKs send only that, others send everything."""

    contract_key: Line = ""
    contract_name: Line = ""
    contract_information: Text = ""
    product_id: Identity | None = None
    license_keys_quantity: _Quantity | None = None
    status: Literal["active", "inactive"] | None = None
    can_get_info: Flag | None = None
    can_generate: Flag | None = None
    can_destroy: Flag | None = None
    can_destroy_all: Flag | None = None


MORE: Final[dict[str, type[Params]]] = {
    "access-downloadables": Device,
    "assign-and-activate-license-key": Seat,
    "get-license-file": Device,
    "get-license-key-details": Device,
    "create-license-key-meta": ValueOnDevice,
    "update-license-key-meta": ValueOnDevice,
    "delete-license-key-meta": Device,
    "create-product-meta": Value,
    "update-product-meta": Value,
    "create-contract": Contract,
    "update-contract": ContractChanges,
    "delete-contract": Named,
    "contracts/get-info": Named,
    "contracts/generate": Named,
    "contracts/destroy": Named,
    "contracts/destroy-all": Named,
}
