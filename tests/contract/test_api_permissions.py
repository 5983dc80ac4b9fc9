"""The table of API permissions and the endpoints of the API are the same names."""

import pytest

from keyturn.api.v1 import registry, urls
from keyturn.people.apikeys.catalog import ALL, ENDPOINTS, GROUPS, PRESETS, permits

# Answered in front of Django, without an entry in the registry.
GATE = {"verify", "activate", "deactivate"}


@pytest.mark.spec("KEY-14")
def test_every_endpoint_has_one_permission() -> None:
    assert urls.DECLARING, "importing them declares their endpoints"
    listed = [name for group in GROUPS for name in group.endpoints]
    assert set(listed) == {name for name, one in registry.ENDPOINTS.items() if not one.public} | GATE
    assert len(listed) == len(set(listed))


@pytest.mark.spec("KEY-14")
def test_an_endpoint_without_an_entry_is_refused_to_every_key() -> None:
    assert permits([ALL], "verify")
    assert permits(["verify"], "verify")
    assert not permits(["verify"], "activate")
    assert not permits([ALL], "made-up")
    assert not permits(["made-up"], "made-up")


def test_presets_name_groups_that_exist() -> None:
    assert {label for preset in PRESETS for label in preset.groups} <= {group.label for group in GROUPS}
    assert all(set(preset.endpoints) <= ENDPOINTS for preset in PRESETS)
