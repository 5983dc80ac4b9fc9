"""Judging new activations, and what follows for their licenses."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min

from keyturn.access.actors import Actor, system
from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.abuse import rules
from keyturn.licensing.abuse.countries import countries
from keyturn.licensing.abuse.limits import Policy, policy
from keyturn.licensing.abuse.models import Counter, Finding, Watermark
from keyturn.licensing.abuse.rules import Fact, Hit
from keyturn.licensing.licenses.device_intake import TAKEN_OVER
from keyturn.licensing.licenses.events import license_entry, snapshot
from keyturn.licensing.licenses.lifecycle import transition
from keyturn.licensing.licenses.models import Activation, License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.audit import services as audit

SLICE = 500
TASK = "abuse detection"
# An activation whose transaction is still open may get a lower id than one that is seen already.
_SETTLED = timedelta(seconds=30)
_FIRST_LOOK = timedelta(days=1)
_IN_USE = (Status.ASSIGNED, Status.ACTIVE)
_COLUMNS = ("pk", "license_id", "identifier", "kind", "activated_at", "activation_ip")


def run() -> dict[str, int]:
    """Judge what is new, slice by slice; how many activations, and how many of them were suspicious.

    Switched off, it passes over them: turned on again, it does not judge the past.
    """
    wanted, judged, suspicious = policy(), 0, 0
    mark = _mark()
    while part := _next(mark):
        last = part[-1].id
        hits = _judge(part, wanted) if wanted.enabled else []
        with transaction.atomic():
            # Of two workers one goes on.
            if not Watermark.objects.filter(judged=mark).update(judged=last):
                break
            for license_id, own in _by_license(hits):
                _note(license_id, own, wanted)
        mark, judged, suspicious = last, judged + len(part), suspicious + len({hit.fact.id for hit in hits})
    return {"judged": judged, "suspicious": suspicious}


def _mark() -> int:
    row = Watermark.objects.first()
    if row is None:
        recent = Activation.objects.filter(environment__in=Environment.values, activated_at__gt=now() - _FIRST_LOOK)
        first = recent.aggregate(first=Min("pk"))["first"]
        newest = Activation.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        row = Watermark.objects.create(pk=1, judged=newest if first is None else first - 1)
    return row.judged


def _next(mark: int) -> list[Fact]:
    fresh = Activation.objects.filter(pk__gt=mark).order_by("pk")
    young = fresh.filter(activated_at__gt=now() - _SETTLED).values_list("pk", flat=True).first()
    settled = fresh if young is None else fresh.filter(pk__lt=young)
    return [_fact(row) for row in settled.values_list(*_COLUMNS)[:SLICE]]


def _fact(row: tuple[int, int, str, str, datetime, str], country: str = "") -> Fact:
    id, license_id, identifier, kind, at, ip = row
    return Fact(id, license_id, identifier, kind == Activation.Kind.HARDWARE, at, ip, country)


def _judge(part: Sequence[Fact], wanted: Policy) -> list[Hit]:
    reset = dict(
        Counter.objects.filter(license__in={fact.license_id for fact in part}, reset_at__isnull=False).values_list(
            "license_id", "reset_at"
        )
    )
    known, found = countries(), dict[int, Fact]()
    for row in _history(part):
        fact = _fact(row, known.of(row[5]))
        began = reset.get(fact.license_id)
        if began is None or fact.at > began:
            found[fact.id] = fact
    return rules.judge(found.values(), {fact.id for fact in part}, wanted.limits)


def _history(part: Sequence[Fact]) -> Iterable[tuple[int, int, str, str, datetime, str]]:
    """What the rules look back on: earlier devices of these licenses, and others from these addresses."""
    first, last = min(fact.at for fact in part), max(fact.at for fact in part)
    licenses, addresses = {fact.license_id for fact in part}, {fact.ip for fact in part if fact.ip}
    upto = Activation.objects.filter(activated_at__lte=last)
    own = upto.filter(license__in=licenses, activated_at__gt=first - rules.LONGEST)
    # Devices that were taken over came together because a file brought them, not because a key is shared.
    yield from own.exclude(details__has_key=TAKEN_OVER).values_list(*_COLUMNS)
    # An index on addresses would be one more to write for every activation; the day's range serves too.
    day = upto.filter(environment__in=Environment.values, activated_at__gt=first - rules.BY_NAME["address"].span)
    yield from day.filter(activation_ip__in=addresses).exclude(license__in=licenses).values_list(*_COLUMNS)


def _by_license(hits: Iterable[Hit]) -> list[tuple[int, list[Hit]]]:
    grouped: dict[int, list[Hit]] = defaultdict(list)
    for hit in hits:
        grouped[hit.fact.license_id].append(hit)
    return sorted(grouped.items())


def _note(license_id: int, hits: Sequence[Hit], wanted: Policy) -> None:
    """Keep what was seen at a license; flag it, and suspend it where that is wanted."""
    license = License.objects.select_related("product", "customer").filter(pk=license_id).first()
    if license is None:
        return
    for name in dict.fromkeys(hit.rule.name for hit in hits):
        _keep([hit for hit in hits if hit.rule.name == name])
    counter, _ = Counter.objects.get_or_create(license=license)
    counter.hits += len({hit.fact.id for hit in hits})
    counter.last_at = max(hit.fact.at for hit in hits)
    actor = system(TASK, license.environment)
    if counter.hits >= wanted.threshold and counter.flagged_at is None:
        counter.flagged_at = now()
        named = sorted({hit.rule.name for hit in hits})
        entry = license_entry("license.flagged", license, snapshot(license), hits=counter.hits, rules=named)
        audit.record(actor, entry)
    counter.save()
    if counter.flagged_at and wanted.suspend and license.status in _IN_USE:
        _suspend(actor, license, hits)


def _keep(hits: Sequence[Hit]) -> None:
    worst, last = max(hits, key=lambda hit: hit.seen), hits[-1]
    nations = sorted({hit.fact.country for hit in hits if hit.fact.country})
    open_one = Finding.objects.filter(license_id=last.fact.license_id, rule=last.rule.name, closed_at=None).first()
    finding = open_one or Finding(
        license_id=last.fact.license_id, rule=last.rule.name, hits=0, seen=0, first_at=hits[0].fact.at
    )
    finding.severity, finding.limit, finding.last_at = last.rule.severity, last.limit, last.fact.at
    finding.seen, finding.hits = max(finding.seen, worst.seen), finding.hits + len(hits)
    finding.countries = sorted({*finding.countries, *nations})
    finding.save()


def _suspend(actor: Actor, license: License, hits: Sequence[Hit]) -> None:
    seen = {hit.rule.name: hit.rule.text.format(seen=hit.seen) for hit in hits}
    note = f"Abuse detection: {', '.join(seen.values())}"[:500]
    transition(actor, license, Status.SUSPENDED, note=note, source="abuse")
