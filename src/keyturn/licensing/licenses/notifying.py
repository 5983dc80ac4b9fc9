"""What admins are told of licenses: assigned, activated, revoked, nearly full, nearly over."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from keyturn.access.scope import Environment
from keyturn.core.clock import now
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.platform.notifications import intake
from keyturn.platform.notifications.kinds import EVERYBODY, Type
from keyturn.platform.notifications.notices import Happening, Notice, tells
from keyturn.platform.preferences import services as preferences
from keyturn.platform.preferences.kinds import Days

_TITLES: Final = {
    "activation.created": "License activated",
    "license.assigned": "License assigned",
    "license.revoked": "License revoked",
}
ASSIGNED_TO: Final = ", to {customer}"


@tells(*_TITLES)
def activity(happened: Sequence[Happening]) -> Iterator[Notice]:
    """One line for a product, however many licenses it were."""
    rows = License.objects.select_related("product").filter(uuid__in={one.license for one in happened if one.license})
    known = {str(row.uuid): row for row in rows}
    for one in happened:
        license = known.get(one.license)
        named = one.action == "license.assigned" and bool(one.customer)
        product = license.product.name if license else str(one.changes.get("product", "a product"))
        yield Notice(
            Type.LICENSE,
            one.action,
            _TITLES[one.action],
            f"{one.changes.get('key', '')}… of {product}{ASSIGNED_TO if named else ''}",
            many=f"Licenses of {product}",
            environment=one.environment,
            subject=("product", str(license.product.uuid) if license else product),
            link=("license", one.license),
            link_many=("product", str(license.product.uuid) if license else ""),
            author=one.author,
            person=one.customer if named else "",
        )
    yield from _nearly_full(known, Counter(one.license for one in happened if one.action == "activation.created"))


def _nearly_full(licenses: Mapping[str, License], added: Counter[str]) -> Iterator[Notice]:
    """Licenses that devices just filled up to the warning; those for one device are full by nature."""
    percent = preferences.get("notifications.limit_percent")
    for uuid, count in added.items():
        license = licenses.get(uuid)
        if license is None or license.activation_limit < 2:
            continue
        reached = -(-license.activation_limit * percent // 100)
        if not license.active_devices - count < reached <= license.active_devices:
            continue
        yield Notice(
            Type.LICENSE,
            "license.limit",
            "License close to its device limit",
            f"{license.license_key[:8]}… of {license.product.name} is used on {license.active_devices} of "
            f"{license.activation_limit} devices",
            many=f"Licenses of {license.product.name} reached {percent} % of their devices",
            environment=license.environment,
            subject=("product", str(license.product.uuid)),
            link=("license", uuid),
            link_many=("product", str(license.product.uuid)),
        )


def warn_of_ends() -> int:
    """Tell how many licenses end in so many days, once a day for each environment; how many lines.

    Days are those of the list's filter, whole ones in UTC: the line leads to exactly these licenses.
    """
    today = now().astimezone(UTC).date()
    told = [
        _ending(environment, days, today, count)
        for days in Days.read(preferences.text("notifications.expiry_days"))
        for environment in Environment.values
        if (count := _ending_on(environment, today + timedelta(days=days)))
    ]
    intake.tell_new(told)
    return len(told)


def _ending_on(environment: str, day: date) -> int:
    start = datetime.combine(day, time(), UTC)
    in_use = License.objects.filter(environment=environment, status__in=(Status.ASSIGNED, Status.ACTIVE))
    return in_use.filter(expires_at__gte=start, expires_at__lt=start + timedelta(days=1)).count()


def _ending(environment: str, days: int, today: date, count: int) -> Notice:
    licenses, ends = ("1 license", "ends") if count == 1 else (f"{count:,} licenses", "end")
    return Notice(
        Type.LICENSE,
        f"license.ending.{days}",
        f"{licenses} {ends} {'tomorrow' if days == 1 else f'in {days} days'}",
        "Renew them, or let their customers know.",
        environment=environment,
        link=(f"ending:{today + timedelta(days=days)}", ""),
        # Viewers get this summary, too (NTF-08).
        roles=tuple(sorted(EVERYBODY)),
        once=f"license.ending:{environment}:{days}:{now():%Y-%m-%d}",
    )
