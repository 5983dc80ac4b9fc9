"""What admins are told of misuse: that a license was flagged, and that it was suspended for it (ABU-16)."""

from collections.abc import Iterator, Sequence

from keyturn.licensing.abuse.detection import TASK
from keyturn.licensing.abuse.rules import BY_NAME
from keyturn.platform.notifications.kinds import Type
from keyturn.platform.notifications.notices import Happening, Notice, tells


@tells("license.flagged", "license.suspended")
def flagged(happened: Sequence[Happening]) -> Iterator[Notice]:
    """A line for each license; other suspensions are no misuse."""
    for one in happened:
        suspended = one.action == "license.suspended"
        if suspended and one.actor != ("system", "", TASK):
            continue
        rules = [BY_NAME[name].title for name in one.changes.get("rules", ()) if name in BY_NAME]
        seen = f": {', '.join(rules)}" if rules else ""
        yield Notice(
            Type.TELEMETRY,
            one.action,
            "License suspended for misuse" if suspended else "License flagged for misuse",
            f"{one.changes.get('key', '')}… of {one.changes.get('product', 'a product')}{seen}",
            environment=one.environment,
            subject=one.subject,
            link=("license", one.license),
        )
