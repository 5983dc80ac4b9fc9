"""What admins are told of webhooks: that a receiver could not be reached (WHK-10)."""

from collections.abc import Iterator, Sequence

from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Happening, Notice, tells


@tells("webhook.failed", "webhook.disabled")
def failed(happened: Sequence[Happening]) -> Iterator[Notice]:
    """One line for a webhook; that an admin turned it off is no news."""
    for one in happened:
        if one.author:
            continue
        failed = one.action == "webhook.failed"
        event = one.changes.get("event", "An event")
        yield Notice(
            Type.INTEGRATION,
            one.action,
            f"Webhook delivery failed: {one.note}" if failed else f"Webhook turned off: {one.note}",
            f"{event} was not accepted in five attempts." if failed else "Every delivery has failed for five days.",
            many="Events were not accepted in five attempts each." if failed else "",
            environment=one.environment,
            subject=one.subject,
            link=("deliveries", one.subject[1]) if failed else ("webhook", one.subject[1]),
        )
