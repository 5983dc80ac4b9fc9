"""Every setting: name, default, limits and what it does. The only place that declares one."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Setting:
    """A whole number that an admin may change."""

    name: str
    default: int
    minimum: int
    maximum: int
    help: str


_DECLARED = [
    Setting("licenses.grace_days", 0, 0, 365, "Days after expiry during which a license still verifies."),
    Setting("activations.abandoned_days", 30, 1, 3650, "Days without a verification before a device is marked."),
    Setting("keys.rotation_grace_days", 30, 0, 365, "Days during which a replaced signing key still signs."),
    Setting("api.per_ip", 300, 0, 1_000_000, "API requests a minute from one address; 0 means no limit."),
    Setting("api.per_license", 300, 0, 1_000_000, "API requests a minute for one license; 0 means no limit."),
    Setting("signin.attempts", 5, 1, 100, "Failed sign-ins before a pause."),
    Setting("signin.window_minutes", 15, 1, 1440, "Minutes in which failed sign-ins are counted."),
    Setting(
        "customers.idle_minutes", 1440, 5, 43_200, "Minutes without a request after which a customer is signed out."
    ),
    Setting("admins.idle_minutes", 30, 5, 1440, "Minutes without a request after which an admin is signed out."),
]
SETTINGS = {setting.name: setting for setting in _DECLARED}
