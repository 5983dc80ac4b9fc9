"""The orders of the list of licenses, each as keys to sort by and as indexes to follow."""

from keyturn.core.search import Order, Segment
from keyturn.licensing.licenses.status import UNLIMITED, Status

_STATUS = tuple(frozenset({column}) for column in ("customer_id", "status", "product_id", "source"))


def by_creation(down: bool) -> Order:
    """When they were made."""
    turn = _turn(down)
    return Order((("t.created_at", down), ("t.id", down)), (Segment(f"t.created_at{turn}, t.id{turn}"),), along=_STATUS)


def by_key(down: bool) -> Order:
    """The key, unique in its environment."""
    return Order((("t.license_key", down),), (Segment(f"t.license_key{_turn(down)}"),))


def by_product(down: bool, products: list[int]) -> Order:
    """The product's name: `products` are the ids in that order. Then as by_creation."""
    return _grouped("t.product_id", [str(key) for key in products], down)


def by_status(down: bool, only: str) -> Order:
    """The way a license goes through its life; `only` is the status filtered for. Then as by_creation."""
    return _grouped("t.status", [f"'{status}'" for status in Status if only in ("", status)], down)


def by_customer(down: bool) -> Order:
    """The customer's e-mail, licenses without one last. Then as by_creation."""
    turn = _turn(down)
    then = f"t.created_at{turn}, t.id{turn}"
    return Order(
        (("(t.customer_id IS NULL)", False), ("c.email", down), ("t.created_at", down), ("t.id", down)),
        (
            # CROSS JOIN keeps SQLite from turning the loops around.
            Segment(f"c.email{turn}, {then}", "t.customer_id = c.id", "customers c CROSS JOIN licenses t"),
            Segment(then, "t.customer_id IS NULL"),
        ),
    )


def by_limit(down: bool) -> Order:
    """How many devices are allowed; unlimited is more than any number."""
    turn = _turn(down)
    some = Segment(f"t.activation_limit{turn}, t.id{turn}", "t.activation_limit > 0")
    unlimited = Segment(f"t.activation_limit{turn}, t.id{turn}", f"t.activation_limit = {UNLIMITED}")
    return Order(
        ((f"(t.activation_limit = {UNLIMITED})", down), ("t.activation_limit", down), ("t.id", down)),
        (unlimited, some) if down else (some, unlimited),
    )


def by_expiry(down: bool) -> Order:
    """When they expire, those that never do last."""
    turn = _turn(down)
    return Order(
        (("(t.expires_at IS NULL)", False), ("t.expires_at", down), ("t.id", down)),
        (
            Segment(f"t.expires_at{turn}, t.id{turn}", "t.expires_at IS NOT NULL"),
            Segment(f"t.expires_at{turn}, t.id{turn}", "t.expires_at IS NULL"),
        ),
        along=(frozenset({"status", "expires_at"}),),
    )


def _grouped(column: str, values: list[str], down: bool) -> Order:
    turn = _turn(down)
    ranks = " ".join(f"WHEN {value} THEN {rank}" for rank, value in enumerate(values))
    return Order(
        ((f"CASE {column} {ranks or 'WHEN NULL THEN 0'} END", down), ("t.created_at", down), ("t.id", down)),
        tuple(
            Segment(f"t.created_at{turn}, t.id{turn}", f"{column} = {value}")
            for value in (reversed(values) if down else values)
        ),
    )


def _turn(down: bool) -> str:
    return " DESC" if down else ""
