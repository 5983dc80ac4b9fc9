"""A database of the countries of addresses, as an operator may have one."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from mmdb_writer import MMDBWriter
from netaddr import IPSet


@pytest.fixture
def country_file(tmp_path: Path, settings: object) -> Path:
    """Three networks in three countries, in the shapes of two vendors."""
    writer = MMDBWriter(ip_version=4, database_type="Test")
    for network, record in (
        ("192.0.2.0/24", {"country": {"iso_code": "DE"}}),
        ("198.51.100.0/24", {"country": {"iso_code": "BR"}}),
        ("203.0.113.0/24", {"country_code": "jp"}),
    ):
        writer.insert_network(IPSet([str(ip_network(network))]), record)
    path = tmp_path / "countries.mmdb"
    writer.to_db_file(str(path))
    settings.COUNTRY_DATABASE = str(path)  # type: ignore[attr-defined]
    return path
