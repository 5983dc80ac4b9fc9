"""The settings of abuse detection as the rules take them."""

from dataclasses import dataclass

from keyturn.licensing.abuse.rules import RULES
from keyturn.platform.preferences import services as preferences


@dataclass(frozen=True, slots=True)
class Policy:
    """What is judged and what follows. `limits`: by rule, 0 for one that is off."""

    enabled: bool
    threshold: int
    suspend: bool
    limits: dict[str, int]


def policy() -> Policy:
    """What the settings say now."""
    values = preferences.values()
    return Policy(
        values["abuse.enabled"] and values["licenses.full_verification"],
        values["abuse.threshold"],
        values["abuse.auto_suspend"],
        {rule.name: values[f"abuse.{rule.name}"] for rule in RULES},
    )
