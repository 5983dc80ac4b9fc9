"""Proving the chain of seals, or naming the first entry that breaks it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from keyturn.core.clock import now
from keyturn.operations.evidence import chain, sealing
from keyturn.operations.evidence.chain import Link
from keyturn.operations.evidence.models import Seal
from keyturn.platform.audit.models import AuditEvent

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Broken(Exception):
    """What is wrong first. `what`: altered, deleted, inserted or reordered; `entry` its UUID where it has one."""

    what: str
    text: str
    entry: UUID | None = None


@dataclass(frozen=True, slots=True)
class Proof:
    """How much is proven: `head` is the hash of the chain after `entries`; `waiting` are not sealed yet."""

    seals: int
    entries: int
    head: str
    waiting: int


def verify(tell: Callable[[int], None] = lambda count: None) -> Proof:
    """Read the whole trail against its seals. Raises Broken."""
    head, number, high, total = chain.START, 0, 0, 0
    late, awaited = _late(), _awaited()
    for seal in Seal.objects.order_by("number").iterator(chunk_size=20):
        number += 1
        links = _links(seal, number, head)
        _compare(seal, links, high, late, awaited)
        head, high, total = seal.last, seal.last_id, total + seal.count
        tell(total)
    waiting = AuditEvent.objects.filter(pk__gt=high).count()
    return Proof(number, total, head, waiting)


def _links(seal: Seal, number: int, head: str) -> list[Link]:
    if seal.number != number:
        raise Broken("deleted", f"Seal {number} is missing.")
    if not chain.is_signed(sealing.message(seal), seal.pair, seal.signature):
        raise Broken("altered", f"Seal {number} was altered, or made by somebody else.")
    links = chain.unpack(bytes(seal.links))
    if seal.previous != head or chain.extend(head, links) != seal.last or len(links) != seal.count:
        raise Broken("reordered", f"Seal {number} does not follow the one before it.")
    return links


def _compare(seal: Seal, links: list[Link], high: int, late: dict[int, Link], awaited: list[Range]) -> None:
    wanted = {one.id: one for one in links if one.id > high}
    wanted |= {id: one for id, one in late.items() if high < id <= seal.last_id}
    rows = AuditEvent.objects.filter(pk__gt=high, pk__lte=seal.last_id).order_by("pk")
    found = {id: chain.link(id, values) for id, values in chain.entries(rows)}
    known = {one.uuid for one in wanted.values()}
    for id in sorted({*wanted, *found}):
        if id in wanted:
            _judge(wanted[id], found.get(id), known)
        elif not any(low <= id <= top for low, top in awaited):
            uuid = found[id].uuid
            raise Broken("inserted", f"Entry {uuid} (number {id}) was slipped in.", uuid)


def _judge(wanted: Link, there: Link | None, known: set[UUID]) -> None:
    name = f"Entry {wanted.uuid} (number {wanted.id})"
    if there is None:
        moved = AuditEvent.objects.filter(uuid=wanted.uuid).exists()
        raise Broken(
            "reordered" if moved else "deleted", f"{name} {'was moved' if moved else 'is missing'}.", wanted.uuid
        )
    if there.uuid != wanted.uuid:
        moved = there.uuid in known or AuditEvent.objects.filter(uuid=wanted.uuid).exists()
        raise Broken("reordered" if moved else "altered", f"{name} is not in its place.", wanted.uuid)
    if there.fingerprint != wanted.fingerprint:
        raise Broken("altered", f"{name} was altered.", wanted.uuid)


def _late() -> dict[int, Link]:
    """Entries that were sealed after some with higher numbers, by their own number."""
    found = {}
    for seal in Seal.objects.filter(late__gt=0).order_by("number"):
        found.update({one.id: one for one in chain.unpack(bytes(seal.links))[: seal.late]})
    return found


def _awaited() -> list[Range]:
    """Numbers of transactions that may still be under way."""
    newest = Seal.objects.defer("links").order_by("-number").first()
    gaps = sealing.gaps_of(newest) if newest else []
    return [(low, top) for low, top, since in gaps if now() - since < sealing.PATIENCE]
