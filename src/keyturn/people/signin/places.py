"""Where an admin signs in from: networks, by the first bits of an address. No service is asked for places."""

from datetime import timedelta
from ipaddress import IPv4Address, ip_address
from typing import Final

from keyturn.core.clock import now
from keyturn.people.admins.models import Admin
from keyturn.people.signin.models import SignIn

_KNOWN_FOR: Final = timedelta(days=90)


def network(ip: str) -> str:
    """The /24 of an IPv4 address, the /48 of an IPv6 one; empty for anything else."""
    try:
        address = ip_address(ip)
    except ValueError:
        return ""
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    octets = 3 if isinstance(address, IPv4Address) else 6
    return address.packed[:octets].hex()


def is_new(admin: Admin, ip: str) -> bool:
    """Whether he has signed in before, but not within 90 days from the network of `ip`."""
    rows = SignIn.objects.filter(admin=admin, result=SignIn.Result.SUCCESS).order_by()
    lately = rows.filter(at__gt=now() - _KNOWN_FOR).values_list("ip", flat=True).distinct()
    here = network(ip)
    return bool(here) and here not in {network(one) for one in lately} and rows.exists()
