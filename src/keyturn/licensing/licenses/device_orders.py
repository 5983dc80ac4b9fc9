"""The orders of the list of activations, each as keys to sort by and as indexes to follow."""

from keyturn.core.search import Order, Segment
from keyturn.licensing.licenses.status import DeviceStatus

_ALONG = (frozenset({"license_id"}), frozenset({"product_id"}), frozenset({"status"}))
# CROSS JOIN keeps SQLite from turning the loops around.
_BY_LICENSE = "licenses l CROSS JOIN activations t"


def by_activation(down: bool) -> Order:
    """When they were activated."""
    turn = _turn(down)
    return Order(
        (("t.activated_at", down), ("t.id", down)), (Segment(f"t.activated_at{turn}, t.id{turn}"),), along=_ALONG
    )


def by_key(down: bool) -> Order:
    """The license key, then as by_activation."""
    turn = _turn(down)
    return Order(
        (("l.license_key", down), ("t.activated_at", down), ("t.id", down)),
        (
            Segment(
                f"l.license_key{turn}, t.activated_at{turn}, t.id{turn}",
                "t.license_id = l.id AND l.environment = t.environment",
                _BY_LICENSE,
            ),
        ),
    )


def by_product(down: bool, products: list[int]) -> Order:
    """The product's name: `products` are the ids in that order. Then as by_activation."""
    return _grouped("t.product_id", [str(key) for key in products], down)


def by_status(down: bool, only: str) -> Order:
    """Active before inactive; `only` is the status filtered for. Then as by_activation."""
    return _grouped("t.status", [f"'{one}'" for one in sorted(DeviceStatus) if only in ("", one)], down)


def by_identifier(down: bool) -> Order:
    """The device's identifier."""
    turn = _turn(down)
    return Order((("t.identifier", down), ("t.id", down)), (Segment(f"t.identifier{turn}, t.id{turn}"),))


def by_address(down: bool) -> Order:
    """The last address by its numbers, IPv4 first; those without one last."""
    turn = _turn(down)
    by = f"t.last_ip_order{turn}, t.id{turn}"
    return Order(
        (("(t.last_ip_order = '')", False), ("t.last_ip_order", down), ("t.id", down)),
        (Segment(by, "t.last_ip_order > ''"), Segment(by, "t.last_ip_order = ''")),
    )


def by_verification(down: bool) -> Order:
    """When they were last verified; those that never were last. No index helps: each verification would write it."""
    turn = _turn(down)
    return Order(
        (("(t.last_verified_at IS NULL)", False), ("t.last_verified_at", down), ("t.id", down)),
        (
            Segment(f"t.last_verified_at{turn}, t.id{turn}", "t.last_verified_at IS NOT NULL"),
            Segment(f"t.id{turn}", "t.last_verified_at IS NULL"),
        ),
    )


def _grouped(column: str, values: list[str], down: bool) -> Order:
    turn = _turn(down)
    ranks = " ".join(f"WHEN {value} THEN {rank}" for rank, value in enumerate(values))
    return Order(
        (
            (f"CASE {column} {ranks or 'WHEN NULL THEN 0'} END", down),
            ("t.activated_at", down),
            ("t.id", down),
        ),
        tuple(
            Segment(f"t.activated_at{turn}, t.id{turn}", f"{column} = {value}")
            for value in (reversed(values) if down else values)
        ),
    )


def _turn(down: bool) -> str:
    return " DESC" if down else ""
