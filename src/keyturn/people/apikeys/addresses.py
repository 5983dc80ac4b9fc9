"""The addresses from which an API key may be used."""

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_network

from keyturn.core.errors import Invalid

MOST = 100


def clean(lines: Iterable[str]) -> list[str]:
    """Addresses and CIDR ranges of either family as they are usually written, each once.

    Raises Invalid naming `ip_allow`.
    """
    allowed = list(dict.fromkeys(_network(line.strip()) for line in lines if line.strip()))
    if len(allowed) > MOST:
        raise Invalid({"ip_allow": [f"Enter at most {MOST} addresses or ranges."]})
    return allowed


def _network(line: str) -> str:
    try:
        network = ip_network(line, strict=False)
    except ValueError as error:
        raise Invalid({"ip_allow": [f"“{line[:60]}” is no IP address or CIDR range, such as 192.0.2.0/24."]}) from error
    if isinstance(network, IPv6Network) and (network.network_address.ipv4_mapped or network.network_address.scope_id):
        # Callers from such addresses are compared as plain IPv4, or have no zone.
        raise Invalid({"ip_allow": [f"Write “{line[:60]}” as a plain IPv4 or IPv6 address."]})
    single = network.prefixlen == network.max_prefixlen
    return str(network.network_address) if single else str(network)
