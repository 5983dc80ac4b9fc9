"""What the demo vendor's staff was told of the last days."""

from datetime import timedelta
from typing import Final

from keyturn.access.scope import Environment
from keyturn.core import clock
from keyturn.licensing.licenses.models import License
from keyturn.licensing.licenses.status import Status
from keyturn.people.apikeys.models import ApiKey
from keyturn.platform.notifications import folding, intake
from keyturn.platform.notifications.kinds import EVERYBODY, LEADS, Type
from keyturn.platform.notifications.models import Notification, Waiting
from keyturn.platform.notifications.notices import Notice
from keyturn.platform.webhooks.models import Webhook

# What is older than this has been read.
_READ_UNTIL: Final = timedelta(hours=20)


def fill() -> None:
    """Put believable lines into the inboxes, in place of all that loading the demo would tell at once."""
    Waiting.objects.all().delete()
    for hours, notice in reversed(_told()):
        with clock.fixed(clock.now() - timedelta(hours=hours)):
            intake.tell([notice])
            folding.fold()
    seen = clock.now() - _READ_UNTIL
    Notification.objects.filter(created_at__lt=seen).update(read_at=seen)


def _told() -> list[tuple[float, Notice]]:
    """Hours ago and what, the latest first."""
    here = Environment.PRODUCTION
    mine = License.objects.select_related("product").filter(environment=here, customer__isnull=False)
    flagged = mine.filter(status=Status.ACTIVE).order_by("-active_devices", "pk")[0]
    sold = mine.order_by("-pk")[0]
    hook, key = Webhook.objects.earliest("pk"), ApiKey.objects.earliest("pk")
    product = ("product", str(flagged.product.uuid))
    start = f"{flagged.license_key[:8]}… of {flagged.product.name}"
    activated = Notice(
        Type.LICENSE, "activation.created", "License activated", start, many=f"Licenses of {flagged.product.name}",
        environment=here, subject=product, link=("license", str(flagged.uuid)), link_many=product,
    )  # fmt: skip
    return [
        (0.3, activated.and_more(11)),
        (2, Notice(Type.TELEMETRY, "license.flagged", "License flagged for misuse", f"{start}: Activation Spike",
                   environment=here, link=("license", str(flagged.uuid)))),
        (5, Notice(Type.LICENSE, "license.assigned", "License assigned",
                   f"{sold.license_key[:8]}… of {sold.product.name}, to {{customer}}", environment=here,
                   link=("license", str(sold.uuid)), person=str(sold.customer.uuid if sold.customer else ""))),
        (9, Notice(Type.LICENSE, "license.ending.7", "3 licenses end in 7 days",
                   "Renew them, or let their customers know.", environment=here, link=("ending", ""),
                   roles=tuple(sorted(EVERYBODY)))),
        (14, Notice(Type.INTEGRATION, "webhook.failed", f"Webhook delivery failed: {hook.name}",
                    "license.assigned was not accepted in five attempts.", environment=here,
                    link=("deliveries", str(hook.uuid)))),
        (26, Notice(Type.SECURITY, "verifications.failed", "Many verifications fail",
                    "73 so far in the hour. Guessed keys or a broken release look like this.", environment=here,
                    roles=tuple(sorted(LEADS)), link=("dashboard", ""))),
        (30, activated.and_more(3)),
        (51, Notice(Type.INTEGRATION, "api_key.first_use", f"API key in use: {key.name}",
                    "A program has called the API with it for the first time.", environment=here,
                    link=("api_key", str(key.uuid)), once=f"api_key.first_use:{key.uuid}:first")),
        (75, Notice(Type.SYSTEM, "job.failed", "Background job failed: Email delivery",
                    "It failed in its last attempt. Its exception stands under Background Jobs.", by_mail=False,
                    link=("jobs", ""))),
    ]  # fmt: skip
